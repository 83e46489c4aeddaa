"""Each kind of photo that people have is read right, read with a warning, or refused in a sentence."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from seg.photo import read_photo
from tests.encoded import refusal
from tests.kinds.files import Kind, kinds

pytest.importorskip("pillow_heif")


def a_pet() -> np.ndarray:
    """Smooth colours of all hues, without a symmetry."""
    y, x = np.mgrid[:96, :144]
    pet = np.dstack([y * 2, x * 1.5, 120 + 100 * np.sin((x + 2 * y) / 30)])
    return np.asarray(Image.fromarray(pet.clip(20, 235).astype(np.uint8)))


@pytest.mark.parametrize("kind", [pytest.param(kind, id=f"{kind.about} {kind.name}") for kind in kinds(a_pet())])
@pytest.mark.parametrize("draft", [None, 72])
def test_a_photo_of_any_kind_is_right_or_told_of(kind: Kind, draft: int | None):
    if kind.verdict == "refused":
        assert kind.name in refusal(kind.data, name=kind.name, draft=draft)
        return
    photo = read_photo(kind.data, kind.name, draft=draft)
    assert bool(photo.warnings) == (kind.verdict == "warned"), photo.warnings
    assert kind.difference(photo.pixels) <= kind.levels


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system does not say how it schedules")
def test_making_the_kinds_leaves_the_process_its_priority():
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
