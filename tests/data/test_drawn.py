"""The drawn dataset: the same everywhere, in the official layout, with trimaps like the official ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.data import drawn
from seg.data.drawing.breeds import BREEDS
from seg.data.drawing.canvas import Canvas, Part
from seg.data.drawing.poses import POSES, Sketch
from seg.data.drawing.shapes import Placement, box, ellipse
from seg.data.drawn import draw_dataset, drawn_pet, trimap_of

COUNT = 36  # three of each breed

# Border shares of 297 official trimaps: 2 % are below the first, 2 % above the second, the mean is 0.118.
OFFICIAL_BORDER = (0.043, 0.207)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_dataset(tmp_path_factory.mktemp("data") / "pets", COUNT, seed=7)


@pytest.fixture(scope="module")
def trimaps(folder: Path) -> dict[str, np.ndarray]:
    files = sorted((folder / "annotations" / "trimaps").iterdir())
    return {file.stem: np.asarray(Image.open(file)) for file in files}


def trimap_file(folder: Path, name: str) -> Path:
    return folder / "annotations" / "trimaps" / f"{name}.png"


def lines(folder: Path, name: str) -> list[list[str]]:
    text = (folder / "annotations" / name).read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if not line.startswith("#")]


def pixels(folder: Path) -> dict[str, bytes]:
    images = sorted((folder / "images").iterdir())
    return {file.name: np.asarray(Image.open(file)).tobytes() for file in images}


def test_the_seed_decides(tmp_path: Path) -> None:
    once = pixels(draw_dataset(tmp_path / "once", 2, seed=3))
    assert pixels(draw_dataset(tmp_path / "again", 2, seed=3)) == once
    assert not set(pixels(draw_dataset(tmp_path / "other", 2, seed=4)).values()) & set(once.values())


def test_a_larger_dataset_begins_with_the_smaller_one(tmp_path: Path) -> None:
    few, more = (pixels(draw_dataset(tmp_path / str(count), count, seed=5)) for count in (2, 3))
    assert few.items() < more.items()


def test_one_pair_is_decided_by_its_generator() -> None:
    once, again = (drawn_pet(np.random.default_rng(11), BREEDS[3], (120, 90)) for _ in range(2))
    for one, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(one, other)
    photo, trimap = once
    assert (photo.shape, photo.dtype) == ((90, 120, 3), np.uint8)
    assert (trimap.shape, trimap.dtype) == ((90, 120), np.uint8)


@pytest.mark.parametrize("breed", BREEDS, ids=lambda breed: breed.name)
@pytest.mark.parametrize("pose", POSES, ids=lambda pose: pose.name)
def test_every_breed_takes_every_pose(breed, pose) -> None:
    rng = np.random.default_rng(1)
    sketch = Sketch(breed.build.varied(rng), breed.coats[0].varied(rng), (200, 40, 40), rng)
    pose.draw(sketch)
    canvas = Canvas(Image.new("RGB", (160, 160)), light=(-0.5, -0.8))
    canvas.paint(sketch.parts, Placement(55, (80, 150)), rng, pet=True)
    assert 0.05 < (np.asarray(canvas.pet) > 0).mean() < 0.9


def test_layout(folder: Path, trimaps: dict[str, np.ndarray]) -> None:
    sizes = {}
    for file in (folder / "images").iterdir():
        with Image.open(file) as photo, Image.open(trimap_file(folder, file.stem)) as trimap:
            assert (photo.format, photo.mode, trimap.format, trimap.mode) == ("JPEG", "RGB", "PNG", "L")
            assert photo.size == trimap.size
            sizes[file.stem] = photo.size
    assert len(sizes) == COUNT
    assert sizes.keys() == trimaps.keys()
    assert all(280 <= max(size) <= 360 for size in sizes.values())
    assert {width > height for width, height in sizes.values()} == {True, False}
    assert all(set(np.unique(trimap)) == {1, 2, 3} for trimap in trimaps.values())


def test_lists(folder: Path, trimaps: dict[str, np.ndarray]) -> None:
    every, trainval, test = (lines(folder, name) for name in ("list.txt", "trainval.txt", "test.txt"))
    assert sorted(line[0] for line in every) == sorted(trimaps)
    assert sorted(trainval + test) == sorted(every)
    assert len(test) == COUNT // 3
    breeds = {}
    for name, class_id, species, breed_id in every:
        assert species == ("1" if name[0].isupper() else "2")
        breeds.setdefault(name.rpartition("_")[0], set()).add((int(class_id), species, int(breed_id)))
    assert all(len(ids) == 1 for ids in breeds.values())
    assert all(breed.lower().startswith("drawn_") for breed in breeds)
    ids = [next(iter(ids)) for ids in breeds.values()]
    assert sorted(class_id for class_id, _, _ in ids) == list(range(1, len(BREEDS) + 1))
    for species in ("1", "2"):
        kin = sorted(breed_id for _, one, breed_id in ids if one == species)
        assert kin == list(range(1, len(kin) + 1))
    for split in (trainval, test):
        assert {line[0].rpartition("_")[0] for line in split} == breeds.keys()
    assert (folder / "annotations" / "list.txt").read_text(encoding="utf-8").startswith("#")


def test_borders_are_as_wide_as_the_official_ones(trimaps: dict[str, np.ndarray]) -> None:
    shares = [(trimap == 3).mean() for trimap in trimaps.values()]
    assert 0.095 < np.mean(shares) < 0.14
    assert np.mean([OFFICIAL_BORDER[0] < share < OFFICIAL_BORDER[1] for share in shares]) > 0.9


def test_pets_are_small_and_large(trimaps: dict[str, np.ndarray]) -> None:
    shares = [(trimap == 1).mean() for trimap in trimaps.values()]
    assert min(shares) < 0.15 and max(shares) > 0.4
    assert 0.2 < np.mean(shares) < 0.4


def test_pets_do_not_differ_from_their_surroundings_by_colour_alone(folder: Path, trimaps) -> None:
    counts = np.full((2, 8, 8, 8), 1e-9)  # pet or not, by colour
    for name, trimap in trimaps.items():
        colours = np.asarray(Image.open(folder / "images" / f"{name}.jpg")) // 32
        for row, value in enumerate((1, 2)):
            np.add.at(counts[row], tuple(colours[trimap == value].T), 1)
    best_guess = counts.max(axis=0).sum() / counts.sum()
    assert best_guess < 0.85  # by colour, on the very pictures it was learned from


def test_the_border_straddles_the_outline_and_not_the_frame() -> None:
    pet = np.zeros((200, 200), bool)
    pet[:, :100] = True
    middle = trimap_of(pet)[100]
    assert middle[0] == 1 and middle[-1] == 2
    (band,) = np.nonzero(middle == 3)
    assert band.tolist() == list(range(96, 104))  # 0.04 of 200 pixels, half of it on either side
    assert set(trimap_of(np.ones((60, 80), bool)).flat) == {1}
    assert set(trimap_of(np.zeros((60, 80), bool)).flat) == {2}


def test_what_stands_in_front_hides_the_pet_and_whiskers_do_not_count() -> None:
    canvas, at = Canvas(Image.new("RGB", (100, 100)), light=(-0.5, -0.8)), Placement(100, (0, 100))
    rng = np.random.default_rng(0)
    canvas.paint([Part((ellipse((0.5, 0.5), 0.4, 0.4),), (200, 120, 60))], at, rng, pet=True)
    whole = np.asarray(canvas.pet)
    whiskers = Part((box(0.0, 0.5, 1.0, 0.52),), (255, 255, 255), solid=False)
    canvas.paint([whiskers], at, rng, pet=True)
    np.testing.assert_array_equal(np.asarray(canvas.pet), whole)
    canvas.paint([Part((box(0.3, 0.0, 0.7, 0.4),), (90, 60, 40))], at, rng)
    hidden = (whole > 0) & (np.asarray(canvas.pet) == 0)
    assert hidden[65:95, 35:65].sum() > 500
    np.testing.assert_array_equal(np.asarray(canvas.pet)[:55], whole[:55])


def test_an_empty_folder_is_filled_and_progress_told(tmp_path: Path) -> None:
    told = []
    (tmp_path / "pets").mkdir()
    assert draw_dataset(tmp_path / "pets", 2, progress=lambda *step: told.append(step)) == tmp_path / "pets"
    assert told == [(1, 2), (2, 2)]
    assert [path.name for path in tmp_path.iterdir()] == ["pets"]
    names = [line[0] for line in lines(tmp_path / "pets", "trainval.txt")]
    assert names == ["drawn_spaniel_1", "Drawn_tabby_1"]


def test_an_existing_folder_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="already exists and is not empty"):
        draw_dataset(tmp_path, 1)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("mine.txt", "mine")]
    with pytest.raises(FileExistsError):
        draw_dataset(tmp_path / "mine.txt", 1)
    with pytest.raises(ValueError, match="at least one"):
        draw_dataset(tmp_path / "none", 0)


def test_a_folder_that_appears_meanwhile_is_left_alone(tmp_path: Path) -> None:
    def intrude(*_: int) -> None:
        (tmp_path / "pets").mkdir()
        (tmp_path / "pets" / "theirs.txt").write_text("theirs")

    with pytest.raises(FileExistsError):
        draw_dataset(tmp_path / "pets", 1, progress=intrude)
    assert [path.name for path in tmp_path.rglob("*")] == ["pets", "theirs.txt"]


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()], ids=["disk full", "stopped"])
def test_a_failure_midway_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    save = Image.Image.save

    def failing(self: Image.Image, path: Path, **options: object) -> None:
        if path.name == "drawn_spaniel_1.png":
            raise failure
        save(self, path, **options)

    monkeypatch.setattr(drawn.Image.Image, "save", failing)
    with pytest.raises(type(failure)):
        draw_dataset(tmp_path / "pets", 4)
    assert list(tmp_path.iterdir()) == []
