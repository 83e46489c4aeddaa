"""The official dataset, downloaded by the server, and who may start that."""

from __future__ import annotations

import os
from pathlib import Path

from seg.data import download
from seg.data.download_progress import DownloadCancelled, DownloadProgress
from seg.serve import owner
from seg.serve.jobs import Job, Jobs, Stopped
from seg.serve.owner import NotOwnerError, Visitor

# A server has one download, whose key is the folder.
downloads: Jobs[DownloadProgress] = Jobs("download", most_waiting=0)


def job(folder: Path) -> Job[DownloadProgress] | None:
    """The download into a folder that runs, or the last one; None where there was none."""
    return downloads.job(folder)


def start(visitor: Visitor, folder: Path) -> None:
    """Download the dataset into a folder, from where the last download ended; nothing happens while one runs.

    Raises NotOwnerError.
    """
    _refuse_others(visitor)

    def work(job: Job[DownloadProgress]) -> None:
        def note(progress: DownloadProgress) -> None:
            job.progress = progress

        try:
            download.download_dataset(folder, progress=note, cancelled=lambda: job.stopping)
        except DownloadCancelled:
            raise Stopped from None

    downloads.start(folder, work)


def stop(visitor: Visitor, folder: Path) -> None:
    """Stop the download into a folder, for every visitor who watches; what has come is kept. Raises NotOwnerError."""
    _refuse_others(visitor)
    known = job(folder)
    if known:
        known.stop()


def allowed(visitor: Visitor) -> bool:
    """Whether a visitor may fill the server's disk: its owner, or everybody or nobody as ``SEG_ALLOW_DOWNLOAD`` says.

    ``1`` stands for everybody, any other setting for nobody.
    """
    setting = os.environ.get("SEG_ALLOW_DOWNLOAD")
    return setting == "1" if setting else owner.is_owner(visitor)


def _refuse_others(visitor: Visitor) -> None:
    if not allowed(visitor):
        owner.require(visitor)
        raise NotOwnerError("owner_no_downloads")
