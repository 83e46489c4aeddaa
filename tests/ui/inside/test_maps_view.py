"""Feature maps of any layer."""

from __future__ import annotations

import numpy as np

from seg.ui.inside import maps_view, photo_view
from seg.ui.segment import upload_form
from tests.ui.inside.helpers import pictures, said, visit


def test_feature_maps_are_those_of_the_chosen_layer(asked):
    app = visit("maps", layer="block2_conv1")
    assert asked == ["block2_conv1"]
    assert "block2_conv1: 4 channels of 32 × 32" in said(app)
    assert len(pictures(app)) == 4


def test_colours_numbers_and_languages_do_not_run_the_network_again(asked):
    app = visit("maps", layer="block5_conv3")
    assert len(pictures(app)) == maps_view.COUNTS[0]
    before = list(asked)
    app.session_state[maps_view.COUNT_KEY] = 24
    app.session_state[maps_view.COLOUR_KEY] = "grey"
    app.run()
    assert len(pictures(app)) == 16  # all that the narrow layer has
    app.session_state["lang"] = "zh"
    app.run()
    assert asked == before


def test_the_channels_are_shown_strongest_first_and_silent_ones_counted(look):
    app = visit("maps", layer="block3_conv3")
    means = [float(caption.split("mean ")[1]) for caption in pictures(app)]
    assert means == sorted(means, reverse=True)
    sample = upload_form.sample_upload("chelsea")
    image = photo_view.resize_photo(photo_view.read_photo(sample.data).pixels, 64)
    silent = int((look.activations(image, "block3_conv3") == 0).all(axis=(0, 1)).sum())
    assert f"{silent} of them are silent" in said(app)


def test_the_downloaded_sheet_has_a_place_for_every_map():
    pictures_of_channels = [np.full((4, 4), value, np.uint8) for value in range(10)]
    maps = photo_view.Maps((4, 4, 10), 1, list(range(10)), [0.0] * 10, pictures_of_channels)
    sheet = maps_view._sheet(maps, 12, "colour")
    side, columns = maps_view.SHEET_SIDE, maps_view.SHEET_COLUMNS
    assert sheet.shape[1] > columns * side and sheet.shape[0] > 2 * side


def test_a_map_without_a_pattern_is_drawn_dark():
    flat = maps_view.coloured(np.full((2, 2), 7.0), "grey")
    assert flat.dtype == np.uint8 and not flat.any()


def test_huge_activations_are_drawn_like_small_ones():
    values = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_array_equal(photo_view._levels(values * 1e9), photo_view._levels(values))
