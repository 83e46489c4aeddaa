"""What a file of annotations says of a photo, and how such a file is read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from re import split
from typing import Any

import numpy as np

from seg.classes import Classes
from seg.data.annotations.errors import AnnotationError
from seg.data.annotations.shapes import Shape
from seg.data.listing import Picture
from seg.errors import SegError
from seg.names import compared, readable_name
from seg.photo.opening import MAX_PIXELS, check_size

# The file of COCO's 118,000 training photos has 449 MB.
MOST_JSON_BYTES = 512 * 2**20
MOST_LETTERS = 1000  # of a label, and of a photo's path
# What a file that has another form than it should makes Python raise while it is read.
FORM_ERRORS = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
BACKGROUNDS = ("background", "_background_")  # the second is labelme's
# What datasets call the pixels that nobody has labelled: CamVid, its edition for SegNet, Cityscapes, and labelme.
VOIDS = ("void", "unlabelled", "unlabeled", "ignore", "__ignore__")


@dataclass(frozen=True)
class Annotated:
    """A photo's areas, in the order in which they are painted; later ones lie above earlier ones.

    ``file_name``: of the photo, as the annotations have it; it may be a path on another machine. ``size``: height and
    width of the photo as it was annotated. ``split``: train, validation or test, where its file says so.
    """

    file_name: str
    size: tuple[int, int]
    shapes: tuple[tuple[str, Shape], ...]
    split: str | None = None

    def __post_init__(self) -> None:
        # Far larger numbers would overflow where it is said that a photo is too large.
        if not all(isinstance(side, int) and 0 < side < 2**31 for side in self.size):
            raise ValueError("a photo has a height and a width")

    def mask(self, classes: Classes) -> np.ndarray:
        """The values of the classes, uint8 ``(H, W)``; what no area covers is background.

        Raises PhotoError for a size that no photo has, AnnotationError for classes that lack a label or a background.
        """
        name = readable_name(self.file_name)
        check_size(*self.size, name, MAX_PIXELS)
        if classes.background is None:
            raise AnnotationError("annotation_no_background", name=name)
        values = {member.name: member.value for member in (*classes.members, *classes.void)}
        mask = np.full(self.size, classes.background.value, np.uint8)
        for label, shape in self.shapes:
            if not is_background(label) and label not in values:
                raise AnnotationError("annotation_label", name=name, label=label)
            shape.paint(mask, classes.background.value if is_background(label) else values[label])
        return mask


class Pictures:
    """The pictures of a folder by the names that annotations have for them."""

    def __init__(self, pictures: Iterable[Picture]):
        self._by_file_name: dict[str, list[Picture]] = defaultdict(list)
        self._by_stem: dict[str, list[Picture]] = defaultdict(list)
        for picture in pictures:
            self._by_file_name[compared(readable_name(picture.path.name))].append(picture)
            self._by_stem[compared(picture.stem)].append(picture)

    def find(self, file_name: str) -> Picture | None:
        """The picture that a name, or a path of any system, ends with; None for none, and for several.

        The suffix may be missing. A path never leads out of the folder: its last parts are compared with those of the
        pictures in it.
        """
        parts = [compared(readable_name(part)) for part in split(r"[/\\]", file_name) if part not in ("", ".", "..")]
        if not parts:
            return None
        *folders, name = parts
        candidates = self._by_file_name.get(name) or self._by_stem.get(name, [])
        for depth in range(len(folders), -1, -1):
            ends = [each for each in candidates if _last_folders(each, depth) == folders[len(folders) - depth :]]
            if ends:
                return ends[0] if len(ends) == 1 else None
        return None


def _last_folders(picture: Picture, count: int) -> list[str]:
    return [compared(readable_name(part)) for part in picture.path.parts[-1 - count : -1]]


def is_background(label: str) -> bool:
    return label.casefold() in BACKGROUNDS


def is_void(label: str) -> bool:
    return label.casefold() in VOIDS


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises AnnotationError for one that is too large or damaged, OSError."""
    if path.stat().st_size > MOST_JSON_BYTES:
        raise AnnotationError("annotation_bytes", name=readable_name(path.name), most=MOST_JSON_BYTES // 2**20)
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:  # RecursionError: a hundred thousand opening brackets
        raise form_error(path, error) from None


def form_error(path: Path, error: Exception) -> AnnotationError:
    """What is said of a file that has another form than it should; ``error``: one of FORM_ERRORS."""
    reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return AnnotationError("annotation_form", name=readable_name(path.name), reason=reason)


def no_area(path: Path, count: int) -> list[SegError]:
    """A sentence for ``count`` annotations of a file that cover no pixels; none for 0."""
    return [AnnotationError("annotation_no_area", name=readable_name(path.name), count=count)] if count else []


def text(row: Mapping[str, Any], key: str) -> str:
    """A text of a JSON object, as it can be printed. Raises KeyError, TypeError, ValueError."""
    value = row[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    if not 0 < len(value.strip()) <= MOST_LETTERS:
        raise ValueError(f"{key} is empty or endless")
    return readable_name(value.strip())
