"""A run as it is trained: how far it is, its metrics, its curves, and its predictions for three photos."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import streamlit as st
from PIL import Image

from seg.network.weights import WeightsError, read_info
from seg.serve import limits
from seg.serve.caches import Cache
from seg.training.runs import ACTIVE, Run, Status
from seg.ui.shared import parts, run_status
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t
from seg.ui.shared.run_status import REFRESH
from seg.ui.train import film_view

CHARTS_REFRESH = 3 * REFRESH  # seconds; drawing charts takes longer than reading numbers
PICTURE_WIDTH = 704  # pixels of the triptychs as the training writes them

_pictures: Cache[np.ndarray] = Cache(limits.memory_for("triptychs"), lambda picture: picture.nbytes)


@st.fragment(run_every=REFRESH)
def watch(run: Run) -> None:
    """The run that is trained now, read from its folder again every few seconds."""
    with guarded():
        status = run.status()
        if status.state not in ACTIVE:
            st.rerun(scope="app")
        run_status.progress(status)
        _metrics(run, status)
        run_status.stop_button(run, status, "train-stop")


@st.fragment(run_every=CHARTS_REFRESH)
def watch_learning(run: Run) -> None:
    """The curves and pictures of the run that is trained now."""
    with guarded():
        if not run.live():
            st.caption(t("train.first_point"))
            st.skeleton(height=240)
            return
        # Not at the top: the charts' library takes half a second to import, and a page without a run needs none.
        from seg.ui.train import curves_view

        curves_view.show_runs([run], "live")
        triptychs(run, "live")
        film_view.show([run], "live")


def _metrics(run: Run, status: Status) -> None:
    """The latest metrics as numbers; a dash for what is not known yet."""
    live, history = run.live(), run.history()
    now = live[-1] if live else {}
    last = history[-1] if history else {}
    speed = status.photos_per_second or last.get("photos_per_second")
    cell = parts.grid(140)
    cell().metric(t("train.loss"), _shown(now.get("loss"), ".3f"), help=t("train.loss_help"))
    for name in ("pixel_accuracy", "mean_iou"):
        cell().metric(t(f"train.{name}"), _shown(now.get(name), ".1%"), help=t(f"train.{name}_help"))
    cell().metric(t("train.val_mean_iou"), _shown(last.get("val_mean_iou"), ".1%"), help=t("train.val_mean_iou_help"))
    cell().metric(t("train.speed"), _shown(speed, ".1f"), help=t("train.speed_help"))


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def triptychs(run: Run, place: str) -> None:
    """What a run predicts for the photos that it watches, after an epoch; a slider goes back, and stays at the newest
    until it is moved.
    """
    paths = run.triptychs()
    if not paths:
        return
    st.header(t("train.triptychs"), anchor=False, help=t("train.triptychs_help"))
    number = len(paths)
    if number > 1:
        key, seen = f"{place}-epoch-{run.id}", f"{place}-epochs-{run.id}"
        if st.session_state.get(key, 0) in (0, st.session_state.get(seen)):
            st.session_state[key] = number
        st.session_state[seen] = number
        number = st.slider(
            t("train.after_epoch"), 1, number, key=key, help=t("train.after_epoch_help"), width=PICTURE_WIDTH
        )
    path = paths[number - 1]
    with st.container(width=PICTURE_WIDTH):
        parts.picture(
            _pictures.get((str(path), path.stat().st_mtime_ns), lambda: np.asarray(Image.open(path).convert("RGB"))),
            t("train.triptych_caption", epoch=number),
            t("train.triptych_alt", epoch=number),
            f"{run.id}-{path.name}",
            key=f"{place}-triptych",
            download=t("train.triptych"),
        )
        with suppress(WeightsError):  # before the first epoch's weights are written
            parts.legend(read_info(run.weights).classes, with_truth=True)
        if run_status.shows_oxford_pets(run):
            st.caption(t("common.cite"))
