"""What the tests of the Dataset page share: how it is opened, and what can be read on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seg.texts import en
from seg.ui.dataset.gallery_view import VIEW_KEY
from tests.ui.pages import go_to

APP = Path(__file__).resolve().parents[3] / "streamlit_app.py"
TEXTS = en.TEXTS["dataset"]


def open_page(data: Path | None, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    if data:
        monkeypatch.setenv("SEG_DATA", str(data))
    app = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return go_to(app, "dataset").run()


def words(app: AppTest) -> str:
    """All that can be read on the page itself, as people read it: without Markdown's backslashes."""
    main = app.main
    read = [*main.markdown, *main.caption, *main.info, *main.warning, *main.error, *main.success, *main.header]
    legends = [element.proto.body for element in main.get("html")]
    return re.sub(r"\\(.)", r"\1", "\n".join([element.value for element in read] + legends))


def view(app: AppTest, name: str) -> AppTest:
    app.session_state[VIEW_KEY] = name
    return app.run()


def names_in_gallery(app: AppTest) -> list[str]:
    return [b.key.removeprefix("open-") for b in app.main.button if b.key and b.key.startswith("open-")]
