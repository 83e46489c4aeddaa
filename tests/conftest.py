"""What all tests share: places of their own on disk, a tiny dataset, and the real data where this machine has it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from seg.data.dataset import Dataset

# Before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("Abyssinian_1", "Abyssinian_2", "Bengal_7", "beagle_3", "beagle_12", "pug_1", "pug_9", "samoyed_4")


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # pytest-xdist would give its workers the files of most tests first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first: else one of them would run alone when the other workers have ended."""
    items.sort(key=lambda item: "e2e" not in item.path.parts)


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the user's cache, or depends on the user's settings."""
    monkeypatch.setenv("SEG_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("SEG_DATA", raising=False)
    for name in ("SEG_WEIGHTS", "SEG_OWNER_TOKEN", "SEG_OWNERS", "SEG_PUBLIC"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the repository; what needs it is skipped, and says so, where it is not."""
    folder = ROOT.parent / "shared"
    if not (folder / "pets").is_dir():
        pytest.skip(f"NOT TESTED ON REAL DATA: there is no {folder / 'pets'} on this machine")
    return folder


@pytest.fixture(scope="session")
def real_pets(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The real photos with their official trimaps, opened and checked once for all tests."""
    from seg.data.dataset import Dataset

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEG_CACHE", str(tmp_path_factory.mktemp("real-cache")))
        return Dataset.open(shared / "pets")


def picture_and_trimap(size: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A bright ellipse (the pet) with a border, on a dark ground: RGB ``(H, W, 3)`` and values 1, 2, 3 ``(H, W)``."""
    rng = np.random.default_rng(seed)
    height, width = size
    y, x = np.mgrid[:height, :width]
    centre_y, centre_x = rng.uniform(0.4, 0.6, 2) * size
    distance = np.hypot((y - centre_y) / (0.33 * height), (x - centre_x) / (0.33 * width))
    trimap = np.where(distance < 0.85, 1, np.where(distance < 1.15, 3, 2)).astype(np.uint8)
    base = np.array([[0, 0, 0], [210, 150, 60], [40, 70, 110], [120, 110, 90]])[trimap]
    return np.clip(base + rng.normal(0, 12, (*size, 3)), 0, 255).astype(np.uint8), trimap


@pytest.fixture
def small_dataset(tmp_path: Path) -> Callable[..., Path]:
    """Makes a dataset folder of tiny pictures, by default in the official layout, and returns it.

    ``trainval`` and ``test`` are the names in the lists: by default all but the last two, and the last two; None for a
    folder without lists. ``trimaps`` is the trimap folder's path below the dataset.
    """

    def make(
        names: Sequence[str] = NAMES,
        folder: str = "pets",
        size: tuple[int, int] = (24, 32),
        trimaps: str = "annotations/trimaps",
        trainval: Sequence[str] | None = (),
        test: Sequence[str] | None = (),
    ) -> Path:
        root = tmp_path / folder
        (root / "images").mkdir(parents=True)
        (root / trimaps).mkdir(parents=True)
        for seed, name in enumerate(names):
            picture, trimap = picture_and_trimap(size, seed)
            Image.fromarray(picture).save(root / "images" / f"{name}.jpg", quality=95)
            Image.fromarray(trimap).save(root / trimaps / f"{name}.png")
        if trainval is not None and test is not None:
            (root / "annotations").mkdir(exist_ok=True)
            lists = {"trainval": trainval or names[:-2], "test": test or names[-2:]}
            for part, own in lists.items():
                (root / "annotations" / f"{part}.txt").write_text("".join(f"{name} 1 1 1\n" for name in own))
        return root

    return make
