"""How opaque each pixel of a subject is, fur included: alpha matting inside the border that the network predicts.

Where the network is sure, a pixel is the subject's or the background's. In between, its border and its doubt are the
unknown region of closed-form matting, which looks at the photo's colours; the network's probabilities pull a little.
Computed on a small copy of the photo, and brought to its full size by a guided filter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seg.images import resize_probabilities
from seg.inference.clean import without_islands_and_holes
from seg.inference.closed_form import closed_form_alpha
from seg.inference.corrections import BACKGROUND, BORDER, SUBJECT
from seg.inference.guided_filter import apply_coefficients, linear_coefficients

WORKING_SIDE = 400  # pixels of the longest side of the small copy
SURE = 0.9  # probability of the subject, or of the background, above which a pixel is known
LIKELY = 0.8  # share of the subject against the background above which the middle of a thin part is known
BAND = 0.04  # width of the border as the network draws it, and a little more, as a share of the longest side
WIDENED = 0.008  # how far the unknown region reaches into what is known, as a share of the longest side
PULL = 0.05  # how much the network's answer holds an unknown pixel, where it leaves no doubt; the colours do by about 1
FAINTEST = 0.1  # share of the subject against the background below which there is none of it
ALL = 0.99  # share above which all of a pixel counts as foreground, or background
HAZE = 0.05  # alphas nearer than this to 0 or 1 are noise, which would lie over the cut-out as a haze
TINY = np.float32(1e-6)  # so that 0 / 0 is never computed


@dataclass(frozen=True, eq=False)
class Matte:
    """Alpha of a small copy of a photo, float32 ``(h, w)`` in [0, 1], and what brings it to the photo's size.

    >>> import numpy as np
    >>> from seg.inference.matting import matte_within
    >>> left, right = np.zeros((2, 40, 40), np.float32)
    >>> left[:, :10] = right[:, 30:] = 1
    >>> small = np.zeros((40, 40, 3), np.uint8)
    >>> small[:, 17:] = 200
    >>> large = small.repeat(4, axis=0).repeat(4, axis=1)
    >>> alpha = matte_within(small, right, left).at(large, (160, 160), slice(0, 160))
    >>> alpha.shape, alpha[80, [60, 75]].round(1).tolist()  # the edge of the large photo lies at column 68
    ((160, 160), [0.0, 1.0])
    """

    alpha: np.ndarray
    coefficients: np.ndarray

    def at(self, colours: np.ndarray, size: tuple[int, int], rows: slice) -> np.ndarray:
        """Alpha of some rows of the photo at height and width ``size``, float32 ``(n, W)`` in [0, 1].

        ``colours``: these rows, RGB uint8 ``(n, W, 3)``.
        """
        if size == self.alpha.shape:
            return self.alpha[rows]
        return apply_coefficients(self.coefficients, colours, size, rows)


def matte(
    photo: np.ndarray,
    probabilities: np.ndarray,
    subject: int,
    border: int | None,
    clean: bool = True,
    painted: np.ndarray | None = None,
) -> Matte:
    """How opaque the network and the photo's colours make each pixel.

    ``photo``: RGB uint8 ``(h, w, 3)``, at most ``WORKING_SIDE`` pixels high and wide: of larger ones the windows of the
    closed form would see no more than noise. ``probabilities``: the network's, float32 ``(h', w', C)`` in [0, 1].
    ``subject`` and ``border``: the channels of the subject and of its border, None where there is no border.
    ``clean``: without islands and holes of which the network is not sure.
    ``painted``: what a person has painted on each pixel, uint8 ``(h, w)`` as ``Corrections.drawn`` gives it: the
    subject and the background are then known there, and within a border the colours alone decide.

    >>> import numpy as np
    >>> from seg.inference.matting import matte
    >>> photo = np.zeros((60, 60, 3), np.uint8)
    >>> photo[:, 30:] = 200  # a light pet in the right half, before a dark background
    >>> answer = np.zeros((60, 60, 3), np.float32)
    >>> answer[:, :27, 1] = answer[:, 33:, 0] = 1
    >>> answer[:, 27:33] = 0.3, 0.3, 0.4  # the network is sure but for a border of six columns
    >>> matte(photo, answer, subject=0, border=2).alpha[30, 27:33].round(2).tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    """
    resized = resize_probabilities(probabilities, (photo.shape[0], photo.shape[1]))
    of_subject = resized[..., subject]
    of_background = 1 - of_subject - (0 if border is None else resized[..., border])
    share = of_subject / (of_subject + of_background + TINY)
    share = np.where(share < FAINTEST, np.float32(0), share)
    kept = without_islands_and_holes(share) if clean else share
    # What was cleaned away is known, and nothing is unknown that is not at the subject.
    unknown = _wider(np.maximum(of_subject, of_background) < SURE) & _wider(kept > 0) & (kept == share)
    unknown &= ~_middles_of_thin_parts(kept > LIKELY, unknown)
    guess = np.where(unknown, kept, kept > 0.5).astype(np.float32)
    # Squared, because a share of 0.6 says little: what is nearly undecided is left to the colours.
    certainty = PULL * (2 * kept - 1) ** 2
    if painted is None:
        return _solved(photo, unknown, guess, certainty)
    is_known = (painted == SUBJECT) | (painted == BACKGROUND)
    # Beside a stroke that contradicts the network there is an outline now, and nobody has seen where.
    contradicts = (painted == SUBJECT) & (kept <= 0.5) | (painted == BACKGROUND) & (kept > 0.5)
    unknown |= _wider(contradicts) | (painted == BORDER)
    unknown &= ~is_known
    guess = np.where(unknown, kept, guess)
    guess[is_known] = painted[is_known] == SUBJECT
    return _solved(photo, unknown, guess, np.where(painted == BORDER, 0, certainty), is_known)


def matte_within(photo: np.ndarray, foreground: np.ndarray, background: np.ndarray) -> Matte:
    """How opaque the photo's colours alone make each pixel that is surely neither foreground nor background.

    ``photo``: as for ``matte``; ``foreground``, ``background``: the share of each pixel that belongs to them for sure,
    float32 ``(h, w)`` in [0, 1].

    >>> import numpy as np
    >>> from seg.inference.matting import matte_within
    >>> photo = np.zeros((40, 40, 3), np.uint8)
    >>> photo[:, 17:] = 200
    >>> left, right = np.zeros((2, 40, 40), np.float32)
    >>> left[:, :10] = right[:, 30:] = 1  # what is known; the 20 columns between are not
    >>> alpha = matte_within(photo, foreground=right, background=left).alpha
    >>> alpha[20, [12, 16, 17, 25]].round(2).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    from scipy.ndimage import distance_transform_edt

    known_foreground, known_background = foreground > ALL, background > ALL
    to_foreground, to_background = distance_transform_edt(~known_foreground), distance_transform_edt(~known_background)
    guess = (to_background / (to_foreground + to_background + TINY)).astype(np.float32)
    return _solved(photo, ~(known_foreground | known_background), guess, 0.0)


