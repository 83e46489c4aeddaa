"""The command line: its verbs, its exit codes, and one line on standard error for each error.

Results go to standard output, logs and progress to standard error.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from seg.commands.exit_codes import GOOD, INTERRUPTED, MISTAKE, SOME_FAILED, WRONG_USE
from seg.commands.output import complain

PROGRAM = "python -m seg"
INSTALLED = "seg"  # the script that `pip install` makes

# What ``--help`` says of each verb. A verb's module is imported when the verb runs, so that help stays fast.
VERBS = {
    "app": "Start the app in the browser, and the API for programs.",
    "predict": "Cut pets out of photos, and write their trimaps.",
    "clip": "Cut pets out of GIFs, other moving pictures and short videos.",
    "download": "Download the Oxford-IIIT Pet dataset (811 MB); started again, it continues.",
    "stats": "Show what a dataset holds, and which files cannot be used.",
    "masks": "Make a dataset of photos and the annotations of labelme, CVAT and others.",
    "summary": "Show the network layer by layer.",
    "train": "Train the network, or go on with a training that was stopped.",
    "runs": "List trainings, stop or delete one, or measure what it has learned.",
    "evaluate": "Measure how good a network is on a dataset.",
    "export": "Write the network for other programs.",
    "average": "Write the mean of the weights of several trainings, which is often better than each.",
    "benchmark": "Measure how fast each engine segments photos on this machine.",
    "compare": "Train with one correction of the article after another, and measure each training.",
    "doctor": "Show the machine, the weights and the dataset that are used, and what is missing.",
}


class Verbs(click.Group):
    """The verbs; the command of ``VERB`` is the function of that name in ``seg/commands/VERB.py``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"seg.commands.{cmd_name}"), cmd_name)
        command.help = VERBS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs,
    no_args_is_help=False,
    subcommand_metavar="VERB ...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def verbs() -> None:
    """Cut out pets, and train, measure and export the network that does it.

    Every verb has its own --help, with examples. Results go to standard output, progress and errors to standard error.
    Exit code 0 is good, 1 means that some inputs failed, 2 wrong use, 70 a mistake in the program.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code. ``arguments``: None for those of this process."""
    # Not verbs.main(): click ends with 1 when a reader such as `head` closes the pipe, and prints on Ctrl-C.
    _accept_all_letters()
    program = INSTALLED if Path(sys.argv[0]).stem == INSTALLED else PROGRAM
    try:
        with verbs.make_context(program, list(sys.argv[1:] if arguments is None else arguments)) as context:
            return verbs.invoke(context) or GOOD
    except click.exceptions.Exit as end:  # after --help
        return end.exit_code
    except click.ClickException as error:
        complain(_usage_sentence(error))
        return WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD
    except Exception as error:
        return _report(error)


def _accept_all_letters() -> None:
    """Write letters that the terminal's encoding lacks as ``\\u4f60``: the name of a photo may have any."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _report(error: Exception) -> int:
    """Say what went wrong, and return its exit code."""
    # Imported here: a verb that goes well needs none of them.
    from seg.data.archives import DownloadError
    from seg.errors import SegError
    from seg.photo import PhotoError
    from seg.training.errors import TrainingError

    if isinstance(error, PhotoError | TrainingError | DownloadError | OSError):
        complain(str(error))
        return SOME_FAILED
    if isinstance(error, SegError):
        complain(str(error))
        return WRONG_USE
    traceback.print_exception(error)
    return MISTAKE


def _usage_sentence(error: click.ClickException) -> str:
    """What click says of a command line that it cannot read, and where help is."""
    context = getattr(error, "ctx", None)
    return error.format_message() + (f" See `{context.command_path} --help`." if context else "")
