"""The one gate for bytes: any upload becomes a ``Photo``, decoded by content, upright, sRGB, bounded, or is refused."""

from seg.photo.formats import SUFFIXES
from seg.photo.opening import MAX_PIXELS, check_image, open_image
from seg.photo.photo import Photo, PhotoError, PhotoWarning
from seg.photo.reading import MAX_BYTES, PhotoSource, open_photo, read_photo
from seg.photo.upright import SIDEWAYS

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "SIDEWAYS",
    "SUFFIXES",
    "Photo",
    "PhotoError",
    "PhotoSource",
    "PhotoWarning",
    "check_image",
    "open_image",
    "open_photo",
    "read_photo",
]
