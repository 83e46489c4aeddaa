"""The film of a training: what it keeps, that it goes on, and that it stays small."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from seg.classes import PETS
from seg.training.film import FIRST_STEPS, MOST_EPOCHS, Film, Moment, is_kept, shown_together
from seg.training.film_animation import animation
from seg.training.watched import STAGES, Look
from tests.narrow import VALIDATION, tiny_recipe
from tests.narrow_trainings import new_run

MOMENTS = [*(Moment(1, step) for step in (0, 1, 2, 3)), *(Moment(epoch) for epoch in (1, 2, 3, 4))]


def test_a_training_has_a_frame_of_its_first_steps_and_of_every_epoch(finished):
    film = finished.run.film
    assert list(film.frames()) == MOMENTS
    facts = film.facts()
    assert facts["photos"] == list(VALIDATION)
    assert tuple(facts["channels"]) == STAGES
    with Image.open(film.photos) as photos:
        assert photos.size == (32, 3 * 32)


def test_a_frame_has_the_labels_of_the_triptychs_and_a_map_of_each_stage(finished):
    run = finished.run
    for epoch, triptychs in enumerate(run.triptychs(), 1):
        frame = run.film.frames()[Moment(epoch)]
        labels = Image.open(frame.labels)
        assert np.asarray(labels).shape == (3 * 32, 32) and np.asarray(labels).max() < len(PETS)
        drawn = np.asarray(Image.open(triptychs))[8 : 8 + 224, 8 + 2 * 232 : 8 + 2 * 232 + 224]
        first = labels.convert("RGB").crop((0, 0, 32, 32)).resize((224, 224), Image.Resampling.NEAREST)
        np.testing.assert_array_equal(np.asarray(first), drawn)
        assert Image.open(frame.maps).size == (32, 3 * 16)


def test_a_training_that_was_stopped_has_the_same_film(finished, resumed):
    film, expected = resumed[0].film, finished.run.film
    assert film.facts() == expected.facts()
    assert list(film.frames()) == MOMENTS
    before, after = (np.asarray(Image.open(each.frames()[Moment(4)].labels)) for each in (film, expected))
    assert (before != after).mean() < 0.01


def test_a_recipe_without_a_film_leaves_it_out(pets, tmp_path):
    run = new_run(tiny_recipe(film=False), pets, tmp_path).train().run
    assert run.film.frames() == {} and run.film.facts() == {}
    assert len(run.triptychs()) == 1


@pytest.mark.parametrize("epochs", [1, 60, 61, 1000])
def test_a_film_has_few_frames_however_long_the_training_is(epochs):
    moments = [Moment(epoch) for epoch in range(1, epochs + 1)] + [Moment(epoch, 3) for epoch in (1, 2)]
    kept = [moment for moment in moments if is_kept(moment, epochs)]
    assert Moment(epochs) in kept and Moment(1, 3) in kept and Moment(2, 3) not in kept
    assert len(kept) <= MOST_EPOCHS + 2
    assert not is_kept(Moment(1, FIRST_STEPS + 1), epochs)


def test_two_films_are_shown_together_though_one_has_fewer_frames(finished, again, tmp_path):
    long, short = finished.run.film, again.run.film  # four epochs and two
    together = shown_together([long, Film(tmp_path), short])
    assert [moment for moment, _ in together] == MOMENTS
    assert together[-1][1] == [long.frames()[Moment(4)], short.frames()[Moment(2)]]


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_a_film_is_saved_as_a_picture_that_moves(finished, again, format):
    picture = Image.open(io.BytesIO(animation([finished.run.film, again.run.film], format)))
    assert picture.format == format.upper() and picture.n_frames == len(MOMENTS)
    assert picture.width == 2 * 4 * 32 + 12


@pytest.mark.parametrize("damage", ["{", "[]", "{}"])
def test_a_damaged_film_is_none(tmp_path, damage):
    (tmp_path / "film.json").write_text(damage)
    assert Film(tmp_path).facts() == {} and Film(tmp_path).frames() == {}


def test_a_channel_that_falls_silent_gives_way_to_another(tmp_path):
    film, labels = Film(tmp_path / "film"), np.zeros((1, 32, 32), np.uint8)
    maps = np.zeros((1, 4, 4, 3), np.float32)
    maps[0, 0, 0, 1] = 1
    silent = np.roll(maps, 1, axis=-1)
    film.begin(["a"], np.zeros((1, 32, 32, 3), np.uint8), Look(labels, dict.fromkeys(STAGES, maps)))
    assert set(film.facts()["channels"].values()) == {1}
    film.add(Moment(1, 1), Look(labels, {**dict.fromkeys(STAGES, maps), STAGES[-1]: silent}), PETS)
    assert film.facts()["channels"] == {**dict.fromkeys(STAGES, 1), STAGES[-1]: 2}
