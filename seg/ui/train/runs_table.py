"""All runs: a table, the curves of one or several, and what can be done with a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from seg.serve import trainings
from seg.training.runs import ACTIVE, MOST_OF_NAME, Run, Status
from seg.ui.shared import address, choices, download_buttons, owner, parts, row_choice, run_status
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t
from seg.ui.train import film_view, learned_view, run_view

RUNS_KEY = "runs"  # of the widget, and of the query parameter
TABLE_REFRESH = 10.0  # seconds
WATCHED_KEY = "train-watched"  # the run that a visitor has seen being trained: shown when it has ended
MOST_COMPARED = 7  # as many colours as can be told apart


def show(active: Run | None) -> None:
    st.header(t("train.runs"), anchor=False)
    known = {run.id: run for run in trainings.known_runs(owner.visitor())}
    if not known:
        st.caption(t("train.no_runs"))
        return
    _recall(known, active)
    # A run that is being trained moves on in the table too.
    page = _Page()
    st.fragment(_table, run_every=TABLE_REFRESH if active else None)(list(known.values()), page)
    page.is_below_the_table = True
    chosen = _choose(known, active)
    if chosen == [active]:
        return  # it stands at the top of the page
    if len(chosen) == 1:
        _one(chosen[0])
    elif chosen:
        _several(chosen)


@dataclass
class _Page:
    """A run of the whole page; the table remembers it when it is drawn anew by itself."""

    is_below_the_table: bool = False


def _table(known: Sequence[Run], page: _Page) -> None:
    # Not at the top: it takes half a second to import, and a page without a run needs none.
    import pandas as pd

    with guarded():
        # Beside the boxes to tick a phone has room for these three.
        best = st.column_config.NumberColumn(t("train.best"), help=t("train.best_help"), format="%.1f%%", width=78)
        run = st.column_config.TextColumn(t("train.run"), width=165)
        state = st.column_config.TextColumn(t("train.state"), width=78)
        table = pd.DataFrame([_row(run) for run in known])
        columns = {t("train.best"): best, t("train.run"): run, t("train.state"): state}
        is_ticked = row_choice.table(table, [run.id for run in known], RUNS_KEY, MOST_COMPARED, column_config=columns)
        # What is shown of the runs stands below. Where the page comes to it anyway, beginning anew would forget a
        # button that was pressed at the same time.
        if is_ticked and page.is_below_the_table:
            st.rerun()


def _row(run: Run) -> dict[str, str | float | None]:
    status, about = run.status(), run_status.about(run)
    return {
        # The first columns are those that a phone has room for.
        t("train.best"): None if status.best_mean_iou is None else 100 * status.best_mean_iou,
        t("train.run"): run.title,
        t("train.state"): run_status.state_title(status.state),
        t("train.epochs"): f"{status.epoch} / {status.epochs}",
        t("train.time"): run_status.duration(status.seconds),
        t("train.recipe"): run_status.recipe_title(about.recipe),
        t("train.dataset"): run_status.dataset_title(about.dataset),
    }


def _usual(known: dict[str, Run], active: Run | None) -> list[str]:
    """The runs to look at before anybody has asked for others: the newest, unless one is being trained."""
    return [] if active else [next(iter(known))]


def _recall(known: dict[str, Run], active: Run | None) -> None:
    """The runs to look at are those that the visitor or the address asks for, at first the usual ones."""
    if active:
        st.session_state[WATCHED_KEY] = active.id
    elif WATCHED_KEY in st.session_state:
        st.session_state[RUNS_KEY] = [st.session_state.pop(WATCHED_KEY)]
    # Where the run looked at has been deleted, the usual one takes its place.
    address.recall_several(RUNS_KEY, known, _usual(known, active))
    st.session_state[RUNS_KEY] = st.session_state[RUNS_KEY][:MOST_COMPARED]


def _choose(known: dict[str, Run], active: Run | None) -> list[Run]:
    """The runs to look at, in a field that says them by their names."""
    chosen = st.multiselect(
        t("train.look_at"),
        list(known),
        format_func=lambda run_id: known[run_id].title,
        key=RUNS_KEY,
        max_selections=MOST_COMPARED,
        help=t("train.look_at_help"),
        placeholder=t("train.look_at_none"),
        persist_state="session",
    )
    address.note_several(RUNS_KEY, _usual(known, active))
    return [known[run_id] for run_id in chosen]


def _several(chosen: Sequence[Run]) -> None:
    from seg.ui.train import curves_view

    curves_view.show_runs(chosen, "compare")
    curves_view.download(chosen, "compare")
    _film(chosen)


def _one(run: Run) -> None:
    status = run.status()
    with st.container(border=True):
        st.markdown(f"**{parts.plain(run.title)}** · {run_status.state_title(status.state)}")
        st.caption(run_status.in_words(run))
        if run.is_private:
            st.caption(t("pairs.private"))
        reason = run_status.why_it_ended(status)
        if reason:
            st.warning(reason, icon=":material/error:")
        for note in run_status.notes(status):
            st.info(note, icon=":material/photo_library:")
        stopped = run_status.why_it_stopped(status)
        if stopped:
            st.info(stopped, icon=":material/pause_circle:")
        if status.best_mean_iou is not None:
            kept = "train.last_text" if run_status.keeps_last(run) else "train.best_text"
            st.markdown(t(kept, value=status.best_mean_iou, epoch=status.best_epoch))
        if status.state not in ACTIVE:
            st.caption(t("train.next_finished" if status.state == "finished" else "train.next_unfinished"))
        _actions(run, status)
        if owner.is_here():
            _name(run)
        with st.expander(t("train.settings"), icon=":material/receipt_long:"), guarded():
            st.json(_settings(run))
    with guarded():
        learned_view.show(run)
    if run.history() or run.live():
        from seg.ui.train import curves_view

        curves_view.show_runs([run], "run")
        if run.history():
            curves_view.download([run], "run")
    _triptychs(run)
    _film([run])


def _name(run: Run) -> None:
    """A field for the run's name; what is written there is kept at once."""
    key = f"run-name-{run.id}"
    # The field's default, not put into the session: where a training is watched in its place, the browser forgets the
    # field, draws it anew at the default and sends that, and an empty one would take the name away.
    st.text_input(
        t("train.name"),
        run.name,
        key=key,
        max_chars=MOST_OF_NAME,
        placeholder=run.id,
        help=t("train.name_help"),
        on_change=_rename,
        args=(run, key),
        width=420,
    )


