"""Which dataset the page shows, in which language, with which classes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from seg.texts import zh
from tests.ui.dataset.helpers import TEXTS, open_page, words


def test_the_sample_says_how_much_of_the_dataset_it_is_and_whose_photos(monkeypatch):
    app = open_page(None, monkeypatch)
    assert TEXTS["sample"].format(count=148, total=7349) in words(app)
    assert "CVPR" in words(app)


def test_real_photos_come_with_whom_to_cite(small_dataset, monkeypatch):
    assert "Cats and Dogs" in words(open_page(small_dataset(), monkeypatch))


def test_photos_of_others_are_not_credited_to_oxford(small_dataset, monkeypatch):
    app = open_page(small_dataset(("rex_1", "tom_2", "IMG_0001")), monkeypatch)
    assert "Cats and Dogs" not in words(app) and TEXTS["values_note"] not in words(app)


def test_the_page_speaks_chinese(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, lang="zh", view="gallery")
    assert app.title[0].value == "数据集"
    assert app.main.markdown[0].value == zh.TEXTS["dataset"]["purpose"]
    assert app.query_params["lang"] == "zh"


@pytest.mark.parametrize("name", ["pair", "statistics", "gallery"])
def test_other_classes_than_pets_are_shown_by_their_names(small_dataset, monkeypatch, name):
    root = small_dataset(("a_1", "a_2", "a_3"), trainval=None)
    for file in (root / "annotations" / "trimaps").iterdir():
        Image.fromarray(np.where(np.asarray(Image.open(file)) == 1, 255, 0).astype(np.uint8)).save(file)
    classes = [
        {"name": "sky", "value": 0, "colour": [90, 160, 220], "meaning": "air", "role": "background"},
        {"name": "road *", "value": 255, "colour": [128, 64, 128], "meaning": "tar"},
    ]
    (root / "classes.json").write_text(json.dumps(classes))
    app = open_page(root, monkeypatch, view=name)
    assert not app.exception and not app.error
    assert "road *" in words(app)
    assert "CVPR" not in words(app), "these are not the pets' photos"


def test_the_pets_come_with_a_link_to_their_page(small_dataset, monkeypatch):
    assert "https://www.robots.ox.ac.uk/~vgg/data/pets/" in words(open_page(small_dataset(), monkeypatch))