def _solved(
    photo: np.ndarray,
    unknown: np.ndarray,
    guess: np.ndarray,
    certainty: np.ndarray | float,
    is_painted: np.ndarray | None = None,
) -> Matte:
    alpha = closed_form_alpha(photo, unknown, guess, certainty) if min(unknown.shape) >= 3 else guess
    alpha = ((alpha - HAZE) / (1 - 2 * HAZE)).clip(0, 1)
    coefficients = linear_coefficients(alpha, photo)
    if is_painted is not None:
        # The filter would mix the windows around a thin stroke into it: what is painted stays, whatever its colours.
        coefficients[is_painted] = 0
        coefficients[is_painted, 3] = alpha[is_painted]
    return Matte(alpha, coefficients)


def _middles_of_thin_parts(subject: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """The middle lines of legs, ears and tails that hold no known pixel: bool ``(h, w)``, as both masks are.

    There the network sees border from both sides, and is sure of nothing: left to the colours, a leg may vanish.
    """
    from scipy.ndimage import distance_transform_edt, maximum_filter

    known = subject & ~unknown
    if not known.any():
        return known
    far_from_known = distance_transform_edt(~known) > BAND * max(subject.shape)
    depth = distance_transform_edt(subject)
    return subject & far_from_known & (depth == maximum_filter(depth, 3))


def _wider(mask: np.ndarray) -> np.ndarray:
    """A mask, bool ``(h, w)``, and what is near to it."""
    from scipy.ndimage import binary_dilation

    steps = round(WIDENED * max(mask.shape))
    return binary_dilation(mask, np.ones((3, 3), bool), iterations=steps) if steps else mask
