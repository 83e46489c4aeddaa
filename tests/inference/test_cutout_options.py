"""Options of a cut-out are read in one place, and what is wrong with them is one sentence."""

from __future__ import annotations

import pytest

from seg.inference.cutout_options import PLAIN, Backdrop, CutoutOptions, OptionError, parse_options

BEACH = Backdrop("beach.jpg", "1", b"")


@pytest.mark.parametrize(
    ("text", "background", "colours"),
    [
        ("", "transparent", ()),
        ("blur", "blur", ()),
        ("white", "colour", ((255, 255, 255),)),
        ("#2a9d8f", "colour", ((42, 157, 143),)),
        ("F80", "colour", ((255, 136, 0),)),
        ("white, 000", "gradient", ((255, 255, 255), (0, 0, 0))),
    ],
)
def test_a_background_is_a_word_a_colour_or_two(text, background, colours):
    options = parse_options({"background": text})
    assert (options.background, options.colours) == (background, colours)


def test_options_that_say_nothing_are_the_plain_cutout():
    assert parse_options({}) == parse_options({"background": "", "crop": "", "shadow": ""}) == PLAIN
    assert PLAIN.is_plain and not parse_options({"shadow": "10"}).is_plain


def test_numbers_are_percent_and_a_photo_alone_is_the_background():
    options = parse_options({"shadow": "50", "outline": "2.5%", "crop": "square", "clean": "off"}, BEACH)
    expected = CutoutOptions("photo", backdrop=BEACH, shadow=0.5, outline=0.025, crop="square", clean=False)
    assert options == expected
    assert parse_options({"background": "white"}, BEACH).backdrop is None


def test_two_photos_are_the_same_background_where_their_content_is():
    assert {parse_options({}, BEACH), parse_options({}, Backdrop("beach.jpg", "1", b"again"))} == {
        parse_options({}, BEACH)
    }
    assert parse_options({}, BEACH) != parse_options({}, Backdrop("beach.jpg", "2", b""))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"background": "blau"}, "'blau': use transparent, blur, a colour"),
        ({"background": "white,white,white"}, "two of them"),
        ({"background": "hsl(0,0%,0%)"}, "'hsl(0,0%,0%)'"),
        ({"background": "photo"}, "there is none"),
        ({"crop": "circle"}, "crop is 'circle': use one of none, pet, square"),
        ({"shadow": "dark"}, "shadow is 'dark': use a number of percent from 0 to 100"),
        ({"shadow": "nan"}, "from 0 to 100"),
        ({"outline": "11"}, "from 0 to 10"),
        ({"shade": "1"}, "shade is no option of a cut-out"),
        ({"format": "jpg"}, "JPEG cannot hold what is clear"),
        ({"clean": "yes"}, "on, off"),
        ({"background": "x" * 5000}, "x" * 60 + "'"),
    ],
)
def test_what_is_wrong_with_an_option_is_a_sentence(texts, words):
    with pytest.raises(OptionError) as raised:
        parse_options(texts)
    assert words in str(raised.value)
    assert len(raised.value.sentence("zh")) < 250


def test_what_may_be_clear_becomes_png_and_other_pictures_jpeg():
    assert PLAIN.file_format == "png"
    assert parse_options({"background": "white"}).file_format == "jpeg"
    assert parse_options({"background": "white", "format": "webp"}).file_format == "webp"
