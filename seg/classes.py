"""The classes of a trimap: their value on disk, their label in the network, their name and their colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

IGNORED = 255


@dataclass(frozen=True)
class PixelClass:
    """One class of pixels.

    ``value`` is what a trimap file holds, ``label`` what the network sees, ``colour`` RGB in [0, 255].
    """

    value: int
    label: int
    name: str
    colour: tuple[int, int, int]
    meaning: str


@dataclass(frozen=True)
class Classes:
    """All classes of a dataset, in the order of their labels 0, 1, 2, ..."""

    members: tuple[PixelClass, ...]

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self):
        return iter(self.members)

    def __getitem__(self, name: str) -> PixelClass:
        """The class called ``name``. Raises KeyError for a name that is none of them."""
        for member in self.members:
            if member.name == name:
                return member
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.members)

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(member.value for member in self.members)

    @property
    def palette(self) -> np.ndarray:
        """Colours by label, uint8 ``(C, 3)``."""
        return np.array([member.colour for member in self.members], np.uint8)

    def to_labels(self, trimap: np.ndarray) -> np.ndarray:
        """Trimap values, any integer ``(...)``, to labels, uint8 ``(...)``; a value of no class becomes 255."""
        labels = np.full(trimap.shape, IGNORED, np.uint8)
        for member in self.members:
            labels[trimap == member.value] = member.label
        return labels

    def to_trimap(self, labels: np.ndarray) -> np.ndarray:
        """Labels 0..C-1, any integer ``(...)``, to trimap values, uint8 ``(...)``."""
        return np.array(self.values, np.uint8)[labels]


# Colours from Okabe and Ito's palette, which people with every kind of colour vision can tell apart; the three
# also differ in lightness, so that they stay apart in a black-and-white print.
PETS = Classes(
    (
        PixelClass(1, 0, "pet", (230, 159, 0), "the cat or the dog"),
        PixelClass(2, 1, "background", (0, 84, 147), "everything else"),
        PixelClass(3, 2, "border", (245, 240, 220), "the outline, where the annotators did not decide"),
    )
)
