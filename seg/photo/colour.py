"""A picture's colours as sRGB, by its ICC profile, or by the code points with which HDR pictures name their space.

Colours are converted a band of rows at a time: a copy of a picture of 100 million pixels takes 400 MB.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import ExifTags, Image, ImageCms

from seg.images import srgb_profile
from seg.photo.boxes import colour_code
from seg.photo.png import Primaries

# Takes a band of a picture, in the picture's mode, to RGB.
Conversion = Callable[[Image.Image], Image.Image]

# Which mode of Pillow has the numbers of which space of ICC.
MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}
MOST_PROFILE_BYTES = 16 * 2**20
# As most programs convert photos: white stays white, black stays black.
INTENT, FLAGS = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION

# Linear RGB of other primaries as linear RGB of sRGB's, both with white at D65 (ITU-R BT.2087, SMPTE EG 432-1).
BT2020 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
P3 = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0983]], np.float32)
ADOBE = np.array([[1.3984, -0.3984, 0.0], [0.0, 1.0, 0.0], [0.0, -0.0429, 1.0429]], np.float32)
# The x and y of white, red, green and blue (CIE 1931): IEC 61966-2-1.
SRGB_POINTS = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
# XYZ as the eye's cones see it, in which white is made another (Bradford's; ICC.1:2022, annex E).
CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
LARGEST_OF_MATRIX = 20  # more is nonsense: between sRGB and the widest spaces no number is above 3
# Code points of ITU-T H.273.
PRIMARIES = {9: BT2020, 12: P3}
PQ, HLG, GAMMA_22, LINEAR = 16, 18, 4, 8
WHITE_NITS = 203  # what HDR shows where SDR shows white (ITU-R BT.2408)
HLG_NITS = 1000  # of the screen that HLG is made for
BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
KNEE = 0.75  # linear light above which HDR's highlights are pressed together


def to_srgb(image: Image.Image, data: bytes = b"") -> Conversion | None:
    """What makes the picture's bands sRGB; None where its numbers are sRGB already, or nobody says what they are.

    ``data``: the encoded file, where HEIC and AVIF name their space. A profile that is damaged, or does not go with the
    picture's mode, is ignored, as browsers do.
    """
    profile = image.info.get("icc_profile")
    if profile and len(profile) <= MOST_PROFILE_BYTES:
        return _by_profile(profile, _mode(image))
    if image.mode == "LAB":
        return _by_profile(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(), "LAB")
    if "primaries" in image.info and "cicp" not in image.info:
        return _by_primaries(image.info["primaries"])
    if _mode(image) != "RGB":
        return None
    code = image.info.get("cicp") or (colour_code(data) if image.format in ("AVIF", "HEIF") else None)
    if code:
        return _by_code(*code)
    return _by_matrix(ADOBE, _power(2.2)) if _is_adobe_rgb(image) else None


def _mode(image: Image.Image) -> str:
    """The mode in which a picture's bands are converted."""
    if image.mode in ("CMYK", "LAB"):
        return image.mode
    return "L" if image.mode in ("1", "L", "LA", "I", "La") or image.mode.startswith("I;16") else "RGB"


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))


