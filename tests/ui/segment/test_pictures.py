"""New backgrounds and downloads: what they hold and how large they are."""

from __future__ import annotations

import errno
import io
import os
import tempfile
import threading
import time
import zipfile
from functools import partial

import numpy as np
import pytest
from PIL import Image

from seg.data.dataset import Dataset
from seg.errors import SegError
from seg.inference import segmenter
from seg.inference.composing import compose
from seg.inference.cutout_options import parse_options
from seg.inference.segmenter import Segmentation
from seg.photo import PhotoError
from seg.serve import limits
from seg.serve.networks import Look
from seg.ui.segment import background_view, downloads, gallery_view, preview, true_trimap
from seg.ui.segment.downloads import picture_file
from seg.ui.segment.gallery_view import make_zip
from seg.ui.segment.making import Making
from seg.ui.segment.uploads import Upload
from tests.ui.segment.helpers import BETWEEN, BRIGHT, DARK, EN, buttons, file, give, halves, said, upload, visit

GREEN = parse_options({"background": "#00C800"})


@pytest.fixture
def look(weights) -> Look:
    return Look(weights)


# A new background


def test_a_background_photo_is_asked_for_and_then_used():
    at = give(visit(), file())
    at.segmented_control(key=background_view.KIND_KEY).set_value("photo").run()
    assert EN["backdrop_missing"] in said(at.info) and EN["download_background"] not in buttons(at)
    count = len(at.get("image"))
    give(at, file("beach.png", halves(90, 90)), to=background_view.BACKDROP)
    assert EN["backdrop_missing"] not in said(at.info) and EN["download_background"] in buttons(at)
    assert len(at.get("image")) == count + 1


def test_a_background_that_is_no_photo_says_why():
    at = give(visit(), file())
    at.segmented_control(key=background_view.KIND_KEY).set_value("photo").run()
    give(at, file("notes.png", b"notes"), to=background_view.BACKDROP)
    assert "notes\\.png is not a picture" in said(at.error)
    assert EN["download_cutout"] in buttons(at)


@pytest.mark.parametrize(
    ("kind", "switches", "crop", "name"),
    [
        ("gradient", (), "none", "cat-background.jpg"),
        ("blur", (background_view.SHADOW_KEY,), "square", "cat-background.jpg"),
        ("transparent", (background_view.OUTLINE_KEY,), "pet", "cat-background.png"),
    ],
)
def test_what_is_shown_is_what_is_downloaded(kind, switches, crop, name, look):
    at = give(visit(), file(photo=halves(size=(96, 160))))
    at.segmented_control(key=background_view.KIND_KEY).set_value(kind).run()
    for key in switches:
        at.toggle(key=key).set_value(True).run()
    at.segmented_control(key=background_view.CROP_KEY).set_value(crop).run()
    assert not at.exception
    options = at.session_state[background_view.CHOSEN]["background"]
    photo = upload(photo=halves(size=(96, 160)))
    shown = compose(preview.preview_of(photo, look).pieces, options)
    make = partial(Segmentation.cutout, options=options)
    data = picture_file("background", photo, look, make, options, format=options.file_format)
    assert downloads.file_name("background", "cat", options.file_format) == name
    downloaded = np.asarray(Image.open(io.BytesIO(data)))
    assert downloaded.shape[:2] == shown.shape[:2]
    assert np.abs(downloaded[..., :3].astype(int) - shown[..., :3]).mean() < 4


def test_a_clear_background_is_no_jpeg_and_margins_are_asked_for_where_something_is_cropped():
    at = give(visit(), file())
    assert background_view.MARGIN_KEY not in [slider.key for slider in at.slider]
    at.segmented_control(key=background_view.CROP_KEY).set_value("square").run()
    at.slider(key=background_view.MARGIN_KEY).set_value(20).run()
    at.segmented_control(key=background_view.KIND_KEY).set_value("transparent").run()
    options = at.session_state[background_view.CHOSEN]["background"]
    assert (options.format, options.crop, options.margin) == ("png", "square", 0.2)


def test_what_is_hardly_pet_stays_where_the_visitor_switches_that_on():
    at = give(visit(), file())
    at.toggle(key=preview.CLEAN_KEY).set_value(False).run()
    assert not at.exception
    assert at.session_state[background_view.CHOSEN]["background"].clean is False


def test_the_zip_has_the_background_that_is_seen_when_it_is_made(look):
    at = give(visit(), file(), file("two.png", halves(DARK, BRIGHT)))
    seen = at.session_state[background_view.CHOSEN]
    at.color_picker(key=background_view.COLOUR_KEY).set_value("#00C800").run()
    assert seen["background"].colours == GREEN.colours, "the dict that the button of the ZIP holds"
    archive = zipfile.ZipFile(io.BytesIO(make_zip([upload()], look, **seen)))
    green = np.asarray(Image.open(archive.open("cat-background.jpg")))
    assert np.abs(green[:, -10:].astype(int) - GREEN.colours[0]).max() < 8


