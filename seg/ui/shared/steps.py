"""Two buttons that go to the one before and to the next, pressed also by Shift and an arrow key."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from seg.ui.shared.language import t

# Not the arrows alone: with them a keyboard moves within a segmented control and a table.
BUTTONS = {"previous": (":material/chevron_left:", "Shift+Left"), "next": (":material/chevron_right:", "Shift+Right")}


def show(texts: str, key: str, previous: str, next: str, go: Callable[[str], None]) -> None:
    """``go``, the buttons' callback, gets ``previous`` or ``next``; ``texts``: the section that has their labels."""
    for name, target in (("previous", previous), ("next", next)):
        icon, shortcut = BUTTONS[name]
        st.button(t(f"{texts}.{name}"), key=f"{key}-{name}", icon=icon, shortcut=shortcut, on_click=go, args=(target,))
