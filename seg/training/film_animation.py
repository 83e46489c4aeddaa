"""Films of trainings as one picture that moves: GIF, which everything plays, or WebP, which is smaller."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal

from PIL import Image, ImageDraw

from seg.colours import ORANGE
from seg.training.film import Film, Frame, shown_together

FRAME, LAST_FRAME = 400, 2400  # milliseconds that a frame is shown
GAP = 12  # pixels between two films
BAR = 6  # pixels of the line at the bottom that says how far the film is: words would need a language


def animation(films: Sequence[Film], format: Literal["gif", "webp"]) -> bytes:
    """All moments of films side by side, for ever: of each the photos, the predictions and the feature maps.

    Raises ValueError where no film has a frame, OSError for a film that is deleted meanwhile.
    """
    moments = shown_together(films)
    if not moments:
        raise ValueError("there is no film to be drawn.")
    photos = [Image.open(film.photos).convert("RGB") for film in films if film.frames()]
    pictures = [_picture(photos, frames, (number + 1) / len(moments)) for number, (_, frames) in enumerate(moments)]
    if format == "gif":
        # Pillow's own way to 256 colours takes five times as long, and its dithering three times the bytes.
        pictures = [
            picture.quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE) for picture in pictures
        ]
    durations = [FRAME] * (len(pictures) - 1) + [LAST_FRAME]
    buffer = io.BytesIO()
    settings = {"quality": 80} if format == "webp" else {}
    pictures[0].save(buffer, format, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **settings)
    return buffer.getvalue()


def _picture(photos: Sequence[Image.Image], frames: Sequence[Frame], share: float) -> Image.Image:
    """A moment of each film, and a line as long as the ``share`` of the film that is over, in [0, 1]."""
    heights = [photo.height for photo in photos]
    # The maps have twice the width of the photos.
    width = sum(4 * photo.width + GAP for photo in photos) - GAP
    picture = Image.new("RGB", (width, max(heights) + BAR), "white")
    left = 0
    for photo, frame in zip(photos, frames, strict=True):
        side, height = photo.size
        maps = Image.open(frame.maps).convert("RGB").resize((2 * side, height), Image.Resampling.NEAREST)
        for part in (photo, Image.open(frame.labels).convert("RGB"), maps):
            picture.paste(part, (left, 0))
            left += part.width
        left += GAP
    ImageDraw.Draw(picture).rectangle((0, max(heights), round(width * share) - 1, picture.height), ORANGE)
    return picture
