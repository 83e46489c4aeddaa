"""The classes of a trimap or mask: value on disk, label in the network, name, colour, and its role."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from PIL import ImageColor

from seg.colours import ORANGE
from seg.errors import SegError

IGNORED = 255  # the label of a pixel that is not labelled, or whose value is that of no class
FILE = "classes.json"

# subject: what is cut out; border: the outline, where the annotators did not decide; void: pixels that are not
# labelled, which teach nothing and count nowhere; "": any other class.
Role = Literal["subject", "background", "border", "void", ""]
VOID: Role = "void"
NO_COLOUR = (0, 0, 0)  # of pixels that are not labelled, for classes that give them none


class ClassesError(SegError):
    """A description of classes that cannot be used."""


@dataclass(frozen=True)
class PixelClass:
    """One class of pixels.

    ``value`` is what a trimap file holds, ``label`` what the network sees, ``colour`` RGB in [0, 255]. Each
    ``role`` is played by one class of a dataset at most, but void by any number, whose ``label`` is ``IGNORED``.

    >>> from seg.classes import PETS
    >>> border = PETS["border"]
    >>> border.value, border.label, border.role, border.colour
    (3, 2, 'border', (245, 240, 220))
    """

    value: int
    label: int
    name: str
    colour: tuple[int, int, int]
    meaning: str = ""
    role: Role = ""


@dataclass(frozen=True)
class Classes:
    """All classes of a dataset, in the order of their labels 0, 1, 2, ...

    ``void``: what masks hold where they are not labelled. The network has no channel for it: a length, an iteration and
    a label are those of ``members`` alone. Raises ClassesError unless there are 2 to 64 members, and all names and
    values differ.

    >>> import numpy as np
    >>> from seg.classes import PETS, Classes
    >>> len(PETS), PETS.names, PETS.values
    (3, ('pet', 'background', 'border'), (1, 2, 3))
    >>> PETS.to_labels(np.array([1, 2, 3, 0])).tolist()  # no class has the value 0
    [0, 1, 2, 255]
    >>> PETS.to_trimap(np.array([0, 1, 2])).tolist()
    [1, 2, 3]
    >>> PETS.subject.name, PETS.background.name, PETS.border.label, PETS.palette.shape
    ('pet', 'background', 2, (3, 3))
    >>> PETS.as_list()[1]["colour"]
    [0, 84, 147]
    >>> glare = {"name": "glare", "value": 9, "colour": [70, 70, 70], "role": "void"}
    >>> classes = Classes.from_list([*PETS.as_list(), glare])
    >>> len(classes), classes.values_on_disk, classes.void_colour  # the network has no channel for it
    (3, (1, 2, 3, 9), (70, 70, 70))
    """

    members: tuple[PixelClass, ...]
    void: tuple[PixelClass, ...] = ()

    def __post_init__(self) -> None:
        everything = (*self.members, *self.void)
        names = [member.name for member in everything]
        values = [member.value for member in everything]
        labels = [member.label for member in everything]
        roles = [member.role for member in self.members if member.role]
        colours = [member.colour for member in everything]
        conditions = {
            "classes_count": 2 <= len(self.members) <= 64,
            "classes_names": _differ(names) and all(isinstance(name, str) and name for name in names),
            "classes_values": _differ(values) and all(isinstance(value, int) and 0 <= value <= 255 for value in values),
            "classes_labels": labels == [*range(len(self.members)), *[IGNORED] * len(self.void)],
            "classes_roles": _differ(roles)
            and set(roles) <= set(get_args(Role)) - {VOID}
            and all(member.role == VOID for member in self.void),
            "classes_colours": all(len(colour) == 3 and 0 <= min(colour) <= max(colour) <= 255 for colour in colours),
        }
        for code, is_met in conditions.items():
            if not is_met:
                raise ClassesError(code)

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[PixelClass]:
        return iter(self.members)

    def __getitem__(self, name: str) -> PixelClass:
        """The class called ``name``. Raises KeyError for a name that no class has."""
        for member in self.members:
            if member.name == name:
                return member
        raise KeyError(name)

    def _with_role(self, role: Role) -> PixelClass | None:
        return next((member for member in self.members if member.role == role), None)

    @property
    def subject(self) -> PixelClass | None:
        """The class that is cut out, or None for classes of which none is."""
        return self._with_role("subject")

    @property
    def background(self) -> PixelClass | None:
        """The class of everything else, or None."""
        return self._with_role("background")

    @property
    def border(self) -> PixelClass | None:
        """The class of the undecided outline, or None for masks that have no such class."""
        return self._with_role("border")

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each class, by label."""
        return tuple(member.name for member in self.members)

    @property
    def values(self) -> tuple[int, ...]:
        """The value of each class in trimaps, by label."""
        return tuple(member.value for member in self.members)

    @property
    def values_on_disk(self) -> tuple[int, ...]:
        """All that masks may hold: the values of the classes, then those of pixels that are not labelled."""
        return self.values + tuple(member.value for member in self.void)

    @property
    def void_colour(self) -> tuple[int, int, int]:
        """The colour of pixels that are not labelled: that of the first row which describes such ones."""
        return self.void[0].colour if self.void else NO_COLOUR

    @property
    def palette(self) -> np.ndarray:
        """Colours by label, uint8 ``(C, 3)``."""
        return np.array([member.colour for member in self.members], np.uint8)

    def to_labels(self, trimap: np.ndarray) -> np.ndarray:
        """Trimap values, any integer ``(...)``, to labels, uint8 ``(...)``; void and a value of no class become 255."""
        labels = np.full(trimap.shape, IGNORED, np.uint8)
        for member in self.members:
            labels[trimap == member.value] = member.label
        return labels

    def to_trimap(self, labels: np.ndarray) -> np.ndarray:
        """Labels 0..C-1, any integer ``(...)``, to trimap values, uint8 ``(...)``."""
        return np.array(self.values, np.uint8)[labels]

    def as_list(self) -> list[dict[str, Any]]:
        """One JSON object a class, as ``classes.json`` and weight files have it; void comes last."""
        return [{**asdict(member), "colour": list(member.colour)} for member in (*self.members, *self.void)]

    @classmethod
    def from_list(cls, rows: Any) -> Classes:
        """The inverse of ``as_list``; labels may be left out: they follow the list. Raises ClassesError.

        >>> from seg.classes import PETS, Classes
        >>> leaf = {"name": "leaf", "value": 255, "colour": [60, 160, 60], "role": "subject"}
        >>> soil = {"name": "soil", "value": 0, "colour": [90, 90, 90], "role": "background"}
        >>> leaves = Classes.from_list([leaf, soil])
        >>> leaves["leaf"].label, leaves.border is None
        (0, True)
        >>> Classes.from_list(PETS.as_list()) == PETS
        True
        """
        try:
            if not all(isinstance(row.get("meaning", ""), str) for row in rows):
                raise TypeError("a meaning is a text")
            members: list[PixelClass] = []
            void: list[PixelClass] = []
            for place, row in enumerate(rows):
                is_void = row.get("role") == VOID
                label = IGNORED if is_void else len(members)
                # A file that was written before somebody made one of its classes void, or void a class, still has the
                # labels of that time: the places in the list, or IGNORED.
                written = row.get("label", label)
                label = label if written in (place, IGNORED) else written
                colour = tuple(int(part) for part in row["colour"])
                (void if is_void else members).append(PixelClass(**{**row, "label": label, "colour": colour}))
            return cls(tuple(members), tuple(void))
        except (TypeError, KeyError, ValueError, OverflowError, AttributeError) as error:
            raise ClassesError("classes_form", reason=error) from None

    @classmethod
    def of_folder(cls, folder: Path) -> Classes:
        """The classes that a dataset's ``classes.json`` describes, else ``PETS``. Raises ClassesError.

        >>> from pathlib import Path
        >>> from seg.classes import PETS, Classes
        >>> Classes.of_folder(Path(".")) == PETS  # no classes.json here
        True
        >>> _ = Path("classes.json").write_text("[]")
        >>> Classes.of_folder(Path("."))
        Traceback (most recent call last):
            ...
        seg.classes.ClassesError: classes.json: a dataset has at least two classes and at most 64, not counting void
        """
        file = folder / FILE
        if not file.is_file():
            return PETS
        try:
            return cls.from_list(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, ClassesError) as error:
            raise ClassesError("in_file", name=FILE, reason=error) from None


def _differ(items: Sequence[object]) -> bool:
    return len(set(items)) == len(items)


# An orange, a dark blue and a cream: they differ in lightness too, so that a black-and-white print shows all three.
PETS = Classes(
    (
        PixelClass(1, 0, "pet", ImageColor.getrgb(ORANGE)[:3], "the cat or the dog", "subject"),
        PixelClass(2, 1, "background", (0, 84, 147), "everything else", "background"),
        PixelClass(3, 2, "border", (245, 240, 220), "the outline, where the annotators did not decide", "border"),
    )
)
