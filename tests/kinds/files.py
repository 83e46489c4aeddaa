"""Every kind of photo that people have, made from one photo of a pet: odd formats, colours, turns, damage and sizes."""

from __future__ import annotations

import base64
import gzip
import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from seg.photo.colour import BT2020
from seg.photo.colour import P3 as P3_TO_SRGB
from tests.encoded import ORIENTATION, encoded
from tests.kinds.avif import avif10
from tests.kinds.by_hand import GRAY, RGB, bitmaps, interlaced, of_iphone_program, planes, png_of, tiff, tiles
from tests.photo.test_colour import ADOBE, P3, SRGB, light, profile
from tests.photo.test_first_picture import SENSOR, raw_file

Verdict = Literal["right", "warned", "refused"]
TURNED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels, -1),
}
LOSSLESS: dict[str, dict] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}
ANY = 256.0  # levels by which garbage may be off
QUICK = {"preset": "ultrafast"}  # of the encoder x265
P3_POINTS = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)  # of a chunk cHRM


@dataclass(frozen=True)
class Kind:
    """``about``: the kind in words, the same for several files. ``name`` and ``data``: a file of it. ``verdict``: what
    is right for it.

    ``levels``: how far the photo's pixels may be from ``picture``, uint8 ``(H, W, 3)``, on average; of a photo that is
    read in part, ``share`` of its rows from the top count. ``is_for_the_command_line``: it is right there, and too
    large for a server, which refuses it.
    """

    about: str
    name: str
    data: bytes
    picture: np.ndarray
    verdict: Verdict = "right"
    levels: float = 2.0
    share: float = 1.0
    is_for_the_command_line: bool = False

    def difference(self, pixels: np.ndarray) -> float:
        """How far other pixels of any size are from this photo, in levels; infinite for other proportions."""
        height, width = pixels.shape[:2]
        if abs(height * self.picture.shape[1] - width * self.picture.shape[0]) > 2 * max(self.picture.shape[:2]):
            return float("inf")
        wanted = np.asarray(Image.fromarray(self.picture).resize((width, height), Image.Resampling.BILINEAR), int)
        rows = max(1, int(height * self.share))
        return float(np.abs(pixels[:rows].astype(int) - wanted[:rows]).mean())


def second_of_two(first: Image.Image, main: Image.Image) -> bytes:
    """A HEIC of two pictures whose second is the main one."""
    import pillow_heif

    buffer = io.BytesIO()
    pictures = pillow_heif.from_pillow(first)
    pictures.add_from_pillow(main)
    pictures.save(buffer, quality=95, primary_index=1)
    return buffer.getvalue()


def srgb(linear: np.ndarray) -> np.ndarray:
    x = linear.clip(0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def bits8(values: np.ndarray) -> np.ndarray:
    return (255 * values.clip(0, 1)).round().astype(np.uint8)


def in_space(pixels: np.ndarray, primaries: np.ndarray, gamma: float) -> np.ndarray:
    """The numbers, uint8, that stand for the same colours in a space with other primaries."""
    linear = (light(pixels.astype(float)) @ SRGB @ np.linalg.inv(primaries)).clip(0, 1)
    return bits8(linear ** (1 / gamma))


def as_pq(pixels: np.ndarray) -> np.ndarray:
    """The numbers, in [0, 1], of the same colours in BT.2020 with white at 203 nits (SMPTE ST 2084)."""
    x = ((light(pixels.astype(float)) @ np.linalg.inv(BT2020).T).clip(0, None) * 203 / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * x) / (1 + 18.6875 * x)) ** 78.84375


def heif(pixels: np.ndarray, mode: str = "RGB", **options) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    size = pixels.shape[1], pixels.shape[0]
    pillow_heif.from_bytes(mode, size, np.ascontiguousarray(pixels).tobytes()).save(buffer, quality=95, **options)
    return buffer.getvalue()


def on_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., np.newaxis] / 255
    return (pixels * share + 255 * (1 - share)).round().astype(np.uint8)


