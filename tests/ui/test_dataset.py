"""The Dataset page: what a visitor finds on it, what leads where, and who may download."""

from __future__ import annotations

import io
import json
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.data import dataset as room
from seg.data.archives import DownloadError
from seg.data.dataset import DEFAULT_FOLDER, Dataset
from seg.data.download_progress import DownloadCancelled, DownloadProgress
from seg.serve import downloads
from seg.texts import en, zh
from seg.ui.dataset import gallery_view, statistics_view
from tests.ui.pages import go_to

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
TEXTS = en.TEXTS["dataset"]
MANY = tuple(f"{breed}_{number}" for breed in ("Bengal", "pug", "samoyed") for number in range(1, 10))


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server without runs, and without the folder of the official dataset."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("SEG_ALLOW_DOWNLOAD", raising=False)


def open_page(data: Path | None, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    if data:
        monkeypatch.setenv("SEG_DATA", str(data))
    app = AppTest.from_file(str(APP), default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    go_to(app, "dataset")
    return app.run()


def words(app: AppTest) -> str:
    """All that can be read on the page itself, as people read it: without Markdown's backslashes."""
    main = app.main
    read = [*main.markdown, *main.caption, *main.info, *main.warning, *main.error, *main.success, *main.header]
    return re.sub(r"\\(.)", r"\1", "\n".join(element.value for element in read))


def view(app: AppTest, name: str) -> AppTest:
    app.session_state[gallery_view.VIEW_KEY] = name
    return app.run()


def names_in_gallery(app: AppTest) -> list[str]:
    return [b.key.removeprefix("open-") for b in app.main.button if b.key and b.key.startswith("open-")]


# One pair


def test_the_page_opens_with_what_it_is_for_and_without_an_error(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch)
    assert app.title[0].value == "Dataset"
    assert app.main.markdown[0].value == TEXTS["purpose"]
    assert not app.exception and not app.error


def test_the_array_of_one_pair_is_shown_before_and_after_squeeze(small_dataset, monkeypatch):
    app = open_page(small_dataset(size=(24, 32)), monkeypatch)
    lines = app.main.code[0].value.splitlines()
    shapes = [lines[place + 1] for place, line in enumerate(lines) if line == ">>> trimap.shape"]
    assert shapes == ["(24, 32, 1)", "(24, 32)"]
    assert lines[-1] == "array([1, 2, 3], dtype=uint8)"


def test_the_values_of_one_pair_have_their_meaning_and_share(small_dataset, monkeypatch):
    root = small_dataset()
    values = np.full((24, 32), 2, np.uint8)
    values[:6] = 1
    Image.fromarray(values).save(root / "annotations" / "trimaps" / "pug_1.png")
    table = open_page(root, monkeypatch, pair="pug_1").main.table[0].value
    assert list(table["Value"]) == ["1", "2"]
    assert [meaning.split(":")[0] for meaning in table["Meaning"]] == ["pet", "background"]
    assert list(table["Pixels"]) == ["192", "576"]
    assert list(table["Share"]) == ["25.0%", "75.0%"]


def test_a_pair_can_be_linked_to(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, pair="pug_9")
    assert app.selectbox(key="pair").value == "pug_9"
    assert "pug · dog · test · 32 × 24 px" in words(app)


@pytest.mark.parametrize("name", ["../../etc/passwd", "no_such_pet_1", "", "<script>alert(1)</script>"])
def test_a_link_to_no_pair_shows_the_first_one(small_dataset, monkeypatch, name):
    app = open_page(small_dataset(), monkeypatch, pair=name)
    assert app.selectbox(key="pair").value == "Abyssinian_1"
    assert not app.exception and not app.error


def test_stepping_goes_through_the_pairs_and_round(small_dataset, monkeypatch):
    app = open_page(small_dataset(("pug_1", "pug_2", "pug_3")), monkeypatch)
    seen = [app.button(key="pair-next").click().run().selectbox(key="pair").value for _ in range(3)]
    assert seen == ["pug_2", "pug_3", "pug_1"]
    assert app.button(key="pair-previous").click().run().selectbox(key="pair").value == "pug_3"


def test_a_pair_that_has_gone_says_so_in_a_sentence(small_dataset, monkeypatch):
    root = small_dataset()
    app = open_page(root, monkeypatch)
    (root / "images" / "pug_1.jpg").unlink()
    app.selectbox(key="pair").select("pug_1").run()
    assert [error.value for error in app.error] == [r"pug\_1 does not exist: check the path."]
    assert not app.exception


def test_names_of_files_are_no_markdown(small_dataset, monkeypatch):
    app = open_page(small_dataset(("pug_1", ":red[$x$]*bold*_2", "pug_3", "pug_4")), monkeypatch, view="gallery")
    button = app.button(key="open-:red[$x$]*bold*_2")
    assert button.label == r"\:red\[\$x\$\]\*bold\*\_2"


# The whole


def test_the_figures_count_pairs_parts_and_breeds(small_dataset, monkeypatch):
    app = view(open_page(small_dataset(), monkeypatch), "statistics")
    shown = {metric.label: metric.value for metric in app.main.metric}
    assert shown["Pairs"] == "8"
    assert shown["Breeds"] == "5"
    assert shown["Test"] == "2"
    assert int(shown["Training"]) + int(shown["Validation"]) == 6
    assert shown["Largest"] == "32 × 24"
    assert not app.exception and not app.error


def test_the_pet_is_most_often_in_the_middle(small_dataset):
    folder = small_dataset()
    pet = statistics_view._mean_subject("tiny", 8, 0, _dataset=Dataset.open(folder))
    assert pet.shape == (statistics_view.MEAN_SIZE, statistics_view.MEAN_SIZE)
    assert pet[24, 24] == 1
    assert pet[0, 0] == 0


def test_nothing_left_out_is_said_in_a_sentence(small_dataset, monkeypatch):
    app = view(open_page(small_dataset(), monkeypatch), "statistics")
    assert TEXTS["left_out_none"] in words(app)
    assert not app.main.dataframe


def test_what_was_left_out_is_listed_with_its_reason(small_dataset, monkeypatch):
    root = small_dataset()
    (root / "images" / "pug_77.jpg").write_bytes((root / "images" / "pug_1.jpg").read_bytes())
    (root / "annotations" / "trimaps" / "._pug_1.png").write_bytes(b"Mac OS X")
    app = view(open_page(root, monkeypatch), "statistics")
    table = app.main.dataframe[0].value
    assert dict(zip(table["Reason"], table["Names"], strict=True)) == {
        TEXTS["reason_apple_double"]: "._pug_1.png",
        TEXTS["reason_no_trimap"]: "pug_77",
    }


def test_every_reason_of_the_check_has_its_words_in_every_language():
    reasons = {
        value for name, value in vars(room).items() if name.isupper() and isinstance(value, str) and " " in value
    }
    assert reasons == set(statistics_view.REASONS)
    for texts in (en.TEXTS, zh.TEXTS):
        assert {f"reason_{key}" for key in statistics_view.REASONS.values()} <= set(texts["dataset"])


def test_a_dataset_of_which_nothing_can_be_used_says_why(small_dataset, monkeypatch):
    root = small_dataset()
    for photo in (root / "images").iterdir():
        photo.write_bytes(b"no picture")
    app = open_page(root, monkeypatch)
    assert TEXTS["empty"] in words(app)
    assert list(app.main.dataframe[0].value["Files"]) == [8]
    assert not app.exception and not app.error


def test_a_dataset_without_breeds_in_its_names_shows_its_statistics(small_dataset, monkeypatch):
    app = view(open_page(small_dataset(("one", "two", "three"), trainval=None), monkeypatch), "statistics")
    assert {metric.label: metric.value for metric in app.main.metric}["Breeds"] == "0"
    assert TEXTS["scheme_article"] in words(app)
    assert not app.exception and not app.error


def test_a_folder_that_is_no_dataset_is_an_error_in_a_sentence(monkeypatch, tmp_path):
    app = open_page(tmp_path, monkeypatch)
    assert "no annotations/trimaps/" in app.main.error[0].value
    assert not app.exception


# The gallery


def test_the_gallery_shows_a_page_of_pairs_at_a_time(small_dataset, monkeypatch):
    app = open_page(small_dataset(MANY), monkeypatch, view="gallery")
    first = names_in_gallery(app)
    assert first == sorted(MANY)[: gallery_view.PER_PAGE]
    app.session_state["gallery-page-all-any-None-name"] = 2
    assert names_in_gallery(app.run()) == sorted(MANY)[gallery_view.PER_PAGE :]


def test_the_gallery_is_filtered_by_split_species_and_breed(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, view="gallery")
    app.selectbox(key="gallery-split").select("test").run()
    assert names_in_gallery(app) == ["pug_9", "samoyed_4"]
    app.selectbox(key="gallery-split").select("all")
    app.selectbox(key="gallery-species").select("cat").run()
    assert names_in_gallery(app) == ["Abyssinian_1", "Abyssinian_2", "Bengal_7"]
    app.selectbox(key="gallery-breed").select("Bengal").run()
    assert names_in_gallery(app) == ["Bengal_7"]


def test_a_filter_that_nothing_fits_says_so(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, view="gallery")
    app.selectbox(key="gallery-split").select("test")
    app.selectbox(key="gallery-species").select("cat").run()
    assert TEXTS["none_match"] in words(app)
    assert names_in_gallery(app) == []


def test_pairs_are_sorted_by_the_size_of_the_pet(small_dataset):
    root = small_dataset(("pug_1", "pug_2", "pug_3", "pug_4"))
    for name, rows in (("pug_1", 5), ("pug_2", 20), ("pug_3", 10), ("pug_4", 1)):
        values = np.full((24, 32), 2, np.uint8)
        values[:rows] = 1
        Image.fromarray(values).save(root / "annotations" / "trimaps" / f"{name}.png")
    dataset = Dataset.open(root)
    largest = [sample.name for sample in gallery_view.select(dataset, "all", "any", None, "largest")]
    assert largest == ["pug_2", "pug_3", "pug_1", "pug_4"]
    smallest = [sample.name for sample in gallery_view.select(dataset, "all", "any", None, "smallest")]
    assert smallest == largest[::-1]


def test_a_name_in_the_gallery_leads_to_its_pair(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, view="gallery")
    app.button(key="open-pug_9").click().run()
    assert app.selectbox(key="pair").value == "pug_9"
    assert app.query_params["view"] == "pair"


def test_a_thumbnail_is_small_and_as_the_photo_stands(small_dataset):
    root = small_dataset(("pug_1", "pug_2"), size=(600, 300))
    dataset = Dataset.open(root)
    data = gallery_view.thumbnail(dataset["pug_1"], dataset.classes)
    picture = Image.open(io.BytesIO(data))
    assert picture.size == (120, 240)
    assert len(data) < 20_000


def test_a_thumbnail_of_a_damaged_photo_leaves_the_others(small_dataset, monkeypatch):
    root = small_dataset()
    app = open_page(root, monkeypatch)
    (root / "images" / "pug_1.jpg").write_bytes(b"no picture any more")
    view(app, "gallery")
    assert [warning.value for warning in app.main.warning] == [TEXTS["gone"]]
    assert len(names_in_gallery(app)) == 8


# Which dataset


def test_the_sample_says_how_much_of_the_dataset_it_is_and_whose_photos(monkeypatch):
    app = open_page(None, monkeypatch)
    assert TEXTS["sample"].format(count=148, total=7349) in words(app)
    assert "CVPR" in words(app)


def test_real_photos_come_with_whom_to_cite(small_dataset, monkeypatch):
    assert "Cats and Dogs" in words(open_page(small_dataset(), monkeypatch))


def test_the_page_speaks_chinese(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch, lang="zh", view="gallery")
    assert app.title[0].value == "数据集"
    assert app.main.markdown[0].value == zh.TEXTS["dataset"]["purpose"]
    assert app.query_params["lang"] == "zh"


# The download


class FakeDownload:
    """Stands for ``download_dataset``: says how far it is, then waits to be let go, stopped, or told to fail."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.go = threading.Event()
        self.folders: list[Path] = []

    def __call__(self, folder, progress, cancelled):
        self.folders.append(folder)
        progress(DownloadProgress("download", "images.tar.gz", 200_000_000, 800_000_000, None, 10e6))
        while not self.go.wait(0.01):
            if cancelled():
                raise DownloadCancelled("download_stopped", folder=folder)
        if self.error:
            raise self.error
        (folder / "images").mkdir(parents=True)
        (folder / "annotations" / "trimaps").mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folder / "images" / "pug_1.jpg")
        Image.fromarray(np.full((8, 8), 2, np.uint8)).save(folder / "annotations" / "trimaps" / "pug_1.png")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeDownload:
    """The download without a network, where the server's owner allows it."""
    fake = FakeDownload()
    monkeypatch.setattr("seg.data.download.download_dataset", fake)
    monkeypatch.setenv("SEG_ALLOW_DOWNLOAD", "1")
    return fake


def end_of_download() -> None:
    downloads.downloads.wait(5)
    job = downloads.job(DEFAULT_FOLDER)
    assert job is None or not job.active


def test_a_visitor_from_elsewhere_is_told_that_only_the_owner_may_download(small_dataset, monkeypatch):
    app = open_page(small_dataset(), monkeypatch)
    assert TEXTS["download_not_allowed"] in words(app)
    assert "download-start" not in [button.key for button in app.main.button]


def test_the_offer_names_size_and_licence(small_dataset, monkeypatch, fake):
    app = open_page(small_dataset(), monkeypatch)
    assert "811 MB" in words(app) and "CC BY-SA 4.0" in words(app)
    assert not fake.folders


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(small_dataset, monkeypatch, fake):
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    app.run()
    assert app.get("progress")[0].proto.value == 25
    assert "200 of 800 MB" in app.get("progress")[0].proto.text
    app.button(key="download-stop").click().run()
    end_of_download()
    assert TEXTS["download_stopped"] in words(app.run())
    assert app.button(key="download-start").label == TEXTS["download_go_on"]


def test_a_download_that_fails_says_why(small_dataset, monkeypatch, fake):
    fake.error = DownloadError("mirror_unreachable", host="thor")
    fake.go.set()
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    end_of_download()
    assert "thor could not be reached" in words(app.run())
    assert not app.exception


def test_an_unforeseen_failure_of_the_download_shows_no_traceback(small_dataset, monkeypatch, fake):
    fake.error = RuntimeError("secret")
    fake.go.set()
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    end_of_download()
    assert en.TEXTS["common"]["unexpected"] in words(app.run())
    assert "secret" not in words(app)


def test_what_was_downloaded_can_be_used_beside_what_the_owner_named(small_dataset, monkeypatch, fake):
    fake.go.set()
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    end_of_download()
    app.run()
    assert TEXTS["download_done"] in words(app)
    app.button(key="download-use").click().run()
    assert "oxford-iiit-pet" in words(app)
    assert app.selectbox(key="pair").options == ["pug_1"]
    assert TEXTS["download_done"] not in words(app)


# Other classes than pets


@pytest.mark.parametrize("name", ["pair", "statistics", "gallery"])
def test_a_dataset_with_classes_of_its_own_is_shown_by_their_names(small_dataset, monkeypatch, name):
    root = small_dataset(("a_1", "a_2", "a_3"), trainval=None)
    for file in (root / "annotations" / "trimaps").iterdir():
        Image.fromarray(np.where(np.asarray(Image.open(file)) == 1, 255, 0).astype(np.uint8)).save(file)
    classes = [
        {"name": "sky", "value": 0, "colour": [90, 160, 220], "meaning": "air", "role": "background"},
        {"name": "road *", "value": 255, "colour": [128, 64, 128], "meaning": "tar"},
    ]
    (root / "classes.json").write_text(json.dumps(classes))
    app = open_page(root, monkeypatch, view=name)
    assert not app.exception and not app.error
    assert "road *" in " ".join(caption.value for caption in app.main.caption).replace("\\", "")
