"""Folders and lists of photos, on disk and in stores, and what their results are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from seg.scale.on_ray import Job, find, result_stem
from seg.scale.places import Place, PlaceError, listed


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "photos"
    for name in ("tom.jpg", "cats/tom.jpg", "cats/.hidden/x.jpg", "cats/tom.jpg.trimap.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def test_photos_of_all_folders_are_found_and_neither_hidden_ones_nor_results(photos):
    for address in (str(photos), f"file://{photos}"):
        assert list(Place(address).photo_names()) == ["cats/tom.jpg", "tom.jpg"]
        assert Place(address).read("cats/tom.jpg") == b"cats/tom.jpg"


def test_a_file_is_a_place_with_one_photo(photos):
    place = Place(str(photos / "tom.jpg"))
    assert list(place.photo_names()) == [""]
    assert place.read("") == b"tom.jpg"
    assert result_stem(place, "") == "tom.jpg"


def test_what_is_written_is_there_with_its_folders(tmp_path):
    for number, address in enumerate((str(tmp_path / "a"), f"file://{tmp_path / 'b'}")):
        place = Place(address)
        assert place.written() == set()
        place.write("cats/tom.jpg.trimap.png", b"trimap")
        assert place.written() == {"cats/tom.jpg.trimap.png"}, number
        assert place.read("cats/tom.jpg.trimap.png") == b"trimap"


def test_file_systems_that_fsspec_alone_knows_are_used_through_it():
    place = Place("memory://seg-test/results")
    place.write("tom.jpg.trimap.png", b"trimap")
    assert Place("memory://seg-test/results").written() == {"tom.jpg.trimap.png"}


@pytest.mark.parametrize("address", ["nowhere://x", "/does/not/exist"])
def test_an_address_that_cannot_be_used_is_one_sentence(address):
    with pytest.raises(PlaceError) as caught:
        list(Place(address).names())
    assert address in str(caught.value) and "\n" not in str(caught.value)


def test_a_list_names_photos_by_their_whole_addresses(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("s3://bucket/cats/tom.jpg\n\n/data/tom.jpg\n")
    photos = [(place.address, name) for place, name in listed(path)]
    assert photos == [("s3://bucket", "cats/tom.jpg"), ("/", "data/tom.jpg")]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b.jpg"])
def test_no_name_leads_out_of_the_target(name):
    stem = result_stem(Place("s3://bucket"), name)
    assert not stem.startswith(("/", ".."))


def test_what_has_all_its_results_is_done(photos, tmp_path):
    target = Place(str(tmp_path / "out"))
    job = Job(parts=("trimap", "cutout"))
    for part in ("trimap", "cutout"):
        assert [name for _, name in find([str(photos)], target, job).waiting] == ["cats/tom.jpg", "tom.jpg"]
        target.write(f"tom.jpg.{part}.png", b"")
    found = find([str(photos)], target, job)
    assert [name for _, name in found.waiting] == ["cats/tom.jpg"]
    assert found.done_before == 1
