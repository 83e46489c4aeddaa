"""Photos that a visitor gives stay until he removes them."""

from __future__ import annotations

import gc
import io
import time
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec

from seg.serve import limits
from seg.serve.caches import clear_all
from seg.serve.visits import SECONDS_GONE, visits
from seg.texts import fill, texts
from seg.ui.segment import uploads
from seg.ui.segment.upload_form import PHOTOS, TRIMAPS
from seg.ui.segment.uploads import Upload
from tests.ui.pages import go_to
from tests.ui.segment.helpers import BRIGHT, DARK, EN, ZH, buttons, file, give, halves, said, visit

DOG = file("dog.png", halves(DARK, BRIGHT))
BIRD = file("bird.png", halves(BRIGHT, BRIGHT))


def names(at) -> list[str]:
    return [upload.name for upload in at.session_state[PHOTOS]]


def encode_bmp(size: int) -> bytes:
    """A picture whose file has about so many bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", (300, size // 900)).save(buffer, "BMP")
    return buffer.getvalue()


def opened(at) -> list[str]:
    """The photo whose results are shown: the name below its cut-out."""
    return [caption.value.split(" · ")[0] for caption in at.caption if " px" in caption.value]


def test_a_new_photo_joins_those_that_are_kept_and_is_opened():
    at = give(visit(), file())
    go_to(at, "dataset").run()
    go_to(at, "segment").run()
    give(at, DOG)
    assert names(at) == ["cat.png", "dog.png"] and opened(at) == ["dog\\.png"]
    assert EN["download_zip"].format(count=2) in buttons(at)


def test_of_several_new_photos_the_first_is_opened():
    at = give(give(visit(), file()), DOG, BIRD)
    assert names(at) == ["cat.png", "dog.png", "bird.png"] and opened(at) == ["dog\\.png"]


def test_where_the_first_of_several_new_photos_cannot_be_read_the_next_one_is_opened():
    at = give(give(visit(), file()), file("notes.png", b"notes"), DOG)
    assert opened(at) == ["dog\\.png"]


def test_each_kept_photo_can_be_removed():
    at = give(visit(), file(), DOG)
    for name in ("cat\\.png", "dog\\.png"):
        (remove,) = [button for button in at.button if button.label == EN["remove"].format(name=name)]
        remove.click().run()
    assert names(at) == [] and "chelsea" in said(at.caption)


def test_a_removed_photo_leaves_memory_and_so_do_the_others_when_the_visitor_has_gone():
    at = give(visit(), file(), DOG, BIRD)
    held = {upload.name: weakref.ref(upload) for upload in at.session_state[PHOTOS]}
    (remove,) = [button for button in at.button if button.label == EN["remove"].format(name="cat\\.png")]
    remove.click().run().run()  # AppTest has the state as it was before the last run
    gc.collect()
    assert {name for name, upload in held.items() if upload()} == {"dog.png", "bird.png"}

    closed = []
    runtime = SimpleNamespace(is_active_session=lambda _: False, close_session=closed.append)
    visits.close_those_gone(runtime, time.monotonic() + SECONDS_GONE)
    gc.collect()
    assert closed and not any(upload() for upload in held.values()), "the session itself is still held, by the test"


def test_a_visitor_reads_that_a_reload_forgets_the_photos():
    assert EN["kept"] not in said(visit().caption)
    assert EN["kept"] in said(give(visit(), file()).caption)


def test_limits_and_formats_are_said_in_the_visitors_language():
    said_in_chinese = said(visit(lang="zh").caption)
    assert ZH["limits"].format(formats="JPEG、PNG、GIF、WebP、BMP、TIFF、AVIF、HEIC", megabytes=50) in said_in_chinese


def test_a_file_that_is_too_large_is_refused_with_a_sentence_and_the_others_are_taken(monkeypatch):
    monkeypatch.setattr(limits, "UPLOAD_BYTES", 1000)
    at = give(visit(), file(), ("large.png", bytes(1001), "image/png"))
    assert "large\\.png has 0\\.0 MB, more than the 50 MB" in said(at.error)
    assert names(at) == ["cat.png"]
    assert not give(at, DOG).error, "said once"


def test_more_photos_than_a_visitor_may_keep_are_left_out_with_a_sentence(monkeypatch):
    monkeypatch.setattr(limits, "MOST_PHOTOS", 2)
    at = give(visit(), file(), DOG, BIRD)
    assert fill("en", "errors.uploads_many", count=1, most=2) in said(at.error)
    assert names(at) == ["cat.png", "dog.png"]
    assert names(give(at, DOG)) == ["cat.png", "dog.png"] and not at.error, "the same again takes no more room"


def test_more_bytes_than_a_visitor_may_keep_are_left_out_whatever_they_are_given_for(monkeypatch):
    monkeypatch.setattr(limits, "VISITOR_MEGABYTES", 1)
    large = ("large.bmp", encode_bmp(900_000), "image/bmp")
    at = give(visit(), large)
    assert names(at) == ["large.bmp"]
    give(at, ("trimap.png", bytes(200_000), "image/png"), to=TRIMAPS)
    assert fill("en", "errors.uploads_large", count=1, most=1) in said(at.error)
    assert TRIMAPS not in at.session_state


def test_what_a_visitor_keeps_lies_on_disk_until_it_is_removed():
    at = give(visit(), file(), DOG)
    cat, dog = at.session_state[PHOTOS]
    assert isinstance(cat.source, Path) and cat.data == file()[1] and cat.size == len(cat.data)
    (remove,) = [button for button in at.button if button.label == EN["remove"].format(name="cat\\.png")]
    remove.click().run()
    assert not cat.source.exists() and dog.source.exists()
    at.button(key="segment-clear").click().run()
    assert not dog.source.exists()


def test_where_the_disk_is_full_a_file_is_left_out_with_a_sentence_and_the_others_stay(monkeypatch):
    at = give(visit(), file())
    monkeypatch.setattr(limits, "UPLOADS_GIGABYTES", 0)
    give(at, DOG)
    assert texts("en")["errors"]["uploads_full"].format(most=0) in said(at.error)
    assert names(at) == ["cat.png"]


def test_a_file_that_is_gone_from_the_disk_is_told_of():
    at = give(visit(), file())
    (cat,) = at.session_state[PHOTOS]
    cat.source.unlink()
    clear_all()
    at.run()
    assert texts("en")["errors"]["upload_gone"].format(name="cat\\.png") in said(at.error) and not at.exception


def test_of_many_files_one_is_chosen_to_be_removed(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BUTTONS", 2)
    at = give(visit(), file(), DOG, BIRD)
    assert not [button for button in at.button if str(button.key).startswith(f"{PHOTOS}-remove")]
    at.selectbox(key=f"{PHOTOS}-remove-3").set_value(1).run()
    assert names(at) == ["cat.png", "bird.png"] and not at.exception


def test_streamlit_forgets_what_the_page_keeps(monkeypatch):
    forgotten = []
    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", lambda _, session, file: forgotten.append(file))
    give(visit(), file(), DOG)
    assert len(set(forgotten)) == 2


def test_an_upload_is_the_same_by_its_name_and_bytes():
    assert Upload.of("a.png", b"1") == Upload.of("a.png", b"1") != Upload.of("b.png", b"1")


def test_a_long_name_is_short_on_its_button():
    assert uploads._short("a" * 60 + ".jpg") == "a" * 22 + "…" + "aaa.jpg"


def sent(id: str = "1") -> UploadedFile:
    """A file as the uploader holds it."""
    name, data, kind = file()
    return UploadedFile(UploadedFileRec(id, name, kind, data), FileURLs())


def test_what_the_uploader_goes_on_holding_is_taken_once(monkeypatch):
    first, held = sent("1"), uploads.widget_key(PHOTOS)
    state = {held: [first]}
    monkeypatch.setattr(uploads.st, "session_state", state)
    (cat,) = uploads.take(held, PHOTOS)
    assert first.getvalue() == b"", "its bytes are out of memory"
    uploads._remove(PHOTOS, cat.key, cat.name)
    state[held] = [DeletedFile("1")]  # Streamlit does not have it any more, and the browser does not know that
    assert uploads.take(held, PHOTOS) == state[PHOTOS] == state[f"{PHOTOS}-refused"] == []
    state[held] = [DeletedFile("1"), sent("2")]
    assert uploads.take(held, PHOTOS) == state[PHOTOS] == [cat], "the same photo, but given again"
    state[held] = []  # another page drops what the uploader holds
    assert uploads.take(held, PHOTOS) == [] and state[PHOTOS] == [cat]


def test_a_file_that_was_lost_with_the_connection_is_told_once(monkeypatch):
    held = uploads.widget_key(PHOTOS)
    state = {held: [DeletedFile("1")]}
    monkeypatch.setattr(uploads.st, "session_state", state)
    assert uploads.take(held, PHOTOS) == []
    (error,) = state[f"{PHOTOS}-refused"]
    assert str(error) == "The connection broke; files that did not arrive or are gone: 1. Give what is missing again."
    state[held] = [DeletedFile("1"), sent("2")]
    assert len(uploads.take(held, PHOTOS)) == 1 and not state[f"{PHOTOS}-refused"]


class Ended(Exception):
    """Streamlit ends a run of the page, as it may at each touch of the session's state."""


class State(dict):
    """A session's state that ends the run at one touch."""

    def __init__(self, touches: int):
        super().__init__()
        self.left = touches

    def touch(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Ended

    def __getitem__(self, key):
        self.touch()
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        self.touch()
        super().__setitem__(key, value)

    def get(self, key, default=None):
        self.touch()
        return super().get(key, default)

    def setdefault(self, key, default=None):
        self.touch()
        return super().setdefault(key, default)


@pytest.mark.parametrize("touches", range(1, 20))
def test_a_run_that_ends_while_it_takes_a_file_loses_none_and_doubles_none(monkeypatch, touches):
    state, held = State(touches), uploads.widget_key(PHOTOS)
    dict.__setitem__(state, held, [sent()])
    monkeypatch.setattr(uploads.st, "session_state", state)
    try:
        uploads.take(held, PHOTOS)
    except Ended:
        uploads.take(held, PHOTOS)
    assert dict.get(state, PHOTOS) == [Upload.of(*file()[:2])]
    assert dict.get(state, f"{PHOTOS}-taken") == {"1"}
