"""The offer to download the official dataset, how far the download is, and how it ended."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from seg.data.archives import OFFICIAL_ARCHIVES, dataset_is_there
from seg.data.dataset import DEFAULT_FOLDER
from seg.data.download_progress import DownloadProgress
from seg.serve import datasets, downloads
from seg.serve.jobs import Job
from seg.ui.shared import choices, owner, parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

REFRESH = 1.0  # seconds between two looks at a running download


def show() -> None:
    """The offer, the progress or the outcome of the download; nothing where the dataset has long been there."""
    job = downloads.job(DEFAULT_FOLDER)
    if not (job and job.active) and dataset_is_there(DEFAULT_FOLDER):
        if job and job.state == "done":
            _offer_to_use()
        return
    title = t("dataset.download_title", size=_megabytes(_total_size()))
    # Open while something is to be seen in it: the progress, or why it ended.
    may_download = downloads.allowed(owner.visitor())
    is_open = may_download and job is not None
    with st.expander(title, icon=":material/cloud_download:", expanded=is_open):
        st.markdown(
            t(
                "dataset.download_facts",
                size=_megabytes(_total_size()),
                disk=sum(archive.unpacked_size for archive in OFFICIAL_ARCHIVES) / 1e9,
                host=urlsplit(OFFICIAL_ARCHIVES[0].urls[0]).hostname,
                folder=DEFAULT_FOLDER.as_posix(),
            )
        )
        if not may_download:
            _explain()
        elif job and job.active:
            st.fragment(_watch, run_every=REFRESH)(job)
        else:
            _start_button(job)


def _explain() -> None:
    if owner.is_here():
        st.info(t("errors.owner_no_downloads"), icon=":material/lock:")
    else:
        owner.explain()


def _start_button(last: Job | None) -> None:
    if last and last.state == "failed":
        st.error(parts.sentence(last.error) if last.error else t("common.unexpected"), icon=":material/error:")
    elif last and last.state == "stopped":
        st.info(t("dataset.download_stopped"), icon=":material/pause_circle:")
    label = t("dataset.download_go_on" if last else "dataset.download_start")
    st.button(label, key="download-start", type="primary", icon=":material/download:", on_click=_start)


def _start() -> None:
    """A callback: the page then shows the progress."""
    with guarded():
        downloads.start(owner.visitor(), DEFAULT_FOLDER)


def _stop() -> None:
    """A callback."""
    with guarded():
        downloads.stop(owner.visitor(), DEFAULT_FOLDER)


def _watch(job: Job[DownloadProgress]) -> None:
    with guarded():
        if not job.active:
            # The page around this fragment shows the outcome, and the sidebar a new choice.
            st.rerun(scope="app")
        progress = job.progress
        st.progress(progress.fraction if progress else 0.0, _progress_text(progress))
        if progress and progress.note:
            st.caption(parts.sentence(progress.note))
        if job.stopping:
            st.caption(t("dataset.download_stopping"))
        else:
            st.button(t("dataset.download_cancel"), key="download-stop", icon=":material/stop:", on_click=_stop)


def _progress_text(progress: DownloadProgress | None) -> str:
    if progress is None or progress.step == "present":
        return t("dataset.download_starting")
    text = t(
        f"dataset.download_{progress.step}",
        archive=parts.plain(progress.archive),
        done=_megabytes(progress.done),
        total=_megabytes(progress.total),
    )
    if progress.step == "download" and progress.bytes_per_second:
        text += " · " + t("dataset.download_speed", speed=progress.bytes_per_second / 1e6)
    left = progress.seconds_left
    if left is not None and progress.step in ("download", "unpack"):
        text += " · " + (t("sidebar.eta", minutes=left / 60) if left >= 60 else t("sidebar.eta_soon"))
    return text


def _offer_to_use() -> None:
    choice = datasets.OFFICIAL if datasets.OFFICIAL in datasets.folders(owner.visitor()) else datasets.CONFIGURED
    if st.session_state.get(choices.DATASET_KEY) == choice:
        return
    st.success(t("dataset.download_done"), icon=":material/check_circle:")
    st.button(t("dataset.download_use"), key="download-use", type="primary", on_click=_use, args=(choice,))


def _use(choice: str) -> None:
    st.session_state[choices.DATASET_KEY] = choice


def _total_size() -> int:
    return sum(archive.size for archive in OFFICIAL_ARCHIVES)


def _megabytes(size: int) -> str:
    """Bytes in millions, to the digit that people read: 791918971 -> 792, 2404130 -> 2.4."""
    return f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.1f}"
