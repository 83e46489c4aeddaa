"""Why the network answers as it does at one pixel: what each tap adds, and which parts of the photo it rests on.

Both are told in log-odds of a class: the logarithm of its probability divided by that of all other classes together.
0 is undecided, 2.3 is ten to one, 4.6 a hundred to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Occlusions:
    """The network's answers with one square of the photo after another covered.

    ``places``: top and left of each square, in pixels; ``answers``: probabilities of every second pixel, float16
    ``(N, H / 2, W / 2, C)``; ``whole``: those of the uncovered photo, float16 ``(H / 2, W / 2, C)``.

    >>> import numpy as np
    >>> from seg.inference.why import Occlusions
    >>> whole = np.full((32, 32, 2), 0.5, np.float16)
    >>> covered = whole.copy()
    >>> covered[:] = 0.9, 0.1  # with the first square covered the class is likelier: that part speaks against it
    >>> occlusions = Occlusions(((0, 0), (0, 32), (32, 0), (32, 32)), np.stack([covered, whole, whole, whole]), whole)
    >>> evidence = occlusions.evidence(row=10, column=50, label=0)
    >>> evidence.shape, round(float(evidence[0, 0]), 1), float(evidence[-1, -1]), occlusions.nbytes
    ((64, 64), -2.2, 0.0, 20480)
    """

    places: tuple[tuple[int, int], ...]
    answers: np.ndarray
    whole: np.ndarray

    @property
    def nbytes(self) -> int:
        """How much memory the answers take."""
        return self.answers.nbytes + self.whole.nbytes

    def evidence(self, row: int, column: int, label: int) -> np.ndarray:
        """How much the log-odds of a class at one pixel fall with each part of the photo covered, float32 ``(H, W)``.

        Where squares overlap, the mean of theirs. Below 0: what speaks against the class.
        """
        at = (row // 2, column // 2)
        before = _odds_of(self.whole[at][label])
        total = np.zeros((2 * self.whole.shape[0], 2 * self.whole.shape[1]), np.float32)
        count = np.zeros_like(total)
        for (top, left), answer in zip(self.places, self.answers, strict=True):
            square = (slice(top, top + COVER), slice(left, left + COVER))
            total[square] += before - _odds_of(answer[at][label])
            count[square] += 1
        return total / count.clip(1)


def occlude(engine: Engine, image: np.ndarray) -> Occlusions:
    """Cover one square of an image after another with its mean colour, and ask the network each time.

    ``image``: RGB ``(H, W, 3)`` in [0, 255], H and W multiples of 32. M. Zeiler, R. Fergus, "Visualizing and
    Understanding Convolutional Networks", ECCV 2014. It needs no gradients, so that every engine can do it; a square
    has edges of its own, though, which the network sees, too.

    >>> import numpy as np
    >>> from seg.inference.engines import load_engine
    >>> from seg.inference.why import occlude
    >>> from seg.network.weights import find_weights
    >>> occlusions = occlude(load_engine(find_weights()), np.zeros((64, 96, 3), np.uint8))
    >>> len(occlusions.places), occlusions.answers.shape
    (12, (12, 32, 48, 3))
    """
    height, width = image.shape[:2]
    places = tuple((top, left) for top in _starts(height) for left in _starts(width))
    mean = image.reshape(-1, 3).mean(axis=0)
    answers = [_halved(engine.probabilities(image[np.newaxis].astype(np.float32)))]
    for begin in range(0, len(places), BATCH):
        covered = np.stack([image] * len(places[begin : begin + BATCH])).astype(np.float32)
        for photo, (top, left) in zip(covered, places[begin : begin + BATCH], strict=True):
            photo[top : top + COVER, left : left + COVER] = mean
        answers.append(_halved(engine.probabilities(covered)))
    whole, *others = answers
    return Occlusions(places, np.concatenate(others), whole[0])


def _halved(probabilities: np.ndarray) -> np.ndarray:
    return probabilities[:, ::2, ::2].astype(np.float16)


def _starts(side: int) -> list[int]:
    """Where squares begin so that they reach from one end to the other."""
    return [*range(0, side - COVER, STEP), side - COVER]


def _odds_of(probability: float) -> float:
    sure = float(np.clip(np.float64(probability), SMALLEST, 1 - SMALLEST))
    return float(np.log(sure / (1 - sure)))
