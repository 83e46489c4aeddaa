"""New backgrounds and downloads: what they hold and how large they are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from seg.data.dataset import Dataset
from seg.inference.segmenter import Segmentation, Segmenter
from seg.ui.segment import background_view, downloads, gallery_view, preview, true_trimap
from seg.ui.segment.upload_form import Upload
from tests.ui.segment.helpers import BETWEEN, BRIGHT, DARK, EN, buttons, file, give, halves, said, upload, visit

# A new background


def test_a_background_photo_is_asked_for_and_then_used():
    at = give(visit(), file())
    at.segmented_control(key=background_view.KIND_KEY).set_value("photo").run()
    assert EN["backdrop_missing"] in said(at.info) and EN["download_background"] in buttons(at)
    count = len(at.get("image"))
    give(at, file("beach.png", halves(90, 90)), to=background_view.BACKDROP)
    assert EN["backdrop_missing"] not in said(at.info)
    assert len(at.get("image")) == count + 1


def test_a_background_that_is_no_photo_says_why():
    at = give(visit(), file())
    at.segmented_control(key=background_view.KIND_KEY).set_value("photo").run()
    give(at, file("notes.png", b"notes"), to=background_view.BACKDROP)
    assert "notes\\.png is not a picture" in said(at.error)
    assert EN["download_cutout"] in buttons(at)


@pytest.mark.parametrize("size", [(32, 64), (64, 40)])
def test_the_pet_stays_and_the_background_is_replaced(weights, size):
    segmentation = Segmenter.load(weights)(halves(size=size))
    green = background_view.on_background(segmentation, lambda backdrop: np.full_like(backdrop, (0, 200, 0)))
    quarter = size[1] // 8
    assert (green[:, :quarter] == BRIGHT).all()
    assert (green[:, -quarter:] == (0, 200, 0)).all()


# Downloads


def test_a_large_jpeg_is_shown_small_and_downloaded_at_its_own_size(weights, engine):
    buffer = io.BytesIO()
    Image.fromarray(halves(size=(1500, 2000))).save(buffer, "JPEG")
    photo = Upload.of("cat.jpg", buffer.getvalue())
    shown = preview.preview_of(photo, weights)
    assert (shown.size, shown.photo.shape) == ((1500, 2000), (750, 1000, 3))
    image = Image.open(io.BytesIO(downloads.full_size(photo, weights, Segmentation.cutout)))
    assert (image.mode, image.size) == ("RGBA", (2000, 1500))
    assert engine.photos == 1, "the network has seen it once"


def test_downloads_are_as_large_as_the_photo(weights):
    photo = halves(size=(1200, 1600))
    assert preview.preview_of(upload(photo=photo), weights).photo.shape[1] == 1024
    makers: dict[str, Callable] = {**gallery_view.IN_ZIP}
    modes = {"trimap": "L", "overlay": "RGB", "cutout": "RGBA"}
    for kind, make in makers.items():
        image = Image.open(io.BytesIO(downloads.full_size(upload(photo=photo), weights, make)))
        assert image.size == (1600, 1200) and image.mode == modes[kind], kind


def test_the_downloaded_trimap_has_the_values_of_the_dataset(weights):
    data = downloads.full_size(upload(), weights, lambda segmentation: segmentation.trimap)
    trimap = np.asarray(Image.open(io.BytesIO(data)))
    assert (trimap[:, :20] == 1).all() and (trimap[:, -20:] == 2).all()


def test_the_downloaded_cutout_hides_nothing_of_the_background(weights):
    photo = halves(right=60)
    data = downloads.full_size(upload(photo=photo), weights, Segmentation.cutout)
    cutout = np.asarray(Image.open(io.BytesIO(data)))
    assert (cutout[:, :20, 3] == 255).all()
    assert not cutout[:, -20:].any()


def test_a_zip_holds_all_files_of_all_photos_under_names_of_their_own(weights):
    photos = [upload("cat.png"), upload("Cat.jpg", halves(DARK, BRIGHT)), upload("../../etc/x y.png", halves(BETWEEN))]
    archive = zipfile.ZipFile(io.BytesIO(gallery_view.make_zip(photos, weights)))
    stems = ("cat", "Cat-2", "x_y")
    assert sorted(archive.namelist()) == sorted(f"{s}-{k}.png" for s in stems for k in ("trimap", "overlay", "cutout"))
    assert np.asarray(Image.open(archive.open("Cat-2-trimap.png")))[0, 0] == 2


@pytest.mark.parametrize(
    ("name", "stem"), [("../../etc/passwd", "passwd"), ("a b<c>.jpg", "a_b_c_"), (".jpg", "_jpg"), ("猫.png", "猫")]
)
def test_a_downloads_name_is_safe(name, stem):
    assert Upload.of(name, b"").file_stem == stem


def test_a_photo_of_the_dataset_is_found_by_its_bytes_alone(small_dataset):
    dataset = Dataset.open(small_dataset(folder="same"))
    pairs = true_trimap._samples_by_bytes(str(dataset.root), _dataset=dataset)
    assert sum(len(samples) for samples in pairs.values()) == len(dataset)
