"""The verb predict."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.cores import available_cores
from seg.inference.segmenter import Segmenter
from seg.inference.watched import WatchedFolder
from seg.scale import on_ray
from tests.conftest import picture_and_trimap

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


@pytest.fixture
def photos(tmp_path) -> Path:
    """Photos of three sizes: two in a folder, one beside it."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, size in (("cat.png", (40, 60)), ("dog.jpg", (70, 33)), ("../bird.png", (32, 32))):
        Image.fromarray(picture_and_trimap(size, 1)[0]).save(folder / name)
    return folder


def test_predict_writes_trimap_overlay_and_cutout_at_the_photos_size(seg, weights, photos, tmp_path):
    out = tmp_path / "new" / "out"
    answer = seg("predict", photos, photos.parent / "b*.png", "-o", out, "--weights", weights, "--size", 64, "--json")
    assert answer.code == 0 and answer.errors == ""
    facts = answer.json
    assert [Path(row["photo"]).name for row in facts["photos"]] == ["cat.png", "dog.jpg", "bird.png"]
    assert (facts["failed"], facts["output"]) == ([], str(out))
    expected = {f"{name}.{kind}.png" for name in ("cat", "dog", "bird") for kind in ("trimap", "overlay", "cutout")}
    assert {path.name for path in out.iterdir()} == expected
    assert {name for row in facts["photos"] for name in row["files"]} == expected
    for row, (height, width) in zip(facts["photos"], ((40, 60), (70, 33), (32, 32)), strict=True):
        trimap, overlay, cutout = (Image.open(out / name) for name in row["files"])
        assert (trimap.size, overlay.size, cutout.size) == ((width, height),) * 3
        assert (trimap.mode, overlay.mode, cutout.mode) == ("L", "RGB", "RGBA")
        values = np.asarray(trimap)
        assert set(np.unique(values)) <= {1, 2, 3}
        for value, name in ((1, "pet"), (2, "background"), (3, "border")):
            assert row["shares"][name] == pytest.approx((values == value).mean())
        assert sum(row["shares"].values()) == pytest.approx(1)


def test_many_photos_are_segmented_side_by_side_and_few_as_soon_as_can_be(seg, weights, tmp_path, monkeypatch):
    loads, load = [], Segmenter.load
    monkeypatch.setattr(Segmenter, "load", lambda *how: (loads.append(how[-1]), load(*how))[1])
    for count in (1, available_cores() + 1):
        folder = tmp_path / f"{count} photos"
        folder.mkdir()
        for number in range(count):
            Image.fromarray(picture_and_trimap((40, 60), number)[0]).save(folder / f"{number}.png")
        assert seg("predict", folder, "-o", tmp_path / "out", "--save", "trimap", "--weights", weights).code == 0
    assert loads == [False, True]


