"""A folder of photos and annotations of other programs becomes a dataset: ``images``, ``masks``, ``classes.json``.

It is converted once, and not read where it lies: everything else then reads one format, whose masks can be looked at
and whose classes can be edited.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor

from seg.classes import FILE, IGNORED, NO_COLOUR, VOID, Classes
from seg.colours import GREY, SERIES
from seg.data.annotations.annotated import Annotated, Pictures, is_background, is_void, read_json
from seg.data.annotations.coco import is_coco, read_coco
from seg.data.annotations.colour_masks import colours_of, pairs_of, read_colour_mask
from seg.data.annotations.colour_tables import voc_colour
from seg.data.annotations.errors import AnnotationError
from seg.data.annotations.labelme import is_labelme, read_labelme
from seg.data.annotations.listed_splits import SplitOf, lists_of, split_word, splits_by_folders, splits_by_lists
from seg.data.listing import PHOTO_FOLDER, Picture, by_name, pictures_in, shared_stems
from seg.data.split_schemes import write_lists
from seg.errors import SegError
from seg.files import complete_folder, write_file
from seg.names import readable_name

MASK_FOLDER = "masks"
BACKGROUND = "background"


@dataclass(frozen=True)
class Roles:
    """Which class is cut out, which is the undecided outline, and which are not labelled at all: their names.

    What the annotations themselves call void, or a name of ``VOIDS``, is not labelled in any case.

    >>> from seg.data.annotations.converting import Roles
    >>> Roles(subject="leaf")  # no class is the undecided outline
    Roles(subject='leaf', border=None, void=())
    """

    subject: str | None = None
    border: str | None = None
    void: tuple[str, ...] = ()


NO_ROLES = Roles()


@dataclass(frozen=True)
class Source:
    """What a folder of annotations holds.

    ``masks``: photos, each with the function that gives its mask, uint8 ``(H, W)``, and raises SegError or OSError.
    ``problems``: a sentence for each thing that is left out. ``splits``: those of the photos of which they are known.
    """

    classes: Classes
    masks: tuple[tuple[Picture, Callable[[], np.ndarray]], ...]
    problems: tuple[SegError, ...]
    splits: SplitOf


@dataclass(frozen=True)
class Converted:
    """``photos``: how many were written; ``problems``: a sentence for each thing that was left out.

    ``splits``: how many of them are in each of SPLITS, as the annotations define it; empty where they do not.

    >>> from pathlib import Path
    >>> from seg.classes import PETS
    >>> from seg.data.annotations.converting import Converted
    >>> converted = Converted(Path("leaves"), PETS, photos=20, problems=(), splits={})
    >>> f"{converted.photos} photos in {converted.folder.name}, {len(converted.problems)} left out"
    '20 photos in leaves, 0 left out'
    """

    folder: Path
    classes: Classes
    photos: int
    problems: tuple[SegError, ...]
    splits: dict[str, int]


def convert(
    folder: Path, output: Path, roles: Roles = NO_ROLES, progress: Callable[[int, int], None] | None = None
) -> Converted:
    """Write a dataset from a folder of photos and annotations; what cannot be used is left out, with a sentence.

    ``progress`` gets the number of photos done and their number. Raises AnnotationError where nothing can be used or
    ``output`` holds something, ClassesError, OSError.

    >>> from pathlib import Path
    >>> import numpy as np
    >>> from seg import Dataset
    >>> from seg.data.annotations.converting import Roles, convert
    >>> from seg.pictures import save_picture
    >>> Path("painted/masks").mkdir(parents=True)
    >>> picture = np.zeros((40, 60, 3), np.uint8)
    >>> picture[10:30, 20:40] = 0, 200, 0
    >>> save_picture(picture, Path("painted/leaf-1.png"))
    >>> save_picture(picture, Path("painted/masks/leaf-1.png"))  # the mask: green on black
    >>> with Path("painted/label_colors.txt").open("w") as table:
    ...     print("0 200 0 leaf", file=table)
    ...     print("0 0 0 soil", file=table)
    >>> converted = convert(Path("painted"), Path("leaves"), Roles(subject="leaf"))
    >>> converted.photos, converted.classes.subject.name, Dataset.open("leaves")["leaf-1"].counts
    (1, 'leaf', (400, 2000))
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise AnnotationError("annotation_output", path=output)
    source = read_source(folder, roles)
    left_out: dict[str, list[str]] = {"same_name": []}
    photos = [photo for photo, _ in source.masks]
    names = {path: name for name, path in by_name(photos, shared_stems(photos), left_out).items()}
    problems = [*source.problems, *(AnnotationError("annotation_same_name", name=n) for n in left_out["same_name"])]
    written: dict[Path, str] = {}
    with complete_folder(output) as unfinished:
        (unfinished / PHOTO_FOLDER).mkdir()
        (unfinished / MASK_FOLDER).mkdir()
        write_file(unfinished / FILE, json.dumps(source.classes.as_list(), indent=2, ensure_ascii=False))
        for done, (photo, mask) in enumerate(source.masks, 1):
            if photo.path in names:
                try:
                    Image.fromarray(mask()).save(unfinished / MASK_FOLDER / f"{names[photo.path]}.png")
                    copy = unfinished / PHOTO_FOLDER / f"{names[photo.path]}{photo.path.suffix}"
                    shutil.copyfile(photo.path, copy)
                    written[photo.path] = names[photo.path]
                except SegError as error:
                    problems.append(AnnotationError("in_file", name=readable_name(photo.path.name), reason=error))
            if progress:
                progress(done, len(source.masks))
        if not written:
            raise _nothing(folder, problems)
        lists = lists_of(source.splits, written)
        if lists:
            write_lists(unfinished, lists)
    counts = {split: len(listed) for split, listed in lists.items()}
    return Converted(output, source.classes, len(written), tuple(problems), counts)


