"""What is varied while training: crops, mirror images, colours, quality; other pictures are mixed in by mixing.py."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

# An augmented crop is cut from a picture this much larger than the network's, so that it stays sharp.
CROP_MARGIN = 1.25
BLUR_RADII = (0.5, 2.0)  # pixels of the picture that the crop is cut from
JPEG_QUALITIES = (25, 75)  # Pillow's; its default is 75


@dataclass(frozen=True)
class Augmentation:
    """How far each property is varied at most, or how often; zero (``min_area``: one) leaves it as it is.

    ``min_area``: smallest crop as a share of the photo. ``aspect``: crops are stretched by up to this factor, minus
    one. ``brightness``, ``contrast``, ``saturation``: relative. ``hue``: share of the colour circle.

    ``no_pet`` and ``far`` take effect only where there are photos without a pet: ``no_pet`` is the share of examples
    that show such a photo instead of their pet, ``far`` the share whose pet is pasted small into one. ``far_sides``:
    smallest and largest side of the pasted picture, as a share of the other's. ``covered``: share of the photos without
    a pet that are laid over the pet of an example, in its shape.

    ``cutmix``: share of examples in which a rectangle shows another example; half of it is the share of photos without
    a pet in which a rectangle shows another one. ``cutmix_areas``: smallest and largest area of the rectangle, as a
    share of the picture. ``mosaic``: share of pictures that show four examples, one in each quarter.

    ``grey``, ``blur``, ``jpeg``: shares of examples without colour, out of focus, and with the artefacts of a strongly
    compressed JPEG.

    >>> from seg.data.augmentation import Augmentation
    >>> Augmentation().is_none, Augmentation(mirror=True, brightness=0.2).is_none
    (True, False)
    """

    mirror: bool = False
    min_area: float = 1.0
    aspect: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    no_pet: float = 0.0
    far: float = 0.0
    far_sides: tuple[float, float] = (0.2, 0.8)
    covered: float = 0.0
    cutmix: float = 0.0
    cutmix_areas: tuple[float, float] = (0.1, 0.5)
    mosaic: float = 0.0
    grey: float = 0.0
    blur: float = 0.0
    jpeg: float = 0.0

    @property
    def is_none(self) -> bool:
        """Whether nothing is varied."""
        return self == Augmentation()


def lower_quality(image: np.ndarray, augmentation: Augmentation, random: np.random.Generator) -> np.ndarray:
    """An image, uint8 ``(H, W, 3)``, perhaps without colour, out of focus, or strongly compressed.

    >>> import numpy as np
    >>> from seg.data.augmentation import Augmentation, lower_quality
    >>> image = np.full((8, 8, 3), (200, 100, 0), np.uint8)
    >>> always_grey = Augmentation(grey=1.0)
    >>> lower_quality(image, always_grey, np.random.default_rng(0))[0, 0].tolist()  # the luminance of orange
    [118, 118, 118]
    """
    if not (augmentation.grey or augmentation.blur or augmentation.jpeg):
        return image
    grey, blur, jpeg, radius, quality = random.random(5)
    picture = Image.fromarray(image)
    if grey < augmentation.grey:
        picture = picture.convert("L").convert("RGB")
    if blur < augmentation.blur:
        least, most = BLUR_RADII
        picture = picture.filter(ImageFilter.GaussianBlur(float(least + (most - least) * radius)))
    if jpeg < augmentation.jpeg:
        lowest, highest = JPEG_QUALITIES
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=round(lowest + (highest - lowest) * quality))
        picture = Image.open(buffer)
    return np.asarray(picture)


def crop_and_colour(image, labels, size: int, augmentation: Augmentation, seed):
    """Tensors of one example, cut out, mirrored and recoloured as the seed, int64 ``(2,)``, has it.

    Image float32 ``(S, S, 3)`` and labels uint8 ``(S, S)`` become ``(size, size, 3)`` in [0, 255] and ``(size, size)``.
    Both are cut by the same box, the labels by nearest neighbour.

    >>> import tensorflow as tf
    >>> from seg.data.augmentation import Augmentation, crop_and_colour
    >>> image, labels = tf.fill((100, 100, 3), 128.0), tf.ones((100, 100), tf.uint8)
    >>> crop = lambda seed: crop_and_colour(image, labels, 64, Augmentation(brightness=0.3), tf.constant([seed, 0]))
    >>> tuple(crop(1)[0].shape), tuple(crop(1)[1].shape)
    ((64, 64, 3), (64, 64))
    >>> bool((crop(1)[0] == crop(1)[0]).numpy().all()), bool((crop(1)[0] == crop(2)[0]).numpy().all())
    (True, False)
    """
    import tensorflow as tf

    area, stretch, top, left, mirror, brightness, contrast = tf.unstack(tf.random.stateless_uniform((7,), seed))
    box = _crop_box(augmentation, area, stretch, top, left, mirror)
    image = tf.image.crop_and_resize(image[tf.newaxis], box, [0], (size, size))[0]
    labels = tf.cast(labels, tf.float32)[tf.newaxis, ..., tf.newaxis]
    labels = tf.cast(tf.image.crop_and_resize(labels, box, [0], (size, size), method="nearest")[0, ..., 0], tf.uint8)

    image = image * (1 + augmentation.brightness * (2 * brightness - 1))
    mean = tf.reduce_mean(image)
    image = mean + (image - mean) * (1 + augmentation.contrast * (2 * contrast - 1))
    if augmentation.saturation or augmentation.hue:
        image = tf.clip_by_value(image / 255, 0, 1)
        saturation, hue = tf.unstack(tf.random.stateless_uniform((2,), seed + 1, -1, 1))
        luminance = tf.image.rgb_to_grayscale(image)
        image = luminance + (image - luminance) * (1 + augmentation.saturation * saturation)
        image = tf.image.adjust_hue(tf.clip_by_value(image, 0, 1), augmentation.hue * hue) * 255
    return tf.clip_by_value(image, 0, 255), labels


def _crop_box(augmentation: Augmentation, area, stretch, top, left, mirror):
    """A box for ``crop_and_resize``, float32 ``(1, 4)``: top, left, bottom, right as shares of the picture.

    The other arguments are random tensors, float32 ``()`` in [0, 1). Left and right change places for a mirror image.
    """
    import tensorflow as tf

    area = augmentation.min_area + (1 - augmentation.min_area) * area
    stretch = tf.sqrt((1 + augmentation.aspect) ** (2 * stretch - 1))
    height, width = tf.minimum(tf.sqrt(area) * stretch, 1.0), tf.minimum(tf.sqrt(area) / stretch, 1.0)
    top, left = top * (1 - height), left * (1 - width)
    right = left + width
    if augmentation.mirror:
        is_mirrored = mirror < 0.5
        left, right = tf.where(is_mirrored, right, left), tf.where(is_mirrored, left, right)
    box = tf.stack([top, left, top + height, right])[tf.newaxis]
    # Slightly smaller: where rounding puts the box outside the image, the pixels become black and their label 0.
    return 0.5 + (box - 0.5) * (1 - 1e-5)
