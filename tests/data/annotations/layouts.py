"""Datasets of others in their real layouts, with tiny pictures: KITTI's roads, CamVid, labelme, CVAT's COCO."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIZE = (24, 32)  # height and width
RED, MAGENTA, BLACK = (255, 0, 0), (255, 0, 255), (0, 0, 0)
# The twelve classes that most papers train CamVid with, in CamVid's colours and file.
CAMVID = """\
128 128 128\tSky
128 0 0\tBuilding
192 192 128\tColumn_Pole
128 64 128\tRoad
0 0 192\tSidewalk
128 128 0\tTree
192 128 128\tSignSymbol
64 64 128\tFence
64 0 128\tCar
64 64 0\tPedestrian
0 128 192\tBicyclist
0 0 0\tVoid
"""


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def photo(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3))


def kitti_road(root: Path, count: int = 3) -> Path:
    """``count`` photos; the road is the lower half, another road a strip on the right."""
    mask = np.full((*SIZE, 3), RED)
    mask[12:], mask[:, 28:] = MAGENTA, BLACK
    for number in range(count):
        save(root / "training" / "image_2" / f"um_{number:06}.png", photo(number))
        save(root / "training" / "gt_image_2" / f"um_road_{number:06}.png", mask)
        save(root / "training" / "gt_image_2" / f"um_lane_{number:06}.png", mask)
        save(root / "testing" / "image_2" / f"um_{number:06}.png", photo(number + 100))
    (root / "training" / "calib").mkdir()
    (root / "training" / "calib" / "um_000000.txt").write_text("P0: 7.2e+02 0 0")
    return root


def camvid(root: Path, count: int = 3) -> Path:
    """``count`` photos, each with stripes of all twelve classes."""
    colours = np.array([[int(number) for number in line.split()[:3]] for line in CAMVID.splitlines()])
    mask = np.broadcast_to(colours[np.arange(SIZE[0]) // 2, None], (*SIZE, 3))
    for number in range(count):
        name = f"0001TP_{6690 + 30 * number:06}"
        save(
            root / "701_StillsRaw_full" / f"{name}.png",
            mask + np.random.default_rng(number).integers(0, 20, mask.shape),
        )
        save(root / "LabeledApproved_full" / f"{name}_L.png", mask)
    (root / "label_colors.txt").write_text(CAMVID)
    return root


VOC_COLOURS = {"background": (0, 0, 0), "cat": (64, 0, 0), "person": (192, 128, 128), "void": (224, 224, 192)}


def voc(root: Path, lists: dict[str, tuple[str, ...]]) -> Path:
    """PASCAL VOC as it is unpacked: in the middle of each mask a cat and a person, with outlines that are void."""
    labels = np.zeros(SIZE, np.uint8)
    labels[4:20, 4:16], labels[4:20, 16:28], labels[4:20, 15:17] = 8, 15, 255
    palette = np.zeros((256, 3), np.uint8)
    palette[[8, 15, 255]] = [VOC_COLOURS[name] for name in ("cat", "person", "void")]
    for seed, name in enumerate(name for names in lists.values() for name in names):
        save(root / "JPEGImages" / f"{name}.jpg", photo(seed))
        mask = Image.fromarray(labels)
        mask.putpalette(palette.tobytes())
        for folder in ("SegmentationClass", "SegmentationObject"):
            (root / folder).mkdir(exist_ok=True)
            mask.save(root / folder / f"{name}.png")
    for folder, order in (("Segmentation", 1), ("Main", -1)):  # the lists of Main are of another task
        (root / "ImageSets" / folder).mkdir(parents=True, exist_ok=True)
        for (file, _), names in zip(lists.items(), list(lists.values())[::order], strict=True):
            (root / "ImageSets" / folder / f"{file}.txt").write_text("".join(f"{name}\n" for name in names))
    return root


def square(left: int = 4, top: int = 6, side: int = 8) -> list[list[float]]:
    right, bottom = left + side, top + side
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def labelme(root: Path, shapes: list[dict[str, Any]], name: str = "leaf_1", **more: Any) -> Path:
    """A photo and labelme's file beside it."""
    save(root / f"{name}.png", photo())
    content = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": f"{name}.png",
        "imageData": None,
        "imageHeight": SIZE[0],
        "imageWidth": SIZE[1],
        **more,
    }
    (root / f"{name}.json").write_text(json.dumps(content))
    return root


def shape(label: str, points: list[list[float]], kind: str = "polygon", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}, **more}


def encoded_mask(pixels: np.ndarray) -> str:
    """As labelme keeps the mask of a box: a PNG in base 64."""
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8) * 255).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def cvat_coco(root: Path, annotations: list[dict[str, Any]], images: tuple[str, ...] = ("a.png",), **more: Any) -> Path:
    """Photos and ``instances_default.json`` as CVAT exports them: "COCO 1.0"."""
    for seed, name in enumerate(images):
        save(root / "images" / Path(name).name, photo(seed))
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    content = {
        "licenses": [],
        "info": {},
        "categories": [{"id": 1, "name": "car", "supercategory": ""}, {"id": 2, "name": "person", "supercategory": ""}],
        "images": [
            {"id": number, "width": SIZE[1], "height": SIZE[0], "file_name": name}
            for number, name in enumerate(images, 1)
        ],
        "annotations": annotations,
        **more,
    }
    (root / "annotations" / "instances_default.json").write_text(json.dumps(content))
    return root


def area(segmentation: object, category: int = 1, image: int = 1, **more: Any) -> dict[str, Any]:
    return {"image_id": image, "category_id": category, "segmentation": segmentation, "iscrowd": 0, **more}