def read_source(folder: Path, roles: Roles = NO_ROLES) -> Source:
    """The annotations of a folder: JSON of labelme or COCO where it has any, else coloured masks.

    The classes are those of the folder's ``classes.json``, else those that the annotations name.
    Raises AnnotationError, ClassesError, OSError.
    """
    if not folder.is_dir():
        raise AnnotationError("dataset_missing", folder=folder)
    pictures = list(pictures_in(folder, {"apple_double": [], "not_an_image": []}))
    annotated, problems = _read_all_json(folder)
    if annotated:
        rows = _rows_of_labels(annotated, roles)
        if len(rows) < 2:
            raise _nothing(folder, problems)
        classes = _classes(folder, rows, roles)
        return _with_photos(folder, annotated, Pictures(pictures), classes, problems)
    pairs, more_problems = pairs_of(pictures)
    if not pairs:
        raise _nothing(folder, problems)
    has_classes = (folder / FILE).is_file()
    colours = () if has_classes else colours_of(folder, [mask for _, mask in pairs])
    classes = _classes(folder, [_row(*colour) for colour in colours], roles)
    masks = tuple((photo, partial(read_colour_mask, mask.path, classes)) for photo, mask in pairs)
    photos = [photo for photo, _ in pairs]
    splits = splits_by_lists(folder, photos) or splits_by_folders(photos)
    return Source(classes, masks, (*problems, *more_problems), splits)


def _read_all_json(folder: Path) -> tuple[list[Annotated], list[SegError]]:
    """What all JSON files of a folder and of those in it say, and what is wrong with some of them."""
    annotated: list[Annotated] = []
    problems: list[SegError] = []
    for path in sorted(folder.rglob("*.json")):
        if path.name == FILE or path.name.startswith("."):
            continue
        try:
            content = read_json(path)
            if is_labelme(content):
                photo, unused = read_labelme(content, path)
                annotated.append(photo)
            elif is_coco(content):
                photos, unused = read_coco(content, path)
                split = split_word(path.stem)  # Roboflow's file lies in the folder of its split
                annotated += [replace(photo, split=split) for photo in photos]
            else:
                unused = [AnnotationError("annotation_unknown", name=readable_name(path.name))]
            problems += unused
        except SegError as error:
            problems.append(error)
    return annotated, problems