def _rename(run: Run, key: str) -> None:
    """A callback: the sidebar, which is drawn before the field, shows the new name at once."""
    with guarded():
        trainings.rename(owner.visitor(), run, st.session_state[key])
        st.session_state[key] = run.name


def _settings(run: Run) -> dict[str, Any]:
    """The recipe as the run's folder has it, without the server's paths. Raises RecipeError, OSError."""
    return run.recipe.for_others()


@st.fragment
def _triptychs(run: Run) -> None:
    with guarded():
        run_view.triptychs(run, "run")


@st.fragment
def _film(chosen: Sequence[Run]) -> None:
    with guarded():
        film_view.show(chosen, "run")


def _actions(run: Run, status: Status) -> None:
    """All that the visitor can do with a run, on one line where there is room."""
    is_owner = owner.is_here()
    running = status.state in ACTIVE
    with st.container(horizontal=True):
        if run.weights.is_file():
            in_use = st.session_state.get(choices.WEIGHTS_KEY) == run.id
            st.button(
                t("train.in_use" if in_use else "train.use"),
                type="primary",
                icon=":material/check:",
                key="run-use",
                disabled=in_use,
                on_click=_use,
                args=(run.id,),
                help=t("train.use_help"),
            )
        if is_owner and status.state in ("stopped", "interrupted", "failed"):
            _resume(run)
        if run.weights.is_file():
            download_buttons.file(
                t("train.download_weights"),
                lambda: trainings.weights_for_visitors(run),
                f"{run.id}.safetensors",
                key="run-weights",
                help=t("train.download_weights_help"),
            )
        history = run.folder / "history.csv"
        if history.is_file():
            download_buttons.file(
                t("train.download_history"), history.read_bytes, f"{run.id}-history.csv", key="run-history"
            )
        if is_owner and st.button(
            t("train.delete"),
            icon=":material/delete:",
            key="run-delete",
            disabled=running,
            help=t("train.delete_running") if running else None,
        ):
            _ask_to_delete(run)


def _use(run_id: str) -> None:
    """Choose the run's weights in the sidebar: a callback, since a widget's value is set before it is drawn."""
    st.session_state[choices.WEIGHTS_KEY] = run_id


def _resume(run: Run) -> None:
    active = trainings.active(owner.visitor())
    if st.button(
        t("train.resume"),
        icon=":material/resume:",
        key="run-resume",
        disabled=active is not None,
        help=t("errors.training_active", run=parts.plain(active.title)) if active else t("train.resume_help"),
    ):
        trainings.resume(owner.visitor(), run)
        st.rerun()


def _ask_to_delete(run: Run) -> None:
    @st.dialog(t("train.delete_title"), icon=":material/delete:")
    def ask() -> None:
        with guarded():
            st.markdown(t("train.delete_text", run=parts.plain(run.title)))
            with st.container(horizontal=True):
                if st.button(t("train.delete_yes"), type="primary", key="delete-yes"):
                    trainings.delete(owner.visitor(), run)
                    st.rerun()
                if st.button(t("train.delete_no"), key="delete-no"):
                    st.rerun()

    ask()
