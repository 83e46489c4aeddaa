"""What a person paints over a prediction: here is the pet, here is none, here runs the outline.

Strokes of a round brush, not pixels: they are small, are undone one by one, and fit the photo at any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from seg.classes import Classes
from seg.errors import SegError
from seg.images import fitting_size, resized_blocks

ROLES = ("subject", "background", "border")  # what can be painted, as roles of classes
NOTHING, SUBJECT, BACKGROUND, BORDER = range(4)  # in a map of what is painted: nothing, or a role

UNITS = 10_000  # in which points and radii are given: a photo's longest side is so long
LARGEST_RADIUS = 1_000  # a tenth of the longest side
# Points of all strokes of a photo together: a stroke across a photo with the usual brush has some 40.
MOST_POINTS = 10_000
# Pixels of the longest side of the map that a larger photo's labels are corrected by: to draw as many of the largest
# strokes as are allowed takes 0.5 s on it, and a minute at 100 million pixels.
DRAWN_SIDE = 1024
CLEAR = 0.02  # alpha of what counts as not in a cut-out


class CorrectionsError(SegError):
    """Strokes that cannot be used."""


@dataclass(frozen=True)
class Stroke:
    """One stroke of a round brush: a dot where it has one point.

    ``role``: one of ``ROLES``; ``radius`` and ``points`` in ``UNITS`` of the longest side: x and y of each point from
    the top left corner, uint16, little-endian.

    >>> from seg.inference.corrections import Corrections
    >>> rows = [{"role": "background", "radius": 200, "points": [0, 0, 5000, 2500]}]
    >>> (stroke,) = Corrections.from_list(rows).strokes
    >>> stroke.role, stroke.places.tolist()
    ('background', [[0, 0], [5000, 2500]])
    """

    role: str
    radius: int
    points: bytes

    @property
    def places(self) -> np.ndarray:
        """The points, uint16 ``(N, 2)``: x, y."""
        return np.frombuffer(self.points, "<u2").reshape(-1, 2)


@dataclass(frozen=True)
class Corrections:
    """All that a person has painted over a photo, in the order of painting; later strokes cover earlier ones.

    >>> from dataclasses import replace
    >>> import numpy as np
    >>> from seg import Segmenter
    >>> from seg.inference.corrections import Corrections
    >>> dot = Corrections.from_list([{"role": "subject", "radius": 1000, "points": [5000, 3000]}])
    >>> wall = Segmenter.load()(np.full((60, 100, 3), 128, np.uint8))
    >>> np.unique(wall.labels).tolist(), np.unique(replace(wall, corrections=dot).labels).tolist()
    ([1], [0, 1])
    >>> dot.drawn((60, 100))[30, [50, 90]].tolist()  # 1: the subject, 0: nothing
    [1, 0]
    >>> dot.as_list()
    [{'role': 'subject', 'radius': 1000, 'points': [5000, 3000]}]
    """

    strokes: tuple[Stroke, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.strokes)

    @classmethod
    def from_list(cls, rows: Any) -> Corrections:
        """Corrections from whatever a browser sends, the inverse of ``as_list``. Raises CorrectionsError."""
        if not isinstance(rows, list):
            raise CorrectionsError("corrections_form")
        room, strokes = MOST_POINTS, []
        for row in rows:
            strokes.append(_stroke(row, room))
            room -= len(strokes[-1].places)
        return cls(tuple(strokes))

    def as_list(self) -> list[dict[str, Any]]:
        """One JSON object a stroke: its role, its radius, and x, y, x, y, ... of its points."""
        return [
            {"role": stroke.role, "radius": stroke.radius, "points": stroke.places.ravel().tolist()}
            for stroke in self.strokes
        ]

    def drawn(self, size: tuple[int, int]) -> np.ndarray:
        """What is painted on each pixel of a photo of this height and width, uint8 ``(H, W)``.

        0 is nothing, 1 subject, 2 background, 3 border: ``NOTHING``, ``SUBJECT``, ``BACKGROUND``, ``BORDER``.
        """
        picture = Image.new("L", (size[1], size[0]), NOTHING)
        draw = ImageDraw.Draw(picture)
        scale = max(size) / UNITS
        for stroke in self.strokes:
            value = 1 + ROLES.index(stroke.role)
            radius = max(0.5, stroke.radius * scale)
            centres = stroke.places * scale - 0.5  # Pillow counts from the middle of the first pixel
            if len(centres) > 1:
                draw.line(centres.ravel().tolist(), value, round(2 * radius))
            for x, y in centres.tolist():
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), value)
        return np.asarray(picture)


def corrected_labels(labels: np.ndarray, corrections: Corrections, classes: Classes) -> np.ndarray:
    """Labels, uint8 ``(H, W)``, with what is painted over them: a copy.

    A role that no class of ``classes`` has changes no label.
    """
    corrected = labels.copy()
    drawn = corrections.drawn(fitting_size(labels.shape, DRAWN_SIDE))
    roles = (classes.subject, classes.background, classes.border)
    # Shares are resized, never labels: outlines of strokes stay smooth on large photos.
    for rows, (nothing, *shares) in resized_blocks(np.eye(4, dtype=np.float32)[drawn], labels.shape):
        most = nothing
        for member, share in zip(roles, shares, strict=True):
            if member is not None:
                corrected[rows][share > most] = member.label
            most = np.maximum(most, share)
    return corrected


def labels_of_cut_out(labels: np.ndarray, alpha: np.ndarray, classes: Classes) -> np.ndarray:
    """Labels, uint8 ``(H, W)``, that agree with a cut-out of alpha, float32 ``(H, W)`` in [0, 1]: a copy.

    A cut-out is without islands and holes of which the network is not sure, and labels have them: who finds the cut-out
    right has not seen them. A border around no subject is no border.
    """
    from scipy.ndimage import label

    subject, background = classes.subject, classes.background
    agreeing = labels.copy()
    if subject is None or background is None:
        return agreeing
    agreeing[(labels == subject.label) & (alpha <= CLEAR)] = background.label
    agreeing[(labels == background.label) & (alpha >= 1 - CLEAR)] = subject.label
    regions, _ = label(agreeing != background.label)
    agreeing[~np.isin(regions, np.unique(regions[agreeing == subject.label]))] = background.label
    return agreeing


def _stroke(row: Any, room: int) -> Stroke:
    """A stroke of at most ``room`` points. Raises CorrectionsError."""
    if not isinstance(row, dict) or not isinstance(row.get("points"), list):
        raise CorrectionsError("corrections_form")
    role: Any = row.get("role")
    radius: Any = row.get("radius")
    points = row["points"]
    if len(points) > 2 * room:
        raise CorrectionsError("corrections_many", most=f"{MOST_POINTS:,}")
    is_right = (
        isinstance(role, str)
        and role in ROLES
        and type(radius) is int  # True is an int, too
        and 1 <= radius <= LARGEST_RADIUS
        and len(points) >= 2
        and len(points) % 2 == 0
        and all(type(number) is int and 0 <= number <= UNITS for number in points)
    )
    if not is_right:
        raise CorrectionsError("corrections_form")
    return Stroke(role, radius, np.array(points, "<u2").tobytes())
