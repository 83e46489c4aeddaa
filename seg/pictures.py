"""Overlay, cut-out, triptych, curves: draws what it is given, in the colours of the classes and of ``colours.py``."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont, ImageOps

from seg.classes import IGNORED, PETS, Classes
from seg.colours import BLUE, ORANGE, SERIES
from seg.errors import SegError
from seg.files import give_matplotlib_a_folder, write_file
from seg.images import bands, resize_labels, resize_photo, srgb_profile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Pixels of the longest side that a picture may have in a format; PNG has no limit that matters here.
LONGEST_SIDES = {"webp": 16_383, "jpeg": 65_500}
FORMAT_NAMES = {"png": "PNG", "webp": "WebP", "jpeg": "JPEG"}
# Nine evenly spaced colours of Matplotlib's map of this name; between neighbours the map is nearly linear.
CIVIDIS = np.array(
    [
        (0, 34, 78),
        (26, 56, 111),
        (67, 78, 108),
        (97, 101, 111),
        (125, 124, 120),
        (155, 148, 118),
        (188, 174, 108),
        (222, 201, 88),
        (254, 232, 56),
    ]
)


class FormatError(SegError):
    """A picture that a format cannot hold."""


def colour_labels(labels: np.ndarray, classes: Classes = PETS) -> np.ndarray:
    """Labels ``(H, W)`` in the classes' colours, RGB uint8 ``(H, W, 3)``; 255 in that of what is not labelled.

    >>> import numpy as np
    >>> from seg.pictures import colour_labels
    >>> colour_labels(np.array([[0, 1, 2]])).tolist()  # pet orange, background blue, border cream
    [[[230, 159, 0], [0, 84, 147], [245, 240, 220]]]
    """
    colours = np.full((IGNORED + 1, 3), classes.void_colour, np.uint8)
    colours[: len(classes)] = classes.palette
    return colours[labels]


def overlay(photo: np.ndarray, labels: np.ndarray, opacity: float = 0.5, classes: Classes = PETS) -> np.ndarray:
    """The classes' colours over the photo, RGB uint8 ``(H, W, 3)``; 0: the photo alone, 1: the colours alone.

    ``photo``: RGB uint8 ``(H, W, 3)``; ``labels``: uint8 ``(H, W)``; ``opacity`` in [0, 1].

    >>> import numpy as np
    >>> from seg.pictures import overlay
    >>> black, pet = np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8)
    >>> [overlay(black, pet, opacity).tolist() for opacity in (0, 0.5, 1)]
    [[[[0, 0, 0]]], [[[115, 79, 0]]], [[[230, 159, 0]]]]
    """
    mixed = np.empty_like(photo)
    for rows in bands(*labels.shape):
        coloured = Image.fromarray(colour_labels(labels[rows], classes))
        mixed[rows] = np.asarray(Image.blend(Image.fromarray(photo[rows]), coloured, opacity))
    return mixed


def cutout(photo: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The photo with an alpha channel, RGBA uint8 ``(H, W, 4)``; ``alpha``: float ``(H, W)`` in [0, 1].

    >>> import numpy as np
    >>> from seg.pictures import cutout
    >>> cutout(np.full((1, 3, 3), 9, np.uint8), np.array([[0.0, 0.5, 1.0]])).tolist()
    [[[9, 9, 9, 0], [9, 9, 9, 128], [9, 9, 9, 255]]]
    """
    cut = np.empty((*alpha.shape, 4), np.uint8)
    cut[..., :3] = photo
    cut[..., 3] = (alpha.clip(0, 1) * np.float32(255)).round()
    return cut


def checkerboard(height: int, width: int, square: int = 12) -> np.ndarray:
    """What transparency is shown on, RGB uint8 ``(H, W, 3)``; ``square`` in pixels.

    >>> from seg.pictures import checkerboard
    >>> checkerboard(2, 4, square=2)[..., 0].tolist()
    [[245, 245, 205, 205], [245, 245, 205, 205]]
    """
    rows, columns = np.indices((height, width)) // square
    return np.where(((rows + columns) % 2)[..., np.newaxis], np.uint8(205), np.uint8(245)).repeat(3, axis=2)


