"""``runs`` lists runs, stops one, deletes one, or says what one has learned from corrections."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.options import json_option, runs_option
from seg.commands.output import complain, number, print_json, progress_bar
from seg.errors import SegError

if TYPE_CHECKING:
    from seg.training.blend import Quality
    from seg.training.runs import Run


EXAMPLES = """\b
Examples:
  python -m seg runs
  python -m seg runs stop RUN
  python -m seg runs delete RUN
  python -m seg runs measure RUN
  python -m seg runs blend RUN --share 0.5

Of a run that has learned from corrections, `measure` tests the weights before and after and three shares between, and
`blend` makes the run's weights those of a share."""


@click.command(epilog=EXAMPLES)
@click.argument("action", type=click.Choice(("list", "stop", "delete", "measure", "blend")), default="list")
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--share", type=click.FloatRange(0, 1), help="Of blend: how much of what was learned the weights have.")
@runs_option
@json_option
def runs(action: str, run_id: str | None, share: float | None, runs: Path, as_json: bool) -> None:
    from seg.training.runs import delete_run, find_run, list_runs

    if action == "list":
        rows = [_row(run) for run in list_runs(runs)]
        _print(rows, as_json)
        if not rows:
            complain(f"no runs in {runs} yet: `train` makes one.")
        return
    if not run_id:
        raise click.UsageError(f"name the run to {action}: `python -m seg runs` lists them.")
    if (action == "blend") != (share is not None):
        raise click.UsageError("blend takes a --share from 0 to 1, and nothing else does.")
    run = find_run(run_id, runs)
    if action == "measure":
        _measure(run, as_json)
        return
    if action == "blend":
        from seg.training import blend

        blend.use(run, share or 0.0)
        done, text = "blended", f"{share:.0%} of what was learned is in {run.weights}"
    elif action == "delete":
        delete_run(run)
        done, text = "deleted", "deleted"
    else:
        _stop(run)
        done, text = "stopping", "stopping after this step"
    if as_json:
        print_json({"run": run.id, "state": done})
    else:
        click.echo(f"{run.id}: {text}")


def _measure(run: Run, as_json: bool) -> None:
    """Test a run at each share of what it has learned."""
    from seg.serve.learning import measure

    with progress_bar() as show:
        blends = measure(run, partial(show, "measuring"))
    if as_json:
        print_json({"run": run.id, "blends": [asdict(row) for row in blends]})
        return
    for row in blends:
        click.echo(f"{row.share:>4.0%} learned: {_quality('held-out pairs', row.held_out)}")
        click.echo(f"{'':14}{_quality('test photos of the dataset', row.dataset)}")


def _quality(where: str, quality: Quality | None) -> str:
    if quality is None:
        return f"no {where}"
    iou, pet = number(quality.mean_iou), number(quality.subject_iou)
    predicted = f", {quality.predicted} with a prediction for a trimap" if quality.predicted else ""
    return f"mean IoU {iou}, pet {pet} on {quality.photos} {where}{predicted}"


def _stop(run: Run) -> None:
    from seg.training.runs import ACTIVE

    if run.status().state not in ACTIVE:
        raise click.UsageError(f"run {run.id} is not being trained: there is nothing to stop.")
    run.request_stop()


def _row(run: Run) -> dict[str, Any]:
    status = run.status()
    try:
        recipe, dataset = run.recipe.name, run.data["title"]
    except (SegError, OSError, ValueError, KeyError, TypeError):
        # SegError is recipe.json's. The others are data.json's: missing, no JSON, no title, or no object.
        # A damaged run is listed as well, so that it can be deleted.
        recipe = dataset = "?"
    return {
        "run": run.id,
        "name": run.name,
        "recipe": recipe,
        "dataset": dataset,
        "state": status.state,
        "epoch": status.epoch,
        "epochs": status.epochs,
        "best_mean_iou": status.best_mean_iou,
        "seconds": status.seconds,
        "message": status.message,
    }


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json({"runs": rows})
        return
    for row in rows:
        name = f", {row['name']}" if row["name"] else ""
        best = f"mean IoU {row['best_mean_iou']:.3f}" if row["best_mean_iou"] is not None else "-"
        click.echo(
            f"{row['run']:<32}{row['state']:<13}{row['epoch']}/{row['epochs']:<6}{best:<16}{row['dataset']}{name}"
        )
