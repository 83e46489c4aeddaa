"""Colours of any space come out as sRGB's."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from seg.images import srgb_profile
from seg.photo import read_photo
from seg.photo.boxes import colour_code
from seg.photo.colour import _by_code
from tests.encoded import encoded, png

# Primaries as XYZ at D50, a row each.
SRGB = np.array([[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]])
P3 = np.array([[0.51512, 0.24120, -0.00105], [0.29198, 0.69225, 0.04189], [0.15710, 0.06657, 0.78407]])
ADOBE = np.array([[0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457]])


def fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65_536))


def profile(primaries: np.ndarray, gamma: float, more: bytes = b"") -> bytes:
    """An ICC profile of version 2 for a screen; ``more`` is a tag that nobody knows."""

    def xyz(row) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, row))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    about = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78 + 1)
    tags = {b"desc": about, b"cprt": b"text\0\0\0\0none\0\0\0\0", b"wtpt": xyz((0.9642, 1.0, 0.8249))}
    tags |= {b"rXYZ": xyz(primaries[0]), b"gXYZ": xyz(primaries[1]), b"bXYZ": xyz(primaries[2])}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve} | ({b"junk": more} if more else {})
    place, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for key, value in tags.items():
        table += key + struct.pack(">II", place + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = (
        struct.pack(">I", place + len(body)) + b"none\x02\x40\0\0mntrRGB XYZ " + struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    )
    head += b"acsp" + bytes(28) + fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return head.ljust(128, b"\0") + table + body


def a_picture() -> np.ndarray:
    """Muted colours, which every space has."""
    rows, columns = np.indices((48, 64))
    return np.dstack([90 + rows * 2, 80 + columns, 160 - rows - columns]).astype(np.uint8)


def light(values: np.ndarray) -> np.ndarray:
    x = values / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def numbers(primaries: np.ndarray, gamma: float) -> np.ndarray:
    """The numbers that stand for the picture's colours in a space."""
    linear = (light(a_picture().astype(float)) @ SRGB @ np.linalg.inv(primaries)).clip(0, 1)
    return (255 * linear ** (1 / gamma)).round().astype(np.uint8)


def difference(photo) -> float:
    return float(np.abs(photo.pixels.astype(int) - a_picture()).mean())


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF", "HEIF"])
@pytest.mark.parametrize(("primaries", "gamma"), [(P3, 2.2), (ADOBE, 2.2), (SRGB, 1.8)], ids=["p3", "adobe", "gamma"])
def test_a_profile_of_any_file_is_applied(format, primaries, gamma):
    if format == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    data = encoded(
        numbers(primaries, gamma),
        format,
        icc_profile=profile(primaries, gamma),
        **options.get(format, {"quality": 95} if format == "HEIF" else {}),
    )
    without = encoded(numbers(primaries, gamma))
    assert difference(read_photo(data)) < 1.5 < difference(read_photo(without))
    assert difference(read_photo(Image.open(io.BytesIO(data)))) < 1.5


def test_a_profile_of_megabytes_is_applied_though_its_bytes_look_like_scans():
    large = profile(ADOBE, 2.2, b"\xff\xda\0\x0c" * 500_000)
    for format in ("PNG", "JPEG"):
        data = encoded(numbers(ADOBE, 2.2), format, icc_profile=large, **({"quality": 97} if format == "JPEG" else {}))
        assert difference(read_photo(data)) < 2, format


@pytest.mark.parametrize("broken", [b"no profile", profile(P3, 2.2)[:200], bytes(300)], ids=["text", "cut", "zeros"])
def test_a_profile_that_is_broken_is_ignored(broken):
    assert np.array_equal(read_photo(encoded(a_picture(), icc_profile=broken)).pixels, a_picture())


def test_a_profile_that_does_not_go_with_the_pictures_mode_is_ignored():
    grey = Image.fromarray(a_picture()).convert("L")
    assert np.array_equal(read_photo(encoded(grey, icc_profile=profile(P3, 2.2))).pixels[..., 0], np.asarray(grey))


