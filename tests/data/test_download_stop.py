"""A download that is stopped keeps what has come, and two downloads never fill one folder."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from seg.data import download
from seg.data.archives import DownloadError, dataset_is_there
from seg.data.download import download_dataset
from seg.data.download_progress import DownloadCancelled, DownloadProgress
from seg.data.fetching import CHUNK
from tests.data.served import IMAGES, PHOTO, QUICK, Server, Sources, file_of, left_beside, sentence


def test_a_stop_while_fetching_keeps_the_part_and_the_next_start_goes_on(
    folder: Path, server: Server, sources: Sources
) -> None:
    def enough() -> bool:
        return file_of(folder).exists() and file_of(folder).stat().st_size >= 100_000

    with pytest.raises(DownloadCancelled) as error:
        download_dataset(folder, sources=sources, patience=QUICK, cancelled=enough)
    assert str(folder) in sentence(error)
    kept = file_of(folder).stat().st_size
    assert 100_000 <= kept < len(IMAGES) and not folder.exists()

    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz")[-1].range == f"bytes={kept}-"
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_stop_while_waiting_is_heard_at_once(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, statuses=[503, 503])
    slept: list[float] = []
    with pytest.raises(DownloadCancelled):
        download_dataset(
            folder,
            sources=sources,
            patience=replace(QUICK, backoff_s=60.0, sleep=slept.append),
            cancelled=lambda: len(slept) == 4,
        )
    assert len(slept) == 4


def test_a_stop_while_unpacking_keeps_the_archives_only(folder: Path, server: Server, sources: Sources) -> None:
    unpacked = file_of(folder).parent / "unpacked"
    with pytest.raises(DownloadCancelled):
        download_dataset(folder, sources=sources, patience=QUICK, cancelled=(unpacked / "images").exists)
    assert not unpacked.exists() and not folder.exists()
    fetched = len(server.asked)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert len(server.asked) == fetched


@pytest.mark.parametrize(("step", "ranges"), [("download", [f"bytes={CHUNK}-"]), ("unpack", [])])
def test_what_progress_raises_reaches_the_caller_and_costs_nothing(
    folder: Path, server: Server, sources: Sources, step: str, ranges: list[str]
) -> None:
    def broken(progress: DownloadProgress) -> None:
        if (progress.step, progress.archive) == (step, "images.tar.gz"):
            raise ValueError("the page is gone")

    with pytest.raises(ValueError, match="the page is gone"):
        download_dataset(folder, sources=sources, patience=QUICK, progress=broken)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == [None, *ranges]


def test_a_second_download_into_the_same_folder_is_refused(folder: Path, sources: Sources) -> None:
    refused: list[str] = []

    def start_another(progress: DownloadProgress) -> None:
        if not refused:
            with pytest.raises(DownloadError) as error:
                download_dataset(folder, sources=sources, patience=QUICK)
            refused.append(sentence(error))

    download_dataset(folder, sources=sources, patience=QUICK, progress=start_another)
    assert refused == [f"Another download is filling {folder}: wait for its end, or name another folder."]
    assert dataset_is_there(folder)


def test_a_dataset_that_another_process_finished_meanwhile_is_taken_as_it_is(
    folder: Path, server: Server, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish(folder: Path, work: Path) -> AbstractContextManager[None]:
        work.mkdir()
        for name in ("images/mine_1.jpg", "annotations/trimaps/mine_1.png"):
            (folder / name).parent.mkdir(parents=True)
            (folder / name).write_bytes(b"mine")
        return nullcontext()

    monkeypatch.setattr(download, "_lock", finish)
    assert download_dataset(folder, sources=sources, patience=QUICK) == folder
    assert server.asked == [] and left_beside(folder) == ["pets"]


HOLD = """
import sys
from pathlib import Path
from seg.data.download import _lock

folder = Path(sys.argv[1])
with _lock(folder, folder.with_name("pets.download")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_holds_the_folder_until_it_is_killed(folder: Path, sources: Sources) -> None:
    root = Path(download.__file__).parents[2]
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout and other.stdout.readline() == b"held\n"
            with pytest.raises(DownloadError, match="Another download"):
                download_dataset(folder, sources=sources, patience=QUICK)
        finally:
            other.kill()
    download_dataset(folder, sources=sources, patience=QUICK)
    assert left_beside(folder) == ["pets"]


def test_what_a_killed_process_had_half_unpacked_is_not_mixed_in(folder: Path, sources: Sources) -> None:
    half = file_of(folder).parent / "unpacked" / "images"
    half.mkdir(parents=True)
    (half / "half_1.jpg").write_bytes(b"half")
    download_dataset(folder, sources=sources, patience=QUICK)
    assert not (folder / "images/half_1.jpg").exists()
