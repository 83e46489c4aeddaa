"""The page "train": start a training, watch it, and look at all that have been."""

from __future__ import annotations

import streamlit as st

from seg.ui import parts, server, train_form, train_runs, train_status, train_watch
from seg.ui.guard import guarded
from seg.ui.texts import t


def page() -> None:
    st.title(t("train.title"), anchor=False)
    st.markdown(t("train.purpose"))
    active = server.active_run()
    with guarded():
        if active:
            st.subheader(t("train.now", run=parts.plain(active.id)), anchor=False)
            st.caption(train_status.in_words(active))
            train_watch.watch(active)
        else:
            st.subheader(t("train.new"), anchor=False)
            train_form.show()
    with guarded():
        train_runs.show(active)


if __name__ == "__main__":
    page()