def _with_photos(
    folder: Path, annotated: Sequence[Annotated], pictures: Pictures, classes: Classes, problems: list[SegError]
) -> Source:
    """Each annotated photo that the folder has; of two annotations of one photo, the first."""
    masks: dict[Picture, Callable[[], np.ndarray]] = {}
    by_files: SplitOf = {}
    for each in annotated:
        picture = pictures.find(each.file_name)
        if picture is None:
            problems.append(AnnotationError("annotation_no_photo", name=readable_name(each.file_name)))
        elif picture in masks:
            problems.append(AnnotationError("annotation_twice", name=readable_name(each.file_name)))
        else:
            masks[picture] = partial(each.mask, classes)
            if each.split:
                by_files[picture] = each.split
    splits = splits_by_lists(folder, masks) or by_files or splits_by_folders(masks)
    return Source(classes, tuple(masks.items()), tuple(problems), splits)


def _classes(folder: Path, rows: list[dict[str, object]], roles: Roles) -> Classes:
    """The classes of the folder's ``classes.json``, else those of the rows, with their roles.

    The subject is the class that is named, or that the rows say, or the only one beside the background and the border.
    What is void has the values from 255 down, as VOC has it. Raises ClassesError, and AnnotationError for the name of a
    role that no class has.
    """
    if (folder / FILE).is_file():
        return Classes.of_folder(folder)
    names = [row["name"] for row in rows]
    for name in filter(None, (roles.subject, roles.border, *roles.void)):
        if name not in names:
            raise AnnotationError("annotation_role", name=name, names=names)
    named = (roles.subject, roles.border)
    void = [row for row in rows if _is_void(row, roles) and row["name"] not in named]
    rows = [row for row in rows if row not in void]
    others = [row["name"] for row in rows if not is_background(str(row["name"])) and row["name"] != roles.border]
    known = [row["name"] for row in rows if row["role"] == "subject"] or (others if len(others) == 1 else [None])
    subject = roles.subject or known[0]
    for value, row in enumerate(rows):
        label = row["name"]
        is_border, is_subject = label == roles.border, label == subject
        other = "background" if is_background(str(label)) else ""
        row |= {"value": value, "role": "border" if is_border else "subject" if is_subject else other}
    for place, row in enumerate(void):
        row |= {"value": IGNORED - place, "role": VOID}
    return Classes.from_list([*rows, *void])


def _is_void(row: dict[str, object], roles: Roles) -> bool:
    return row["role"] == VOID or row["name"] in roles.void or is_void(str(row["name"]))


def _row(colour: tuple[int, ...], name: str, role: str = "") -> dict[str, object]:
    return {"name": name, "colour": list(colour), "role": role}


def _rows_of_labels(annotated: Sequence[Annotated], roles: Roles) -> list[dict[str, object]]:
    """The background and every label that an area has, by name, each with a colour that differs from the others.

    What no area covers is background, not void: whoever draws outlines draws all of a thing, and the rest is the rest.
    """
    names = {label for each in annotated for label, _ in each.shapes if not is_background(label)}
    void = {name for name in names if is_void(name) or name in roles.void}
    labels = sorted(names - void)
    colours = [ImageColor.getrgb(colour)[:3] for colour in SERIES if colour != GREY]
    colours += [voc_colour(number) for number in range(1, len(labels))]
    background = _row(ImageColor.getrgb(GREY)[:3], BACKGROUND)
    rows = [background, *(_row(colour, label) for label, colour in zip(labels, colours, strict=False))]
    return [*rows, *(_row(NO_COLOUR, label) for label in sorted(void))]


def _nothing(folder: Path, problems: Sequence[SegError]) -> SegError:
    """Why there is nothing to convert: the only reason that is known, else that nothing was found."""
    return problems[0] if problems else AnnotationError("annotation_nothing", folder=folder)
