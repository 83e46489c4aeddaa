"""One pair: its array, its values, and how a visitor gets to it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seg.ui.shared import download_buttons
from tests.ui.dataset.helpers import TEXTS, open_page, words


def test_the_page_opens_with_what_it_is_for_and_without_an_error(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch)
    assert app.title[0].value == "Dataset"
    assert app.main.markdown[0].value == TEXTS["purpose"]
    assert not app.exception and not app.error


def test_the_array_of_one_pair_is_shown_before_and_after_squeeze(small_dataset, monkeypatch):
    app = open_page(small_dataset(size=(24, 32)), monkeypatch)
    lines = app.main.code[0].value.splitlines()
    shapes = [lines[place + 1] for place, line in enumerate(lines) if line == ">>> trimap.shape"]
    assert shapes == ["(24, 32, 1)", "(24, 32)"]
    assert lines[-1] == "array([1, 2, 3], dtype=uint8)"


def test_the_values_of_one_pair_have_their_meaning_and_share(small_dataset, monkeypatch):
    root = small_dataset()
    values = np.full((24, 32), 2, np.uint8)
    values[:6] = 1
    Image.fromarray(values).save(root / "annotations" / "trimaps" / "pug_1.png")
    table = open_page(root, monkeypatch, pair="pug_1").main.table[0].value
    assert list(table["Value"]) == ["1", "2"]
    assert [meaning.split(":")[0] for meaning in table["Meaning"]] == ["pet", "background"]
    assert list(table["Pixels"]) == ["192", "576"]
    assert list(table["Share"]) == ["25.0%", "75.0%"]


def test_the_trimap_to_keep_is_the_datasets_and_the_one_in_colours_is_called_so(small_dataset, monkeypatch):
    given = {}
    monkeypatch.setattr(
        download_buttons,
        "png",
        lambda make, file_name, label=None, **settings: given.update({file_name: (label, make)}),
    )
    root = small_dataset()
    open_page(root, monkeypatch, pair="pug_1")
    label, make = given["pug_1-trimap.png"]
    assert label == "Download: True trimap"
    np.testing.assert_array_equal(make(), np.asarray(Image.open(root / "annotations" / "trimaps" / "pug_1.png")))
    label, make = given["pug_1-trimap-in-colours.png"]
    assert label == "Download: Trimap in colours" and make().shape == (24, 32, 3)


def test_a_pair_can_be_linked_to(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, pair="pug_9")
    assert app.selectbox(key="pair").value == "pug_9"
    assert "pug · dog · test · 32 × 24 px" in words(app)


@pytest.mark.parametrize("name", ["../../etc/passwd", "no_such_pet_1", "", "<script>alert(1)</script>"])
def test_a_link_to_no_pair_shows_the_first_one(small_dataset, monkeypatch, name):
    app = open_page(small_dataset(), monkeypatch, pair=name)
    assert app.selectbox(key="pair").value == "Abyssinian_1"
    assert not app.exception and not app.error


def test_stepping_goes_through_the_pairs_and_round(small_dataset, monkeypatch):
    app = open_page(small_dataset(("pug_1", "pug_2", "pug_3")), monkeypatch)
    seen = [app.button(key="pair-next").click().run().selectbox(key="pair").value for _ in range(3)]
    assert seen == ["pug_2", "pug_3", "pug_1"]
    assert app.button(key="pair-next").proto.shortcut == "shift+right"
    assert app.button(key="pair-previous").click().run().selectbox(key="pair").value == "pug_3"


def test_a_pair_that_has_gone_is_offered_no_more(small_dataset, monkeypatch):
    root = small_dataset()
    app = open_page(root, monkeypatch)
    (root / "images" / "pug_1.jpg").unlink()
    app.selectbox(key="pair").select("pug_1").run()
    assert "pug_1" not in app.selectbox(key="pair").options
    assert not app.error and not app.exception


def test_names_of_files_are_no_markdown(small_dataset, monkeypatch):
    app = open_page(small_dataset(("pug_1", ":red[$x$]*bold*_2", "pug_3", "pug_4")), monkeypatch, view="gallery")
    button = app.button(key="open-:red[$x$]*bold*_2")
    assert button.label == r"\:red\[\$x\$\]\*bold\*\_2"
