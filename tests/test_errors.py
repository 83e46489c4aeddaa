"""An error is a code and its facts; its sentence stands in the texts, in every language."""

from __future__ import annotations

import pickle

import pytest

from seg.errors import SegError
from seg.texts import LANGUAGES


class PetError(SegError):
    """A kind of error, as rooms define them."""


def test_an_error_speaks_english_by_itself_and_every_language_when_asked():
    error = PetError("api_other_site")
    assert "Pages of other sites" in str(error)
    assert len({error.sentence(language) for language in LANGUAGES}) == len(LANGUAGES)


def test_an_error_within_an_error_speaks_the_same_language():
    error = SegError("in_file", name="a.jpg", reason=PetError("api_other_site"))
    assert error.sentence("zh").endswith(PetError("api_other_site").sentence("zh"))


def test_a_list_in_an_error_has_the_commas_of_its_language():
    error = SegError("api_as", answers=["cutout", "trimap"])
    assert "cutout, trimap" in error.sentence("en")
    assert "cutout、trimap" in error.sentence("zh")


def test_an_error_survives_the_way_to_another_process():
    error = pickle.loads(pickle.dumps(PetError("in_file", name="a.jpg", reason="damaged")))
    assert type(error) is PetError
    assert "a.jpg" in str(error)


def test_a_code_without_a_text_is_a_mistake_in_the_program():
    with pytest.raises(KeyError):
        SegError("no such code").sentence("en")
