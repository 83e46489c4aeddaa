"""The front page: what a visitor sees first, what comes of each kind of photo, and what is downloaded."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.data.dataset import Dataset
from seg.inference.segmenter import Segmentation, Segmenter
from seg.network.weights import WeightsError, WeightsInfo
from seg.pictures import encode_png
from seg.serve import limits, photos
from seg.texts import texts
from seg.ui.segment import gallery_view, page, photo_view, upload_form
from seg.ui.segment.upload_form import Upload
from tests.ui.pages import go_to

ROOT = Path(__file__).resolve().parents[2]
EN, ZH = texts("en")["segment"], texts("zh")["segment"]
BRIGHT, DARK, BETWEEN = 250, 0, 125


class Brightness:
    """Takes bright pixels for pet, dark ones for background; counts the photos it is shown."""

    name = "brightness"

    def __init__(self) -> None:
        self.photos = 0

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.photos += len(batch)
        labels = np.where(batch[..., 0] > 170, 0, np.where(batch[..., 0] < 80, 1, 2))
        return np.eye(3, dtype=np.float32)[labels]


@pytest.fixture
def engine() -> Brightness:
    return Brightness()


@pytest.fixture
def loads(engine: Brightness, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The weight files that have been loaded, each standing for the engine above."""
    loaded: list[Path] = []

    def load(path: Path) -> Segmenter:
        loaded.append(Path(path))
        return Segmenter(engine, WeightsInfo(Path(path), "imagenet"), size=32)

    monkeypatch.setattr(Segmenter, "load", load)
    return loaded


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loads: list[Path], small_dataset) -> Path:
    """A server that has just been started, with weights and a small dataset."""
    path = tmp_path / "pets.safetensors"
    path.write_bytes(b"for the page a weight file is a path and a time")
    monkeypatch.setenv("SEG_WEIGHTS", str(path))
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    return path


