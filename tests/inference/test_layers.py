"""Frames, rims, shadows and backgrounds, as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from seg.inference import layers
from seg.inference.layers import Box, Frame


@pytest.fixture
def disc() -> np.ndarray:
    """A silhouette: a disc of radius 20 in the middle of 100 x 100 pixels."""
    rows, columns = np.indices((100, 100)) - 50
    return (np.hypot(rows, columns) <= 20).astype(np.float32)


def test_a_box_holds_the_silhouette_and_reaches_to_an_edge_that_is_near():
    silhouette = np.zeros((400, 200), np.float32)
    silhouette[1:300, 50:100] = 1
    assert layers.box_of(silhouette) == Box(0, 0.25, 0.75, 0.5)
    assert layers.box_of(silhouette * 0.3) is None


MIDDLE = Box(0.25, 0.4, 0.75, 0.6)  # of 400 x 1000 pixels: 200 x 200 of them


def test_a_frame_leaves_the_margin_around_the_pet_beyond_the_photo_too():
    assert layers.frame_of((400, 1000), MIDDLE, "none", 0.1) == Frame(0, 0, 400, 1000)
    assert layers.frame_of((400, 1000), MIDDLE, "pet", 0.1) == Frame(80, 380, 240, 240)
    assert layers.frame_of((400, 1000), MIDDLE, "pet", 1.0) == Frame(-100, 200, 600, 600)
    assert layers.frame_of((400, 1000), None, "square", 0.1) == Frame(0, 0, 400, 1000)


@pytest.mark.parametrize("crop", ["pet", "square"])
def test_where_the_photo_cuts_the_pet_off_the_frame_ends_but_for_the_room_of_a_rim(crop):
    cut = Box(0.25, 0.4, 1, 0.6)
    frame = layers.frame_of((400, 1000), cut, crop, 0.1)
    assert frame.top + frame.height == 400
    rim = layers.frame_of((400, 1000), cut, crop, 0.1, outline=0.02)
    assert 6 < rim.top + rim.height - 400 < 12


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((400, 1000), Box(0.2, 0.1, 0.7, 0.9)),
        ((400, 1000), Box(0.2, 0.0, 1.0, 0.3)),
        ((1000, 400), Box(0.1, 0.0, 0.9, 1.0)),
    ],
)
def test_a_square_is_square_and_shows_no_cut_edge(size, box):
    frame = layers.frame_of(size, box, "square", 0.1)
    assert frame.height == frame.width
    if box.left == 0:
        assert frame.left == 0
    if box.bottom == 1:
        assert frame.top + frame.height == size[0]
    if box.right == 1:
        assert frame.left + frame.width == size[1]


def test_a_part_that_reaches_beyond_a_picture_is_empty_or_mirrored_there():
    picture = np.arange(16, dtype=np.float32).reshape(4, 4)
    inner = layers.framed(picture, (0.25, 0.25, 0.5, 0.5), (2, 2), "constant")
    np.testing.assert_allclose(inner, picture[1:3, 1:3])
    beyond = layers.framed(picture, (-0.5, 0, 1, 1), (4, 4), "constant")
    assert not beyond[:2].any()
    np.testing.assert_allclose(beyond[2:], picture[:2])
    mirrored = layers.framed(
        np.repeat(picture[..., np.newaxis], 3, 2).astype(np.uint8), (-0.5, 0, 1, 1), (4, 4), "symmetric"
    )
    np.testing.assert_array_equal(mirrored[..., 0], picture[[1, 0, 0, 1]])


def test_a_rim_is_as_wide_as_asked_all_around(disc):
    inside = layers.rim_distance(disc, 8) > 0
    rows, columns = np.indices(disc.shape) - 50
    radius = np.hypot(rows, columns)
    assert inside[radius < 27].all() and not inside[radius > 29.5].any()
    assert not (layers.rim_distance(disc * 0, 8) > 0).any()


def test_a_rim_closes_narrow_gaps_and_leaves_wide_ones():
    silhouette = np.zeros((100, 200), np.float32)
    silhouette[20:80, 20:60] = silhouette[20:80, 75:100] = silhouette[20:80, 160:180] = 1
    inside = layers.rim_distance(silhouette, 5) > 0
    assert inside[50, 60:75].all() and not inside[50, 120:140].any()


def test_a_shadow_lies_where_the_pet_meets_the_ground():
    """A table: its top is far above its legs."""
    table = np.zeros((200, 300), np.float32)
    table[40:80, 50:250] = 1
    table[80:150, 60:80] = table[80:150, 220:240] = 1
    shadow = layers.ground_shadow(table)
    assert shadow.min() == 0 and shadow.max() <= 1
    assert shadow[150, 70] > 0.5 > 2 * shadow[150, 150]
    assert shadow[:60].max() < 0.05 and shadow[190:].max() < 0.05
    assert not layers.ground_shadow(table * 0).any()


def test_each_pet_has_its_own_ground():
    two = np.zeros((200, 300), np.float32)
    two[20:60, 20:100] = two[100:180, 160:280] = 1
    shadow = layers.ground_shadow(two)
    assert shadow[61, 60] > 0.4 and shadow[181, 220] > 0.4


def test_a_shadow_behind_is_soft_and_falls_down(disc):
    shadow = layers.shadow_behind(disc)
    assert shadow[50, 50] > 0.9 and shadow[:20].max() < 0.05
    assert shadow[73, 50] > shadow[27, 50]
    assert not layers.shadow_behind(disc * 0).any()


def test_a_gradient_runs_from_the_first_colour_to_the_second():
    column = layers.gradient((255, 0, 0), (0, 0, 255), (256, 2))
    assert column.shape == (256, 2, 3)
    assert column[0, 0].tolist() == [255, 0, 0] and column[-1, 1].tolist() == [0, 0, 255]
    assert np.abs(np.diff(column[:, 0].astype(int), axis=0)).max() <= 1


def test_a_photo_fills_a_background_or_fits_into_it():
    picture = np.zeros((20, 60, 3), np.uint8)
    picture[:, :5] = picture[:, -5:] = 255
    filled, fit = (layers.placed(picture, (60, 60), placement) for placement in ("fill", "fit"))
    assert not filled.any(), "cropped around its middle"
    assert (fit[20:40, :4] == 255).all() and (fit[20:40, -4:] == 255).all()


def test_layers_over_one_another_are_porters_and_duffs_over():
    nothing = np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), np.float32)
    half = np.full((1, 1), 0.5, np.float32)
    white = layers.laid_over(nothing, 255, half)
    both = layers.laid_over(white, np.full((1, 1, 3), (255, 0, 0), np.uint8), half)
    assert layers.as_picture(*both).tolist() == [[[255, 85, 85, 191]]]
    assert layers.as_picture(*nothing).tolist() == [[[0, 0, 0, 0]]]
    assert layers.as_picture(*layers.laid_over((nothing[0], half * 2), 255, half * 2)[:1], None).tolist() == [
        [[255] * 3]
    ]