def test_srgbs_profile_changes_no_number():
    assert np.array_equal(read_photo(encoded(a_picture(), icc_profile=srgb_profile())).pixels, a_picture())
    assert srgb_profile()[36:40] == b"acsp"
    ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))


def test_transparency_stays_where_a_profile_is_applied():
    rgba = np.dstack([numbers(ADOBE, 2.2), np.where(np.indices((48, 64))[1] < 32, 255, 0).astype(np.uint8)])
    photo = read_photo(encoded(rgba, icc_profile=profile(ADOBE, 2.2)))
    assert np.abs(photo.pixels[:, :32].astype(int) - a_picture()[:, :32]).mean() < 1.5
    assert (photo.pixels[:, 32:] == 255).all()
    assert (photo.alpha[:, :32] == 255).all() and not photo.alpha[:, 32:].any()


def test_lab_becomes_rgb():
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(Image.fromarray(a_picture()), to_lab)
    assert difference(read_photo(encoded(lab, "TIFF"))) < 2


def test_adobe_rgb_that_only_exif_names_is_applied():
    exif = Image.Exif()
    exif[0x8769] = {0xA001: 65_535, 0xA005: {1: "R03"}}
    assert difference(read_photo(encoded(numbers(ADOBE, 2.2), "PNG", exif=exif))) < 1.5


def coded(values: np.ndarray, primaries: int, transfer: int, format: str) -> bytes:
    if format == "PNG":
        rows = b"".join(b"\0" + row.tobytes() for row in values)
        return png(values.shape[1], values.shape[0], 8, 2, rows, (b"cICP", bytes([primaries, transfer, 0, 1])))
    data = bytearray(encoded(values, "AVIF", quality=100))
    place = data.index(b"nclx") + 4
    data[place : place + 4] = struct.pack(">HH", primaries, transfer)
    return bytes(data)


def pq(nits: float) -> int:
    x = (nits / 10_000) ** 0.1593017578125
    return round(255 * ((0.8359375 + 18.8515625 * x) / (1 + 18.6875 * x)) ** 78.84375)


@pytest.mark.parametrize("format", ["PNG", "AVIF"])
def test_hdr_looks_as_it_should(format):
    """Half of diffuse white is half of white's light, highlights above it are white and not cut off at once."""
    for transfer, values in ((16, [pq(203 * 0.18), pq(203 * 0.5), pq(1000), pq(4000)]), (18, [111, 161, 215, 240])):
        picture = np.array(values, np.uint8).repeat(16)[np.newaxis, :, np.newaxis].repeat(16, axis=0).repeat(3, axis=2)
        grey, half, bright, brightest = read_photo(coded(picture, 9, transfer, format)).pixels[8, 8::16].mean(axis=1)
        assert 108 < grey < 130 and 178 < half < 196, (transfer, grey, half)
        assert 245 < bright <= brightest <= 255


@pytest.mark.parametrize("format", ["PNG", "AVIF"])
def test_p3_that_is_named_by_numbers_is_applied(format):
    linear = light(a_picture().astype(float)) @ SRGB @ np.linalg.inv(P3)
    values = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clip(0) ** (1 / 2.4) - 0.055)
    photo = read_photo(coded(values.clip(0, 255).round().astype(np.uint8), 12, 13, format))
    assert difference(photo) < 2
    assert colour_code(coded(a_picture(), 12, 13, "AVIF")) == (12, 13)


def test_white_stays_white_and_grey_grey_in_every_space():
    grey = Image.fromarray(np.arange(256, dtype=np.uint8)[np.newaxis, :, np.newaxis].repeat(3, axis=2))
    for primaries, transfer in ((9, 16), (9, 18), (12, 13), (9, 13), (1, 4), (1, 8)):
        converted = np.asarray(_by_code(primaries, transfer)(grey)).astype(int)
        assert np.ptp(converted, axis=2).max() <= 1, (primaries, transfer)
        assert converted[0, 255].min() >= 254 and converted[0, 0].max() == 0


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x08ftyp", b"\0\0\0\x01meta" + bytes(8), b"\xff\xff\xff\xffmeta\0\0"])
def test_boxes_that_are_damaged_name_no_space(data):
    assert colour_code(data) is None
