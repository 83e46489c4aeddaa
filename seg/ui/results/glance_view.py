"""At a glance: what is known of the weights in use without waiting, and six photos with what the network makes of them.

The photos are of the sample that ships; for weights with other classes, of the dataset in the sidebar if it has these.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from seg.classes import Classes
from seg.data.dataset import OFFICIAL_PAIRS, SAMPLE_FOLDER, Dataset
from seg.evaluation.stored import history_of, report_of
from seg.network.weights import weights_folder
from seg.serve import datasets, evaluations
from seg.serve.evaluations import Task
from seg.training.runs import Run
from seg.ui.results import examples, jobs_view, metrics_view
from seg.ui.results.jobs_view import Candidate
from seg.ui.results.metrics_view import Measured
from seg.ui.shared import choices, parts, run_status
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

MOST_PHOTOS = 48  # measured without being asked: seconds
SHOWN = 2  # photos of each kind: the worst, the median and the best


def show(weights: Path) -> None:
    title = choices.weights_title(choices.weights_choice())
    run_history = Run(weights.parent).history()
    stored = report_of(weights)
    if stored:
        # Shown before the dataset is opened: its first check takes a second or more.
        is_shipped = weights.parent.resolve() == weights_folder().resolve()
        _metrics(Measured(title, weights, stored, on_official_test=is_shipped))
    dataset = dataset_of_examples()
    task = Task.of(weights, dataset, "test", MOST_PHOTOS) if dataset else None
    of_examples = evaluations.report(task) if task else None
    if not stored and of_examples:
        _metrics(Measured(title, weights, of_examples))
    elif not stored:
        _validation(run_history)
    _curves(title, history_of(weights), run_history)
    st.header(t("results.examples"), anchor=False, help=t("results.examples_help"))
    if not task or not dataset:
        st.info(t("results.no_examples"), icon=":material/photo_library:")
        return
    st.caption(_which_photos(dataset, task.photos))
    if of_examples:
        _examples(Measured(title, weights, of_examples), dataset)
    else:
        _measure(Candidate(title, task))


def _metrics(measured: Measured) -> None:
    st.markdown(_where(measured))
    metrics_view.show([measured])


def dataset_of_examples() -> Dataset | None:
    """A dataset with the classes of the weights in use and with test photos, or None."""
    info = choices.weights_info()
    if info is None or _same(info.classes, Classes.of_folder(SAMPLE_FOLDER)):
        return datasets.open_dataset(SAMPLE_FOLDER)
    dataset = choices.dataset()
    return dataset if _same(info.classes, dataset.classes) and dataset.split("test") else None


def _same(some: Classes, others: Classes) -> bool:
    """Whether two descriptions of classes have the same names and values, in the same order."""
    return (some.names, some.values) == (others.names, others.values)


def _where(measured: Measured) -> str:
    """On which photos the report was measured."""
    report, photos = measured.report, len(measured.report.scores)
    if measured.on_official_test:
        return t("results.on_official_test", count=photos)
    dataset = parts.plain(run_status.dataset_title(report.dataset))
    return t("results.on_photos", count=photos, split=t(f"results.split_{report.split}"), dataset=dataset)


def _validation(history: Sequence[dict[str, Any]]) -> None:
    """What the training measured on its validation photos after the epoch whose weights the run keeps."""
    validated = [row for row in history if isinstance(row.get("val_mean_iou"), float)]
    if not validated:
        return
    best = max(validated, key=lambda row: row["val_mean_iou"])
    metrics = {
        name.removeprefix("val_").removeprefix("iou_"): float("nan") if value is None else value
        for name, value in best.items()
        if name in ("val_mean_iou", "val_pixel_accuracy") or name.startswith("val_iou_")
    }
    st.markdown(t("results.on_validation", epoch=best["epoch"]))
    metrics_view.cards(metrics, [name for name in metrics if name not in ("mean_iou", "pixel_accuracy")])


def _curves(title: str, stored: Sequence[dict[str, Any]], of_run: Sequence[dict[str, Any]]) -> None:
    """How the weights were trained, epoch by epoch; nothing where neither the report nor a run's folder says so."""
    history = of_run or stored
    if not history:
        return
    from seg.ui.train import curves_view

    st.header(t("results.curves"), anchor=False)
    if not of_run:
        st.caption(t("results.curves_of_shipped", epochs=len(stored)))
    curves_view.show({title: history}, "results")


def _which_photos(dataset: Dataset, photos: int) -> str:
    if dataset.is_sample:
        which = t("results.examples_of_sample", count=photos, pairs=len(dataset), total=OFFICIAL_PAIRS)
    else:
        which = t("results.examples_of_dataset", count=photos, dataset=parts.plain(dataset.title))
    return parts.sentences(which, t("common.cite")) if dataset.is_of_oxford else which


def _measure(candidate: Candidate) -> None:
    """Measure without being asked, once for all visitors; after a failure or a stop, when the button is pressed."""
    if jobs_view.is_active(candidate.task):
        jobs_view.watch([candidate], placeholders=2)
        return
    if evaluations.job(candidate.task) is None:
        evaluations.start(candidate.task)
        st.rerun()
    jobs_view.why_it_ended(candidate.task)
    if st.button(t("results.try_again"), key="examples-again", icon=":material/refresh:"):
        evaluations.start(candidate.task)
        st.rerun()


@st.fragment
def _examples(measured: Measured, dataset: Dataset) -> None:
    """The worst, the median and the best photos, two of each side by side."""
    with guarded():
        st.markdown(t("results.examples_mean", value=measured.report.mean_iou))
        parts.legend(dataset.classes, with_truth=True)
        marked = st.toggle(
            t("results.mark"), key="results-mark-examples", persist_state="session", help=t("results.mark_help")
        )
        if marked:
            st.caption(t("results.mistakes_note"))
        ranked = [score.name for score in measured.report.ranked()]
        middle = max(0, (len(ranked) - SHOWN) // 2)
        kinds = {"worst": ranked[:SHOWN], "median": ranked[middle : middle + SHOWN], "best": ranked[::-1][:SHOWN]}
        for kind, names in kinds.items():
            st.markdown(f"**{t(f'results.{kind}')}**")
            predicted = examples.predict_all(names, [measured], dataset)
            cell = parts.grid(340)
            for name in names:
                with cell():
                    examples.show(name, predicted[name], [measured], marked)
