"""Weights of other classes than pets: what has a subject is cut out, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seg.classes import PETS, Classes, PixelClass
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from tests.ui.segment.helpers import DARK, EN, Brightness, buttons, file, give, halves, metrics, said, visit

LEAVES = Classes(
    (
        PixelClass(255, 0, "leaf *", (0, 158, 115), "any leaf", role="subject"),
        PixelClass(0, 1, "soil", (120, 80, 40), role="background"),
        PixelClass(9, 2, "stone", (90, 90, 90)),
    )
)
NO_SUBJECT = Classes(tuple(PixelClass(m.value, m.label, f"part {m.label}", m.colour) for m in PETS))


@pytest.fixture
def classes(monkeypatch, engine: Brightness):
    """``classes(...)``: the network in use answers with these classes."""

    def use(used: Classes) -> None:
        info = WeightsInfo(Path("weights"), "imagenet", classes=used)
        monkeypatch.setattr(Segmenter, "load", lambda path: Segmenter(engine, info, size=32))

    return use


def test_another_subject_is_cut_out_and_named(classes):
    classes(LEAVES)
    at = give(visit(), file())
    assert EN["download_cutout"] in buttons(at)
    assert {"Leaf \\*", "Soil", "Stone"} <= set(metrics(at))
    assert "leaf *" in "".join(element.proto.body for element in at.get("html")), "the legend"


def test_a_photo_without_another_subject_says_so_by_its_name(classes):
    classes(LEAVES)
    at = give(visit(), file(photo=halves(DARK, DARK)))
    assert EN["no_pet"].format(name="leaf \\*", share=0.0) in said(at.warning)
    assert EN["download_cutout"] not in buttons(at)


def test_classes_without_a_subject_are_shown_without_a_cut_out(classes):
    classes(NO_SUBJECT)
    at = give(visit(), file(), file("two.png", halves(DARK, DARK)))
    assert "part 0, part 1, part 2" in said(at.info)
    assert EN["download_cutout"] not in buttons(at)
    assert {EN["download_overlay"], EN["download_trimap"], EN["download_zip"].format(count=2)} <= set(buttons(at))


def test_a_trimap_of_other_values_is_read_by_the_classes_in_use(classes):
    classes(LEAVES)
    at = give(visit(), file())
    true = np.where(np.arange(64) < 32, 255, 0).astype(np.uint8)[np.newaxis].repeat(32, axis=0)
    give(at, file("true.png", true), to="segment-trimaps")
    assert metrics(at)["IoU of leaf \\*"] == "100.0%"
    give(at, file("other.png", np.ones((32, 64), np.uint8)), to="segment-trimaps")
    assert "other\\.png holds other values than 255, 0, 9" in said(at.warning)


def test_the_trimap_of_a_pet_says_nothing_about_other_classes(classes):
    classes(LEAVES)
    assert "Mean IoU" not in metrics(visit(sample="dog"))
