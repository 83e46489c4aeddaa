"""Statistics of the dataset, and what was left out of it."""

from __future__ import annotations

from seg.data.dataset import Dataset
from seg.ui.dataset import statistics_view
from tests.ui.dataset.helpers import TEXTS, open_page, view, words


def test_the_numbers_count_pairs_splits_and_breeds(small_dataset, monkeypatch):
    app = view(open_page(small_dataset(), monkeypatch), "statistics")
    shown = {metric.label: metric.value for metric in app.main.metric}
    assert shown["Pairs"] == "8"
    assert shown["Breeds"] == "5"
    assert shown["Test"] == "2"
    assert int(shown["Training"]) + int(shown["Validation"]) == 6
    assert shown["Largest"] == "32 × 24"
    assert not app.exception and not app.error


def test_the_pet_is_most_often_in_the_middle(small_dataset):
    folder = small_dataset()
    pet = statistics_view._mean_subject(Dataset.open(folder), 0)
    assert pet.shape == (statistics_view.MEAN_SIZE, statistics_view.MEAN_SIZE)
    assert pet[24, 24] == 1
    assert pet[0, 0] == 0


def test_nothing_left_out_is_said_in_a_sentence(small_dataset, monkeypatch):
    app = view(open_page(small_dataset(), monkeypatch), "statistics")
    assert TEXTS["left_out_none"] in words(app)
    assert not app.main.dataframe


def test_what_was_left_out_is_listed_with_its_reason(small_dataset, monkeypatch):
    root = small_dataset()
    (root / "images" / "pug_77.jpg").write_bytes((root / "images" / "pug_1.jpg").read_bytes())
    (root / "annotations" / "trimaps" / "._pug_1.png").write_bytes(b"Mac OS X")
    app = view(open_page(root, monkeypatch), "statistics")
    table = app.main.dataframe[0].value
    assert dict(zip(table[TEXTS["reason"]], table[TEXTS["names"]], strict=True)) == {
        TEXTS["reason_apple_double"]: "._pug_1.png",
        TEXTS["reason_no_trimap"]: "pug_77",
    }


def test_a_dataset_of_which_nothing_can_be_used_says_why(small_dataset, monkeypatch):
    root = small_dataset()
    for photo in (root / "images").iterdir():
        photo.write_bytes(b"no picture")
    app = open_page(root, monkeypatch)
    assert TEXTS["empty"] in words(app)
    assert list(app.main.dataframe[0].value["Files"]) == [8]
    assert not app.exception and not app.error


def test_a_dataset_without_breeds_in_its_names_shows_its_statistics(small_dataset, monkeypatch):
    app = view(open_page(small_dataset(("one", "two", "three"), trainval=None), monkeypatch), "statistics")
    assert {metric.label: metric.value for metric in app.main.metric}["Breeds"] == "0"
    assert TEXTS["scheme_article"] in words(app)
    assert not app.exception and not app.error


def test_a_folder_that_is_no_dataset_is_an_error_in_a_sentence(monkeypatch, tmp_path):
    app = open_page(tmp_path, monkeypatch)
    assert "has no trimaps (looked for" in app.main.error[0].value
    assert not app.exception


def test_only_the_complete_dataset_is_split_as_others_report_on_it(small_dataset, monkeypatch):
    root = small_dataset()
    assert TEXTS["scheme_official"] in words(view(open_page(root, monkeypatch), "statistics"))
    monkeypatch.setattr(statistics_view, "MOST_PAIRS", 7)
    monkeypatch.setattr(statistics_view, "BREEDS", 5)
    assert TEXTS["scheme_complete"] in words(view(open_page(root, monkeypatch), "statistics"))


def test_breeds_have_chinese_names(small_dataset, monkeypatch):
    said = words(open_page(small_dataset(), monkeypatch, lang="zh", view="statistics"))
    assert "巴哥犬" in said or "萨摩耶犬" in said or "孟加拉豹猫" in said or "阿比西尼亚猫" in said
