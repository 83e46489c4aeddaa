"""A segmentation is written as files."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seg.inference.saving import PARTS, save_segmentation
from seg.inference.segmenter import Segmentation
from seg.photo import Photo


@pytest.fixture
def segmentation() -> Segmentation:
    """The left half of a grey photo is pet, the right half background."""
    probabilities = np.zeros((32, 32, 3), np.float32)
    probabilities[:, :16, 0] = probabilities[:, 16:, 1] = 1
    return Segmentation(Photo(np.full((32, 32, 3), 90, np.uint8)), probabilities, seconds=0.1)


def test_each_part_is_a_file_of_the_photos_size(segmentation, tmp_path):
    files = save_segmentation(segmentation, tmp_path, "cat", PARTS)
    assert [file.name for file in files] == [
        "cat.trimap.png",
        "cat.overlay.png",
        "cat.cutout.png",
        "cat.probabilities.npz",
    ]
    trimap, overlay, cutout = (Image.open(file) for file in files[:3])
    assert (trimap.mode, overlay.mode, cutout.mode) == ("L", "RGB", "RGBA")
    assert {trimap.size, overlay.size, cutout.size} == {(32, 32)}
    assert (np.asarray(trimap)[:, 0] == 1).all() and (np.asarray(trimap)[:, -1] == 2).all()
    probabilities = np.load(files[3])["probabilities"]
    assert (probabilities.dtype, probabilities.shape) == (np.float16, (32, 32, 3))


def test_nothing_unfinished_stays_when_the_disk_refuses(segmentation, tmp_path, monkeypatch):
    def refuses(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuses)
    with pytest.raises(OSError, match="No space left"):
        save_segmentation(segmentation, tmp_path, "cat")
    assert list(tmp_path.iterdir()) == []
