"""The official dataset, downloaded by the server, and who may start that."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from seg.data import download
from seg.data.download_progress import DownloadCancelled, DownloadProgress
from seg.serve.jobs import Job, Jobs, Stopped

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")

# A server has one download, whose key is the folder.
downloads: Jobs[DownloadProgress] = Jobs("download", most_waiting=0)


def job(folder: Path) -> Job[DownloadProgress] | None:
    """The download into a folder that runs, or the last one; None where there was none."""
    return downloads.job(folder)


def start(folder: Path) -> None:
    """Download the dataset into a folder, from where the last download ended; nothing happens while one runs."""

    def work(job: Job[DownloadProgress]) -> None:
        def note(progress: DownloadProgress) -> None:
            job.progress = progress

        try:
            download.download_dataset(folder, progress=note, cancelled=lambda: job.stopping)
        except DownloadCancelled:
            raise Stopped from None

    downloads.start(folder, work)


def allowed(ip_address: str | None, url: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a visitor may fill the server's disk: the server's owner has said so, or it is the visitor's machine.

    ``ip_address``, ``url`` and ``headers`` are those of Streamlit's ``st.context``: the address is None for a visitor
    on the server's machine.
    """
    setting = os.environ.get("SEG_ALLOW_DOWNLOAD")
    return setting == "1" if setting else _is_local(ip_address, url, headers)


def _is_local(ip_address: str | None, url: str | None, headers: Mapping[str, str]) -> bool:
    # Behind a proxy on the same machine every address is a local one: then it is the proxy that is local.
    if ip_address is not None or any(name in headers for name in PROXY_HEADERS):
        return False
    asked_for = (url, f"http://{headers.get('Host', '')}")
    return all(urlsplit(address or "").hostname in LOOPBACK for address in asked_for)
