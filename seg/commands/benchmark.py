"""``benchmark`` measures engines, choices, many photos, visitors, trainings and endurance, and prints the tables."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from seg.benchmark.baselines import BASELINES
from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.options import (
    AT_LEAST_ONE,
    PATH,
    VerbWithLists,
    data_option,
    json_option,
    open_dataset,
    weights_option,
)
from seg.commands.output import print_json, progress_bar
from seg.inference.engines import ENGINES

AT_LEAST_TWO, AT_LEAST_TEN = click.IntRange(min=2), click.IntRange(min=10)
COLUMNS = {"first trimap": 14, "median": 10, "95 %": 10, "x": 7, "photos/s": 10, "memory": 10, "of peak": 9}

PREDICTION = {
    "network_in_turn": "the network alone, photos of 0.2 megapixels, one after another",
    "network": "the same side by side",
    "trimaps": "their trimaps",
    "all_parts_in_turn": "trimap, overlay and cut-out, one photo after another",
    "all_parts": "the same as predict does it",
    "large_cutouts_in_turn": "cut-outs of 12 megapixels, one after another",
    "large_cutouts": "the same as predict does it",
}

CLUSTER = {
    "alone_one": "predict, one core",
    "alone_all": "predict, {} cores",
    "cluster_one": "--on ray, one worker",
    "cluster_all": "--on ray, {} workers",
}


@click.command(cls=VerbWithLists)
@weights_option
@click.option(
    "--engines",
    type=click.Choice((*ENGINES, *BASELINES)),
    multiple=True,
    help="One or more (default: all that run here).",
)
@click.option("--repeat", type=AT_LEAST_ONE, default=10, show_default=True, help="Runs of each that are measured.")
@click.option("--against", type=PATH, metavar="ONNX_FILE", help="Another network, to compare the times with.")
@click.option(
    "--choices", is_flag=True, help="Alone: what engine, size, detail and mirror cost on the sample's test photos."
)
@click.option("--visitors", is_flag=True, help="Start the app as well, and send it photos, 1 to 64 at once.")
@click.option("--training", is_flag=True, help="Train as well: the article's script, and the recipe article.")
@click.option(
    "--predict", is_flag=True, help="Alone: what `predict` does with 100 small photos and 5 large ones (4 minutes)."
)
@click.option(
    "--soak", is_flag=True, help="Alone: photos from clients that come and go, and what the server then holds."
)
@click.option("--photos", type=AT_LEAST_TEN, default=2000, show_default=True, help="Photos of the soak or the cluster.")
@click.option("--clients", type=AT_LEAST_TWO, default=20, show_default=True, help="Clients of the soak.")
@click.option("--tabs", type=click.IntRange(min=0), default=0, help="Alone: so many tabs of 30 photos, and their end.")
@click.option("--servers", type=click.IntRange(min=0), default=0, help="Alone: so many servers behind nginx.")
@click.option(
    "--cluster", type=click.IntRange(min=0), default=0, help="Alone: Ray on so many machines of one core each."
)
@click.option("--visits", type=AT_LEAST_ONE, default=64, show_default=True, help="Visits of their pages at once.")
@data_option
@json_option
def benchmark(
    weights: Path | None,
    engines: tuple[str, ...],
    repeat: int,
    against: Path | None,
    choices: bool,
    visitors: bool,
    training: bool,
    predict: bool,
    soak: bool,
    photos: int,
    clients: int,
    tabs: int,
    servers: int,
    cluster: int,
    visits: int,
    data: Path | None,
    as_json: bool,
) -> int:
    if soak or tabs:
        return _endurance(soak, photos, clients, tabs, as_json)
    if servers:
        return _servers(servers, visits, as_json)
    if cluster:
        return _cluster(cluster, photos, as_json)
    if choices:
        return _choices(weights, as_json)
    if predict:
        return _prediction(weights, as_json)
    from seg.benchmark.engines import benchmark as benchmark_engines

    with progress_bar() as show:

        def report(what: str) -> None:
            show(f"measuring {what}", 0, None)

        facts = benchmark_engines(weights, engines or None, repeat, against=against, report=report)
        if visitors:
            from seg.benchmark.visitors import load_test

            facts["visitors"] = load_test(report=report)
        if training:
            from seg.benchmark.training import training_benchmark

            report("training")
            facts["training"] = training_benchmark(open_dataset(data))
    if as_json:
        print_json(facts)
    else:
        _print(facts)
    return GOOD


def _choices(weights: Path | None, as_json: bool) -> int:
    """What each choice costs and brings."""
    from seg.evaluation.costs import SPLIT, Choice, choices, measure, photos

    def title(choice: Choice) -> str:
        return f"{choice.engine} {choice.size} px {choice.detail}{' mirror' if choice.mirror else ''}"

    with progress_bar() as show:
        chosen = choices(weights)
        costs = list(measure(weights, chosen, lambda choice, done, photos: show(title(choice), done, photos)))
    if as_json:
        print_json({"split": SPLIT, "photos": photos(), "choices": [asdict(cost) for cost in costs]})
        return GOOD
    for cost in costs:
        click.echo(
            f"{title(cost.choice):<36}mean IoU {cost.mean_iou:.3f}{cost.milliseconds:>9.1f} ms{cost.megabytes:>8.0f} MB"
        )
    return GOOD


def _prediction(weights: Path | None, as_json: bool) -> int:
    """Many photos, as ``predict`` segments them."""
    from seg.benchmark.prediction import predict_benchmark

    with progress_bar() as show:
        facts = predict_benchmark(weights, report=lambda what: show(what, 0, None))
    if as_json:
        print_json(facts)
        return GOOD
    for name, title in PREDICTION.items():
        times = facts[name]
        count = facts["large_photos" if name.startswith("large") else "photos"]
        click.echo(
            f"{title}: {times['seconds']:.1f} s, {times['seconds'] / count:.2f} s a photo, "
            f"{times['processor_seconds'] / count:.2f} s of the processor"
        )
    click.echo(f"rate of trimaps: {facts['trimaps_share']:.0%} of the network's")
    return GOOD


def _servers(servers: int, visits: int, as_json: bool) -> int:
    """Many visits of several servers behind one address."""
    from seg.benchmark.proxy import servers_benchmark

    with progress_bar() as show:
        facts = servers_benchmark(servers, visits, report=lambda what: show(what, 0, None))
    if as_json:
        print_json(facts)
        return GOOD
    click.echo(
        f"{servers} servers, {visits} visits at once, {facts['photos']} photos: "
        f"{facts['photos_per_second']:.1f} photos/s"
    )
    for name, what in (("page", "the page is drawn after"), ("photo", "a photo is on the page after")):
        times = facts[name]
        click.echo(f"{what} {times['median_seconds']:.2f} s (median), {times['p95_seconds']:.2f} s (95 %)")
    each = zip(facts["visits_of_each"], facts["memory_mb"], strict=True)
    click.echo("each server: " + ", ".join(f"{count} visits, {memory:.0f} MB" for count, memory in each))
    return GOOD


def _cluster(machines: int, photos: int, as_json: bool) -> int:
    """Photos on a cluster, and on the same cores without one."""
    from seg.benchmark.cluster import cluster_benchmark

    with progress_bar() as show:
        facts = cluster_benchmark(machines, photos, report=lambda what: show(what, 0, None))
    if as_json:
        print_json(facts)
        return GOOD
    click.echo(f"trimaps of {photos} photos of 0.2 megapixels; {facts['cpu']}")
    for name, title in CLUSTER.items():
        run = facts["runs"][name]
        click.echo(
            f"{title.format(machines):<36}{run['seconds']:>8.1f} s{run['photos_per_second']:>8.1f} photos/s, "
            f"start {run['start_seconds']:.1f} s, a million in {run['hours_of_a_million']:.1f} h"
        )
    return GOOD


def _endurance(soak: bool, photos: int, clients: int, tabs: int, as_json: bool) -> int:
    """The soak, or the closed tabs, or both; the exit code says whether the server has passed."""
    from seg.benchmark.soak import soak as run_soak
    from seg.benchmark.tabs import closed_tabs

    facts: dict[str, Any] = {}
    with progress_bar() as show:

        def report(what: str) -> None:
            show(what, 0, None)

        if soak:
            facts["soak"] = run_soak(photos, clients, report=report)
        if tabs:
            facts["tabs"] = closed_tabs(tabs, report=report)
    if as_json:
        print_json(facts)
    else:
        _print_endurance(facts)
    return GOOD if all(row["passed"] for row in facts.values()) else SOME_FAILED


def _print_endurance(facts: dict[str, Any]) -> None:
    if "soak" in facts:
        row = facts["soak"]
        where = "pages and API" if row["pages"] else "the API (no browser here for pages)"
        click.echo(
            f"soak: {row['photos']} photos from {row['clients']} clients over {where}: {row['error_count']} errors"
        )
        for error in row["errors"]:
            click.echo(f"  {error}")
        for name, title in (("after_a_tenth", "after a tenth"), ("at_the_end", "at the end")):
            held = row[name]
            click.echo(
                f"  {title}: {held['memory_mb']:.0f} MB, {held['threads']} threads, {held['open_files']} open files, "
                f"{held['uploads']} uploads, {held['temporary_files']} other temporary files"
            )
    if "tabs" in facts:
        row = facts["tabs"]
        back = row["seconds_until_given_back"]
        click.echo(
            f"{row['tabs']} tabs of {row['photos']} photos of {row['megapixels']:g} megapixels: "
            f"{row['before_mb']:.0f} MB before, {row['most_mb']:.0f} MB with them, {row['after_mb']:.0f} MB after; "
            + ("not given back" if back is None else f"given back {back:.0f} s after they were closed")
        )
    click.echo("passed" if all(row["passed"] for row in facts.values()) else "FAILED")


def _print(facts: dict[str, Any]) -> None:
    peaks = ", ".join(f"{peak:.0f} in {name}" for name, peak in facts["peak_gmacs"].items())
    click.echo(f"{facts['cpu']}, {facts['cores']} cores; GMAC/s at best: {peaks}")
    click.echo(f"the network: {facts['network_gmacs']} GMAC a photo; photo {'{1} x {0}'.format(*facts['photo'])} px")
    click.echo(f"{'engine':<20}" + "".join(f"{head:>{width}}" for head, width in COLUMNS.items()))
    for name, row in facts["engines"].items():
        photos_per_second = max(row["photos_per_second"].values(), default=1 / row["median_seconds"])
        cells = (
            f"{row['first_trimap_seconds']:.2f} s",
            f"{row['median_seconds']:.3f} s",
            f"{row['p95_seconds']:.3f} s",
            f"{row['times_the_fastest']:.1f}",
            f"{photos_per_second:.2f}",
            f"{row['peak_memory_mb']:.0f} MB",
            f"{row['share_of_peak']:.0%}" if row["share_of_peak"] else "-",
        )
        line = "".join(f"{cell:>{width}}" for cell, width in zip(cells, COLUMNS.values(), strict=True))
        click.echo(f"{Path(name).name:<20}{line}")
    for row in facts.get("visitors", []):
        click.echo(
            f"{row['visitors']:>3} visitors at once: a photo waits {row['median_seconds']:.2f} s (median), "
            f"{row['p95_seconds']:.2f} s (95 %); {row['photos_per_second']:.1f} photos/s"
        )
    for name, row in facts.get("training", {}).get("trainings", {}).items():
        speed, memory = f"{row['photos_per_second']:.2f} photos/s", f"{row['peak_memory_mb']:,.0f} MB"
        click.echo(f"training by {name}: {speed}, {memory}")
