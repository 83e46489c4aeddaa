"""The film of a run on its page."""

from __future__ import annotations

import json

import numpy as np

from seg.classes import PETS
from seg.texts import zh
from seg.training.film import Film, Moment
from seg.training.runs import Run
from seg.training.watched import STAGES, Look
from tests.ui.train.helpers import TEXTS, make_run, open_page, words

MOMENTS = (Moment(1, 0), Moment(1, 2), Moment(1), Moment(2))


def filmed(run: Run, moments: tuple[Moment, ...] = MOMENTS) -> Run:
    """The run with a film."""
    add_film(run.film, moments)
    return run


def add_film(film: Film, moments: tuple[Moment, ...] = MOMENTS) -> None:
    """A film of two photos, as a training writes it."""
    random = np.random.default_rng(5)
    look = Look(
        random.integers(0, 3, (2, 32, 32)).astype(np.uint8),
        {stage: random.random((2, 8, 8, 3), np.float32) for stage in STAGES},
    )
    film.begin(("a", "b"), random.integers(0, 255, (2, 32, 32, 3)).astype(np.uint8), look)
    for moment in moments:
        film.add(moment, look, PETS)


def player(app) -> dict | None:
    """What the browser is given."""
    elements = [element.proto for element in app.get("bidi_component")]
    return next((json.loads(proto.json) for proto in elements if proto.component_name == "film_player"), None)


def test_a_run_shows_its_film_moment_by_moment(tmp_path):
    run = filmed(make_run(tmp_path))
    app = open_page()
    assert not app.exception and not app.error
    assert TEXTS["film_shows"] in words(app.main)
    shown = player(app)
    assert shown["moments"] == ["before the first step", "after step 2", "after epoch 1", "after epoch 2"]
    (film,) = shown["films"]
    assert (film["title"], film["rows"], len(film["frames"])) == ("", 2, 4)
    assert film["photos"].startswith("data:image/jpeg;base64,")
    assert run.id in shown["shown"]


def test_a_run_of_an_earlier_version_has_none(tmp_path):
    make_run(tmp_path)
    app = open_page()
    assert player(app) is None and TEXTS["film"] not in words(app.main)
    assert not app.exception


def test_a_run_that_is_trained_shows_the_film_so_far(active):
    filmed(active, MOMENTS[:2])
    assert player(open_page())["moments"] == ["before the first step", "after step 2"]


def test_two_films_are_shown_side_by_side_and_no_third(tmp_path):
    runs = [filmed(make_run(tmp_path)) for _ in range(3)]
    app = open_page(runs=[run.id for run in runs])
    assert [film["title"] for film in player(app)["films"]] == [run.id for run in runs[:2]]
    assert TEXTS["film_two"] in words(app.main)


def test_the_film_is_a_file_to_keep(tmp_path):
    filmed(make_run(tmp_path))
    app = open_page()
    assert {app.download_button(key=f"run-film-{format}").label for format in ("gif", "webp")} == {
        TEXTS["film_gif"],
        TEXTS["film_webp"],
    }


def test_moments_are_said_in_the_visitors_language(tmp_path):
    filmed(make_run(tmp_path))
    expected = zh.TEXTS["train"]["film_epoch"].format(epoch=2)
    assert player(open_page(lang="zh"))["moments"][-1] == expected
