"""No page shows a traceback: an error is one sentence that says what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from seg.errors import SegError
from seg.ui.shared import parts
from seg.ui.shared.language import t

_log = logging.getLogger("seg.ui")


@contextmanager
def guarded() -> Iterator[None]:
    """Show an error of the block as one sentence in the visitor's language.

    A SegError says what is wrong. Any other exception is a mistake in the program: its traceback goes to the log. Every
    fragment needs a block for its body, since a fragment runs again without the page around it.
    """
    try:
        yield
    except SegError as error:
        st.error(parts.sentence(error), icon=":material/error:")
        _log.warning("%s", error)
    except Exception:
        _log.exception("a page failed")
        st.error(t("common.unexpected"), icon=":material/error:")
