"""Masks in which each class has a colour, beside their photos: the layouts of KITTI's roads, CamVid and PASCAL VOC."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg.classes import Classes
from seg.data.annotations.colour_tables import KITTI_ROAD, PASCAL_VOC, Colour, find_table, read_table
from seg.data.annotations.errors import AnnotationError
from seg.data.listing import Picture
from seg.names import readable_name
from seg.photo import PhotoError, check_image, open_image

KITTI_FOLDER = "gt_image_2"
VOC_FOLDER = "SegmentationClass"
VOC_LISTS = ("ImageSets", "Segmentation")  # beside it; others who took over its folders have a table of colours, too
# How a mask is called beside its photo: CamVid adds a letter, KITTI says what is marked.
MASK_NAMES = (re.compile(r"(?P<stem>.+)_L"), re.compile(r"(?P<head>.+)_road_(?P<tail>\d+)"))
# Where masks lie that are called as their photos are: VOC, CVAT ("Segmentation mask 1.1"), and what people write.
MASK_FOLDER = re.compile(r"segmentationclass|(\w*[_-])?(masks?|labels?|annotations?|gt)|\w+annot", re.IGNORECASE)
# VOC's third folder tells one thing from another, not one class from another.
NEITHER = re.compile(r"segmentationobject", re.IGNORECASE)


def pairs_of(pictures: Sequence[Picture]) -> tuple[list[tuple[Picture, Picture]], list[AnnotationError]]:
    """Each photo with its coloured mask, and a sentence for each thing that is left out.

    Where several photos have a mask's name, the one in the nearest folder is its photo.
    """
    pictures = [picture for picture in pictures if not NEITHER.fullmatch(picture.path.parent.name)]
    by_stem: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        by_stem[picture.stem].append(picture)
    photos: dict[Picture, Picture] = {}
    problems = []
    for mask in pictures:
        photo = _photo_of(mask, by_stem)
        if photo in photos:
            problems.append(AnnotationError("annotation_two_masks", name=photo.path.name, mask=mask.path.name))
        elif photo is not None:
            photos[photo] = mask
    mask_folders = {mask.path.parent for mask in photos.values()}
    photo_folders = {photo.path.parent for photo in photos} - mask_folders
    without = [p.path.name for p in pictures if p not in photos and p.path.parent in photo_folders]
    if without:
        names = [readable_name(name) for name in without[:3]]
        problems.append(AnnotationError("annotation_no_mask", count=len(without), names=names))
    return list(photos.items()), problems


def _photo_of(mask: Picture, by_stem: dict[str, list[Picture]]) -> Picture | None:
    """The photo of a picture, if that is a mask."""
    for pattern in MASK_NAMES:
        match = pattern.fullmatch(mask.stem)
        stem = "_".join(match.groups()) if match else ""
        if stem in by_stem:
            return _nearest(mask, by_stem[stem])
    if MASK_FOLDER.fullmatch(mask.path.parent.name):
        others = [each for each in by_stem[mask.stem] if not MASK_FOLDER.fullmatch(each.path.parent.name)]
        return _nearest(mask, others)
    return None


def _nearest(mask: Picture, photos: Sequence[Picture]) -> Picture | None:
    """The photo whose path begins as the mask's does for longest."""

    def shared(photo: Picture) -> int:
        return len(Path(os.path.commonpath([photo.path, mask.path])).parts)

    return max(photos, key=shared, default=None)


def colours_of(folder: Path, masks: Sequence[Picture]) -> tuple[Colour, ...]:
    """Which colour is which class: by a table in the folder or in those of its masks, or by that of KITTI or VOC.

    Raises AnnotationError where none says it, OSError.
    """
    folders = {mask.path.parent: None for mask in masks}
    table = find_table([folder, *folders, *{place.parent: None for place in folders}])
    if table is not None:
        return read_table(table)
    if any(place.name == KITTI_FOLDER for place in folders):
        return KITTI_ROAD
    if any(place.name == VOC_FOLDER and place.parent.joinpath(*VOC_LISTS).is_dir() for place in folders):
        return PASCAL_VOC
    raise AnnotationError("annotation_no_table", folder=folder)


def read_colour_mask(path: Path, classes: Classes) -> np.ndarray:
    """The values of the classes whose colours a mask has, uint8 ``(H, W)``.

    Raises AnnotationError for a colour of no class, PhotoError, OSError.
    """
    name = readable_name(path.name)
    image = open_image(path.read_bytes(), name)
    check_image(image, name)
    try:
        pixels = np.asarray(image.convert("RGB"))  # VOC's masks have a palette, whose colours these are
    except Exception as error:  # damaged files make Pillow's decoders raise nearly anything
        raise PhotoError("photo_damaged", name=name, reason=error) from None
    values = np.zeros(pixels.shape[:2], np.uint8)
    unknown = np.ones(pixels.shape[:2], bool)
    for member in (*classes.members, *classes.void):
        has_colour = (pixels == member.colour).all(axis=-1)
        values[has_colour] = member.value
        unknown &= ~has_colour
    if unknown.any():
        colour = "#{:02x}{:02x}{:02x}".format(*pixels[unknown][0])
        raise AnnotationError("annotation_colour", name=name, colour=colour, count=int(unknown.sum()))
    return values
