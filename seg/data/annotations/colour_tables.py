"""Which colour of a mask stands for which class, as datasets say it in a file beside their masks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from seg.classes import VOID, Role
from seg.data.annotations.errors import AnnotationError
from seg.names import readable_name, text_of

RGB = tuple[int, int, int]

MOST_TABLE_BYTES = 2**20  # a line a class needs some kilobytes
_NUMBERS = r"(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})"
# A line a class: CamVid's "64 128 64  Animal", CVAT's "Animal:64,128,64::", and "Animal,64,128,64" of Kaggle's CamVid.
TABLES = {
    "label_colors.txt": re.compile(rf"\s*{_NUMBERS}\s+(?P<name>.*\S)"),
    "labelmap.txt": re.compile(rf"(?P<name>[^#:]+):{_NUMBERS}:"),
    "class_dict.csv": re.compile(rf"\s*(?P<name>[^,]+?)\s*,\s*{_NUMBERS}\s*$"),
}


class Colour(NamedTuple):
    """The colour of a class in masks, the class's name, and its role where that is known."""

    rgb: RGB
    name: str
    role: Role = ""


# KITTI's road benchmark says it in the comments of its evaluation program: red is where the annotators decided, blue
# what is road. The rest is roads that the car is not on, and the program does not count it.
KITTI_ROAD = (
    Colour((255, 0, 0), "background", "background"),
    Colour((255, 0, 255), "road", "subject"),
    Colour((0, 0, 0), "other road", VOID),
)
_VOC_NAMES = (
    "background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person "
    "pottedplant sheep sofa train tvmonitor"
)


def voc_colour(number: int) -> RGB:
    """PASCAL VOC's colour of a class: every third bit of its number is of one channel, the lowest as the highest."""
    red, green, blue = (
        sum((number >> 3 * place + channel & 1) << 7 - place for place in range(8)) for channel in range(3)
    )
    return red, green, blue


# Outlines and what is too hard to tell are number 255: VOC's metrics leave them out.
PASCAL_VOC = (
    *(Colour(voc_colour(number), name) for number, name in enumerate(_VOC_NAMES.split())),
    Colour(voc_colour(255), "void", VOID),
)


def find_table(folders: Iterable[Path]) -> Path | None:
    """The first table of colours in some folders."""
    return next((folder / name for folder in folders for name in TABLES if (folder / name).is_file()), None)


def read_table(path: Path) -> tuple[Colour, ...]:
    """The colours that a file lists; lines that name none are comments or headings.

    Raises AnnotationError for a file without colours, for one that two classes share, and for a number above 255;
    OSError.
    """
    name = readable_name(path.name)
    with path.open("rb") as file:
        lines = text_of(file.read(MOST_TABLE_BYTES)).splitlines()
    colours: dict[RGB, str] = {}
    for match in filter(None, map(TABLES[path.name].match, lines)):
        red, green, blue = (int(group) for group in match.groups() if group.isdigit())
        if max(red, green, blue) > 255 or (red, green, blue) in colours:
            raise AnnotationError("annotation_colours", name=name, line=readable_name(match.group().strip()))
        colours[red, green, blue] = readable_name(match["name"].strip())
    if not colours:
        raise AnnotationError("annotation_no_colours", name=name)
    return tuple(Colour(rgb, label) for rgb, label in colours.items())
