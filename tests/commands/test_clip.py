"""The verb clip."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.clips.made import SIZE, write_animation

pytest.importorskip("openvino")


def test_clip_cuts_out_clips_and_goes_on_past_bad_ones(seg, tmp_path):
    folder, out = tmp_path / "clips", tmp_path / "out"
    folder.mkdir()
    write_animation(folder / "cat.gif", [100, 300])
    (folder / "notes.txt").write_text("no clip")
    bad = tmp_path / "bad.mp4"
    bad.write_text("nor is this")
    answer = seg("clip", bad, folder, "-o", out, "--format", "webp", "--size", 64, "--json")
    assert answer.code == 1
    assert answer.errors.splitlines() == [f"seg: {sentence}" for sentence in answer.json["failed"]]
    assert answer.json["failed"][0].startswith("bad.mp4 is not a clip")
    [row] = answer.json["clips"]
    assert (row["file"], row["frames"], row["seconds"]) == ("cat.cutout.webp", 2, 0.4)
    assert [path.name for path in out.iterdir()] == ["cat.cutout.webp"]
    with Image.open(out / "cat.cutout.webp") as image:
        assert (image.n_frames, image.size) == (2, SIZE[::-1])


def test_clip_says_what_was_written(seg, tmp_path):
    path = write_animation(tmp_path / "cat.webp", [100, 300])
    answer = seg("clip", path, "-o", tmp_path, "--size", 64)
    assert answer.code == 0 and answer.errors == ""
    assert answer.output.startswith(f"{path}: cat.cutout.webp (2 frames, 0.40 s; took ")