def halves(left: int = BRIGHT, right: int = DARK, size: tuple[int, int] = (32, 64)) -> np.ndarray:
    photo = np.full((*size, 3), left, np.uint8)
    photo[:, size[1] // 2 :] = right
    return photo


def file(name: str = "cat.png", photo: np.ndarray | bytes | None = None) -> tuple[str, bytes, str]:
    data = photo if isinstance(photo, bytes) else encode_png(halves() if photo is None else photo)
    return name, data, "image/png"


def visit(**query: str) -> AppTest:
    """The page as it is once it has been painted and the network has answered."""
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def give(at: AppTest, *files: tuple[str, bytes, str], to: str = upload_form.PHOTOS) -> AppTest:
    key = f"{to}-{at.session_state[upload_form.ROUND]}"
    at.file_uploader(key=key).set_value(list(files) if to != photo_view.BACKDROP else files[0]).run()
    assert not at.exception
    return at


def buttons(at: AppTest) -> list[str]:
    """The labels of the downloads."""
    return [element.proto.label for element in at.get("download_button")]


def said(elements) -> str:
    return "\n".join(element.value for element in elements)


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def upload(name: str = "cat.png", photo: np.ndarray | None = None) -> Upload:
    return Upload.of(*file(name, photo)[:2])


# The first view


def test_the_page_is_painted_before_the_network_is_loaded(monkeypatch):
    def fails(*_):
        raise WeightsError("weights_foreign", path="there")

    monkeypatch.setattr(Segmenter, "load", fails)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
    assert not at.exception
    assert at.title[0].value == EN["title"]
    assert EN["purpose"] in said(at.markdown)
    assert len(at.get("image")) >= 1, "the sample is not shown"
    assert "these weights are broken" in said(at.error)
    assert not at.get("skeleton"), "as if something were still to come"
    assert not buttons(at)


def test_a_server_that_has_a_network_makes_no_visitor_wait(loads, monkeypatch):
    assert EN["download_cutout"] in buttons(visit())
    monkeypatch.setattr(page, "_load_behind", lambda *_: pytest.fail("there is nothing to wait for"))
    assert EN["download_cutout"] in buttons(visit())
    assert len(loads) == 1


def test_the_first_page_says_which_dataset_is_in_use(monkeypatch):
    monkeypatch.delenv("SEG_DATA")
    at = visit()
    assert EN["download_cutout"] in buttons(at)
    assert texts("en")["sidebar"]["sample_pairs"].format(count=148, total=7349) in said(at.sidebar.caption)


def test_the_sample_is_shown_with_its_credit():
    at = visit()
    assert "Stéfan van der Walt (CC0)" in said(at.caption)
    assert "chelsea\\.jpg" in said(at.caption)


def test_a_sample_of_the_dataset_says_so_and_knows_its_truth():
    at = visit(sample="dog")
    assert EN["sample_dog_note"] in said(at.caption)
    assert EN["truth_dataset"] in said(at.caption)
    assert EN["download_triptych"] in buttons(at)


def test_a_sample_is_kept_in_the_address():
    at = visit()
    at.segmented_control(key=upload_form.SAMPLE_KEY).set_value("cat").run()
    assert at.query_params["sample"] == "cat"
    assert EN["sample_cat_note"] in said(at.caption)


def test_the_camera_is_asked_for_only_when_it_is_switched_on():
    at = visit()
    assert not at.camera_input
    at.toggle(key="segment-camera").set_value(True).run()
    assert len(at.camera_input) == 1


def test_a_shot_of_the_camera_is_segmented():
    at = visit()
    at.toggle(key="segment-camera").set_value(True).run()
    jpeg = io.BytesIO()
    Image.fromarray(halves()).save(jpeg, "JPEG")
    at.camera_input[0].set_value(("shot.jpg", jpeg.getvalue(), "image/jpeg")).run()
    assert metrics(at)["Pet"].startswith("5") and "shot\\.jpg" in said(at.caption)


def test_the_page_speaks_chinese():
    at = visit(lang="zh")
    assert at.title[0].value == ZH["title"]
    assert ZH["download_cutout"] in buttons(at)


# One photo


def test_an_uploaded_photo_is_shown_with_its_shares_and_downloads():
    at = give(visit(), file())
    assert {EN["download_cutout"], EN["download_overlay"], EN["download_trimap"]} <= set(buttons(at))
    shown = metrics(at)
    assert float(shown["Pet"][:-1]) == pytest.approx(50, abs=4)
    assert float(shown["Background"][:-1]) == pytest.approx(50, abs=4)
    assert "64 × 32 px" in said(at.caption)


def test_the_name_of_an_upload_is_shown_as_plain_text():
    at = give(visit(), file("<b>*cat*.png"))
    assert "\\<b\\>\\*cat\\*\\.png" in said(at.caption)


@pytest.mark.parametrize("names", [("cat.png",), ("cat.png", "dog.png")])
def test_who_waits_for_others_is_told_so_and_served_when_they_are_done(names, monkeypatch):
    at = visit()
    line, told, done = photos.PHOTO_QUEUE, [], threading.Event()
    text = photo_view.waiting_text
    monkeypatch.setattr(photo_view, "waiting_text", lambda before: told.append(before) or text(before))

    def other() -> None:
        with line.turn():
            done.wait(20)

    others = [threading.Thread(target=other) for _ in range(line.at_once + 1)]
    for thread in others:
        thread.start()

    def let_go() -> None:
        until = time.monotonic() + 20
        while not told and time.monotonic() < until:
            time.sleep(0.01)
        done.set()

    others.append(threading.Thread(target=let_go))
    others[-1].start()
    give(at, *(file(name, halves(250 - number)) for number, name in enumerate(names)))
    for thread in others:
        thread.join(20)
    assert told[0] == 1 and all(before in (0, 1) for before in told)
    assert at.error == [] and EN["download_cutout"] in buttons(at)


def test_the_slider_never_runs_the_network_again(engine):
    at = give(visit(), file())
    before = engine.photos
    at.slider(key=photo_view.OPACITY_KEY).set_value(80).run()
    at.segmented_control(key=photo_view.BACKGROUND_KEY).set_value("blur").run()
    at.slider(key=photo_view.BLUR_KEY).set_value(90).run()
    assert engine.photos == before > 0


def test_a_photo_without_a_pet_is_told_of_and_not_cut_out():
    at = give(visit(), file(photo=halves(DARK, DARK)))
    assert EN["no_pet"].format(share=0.0) in said(at.warning)
    assert EN["download_cutout"] not in buttons(at)
    assert {EN["download_overlay"], EN["download_trimap"]} <= set(buttons(at))


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b"these are notes", "is not a picture"), (file()[1][:60], "")]
)
def test_a_file_that_is_no_photo_says_why(content, why):
    at = give(visit(), file("notes.png", content))
    assert len(at.error) == 1 and "notes\\.png" in said(at.error) and why in said(at.error)
    assert not buttons(at)


