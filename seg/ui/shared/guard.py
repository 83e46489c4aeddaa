"""No page ever shows a traceback: an error is one sentence and what to do."""

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
    """Show what goes wrong inside as one sentence; the server's log gets the traceback.

    Wrap the body of every fragment in it too: a fragment runs again without the page around it.
    """
    try:
        yield
    except SegError as error:
        st.error(parts.sentence(error), icon=":material/error:")
        _log.warning("%s", error)
    except ValueError as error:
        # Every error that a photo, a dataset, weights, a recipe or a run can cause speaks for itself.
        st.error(str(error), icon=":material/error:")
        _log.warning("%s", error)
    except Exception:
        _log.exception("a page failed")
        st.error(t("common.unexpected"), icon=":material/error:")
