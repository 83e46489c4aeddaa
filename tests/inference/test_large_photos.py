"""A large photo's pictures are made in bands, and are what they would be in one piece; a cut-out keeps its alpha."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from seg import images, pictures
from seg.images import bands, reduce_photo, resize_photo, resize_rows, resized_blocks, srgb_profile
from seg.inference.saving import save_segmentation
from seg.inference.segmenter import Segmentation, Segmenter
from seg.network.weights import WeightsInfo
from seg.photo import Photo
from tests.conftest import picture_and_trimap
from tests.encoded import encoded

SIZE = (500, 330)


def made(alpha: np.ndarray | None = None) -> Segmentation:
    """A segmentation of noise, so that a row at a wrong place would be seen, without any network."""
    positive = np.random.default_rng(1).gamma(0.4, size=(32, 32, 3)) + 1e-3
    probabilities = (positive / positive.sum(axis=2, keepdims=True)).astype(np.float32)
    return Segmentation(Photo(picture_and_trimap(SIZE, 0)[0], alpha=alpha), probabilities, 0.1)


@pytest.fixture
def narrow_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "BAND_PIXELS", 20_000)


def test_bands_cover_every_row_once(narrow_bands):
    rows = list(bands(*SIZE))
    assert len(rows) > 5
    assert [row for part in rows for row in range(SIZE[0])[part]] == list(range(SIZE[0]))
    assert list(bands(3, 10**6)) == [slice(0, 1), slice(1, 2), slice(2, 3)]


@pytest.mark.parametrize("picture", ["overlay", "cutout", "trimap", "confidence", "shares", "heat"])
def test_a_picture_in_bands_is_the_one_made_in_one_piece(picture, monkeypatch):
    def make():
        segmentation = made()
        if picture == "heat":
            return pictures.heat(segmentation.confidence, 1 / 3)
        value = getattr(segmentation, picture)
        return np.array(list(value.values())) if picture == "shares" else value() if callable(value) else value

    in_one_piece = make()
    monkeypatch.setattr(images, "BAND_PIXELS", 20_000)
    difference = np.abs(make().astype(float) - in_one_piece.astype(float))
    # Pillow rounds once more where it resizes a part of a picture.
    assert difference.max() <= (2 if picture == "cutout" else 1e-6)


@pytest.mark.parametrize("size", [(500, 330), (20, 70), (33, 7)])
def test_wanted_rows_of_probabilities_are_those_of_all(size):
    probabilities = made().network_probabilities
    complete = np.concatenate([block for _, block in resized_blocks(probabilities, size)], axis=1)
    for rows in (slice(0, 5), slice(7, size[0] - 3), slice(size[0] - 1, size[0])):
        parts = list(resized_blocks(probabilities, size, rows))
        assert parts[0][0].start == rows.start and parts[-1][0].stop == rows.stop
        np.testing.assert_allclose(np.concatenate([block for _, block in parts], axis=1), complete[:, rows], atol=1e-6)


def test_some_rows_of_a_resized_photo_are_those_of_all():
    photo = made().photo.pixels
    complete = resize_photo(photo, (1100, 700))
    for rows in (slice(0, 64), slice(500, 613), slice(1036, 1100)):
        assert np.abs(resize_rows(photo, (1100, 700), rows).astype(int) - complete[rows]).max() <= 1


def test_a_photo_of_many_bands_is_reduced_as_others_are(narrow_bands, monkeypatch):
    monkeypatch.setattr(images, "LARGE_PIXELS", 100_000)
    photo = made().photo.pixels
    for size in ((30, 20), (64, 64), (400, 300)):
        plain = np.asarray(Image.fromarray(photo).resize(size[::-1], Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(reduce_photo(photo, size) - plain).mean() < 2
        assert np.abs(resize_photo(photo, size) - plain).mean() < 2


class HalfPet:
    """Takes the left half of any photo for pet."""

    name = "half"

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        pet = np.zeros(batch.shape[:3], np.float32)
        pet[:, :, : batch.shape[2] // 2] = 1
        return np.stack([pet, 1 - pet, 0 * pet], axis=-1)


def test_what_was_clear_in_the_file_stays_clear_in_the_cutout(tmp_path):
    """The left half is pet; the upper half of the file is clear, a strip in the middle half clear."""
    rgba = np.full((64, 64, 4), (200, 90, 30, 255), np.uint8)
    rgba[:28, :, 3], rgba[28:36, :, 3] = 0, 128
    segmentation = Segmenter(HalfPet(), WeightsInfo(tmp_path, "imagenet"), 64)(encoded(rgba))
    cut = segmentation.cutout()
    assert not cut[:28].any() and not cut[:, 36:].any()
    assert (cut[36:, :28, 3] == 255).all()
    assert np.abs(cut[28:36, :28, 3].astype(int) - 128).max() <= 1
    assert np.abs(cut[30:34, :28, :3].astype(int) - (200, 90, 30)).mean() < 12, "not mixed with white"
    assert segmentation.reduced(16).photo.alpha.shape == (16, 16)
    assert not segmentation.reduced(16).cutout()[:6].any()


def test_a_photo_that_is_opaque_has_no_alpha():
    assert made().photo.alpha is None
    assert made(np.full(SIZE, 255, np.uint8)).cutout()[..., 3].max() == made().cutout()[..., 3].max()


def test_results_say_that_their_colours_are_srgb(tmp_path):
    for file in save_segmentation(made(), tmp_path, "cat"):
        profile = Image.open(file).info.get("icc_profile")
        assert profile == (None if "trimap" in file.name else srgb_profile())
    assert Image.open(io.BytesIO(pictures.encode_jpeg(made().overlay()))).info["icc_profile"] == srgb_profile()
