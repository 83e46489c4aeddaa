"""What the pages of docs/api are made of: signatures, fields, constants and anchors, as the source has them."""

from __future__ import annotations

import pytest

from tests.api.pages import ANCHORS
from tests.api.source import find


def member(name: str, called: str):
    return next(each for each in find(name).members() if each.name == f"{name}.{called}")


def test_a_name_is_found_where_it_is_imported_from_and_where_it_is_defined():
    assert find("seg.Segmenter").node == find("seg.inference.segmenter.Segmenter").node
    assert find("seg.Segmenter").module == "seg" and member("seg.Segmenter", "load").module == "seg"
    with pytest.raises(LookupError, match=r"seg\.photo\.no_such_name"):
        find("seg.photo.no_such_name")


def test_a_signature_has_types_and_defaults_as_the_source_has_them_and_no_self():
    assert find("seg.metrics.mean_iou").signature() == "mean_iou(confusion: np.ndarray) -> float"
    assert member("seg.Segmentation", "overlay").signature() == (
        "Segmentation.overlay(opacity: float = 0.5) -> np.ndarray"
    )
    assert member("seg.Segmentation", "trimap").signature() == "Segmentation.trimap: np.ndarray"
    assert find("seg.inference.inside.Inside").signature() == "Inside(weights: Path)"


def test_a_long_signature_has_a_line_for_each_argument_and_shows_what_goes_by_name():
    lines = find("seg.train").signature().splitlines()
    assert lines[:3] == [
        "train(",
        '    recipe: Recipe | str = "demo",',
        "    data: Dataset | str | Path | None = None,",
    ]
    assert lines[3] == "    *," and lines[-1] == ") -> Run"


def test_fields_come_with_the_comments_that_explain_them_and_without_private_ones():
    assert find("seg.training.runs.Run").signature() == "class Run:\n    folder: Path"
    assert "\n    # Steps in an epoch; None: every photo once.\n    steps:" in (
        find("seg.training.recipe.Phase").signature()
    )


def test_what_is_entered_by_with_says_so():
    assert find("seg.clips.opening.open_clip").signature().endswith("-> AbstractContextManager[Clip]")


def test_constants_and_types_are_explained_and_so_are_those_that_they_are_made_of():
    assert find("seg.train").constants()["Report"] == "Callable[[Status], None]"
    assert find("seg.network.fcn.split_at_taps").constants() == {
        "TAPS": '(*SKIPS, "block5_pool")',
        "SKIPS": '("block3_conv3", "block4_conv3", "block5_conv3")',
    }
    assert "PETS" not in find("seg.data.examples.Examples").constants(), "a long value explains nothing"


def test_prose_and_example_are_told_apart():
    definition = find("seg.images.fitting_size")
    assert ">>>" not in definition.prose and definition.example.startswith(">>> from seg.images import fitting_size\n")


def test_names_that_differ_in_capitals_alone_have_anchors_of_their_own():
    assert ANCHORS["seg.inference.matting.matte"] == "matte"
    assert ANCHORS["seg.inference.matting.Matte"] == "matte-1"
