"""The official dataset, fetched by a thread that the server owns: a page starts it, watches it and may stop it."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from seg.data.archives import OFFICIAL_ARCHIVES, DownloadError, dataset_is_there
from seg.data.dataset import DEFAULT_FOLDER
from seg.data.download import download_dataset
from seg.data.download_progress import DownloadCancelled, DownloadProgress
from seg.ui.shared import parts, server
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

REFRESH = 1.0  # seconds between two looks at a running download
LOOPBACK = ("localhost", "127.0.0.1", "::1")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")

_log = logging.getLogger("seg.ui")


class Download:
    """The one download of this server; every visitor sees the same.

    ``outcome`` is None before the first start and while it runs, then ``done``, ``stopped`` or ``failed``;
    ``error`` says why it failed; None for a mistake in the program, which the log has.
    """

    def __init__(self) -> None:
        self.progress: DownloadProgress | None = None
        self.outcome: str | None = None
        self.error: DownloadError | None = None
        self.stopping = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, folder: Path) -> None:
        """Go on from what has come so far. Nothing happens while it runs: two visitors may press at once."""
        with self._lock:
            if self.running:
                return
            self.progress, self.outcome, self.error, self.stopping = None, None, None, False
            # A daemon: a server that is told to end does not wait for it, and the next one goes on from there.
            self._thread = threading.Thread(target=self._run, args=(folder,), daemon=True, name="download")
            self._thread.start()

    def stop(self) -> None:
        self.stopping = True

    def wait(self, seconds: float) -> None:
        """Until it has ended, or until the time is up."""
        if self._thread:
            self._thread.join(seconds)

    def _run(self, folder: Path) -> None:
        try:
            download_dataset(folder, progress=self._tell, cancelled=lambda: self.stopping)
            self.outcome = "done"
        except DownloadCancelled:
            self.outcome = "stopped"
        except DownloadError as error:
            self.outcome, self.error = "failed", error
        except Exception:
            _log.exception("the download failed")
            self.outcome = "failed"

    def _tell(self, progress: DownloadProgress) -> None:
        self.progress = progress


@st.cache_resource(show_spinner=False)
def the_download() -> Download:
    return Download()


def allowed() -> bool:
    """Whether this visitor may fill the server's disk: its owner said so, or it is the visitor's own machine."""
    setting = os.environ.get("SEG_ALLOW_DOWNLOAD")
    return setting == "1" if setting else _visitor_is_local()


def _visitor_is_local() -> bool:
    # Behind a proxy on the same machine every address is a local one: then it is the proxy that is local.
    headers = st.context.headers
    if st.context.ip_address is not None or any(name in headers for name in FORWARDED):
        return False
    asked_for = (st.context.url, f"http://{headers.get('Host', '')}")
    return all(urlsplit(url or "").hostname in LOOPBACK for url in asked_for)


def show() -> None:
    """The offer, the progress or the outcome of the download; nothing where the dataset has long been there."""
    download = the_download()
    if not download.running and dataset_is_there(DEFAULT_FOLDER):
        if download.outcome == "done":
            _offer_to_use()
        return
    title = t("dataset.download_title", size=_megabytes(_total_size()))
    # Open while something is to be seen in it: the progress, or why it ended.
    is_open = allowed() and (download.running or download.outcome is not None)
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
        if not allowed():
            st.info(t("dataset.download_not_allowed"), icon=":material/lock:")
        elif download.running:
            st.fragment(_watch, run_every=REFRESH)(download)
        else:
            _start_button(download)


def _start_button(download: Download) -> None:
    if download.outcome == "failed":
        st.error(parts.sentence(download.error) if download.error else t("common.unexpected"), icon=":material/error:")
    elif download.outcome == "stopped":
        st.info(t("dataset.download_stopped"), icon=":material/pause_circle:")
    label = t("dataset.download_go_on" if download.outcome else "dataset.download_start")
    st.button(
        label,
        key="download-start",
        type="primary",
        icon=":material/download:",
        on_click=download.start,
        args=(DEFAULT_FOLDER,),
    )


def _watch(download: Download) -> None:
    with guarded():
        if not download.running:
            # The page around this fragment shows the outcome, and the sidebar a new choice.
            st.rerun(scope="app")
        progress = download.progress
        st.progress(progress.fraction if progress else 0.0, _progress_text(progress))
        if progress and progress.note:
            st.caption(parts.sentence(progress.note))
        if download.stopping:
            st.caption(t("dataset.download_stopping"))
        else:
            st.button(t("dataset.download_cancel"), key="download-stop", icon=":material/stop:", on_click=download.stop)


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
    choice = server.OFFICIAL if server.OFFICIAL in server.dataset_choices() else server.CONFIGURED
    if st.session_state.get(server.DATASET_KEY) == choice:
        return
    st.success(t("dataset.download_done"), icon=":material/check_circle:")
    st.button(t("dataset.download_use"), key="download-use", type="primary", on_click=_use, args=(choice,))


def _use(choice: str) -> None:
    st.session_state[server.DATASET_KEY] = choice


def _total_size() -> int:
    return sum(archive.size for archive in OFFICIAL_ARCHIVES)


def _megabytes(size: int) -> str:
    """Bytes in millions, to the digit that people read: 791918971 -> 792, 2404130 -> 2.4."""
    return f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.1f}"
