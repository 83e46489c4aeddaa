"""Islands and holes go by size and by how sure the network is."""

from __future__ import annotations

import numpy as np
import pytest

from seg.inference.clean import without_islands_and_holes


@pytest.fixture
def pet():
    """A sure pet of 40 x 40 pixels in a photo without a doubt."""
    share = np.zeros((100, 100), np.float32)
    share[10:50, 10:50] = 0.98
    return share


def test_a_clean_answer_stays_as_it_is(pet):
    np.testing.assert_array_equal(without_islands_and_holes(pet), pet)
    nothing = np.full((20, 20), 0.3, np.float32)
    np.testing.assert_array_equal(without_islands_and_holes(nothing), nothing)


def test_an_island_that_the_network_is_not_sure_of_goes_however_large(pet):
    pet[60:90, 60:90] = 0.6
    assert not without_islands_and_holes(pet)[55:, 55:].any()


def test_a_second_pet_stays_and_a_sure_speck_goes(pet):
    pet[70:82, 70:82] = 0.95
    pet[5:7, 90:92] = 0.95
    clean = without_islands_and_holes(pet)
    assert clean[70:82, 70:82].min() == np.float32(0.95)
    assert not clean[5:7, 90:92].any()


def test_haze_stays_at_a_pet_and_goes_elsewhere(pet):
    pet[10:50, 50:54] = 0.3
    pet[80:90, 80:90] = 0.3
    clean = without_islands_and_holes(pet)
    assert clean[10:50, 50:54].min() == np.float32(0.3)
    assert not clean[80:90, 80:90].any()


def test_a_small_unsure_hole_is_filled_and_others_are_not(pet):
    pet[20:23, 20:23] = 0.4  # unsure and small
    pet[30:33, 30:33] = 0.05  # sure: something is seen through
    pet[40:48, 20:30] = 0.4  # unsure and large
    clean = without_islands_and_holes(pet)
    assert (clean[20:23, 20:23] == 1).all()
    assert clean[30:33, 30:33].max() == np.float32(0.05)
    assert clean[40:48, 20:30].max() == np.float32(0.4)


def test_a_hole_at_the_photos_rim_is_no_hole(pet):
    rim = pet[10:, 10:].copy()
    rim[:2, 4:6] = 0.4
    assert without_islands_and_holes(rim)[:2, 4:6].max() == np.float32(0.4)


def test_haze_that_leads_away_from_a_pet_goes_where_it_is_far(pet):
    pet[20:24, 50:80] = 0.3
    clean = without_islands_and_holes(pet)
    assert clean[20:24, 50:54].min() == np.float32(0.3)
    assert not clean[20:24, 56:].any()