def over(rgba: np.ndarray, background: np.ndarray) -> np.ndarray:
    """An RGBA picture, uint8 ``(H, W, 4)``, laid over an RGB one, uint8 ``(H, W, 3)``; returns RGB uint8.

    >>> import numpy as np
    >>> from seg.pictures import checkerboard, over
    >>> veil = np.array([[[255, 0, 0, 51]]], np.uint8)  # red, a fifth opaque
    >>> over(veil, checkerboard(1, 1)).tolist()
    [[[247, 196, 196]]]
    """
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return (rgba[..., :3] * alpha + background * (1 - alpha)).round().astype(np.uint8)


def fitted(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture scaled and cropped around its middle until it fills a size, RGB uint8 ``(H, W, 3)``.

    >>> import numpy as np
    >>> from seg.pictures import fitted
    >>> wide = np.zeros((10, 30, 3), np.uint8)
    >>> wide[:, 10:20] = 255  # white in the middle third
    >>> square = fitted(wide, 10, 10)
    >>> square.shape, int(square.min())
    ((10, 10, 3), 255)
    """
    return np.asarray(ImageOps.fit(Image.fromarray(picture), (width, height), Image.Resampling.BILINEAR))


def blurred(picture: np.ndarray, strength: float) -> np.ndarray:
    """A picture out of focus, RGB uint8 ``(H, W, 3)``.

    ``strength``: the blur's radius as a share of the longest side, so that a small copy looks like its large original.

    >>> import numpy as np
    >>> from seg.pictures import blurred
    >>> edge = np.zeros((5, 100, 3), np.uint8)
    >>> edge[:, 50:] = 200
    >>> sharp, soft = edge[2, 44:56, 0], blurred(edge, 0.05)[2, 44:56, 0]
    >>> len(np.unique(sharp)), len(np.unique(soft))
    (2, 12)
    """
    radius = strength * max(picture.shape[:2])
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def heat(values: np.ndarray, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Values ``(H, W)`` as colours, RGB uint8 ``(H, W, 3)``: dark blue at ``low``, yellow at ``high``.

    J. Nuñez, C. Anderton, R. Renslow, "Optimizing colormaps with consideration for color vision deficiency", 2018
    (cividis): brighter is more, with every kind of colour vision.

    >>> import numpy as np
    >>> from seg.pictures import heat
    >>> heat(np.array([[0.0, 0.5, 1.0, 7.0]])).tolist()  # what is above the highest looks like the highest
    [[[0, 34, 78], [125, 124, 120], [254, 232, 56], [254, 232, 56]]]
    """
    stops, coloured = np.linspace(0, 1, len(CIVIDIS)), np.empty((*values.shape, 3), np.uint8)
    for rows in bands(*values.shape):
        place = ((values[rows] - low) / (high - low)).clip(0, 1)
        coloured[rows] = np.stack([np.interp(place, stops, CIVIDIS[:, c]) for c in range(3)], axis=-1).round()
    return coloured


def evidence(values: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The photo in grey, orange where ``values`` are above 0 and blue where they are below, RGB uint8 ``(H, W, 3)``.

    ``values``: float ``(H, W)``; the one that is farthest from 0 has the full colour.

    >>> import numpy as np
    >>> from seg.pictures import evidence
    >>> grey = np.full((1, 3, 3), 100, np.uint8)
    >>> evidence(np.array([[-1.0, 0.0, 2.0]]), grey).tolist()  # against, nothing, for
    [[[72, 118, 143], [120, 120, 120], [208, 151, 24]]]
    """
    grey = photo.mean(axis=2, keepdims=True).repeat(3, axis=2) * 0.6 + 60
    strength = (np.abs(values) / max(float(np.abs(values).max()), 1e-6))[..., np.newaxis] * 0.8
    colour = np.where(values[..., np.newaxis] > 0, ImageColor.getrgb(ORANGE), ImageColor.getrgb(BLUE))
    return (grey * (1 - strength) + colour * strength).round().astype(np.uint8)


def mistakes(true: np.ndarray, predicted: np.ndarray, photo: np.ndarray, classes: Classes = PETS) -> np.ndarray:
    """The photo in grey with every wrong pixel in the colour of what was predicted there, RGB uint8 ``(H, W, 3)``.

    Where the true labels are 255 nothing is wrong.

    >>> import numpy as np
    >>> from seg.pictures import mistakes
    >>> true, predicted = np.array([[0, 0, 1]]), np.array([[0, 1, 1]])
    >>> mistakes(true, predicted, np.zeros((1, 3, 3), np.uint8)).tolist()  # the second pixel was called background
    [[[100, 100, 100], [0, 84, 147], [100, 100, 100]]]
    """
    # Between 100 and 228: neither the darkest nor the lightest colour of a class is lost on it.
    grey = photo.mean(axis=2, keepdims=True).repeat(3, axis=2) * 0.5 + 100
    is_wrong = (true != predicted) & (true != IGNORED)
    return np.where(is_wrong[..., np.newaxis], colour_labels(predicted, classes), grey).astype(np.uint8)


def triptych(
    photo: np.ndarray,
    true: np.ndarray,
    predicted: np.ndarray,
    height: int | None = None,
    gap: int = 6,
    classes: Classes = PETS,
) -> np.ndarray:
    """Photo, true and predicted labels side by side, RGB uint8 ``(height, W, 3)``.

    ``photo``: RGB uint8 ``(H, W, 3)``; ``true`` and ``predicted``: labels uint8 ``(H, W)``; ``height`` in pixels, None:
    H; ``gap``: white pixels between them.

    >>> from seg import Dataset, Segmenter
    >>> from seg.data.dataset import read_pair
    >>> from seg.pictures import triptych
    >>> dataset = Dataset.open()
    >>> photo, trimap = read_pair(dataset["Abyssinian_88"])
    >>> predicted = Segmenter.load()(photo).labels
    >>> triptych(photo.pixels, dataset.classes.to_labels(trimap), predicted, height=160).shape  # and two gaps
    (160, 687, 3)
    """
    if height and height != photo.shape[0]:
        size = (height, max(1, round(photo.shape[1] * height / photo.shape[0])))
        photo, true, predicted = resize_photo(photo, size), resize_labels(true, size), resize_labels(predicted, size)
    bar = np.full((photo.shape[0], gap, 3), 255, np.uint8)
    return np.hstack([photo, bar, colour_labels(true, classes), bar, colour_labels(predicted, classes)])


def triptych_grid(
    rows: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    captions: Sequence[str] | None = None,
    headings: Sequence[str] = ("photo", "true trimap", "predicted trimap"),
    size: int = 224,
    classes: Classes = PETS,
    with_mistakes: bool = False,
    with_words: bool = True,
) -> np.ndarray:
    """Any number of triptychs between a line of headings and a legend, RGB uint8 ``(H, W, 3)``.

    Each row is photo ``(H, W, 3)``, true and predicted labels ``(H, W)``; each picture is scaled to fit into ``size`` x
    ``size`` pixels. ``with_mistakes`` adds a fourth picture, as ``mistakes`` draws it. Without ``with_words`` there are
    neither headings nor a legend: who shows the sheet says in the reader's language what it shows.

    >>> import numpy as np
    >>> from seg.pictures import triptych_grid
    >>> photo, labels = np.zeros((60, 80, 3), np.uint8), np.ones((60, 80), np.uint8)
    >>> rows = [(photo, labels, labels)] * 2
    >>> triptych_grid(rows, ["the first", "the second"], size=100).shape
    (320, 332, 3)
    >>> triptych_grid(rows, size=100, with_mistakes=True).shape  # a column more, and no captions
    (276, 440, 3)
    """
    gap, line_height = 8, 22  # pixels
    font = ImageFont.load_default(14)
    caption_height = line_height if captions else 0
    headings = [*headings, "mistakes"] if with_mistakes else headings
    width = gap + len(headings) * (size + gap)
    rim = line_height if with_words else 0
    legend = _legend_places(classes, width - gap, font) if with_words else []
    legend_height = line_height * (1 + legend[-1][0]) + gap if legend else 0
    height = rim + gap + len(rows) * (size + caption_height + gap) + legend_height
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    for column, heading in enumerate(headings if with_words else ()):
        draw.text((gap + column * (size + gap), gap), heading, "black", font)
    top = rim + gap
    for index, (photo, true, predicted) in enumerate(rows):
        if captions:
            draw.text((gap, top), captions[index], "#444444", font)
            top += caption_height
        pictures = [photo, colour_labels(true, classes), colour_labels(predicted, classes)]
        if with_mistakes:
            pictures.append(mistakes(true, predicted, photo, classes))
        for column, picture in enumerate(pictures):
            method = Image.Resampling.NEAREST if column else Image.Resampling.BILINEAR
            scale = size / max(picture.shape[:2])
            height_in_cell, width_in_cell = (max(1, round(length * scale)) for length in picture.shape[:2])
            left = gap + column * (size + gap) + (size - width_in_cell) // 2
            scaled = Image.fromarray(picture).resize((width_in_cell, height_in_cell), method)
            sheet.paste(scaled, (left, top + (size - height_in_cell) // 2))
        top += size + gap
    for line, left, name, colour in legend:
        above = top + line * line_height
        draw.rectangle((gap + left, above + 2, gap + left + 16, above + 16), colour, "#888888")
        draw.text((gap + left + 22, above), name, "black", font)
    return np.asarray(sheet)


def _legend_places(classes: Classes, width: int, font: Any) -> list[tuple[int, int, str, tuple[int, int, int]]]:
    """The classes, and what is not labelled, in lines of at most ``width`` pixels: line, left, name and colour."""
    shown = [(member.name, member.colour) for member in classes]
    if classes.void:
        shown.append(("not labelled", classes.void_colour))
    places, line, left = [], 0, 0
    for name, colour in shown:
        taken = 22 + round(font.getlength(name))
        if left and left + taken > width:
            line, left = line + 1, 0
        places.append((line, left, name, colour))
        left += taken + 18
    return places


def curves(histories: dict[str, list[dict[str, Any]]], columns: Sequence[str] = ("loss", "mean_iou")) -> Figure:
    """Training (dashed) and validation (solid) by epoch, as many epochs as were trained: one panel a column.

    ``histories`` maps a run's name to its rows, as ``Run.history`` gives them.

    >>> from seg.pictures import curves
    >>> history = [
    ...     {"epoch": 1, "loss": 0.7, "val_loss": 0.6, "mean_iou": 0.5, "val_mean_iou": 0.6},
    ...     {"epoch": 2, "loss": 0.5, "val_loss": 0.5, "mean_iou": 0.6, "val_mean_iou": 0.7},
    ... ]
    >>> figure = curves({"demo": history})
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['loss', 'mean IoU']
    >>> figure.savefig("curves.png")
    """
    give_matplotlib_a_folder()
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(5.2 * len(columns), 3.6), layout="constrained")
    for place, column in enumerate(columns, 1):
        axes = figure.add_subplot(1, len(columns), place)
        for index, (name, rows) in enumerate(histories.items()):
            epochs = [row["epoch"] for row in rows]
            prefix = f"{name}, " if len(histories) > 1 else ""
            colour = SERIES[index % len(SERIES)]
            style: dict[str, Any] = {"color": colour, "marker": "o", "markersize": 3}
            # Hollow points: of a single epoch there are only two points and no line.
            hollow = {**style, "markerfacecolor": "white"}
            axes.plot(epochs, [row[column] for row in rows], "--", label=f"{prefix}training", **hollow)
            validated = {row["epoch"]: row[f"val_{column}"] for row in rows if row.get(f"val_{column}") is not None}
            if validated:
                axes.plot(list(validated), list(validated.values()), "-", label=f"{prefix}validation", **style)
        axes.set(xlabel="epoch", ylabel=column.replace("_", " ").replace("iou", "IoU"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
        if histories:
            axes.legend(fontsize="small")
    return figure


def encode_png(pixels: np.ndarray, level: int = 4, options: Mapping[str, Any] | None = None) -> bytes:
    """PNG bytes of an L, RGB or RGBA uint8 picture, colours as sRGB; ``level`` 0 to 9 trades time for size.

    ``options``: what else Pillow is given, such as ``exif`` and ``dpi``.

    >>> import io
    >>> import numpy as np
    >>> from PIL import Image
    >>> from seg.pictures import encode_png
    >>> trimap = np.array([[1, 2, 3]], np.uint8)
    >>> np.asarray(Image.open(io.BytesIO(encode_png(trimap)))).tolist()  # to the bit
    [[1, 2, 3]]
    """
    buffer = io.BytesIO()
    profile = srgb_profile() if pixels.ndim == 3 else None
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=level, icc_profile=profile, **(options or {}))
    return buffer.getvalue()


def encode_jpeg(pixels: np.ndarray, quality: int = 90, options: Mapping[str, Any] | None = None) -> bytes:
    """JPEG bytes of an L or RGB uint8 picture, colours as sRGB, at full resolution: half of it would tint outlines.

    ``options``: as for ``encode_png``.

    >>> from seg import Dataset
    >>> from seg.photo import read_photo
    >>> from seg.pictures import encode_jpeg
    >>> photo = read_photo(Dataset.open()["Abyssinian_88"].photo)
    >>> len(encode_jpeg(photo.pixels, quality=30)) < len(encode_jpeg(photo.pixels))
    True
    """
    buffer = io.BytesIO()
    profile = srgb_profile() if pixels.ndim == 3 else None
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=0, icc_profile=profile, **(options or {}))
    return buffer.getvalue()


def encode_webp(pixels: np.ndarray, quality: int = 90, options: Mapping[str, Any] | None = None) -> bytes:
    """WebP bytes of an RGB or RGBA uint8 picture, colours as sRGB; what is clear stays clear to the bit.

    ``options``: as for ``encode_png``.

    >>> import io
    >>> import numpy as np
    >>> from PIL import Image
    >>> from seg.pictures import encode_webp
    >>> clear = np.zeros((16, 16, 4), np.uint8)
    >>> Image.open(io.BytesIO(encode_webp(clear))).getchannel("A").getextrema()
    (0, 0)
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer, "WEBP", quality=quality, method=2, use_sharp_yuv=True, icc_profile=srgb_profile(), **(options or {})
    )
    return buffer.getvalue()


def encode(pixels: np.ndarray, format: str, options: Mapping[str, Any] | None = None, level: int = 4) -> bytes:
    """An L, RGB or RGBA uint8 picture as ``png``, ``webp`` or ``jpeg``, which is not for RGBA.

    ``options`` and, of PNG, ``level``: as for ``encode_png``. Raises FormatError for too long a side.

    >>> import numpy as np
    >>> from seg.pictures import encode
    >>> encode(np.zeros((8, 8, 4), np.uint8), "webp")[8:12], encode(np.zeros((8, 8, 3), np.uint8), "jpeg")[6:10]
    (b'WEBP', b'JFIF')
    """
    most = LONGEST_SIDES.get(format)
    if most and max(pixels.shape[:2]) > most:
        side = str(max(pixels.shape[:2]))
        raise FormatError("format_side", format=FORMAT_NAMES[format], most=str(most), side=side)
    if format == "png":
        return encode_png(pixels, level, options)
    return (encode_webp if format == "webp" else encode_jpeg)(pixels, options=options)


def save_picture(pixels: np.ndarray, path: Path) -> None:
    """Write a PNG file completely or not at all. Raises OSError.

    >>> from pathlib import Path
    >>> from seg.pictures import checkerboard, save_picture
    >>> save_picture(checkerboard(120, 160), Path("board.png"))
    >>> Path("board.png").read_bytes()[1:4]
    b'PNG'
    """
    write_file(path, encode_png(pixels))
