"""Archives that mean harm, or hold no dataset, are refused and leave nothing."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from seg.data import archives
from seg.data.archives import DownloadError
from seg.data.download import download_dataset
from tests.data.served import IMAGES, PHOTO, QUICK, Server, Sources, archive, left_beside, sentence, tar_of


def member(name: str, **attributes: object) -> Callable[[tarfile.TarFile], None]:
    """Adds one entry without content."""

    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        for attribute, value in attributes.items():
            setattr(info, attribute, value)
        tar.addfile(info)

    return add


def bomb(tar: tarfile.TarFile) -> None:
    """3 MB of zeros in 3 kB of gzip, which is more than twice the 1 MB that the test's archives state."""
    info = tarfile.TarInfo("images/bomb.jpg")
    info.size = 3_000_000
    tar.addfile(info, io.BytesIO(bytes(info.size)))


def crowd(tar: tarfile.TarFile) -> None:
    """More entries than there may be; AppleDouble files, which are not unpacked, count too."""
    for number in range(200):
        tar.addfile(tarfile.TarInfo(f"images/._{number}.jpg"))


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        pytest.param(member("/tmp/seg-escaped"), "outside", id="absolute path"),
        pytest.param(member("images/../../../escaped"), "outside", id="dots"),
        pytest.param(member("images/a", type=tarfile.SYMTYPE, linkname="../../.."), "link", id="symlink out"),
        pytest.param(member("images/a", type=tarfile.SYMTYPE, linkname="b"), "link", id="symlink within"),
        pytest.param(member("images/a", type=tarfile.LNKTYPE, linkname="/etc/passwd"), "link", id="hard link"),
        pytest.param(member("images/a", type=tarfile.CHRTYPE, devmajor=1, devminor=3), "device", id="device"),
        pytest.param(member("images/fifo", type=tarfile.FIFOTYPE), "device", id="pipe"),
        pytest.param(member("scripts/run.py"), "more than images", id="another folder"),
        pytest.param(member("setup.py"), "more than images", id="a file at the top"),
        pytest.param(member("images/a", pax_headers={"path": "images/a\0b"}), "cannot", id="zero byte"),
        pytest.param(bomb, "far more", id="bomb by size"),
        pytest.param(crowd, "far more", id="bomb by number"),
    ],
)
def test_an_archive_that_means_harm_is_refused_and_nothing_is_left(
    folder: Path,
    server: Server,
    sources: Sources,
    monkeypatch: pytest.MonkeyPatch,
    extra: Callable[[tarfile.TarFile], None],
    reason: str,
) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 100)
    bad = tar_of({"images/Bengal_1.jpg": PHOTO}, extra=extra)
    server.serve("/images.tar.gz", bad)
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=(sources[0], archive(server, "images.tar.gz", bad)), patience=QUICK)
    assert "images.tar.gz" in sentence(error) and reason in sentence(error)
    assert left_beside(folder) == [] and not Path("/tmp/seg-escaped").exists()


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"no archive at all", id="no archive"),
        pytest.param(IMAGES[: len(IMAGES) // 2], id="cut short"),
        pytest.param(IMAGES[:20] + b"\xff" * 1000 + IMAGES[1020:], id="damaged"),
        pytest.param(tar_of({"images/only.txt": b"no photo"}), id="no photo"),
    ],
)
def test_an_archive_that_holds_no_dataset_is_refused_and_nothing_is_left(
    folder: Path, server: Server, sources: Sources, bad: bytes
) -> None:
    server.serve("/images.tar.gz", bad)
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=(sources[0], archive(server, "images.tar.gz", bad)), patience=QUICK)
    assert "images.tar.gz" in sentence(error)
    assert left_beside(folder) == []