def turned(pixels: np.ndarray, orientation: int, format: str) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = np.ascontiguousarray(TURNED[orientation](pixels))
    options = LOSSLESS.get(format, {"quality": 95} if format in ("AVIF", "HEIF") else {})
    return encoded(stored, format, exif=exif.tobytes(), **options)


def grey_of(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The green channel, and a grey photo of it."""
    return pixels[..., 1], pixels[..., 1:2].repeat(3, axis=2)


def kinds(pixels: np.ndarray) -> Iterator[Kind]:
    """All kinds but the large ones, of a photo uint8 ``(H, W, 3)``."""
    _register_heif()
    yield from _formats(pixels)
    yield from _colours(pixels)
    yield from _depths(pixels)
    yield from _transparent(pixels)
    yield from _turned(pixels)
    yield from _several(pixels)
    yield from _damaged(pixels)
    yield from _refused(pixels)


def _register_heif() -> None:
    """Let Pillow write HEIC."""
    import pillow_heif

    pillow_heif.register_heif_opener()


def _formats(pixels: np.ndarray) -> Iterator[Kind]:
    image, (grey, as_grey) = Image.fromarray(pixels), grey_of(pixels)
    plain = encoded(image, "JPEG", quality=95, subsampling=0)
    yield Kind("JPEG", "a.jpg", plain, pixels)
    others = encoded(image, "JPEG", quality=94, subsampling=0)
    yield Kind("JPEG called .heic, .jfif or nothing at all", "b.heic", others, pixels)
    yield Kind("progressive JPEG", "c.jpe", encoded(image, "JPEG", quality=95, progressive=True), pixels)
    yield Kind("grey JPEG", "d.JPG", encoded(Image.fromarray(grey), "JPEG", quality=95), as_grey)
    yield Kind("JPEG whose colours are RGB", "e.jpg", encoded(image, "JPEG", quality=95, keep_rgb=True), pixels)
    video = b"MotionPhoto_Data" + b"\xff\xda\0\0" * 1000
    for sampling in ("4:2:2", "4:1:1"):
        about = "JPEG with colours at half or a quarter of its width"
        data = encoded(image, "JPEG", quality=95, subsampling=sampling)
        yield Kind(about, f"m-{sampling[2]}.jpg", data, pixels)
    yield Kind("motion photo: JPEG with a video behind it", "f.MP.jpg", plain + video, pixels)
    lossy = {"AVIF": {"quality": 95}, "HEIF": {"quality": 95}, "WEBP": {"quality": 98}}
    for format, name in (("HEIF", "HEIC"), ("AVIF", "AVIF"), ("WEBP", "WebP"), ("PNG", "PNG"), ("BMP", "BMP")):
        yield Kind(name, f"g.{name.lower()}", encoded(image, format, **lossy.get(format, {})), pixels)
    yield Kind("WebP without loss", "h.webp", encoded(image, "WEBP", lossless=True), pixels)
    for compression in (None, "tiff_lzw", "tiff_deflate", "packbits", "jpeg", "zstd"):
        about = "TIFF: uncompressed, LZW, deflate, PackBits, JPEG, Zstandard"
        yield Kind(about, f"i-{compression}.tif", encoded(image, "TIFF", compression=compression), pixels, levels=4)
    yield Kind("TIFF with a plane for each colour", "j.tif", planes(pixels), pixels)
    yield Kind("GIF", "k.gif", encoded(image, "GIF"), pixels, levels=5)
    yield Kind("PNG with a palette", "l.png", encoded(image.quantize(256), "PNG"), pixels, levels=5)
    yield Kind("interlaced PNG", "n.png", interlaced(pixels), pixels)
    yield Kind("TIFF of tiles", "o.tif", tiles(pixels), pixels)
    yield Kind("BigTIFF", "p.tif", encoded(image, "TIFF", big_tiff=True), pixels)
    black_and_white = image.convert("1", dither=Image.Dither.NONE)
    seen = np.asarray(black_and_white.convert("RGB"))
    fax = encoded(black_and_white, "TIFF", compression="group4")
    yield Kind("black and white TIFF and PNG, of a fax or a scanner", "q.tif", fax, seen)
    yield Kind("black and white TIFF and PNG, of a fax or a scanner", "q.png", encoded(black_and_white), seen)
    for about, data in bitmaps(pixels).items():
        yield Kind("BMP: 16 bits, run lengths, top down, OS/2", f"r-{about}.bmp", data, pixels, levels=5)


def _colours(pixels: np.ndarray) -> Iterator[Kind]:
    for about, primaries, gamma in (("Display P3", P3, 2.2), ("Adobe RGB", ADOBE, 2.2)):
        numbers, icc = in_space(pixels, primaries, gamma), profile(primaries, gamma)
        for format in ("JPEG", "PNG", "HEIF", "AVIF", "WEBP", "TIFF"):
            options = LOSSLESS.get(format, {"quality": 95} if format in ("AVIF", "HEIF") else {})
            formats = f"{about} by its profile: JPEG, PNG, HEIC, AVIF, WebP, TIFF"
            yield Kind(
                formats, f"m{len(about)}.{format.lower()}", encoded(numbers, format, icc_profile=icc, **options), pixels
            )
    p3 = bits8(srgb(light(pixels.astype(float)) @ np.linalg.inv(P3_TO_SRGB).T))
    points, gamma22 = struct.pack(">8I", *P3_POINTS), struct.pack(">I", 45_455)
    yield Kind("Display P3 by cICP alone, PNG", "n.png", png_of(p3, 2, (b"cICP", bytes([12, 13, 0, 1]))), pixels)
    yield Kind(
        "Display P3 by cHRM and gAMA alone, PNG", "o.png", png_of(p3, 2, (b"gAMA", gamma22), (b"cHRM", points)), pixels
    )
    linear = (65_535 * light(pixels.astype(float))).round().astype(np.uint16)
    yield Kind(
        "linear light by gAMA alone, PNG", "p.png", png_of(linear, 2, (b"gAMA", struct.pack(">I", 100_000))), pixels
    )
    pq = as_pq(pixels)
    hdr = png_of((65_535 * pq).round().astype(np.uint16), 2, (b"cICP", bytes([9, 16, 0, 1])))
    yield Kind("HDR (PQ, BT.2020), PNG", "q.png", hdr, pixels, levels=3)
    cmyk = Image.fromarray(pixels).convert("CMYK")
    yield Kind("CMYK JPEG, inverted as Adobe's", "r.jpg", encoded(cmyk, "JPEG", quality=95), pixels)
    yield Kind("CMYK TIFF", "s.tif", encoded(cmyk, "TIFF", compression="tiff_lzw"), pixels)
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    yield Kind("Lab TIFF", "t.tif", encoded(ImageCms.applyTransform(Image.fromarray(pixels), to_lab), "TIFF"), pixels)
    deep = (65_535 * pq).round().astype(np.uint16)
    about = "HDR (PQ, BT.2020) of 10 bits: HEIC, AVIF"
    code = {"color_primaries": 9, "transfer_characteristics": 16}
    yield Kind(about, "u.heic", heif(deep, "RGB;16", **code), pixels, levels=4)
    yield Kind(about, "u.avif", avif10(deep, code=(9, 16)), pixels, levels=4)


def _depths(pixels: np.ndarray) -> Iterator[Kind]:
    grey, as_grey = grey_of(pixels)
    deep, deep_grey = pixels.astype(np.uint16) * 257, grey.astype(np.uint16) * 257
    yield Kind("HEIC and AVIF of 10 bits", "a.heic", heif(deep, "RGB;16"), pixels)
    yield Kind("HEIC and AVIF of 10 bits", "a.avif", avif10(deep), pixels)
    yield Kind("PNG of 16 bits", "b.png", png_of(deep, 2), pixels)
    yield Kind("grey PNG of 16 bits", "c.png", png_of(deep_grey, 0), as_grey)
    yield Kind("grey PNG of 12 bits in 16", "d.png", png_of(deep_grey >> 4, 0), as_grey)
    yield Kind("TIFF of 16 bits", "e.tif", tiff(deep, RGB), pixels)
    yield Kind("TIFF of 16 bits, big-endian", "f.tif", tiff(deep, RGB, order=">"), pixels)
    yield Kind("TIFF of 16 bits with a plane for each colour", "g.tif", planes(deep), pixels)
    yield Kind("the same, big-endian", "h.tif", planes(deep, order=">"), pixels)
    yield Kind("grey TIFF of 16 bits", "i.tif", tiff(deep_grey, GRAY), as_grey)
    yield Kind("grey TIFF of 16 bits, 0 is white", "j.tif", tiff(65_535 - deep_grey, 0), as_grey)
    yield Kind("grey TIFF of 12 bits in 16", "k.tif", tiff(deep_grey >> 4, GRAY), as_grey)
    yield Kind("the same, big-endian", "l.tif", tiff(deep_grey >> 4, GRAY, order=">"), as_grey)
    yield Kind("grey TIFF of 32 bits", "m.tif", tiff(grey.astype(np.uint32) * 16_843_009, GRAY), as_grey)
    for about, values in (
        ("floating point", pixels.astype(np.float32) / 255), ("numbers with a sign", (deep >> 1).astype(np.int16)),
    ):  # fmt: skip
        form = 3 if values.dtype.kind == "f" else 2
        measured = tiff(values, RGB, (339, 3, [form] * 3))
        yield Kind(f"TIFF of {about}", "n.tif", measured, pixels, "refused")
        yield Kind(f"TIFF of {about}", "o.tif", tiff(values[..., 1], GRAY, (339, 3, [form])), pixels, "refused")
    wide = pixels.astype(np.uint32) * 16_843_009
    yield Kind("TIFF of 32 bits a colour", "p.tif", tiff(wide, RGB), pixels, "refused")


def _transparent(pixels: np.ndarray) -> Iterator[Kind]:
    height, width = pixels.shape[:2]
    alpha = np.full((height, width), 255, np.uint8)
    alpha[: height // 4], alpha[height // 4 : height // 3] = 0, 128
    seen, rgba = on_white(pixels, alpha), np.dstack([pixels, alpha])
    image, deep = Image.fromarray(rgba), rgba.astype(np.uint16) * 257
    grey, as_grey = grey_of(pixels)
    yield Kind("PNG with alpha: a cut-out given again", "a.png", encoded(image), seen)
    yield Kind("PNG of 16 bits with alpha", "b.png", png_of(deep, 6), seen)
    yield Kind("grey PNG with alpha", "c.png", png_of(np.dstack([grey, alpha]), 4), on_white(as_grey, alpha))
    palette = encoded(image.quantize(256, method=Image.Quantize.FASTOCTREE))
    yield Kind("PNG with a palette and transparency", "d.png", palette, seen, levels=12)
    yield Kind("WebP with alpha", "e.webp", encoded(image, "WEBP", lossless=True, exact=True), seen)
    yield Kind("AVIF with alpha", "f.avif", encoded(image, "AVIF", quality=95), seen)
    yield Kind("HEIC with alpha", "g.heic", encoded(image, "HEIF", quality=95), seen)
    about = "HEIC and AVIF of 10 bits with alpha"
    yield Kind(about, "k.heic", heif(deep, "RGBA;16"), seen)
    yield Kind(about, "k.avif", avif10(deep[..., :3], deep[..., 3]), seen)
    hard = np.where(alpha < 255, np.uint8(0), alpha)
    gif = encoded(np.dstack([pixels, hard]), "GIF")
    yield Kind("GIF with transparency", "l.gif", gif, on_white(pixels, hard), levels=6)
    other = Image.fromarray(np.ascontiguousarray(rgba[::-1]))
    moving = encoded(image, "WEBP", save_all=True, append_images=[other], lossless=True, exact=True)
    yield Kind("animated WebP with alpha", "m.webp", moving, seen)
    unnamed = np.dstack([pixels, np.zeros_like(alpha)])
    yield Kind("TIFF with a fourth channel that is no alpha", "n.tif", tiff(unnamed, RGB, (338, 3, [0])), pixels)
    yield Kind("TIFF with alpha", "h.tif", tiff(rgba, RGB, (338, 3, [2])), seen)
    multiplied = np.dstack([(pixels * (alpha[..., np.newaxis] / 255)).round().astype(np.uint8), alpha])
    yield Kind("TIFF with alpha, colours multiplied by it", "i.tif", tiff(multiplied, RGB, (338, 3, [1])), seen)
    bgra = np.dstack([pixels[::-1, :, ::-1], np.zeros((height, width), np.uint8)]).tobytes()
    head = struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, 3, len(bgra), 2835, 2835, 0, 0)
    head += struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    bmp = b"BM" + struct.pack("<IHHI", 122 + len(bgra), 0, 0, 122) + head + bgra
    yield Kind("BMP whose alpha is zero all over", "j.bmp", bmp, pixels)


def _turned(pixels: np.ndarray) -> Iterator[Kind]:
    for orientation in (2, 3, 4, 5, 6, 7, 8):
        yield Kind("JPEG turned by EXIF 2 to 8", f"a-{orientation}.jpg", turned(pixels, orientation, "JPEG"), pixels)
    for format in ("PNG", "WEBP", "HEIF", "AVIF", "TIFF"):
        for orientation in (5, 6, 7, 8):
            about = "PNG, WebP, HEIC, AVIF, TIFF turned by EXIF 5 to 8"
            yield Kind(about, f"b-{orientation}.{format.lower()}", turned(pixels, orientation, format), pixels)


def _several(pixels: np.ndarray) -> Iterator[Kind]:
    image, small = Image.fromarray(pixels), Image.fromarray(pixels[::4, ::4])
    other = Image.fromarray(np.ascontiguousarray(pixels[::-1]))
    several = encoded(image, "MPO", save_all=True, append_images=[small], quality=95, subsampling=0)
    yield Kind("MPO: two JPEGs, as cameras and HDR telephones write them", "a.jpg", several, pixels)
    yield Kind("APNG", "b.png", encoded(image, "PNG", save_all=True, append_images=[other]), pixels)
    black = [Image.fromarray(pixels // divisor) for divisor in (255, 255, 1)]
    fading = encoded(black[0], "WEBP", save_all=True, append_images=black[1:], lossless=True, duration=80)
    yield Kind("animation that fades in from black, WebP", "c.webp", fading, pixels)
    yield Kind(
        "animated AVIF that begins black",
        "i.avif",
        encoded(black[0], "AVIF", save_all=True, append_images=black[2:], quality=95),
        pixels,
    )
    yield Kind("HEIC whose first picture is not its main one", "j.heic", second_of_two(small, image), pixels)
    yield Kind("TIFF of several pages", "d.tif", encoded(image, "TIFF", save_all=True, append_images=[other]), pixels)
    thumbnail = encoded(small, "TIFF", save_all=True, append_images=[image], tiffinfo={254: 1})
    yield Kind("TIFF that begins with a thumbnail", "e.tif", thumbnail, pixels)
    large = np.asarray(image.resize((800, round(800 * pixels.shape[0] / pixels.shape[1]))))
    preview = encoded(large, "JPEG", quality=95)
    raw = raw_file((large.shape[1], large.shape[0], 6, 6, preview), SENSOR)
    yield Kind("raw file (NEF, DNG) with a large preview", "f.nef", raw, pixels, "warned", levels=4)
    behind = raw_file((large.shape[1], large.shape[0], 6, 6, preview), first_jpeg=SENSOR)
    yield Kind("raw file that begins with the sensor's pixels", "h.dng", behind, pixels, "warned", levels=4)
    tiny = raw_file((160, 120, 6, 6, encoded(image.resize((160, 120)), "JPEG")), SENSOR)
    yield Kind("raw file with a small preview alone", "g.dng", tiny, pixels, "refused")


def _damaged(pixels: np.ndarray) -> Iterator[Kind]:
    image = Image.fromarray(pixels)
    jpeg = encoded(image, "JPEG", quality=95, subsampling=0, restart_marker_rows=1)
    yield Kind("JPEG without its last two bytes", "a.jpg", jpeg[:-2], pixels)
    yield Kind("cut JPEG", "b.jpg", jpeg[: len(jpeg) * 2 // 3], pixels, "warned", share=0.5)
    scale = -(-1200 // image.width)  # so large that what is damaged is a small part of it
    larger = image.resize((scale * image.width, scale * image.height), Image.Resampling.BICUBIC)
    plain = encoded(larger, "JPEG", quality=95)
    middle, hole = len(plain) * 2 // 3, 8192
    holed = plain[:middle] + bytes(hole) + plain[middle + hole :]
    yield Kind("JPEG with a hole of zeros", "m.jpg", holed, pixels, "warned", levels=4, share=0.4)
    for blank in (b"\0", b"\xff"):
        about = "JPEG whose rest is zeros, or ones as on memory cards"
        filled = plain[:middle].ljust(len(plain), blank)
        yield Kind(about, f"q-{blank[0]}.jpg", filled, pixels, "warned", levels=4, share=0.4)
    for format, name in (("WEBP", "webp"), ("AVIF", "avif"), ("HEIF", "heic")):
        data = encoded(larger, format, quality=95)
        filled = data[: len(data) * 2 // 3].ljust(len(data), b"\0")
        yield Kind("WebP, AVIF, HEIC whose rest is zeros", f"r.{name}", filled, pixels, "warned", levels=ANY)
    as_text = plain.replace(b"\n", b"\r\n")
    yield Kind("JPEG sent by FTP as a text", "o.jpg", as_text, pixels, "warned", levels=ANY)
    whole = encoded(image)
    yield Kind("PNG sent by FTP as a text", "p.png", whole.replace(b"\n", b"\r\n"), pixels, "refused")
    cut = len(whole) * 2 // 3
    yield Kind("PNG without its end", "c.png", whole[: whole.rindex(b"IEND") - 4], pixels)
    yield Kind("cut PNG", "d.png", whole[:cut], pixels, "warned", share=0.5)
    yield Kind("PNG whose rest is zeros", "e.png", whole[:cut].ljust(len(whole), b"\0"), pixels, "warned", share=0.5)
    flipped = whole[:cut] + bytes([whole[cut] ^ 0xFF]) + whole[cut + 1 :]
    yield Kind("PNG with a wrong byte", "f.png", flipped, pixels, "warned", share=0.5)
    extra = png_of(pixels, 2, (b"pHYs", bytes(9)))
    place = extra.index(b"pHYs") + 13
    extra = extra[:place] + bytes([extra[place] ^ 1]) + extra[place + 1 :]
    yield Kind("PNG with a damaged chunk that no pixel needs", "g.png", extra, pixels)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("a", "x" * 3_000_000)
    yield Kind("PNG with 3 MB of text", "h.png", encoded(image, pnginfo=texts), pixels)
    icc = profile(SRGB, 2.2, b"\xff\xda\0\x0c" * 200_000)
    yield Kind(
        "JPEG with a profile of 800 kB", "i.jpg", encoded(image, "JPEG", quality=95, icc_profile=icc), pixels, levels=3
    )
    rows = tiff(pixels, RGB)
    head = encoded(image, "TIFF")
    yield Kind("cut TIFF, uncompressed", "j.tif", head[: len(head) * 2 // 3], pixels, "warned", share=0.5)
    yield Kind("cut TIFF whose directory is at its end", "k.tif", rows[: len(rows) // 2], pixels, "refused")
    for format, name in (("WEBP", "webp"), ("AVIF", "avif"), ("HEIF", "heic")):
        data = encoded(image, format)
        yield Kind("cut WebP, AVIF, HEIC", f"l.{name}", data[: len(data) // 2], pixels, "refused")


def _refused(pixels: np.ndarray) -> Iterator[Kind]:
    plain = encoded(Image.fromarray(pixels), "JPEG")
    for about, name, data in (
        ("an empty file", "a.jpg", b""),
        ("a text called .jpg", "b.jpg", b"This is no cat, this is a text."),
        ("a page of the web called .jpg", "c.jpg", b"<!DOCTYPE html><html></html>"),
        ("SVG", "d.svg", b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
        ("PDF", "e.pdf", b"%PDF-1.4\n%%EOF"),
        ("a video", "f.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64)),
        ("JPEG XL", "g.jxl", b"\xff\x0a" + bytes(64)),
        ("JPEG 2000", "h.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(64)),
        ("Photoshop's PSD", "i.psd", b"8BPS\0\1" + bytes(64)),
        ("the head of a JPEG alone", "j.jpg", plain[:100]),
        ("JPEG packed by gzip", "k.jpg", gzip.compress(plain)),
        ("JPEG written as text (base64)", "l.jpg", b"data:image/jpeg;base64," + base64.b64encode(plain)),
        ("ZIP called .jpg", "m.jpg", b"PK\3\4" + bytes(64)),
        ("what Git LFS leaves in place of a photo", "n.jpg", b"version https://git-lfs.github.com/spec/v1\noid"),
        ("what macOS keeps beside a photo (AppleDouble)", "o.jpg", b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(64)),
        ("icon, TGA, PPM", "p.ico", encoded(Image.fromarray(pixels), "ICO")),
        ("icon, TGA, PPM", "p.tga", encoded(Image.fromarray(pixels), "TGA")),
        ("icon, TGA, PPM", "p.ppm", encoded(Image.fromarray(pixels), "PPM")),
        ("PNG of an iPhone's program (CgBI)", "q.png", of_iphone_program(pixels)),
    ):
        yield Kind(about, name, data, pixels, "refused")


def large(pixels: np.ndarray) -> Iterator[Kind]:
    """Photos as large as cameras and telephones make them."""
    _register_heif()
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    for about, (width, height), format, options in (
        ("24.5 MP JPEG of an iPhone 15", (5712, 4284), "JPEG", {"quality": 80}),
        ("the same, turned by EXIF", (4284, 5712), "JPEG", {"quality": 80, "exif": exif}),
        ("48 MP JPEG", (8064, 6048), "JPEG", {"quality": 80}),
        ("12 MP HEIC of an iPhone", (4032, 3024), "HEIF", {"quality": 40}),
        ("48 MP HEIC of an iPhone 15 Pro", (8064, 6048), "HEIF", {"quality": 40, "enc_params": QUICK}),
        ("100 MP JPEG", (11_547, 8660), "JPEG", {"quality": 75}),
        ("100 MP progressive JPEG", (11_547, 8660), "JPEG", {"quality": 75, "progressive": True}),
        ("100 MP PNG", (11_547, 8660), "PNG", {"compress_level": 1}),
    ):  # fmt: skip
        image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
        picture = np.asarray(image.reduce(8))
        if "exif" in options:
            picture = np.rot90(picture, -1)
        suffix = {"HEIF": "heic"}.get(format, format.lower())
        yield Kind(about, f"large.{suffix}", encoded(image, format, **options), np.ascontiguousarray(picture), levels=6)
    image = Image.fromarray(pixels).resize((8064, 6048), Image.Resampling.BICUBIC)
    deep = heif(np.asarray(image).astype(np.uint16) * 257, "RGB;16", enc_params=QUICK)
    yield Kind("48 MP HEIC of 10 bits", "large.heic", deep, np.asarray(image.reduce(8)), levels=6)
    for about, (width, height), format, options in (
        ("200 MP JPEG of a Samsung", (16_320, 12_240), "JPEG", {"quality": 70}),
        ("250 MP JPEG", (18_240, 13_680), "JPEG", {"quality": 70}),
        ("250 MP PNG", (18_240, 13_680), "PNG", {"compress_level": 3}),
    ):
        image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
        data, picture = encoded(image, format, **options), np.asarray(image.reduce(8))
        yield Kind(about, f"large.{format.lower()}", data, picture, "refused", levels=6, is_for_the_command_line=True)
