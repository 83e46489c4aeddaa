"""The visits of this server's pages, noted at each run of a page."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SafeSessionState

from seg.serve.visits import visits


def note() -> str:
    """The visitor whose page runs is here; returns the session's id, empty where no page runs."""
    context = get_script_run_ctx()
    if context is None:
        return ""
    visits.note(context.session_id, partial(_forget, context.session_state, context.fragment_storage))
    return context.session_id


def _forget(state: SafeSessionState, fragments: FragmentStorage) -> None:
    """Empty a closed session, but for what Streamlit keeps of its widgets, their callbacks' arguments among it."""
    fragments.clear()
    for key in state.filtered_state:
        with suppress(KeyError):  # the last run of the page may end at this moment
            del state[key]
