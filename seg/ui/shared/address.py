"""What a visitor has chosen, in the page's address by its code: ``?lang=zh``, ``?view=gallery``.

Streamlit's ``bind="query-params"`` writes a choice's label, which is another one in every language, and drops a code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_LOOKS, _VISIT = "address-looks", "address-visit"

Choice = str | tuple[str, ...]  # the code of what is chosen; several codes where a widget takes several


@dataclass
class _Look:
    """How one choice stood when its widget was last drawn.

    ``visit``: the visit to a page in which that was. ``asked``: the code in the address then, or None. ``silent``: the
    code that an address without the key stood for.
    """

    visit: int
    asked: Choice | None
    chosen: Choice
    silent: Choice


def base_path() -> str:
    """The path below which all pages lie: empty, or ``/pets`` for ``--server.baseUrlPath pets``."""
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def recall(key: str, options: Collection[str], default: str) -> None:
    """Before the widget ``key`` is drawn: choose what the visitor has pressed, else what the address asks for.

    An address that has changed wins over what was chosen before: by Back, by Forward, by a link. One without the key
    then stands for what it stood for before, so that Back from ``?view=gallery`` undoes the choice of the gallery.
    When the visitor turns to another page, its address is empty at first, and the choice stays as it is. Where Back has
    led to another page, its address has the key, and those before it without the key stand for the default.
    """

    def known(choice: Choice | None) -> bool:
        return choice in options

    st.session_state[key] = _recall(key, st.query_params.get(key), st.session_state.get(key), known, default)


def recall_several(key: str, options: Collection[str], default: Sequence[str]) -> None:
    """The same for a widget of several choices, ``?runs=a&runs=b``; codes that are no options are left out."""

    def of_options(codes: Sequence[str]) -> tuple[str, ...]:
        return tuple(code for code in dict.fromkeys(codes) if code in options)

    def known(choice: Choice | None) -> bool:
        return choice is not None and set(choice) <= set(options)

    pressed = st.session_state.get(key)
    chosen = None if pressed is None else of_options(pressed)
    if pressed and not chosen:
        chosen = None  # none of them is there any more
    asked = of_options(st.query_params.get_all(key)) or None
    st.session_state[key] = list(_recall(key, asked, chosen, known, tuple(default)))


def _recall(
    key: str, asked: Choice | None, chosen: Choice | None, known: Callable[[Choice | None], bool], default: Choice
) -> Choice:
    """What is chosen from now on: ``asked`` by the address, or ``chosen`` in the widget."""
    looks: dict[str, _Look] = st.session_state.setdefault(_LOOKS, {})
    last, visit = looks.get(key), _visit()
    is_new_visit = last is None or last.visit != visit
    if last is None or (is_new_visit and known(asked)):
        silent = default
    elif is_new_visit:
        silent = last.chosen
    else:
        silent = last.silent
    has_been_pressed = known(chosen) and (last is None or chosen != last.chosen)
    has_changed = last is None or is_new_visit or asked != last.asked
    if not has_been_pressed and (has_changed or not known(chosen)):
        chosen = asked if known(asked) else silent
    result = chosen if chosen is not None and known(chosen) else default
    looks[key] = _Look(visit, asked, result, silent)
    return result


def note(key: str, default: str) -> None:
    """After the widget ``key`` is drawn: the address says what is chosen, so that a refresh and a link bring it back.

    ``default`` is what an address without the key stands for. Each change is a step that the browser's Back undoes.
    """
    look, chosen = st.session_state[_LOOKS][key], st.session_state[key]
    if st.query_params.get(key, default) != chosen:
        if chosen == default:
            del st.query_params[key]
        else:
            st.query_params[key] = chosen
    look.asked, look.chosen = st.query_params.get(key), chosen
    if look.asked is None:
        look.silent = chosen


def note_several(key: str, default: Sequence[str]) -> None:
    """The same after ``recall_several``. Nothing chosen has no place in an address, and leaves it without the key."""
    look, chosen = st.session_state[_LOOKS][key], tuple(st.session_state[key])
    if chosen in (tuple(default), ()):
        st.query_params.pop(key, None)
    elif tuple(st.query_params.get_all(key)) != chosen:
        st.query_params[key] = list(chosen)
    look.asked, look.chosen = tuple(st.query_params.get_all(key)) or None, chosen
    if look.asked is None:
        look.silent = chosen


def choose(choices: Mapping[str, str]) -> None:
    """A button's callback: choose several things by their keys, as one step that Back undoes."""
    for key, code in choices.items():
        st.session_state[key] = code
    # Each change of the address is a step of the browser's history: all of them are one change.
    st.query_params.from_dict({**st.query_params.to_dict(), **choices})


def _visit() -> int:
    """The number of this visit to a page: it goes up when the visitor turns to another page."""
    context = get_script_run_ctx()
    page = context.page_script_hash if context else ""
    last_page, number = st.session_state.get(_VISIT, (page, 0))
    if page != last_page:
        number += 1
    st.session_state[_VISIT] = (page, number)
    return number
