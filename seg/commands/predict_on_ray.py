"""``predict --on ray``: photos of folders and object stores, on the machines of a cluster."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import redirect_stdout

import click

from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.options import NetworkChoice
from seg.commands.output import announce, complain, print_json, progress_bar
from seg.inference.cutout_options import CutoutOptions
from seg.inference.saving import default_parts

MOST_NAMED = 10  # failures that are said; the table has all


def predict_on_ray(
    sources: tuple[str, ...],
    output: str,
    save: tuple[str, ...],
    options: CutoutOptions,
    network: NetworkChoice,
    workers: int | None,
    as_json: bool,
) -> int:
    """Segment what has no results yet, and say how many photos were done, failed, or are no pictures."""
    from seg.network.weights import find_weights, read_info
    from seg.photo import PhotoWarning
    from seg.scale.on_ray import FAILURES, Job, find, segment
    from seg.scale.places import Place

    path = find_weights(network.weights)
    parts = save or default_parts(read_info(path).classes)
    weights = str(path.resolve()) if network.weights else None
    job = Job(parts, options, weights, network.engine, network.size, network.mirror, network.detail)
    target = Place(output)
    photos = find(sources, target, job)
    if photos.done_before:
        announce(str(PhotoWarning("ray_done_before", count=photos.done_before)))
    counts: Counter[str] = Counter()
    failures: list[str] = []
    # Ray tells on standard output what becomes of its workers; results stand there.
    with redirect_stdout(sys.stderr), progress_bar() as show:
        show("segmenting", 0, len(photos.waiting))
        for count, row in enumerate(segment(photos, target, job, workers), 1):
            show("segmenting", count, len(photos.waiting))
            counts[row.state] += 1
            if row.state == "failed":
                failures.append(row.reason)
    facts = {state: counts[state] for state in ("done", "failed", "left_out")} | {"done_before": photos.done_before}
    if as_json:
        print_json(facts | {"failures": failures[:MOST_NAMED], "output": output})
    else:
        done, failed, left_out = (counts[state] for state in ("done", "failed", "left_out"))
        summary = PhotoWarning("ray_done", done=done, failed=failed, left_out=left_out, done_before=photos.done_before)
        click.echo(str(summary))
    for sentence in failures[:MOST_NAMED]:
        complain(sentence)
    if failures:
        complain(str(PhotoWarning("ray_failures", count=len(failures), table=f"{output}/{FAILURES}")))
    return SOME_FAILED if failures else GOOD
