"""The film player in a browser: a film goes on from where it is when the page draws it anew, in whatever place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seg.ui.shared import film_player

FRAME = 400  # milliseconds, as the player has it
PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


@pytest.fixture
def draw(page) -> Callable[..., None]:
    """``draw(place, moments)``: the film as the page draws it, in one of two places, with so many moments.

    ``films``: how many stand side by side. The browser's clock stands still until a test turns it.
    """
    page.clock.install(time=0)
    page.clock.pause_at(1)
    page.set_content("<div id='live'></div><div id='run'></div>")
    page.evaluate(
        """async ([html, js]) => {
            const { default: player } = await import(URL.createObjectURL(new Blob([js], { type: "text/javascript" })));
            const ends = {};
            window.draw = (place, data) => {
                const parentElement = document.getElementById(place);
                ends[place]?.();
                if (!parentElement.children.length) parentElement.innerHTML = html;
                ends[place] = player({ parentElement, data });
            };
            window.remove = (place) => {
                ends[place]();
                document.getElementById(place).remove();
            };
        }""",
        [film_player.HTML, film_player.JS],
    )

    def draw(place: str, moments: int, films: int = 1) -> None:
        film = {"title": "", "photos": PICTURE, "rows": 1, "frames": [[PICTURE, PICTURE]] * moments}
        data = {"shown": "a run", "films": [film] * films, "moments": [str(moment) for moment in range(moments)]}
        data |= {"alts": ["", "", ""], "label": "Moment", "play": "Play", "pause": "Pause"}
        page.evaluate("([place, data]) => draw(place, data)", [place, data])

    return draw


def moment(page, place: str) -> int:
    return int(page.locator(f"#{place} input").input_value())


def let_play(page, frames: int) -> None:
    page.clock.run_for(frames * FRAME)


def test_a_film_that_is_played_goes_on_from_where_it_is_when_the_training_has_ended(page, draw):
    draw("live", 8)
    page.locator("#live button").click()
    let_play(page, 2)
    draw("live", 9)
    assert moment(page, "live") == 2 and page.locator("#live button").text_content() == "Pause"
    let_play(page, 2)
    draw("run", 10)
    page.evaluate("remove('live')")
    assert moment(page, "run") == 4 and page.locator("#run button").text_content() == "Pause"
    let_play(page, 4)
    assert moment(page, "run") == 8 and page.locator("#run button").text_content() == "Pause"
    let_play(page, 3)
    assert moment(page, "run") == 9, "it is played to its end"
    assert page.locator("#run button").text_content() == "Play"


def test_a_film_that_stands_at_its_newest_moment_follows_the_training(page, draw):
    draw("live", 3)
    draw("live", 5)
    assert moment(page, "live") == 4
    draw("run", 6)
    assert moment(page, "run") == 5 and page.locator("#run button").text_content() == "Play"


def test_a_film_that_begins_later_than_the_one_beside_it_is_shown_when_it_has_begun(page, draw):
    draw("live", 1)
    draw("live", 2, films=2)
    assert page.locator("#live figure").count() == 2 and moment(page, "live") == 1
    assert [len(picture.get_attribute("src")) for picture in page.locator("#live img").all()] == [len(PICTURE)] * 6


def test_a_film_that_the_visitor_has_moved_stays_there(page, draw):
    draw("live", 5)
    page.locator("#live input").press("Home")
    page.locator("#live input").press("ArrowRight")
    draw("live", 6)
    draw("run", 7)
    assert moment(page, "live") == moment(page, "run") == 1
