"""What is taken for what: how many pixels, in a unit in which each cell says something."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from seg.classes import PETS
from seg.texts.en import TEXTS
from seg.ui.results import confusion_view

EN = TEXTS["results"]


@pytest.mark.parametrize(
    ("photos", "cell"), [(24, EN["thousand_pixels"].format(count=1.2)), (2400, EN["million_pixels"].format(count=0.12))]
)
def test_pixels_of_few_photos_are_counted_in_thousands_and_of_many_in_millions(photos, cell):
    confusion = np.full((3, 3), 50 * photos)
    confusion[1, 1] = 40_000 * photos
    cells, _ = confusion_view._heat_map(SimpleNamespace(classes=PETS, confusion=confusion))
    assert cells["counted"][0] == cell
