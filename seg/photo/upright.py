"""A picture that is open becomes arrays: upright RGB on white, and alpha, a band of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from seg.photo.colour import Conversion

SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that exchange height and width
BAND_PIXELS = 2**22
# From an upright array to the view of it that has the rows and columns of the file (EXIF 2.32, tag 274).
AS_STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: upright.swapaxes(0, 1)[::-1],
    7: lambda upright: upright.swapaxes(0, 1)[::-1, ::-1],
    8: lambda upright: upright.swapaxes(0, 1)[:, ::-1],
}


@dataclass(frozen=True, eq=False)
class Upright:
    """``pixels``: RGB uint8 ``(H, W, 3)``; ``alpha``: uint8 ``(H, W)``, None where all is opaque."""

    pixels: np.ndarray
    alpha: np.ndarray | None


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none; read it after decoding: Pillow turns a TIFF itself."""
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    return orientation if orientation in AS_STORED else 1


def upright(image: Image.Image, conversion: Conversion | None = None, factor: int = 1) -> Upright:
    """The picture as arrays in one piece, made smaller by an integer ``factor``; 16 and 32 bits become their upper 8.

    ``conversion`` makes its bands sRGB. Raises what a damaged file makes a decoder raise.
    """
    image.load()
    height, width = -(-image.height // factor), -(-image.width // factor)
    orientation = orientation_of(image)
    size = (width, height) if orientation in SIDEWAYS else (height, width)
    as_stored = AS_STORED.get(orientation, lambda upright: upright)
    pixels = np.empty((*size, 3), np.uint8)
    bits, is_negative = _bits(image), _is_negative(image)
    alpha = np.empty(size, np.uint8) if not bits and _is_transparent(image) else None
    for top, band in _bands(image, factor):
        rows = slice(top // factor, -(-(top + band.height) // factor))
        colours, opaque = _converted(band, bits, is_negative, conversion, alpha is not None)
        as_stored(pixels)[rows] = np.asarray(colours.reduce(factor) if factor > 1 else colours)
        if alpha is not None and opaque is not None:
            as_stored(alpha)[rows] = np.asarray(opaque.reduce(factor) if factor > 1 else opaque)
    return Upright(pixels, None if alpha is None or alpha.min() == 255 else alpha)


def _is_transparent(image: Image.Image) -> bool:
    if not image.has_transparency_data:
        return False
    # Many programs leave the fourth byte of a BMP's pixels 0; one that is clear all over would show nothing.
    return not (image.format == "BMP" and image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0))


def _bands(image: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """The picture cut into bands whose heights are multiples of ``factor``, each with its first row."""
    rows = max(1, BAND_PIXELS // (image.width * factor)) * factor
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _bits(image: Image.Image) -> int:
    """Bits of the values of a grey picture of more than 8, 0 for every other picture."""
    if image.mode.startswith("I;16"):
        # Sensors of 10 and 12 bits are stored in 16, and would be nearly black: 12 bits are a sixteenth of the range.
        needed = max(int(np.asarray(band).max()) for _, band in _bands(image, 1)).bit_length()
        return 16 if needed > 12 else max(8, needed + needed % 2)
    if image.mode != "I":
        return 0
    low, high = image.getextrema()
    # 32 bits without a sign look negative from the half on. Some programs store 8 or 16 bits in 32.
    return 32 if low < 0 else max(8, -(-int(high).bit_length() // 8) * 8)  # type: ignore[operator, arg-type]


def _is_negative(image: Image.Image) -> bool:
    """Whether 0 is white, as TIFFs of scanners have it: with up to 8 bits, Pillow makes it black."""
    return image.format == "TIFF" and getattr(image, "tag_v2", {}).get(ExifTags.Base.PhotometricInterpretation) == 0


def _converted(
    band: Image.Image, bits: int, is_negative: bool, conversion: Conversion | None, is_transparent: bool
) -> tuple[Image.Image, Image.Image | None]:
    """A band as RGB on white, and its alpha. ``is_negative``: 0 is white in its values of more than 8 ``bits``."""
    if bits:
        values = np.asarray(band)
        if bits == 32:
            values = values.astype(np.int32).view(np.uint32)
        if is_negative:
            values = 2**bits - 1 - values
        band = Image.fromarray((values >> (bits - 8)).astype(np.uint8))
        return (conversion(band) if conversion else band.convert("RGB")), None
    if not is_transparent:
        if band.mode in ("RGBA", "P", "PA"):
            band = band.convert("RGB")
        return (conversion(band) if conversion else band.convert("RGB")), None
    band = band.convert("RGBA")
    opaque = band.getchannel("A")
    if conversion:
        band = conversion(band.convert("RGB"))
        band.putalpha(opaque)
    return Image.alpha_composite(Image.new("RGBA", band.size, "white"), band).convert("RGB"), opaque
