"""How far the file is that a visitor waits for: a share that the page shows in the bar above the button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from seg.ui.shared.guard import guarded

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
KEY = "segment-making"

Note = Callable[[float], None]  # is called with the share of the work that is done, in [0, 1]


@dataclass
class Making:
    """``done``: the share of the work that is done, in [0, 1], or None while no file is made."""

    done: float | None = None

    @contextmanager
    def of_file(self) -> Iterator[Note]:
        """Within the block a file is made; yields what notes how far it is."""
        self.note(0.0)
        try:
            yield self.note
        finally:
            self.done = None

    def note(self, share: float) -> None:
        self.done = share


def of_visitor() -> Making:
    """The same object for as long as the visitor is here: a file is made in a thread that knows no visitor."""
    return st.session_state.setdefault(KEY, Making())


@st.fragment
def watch() -> None:
    """Draw nothing. While a button's file is made, making.js asks for this fragment, which then says how far it is."""
    with guarded():
        # Registered at each call: a component belongs to the server that is running, and each test starts one.
        component = st.components.v2.component("making", js=JS)
        component(key="making", data={"done": of_visitor().done}, on_look_change=lambda: None)
