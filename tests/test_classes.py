"""Values on disk, labels in the network, and the way between them."""

import json

import numpy as np
import pytest

from seg.classes import IGNORED, PETS, Classes, ClassesError, PixelClass


def test_a_trimap_value_means_what_the_dataset_says():
    assert {member.value: member.name for member in PETS} == {1: "pet", 2: "background", 3: "border"}
    assert [member.label for member in PETS] == [0, 1, 2]


def test_labels_are_in_the_order_of_the_classes():
    assert [PETS.members[member.label] for member in PETS] == list(PETS)
    assert PETS.names == ("pet", "background", "border")
    assert len(PETS) == 3


def test_trimap_to_labels_and_back():
    trimap = np.array([[1, 2, 3], [3, 2, 1]], np.uint8)
    labels = PETS.to_labels(trimap)
    assert labels.dtype == np.uint8
    assert labels.tolist() == [[0, 1, 2], [2, 1, 0]]
    back = PETS.to_trimap(labels)
    assert back.dtype == np.uint8
    assert np.array_equal(back, trimap)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
def test_a_value_of_no_class_is_ignored(dtype):
    values = np.array([0, 1, 4, 255], dtype)
    assert PETS.to_labels(values).tolist() == [IGNORED, 0, IGNORED, IGNORED]


def test_a_value_beyond_a_byte_is_no_class_either():
    assert PETS.to_labels(np.array([-1, -255, 256, 257, 70000, 2])).tolist() == [IGNORED] * 5 + [1]


def test_labels_of_any_integer_type_become_values():
    assert PETS.to_trimap(np.array([[2, 0]], np.int64)).tolist() == [[3, 1]]


def test_a_class_is_found_by_its_name():
    assert PETS["border"].value == 3
    with pytest.raises(KeyError):
        PETS["wall"]


def test_the_palette_has_one_colour_a_label():
    assert PETS.palette.shape == (3, 3)
    assert PETS.palette.dtype == np.uint8
    for member in PETS:
        assert tuple(PETS.palette[member.label]) == member.colour


def test_classes_differ_in_lightness_too():
    red, green, blue = PETS.palette.astype(float).T
    lightness = np.sort(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    assert np.diff(lightness).min() > 40


def test_another_dataset_is_another_set_of_classes():
    streets = Classes((PixelClass(7, 0, "road", (1, 2, 3), "tar"), PixelClass(200, 1, "sky", (4, 5, 6), "air")))
    assert streets.to_labels(np.array([7, 200, 1])).tolist() == [0, 1, IGNORED]
    assert streets.to_trimap(np.array([1, 0])).tolist() == [200, 7]


def test_each_part_is_played_by_the_class_that_says_so():
    assert (PETS.subject, PETS.background, PETS.border) == PETS.members
    streets = Classes((PixelClass(0, 0, "road", (1, 2, 3)), PixelClass(1, 1, "sky", (4, 5, 6))))
    assert (streets.subject, streets.background, streets.border) == (None, None, None)


def test_classes_are_written_and_read_again(tmp_path):
    (tmp_path / "classes.json").write_text(json.dumps(PETS.as_list()))
    assert Classes.of_folder(tmp_path) == PETS
    assert Classes.of_folder(tmp_path / "without") == PETS


VOID_ROWS = [
    {"name": "background", "value": 0, "colour": [90, 90, 90], "role": "background"},
    {"name": "outline", "value": 255, "colour": [224, 224, 192], "role": "void"},
    {"name": "car", "value": 7, "colour": [0, 0, 142]},
    {"name": "own car", "value": 1, "colour": [0, 0, 0], "role": "void"},
]


def test_what_is_not_labelled_has_no_label_of_its_own_and_is_no_class_of_the_network():
    classes = Classes.from_list(VOID_ROWS)
    assert len(classes) == 2 and classes.names == ("background", "car") and classes.values == (0, 7)
    assert [member.label for member in classes] == [0, 1] and classes.palette.shape == (2, 3)
    assert [member.name for member in classes.void] == ["outline", "own car"]
    assert classes.values_on_disk == (0, 7, 255, 1) and classes.void_colour == (224, 224, 192)
    assert classes.to_labels(np.array([0, 255, 7, 1])).tolist() == [0, IGNORED, 1, IGNORED]
    assert PETS.values_on_disk == PETS.values and not PETS.void


def test_classes_with_void_are_written_and_read_again():
    classes = Classes.from_list(VOID_ROWS)
    rows = json.loads(json.dumps(classes.as_list()))
    assert [row["name"] for row in rows] == ["background", "car", "outline", "own car"]
    assert Classes.from_list(rows) == classes


def test_a_class_becomes_void_and_a_class_again_by_its_role_alone():
    rows = PETS.as_list()  # with the labels 0, 1, 2, as `masks` writes them
    assert Classes.from_list(
        [row | {"role": "void"} if row["name"] == "background" else row for row in rows]
    ).names == ("pet", "border")
    rows = Classes.from_list(VOID_ROWS).as_list()
    assert Classes.from_list([row | {"role": ""} if row["name"] == "outline" else row for row in rows]).names == (
        "background",
        "car",
        "outline",
    )


@pytest.mark.parametrize("label", [1, -1, "a", [0]])
def test_a_label_that_is_not_the_place_in_the_list_is_refused(label):
    first, *others = PETS.as_list()
    with pytest.raises(ClassesError, match="labels are"):
        Classes.from_list([first | {"label": label}, *others])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "classes.json"),
        ("[1]", "classes.json"),
        ('[{"name": "a", "value": 0, "colour": [1, 2, 3]}]', "at least two"),
        ('[{"name": "a", "value": 0, "colour": [1, 2]}, {"name": "b", "value": 1, "colour": [1, 2, 3]}]', "colour"),
        ('[{"name": "a", "value": 0, "colour": [1, 2, 3]}, {"name": "a", "value": 1, "colour": [1, 2, 3]}]', "name"),
        ('[{"name": "a", "value": 0, "colour": [1, 2, 3]}, {"name": "b", "value": 0, "colour": [1, 2, 3]}]', "value"),
        ('[{"name": "a", "value": "0", "colour": [1, 2, 3]}, {"name": "b", "value": 1, "colour": [1, 2, 3]}]', "value"),
        ('[{"name": "a", "value": 0.5, "colour": [1, 2, 3]}, {"name": "b", "value": 1, "colour": [1, 2, 3]}]', "value"),
        ('[{"name": 1, "value": 0, "colour": [1, 2, 3]}, {"name": "b", "value": 1, "colour": [1, 2, 3]}]', "name"),
        ('[{"name": [], "value": 0, "colour": [1, 2, 3]}, {"name": "b", "value": 1, "colour": [1, 2, 3]}]', "name"),
        ('[{"name": "a", "value": 0, "colour": [Infinity, 2, 3]}]', "colour"),
        (
            '[{"name": "a", "value": 0, "colour": [1, 2, 3]}, {"name": "b", "value": 1, "colour": [1, 2, 3], '
            '"role": "void"}]',
            "not counting void",
        ),
    ],
)
def test_classes_that_cannot_be_are_refused_in_one_sentence(tmp_path, text, words):
    (tmp_path / "classes.json").write_text(text)
    with pytest.raises(ClassesError, match=words):
        Classes.of_folder(tmp_path)


def test_a_meaning_is_a_text():
    with pytest.raises(ClassesError, match="each class needs"):
        Classes.from_list([row | {"meaning": {}} for row in PETS.as_list()])
