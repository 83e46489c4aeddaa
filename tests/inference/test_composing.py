"""Cut-outs on other backgrounds: what is seen, at any size, in bands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seg import images
from seg.inference import composing
from seg.inference.cutout_options import Backdrop, parse_options
from seg.inference.segmenter import Segmentation
from seg.photo import Photo, PhotoError
from tests.encoded import encoded

SIZE = (200, 300)
PET, GRASS = (230, 200, 60), (30, 90, 40)


@pytest.fixture(scope="module")
def segmentation() -> Segmentation:
    """A yellow pet of 80 x 100 pixels in the middle of a meadow."""
    pixels = np.full((*SIZE, 3), GRASS, np.uint8)
    probabilities = np.zeros((*SIZE, 3), np.float32)
    probabilities[..., 1] = 1
    pixels[60:140, 100:200] = PET
    probabilities[60:140, 100:200] = (1, 0, 0)
    return Segmentation(Photo(pixels), probabilities, 0.0)


def backdrop(pixels: np.ndarray) -> Backdrop:
    return Backdrop("beach.png", "1", encoded(pixels))


def near(pixels: np.ndarray, colour: tuple[int, ...], tolerance: int = 3) -> bool:
    return bool(np.abs(pixels.astype(int) - colour).max() <= tolerance)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0)])
def test_no_colour_of_the_old_background_is_left_at_the_outline(segmentation, colour):
    picture = segmentation.cutout(parse_options({"background": "{:02x}{:02x}{:02x}".format(*colour)}))
    assert picture.shape == (*SIZE, 3)
    assert near(picture[:50], colour, 0) and near(picture[70:130, 110:190], PET)
    # Every pixel lies on the line between the pet's colour and the new background's.
    line = np.array(PET) - colour
    offset = picture.reshape(-1, 3).astype(float) - colour
    share = (offset @ line / (line @ line)).clip(0, 1)
    assert np.abs(offset - share[:, np.newaxis] * line).max() < 12


def test_the_plain_cutout_is_the_one_without_options(segmentation):
    np.testing.assert_array_equal(segmentation.cutout(parse_options({})), segmentation.cutout())


def test_a_gradient_and_a_photo_lie_behind_the_pet(segmentation):
    picture = segmentation.cutout(parse_options({"background": "white,black"}))
    assert near(picture[0], (255,) * 3) and near(picture[-1], (0,) * 3) and near(picture[100, 150], PET)
    beach = np.full((30, 30, 3), (0, 0, 250), np.uint8)
    picture = segmentation.cutout(parse_options({}, backdrop(beach)))
    assert near(picture[:50], (0, 0, 250)) and near(picture[100, 150], PET)


def test_a_photo_for_the_background_that_is_none_is_named(segmentation):
    with pytest.raises(PhotoError, match=r"notes\.png is not a picture"):
        segmentation.cutout(parse_options({}, Backdrop("notes.png", "1", b"notes")))


def test_the_photos_own_background_out_of_focus_holds_nothing_of_the_pet(segmentation):
    picture = segmentation.cutout(parse_options({"background": "blur", "blur": "80"}))
    assert near(picture[:55], GRASS, 6) and near(picture[:, :95], GRASS, 6) and near(picture[100, 150], PET)


def test_a_cropped_cutout_holds_the_pet_and_its_margin(segmentation):
    picture = segmentation.cutout(parse_options({"crop": "pet", "margin": "10"}))
    assert np.abs(np.subtract(picture.shape, (100, 120, 4))).max() <= 4
    assert near(picture[30:70, 30:90], (*PET, 255)) and not picture[:4].any()
    square = segmentation.cutout(parse_options({"crop": "square", "margin": "10", "background": "blur"}))
    assert square.shape[0] == square.shape[1] and near(square[:4], GRASS, 6)


def test_a_square_larger_than_the_photo_shows_the_background_beyond_it(segmentation):
    picture = segmentation.cutout(parse_options({"crop": "square", "margin": "100", "background": "blur"}))
    assert picture.shape[0] == picture.shape[1] > SIZE[0]
    assert near(picture[:10], GRASS, 6) and near(picture[-10:], GRASS, 6)


def test_a_sticker_has_a_white_rim_and_nothing_beyond_it(segmentation):
    picture = segmentation.cutout(parse_options({"outline": "5"}))
    assert near(picture[100, 202:204], (255,) * 4) and not picture[:50].any() and not picture[100, 210:].any()


def test_a_shadow_is_black_and_clear_where_the_background_is(segmentation):
    picture = segmentation.cutout(parse_options({"shadow": "50"}))
    assert picture[141, 150, :3].max() == 0 and 60 < picture[141, 150, 3] < 140 and not picture[:50].any()
    on_white = segmentation.cutout(parse_options({"shadow": "50", "background": "white"}))
    assert 110 < on_white[141, 150, 0] < 200


def test_of_a_pet_whose_feet_are_outside_the_photo_the_shadow_falls_behind(segmentation):
    cut = replace(
        segmentation,
        photo=Photo(segmentation.photo.pixels[:120]),
        network_probabilities=segmentation.network_probabilities[:120],
    )
    picture = cut.cutout(parse_options({"shadow": "100"}))
    assert picture[100, 203, 3] > 20, "beside the pet"


@pytest.mark.parametrize(
    "texts",
    [
        {"background": "blur", "crop": "square", "margin": "60"},
        {"outline": "4", "shadow": "50", "crop": "pet"},
        {"background": "red,blue", "shadow": "50"},
    ],
)
def test_a_cutout_composed_in_bands_is_the_one_made_in_one_piece(segmentation, texts, monkeypatch):
    in_one_piece = replace(segmentation).cutout(parse_options(texts)).astype(int)
    monkeypatch.setattr(images, "BAND_PIXELS", 5_000)
    assert np.abs(replace(segmentation).cutout(parse_options(texts)) - in_one_piece).max() <= 2


@pytest.mark.parametrize("texts", [{"outline": "5", "crop": "square"}, {"background": "blur", "shadow": "60"}])
def test_what_is_shown_small_is_what_is_downloaded_large(segmentation, texts):
    """A photo four times as large gives the same picture."""
    pixels = segmentation.photo.pixels.repeat(4, axis=0).repeat(4, axis=1)
    large = replace(segmentation, photo=Photo(pixels)).cutout(parse_options(texts))
    small = segmentation.cutout(parse_options(texts))
    assert np.abs(np.divide(large.shape[:2], small.shape[:2]) - 4).max() < 0.1
    shrunk = images.reduce_photo(large[..., :3], small.shape[:2]).astype(int)
    assert np.abs(shrunk - small[..., :3]).mean() < 12


def test_a_square_around_a_wide_pet_has_no_more_pixels_than_memory_is_for(segmentation, monkeypatch):
    monkeypatch.setattr(composing, "MOST_PIXELS", 10_000)
    wide = replace(
        segmentation,
        photo=Photo(segmentation.photo.pixels[60:140, 100:200]),
        network_probabilities=segmentation.network_probabilities[62:138, 102:198],
    )
    picture = wide.cutout(parse_options({"crop": "square", "margin": "100", "outline": "10"}))
    assert picture.shape[0] == picture.shape[1] and picture.shape[0] * picture.shape[1] <= 11_000


def test_without_a_pet_there_is_the_background_alone(segmentation):
    nothing = replace(segmentation, network_probabilities=np.eye(3, dtype=np.float32)[np.ones((32, 32), int)])
    picture = nothing.cutout(parse_options({"background": "red", "outline": "5", "shadow": "50", "crop": "square"}))
    assert picture.shape == (*SIZE, 3) and near(picture, (255, 0, 0), 0)


def test_islands_stay_where_cleaning_is_switched_off(segmentation):
    probabilities, pixels = segmentation.network_probabilities.copy(), segmentation.photo.pixels.copy()
    pixels[10:40, 10:40], probabilities[10:40, 10:40] = PET, (0.7, 0.3, 0)
    unsure = replace(segmentation, photo=Photo(pixels), network_probabilities=probabilities)
    assert not unsure.cutout()[:45, :45].any()
    assert unsure.cutout(parse_options({"clean": "off"}))[20:30, 20:30, 3].min() > 128
