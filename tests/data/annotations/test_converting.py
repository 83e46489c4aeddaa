"""Annotations of other programs become a dataset that every verb reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import Classes
from seg.data.annotations.converting import Converted, Roles, convert
from seg.data.annotations.errors import AnnotationError
from seg.data.dataset import Dataset, read_pair
from tests.data.annotations.layouts import (
    CAMVID,
    SIZE,
    VOC_COLOURS,
    area,
    camvid,
    cvat_coco,
    encoded_mask,
    kitti_road,
    labelme,
    photo,
    save,
    shape,
    square,
    voc,
)
from tests.data.folders import names_of

NO_ROLES = Roles()


def converted(folder: Path, roles: Roles = NO_ROLES) -> tuple[Converted, Dataset]:
    """What the conversion says, and its dataset, of which nothing is left out."""
    done = convert(folder, folder.parent / "out", roles)
    dataset = Dataset.open(done.folder)
    assert dataset.left_out == {} and len(dataset) == done.photos
    assert not [path for path in folder.parent.iterdir() if path.name.endswith(".part")]
    return done, dataset


def values(dataset: Dataset, name: str) -> np.ndarray:
    return read_pair(dataset[name])[1]


def said(done: Converted) -> str:
    return "\n".join(map(str, done.problems))


# Coloured masks


def test_kittis_roads_are_road_and_background_and_other_roads_are_not_labelled(tmp_path: Path):
    done, dataset = converted(kitti_road(tmp_path / "data_road"))
    assert not done.problems, "neither lanes nor test photos are missed"
    assert dataset.classes.names == ("background", "road")
    assert [(member.name, member.value) for member in dataset.classes.void] == [("other road", 255)]
    assert dataset.classes.background and dataset.classes.background.name == "background"
    assert dataset.classes.subject and dataset.classes.subject.name == "road"
    assert names_of(dataset) == ["um_000000", "um_000001", "um_000002"]
    mask = values(dataset, "um_000001")
    assert (mask[12:, :28] == 1).all() and (mask[:12, :28] == 0).all() and (mask[:, 28:] == 255).all()
    np.testing.assert_array_equal(read_pair(dataset["um_000001"])[0].pixels, photo(1), "the photo with the mask")


def test_a_role_is_that_of_the_class_that_is_named(tmp_path: Path):
    _, dataset = converted(kitti_road(tmp_path / "roads"), Roles(subject="other road", border="road"))
    assert dataset.classes.subject and dataset.classes.subject.name == "other road" and not dataset.classes.void
    assert dataset.classes.border and dataset.classes.border.name == "road"


def test_camvid_has_the_classes_of_its_table(tmp_path: Path):
    done, dataset = converted(camvid(tmp_path / "CamVid"))
    assert not done.problems
    *names, void = (line.split("\t")[1] for line in CAMVID.splitlines())
    assert dataset.classes.names == tuple(names)
    assert [(member.name, member.value, member.colour) for member in dataset.classes.void] == [(void, 255, (0, 0, 0))]
    assert dataset.classes["Car"].colour == (64, 0, 128) and dataset.classes.subject is None
    np.testing.assert_array_equal(values(dataset, "0001TP_006690")[:, 5], [*np.arange(SIZE[0] - 2) // 2, 255, 255])


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\nleaf:250,50,83::\n"),
        ("class_dict.csv", "name,r,g,b\nbackground,0,0,0\nleaf,250,50,83\n"),
    ],
)
def test_masks_with_a_palette_are_read_by_their_colours(tmp_path: Path, table: str, text: str):
    root = tmp_path / "cvat"
    save(root / "JPEGImages" / "a.png", photo())
    mask = Image.fromarray(np.tri(*SIZE, dtype=np.uint8))
    mask.putpalette([0, 0, 0, 250, 50, 83])
    for folder in ("SegmentationClass", "SegmentationObject"):
        (root / folder).mkdir()
        mask.save(root / folder / "a.png")
    (root / table).write_text(text)
    done, dataset = converted(root)
    assert not done.problems and dataset.classes.subject and dataset.classes.subject.name == "leaf"
    np.testing.assert_array_equal(values(dataset, "a"), np.tri(*SIZE))


def test_a_mask_with_a_colour_of_no_class_is_left_out_and_named(tmp_path: Path):
    root = camvid(tmp_path / "CamVid")
    save(root / "LabeledApproved_full" / "0001TP_006690_L.png", np.full((*SIZE, 3), (1, 2, 3)))
    (root / "LabeledApproved_full" / "0001TP_006720_L.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    save(root / "701_StillsRaw_full" / "new.png", photo())
    done, dataset = converted(root)
    assert names_of(dataset) == ["0001TP_006750"]
    assert "0001TP_006690_L.png has the colour #010203, which is that of no class, on 768 pixels" in said(done)
    assert "0001TP_006720_L.png begins as PNG does and cannot be decoded" in said(done)
    assert "photos without a mask were left out (1): new.png" in said(done)


def test_colours_of_ones_own_stand_in_classes_json(tmp_path: Path):
    root = camvid(tmp_path / "CamVid")
    (root / "label_colors.txt").unlink()
    with pytest.raises(AnnotationError, match="which colour is which class"):
        convert(root, tmp_path / "out")
    table = [line.split("\t") for line in CAMVID.splitlines()]
    rows = [{"name": n, "value": 20 + p, "colour": [*map(int, c.split())]} for p, (c, n) in enumerate(table)]
    (root / "classes.json").write_text(json.dumps(rows))
    _, dataset = converted(root)
    assert dataset.classes == Classes.from_list(rows)
    np.testing.assert_array_equal(values(dataset, "0001TP_006720")[:, 5], 20 + np.arange(SIZE[0]) // 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 0 0 a\n0 0 0 b\n", "“0 0 0 b”: a colour is three numbers"),
        ("0 0 256 a\n", "“0 0 256 a”"),
        ("nothing\n", "lists no colours"),
        ("0 0 0 alone\n", "Classes are 2 to 64|2 to 64|two"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_a_sentence(tmp_path: Path, text: str, words: str):
    root = camvid(tmp_path / "CamVid")
    (root / "label_colors.txt").write_text(text)
    with pytest.raises(Exception, match=words) as caught:
        convert(root, tmp_path / "out")
    assert type(caught.value).__mro__[1].__name__ == "SegError"
    assert not (tmp_path / "out").exists()


def test_pascal_voc_needs_no_table_and_its_outlines_are_not_labelled(tmp_path: Path):
    done, dataset = converted(
        voc(tmp_path / "VOC2012", {"train": ("2007_000032", "2007_000039"), "val": ("2007_000033",)})
    )
    assert not done.problems and len(dataset.classes) == 21 and dataset.classes.subject is None
    assert [(member.name, member.value) for member in dataset.classes.void] == [("void", 255)]
    assert dataset.classes.names[8] == "cat" and dataset.classes.names[15] == "person"
    assert {member.name: member.colour for member in (*dataset.classes, *dataset.classes.void)}.items() >= (
        VOC_COLOURS.items()
    )
    mask = values(dataset, "2007_000032")
    assert mask[10, 10] == 8 and mask[10, 20] == 15 and (mask[4:20, 15:17] == 255).all() and mask[0, 0] == 0


def test_void_is_what_one_names_or_nothing_where_it_is_named_the_subject(tmp_path: Path):
    _, dataset = converted(camvid(tmp_path / "CamVid"), Roles(void=("Sky", "Tree")))
    assert {member.name: member.value for member in dataset.classes.void} == {"Sky": 255, "Tree": 254, "Void": 253}
    _, dataset = converted(camvid(tmp_path / "more" / "CamVid"), Roles(subject="Void"))
    assert not dataset.classes.void and dataset.classes.subject and dataset.classes.subject.name == "Void"


# labelme


def test_what_no_outline_covers_is_background_and_what_labelme_ignores_is_not_labelled(tmp_path: Path):
    shapes = [shape("leaf", square(4, 6, 8)), shape("__ignore__", square(14, 6, 4)), shape("glare", square(6, 8, 2))]
    _, dataset = converted(labelme(tmp_path / "leaves", shapes), Roles(void=("glare",)))
    assert dataset.classes.names == ("background", "leaf") and dataset.classes.void_colour == (0, 0, 0)
    mask = values(dataset, "leaf_1")
    by_name = {member.name: (mask == member.value).sum() for member in (*dataset.classes, *dataset.classes.void)}
    assert by_name == {"background": mask.size - 80, "leaf": 60, "__ignore__": 16, "glare": 4}
    assert dataset.classes.subject and dataset.classes.subject.name == "leaf"


def test_labelmes_shapes_become_a_mask_in_the_order_in_which_they_were_drawn(tmp_path: Path):
    stamp = np.ones((2, 3), bool)
    shapes = [
        shape("leaf", square(4, 6, 8)),
        shape("vein", [[6, 8], [8, 10]], "rectangle"),
        shape("leaf", [[20, 12], [20, 15]], "circle"),
        shape("vein", [[28, 20], [30, 21]], "mask", mask=encoded_mask(stamp)),
        shape("tip", [[1, 1]], "point"),
        shape("_background_", square(4, 6, 1)),
    ]
    done, dataset = converted(labelme(tmp_path / "leaves", shapes), Roles(subject="leaf"))
    assert "and boxes, were left out (1)" in said(done) and len(done.problems) == 1
    assert dataset.classes.names == ("background", "leaf", "vein")
    mask = values(dataset, "leaf_1")
    assert (mask[8:10, 6:8] == 2).all() and (mask[20:22, 28:31] == 2).all() and (mask == 2).sum() == 10
    assert mask[6, 4] == 0 and (mask[6:14, 4:12] == 1).sum() == 64 - 4 - 1
    y, x = np.mgrid[: SIZE[0], 16:25] + 0.5
    np.testing.assert_array_equal(mask[:, 16:25] == 1, np.hypot(y - 12, x - 20) < 3)


def test_files_in_a_folder_of_their_own_find_their_photos_and_nothing_outside(tmp_path: Path):
    save(tmp_path / "secret.png", photo())
    root = tmp_path / "leaves"
    for name, path in (("leaf_1", "..\\photos\\leaf_1.png"), ("leaf_2", "../secret.png"), ("leaf_3", "/etc/passwd")):
        labelme(root / "json", [shape("leaf", square())], name, imagePath=path)
        (root / "photos").mkdir(exist_ok=True)
        (root / "json" / f"{name}.png").rename(root / "photos" / f"{name}.png")
    done, dataset = converted(root)
    assert names_of(dataset) == ["leaf_1"] and dataset.classes.subject and dataset.classes.subject.name == "leaf"
    assert "secret.png is not in the folder" in said(done) and "passwd is not in the folder" in said(done)


# COCO, as CVAT exports it


def test_coco_has_polygons_and_both_kinds_of_runs_and_small_things_above_large_ones(tmp_path: Path):
    small = [number for point in square(6, 8, 2) for number in point]
    large = [number for point in square(4, 6, 8) for number in point]
    column = [SIZE[0] * 20, SIZE[0], SIZE[0] * 11]
    annotations = [
        area([small], 2),
        area([large], 1),
        area({"counts": column, "size": [*SIZE]}, 2, iscrowd=1),
        area([], 2),
        area({"counts": "P?h0X8", "size": [*SIZE]}, 1, 2),
    ]
    root = cvat_coco(tmp_path / "export", annotations, ("a.png", "batch/b.png", "empty.png"))
    done, dataset = converted(root, Roles("person"))
    assert "and boxes, were left out (1)" in said(done) and len(done.problems) == 1
    assert dataset.classes.names == ("background", "car", "person")
    mask = values(dataset, "a")
    assert (mask[8:10, 6:8] == 2).all() and (mask[6:14, 4:12] == 1).sum() == 60 and (mask[:, 20] == 2).all()
    assert (values(dataset, "b") == 1).sum() == SIZE[0] and (values(dataset, "b")[:, 20] == 1).all()
    assert not values(dataset, "empty").any()


# Splits that a dataset defines


def test_vocs_train_list_trains_and_its_val_list_is_left_alone_for_testing(tmp_path: Path):
    names = {"train": tuple(f"2007_{n:06}" for n in range(20)), "val": tuple(f"2008_{n:06}" for n in range(6))}
    done, dataset = converted(voc(tmp_path / "VOC2012", names))
    assert done.splits == {"train": 20, "validation": 0, "test": 6}
    assert dataset.split_scheme == "official" and dataset.splits["test"] == names["val"]
    assert set(dataset.splits["train"]) | set(dataset.splits["validation"]) == set(names["train"])
    assert dataset.splits["validation"], "taken from train by a hash of the name, as with the pets"


CAMVID_SPLITS = {"train": (0, 1, 2), "val": (3,), "test": (4, 5)}


def camvid_with_lists(root: Path) -> Path:
    """As SegNet's edition has it: each list a photo and its mask a line, with the paths of its authors' machine."""
    camvid(root, 6)
    for split, numbers in CAMVID_SPLITS.items():
        lines = [
            f"/SegNet/CamVid/{split}/{stem}.png /SegNet/CamVid/{split}annot/{stem}.png"
            for stem in map(stem_of, numbers)
        ]
        (root / f"{split}.txt").write_text("\n".join(lines))
    return root


def camvid_in_folders(root: Path) -> Path:
    """As Kaggle has it: a folder for each split, and one for its masks."""
    camvid(root, 6)
    for split, numbers in CAMVID_SPLITS.items():
        for stem in map(stem_of, numbers):
            for old, new in (("701_StillsRaw_full", split), ("LabeledApproved_full", f"{split}_labels")):
                name = f"{stem}_L.png" if new.endswith("labels") else f"{stem}.png"
                (root / new).mkdir(exist_ok=True)
                (root / old / name).rename(root / new / name)
    return root


def stem_of(number: int) -> str:
    return f"0001TP_{6690 + 30 * number:06}"


@pytest.mark.parametrize("make", [camvid_with_lists, camvid_in_folders])
def test_camvids_three_parts_train_validate_and_test(tmp_path: Path, make):
    done, dataset = converted(make(tmp_path / "CamVid"))
    assert done.splits == {"train": 3, "validation": 1, "test": 2} and not done.problems
    for split, part in (("train", "train"), ("validation", "val"), ("test", "test")):
        assert dataset.splits[split] == tuple(map(stem_of, CAMVID_SPLITS[part]))


def test_each_of_cocos_files_is_a_split(tmp_path: Path):
    box = [number for point in square() for number in point]
    root = tmp_path / "coco"
    for split, images in {"train2017": ("a.png", "b.png"), "val2017": ("c.png",)}.items():
        cvat_coco(root, [area([box], 1)], images)
        (root / "annotations" / "instances_default.json").rename(root / "annotations" / f"instances_{split}.json")
    _, dataset = converted(root)
    assert dataset.splits["test"] == ("c",)
    assert set(dataset.splits["train"]) | set(dataset.splits["validation"]) == {"a", "b"}


@pytest.mark.parametrize(
    ("parts", "splits"),
    [
        ({"train": ("a", "b")}, {}),
        ({"val": ("a",), "test": ("b",)}, {}),
        ({"default": ("a", "b")}, {}),
        ({"Train": ("a",), "Test": ("b",)}, {"train": 1, "validation": 0, "test": 1}),
        ({"train": ("a", "b", "c"), "test": ("c",)}, {"train": 2, "validation": 0, "test": 1}),
        (
            {"train": ("a", "gone", "../../etc/passwd", ""), "test": ("b.jpg",)},
            {"train": 1, "validation": 0, "test": 1},
        ),
    ],
)
def test_lists_become_splits_only_where_they_say_what_trains_and_what_measures(tmp_path: Path, parts, splits):
    root = voc(tmp_path / "voc", {"train": ("a", "b", "c")})
    (root / "ImageSets" / "Segmentation" / "train.txt").unlink()
    for split, names in parts.items():
        (root / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("".join(f"{name}\n" for name in names))
    done = convert(root, tmp_path / "out")
    assert done.splits == splits
    assert (tmp_path / "out" / "annotations").is_dir() is bool(splits)


def test_kitti_defines_no_splits(tmp_path: Path):
    done, dataset = converted(kitti_road(tmp_path / "data_road", 10))
    assert done.splits == {} and dataset.split_scheme == "article"


# Files that nobody should trust


DEEP = "[" * 200_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        (DEEP, "cannot be read"),
        ('{"shapes": [1]}', "cannot be read"),
        ('{"shapes": [], "imageHeight": 24, "imageWidth": 32}', "'imagePath' is missing"),
        ('{"shapes": [], "imagePath": 7, "imageHeight": 24, "imageWidth": 32}', "imagePath is no text"),
        ('{"shapes": [], "imagePath": "a.png", "imageHeight": -1, "imageWidth": 32}', "a height and a width"),
        ('{"shapes": [], "imagePath": "a.png", "imageHeight": 1e3, "imageWidth": 32}', "a height and a width"),
        ('{"shapes": [], "imagePath": "a.png", "imageHeight": 24, "imageWidth": 32}', "There are no annotations in"),
        ('{"images": [{}], "annotations": [], "categories": []}', "'file_name' is missing"),
        ('{"images": [], "annotations": [{"segmentation": {"counts": [1e99]}}], "categories": []}', "cannot be read"),
        ('{"images": [], "annotations": [{"segmentation": [[1, 2, 3]]}], "categories": []}', "cannot be read"),
        ('{"images": [], "annotations": [{"segmentation": [[1, 2, 3, 4]]}], "categories": []}', "three corners"),
        ('{"names": []}', "neither labelme's nor COCO's JSON"),
    ],
)
def test_a_file_that_is_no_annotation_is_refused_with_one_sentence(tmp_path: Path, text: str, words: str):
    root = tmp_path / "folder"
    save(root / "a.png", photo())
    (root / "a.json").write_text(text)
    with pytest.raises(AnnotationError, match=words) as caught:
        convert(root, tmp_path / "out")
    assert str(caught.value).count("\n") == 0 and len(str(caught.value)) < 300
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "row",
    [
        shape("leaf", [[1, 1], [2, 2]]),
        shape("leaf", [["a", 1], [2, 2], [3, 3]]),
        shape("leaf", [[1e999, 1], [2, 2], [3, 3]]),
        shape("", square()),
        shape("leaf", square(), "star"),
        shape("leaf", [[1, 1], [2, 2]], "mask", mask="!!"),
        shape("leaf", [[float("nan"), 1], [2, 2]], "mask", mask=encoded_mask(np.ones((1, 1)))),
        shape("leaf", square()) | {"points": None},
        {},
    ],
)
def test_one_damaged_file_does_not_keep_the_others_from_being_used(tmp_path: Path, row: dict):
    root = labelme(tmp_path / "leaves", [shape("leaf", square())])
    labelme(root, [row], "leaf_2")
    done, dataset = converted(root)
    assert names_of(dataset) == ["leaf_1"] and len(done.problems) == 1


def test_a_photo_that_is_said_to_be_huge_is_refused_before_it_fills_the_memory(tmp_path: Path):
    root = labelme(tmp_path / "leaves", [shape("leaf", square())], imageHeight=10**9, imageWidth=10**9)
    with pytest.raises(AnnotationError, match="million pixels"):
        convert(root, tmp_path / "out")


def test_runs_whose_sum_overflows_are_refused_before_they_fill_the_memory(tmp_path: Path):
    counts = [2**62, 2**62, 2**62, 2**62, SIZE[0] * SIZE[1]]
    with pytest.raises(AnnotationError, match="run lengths are damaged"):
        convert(cvat_coco(tmp_path / "export", [area({"counts": counts, "size": [*SIZE]})]), tmp_path / "out")


def test_a_folder_that_holds_something_is_never_written_to(tmp_path: Path):
    root = kitti_road(tmp_path / "roads")
    with pytest.raises(AnnotationError, match="holds something already"):
        convert(root, root)
    with pytest.raises(AnnotationError, match="There is no class pet: choose one of background, road, other road"):
        convert(root, tmp_path / "out", Roles("pet"))
