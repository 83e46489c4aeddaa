"""What a run has learned from corrections: before and after, and a slider for how much of it is used."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from seg.serve import learning
from seg.serve.jobs import Job
from seg.serve.learning import FEW_HELD_OUT, LearningProgress
from seg.training import blend
from seg.training.blend import SHARES, Blend
from seg.training.runs import Run
from seg.ui.shared import choices, download_buttons, owner, parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

REFRESH = 1.0  # seconds between two looks at a measurement
# Of the table's columns, in pixels: all of them together are no wider than a phone.
WIDTHS = {"share_column": 68, "yours": 58, "yours_pet": 80, "test": 58, "test_pet": 76}


def show(run: Run) -> None:
    """Nothing for a run that learned from nothing of one's own, or has not finished."""
    if not (owner.is_here() and blend.has_blends(run)):
        return
    st.header(t("pairs.gain"), anchor=False)
    st.markdown(t("pairs.gain_text"))
    job = learning.job(run)
    if job and job.active:
        _watch(run)
        return
    blends = blend.measured_blends(run)
    _offer(run, job, bool(blends))
    if blends:
        _held_out(blends)
        _table(blends)
    _slider(run, blends)


def _offer(run: Run, job: Job[LearningProgress] | None, is_measured: bool) -> None:
    """The button that measures, and why the last measurement gave nothing."""
    if job and job.state == "failed":
        st.error(parts.sentence(job.error) if job.error else t("common.unexpected"), icon=":material/error:")
    elif job and job.state == "stopped":
        st.info(t("pairs.measure_stopped"), icon=":material/pause_circle:")
    # A callback: where this button stands, the page then shows how far the measurement is.
    st.button(
        t("pairs.measure_again" if is_measured else "pairs.measure"),
        key="learned-measure",
        type="secondary" if is_measured else "primary",
        icon=":material/speed:",
        help=t("pairs.measure_help"),
        on_click=_measure,
        args=(run,),
    )


def _measure(run: Run) -> None:
    with guarded():
        learning.start(owner.visitor(), run)


@st.fragment(run_every=REFRESH)
def _watch(run: Run) -> None:
    with guarded():
        job = learning.job(run)
        if job is None or not job.active:
            st.rerun(scope="app")
        progress = job.progress
        share, text = 0.0, t("pairs.measuring_soon")
        if progress:
            share = progress.done / progress.photos
            text = t("pairs.measuring", done=progress.done, photos=progress.photos)
        st.progress(share, text)
        if st.button(t("pairs.measure_stop"), key="learned-stop", icon=":material/stop:"):
            learning.stop(owner.visitor(), run)


def _held_out(blends: Sequence[Blend]) -> None:
    """How much the figures on one's own photos can say."""
    held_out = blends[0].held_out
    if held_out is None:
        st.info(t("pairs.no_held_out"), icon=":material/info:")
        return
    if held_out.predicted:
        text = t("pairs.predicted_held_out", count=held_out.predicted, photos=held_out.photos)
        st.warning(text, icon=":material/balance:")
    if held_out.photos < FEW_HELD_OUT:
        st.info(t("pairs.few_held_out", count=held_out.photos), icon=":material/info:")


def _table(blends: Sequence[Blend]) -> None:
    # Not at the top: it takes half a second to import, and a page without a run needs none.
    import pandas as pd

    titles = {name: t(f"pairs.{name}") for name in WIDTHS}
    rows: list[dict[str, float]] = []
    for measured in blends:
        row = {titles["share_column"]: measured.share}
        for where, quality in (("yours", measured.held_out), ("test", measured.dataset)):
            if quality:
                row |= {titles[where]: quality.mean_iou, titles[f"{where}_pet"]: quality.subject_iou}
        rows.append(row)
    table = pd.DataFrame(rows)
    columns = {
        titles[name]: st.column_config.NumberColumn(format="%d%%" if name == "share_column" else "%.1f%%", width=width)
        for name, width in WIDTHS.items()
    }
    st.dataframe(100 * table, hide_index=True, width="content", column_config=columns)
    last = blends[-1]
    sets = (("pairs.yours_are", last.held_out), ("pairs.test_are", last.dataset))
    said = (t(text, count=quality.photos) for text, quality in sets if quality)
    st.caption(parts.sentences(t("pairs.columns_are"), *said))
    download_buttons.csv(lambda: table, "before-and-after.csv")


def _slider(run: Run, blends: Sequence[Blend]) -> None:
    """How much of what was learned is to be used, what that gives, and the button that makes the run's weights so."""
    in_use = blend.share_in_use(run)
    # The slider's default, not put into the session: while a measurement stands in its place the browser forgets the
    # slider, and draws it anew at the default, whatever the session has.
    share = st.select_slider(
        t("pairs.share"),
        SHARES,
        in_use if in_use in SHARES else SHARES[-1],
        key=f"learned-share-{run.id}",
        format_func=_share_title,
        help=t("pairs.share_help"),
        width=420,
    )
    _metrics({row.share: row for row in blends}, share)
    is_chosen = st.session_state.get(choices.WEIGHTS_KEY) == run.id and share == in_use
    st.button(
        t("train.in_use") if is_chosen else t("pairs.use", share=_share_title(share)),
        key="learned-use",
        type="primary",
        icon=":material/check:",
        disabled=is_chosen,
        on_click=_use,
        args=(run, share),
        help=t("pairs.use_help"),
    )
    if share != in_use:
        st.caption(t("pairs.other_in_use", share=_share_title(in_use)))


def _metrics(measured: dict[float, Blend], share: float) -> None:
    """The figures of a share, and by how much they differ from those of before."""
    if share not in measured or SHARES[0] not in measured:
        return
    now, before = measured[share], measured[SHARES[0]]
    cell = parts.grid(168)  # the longest label in one line, and two of them side by side on a phone
    pairs = (("pairs.on_held_out", now.held_out, before.held_out), ("pairs.on_dataset", now.dataset, before.dataset))
    for title, quality, old in pairs:
        if quality and old:
            where = t(title, photos=quality.photos)
            for text, value, was in (
                ("pairs.mean_iou_on", quality.mean_iou, old.mean_iou),
                ("pairs.pet_iou_on", quality.subject_iou, old.subject_iou),
            ):
                points = round(100 * (value - was), 1)
                cell().metric(
                    t(text, where=where),
                    f"{value:.1%}",
                    delta=(t("pairs.points", value=points) if points else t("pairs.no_change")) if share else None,
                    delta_color="normal" if points else "off",
                    delta_arrow="auto" if points else "off",
                )


def _share_title(share: float) -> str:
    if share in (SHARES[0], SHARES[-1]):
        return t("pairs.share_before" if share == SHARES[0] else "pairs.share_learned")
    return f"{share:.0%}"


def _use(run: Run, share: float) -> None:
    """A callback: the sidebar, which is drawn before the slider, has the weights at once."""
    with guarded():
        learning.use(owner.visitor(), run, share)
        st.session_state[choices.WEIGHTS_KEY] = run.id
