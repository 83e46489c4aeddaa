"""A folder of photos and annotations of other programs becomes a dataset: ``images``, ``masks``, ``classes.json``.

It is converted once, and not read where it lies: everything else then reads one format, whose masks can be looked at
and whose classes can be edited.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor

from seg.classes import FILE, Classes
from seg.colours import GREY, SERIES
from seg.data.annotations.annotated import Annotated, Pictures, is_background, read_json
from seg.data.annotations.coco import is_coco, read_coco
from seg.data.annotations.colour_masks import colours_of, pairs_of, read_colour_mask
from seg.data.annotations.errors import AnnotationError
from seg.data.annotations.labelme import is_labelme, read_labelme
from seg.data.listing import PHOTO_FOLDER, Picture, by_name, pictures_in, shared_stems
from seg.errors import SegError
from seg.files import complete_folder, write_file
from seg.names import readable_name

MASK_FOLDER = "masks"
BACKGROUND = "background"


@dataclass(frozen=True)
class Roles:
    """Which class is cut out, and which is the undecided outline: their names, or None.

    >>> from seg.data.annotations.converting import Roles
    >>> Roles(subject="leaf")  # no class is the undecided outline
    Roles(subject='leaf', border=None)
    """

    subject: str | None = None
    border: str | None = None


NO_ROLES = Roles()


@dataclass(frozen=True)
class Source:
    """What a folder of annotations holds.

    ``masks``: photos, each with the function that gives its mask, uint8 ``(H, W)``, and raises SegError or OSError.
    ``problems``: a sentence for each thing that is left out.
    """

    classes: Classes
    masks: tuple[tuple[Picture, Callable[[], np.ndarray]], ...]
    problems: tuple[SegError, ...]


@dataclass(frozen=True)
class Converted:
    """``photos``: how many were written; ``problems``: a sentence for each thing that was left out.

    >>> from pathlib import Path
    >>> from seg.classes import PETS
    >>> from seg.data.annotations.converting import Converted
    >>> converted = Converted(Path("leaves"), PETS, photos=20, problems=())
    >>> f"{converted.photos} photos in {converted.folder.name}, {len(converted.problems)} left out"
    '20 photos in leaves, 0 left out'
    """

    folder: Path
    classes: Classes
    photos: int
    problems: tuple[SegError, ...]


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
    written = 0
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
                    written += 1
                except SegError as error:
                    problems.append(AnnotationError("in_file", name=readable_name(photo.path.name), reason=error))
            if progress:
                progress(done, len(source.masks))
        if not written:
            raise _nothing(folder, problems)
    return Converted(output, source.classes, written, tuple(problems))


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
        rows = _rows_of_labels(annotated)
        if len(rows) < 2:
            raise _nothing(folder, problems)
        classes = _classes(folder, rows, roles)
        return _with_photos(annotated, Pictures(pictures), classes, problems)
    pairs, more_problems = pairs_of(pictures)
    if not pairs:
        raise _nothing(folder, problems)
    has_classes = (folder / FILE).is_file()
    colours = () if has_classes else colours_of(folder, [mask for _, mask in pairs])
    classes = _classes(folder, [_row(*colour) for colour in colours], roles)
    masks = tuple((photo, partial(read_colour_mask, mask.path, classes)) for photo, mask in pairs)
    return Source(classes, masks, (*problems, *more_problems))


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
                annotated += photos
            else:
                unused = [AnnotationError("annotation_unknown", name=readable_name(path.name))]
            problems += unused
        except SegError as error:
            problems.append(error)
    return annotated, problems


def _with_photos(
    annotated: Sequence[Annotated], pictures: Pictures, classes: Classes, problems: list[SegError]
) -> Source:
    """Each annotated photo that the folder has; of two annotations of one photo, the first."""
    masks: dict[Picture, Callable[[], np.ndarray]] = {}
    for each in annotated:
        picture = pictures.find(each.file_name)
        if picture is None:
            problems.append(AnnotationError("annotation_no_photo", name=readable_name(each.file_name)))
        elif picture in masks:
            problems.append(AnnotationError("annotation_twice", name=readable_name(each.file_name)))
        else:
            masks[picture] = partial(each.mask, classes)
    return Source(classes, tuple(masks.items()), tuple(problems))


def _classes(folder: Path, rows: list[dict[str, object]], roles: Roles) -> Classes:
    """The classes of the folder's ``classes.json``, else those of the rows, with their roles.

    The subject is the class that is named, or that the rows say, or the only one beside the background and the border.
    Raises ClassesError, and AnnotationError for
    the name of a role that no class has.
    """
    if (folder / FILE).is_file():
        return Classes.of_folder(folder)
    names = [row["name"] for row in rows]
    for name in filter(None, (roles.subject, roles.border)):
        if name not in names:
            raise AnnotationError("annotation_role", name=name, names=names)
    others = [name for name in names if not is_background(str(name)) and name != roles.border]
    known = [row["name"] for row in rows if row["role"] == "subject"] or (others if len(others) == 1 else [None])
    subject = roles.subject or known[0]
    for value, row in enumerate(rows):
        label = row["name"]
        is_border, is_subject = label == roles.border, label == subject
        other = "background" if is_background(str(label)) else ""
        row |= {"value": value, "role": "border" if is_border else "subject" if is_subject else other}
    return Classes.from_list(rows)


def _row(colour: tuple[int, ...], name: str, role: str = "") -> dict[str, object]:
    return {"name": name, "colour": list(colour), "role": role}


def _rows_of_labels(annotated: Sequence[Annotated]) -> list[dict[str, object]]:
    """The background and every label that an area has, by name, each with a colour that differs from the others."""
    labels = sorted({label for each in annotated for label, _ in each.shapes if not is_background(label)})
    colours = [ImageColor.getrgb(colour)[:3] for colour in SERIES if colour != GREY]
    colours += [_voc_colour(number) for number in range(1, len(labels))]
    background = _row(ImageColor.getrgb(GREY)[:3], BACKGROUND)
    return [background, *(_row(colour, label) for label, colour in zip(labels, colours, strict=False))]


def _voc_colour(number: int) -> tuple[int, int, int]:
    """PASCAL VOC's colour of a class: every third bit of its number is of one channel, the lowest as the highest."""
    red, green, blue = (
        sum((number >> 3 * place + channel & 1) << 7 - place for place in range(8)) for channel in range(3)
    )
    return red, green, blue


def _nothing(folder: Path, problems: Sequence[SegError]) -> SegError:
    """Why there is nothing to convert: the only reason that is known, else that nothing was found."""
    return problems[0] if problems else AnnotationError("annotation_nothing", folder=folder)
