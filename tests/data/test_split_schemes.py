"""Split schemes: no photo stands in two splits, and each keeps its split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seg.data.dataset import Dataset, DatasetError
from seg.data.split_schemes import SPLITS, article_scheme, official_lists, official_scheme, write_lists
from tests.data.folders import assert_no_name_stands_twice, names_of, photo_of

Maker = Callable[..., Path]


NAMES_LIKE_THE_REAL_ONES = [f"{breed}_{n}" for breed in ("Bengal", "Sphynx", "beagle", "pug") for n in range(1, 101)]


def test_the_official_scheme_holds_out_the_test_list():
    test = set(NAMES_LIKE_THE_REAL_ONES[::2])
    splits = official_scheme(NAMES_LIKE_THE_REAL_ONES, test)
    assert set(splits["test"]) == test
    assert_no_name_stands_twice(splits, NAMES_LIKE_THE_REAL_ONES)
    assert 10 <= len(splits["validation"]) <= 30  # a tenth of 200


def test_a_list_says_which_names_validate_and_no_hash_then():
    test, validation = set(NAMES_LIKE_THE_REAL_ONES[::4]), set(NAMES_LIKE_THE_REAL_ONES[::2])
    splits = official_scheme(NAMES_LIKE_THE_REAL_ONES, test, validation)
    assert set(splits["test"]) == test and set(splits["validation"]) == validation - test
    assert_no_name_stands_twice(splits, NAMES_LIKE_THE_REAL_ONES)


def test_the_validation_list_of_a_folder_is_read(small_dataset: Maker):
    root = small_dataset(trainval=["Abyssinian_1", "beagle_3", "beagle_12"], test=["samoyed_4"])
    (root / "annotations" / "validation.txt").write_text("beagle_12\nsamoyed_4\n")
    splits = Dataset.open(root).splits
    assert splits == {"train": ("Abyssinian_1", "beagle_3"), "validation": ("beagle_12",), "test": ("samoyed_4",)}


def test_lists_that_are_written_are_read_again(tmp_path: Path):
    splits = {"train": ["a", "b c"], "validation": ["d"], "test": ["e.f"]}
    write_lists(tmp_path, splits)
    assert official_lists(tmp_path, {"a", "b c", "d", "e.f"}) == ({"a", "b c", "d"}, {"e.f"}, {"d"})


def test_a_name_in_both_lists_is_a_test_name_and_nothing_else(small_dataset: Maker):
    both = ["pug_1", "pug_9", "Bengal_7"]
    root = small_dataset(trainval=["Abyssinian_1", "beagle_3", "beagle_12", *both], test=[*both, "samoyed_4"])
    dataset = Dataset.open(root)
    assert set(dataset.splits["test"]) == {*both, "samoyed_4"}
    assert_no_name_stands_twice(dataset.splits, names_of(dataset))


def test_the_article_scheme_is_the_articles():
    # As the article has it: NumPy's global generator, seed 2020, an index shuffled, the first 20 % held out.
    names = sorted(NAMES_LIKE_THE_REAL_ONES)
    state = np.random.get_state()
    try:
        np.random.seed(2020)
        index = np.random.permutation(len(names))
    finally:
        np.random.set_state(state)
    held_out = {names[i] for i in index[: int(len(names) * 0.2)]}
    splits = article_scheme(NAMES_LIKE_THE_REAL_ONES)
    assert len(held_out) == 80
    assert set(splits["test"]) == held_out
    assert_no_name_stands_twice(splits, names)


def test_the_article_scheme_does_not_depend_on_the_order_of_the_files_or_on_chance():
    splits = article_scheme(NAMES_LIKE_THE_REAL_ONES)
    np.random.seed(1)
    assert article_scheme(NAMES_LIKE_THE_REAL_ONES[::-1]) == splits
    before = np.random.get_state()[1].tolist()  # type: ignore[union-attr]
    article_scheme(NAMES_LIKE_THE_REAL_ONES)
    assert np.random.get_state()[1].tolist() == before  # type: ignore[union-attr]


def test_the_validation_split_is_the_same_on_every_machine():
    # Pinned: if these move, metrics of earlier runs are no longer metrics of unseen photos.
    names = [f"pug_{number}" for number in range(1, 41)] + ["Abyssinian_100", "Abyssinian_101", "beagle_116"]
    splits = official_scheme(names, set())
    assert splits["validation"] == ("Abyssinian_101", "pug_1", "pug_2", "pug_25", "pug_32", "pug_39", "pug_5")
    assert "beagle_116" in splits["train"]


def test_a_photo_keeps_its_split_when_others_come_or_go():
    test = set(NAMES_LIKE_THE_REAL_ONES[300:])
    complete = official_scheme(NAMES_LIKE_THE_REAL_ONES, test)
    some = official_scheme(NAMES_LIKE_THE_REAL_ONES[::3], test)
    for split, names in some.items():
        assert names
        assert set(names) <= set(complete[split])


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_smallest_dataset_has_something_to_train_on_and_to_validate_on(count: int):
    names = NAMES_LIKE_THE_REAL_ONES[60 : 60 + count]
    splits = official_scheme(names, set())
    assert splits["train"]
    assert splits["validation"]
    assert_no_name_stands_twice(splits, names)


def test_a_single_photo_and_none_can_be_split():
    for names in ([], ["pug_1"], ["pug_3"]):
        assert_no_name_stands_twice(official_scheme(names, set()), names)
        assert_no_name_stands_twice(article_scheme(names), names)


def test_splits_survive_when_photos_are_missing(pets: Path):
    for name in ("pug_9", "Abyssinian_1"):
        photo_of(pets, name).unlink()
    for scheme in ("official", "article"):
        dataset = Dataset.open(pets, scheme)
        assert_no_name_stands_twice(dataset.splits, names_of(dataset))
        assert sum(len(dataset.split(split)) for split in SPLITS) == 6


def test_splits_are_named_and_a_photo_knows_its_split(pets: Path):
    dataset = Dataset.open(pets)
    assert dataset.split("all") == dataset.samples
    assert [sample.name for sample in dataset.split("test")] == ["pug_9", "samoyed_4"]
    for split in SPLITS:
        for sample in dataset.split(split):
            assert dataset.split_of(sample.name) == split
    with pytest.raises(KeyError):
        dataset.split_of("nobody_1")
    with pytest.raises(DatasetError, match="train, validation, test or all"):
        dataset.split("trainval")


@pytest.mark.parametrize(
    "text",
    ["Abyssinian_1 1 1 1\nbeagle_3 2 2 1\n\n   \n\t\n# comment\n", "\ufeffAbyssinian_1 1 1 1\r\nbeagle_3 1 1 1\r\n"],
    ids=["blank lines", "as Windows writes it"],
)
def test_lists_are_read_whoever_wrote_them(pets: Path, text: str):
    (pets / "annotations" / "trainval.txt").write_text(text, encoding="utf-8")
    dataset = Dataset.open(pets)
    assert set(dataset.splits["train"]) | set(dataset.splits["validation"]) == {"Abyssinian_1", "beagle_3"}


def test_a_list_that_is_no_utf_8_leaves_out_the_photos_whose_names_it_garbles(pets: Path):
    (pets / "annotations" / "trainval.txt").write_bytes("Abyssinian_1 1 1 1\nbébé_3 1 1 1\n".encode("latin-1"))
    dataset = Dataset.open(pets)
    assert set(dataset.splits["train"]) | set(dataset.splits["validation"]) == {"Abyssinian_1"}


def test_one_list_without_the_other_is_no_official_scheme(pets: Path):
    (pets / "annotations" / "test.txt").unlink()
    assert Dataset.open(pets).split_scheme == "article"
    with pytest.raises(DatasetError, match=r"trainval\.txt and test\.txt"):
        Dataset.open(pets, "official")
