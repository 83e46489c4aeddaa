"""``python -m tests.without_tensorflow``: opens every page where neither TensorFlow nor Keras can be imported.

Calls verbs of the command line and ``train`` as well. Prints one JSON object: ``pages``, what each page says, by its
address; ``verbs``, exit code, standard output and standard error by command; ``train``, what a script is told.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.abc import MetaPathFinder

from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT
from tests.owners import OWNER
from tests.ui.pages import go_to, reading_once

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

SAMPLES = ROOT / "seg" / "ui" / "segment" / "samples"
WORKING = (f"predict {SAMPLES} --output segmented", "stats", "summary", "doctor", "export --to openvino pets.xml")
REFUSED = (
    "train",
    "compare",
    "export --to keras pets.keras",
    f"predict --engine keras {SAMPLES} --output segmented",
    "benchmark --engines keras",
    "benchmark --engines model.predict",
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
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=400)
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


def be_the_owner() -> None:
    """AppTest has no connection that would say where a visitor comes from."""
    from seg.ui.shared import owner

    owner.visitor = lambda: OWNER
    owner.listens_on = lambda: OWNER.listens_on


def call(command: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a verb."""
    from seg.commands.main import main

    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        code = main(command.split())
    return code, output.getvalue(), errors.getvalue()


def train_from_python() -> str:
    """What a script that trains is told."""
    from seg import train
    from seg.errors import SegError

    try:
        train("demo", runs=os.environ["SEG_RUNS"])
    except SegError as error:
        return str(error)
    return "trained"


if __name__ == "__main__":
    block()
    be_the_owner()
    with reading_once():
        pages = {address: open_page(address) for address in ADDRESSES}
    answers = {
        "pages": pages,
        "verbs": {command: call(command) for command in (*WORKING, *REFUSED)},
        "train": train_from_python(),
        "loaded": [name for name in BLOCKED if name in sys.modules],
    }
    print(json.dumps(answers))
