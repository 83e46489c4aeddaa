"""Why the network answers as it does at one pixel: what each tap adds, and which parts of the photo it rests on.

Both are told in log-odds of a class: the logarithm of its probability divided by that of all other classes together.
0 is undecided, 2.3 is ten to one, 4.6 a hundred to one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np

from seg.inference.engines import Engine

COVER, STEP = 32, 24  # side of the square that covers a part of the photo, and how far apart squares are, in pixels
BATCH = 9  # covered photos in the network at once
SMALLEST = 1e-4  # probabilities nearer than this to 0 or 1 count as this near: int8 says no more


def log_odds(logits: np.ndarray, label: int) -> float:
    """Log-odds of a class from the logits of one pixel, float ``(C,)``; a softmax is not needed for it.

    >>> import numpy as np
    >>> from seg.inference.why import log_odds
    >>> undecided, sure = np.array([1.0, 1.0]), np.array([5.0, 1.0])
    >>> log_odds(undecided, 0), log_odds(sure, 0), log_odds(sure, 1)
    (0.0, 4.0, -4.0)
    """
    others = np.delete(logits.astype(np.float64), label)
    highest = others.max()
    return float(logits[label] - highest - np.log(np.exp(others - highest).sum()))


def contributions(
    logits: np.ndarray, without: Mapping[str, np.ndarray], row: int, column: int, label: int
) -> dict[str, float]:
    """By how much each tap raises the log-odds of a class at one pixel, exactly: they are computed anew without it.

    ``logits``: of the complete network, float32 ``(H, W, C)``; ``without``: by the tap, the same without it. The parts
    need not add up to the whole: what one tap brings depends on the others.

    >>> import numpy as np
    >>> from seg.inference.why import contributions
    >>> logits = np.array([[[2.0, 0.0]]])  # of one pixel, as ``Inside.logits`` gives them
    >>> without = {"block3_conv3": logits, "block5_pool": np.array([[[-1.0, 0.0]]])}
    >>> contributions(logits, without, row=0, column=0, label=0)  # what is fine brings nothing here
    {'block3_conv3': 0.0, 'block5_pool': 3.0}
    """
    whole = log_odds(logits[row, column], label)
    return {tap: whole - log_odds(left[row, column], label) for tap, left in without.items()}


class Occlusions:
    """The network's answers to an image with one square of it after another covered by the image's mean colour.

    M. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014. It needs no gradients, so
    that every engine can do it; a square has edges of its own, though, which the network sees, too. A few squares are
    asked about at a time: whoever waits can be told how many are left, and may leave and go on later. Safe to call from
    threads. ``places``: top and left of each square, in pixels; ``done``: how many have been asked about.

    >>> import numpy as np
    >>> from seg.inference.engines import load_engine
    >>> from seg.inference.why import Occlusions
    >>> from seg.network.weights import find_weights
    >>> engine, occlusions = load_engine(find_weights()), Occlusions(np.zeros((64, 96, 3), np.uint8))
    >>> while not occlusions.is_complete:
    ...     occlusions.go_on(engine)
    >>> occlusions.done, len(occlusions.places), occlusions.evidence(row=10, column=50, label=0).shape
    (12, 12, (64, 96))
    >>> occlusions.nbytes
    193536
    """

    def __init__(self, image: np.ndarray, classes: int = 3):
        """``image``: RGB ``(H, W, 3)`` in [0, 255], H and W multiples of 32; ``classes``: how many the network has."""
        height, width = image.shape[:2]
        self.places = tuple((top, left) for top in _starts(height) for left in _starts(width))
        self.done = 0
        self._image, self._mean = image.astype(np.float32), image.reshape(-1, 3).mean(axis=0)
        # The whole image first, then each square covered. float16 keeps the memory small.
        self._apart = _pixels_apart(classes)
        shape = (1 + len(self.places), height // self._apart, width // self._apart, classes)
        self._answers = np.empty(shape, np.float16)
        self._lock = threading.Lock()

    @property
    def is_complete(self) -> bool:
        """Whether all squares have been asked about."""
        return self.done == len(self.places)

    @property
    def nbytes(self) -> int:
        """How much memory the image and the answers take."""
        return self._answers.nbytes + self._image.nbytes

    def go_on(self, engine: Engine) -> None:
        """Ask the network about the next squares, at most ``BATCH``; nothing where all have been asked about."""
        with self._lock:
            if not self.done:
                self._answers[0] = self._some(engine.probabilities(self._image[np.newaxis]))[0]
            squares = self.places[self.done : self.done + BATCH]
            if not squares:
                return
            covered = self._image[np.newaxis].repeat(len(squares), axis=0)
            for photo, (top, left) in zip(covered, squares, strict=True):
                photo[top : top + COVER, left : left + COVER] = self._mean
            first = 1 + self.done
            self._answers[first : first + len(squares)] = self._some(engine.probabilities(covered))
            self.done += len(squares)

    def _some(self, probabilities: np.ndarray) -> np.ndarray:
        """The answers at the pixels that are kept."""
        return probabilities[:, :: self._apart, :: self._apart]

    def evidence(self, row: int, column: int, label: int) -> np.ndarray:
        """How much the log-odds of a class at one pixel fall with each part of the photo covered, float32 ``(H, W)``.

        Where squares overlap, the mean of theirs. Below 0: what speaks against the class. Only once it is complete.
        """
        at = row // self._apart, column // self._apart
        whole, *covered = (_odds_of(answer[at][label]) for answer in self._answers)
        total = np.zeros(self._image.shape[:2], np.float32)
        count = np.zeros_like(total)
        for (top, left), odds in zip(self.places, covered, strict=True):
            square = (slice(top, top + COVER), slice(left, left + COVER))
            total[square] += whole - odds
            count[square] += 1
        return total / count.clip(1)


def _pixels_apart(classes: int) -> int:
    """Every how manieth pixel's answer is kept: every second for the pets' three classes, fewer for more, so that a
    photo's answers take about the same memory whatever the network tells apart."""
    apart = 2
    while classes > apart**2:
        apart *= 2
    return apart


def occlude(engine: Engine, image: np.ndarray, classes: int = 3) -> Occlusions:
    """The answers with each square covered, all at once. ``image``, ``classes``: as ``Occlusions`` takes them.

    >>> import numpy as np
    >>> from seg.inference.engines import load_engine
    >>> from seg.inference.why import occlude
    >>> from seg.network.weights import find_weights
    >>> occlusions = occlude(load_engine(find_weights()), np.zeros((64, 96, 3), np.uint8))
    >>> len(occlusions.places), occlusions.is_complete
    (12, True)
    """
    occlusions = Occlusions(image, classes)
    while not occlusions.is_complete:
        occlusions.go_on(engine)
    return occlusions


def _starts(side: int) -> list[int]:
    """Where squares begin so that they reach from one end to the other."""
    return [*range(0, side - COVER, STEP), side - COVER]


def _odds_of(probability: float) -> float:
    sure = float(np.clip(np.float64(probability), SMALLEST, 1 - SMALLEST))
    return float(np.log(sure / (1 - sure)))