# Downloads


def test_a_large_jpeg_is_shown_small_and_downloaded_at_its_own_size(look, engine):
    buffer = io.BytesIO()
    Image.fromarray(halves(size=(1500, 2000))).save(buffer, "JPEG")
    photo = Upload.of("cat.jpg", buffer.getvalue())
    shown = preview.preview_of(photo, look)
    assert (shown.size, shown.photo.shape) == ((1500, 2000), (750, 1000, 3))
    image = Image.open(io.BytesIO(picture_file("cutout", photo, look, Segmentation.cutout)))
    assert (image.mode, image.size) == ("RGBA", (2000, 1500))
    assert engine.photos == 1, "the network has seen it once"


@pytest.mark.parametrize(("side", "size"), [(None, (1600, 1200)), (800, (800, 600))])
def test_downloads_are_as_large_as_the_photo_or_as_a_screen(side, size, look):
    archive = zipfile.ZipFile(io.BytesIO(make_zip([upload(photo=halves(size=(1200, 1600)))], look, GREEN, side)))
    formats = {
        "cat-trimap.png": ("PNG", "L"),
        "cat-overlay.jpg": ("JPEG", "RGB"),
        "cat-cutout.png": ("PNG", "RGBA"),
        "cat-background.jpg": ("JPEG", "RGB"),
    }
    assert set(archive.namelist()) == set(formats)
    for name, expected in formats.items():
        image = Image.open(archive.open(name))
        assert (image.format, image.mode) == expected and image.size == size, name


def test_the_size_of_downloads_is_asked_for_only_where_there_is_a_choice(monkeypatch):
    at = give(visit(), file())
    assert not [choice for choice in at.segmented_control if choice.key == downloads.SIZE_KEY]
    monkeypatch.setattr(downloads, "SCREEN_SIDE", 32)
    at.segmented_control(key=background_view.KIND_KEY).set_value("colour").run()
    choice = at.run().segmented_control(key=downloads.SIZE_KEY)
    assert choice.options == [
        EN["size_full"].format(width=64, height=32),
        EN["size_screen"].format(width=32, height=16),
    ]


def test_a_file_is_made_once_for_each_size_and_each_setting(look):
    made = []

    def make(segmentation: Segmentation) -> np.ndarray:
        made.append(segmentation.photo.size)
        return segmentation.photo.pixels

    for settings, side in ((1, None), (1, None), (2, None), (1, 16), (1, 16)):
        picture_file("overlay", upload(), look, make, settings, side)
    assert made == [(32, 64), (32, 64), (8, 16)]


def test_while_a_file_is_made_it_is_known_how_far_it_is(look):
    making, shares = Making(), []
    with making.of_file() as note:
        assert making.done == 0
        photo = upload("far.png", halves(40, 90))
        make_zip([photo, upload()], look, note=lambda share: [note(share), shares.append(making.done)])
    assert making.done is None and shares == [0.5, 1]
    picture_file("cutout", upload("other.png", halves(41, 91)), look, Segmentation.cutout, note=shares.append)
    assert shares[2:] == [downloads.DECODED, downloads.DRAWN]


def test_the_share_is_forgotten_where_a_file_cannot_be_made():
    making = Making()
    with pytest.raises(PhotoError), making.of_file() as note:
        note(0.5)
        raise PhotoError("photo_empty", name="cat.jpg")
    assert making.done is None


def test_the_downloaded_trimap_has_the_values_of_the_dataset(look):
    data = picture_file("trimap", upload(), look, lambda segmentation: segmentation.trimap)
    trimap = np.asarray(Image.open(io.BytesIO(data)))
    assert (trimap[:, :20] == 1).all() and (trimap[:, -20:] == 2).all()


def test_the_downloaded_cutout_hides_nothing_of_the_background(look):
    photo = halves(right=60)
    data = picture_file("cutout", upload(photo=photo), look, Segmentation.cutout)
    cutout = np.asarray(Image.open(io.BytesIO(data)))
    assert (cutout[:, :20, 3] == 255).all()
    assert not cutout[:, -20:].any()


def test_a_zip_holds_all_files_of_all_photos_under_names_of_their_own(look):
    photos = [upload("cat.png"), upload("Cat.jpg", halves(DARK, BRIGHT)), upload("../../etc/x y.png", halves(BETWEEN))]
    archive = zipfile.ZipFile(io.BytesIO(make_zip(photos, look)))
    names = {f"{stem}-{kind}" for stem in ("cat", "Cat-2") for kind in ("trimap.png", "overlay.jpg", "cutout.png")}
    nothing_cut_out = {"x_y-trimap.png", "x_y-overlay.jpg"}
    assert set(archive.namelist()) == names | nothing_cut_out
    assert np.asarray(Image.open(archive.open("Cat-2-trimap.png")))[0, 0] == 2


