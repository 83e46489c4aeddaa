"""What a file is, by its first bytes: its name is never asked."""

from __future__ import annotations

from pathlib import Path

# Only these decoders ever see a visitor's bytes: Pillow knows many more, each of them a way in.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF")
# Suffixes by which people know photos. A file that has one and is no picture is named as a failure.
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif"),
    *(".heic", ".heif"),
)
RAW = "raw"  # a camera's raw file that is built as no format of ``FORMATS`` is
HEAD_BYTES = 64  # enough to tell the formats apart

BEGINNINGS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",  # what follows are ends of lines, which programs for texts write anew: such a file is damaged
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",  # BigTIFF
    b"MM\0+": "TIFF",
    b"IIRO": RAW,  # Olympus
    b"IIRS": RAW,
    b"IIU\0": RAW,  # Panasonic
    b"FUJIFILMCCD-RAW": RAW,
}
# Sizes of the header that follows the letters BM, with which many a text may begin.
BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
# How videos begin, and what FFmpeg calls what takes them apart: only these ever see one.
VIDEO_BEGINNINGS = (
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"\x1aE\xdf\xa3", "matroska"),  # WebM as well
    (8, b"AVI ", "avi"),
    (0, b"OggS", "ogg"),
    (0, b"FLV\x01", "flv"),
    (0, b"\0\0\x01\xba", "mpeg"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "asf"),
)
AVIF_BRANDS = {b"avif", b"avis"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2"}


def format_of(head: bytes) -> str | None:
    """The format of ``FORMATS`` that a file begins as, or ``RAW``; None for what is no picture.

    ``head``: the file's first ``HEAD_BYTES``, or all of it.
    """
    for beginning, format in BEGINNINGS.items():
        if head.startswith(beginning):
            return format
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return "BMP"
    if head[4:8] == b"ftyp":
        end = min(len(head), int.from_bytes(head[:4], "big"))
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
        if head[8:12] == b"crx ":  # Canon
            return RAW
        return "AVIF" if brands & AVIF_BRANDS else "HEIF" if brands & HEIF_BRANDS else None
    return None


def video_format_of(head: bytes) -> str | None:
    """What FFmpeg calls the format in which a video begins; None for what is no video.

    ``head``: the file's first ``HEAD_BYTES``, or all of it.
    """
    return next((name for place, mark, name in VIDEO_BEGINNINGS if head[place:].startswith(mark)), None)


def is_picture(path: Path) -> bool:
    """Whether a file begins as a picture does, whatever it is called. Raises OSError."""
    with path.open("rb") as file:
        return format_of(file.read(HEAD_BYTES)) is not None
