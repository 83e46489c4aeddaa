"""Areas become pixels: exactly those whose centre lies within."""

from __future__ import annotations

import numpy as np
import pytest

from seg.data.annotations.errors import AnnotationError
from seg.data.annotations.shapes import Polygon, Polygons, Runs, circle, rectangle, run_lengths


def painted(shape, size: tuple[int, int] = (12, 16)) -> np.ndarray:
    mask = np.zeros(size, np.uint8)
    shape.paint(mask, 1)
    return mask.astype(bool)


def test_a_rectangle_has_as_many_pixels_as_its_area():
    mask = painted(rectangle((3, 2), (10, 7)))
    assert mask[2:7, 3:10].all() and mask.sum() == 35


def test_neighbours_that_share_an_edge_neither_overlap_nor_leave_a_gap():
    upper, lower = Polygon(np.array([(0, 0), (16, 0), (0, 12)])), Polygon(np.array([(16, 0), (16, 12), (0, 12)]))
    assert (painted(upper) ^ painted(lower)).all()


def test_a_polygon_is_that_of_matplotlib():
    from matplotlib.path import Path

    corners = np.random.default_rng(4).uniform(-5, 45, (17, 2))
    y, x = np.mgrid[:30, :40] + 0.5
    # An even-odd rule by another way: the parity of the triangles from one corner that hold the centre.
    triangles = [np.array([corners[0], corners[n], corners[n + 1]]) for n in range(1, len(corners) - 1)]
    centres = np.column_stack([x.ravel(), y.ravel()])
    inside = np.sum([Path(triangle).contains_points(centres) for triangle in triangles], axis=0) % 2 == 1
    np.testing.assert_array_equal(painted(Polygon(corners), (30, 40)), inside.reshape(30, 40))


def test_what_lies_outside_the_photo_is_left_out():
    mask = painted(rectangle((-1e12, -5), (4, 1e12)))
    assert mask[:, :4].all() and mask.sum() == 48
    assert not painted(rectangle((100, 100), (200, 200))).any()


def test_a_circle_has_its_radius():
    assert painted(circle((20, 20), (20, 8)), (40, 40)).sum() == pytest.approx(np.pi * 144, rel=0.02)


def test_parts_are_one_area():
    parts = Polygons((rectangle((0, 0), (4, 4)), rectangle((2, 2), (6, 6))))
    assert painted(parts).sum() == 28


def test_runs_go_down_the_columns():
    mask = painted(Runs(np.array([1, 3, 8]), (4, 3)), (4, 3))
    np.testing.assert_array_equal(mask, np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]], bool))


def test_packed_runs_are_those_of_cocos_own_program():
    # pycocotools.mask.encode of the mask above, and of one whose runs become shorter as well as longer.
    assert run_lengths("138") == [1, 3, 8]
    assert run_lengths("5<\\9FgFV1Q3J") == [5, 12, 300, 2, 3, 40, 100, 34]


@pytest.mark.parametrize("text", ["\x00", "1~", "o" * 100, "o"])
def test_damaged_runs_are_refused(text: str):
    with pytest.raises(ValueError, match="run lengths"):
        run_lengths(text)


@pytest.mark.parametrize("size", [(4, 4), (3, 4)])
def test_runs_of_another_photo_are_refused(size: tuple[int, int]):
    with pytest.raises(AnnotationError, match="run lengths of an area have 12 pixels"):
        painted(Runs(np.array([1, 3, 8]), (4, 3)), size)


@pytest.mark.parametrize("corners", [[(0, 0), (1, 1)], [(0, 0), (1, float("nan")), (2, 2)], [1, 2, 3]])
def test_a_polygon_has_three_corners_that_are_numbers(corners):
    with pytest.raises(ValueError, match="corner"):
        Polygon(np.array(corners, float))


def test_a_polygon_that_would_fill_the_memory_is_refused():
    zigzag = np.column_stack([np.arange(30_000.0), np.tile([0.0, 1000.0], 15_000)])
    with pytest.raises(AnnotationError, match="polygon of 30000 corners"):
        painted(Polygon(zigzag), (1000, 30_000))
