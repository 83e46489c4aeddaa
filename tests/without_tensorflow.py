"""``python -m tests.without_tensorflow``: opens every page where neither TensorFlow nor Keras can be imported.

Prints one JSON object: what each page says, by its address.
"""

from __future__ import annotations

import json
import sys
from importlib.abc import MetaPathFinder

from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT
from tests.ui.pages import go_to

BLOCKED = ("tensorflow", "keras")
ADDRESSES = (
    "segment",
    "dataset",
    "dataset?view=gallery",
    "dataset?view=statistics",
    "train",
    "results",
    "inside",
    "inside?section=maps",
    "inside?section=skips",
    "inside?section=scale",
    "inside?section=article",
)


class Blocker(MetaPathFinder):
    """Finds nothing, and lets nobody else find TensorFlow or Keras: as where they are not installed."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def block() -> None:
    """From now on TensorFlow and Keras cannot be imported in this process."""
    sys.meta_path.insert(0, Blocker())


def open_page(address: str) -> dict:
    """What a visitor reads on a page, and how many pictures it shows."""
    page, _, query = address.partition("?")
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    if query:
        name, value = query.split("=")
        app.query_params[name] = value
    go_to(app, page).run()
    return {
        "title": app.title[0].value,
        "info": [element.value for element in app.main.info],
        "sidebar": [element.value for element in app.sidebar.info],
        "errors": [element.value for element in [*app.error, *app.exception]],
        "pictures": len(app.main.get("image")) + len(app.main.get("imgs")),
        "disabled": [button.key for button in app.main.button if button.disabled],
    }


if __name__ == "__main__":
    block()
    pages = {address: open_page(address) for address in ADDRESSES}
    print(json.dumps({"pages": pages, "loaded": [name for name in BLOCKED if name in sys.modules]}))
