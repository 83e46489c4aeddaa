"""How a test opens a page, and ticks a table's rows on it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner
from streamlit.util import calc_hash


@contextmanager
def reading_once() -> Iterator[None]:
    """Within the block what a server reads at its start is read once, and not by each AppTest anew.

    That is the list of what is installed, among which packages may bring components (two thirds of the time of a test),
    and the code of the pages.
    """
    scan, code = functools.cache(manifest_scanner.scan_component_manifests), ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: code)
        yield


def go_to(app: AppTest, page: str) -> AppTest:
    """The app with the page of this address chosen; ``run()`` then opens it.

    ``AppTest.switch_page`` knows which page a file is only after a first run, which would open the front page in vain.
    """
    app._page_hash = calc_hash(page)
    return app


def tick(app: AppTest, table: str, rows: Sequence[int]) -> AppTest:
    """What the browser sends when these rows of a table are ticked, which AppTest cannot do."""
    states = app._tree.get_widget_states()
    state = states.widgets.add()
    state.id = next(frame.proto.id for frame in app.dataframe if frame.key == table)
    state.string_value = json.dumps({"selection": {"rows": list(rows), "columns": [], "cells": []}})
    return app._run(states)


def ticked(app: AppTest, table: str) -> list[int]:
    """The rows that are ticked, whoever has done it."""
    return app.session_state[table]["selection"]["rows"]