def test_predict_goes_on_past_bad_files_and_reports_them_at_the_end(seg, weights, photos, tmp_path):
    (photos / "bad.jpg").write_bytes(b"no picture")
    out = tmp_path / "out"
    missing = tmp_path / "missing.jpg"
    answer = seg("predict", missing, photos, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap")
    assert answer.code == 1
    first, second = answer.errors.splitlines()
    assert first.startswith("seg: missing.jpg does not exist") and second.startswith("seg: bad.jpg is not a picture")
    assert [line.split(":")[0] for line in answer.output.splitlines()] == [
        str(photos / "cat.png"),
        str(photos / "dog.jpg"),
    ]
    assert {path.name for path in out.iterdir()} == {"cat.trimap.png", "dog.trimap.png"}
    again = seg("predict", photos, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap", "--json")
    assert again.code == 1
    assert len(again.json["photos"]) == 2 and "bad.jpg" in again.json["failed"][0]


def test_photos_of_the_same_name_do_not_write_over_one_another(seg, weights, tmp_path):
    sources = [tmp_path / place for place in ("a/cat.png", "b/cat.jpg", "c/cat.png", "d/CAT.png", "e/cat.png.bmp")]
    for number, source in enumerate(sources, 1):
        source.parent.mkdir()
        Image.new("RGB", (32, 10 + number)).save(source)
    out = tmp_path / "out"
    twice = [*sources, sources[0]]  # the same photo given twice is one photo
    facts = seg("predict", *twice, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap", "--json").json
    files = [row["files"][0] for row in facts["photos"]]
    assert files[:2] == ["cat.trimap.png", "cat-2.trimap.png"]
    assert len({name.lower() for name in files}) == len(files) == 5
    for source, name in zip(sources, files, strict=True):
        assert Image.open(out / name).size == Image.open(source).size


def test_predict_saves_probabilities_of_the_photos_size(seg, weights, photos, tmp_path):
    arguments = ["-o", tmp_path / "out", "--weights", weights, "--size", 32, "--save", "probabilities"]
    assert seg("predict", photos / "cat.png", *arguments).code == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "cat.probabilities.npz"
    probabilities = np.load(path)["probabilities"]
    assert (probabilities.dtype, probabilities.shape) == (np.float16, (40, 60, 3))
    np.testing.assert_allclose(probabilities.astype(np.float32).sum(axis=2), 1, atol=2e-3)


@pytest.mark.parametrize("pattern", ["empty", "*.nothing"])
def test_a_folder_or_pattern_without_photos_is_wrong_use(seg, weights, tmp_path, pattern):
    (tmp_path / "empty" / "folder.jpg").mkdir(parents=True)
    answer = seg("predict", tmp_path / pattern, "-o", tmp_path / "out", "--weights", weights)
    assert answer.is_refused(2, "There are no photos in")
    assert not (tmp_path / "out").exists()


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(seg, weights, tmp_path):
    path = tmp_path / "cat[1].png"
    Image.new("RGB", (32, 32)).save(path)
    facts = seg("predict", path, "-o", tmp_path / "out", "--weights", weights, "--size", 32, "--json").json
    assert facts["photos"][0]["files"][0] == "cat[1].trimap.png"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are no text")
def test_a_photo_whose_name_is_no_text_is_segmented_and_named(seg, weights, tmp_path):
    path = tmp_path / os.fsdecode(b"cat\xff.png")
    Image.new("RGB", (32, 32)).save(path)
    answer = seg("predict", path, "-o", tmp_path / "out", "--weights", weights, "--size", 32)
    assert answer.code == 0 and "catÿ.png: pet" in answer.output
    assert (tmp_path / "out" / "catÿ.trimap.png").exists()


def test_predict_refuses_wrong_weights_and_sizes(seg, photos, weights, tmp_path):
    arguments = ["predict", photos, "-o", tmp_path / "out"]
    assert seg(*arguments, "--weights", tmp_path / "none").is_refused(2, "no weights at")
    assert seg(*arguments, "--weights", photos / "cat.png").is_refused(2, "is not a safetensors file")
    assert seg(*arguments, "--weights", weights, "--size", "100").is_refused(2, "100 px is not a multiple of 32")


def test_what_is_no_picture_is_counted_and_named_and_a_cut_photo_is_warned_of(seg, weights, photos, tmp_path):
    (photos / "notes.txt").write_text("no picture")
    (photos / "inner").mkdir()
    (photos / "noending").write_bytes((photos / "dog.jpg").read_bytes()[:-200])
    options = ("-o", tmp_path / "out", "--weights", weights, "--size", 32, "--save", "trimap")
    answer = seg("predict", photos, *options)
    assert answer.code == 0 and len(answer.output.splitlines()) == 3
    left_out, warning = answer.errors.splitlines()
    assert left_out.startswith("seg: 2 files or folders are no pictures") and "notes.txt" in left_out
    assert warning.startswith("seg: noending ends too early")
    facts = seg("predict", photos, *options, "--json").json
    assert [Path(name).name for name in facts["left_out"]] == ["inner", "notes.txt"]
    assert [len(row["warnings"]) for row in facts["photos"]] == [0, 0, 1]


def test_a_name_as_long_as_a_file_system_allows_has_results_of_shorter_names(seg, weights, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    names = ("a.png", "n" * 245 + ".png", "n" * 244 + "m.png", "m" + "猫" * 80 + ".png", "z.png")
    for name in names:
        Image.new("RGB", (32, 32)).save(folder / name)
    out = tmp_path / "out"
    answer = seg("predict", folder, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap", "--json")
    assert answer.code == 0 and answer.json["failed"] == []
    files = [row["files"][0] for row in answer.json["photos"]]
    assert len(set(files)) == 5 and {"a.trimap.png", "z.trimap.png"} < set(files)
    assert {path.name for path in out.iterdir()} == set(files)


def test_names_that_differ_in_unicodes_form_alone_do_not_write_over_one_another(seg, weights, tmp_path):
    paths = []
    for folder, form in (("a", "NFC"), ("b", "NFD")):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / unicodedata.normalize(form, "é.png"))
        Image.new("RGB", (32, 32)).save(paths[-1])
    facts = seg("predict", *paths, "-o", tmp_path / "out", "--weights", weights, "--save", "trimap", "--json").json
    assert [row["files"] for row in facts["photos"]] == [["é.trimap.png"], ["é-2.trimap.png"]]


def test_results_of_an_earlier_time_are_not_segmented_again_but_for_one_that_is_named(seg, weights, photos):
    arguments = ("-o", photos, "--weights", weights, "--size", 32)
    assert len(seg("predict", photos, *arguments, "--json").json["photos"]) == 2
    again = seg("predict", photos, photos / "*.png", *arguments)
    assert again.code == 0 and len(again.output.splitlines()) == 2
    assert f"6 results of earlier times are left out ({photos / 'cat.cutout.png'}, " in again.errors
    assert len(list(photos.iterdir())) == 2 + 2 * 3
    named = seg("predict", photos / "cat.cutout.png", *arguments)
    assert named.code == 0 and (photos / "cat.cutout.trimap.png").exists()


def test_a_photo_that_fails_in_a_way_nobody_thought_of_does_not_end_the_batch(seg, weights, photos, monkeypatch):
    segment = Segmenter.__call__

    def fail_for_cat(self, photo, detail):
        if Path(photo).name == "cat.png":
            raise RuntimeError("something\nwithin")
        return segment(self, photo, detail)

    monkeypatch.setattr(Segmenter, "__call__", fail_for_cat)
    answer = seg("predict", photos, "-o", photos.parent / "out", "--weights", weights, "--size", 32)
    assert answer.code == 1 and "dog.jpg: pet" in answer.output
    assert answer.errors.startswith("seg: cat.png could not be segmented (RuntimeError: something within)")


def test_a_result_that_cannot_be_written_does_not_end_the_batch_but_a_full_disk_does(seg, weights, photos, tmp_path):
    out = tmp_path / "out"
    (out / "cat.trimap.png").mkdir(parents=True)
    arguments = ("predict", photos, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap")
    answer = seg(*arguments)
    assert answer.code == 1 and "dog.jpg: pet" in answer.output
    assert answer.errors.startswith("seg: the results of cat.png cannot be written")

    def fill_disk(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seg.inference.saving.write_file", fill_disk)
        full = seg(*arguments)
    assert full.code == 1 and full.output == ""
    assert full.errors.count("No space left") == 1


def test_ctrl_c_leaves_complete_results_and_says_how_many(seg, weights, photos, monkeypatch):
    segment, calls = Segmenter.__call__, itertools.count(1)

    def interrupt_at_the_second(self, *arguments):
        if next(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return segment(self, *arguments)

    for number in range(30):
        shutil.copy(photos / "cat.png", photos / f"{number:02}.png")
    monkeypatch.setattr(Segmenter, "__call__", interrupt_at_the_second)
    out = photos.parent / "out"
    answer = seg("predict", photos, "-o", out, "--weights", weights, "--size", 32, "--json")
    done = answer.json["photos"]
    assert answer.code == 130 and 1 <= len(done) < 32
    assert f"interrupted: {len(done)} of 32 photos are done" in answer.errors
    assert {path.name for path in out.iterdir()} == {name for row in done for name in row["files"]}


HAS_PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")


@HAS_PIPES
def test_sigterm_ends_predict_while_it_waits_for_a_pipe_into_which_nobody_writes(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "seg", "predict", pipe, "-o", tmp_path / "out"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        writer = opened_once_it_is_read(pipe)
        process.terminate()
        assert process.wait(60) == 130
        assert "interrupted: 0 of 1 photo is done" in process.stderr.read()
        os.close(writer)
    finally:
        process.kill()


def opened_once_it_is_read(pipe) -> int:
    for _ in range(600):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads it yet
            time.sleep(0.1)
    raise TimeoutError


@HAS_PIPES
def test_a_photo_comes_through_a_pipe(seg, weights, photos, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes((photos / "cat.png").read_bytes()))
    writer.start()
    answer = seg("predict", pipe, "-o", tmp_path / "out", "--weights", weights, "--size", 32, "--save", "trimap")
    writer.join()
    assert (
        answer.code == 0 and answer.output.startswith(f"{pipe}: ") and (tmp_path / "out" / "pipe.trimap.png").exists()
    )


def test_watch_segments_what_comes_until_ctrl_c_and_another_start_goes_on_from_there(seg, weights, photos, monkeypatch):
    monkeypatch.setattr("seg.inference.watched.SECONDS_BETWEEN_LOOKS", 0.01)
    out, looks = photos.parent / "out", itertools.count()
    look = WatchedFolder.look

    def look_and_act(self):
        number = next(looks)
        if number % 10 == 3:
            (photos / f"bad{number}.jpg").write_bytes(b"no picture")
        if number % 10 == 8:
            os.kill(os.getpid(), signal.SIGINT)
        return look(self)

    monkeypatch.setattr(WatchedFolder, "look", look_and_act)
    arguments = ("predict", "--watch", photos, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap")
    first = seg(*arguments, "--json")
    rows = [json.loads(line) for line in first.output.splitlines()]
    assert first.code == 0 and [row["files"] for row in rows] == [["cat.trimap.png"], ["dog.trimap.png"]]
    assert first.errors.count("bad3.jpg is not a picture") == 1
    Image.new("RGB", (32, 32)).save(photos / "bird.png")
    looks = itertools.count(10)
    again = seg(*arguments)
    assert again.code == 0 and [line.split(":")[0] for line in again.output.splitlines()] == [str(photos / "bird.png")]
    assert seg("predict", photos, *arguments[1:]).is_refused(2, "PHOTO... or --watch FOLDER")


def test_what_a_cluster_says_of_its_workers_does_not_stand_among_the_results(seg, photos, tmp_path, monkeypatch):
    def segment(waiting, *arguments):
        for place, name in waiting.waiting:
            print("(raylet) A worker died")  # as Ray's own threads do, wherever standard output leads at the time
            yield on_ray.Row(place.address, name, "done")

    monkeypatch.setattr(on_ray, "segment", segment)
    answer = seg("predict", photos, "-o", tmp_path / "out", "--on", "ray", "--json")
    assert answer.code == 0 and json.loads(answer.output)["done"] == 2
    assert answer.errors.count("(raylet) A worker died") == 2
