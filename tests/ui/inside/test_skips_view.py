"""What each skip adds, and the trimap without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from seg.classes import Classes
from seg.network.architecture import SKIPS
from seg.network.weights import read_info
from seg.ui.inside import photo_view
from seg.ui.shared import choices
from tests.ui.inside.helpers import EN, pictures, said, visit


def test_every_skip_is_left_out_once_and_all_else_comes_from_one_run(asked):
    app = visit("skips")
    assert [name for name in asked if name.startswith("-")] == ["-None", *(f"-{tap}" for tap in SKIPS)]
    assert len(set(asked)) == len(asked)
    captions = pictures(app)
    assert captions[0] == EN["with_all"]
    for tap in SKIPS:
        assert any(caption.startswith(f"Without {tap}: ") for caption in captions)


def test_each_addition_is_shown_before_and_after():
    captions = "\n".join(pictures(visit("skips")))
    for step, tap in ((1, "block5_conv3"), (2, "block4_conv3"), (3, "block3_conv3")):
        for words in (f"Before: decoder{step}_conv", f"Added: {tap}", f"After: skip_{tap}"):
            assert words in captions


def test_what_is_added_is_the_sum(look):
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    skips = photo_view._skips(Path("weights"), image)
    for tap, step in photo_view.STEP_OF.items():
        total = skips.means[f"decoder{step}_conv"] + skips.means[tap]
        np.testing.assert_allclose(skips.means[f"skip_{tap}"], total, rtol=1e-3, atol=1e-4)


def test_another_way_of_showing_the_trimaps_does_not_run_the_network_again(asked):
    app = visit("skips")
    before = list(asked)
    app.session_state["inside-shown-as"] = "changes"
    app.run()
    assert EN["shown_as_changes_text"] in said(app)
    assert asked == before


def test_other_classes_than_pets_are_shown_by_their_names_and_in_their_colours(monkeypatch):
    classes = Classes.from_list(
        [
            {"name": "sky", "value": 0, "colour": [90, 160, 220]},
            {"name": "road", "value": 1, "colour": [128, 64, 128]},
            {"name": "tree", "value": 2, "colour": [20, 140, 60]},
        ]
    )
    info = read_info(choices.weights())
    monkeypatch.setattr(photo_view, "read_info", lambda weights: replace(info, classes=classes))
    app = visit("skips")
    assert [caption.split(",")[0] for caption in pictures(app) if ", mean " in caption and "%" in caption] == list(
        classes.names
    )
    assert "rgb(128, 64, 128)" in app.main.get("html")[0].proto.body