def test_a_photo_stays_when_the_visitor_looks_at_another_page_and_goes_when_he_starts_over():
    at = give(visit(), file())
    go_to(at, "dataset").run()
    go_to(at, "segment").run()
    assert "cat\\.png" in said(at.caption)
    at.button(key="segment-clear").click().run()
    assert "cat\\.png" not in said(at.caption) and "chelsea" in said(at.caption)
    assert not at.file_uploader[0].value


# Several photos


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "是空文件"), (b"these are notes", "不是可读取的图片"), (encode_png(halves())[:60], "已损坏")],
)
def test_a_bad_photo_is_told_of_in_the_visitors_language(data, words, monkeypatch):
    # AppTest asks for the options' words once more, outside of the visit, where nobody has chosen a language.
    monkeypatch.setattr("seg.ui.shared.language.default_language", lambda: "zh")
    at = give(visit(lang="zh"), file("ca*t*.png", data))
    assert words in said(at.error) and "ca\\*t\\*\\.png" in said(at.error)


def test_one_photo_that_fails_says_why_and_the_others_go_on():
    dark = file("dark.png", halves(DARK, DARK))
    at = give(visit(), file("cat.png"), file("notes.png", b"notes"), dark)
    assert "notes\\.png is not a picture" in said(at.error)
    opened = {button.label for button in at.button if str(button.key).startswith("segment-open-")}
    assert opened == {"cat\\.png", "dark\\.png"}
    assert EN["download_zip"].format(count=2) in buttons(at)


def test_each_of_several_photos_leads_to_its_own_results():
    bright = file("bright.png", halves(BRIGHT, BRIGHT))
    at = give(visit(), file("notes.png", b"notes"), file("cat.png"), bright)
    assert "cat\\.png · " in said(at.caption)
    at.button(key=f"segment-open-{Upload.of(*bright[:2]).key}").click().run()
    assert "bright\\.png · " in said(at.caption) and metrics(at)["Pet"] == "100.0%"


def test_the_same_photo_twice_is_one():
    at = give(visit(), file("one.png"), file("two.png"))
    assert not [button for button in at.button if str(button.key).startswith("segment-open-")]


def test_more_photos_than_fit_are_told_of(monkeypatch, engine):
    monkeypatch.setattr(limits, "MOST_PHOTOS", 2)
    at = give(visit(), *(file(f"{value}.png", halves(value, value)) for value in (200, 210, 220)))
    assert EN["too_many"].format(count=3, most=2) in said(at.warning)
    assert engine.photos == 3, "the sample and two more"


# The truth


def test_an_uploaded_trimap_is_compared():
    at = give(visit(), file("cat.png", halves(size=(32, 32))))
    assert not [label for label in metrics(at) if "IoU" in label]
    true = np.where(np.arange(32) < 16, 1, 2).astype(np.uint8)[np.newaxis].repeat(32, axis=0)
    give(at, file("true.png", true), to=upload_form.TRIMAPS)
    assert metrics(at)["Mean IoU"] == "100.0%"
    assert EN["truth_own"] in said(at.caption)


def test_among_several_photos_a_trimap_belongs_to_the_photo_of_its_name():
    at = give(visit(), file("one.png"), file("two.png", halves(DARK, BRIGHT)))
    true = np.full((32, 64), 1, np.uint8)
    give(at, file("two.png", true), to=upload_form.TRIMAPS)
    assert "Mean IoU" not in metrics(at)
    at.button(key=f"segment-open-{upload('two.png', halves(DARK, BRIGHT)).key}").click().run()
    assert "Mean IoU" in metrics(at)


@pytest.mark.parametrize(
    ("trimap", "why"),
    [
        (np.ones((5, 7), np.uint8), "7 × 5"),
        (np.full((32, 64), 9, np.uint8), "holds other values"),
        (halves(), "holds other values"),
        (b"notes", "is not a picture"),
    ],
)
def test_a_trimap_that_does_not_fit_says_why(trimap, why):
    at = give(give(visit(), file()), file("true.png", trimap), to=upload_form.TRIMAPS)
    assert why in said(at.warning) and "true\\.png" in said(at.warning)
    assert EN["download_cutout"] in buttons(at)