def test_everybody_may_read_what_a_zip_holds_and_its_names_fit_every_file_system(look):
    archive = zipfile.ZipFile(io.BytesIO(make_zip([upload("猫" * 200 + ".png"), upload("猫" * 200)], look)))
    for member in archive.infolist():
        assert member.external_attr >> 16 == 0o644 and member.date_time[0] > 2000
        assert len(member.filename.encode()) < 255 and member.filename.startswith("猫猫")


def test_a_zip_is_written_to_disk_and_leaves_nothing_there(look, tmp_path, monkeypatch):
    folder, files = tmp_path / "temporary", []
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    temporary_file = tempfile.TemporaryFile
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **how: files.append(temporary_file(**how)) or files[-1])
    make_zip([upload()], look)
    assert [file.closed for file in files] == [True] and not list(folder.iterdir())


def test_one_matte_serves_all_pictures_of_a_photo_in_a_zip(look, monkeypatch):
    mattes, make = [], segmenter.matte
    monkeypatch.setattr(segmenter, "matte", lambda *of: mattes.append(of) or make(*of))
    archive = zipfile.ZipFile(io.BytesIO(make_zip([upload(), upload("dog.png", halves(size=(40, 80)))], look, GREEN)))
    assert len(archive.namelist()) == 8 and len(mattes) == 2


def test_a_zip_keeps_the_photos_order_whichever_is_made_first_and_is_never_far_ahead_of_what_is_written(
    look, monkeypatch
):
    third_is_made, begun, make = threading.Event(), [], gallery_view._pictures

    def pictures(photo: Upload, *settings) -> list[tuple[str, bytes]]:
        begun.append(photo.name)
        if photo.name == "0.png":
            assert third_is_made.wait(10), "another thread goes on with the photos behind it"
            time.sleep(0.1)
            assert begun == ["0.png", "1.png", "2.png"], "but not so far that memory would fill"
        if photo.name == "2.png":
            third_is_made.set()
        return make(photo, *settings)

    monkeypatch.setattr(gallery_view, "_pictures", pictures)
    monkeypatch.setattr(limits, "PHOTOS_AT_ONCE", 2)
    names = zipfile.ZipFile(io.BytesIO(make_zip([upload(f"{number}.png") for number in range(5)], look))).namelist()
    assert [name for name in names if "trimap" in name] == [f"{number}-trimap.png" for number in range(5)]


def test_very_large_photos_are_made_one_at_a_time_for_a_zip(look, monkeypatch):
    at_work, most, make = [], [], gallery_view._pictures

    def pictures(photo: Upload, *settings) -> list[tuple[str, bytes]]:
        at_work.append(photo.name)
        time.sleep(0.05)
        most.append(len(at_work))
        at_work.remove(photo.name)
        return make(photo, *settings)

    monkeypatch.setattr(gallery_view, "_pictures", pictures)
    monkeypatch.setattr(limits, "PHOTOS_AT_ONCE", 2)
    photos = [upload(f"{number}.png") for number in range(4)]
    make_zip(photos, look)
    assert max(most) == 2
    most.clear()
    monkeypatch.setattr(gallery_view, "LARGE_BYTES", photos[0].size - 1)
    make_zip(photos, look)
    assert max(most) == 1


def test_a_zip_that_is_too_large_is_refused_with_what_to_do(look, monkeypatch):
    monkeypatch.setattr(limits, "ZIP_MEGABYTES", 0)
    with pytest.raises(SegError, match="the size for a screen"):
        make_zip([upload()], look)


def test_a_disk_that_is_full_when_a_zip_is_written_is_told_in_a_sentence(look, monkeypatch):
    class FullDisk(io.BytesIO):
        def write(self, data) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **how: FullDisk())
    with pytest.raises(SegError, match="disk is full: download the photos one by one"):
        make_zip([upload()], look)


@pytest.mark.parametrize(
    ("name", "stem"), [("../../etc/passwd", "passwd"), ("a b<c>.jpg", "a_b_c_"), (".jpg", "_jpg"), ("猫.png", "猫")]
)
def test_a_downloads_name_is_safe(name, stem):
    assert Upload.of(name, b"").file_stem == stem


def test_a_photo_of_the_dataset_is_found_by_its_bytes_alone(small_dataset):
    dataset = Dataset.open(small_dataset(folder="same"))
    pairs = true_trimap._samples_by_bytes(dataset)
    assert sum(len(samples) for samples in pairs.values()) == len(dataset)
