"""The gallery: pages, filters, orders, thumbnails."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from seg.data.dataset import Dataset
from seg.ui.dataset import gallery_view
from seg.ui.shared.select_box import widget_key
from tests.ui.dataset.helpers import TEXTS, names_in_gallery, open_page, view, words

MANY = tuple(f"{breed}_{number}" for breed in ("Bengal", "pug", "samoyed") for number in range(1, 10))


def test_the_gallery_shows_a_page_of_pairs_at_a_time(small_dataset, monkeypatch):
    app = open_page(small_dataset(MANY), monkeypatch, view="gallery")
    first = names_in_gallery(app)
    assert first == sorted(MANY)[: gallery_view.PER_PAGE]
    app.session_state["gallery-page-all-any-None-name"] = 2
    assert names_in_gallery(app.run()) == sorted(MANY)[gallery_view.PER_PAGE :]


def test_the_gallery_is_filtered_by_split_species_and_breed(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, view="gallery")
    app.selectbox(key=widget_key("gallery-split")).select("test").run()
    assert names_in_gallery(app) == ["pug_9", "samoyed_4"]
    app.selectbox(key=widget_key("gallery-split")).select("all")
    app.selectbox(key=widget_key("gallery-species")).select("cat").run()
    assert names_in_gallery(app) == ["Abyssinian_1", "Abyssinian_2", "Bengal_7"]
    app.selectbox(key=widget_key("gallery-breed")).select("Bengal").run()
    assert names_in_gallery(app) == ["Bengal_7"]


def test_a_filter_that_nothing_fits_says_so(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, view="gallery")
    app.selectbox(key=widget_key("gallery-split")).select("test")
    app.selectbox(key=widget_key("gallery-species")).select("cat").run()
    assert TEXTS["none_match"] in words(app)
    assert names_in_gallery(app) == []


def test_pairs_are_sorted_by_the_size_of_the_pet(small_dataset):
    root = small_dataset(("pug_1", "pug_2", "pug_3", "pug_4"))
    for name, rows in (("pug_1", 5), ("pug_2", 20), ("pug_3", 10), ("pug_4", 1)):
        values = np.full((24, 32), 2, np.uint8)
        values[:rows] = 1
        Image.fromarray(values).save(root / "annotations" / "trimaps" / f"{name}.png")
    dataset = Dataset.open(root)
    largest = [sample.name for sample in gallery_view.select(dataset, "all", "any", None, "largest")]
    assert largest == ["pug_2", "pug_3", "pug_1", "pug_4"]
    smallest = [sample.name for sample in gallery_view.select(dataset, "all", "any", None, "smallest")]
    assert smallest == largest[::-1]


def test_a_name_in_the_gallery_leads_to_its_pair(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, view="gallery")
    app.button(key="open-pug_9").click().run()
    assert app.selectbox(key="pair").value == "pug_9"
    assert app.query_params["view"] == "pair"


def test_a_thumbnail_is_small_and_as_the_photo_stands(small_dataset):
    root = small_dataset(("pug_1", "pug_2"), size=(600, 300))
    dataset = Dataset.open(root)
    data = gallery_view.thumbnail(dataset["pug_1"], dataset.classes)
    picture = Image.open(io.BytesIO(data))
    assert picture.size == (120, 240)
    assert len(data) < 20_000


def test_a_thumbnail_of_a_damaged_photo_leaves_the_others(small_dataset, monkeypatch):
    root = small_dataset()
    app = open_page(root, monkeypatch)
    (root / "images" / "pug_1.jpg").write_bytes(b"no picture any more")
    view(app, "gallery")
    assert [warning.value for warning in app.main.warning] == [TEXTS["gone"]]
    assert len(names_in_gallery(app)) == 8
