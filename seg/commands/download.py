"""``download`` fetches the official dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seg.commands.options import PATH
from seg.commands.output import progress_bar
from seg.data.dataset import DEFAULT_FOLDER

if TYPE_CHECKING:
    from seg.data.download_progress import DownloadProgress


FOLDER_HELP = f"""FOLDER is {DEFAULT_FOLDER.as_posix()} if it is left out, where the app and all verbs find it."""


@click.command(epilog=FOLDER_HELP)
@click.argument("folder", type=PATH, default=DEFAULT_FOLDER)
def download(folder: Path) -> None:
    from seg.data.download import download_dataset

    with progress_bar() as show:

        def report(progress: DownloadProgress) -> None:
            text = f"{progress.step} {progress.archive} {progress.note or ''}"
            show(text, progress.done, progress.total)

        done = download_dataset(folder, progress=report)
    click.echo(done)