def test_a_photo_of_the_dataset_brings_its_trimap_under_any_name(small_dataset):
    photo = (small_dataset(folder="same") / "images" / "pug_1.jpg").read_bytes()
    at = give(visit(), file("my dog.jpg", photo))
    assert EN["truth_dataset"] in said(at.caption) and "Parkhi" in said(at.caption)
    assert "Mean IoU" in metrics(at)


def test_a_dataset_that_cannot_be_read_does_not_stop_a_photo(tmp_path, monkeypatch):
    (tmp_path / "broken").mkdir()
    monkeypatch.setenv("SEG_DATA", str(tmp_path / "broken"))
    at = give(visit(), file())
    assert EN["download_cutout"] in buttons(at)


# What goes wrong before a photo is there


def test_without_weights_the_page_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_WEIGHTS", str(tmp_path / "none.safetensors"))
    at = visit()
    assert EN["no_weights"] in said(at.info) and not at.file_uploader


# A new background


def test_a_background_photo_is_asked_for_and_then_used():
    at = give(visit(), file())
    at.segmented_control(key=photo_view.BACKGROUND_KEY).set_value("photo").run()
    assert EN["backdrop_missing"] in said(at.info) and EN["download_background"] in buttons(at)
    count = len(at.get("image"))
    give(at, file("beach.png", halves(90, 90)), to=photo_view.BACKDROP)
    assert EN["backdrop_missing"] not in said(at.info)
    assert len(at.get("image")) == count + 1


def test_a_background_that_is_no_photo_says_why():
    at = give(visit(), file())
    at.segmented_control(key=photo_view.BACKGROUND_KEY).set_value("photo").run()
    give(at, file("notes.png", b"notes"), to=photo_view.BACKDROP)
    assert "notes\\.png is not a picture" in said(at.error)
    assert EN["download_cutout"] in buttons(at)


@pytest.mark.parametrize("size", [(32, 64), (64, 40)])
def test_the_pet_stays_and_the_background_is_replaced(weights, size):
    whole = Segmenter.load(weights)(halves(size=size))
    green = photo_view._on_background(whole, lambda behind: np.full_like(behind, (0, 200, 0)))
    quarter = size[1] // 8
    assert (green[:, :quarter] == BRIGHT).all()
    assert (green[:, -quarter:] == (0, 200, 0)).all()


# Downloads


def test_a_large_jpeg_is_shown_small_and_downloaded_at_its_own_size(weights, engine):
    buffer = io.BytesIO()
    Image.fromarray(halves(size=(1500, 2000))).save(buffer, "JPEG")
    own = Upload.of("cat.jpg", buffer.getvalue())
    view = photo_view.view(own, weights)
    assert (view.size, view.photo.shape) == ((1500, 2000), (750, 1000, 3))
    whole = Image.open(io.BytesIO(photo_view.full_size(own, weights, Segmentation.cutout)))
    assert (whole.mode, whole.size) == ("RGBA", (2000, 1500))
    assert engine.photos == 1, "the network has seen it once"


def test_downloads_are_as_large_as_the_photo(weights):
    photo = halves(size=(1200, 1600))
    assert photo_view.view(upload(photo=photo), weights).photo.shape[1] == 1024
    makers: dict[str, Callable] = {**gallery_view.IN_ZIP}
    modes = {"trimap": "L", "overlay": "RGB", "cutout": "RGBA"}
    for kind, make in makers.items():
        image = Image.open(io.BytesIO(photo_view.full_size(upload(photo=photo), weights, make)))
        assert image.size == (1600, 1200) and image.mode == modes[kind], kind


def test_the_downloaded_trimap_has_the_values_of_the_dataset(weights):
    data = photo_view.full_size(upload(), weights, lambda whole: whole.trimap)
    trimap = np.asarray(Image.open(io.BytesIO(data)))
    assert (trimap[:, :20] == 1).all() and (trimap[:, -20:] == 2).all()


def test_the_downloaded_cutout_hides_nothing_of_the_background(weights):
    photo = halves(right=60)
    data = photo_view.full_size(upload(photo=photo), weights, Segmentation.cutout)
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
    pairs = upload_form._by_bytes(str(dataset.root), _dataset=dataset)
    assert sum(len(samples) for samples in pairs.values()) == len(dataset)
