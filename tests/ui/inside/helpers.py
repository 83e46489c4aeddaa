"""What the tests of the page "inside" share: how it is opened, and what can be read and seen on it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from seg.texts import texts
from tests.ui.pages import go_to

ROOT = Path(__file__).resolve().parents[3]
EN, ZH = texts("en")["inside"], texts("zh")["inside"]


def visit(section: str = "network", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in {"section": section, **query}.items():
        app.query_params[name] = value
    go_to(app, "inside").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.main.markdown, *app.main.caption])


def pictures(app: AppTest) -> list[str]:
    """The captions of all pictures on the page."""
    return [image.caption for element in app.main.get("image") for image in element.proto.imgs if image.caption]
