"""Names of files become text that can be printed and compared."""

from __future__ import annotations

import os
import sys
import unicodedata

import pytest

from seg import names
from seg.names import STEM_BYTES, compared, readable_name, shortened, storable_name, text_of


@pytest.mark.parametrize("name", ["cat.jpg", "猫.jpg", "Müller é.png", "🐈\u200d⬛.jpg", "گربه\u200cها.jpg"])
def test_a_name_that_can_be_read_stays_what_it_is(name):
    assert readable_name(name) == name


def test_letters_of_two_characters_become_one():
    assert readable_name(unicodedata.normalize("NFD", "Müller_が")) == "Müller_が"


@pytest.mark.skipif(sys.platform == "win32", reason="names on Windows are always text")
def test_a_name_of_an_old_system_is_read_as_windows_wrote_it():
    assert readable_name(os.fsdecode(b"Caf\xe9_\x80.jpg")) == "Café_€.jpg"
    readable_name(os.fsdecode(bytes(range(1, 256)))).encode()  # text that can be written everywhere


def test_what_no_screen_shows_is_replaced():
    assert readable_name("cat\x1b[2J\n\u202egpj.exe") == "cat\ufffd[2J\ufffd\ufffdgpj.exe"


def test_text_is_utf8_or_else_windows():
    assert text_of("\ufeffé".encode()) == text_of(b"\xe9") == "é"


@pytest.mark.parametrize("text", ["n" * 300, "猫" * 90, "é" * 200, "short"])
def test_a_shortened_name_has_no_more_bytes_than_a_file_system_takes_and_no_half_letters(text):
    short = shortened(text)
    assert len(short.encode()) <= STEM_BYTES
    assert text.startswith(short) and len(short.encode()) >= min(len(text.encode()), STEM_BYTES - 3)


def test_names_that_some_file_system_takes_for_one_compare_as_one():
    assert compared("CAFÉ") == compared(unicodedata.normalize("NFD", "café"))
    assert compared("cafe") != compared("café")


def test_a_disk_without_the_letters_of_a_name_gets_others(monkeypatch):
    assert storable_name("猫é.png") == "猫é.png"
    monkeypatch.setattr(names.os, "fsencode", lambda name: name.encode("latin-1"))
    assert [storable_name(name) for name in ("é.png", "猫é.png")] == ["é.png", "__.png"]