def _by_profile(profile: bytes, mode: str) -> Conversion | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if MODES.get(source.profile.xcolor_space) != mode:
            return None
        transform = ImageCms.buildTransform(source, _srgb(), mode, "RGB", INTENT, FLAGS)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None

    def convert(band: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(band if band.mode == mode else band.convert(mode), transform)
        assert converted is not None  # it would be None if the band were changed in its place
        return converted

    return None if mode == "RGB" and _changes_nothing(convert) else convert


def _changes_nothing(convert: Conversion) -> bool:
    """Whether a conversion of RGB leaves all colours as they are: most profiles in photos are sRGB's."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)  # 18 of them
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(18, -1, 3)
    converted = np.asarray(convert(Image.fromarray(colours)))
    return bool(np.abs(converted.astype(int) - colours).max() <= 2)


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Whether a camera says in EXIF, without a profile, that it took the photo in Adobe RGB (DCF 2.0)."""
    try:
        return image.getexif().get_ifd(ExifTags.IFD.Interop).get(1) in ("R03", b"R03")
    except Exception:  # damaged EXIF makes Pillow raise nearly anything
        return False


def _by_code(primaries: int, transfer: int) -> Conversion | None:
    matrix = PRIMARIES.get(primaries)
    if transfer == PQ:
        return _by_matrix(matrix, _pq(), is_hdr=True)
    if transfer == HLG:
        return _by_matrix(matrix, _hlg(), is_hdr=True, is_scene=True)
    if transfer == LINEAR:
        return _by_matrix(matrix, _power(1.0))
    if transfer == GAMMA_22:
        return _by_matrix(matrix, _power(2.2))
    return None if matrix is None else _by_matrix(matrix, _srgb_light())


def _by_primaries(primaries: Primaries) -> Conversion | None:
    """The conversion of a PNG that names its space by gamma and primaries alone; None where they are sRGB's."""
    is_srgb_light = abs(primaries.gamma - 2.2) < 0.05
    matrix = _matrix_of(primaries.points) if primaries.points else None
    if matrix is not None and np.abs(matrix - np.eye(3)).max() < 0.01:
        matrix = None
    if is_srgb_light and matrix is None:
        return None
    return _by_matrix(matrix, _srgb_light() if is_srgb_light else _power(primaries.gamma))


def _matrix_of(points: tuple[float, ...]) -> np.ndarray | None:
    """Linear RGB of these primaries as that of sRGB's, float32 ``(3, 3)``; None for points that no screen has."""
    try:
        with np.errstate(all="raise"):
            white, to_xyz = _white_and_xyz(points)
            srgb_white, srgb_to_xyz = _white_and_xyz(SRGB_POINTS)
            adapted = np.linalg.inv(CONES) @ np.diag((CONES @ srgb_white) / (CONES @ white)) @ CONES
            matrix = np.linalg.inv(srgb_to_xyz) @ adapted @ to_xyz
    except (np.linalg.LinAlgError, ArithmeticError):
        return None
    return matrix.astype(np.float32) if np.abs(matrix).max() <= LARGEST_OF_MATRIX else None


def _white_and_xyz(points: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """XYZ of white, ``(3,)``, and the matrix ``(3, 3)`` from linear RGB to XYZ (SMPTE RP 177)."""
    x, y = np.array(points).reshape(4, 2).T
    white, *colours = np.stack([x / y, np.ones(4), (1 - x - y) / y], axis=1)
    columns = np.stack(colours, axis=1)
    return white, columns * np.linalg.solve(columns, white)


def _by_matrix(
    matrix: np.ndarray | None, light: np.ndarray, is_hdr: bool = False, is_scene: bool = False
) -> Conversion:
    """A conversion by linear light: ``light`` is that of each value of 0 to 255, 1 being white.

    ``is_hdr``: highlights above white are pressed together instead of cut off. ``is_scene``: ``light`` is that of the
    scene, and the screen adds its contrast (ITU-R BT.2100, HLG).
    """

    def convert(band: Image.Image) -> Image.Image:
        linear = light[np.asarray(band if band.mode == "RGB" else band.convert("RGB"))]
        if is_scene:
            luminance = linear @ BT2020_LUMINANCE
            linear *= (luminance**0.2)[..., np.newaxis] * np.float32(HLG_NITS / WHITE_NITS)
        if matrix is not None:
            linear = linear @ matrix.T
        if is_hdr:
            over = (linear - KNEE).clip(0)
            linear = np.minimum(linear, KNEE) + (1 - KNEE) * (1 - np.exp(-over / (1 - KNEE)))
        return Image.fromarray(_srgb_values()[(linear.clip(0, 1) * 65_535).round().astype(np.uint16)])

    return convert


def _values() -> np.ndarray:
    return np.linspace(0, 1, 256)


def _power(gamma: float) -> np.ndarray:
    return (_values() ** gamma).astype(np.float32)


def _srgb_light() -> np.ndarray:
    """IEC 61966-2-1."""
    x = _values()
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _srgb_values() -> np.ndarray:
    """The sRGB value, uint8, of each linear light of 0 to 65,535."""
    x = np.linspace(0, 1, 65_536)
    return (255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)).round().astype(np.uint8)


def _pq() -> np.ndarray:
    """SMPTE ST 2084, with diffuse white at 1."""
    x = _values() ** (1 / 78.84375)
    light = ((x - 0.8359375).clip(0) / (18.8515625 - 18.6875 * x)) ** (1 / 0.1593017578125)
    return (light * 10_000 / WHITE_NITS).astype(np.float32)


def _hlg() -> np.ndarray:
    """The light of the scene in [0, 1] (ITU-R BT.2100)."""
    x = _values()
    return np.where(x <= 0.5, x**2 / 3, (np.exp((x - 0.55991073) / 0.17883277) + 0.28466892) / 12).astype(np.float32)
