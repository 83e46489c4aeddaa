"""Several photos in one request, and weights by name."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from seg.serve import limits, networks
from seg.training.runs import Run
from tests.serve.test_api import FORM, NO_PET, PET, ROAD, RoadEngine, ask, network, photo
from tests.ui.train.helpers import make_run

__all__ = ["network"]  # a fixture: the server's network takes the left half of white photos for pet


def form(*photos: tuple[str, bytes], field: str = "photos") -> bytes:
    parts = (
        f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in photos
    )
    return b"".join(parts) + b"--x--\r\n"


def archive(answer) -> zipfile.ZipFile:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert int(answer.headers["content-length"]) == len(answer.body)
    return zipfile.ZipFile(io.BytesIO(answer.body))


def test_several_photos_come_back_as_a_zip_that_says_what_became_of_each():
    sent = (("a/tom.png", PET), ("tom.jpg", photo(250)), ("sofa.png", NO_PET), ("notes.txt", b"no picture"))
    files = archive(ask("/api/segment", form(*sent), kind=FORM))
    assert files.namelist() == ["tom.cutout.png", "tom-2.cutout.png", "results.json"]
    assert np.asarray(Image.open(files.open("tom.cutout.png"))).shape == (20, 40, 4)
    rows = json.loads(files.read("results.json"))["photos"]
    assert [row["photo"] for row in rows] == ["tom.png", "tom.jpg", "sofa.png", "notes.txt"]
    assert (rows[0]["file"], rows[0]["has_pet"]) == ("tom.cutout.png", True)
    assert rows[2]["status"] == 422 and "No pet was found in sofa.png" in rows[2]["error"]
    assert rows[3]["status"] == 400 and "notes.txt is not a picture" in rows[3]["error"]


def test_several_photos_have_their_shares_in_one_json():
    answer = ask("/api/segment?as=shares", form(("tom.png", PET), ("x", b""), ("sofa.png", NO_PET)), kind=FORM)
    rows = json.loads(answer.body)["photos"]
    assert [row.get("has_pet") for row in rows] == [True, None, False]
    assert rows[1] == {"photo": "x", "error": "x is empty (0 bytes): choose another file.", "status": 400}


def test_where_no_photo_can_be_answered_the_answer_is_the_error_of_the_first():
    answer = ask("/api/segment", form(("sofa.png", NO_PET), ("chair.png", photo(1))), kind=FORM)
    assert answer.status_code == 422 and "sofa.png" in json.loads(answer.body)["error"]


@pytest.mark.parametrize("name", ["../../../etc/passwd", "..", "\x01\x02.png", "C:\\cats\\" + "m" * 300 + ".png", "."])
def test_names_in_the_zip_lead_nowhere(name: str):
    sent = form((name, PET), ("results.json", photo(251)), ("results", photo(252)))
    names = archive(ask("/api/segment?as=trimap", sent, kind=FORM)).namelist()
    assert len(set(names)) == 4 and names[-1] == "results.json"
    assert all(Path(each).name == each and len(each) < 140 and each.isprintable() for each in names)


def test_more_photos_and_more_bytes_than_a_request_may_have_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "PHOTOS_OF_A_REQUEST", 2)
    for count in (3, 30):
        answer = ask("/api/segment", form(*[("a.png", PET)] * count), kind=FORM)
        assert (answer.status_code == 400 and b"oo many files" in answer.body) or b"more than 2 photos" in answer.body
    monkeypatch.setattr(limits, "ZIP_MEGABYTES", 0)
    answer = ask("/api/segment", form(("a.png", PET), ("b.png", photo(251))), kind=FORM)
    assert answer.status_code == 400 and b"more than 0 MB" in answer.body


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run on the server, whose network knows roads and fields."""
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    made = make_run(tmp_path)
    of_server = networks.segmenter

    def segmenter(path: Path) -> Segmenter:
        is_run = path == made.weights
        info = WeightsInfo(path, "imagenet", ROAD)
        return Segmenter(RoadEngine(), info, 32) if is_run else of_server(path)

    monkeypatch.setattr(networks, "segmenter", segmenter)
    return made


def test_weights_are_chosen_by_name(run: Run):
    shares = [
        json.loads(ask(f"/api/segment?as=shares{query}", PET).body)["shares"]
        for query in ("", "&weights=shipped", f"&weights={run.id}")
    ]
    assert shares[0] == shares[1] and set(shares[1]) == {"pet", "background", "border"}
    assert set(shares[2]) == {"road", "field"}


@pytest.mark.parametrize("name", ["", "nowhere", "/etc/passwd", "../runs", "{weights}", "shipped%00"])
def test_a_name_that_is_not_offered_is_never_a_path(run: Run, name: str):
    answer = ask(f"/api/segment?weights={name.format(weights=run.weights)}", PET)
    assert answer.status_code == 404
    assert f"choose one of shipped, {run.id}" in json.loads(answer.body)["error"]


def test_a_program_is_told_which_weights_there_are(run: Run, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(networks, "server_weights", lambda: run.weights)
    rows = json.loads(ask("/api/weights", method="GET").body)["weights"]
    assert [row["name"] for row in rows] == ["shipped", run.id]
    assert rows[1]["measured"] == {"mean_iou": 0.7, "split": "validation", "photos": 9}
    assert [member["name"] for member in rows[1]["classes"]] == ["pet", "background", "border"]
    assert str(tmp_path) not in json.dumps(rows)
