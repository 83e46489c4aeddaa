"""Of an animation the first frame that shows something: many fade in from black."""

from __future__ import annotations

import numpy as np
from PIL import Image

# Formats whose frames follow one another in time; the pages of a TIFF do not.
ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
MOST_FRAMES = 64
MOST_PIXELS = 250_000_000  # of all frames together that are looked at
# Levels between the darkest and the brightest parts of a frame that shows something; 2 % at each end are left out.
ENOUGH, OUTLIERS = 64, 2
SIDE = 64  # pixels to which a frame is reduced before it is judged


def show_something(image: Image.Image) -> None:
    """Seek the first frame that shows something, or the one that shows most; raises what a damaged file makes raise."""
    if image.format not in ANIMATED or not getattr(image, "is_animated", False):
        return
    best, most = 0, -1.0
    for frame in range(min(MOST_FRAMES, max(1, MOST_PIXELS // (image.width * image.height)))):
        try:
            image.seek(frame)
        except EOFError:
            break
        spread = _spread(image)
        if spread > most:
            best, most = frame, spread
        if spread >= ENOUGH:
            break
    image.seek(best)


def _spread(image: Image.Image) -> float:
    """How many levels lie between the dark and the bright parts of a frame, on white where it is clear."""
    if image.has_transparency_data:
        frame = image.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.BOX)
        frame = Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame).convert("L")
    else:
        frame = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    dark, bright = np.percentile(np.asarray(frame), (OUTLIERS, 100 - OUTLIERS))
    return float(bright - dark)
