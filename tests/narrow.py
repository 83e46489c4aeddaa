"""The article's network with a thirty-second of its filters, tiny recipes and tiny pets: trained in seconds.

The number of filters alone differs from the real network: layers, names, taps and all code around them are the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.data.augmentation import Augmentation
from seg.training.recipe import Phase, Recipe
from tests.conftest import picture_and_trimap

NARROWER = 32
# By the hash of their names, three of these are validation photos: Abyssinian_16, beagle_5 and pug_1.
TRAINVAL = (
    "Abyssinian_1",
    "Abyssinian_2",
    "Abyssinian_16",
    "Bengal_7",
    "beagle_3",
    "beagle_5",
    "pug_1",
    "pug_9",
    "samoyed_8",
)
TEST = ("Abyssinian_3", "beagle_12", "samoyed_4")
VALIDATION = ("Abyssinian_16", "beagle_5", "pug_1")


class NarrowLayers:
    """``keras.layers`` whose convolutions have a thirty-second of the filters asked for."""

    def __getattr__(self, name: str):
        import keras

        return getattr(keras.layers, name)

    def Conv2D(self, filters: int, *arguments, **settings):
        import keras

        return keras.layers.Conv2D(filters // NARROWER, *arguments, **settings)

    def Conv2DTranspose(self, filters: int, *arguments, **settings):
        import keras

        classes = settings["name"] == "classifier"
        return keras.layers.Conv2DTranspose(filters if classes else filters // NARROWER, *arguments, **settings)


@contextmanager
def narrow_network() -> Iterator[None]:
    """Within the block every network that is built is narrow."""
    from seg.network import fcn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcn, "layers", NarrowLayers())
        yield


def tiny_phase(**settings) -> Phase:
    return Phase(**{"epochs": 1, "size": 32, "batch": 2, **settings})


def tiny_recipe(*phases: Phase, **settings) -> Recipe:
    """A recipe for the narrow network, which has no ImageNet weights."""
    return Recipe(
        "tiny",
        phases or (tiny_phase(),),
        **{"encoder": "none", "precision": "float32", "split_scheme": "official", **settings},
    )


EVERYTHING = {
    "frozen_blocks": 2,
    "encoder_learning_rate": 1e-3,
    "schedule": "cosine",
    "augmentation": Augmentation(mirror=True, min_area=0.5, aspect=0.2, brightness=0.2, hue=0.02),
}


def write_pets(root: Path) -> Path:
    """Twelve tiny pets in the official layout: six to train, three to validate, three to test."""
    (root / "images").mkdir(parents=True)
    (root / "annotations" / "trimaps").mkdir(parents=True)
    for seed, name in enumerate(TRAINVAL + TEST):
        picture, trimap = picture_and_trimap((24, 32) if seed % 2 else (40, 30), seed)
        Image.fromarray(picture).save(root / "images" / f"{name}.jpg", quality=95)
        Image.fromarray(trimap).save(root / "annotations" / "trimaps" / f"{name}.png")
    for part, names in (("trainval", TRAINVAL), ("test", TEST)):
        (root / "annotations" / f"{part}.txt").write_text("".join(f"{name} 1 1 1\n" for name in names))
    return root


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that can import the project and these helpers."""
    home = str(Path(__file__).resolve().parents[1])
    return os.environ | {"PYTHONPATH": home, **more}


def narrow_tensors(seed: int = 3) -> dict[str, np.ndarray]:
    """Random weights of a narrow network, by the names of weight files; needs no TensorFlow."""
    from seg.network.architecture import layers

    rng = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray] = {}
    for layer in layers():
        if not layer.parameters:
            continue
        filters = layer.shape[2]
        channels = (layer.parameters // filters - 1) // 9  # 3 x 3 x channels weights and a bias for each filter
        inputs, outputs = (count if count == 3 else count // NARROWER for count in (channels, filters))
        is_transposed = layer.kind in ("upsample", "classifier")
        shape = (3, 3, outputs, inputs) if is_transposed else (3, 3, inputs, outputs)
        tensors[f"{layer.name}/kernel"] = rng.normal(0, (2 / (9 * inputs)) ** 0.5, shape).astype(np.float32)
        tensors[f"{layer.name}/bias"] = np.zeros(outputs, np.float32)
    return tensors


def write_weights(path: Path, scaling: str = "imagenet", seed: int = 3) -> Path:
    """Weights of a narrow network that answers with all three classes, though it has learned nothing."""
    import keras

    from seg.network.fcn import build_fcn
    from seg.network.weights import save_network

    keras.utils.set_random_seed(seed)
    network = build_fcn(scaling)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        for bias in layer.weights[1:]:
            bias.assign(rng.normal(0, 0.1, bias.shape))
    # Answers as sure as those of trained weights, whatever the input scaling.
    picture = picture_and_trimap((64, 64), seed)[0][None].astype("float32")
    classifier = network.get_layer("classifier")
    classifier.kernel.assign(classifier.kernel * (3 / network(picture).numpy().std()))
    save_network(network, path, {"metrics": {"mean_iou": 0.125, "size": 32}})
    return path
