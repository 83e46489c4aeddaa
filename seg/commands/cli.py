"""``python -m seg VERB``: every verb a thin wrapper over one function of the rooms below.

Results go to standard output, logs and progress to standard error; ``--json`` gives one JSON object. Exit code 0: good;
1: some inputs failed; 2: wrong use.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

GOOD, SOME_FAILED, WRONG_USE = 0, 1, 2
BENCHMARK_WIDTHS = (14, 10, 10, 7, 10, 10, 9)
SAVES = ("trimap", "overlay", "cutout", "probabilities")


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    options = _parser().parse_args(arguments)
    from seg.errors import SegError
    from seg.photo import PhotoError
    from seg.training.train import TrainingError

    try:
        return options.verb(options)
    except BrokenPipeError:
        # The reader (`| head`) has enough; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD
    except (TrainingError, PhotoError, OSError) as error:
        return _complain(error, SOME_FAILED)
    except (ValueError, SegError) as error:  # every error of ours that a wrong argument can cause
        return _complain(error, WRONG_USE)
    except KeyboardInterrupt:
        return 130


# The verbs


def download(options: argparse.Namespace) -> int:
    from seg.data.archives import DownloadError
    from seg.data.download import download_dataset

    with _progress() as show:
        try:
            folder = download_dataset(
                options.folder, progress=lambda p: show(f"{p.step} {p.archive} {p.note or ''}", p.done, p.total)
            )
        except DownloadError as error:
            return _complain(error, SOME_FAILED)
    print(folder)
    return GOOD


def stats(options: argparse.Namespace) -> int:
    from seg.data.statistics import statistics

    facts = statistics(_open(options))
    if options.json:
        print(json.dumps(facts.as_dict()))
        return GOOD
    from seg.classes import PETS

    print(f"{facts.title}: {facts.pairs:,} pairs, {facts.trimaps:,} trimaps")
    print(f"unique trimap values: {', '.join(map(str, facts.trimap_values))}")
    for member in PETS:
        share = facts.trimap_values.get(member.value, 0.0)
        print(f"  {member.value}  {member.name:<11}{share:6.1%} of pixels   {member.meaning}")
    print(f"split {facts.split_scheme}: " + ", ".join(f"{part} {count:,}" for part, count in facts.splits.items()))
    if facts.sizes:
        smallest, median, largest = ("{1}x{0}".format(*facts.sizes[key]) for key in ("smallest", "median", "largest"))
        print(f"photo sizes: smallest {smallest}, median {median}, largest {largest} px")
    for title, groups in (("species", facts.by_species), ("breed", facts.by_breed)):
        print(f"by {title}:")
        for name, own in groups.items():
            shares = ", ".join(f"{member.name} {own[member.name]:.1%}" for member in PETS)
            print(f"  {name:<28}{own['photos']:>6,.0f}   {shares}")
    for reason, names in facts.left_out.items():
        examples = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        print(f"left out, {reason}: {len(names):,} ({examples})")
    return GOOD


def summary(options: argparse.Namespace) -> int:
    from seg.network.device import prepare_device

    prepare_device()
    from seg.network.fcn import build_fcn, summarize

    rows = summarize(build_fcn(), options.size)
    total = {"parameters": sum(row.parameters for row in rows), "macs": sum(row.macs for row in rows)}
    if options.json:
        print(json.dumps({"layers": [vars(row) for row in rows], **total}))
        return GOOD
    print(f"{'layer':<22}{'kind':<18}{'output':<18}{'parameters':>12}{'MMAC':>12}")
    for row in rows:
        shape = " x ".join(map(str, row.shape))
        print(f"{row.name:<22}{row.kind:<18}{shape:<18}{row.parameters:>12,}{row.macs / 1e6:>12,.0f}")
    print(f"{'total':<58}{total['parameters']:>12,}{total['macs'] / 1e6:>12,.0f}")
    return GOOD


def train(options: argparse.Namespace) -> int:
    from seg.training.recipe import Recipe
    from seg.training.runs import find_run
    from seg.training.train import train as run_training

    changes = _overrides(options)
    if options.resume:
        given = [name for name in ("recipe", "data", "no_pets", "groups") if getattr(options, name)]
        given += [*changes[0], *changes[1]]
        if given:
            option = given[0].replace("_", "-")
            raise ValueError(f"--resume goes on with the run's own recipe and data: leave --{option} out.")
    else:
        recipe = Recipe.named(options.recipe or "demo").override(*changes)
        dataset = _open(options, recipe.split_scheme)
    with _progress() as show:

        def report(status):
            what = f"epoch {min(status.epoch + 1, status.epochs)}/{status.epochs} {status.activity}"
            extra = f" loss {status.loss:.3f}" if status.loss is not None else ""
            extra += f" best mean IoU {status.best_mean_iou:.3f}" if status.best_mean_iou else ""
            show(what + extra, round(1000 * status.progress), 1000)

        if options.resume:
            run = run_training(run=find_run(options.resume, options.runs), report=report)
        else:
            run = run_training(
                recipe, dataset, no_pets=options.no_pets, groups=options.groups, runs=options.runs, report=report
            )
    status = run.status()
    result = {
        "run": run.id,
        "state": status.state,
        "message": status.message,
        "best_mean_iou": status.best_mean_iou,
        "weights": str(run.weights) if run.weights.exists() else None,
    }
    if options.json:
        print(json.dumps(result))
        return GOOD
    for row in run.history():
        print(
            f"epoch {row['epoch']:.0f}: loss {row['loss']:.3f}, mean IoU {row['mean_iou']:.3f}"
            + (
                f"; validation loss {row['val_loss']:.3f}, pixel accuracy {row['val_pixel_accuracy']:.3f}, "
                f"mean IoU {row['val_mean_iou']:.3f}"
                if row.get("val_loss") is not None
                else ""
            )
            + f"; {row['seconds']:.0f} s, {row['photos_per_second']:.2f} photos/s"
        )
    print(f"{run.id}: {status.message or status.state}")
    print(f"weights: {result['weights']}")
    return GOOD


def runs(options: argparse.Namespace) -> int:
    from seg.training.runs import ACTIVE, delete_run, find_run, list_runs

    if options.action in ("stop", "delete"):
        if not options.id:
            raise ValueError(f"name the run to {options.action}: `python -m seg runs` lists them.")
        run = find_run(options.id, options.runs)
        if options.action == "delete":
            delete_run(run)
            print(f"{run.id}: deleted")
        else:
            if run.status().state not in ACTIVE:
                raise ValueError(f"run {run.id} is not being trained: there is nothing to stop.")
            run.request_stop()
            print(f"{run.id}: stopping after this step")
        return GOOD
    rows = []
    for run in list_runs(options.runs):
        status = run.status()
        try:
            recipe, dataset = run.recipe.name, run.data["title"]
        except (OSError, ValueError, KeyError):
            # A damaged run is listed like any other, so that it can be deleted.
            recipe = dataset = "?"
        rows.append(
            {
                "run": run.id,
                "recipe": recipe,
                "dataset": dataset,
                "state": status.state,
                "epoch": status.epoch,
                "epochs": status.epochs,
                "best_mean_iou": status.best_mean_iou,
                "seconds": status.seconds,
                "message": status.message,
            }
        )
    if options.json:
        print(json.dumps({"runs": rows}))
        return GOOD
    for row in rows:
        best = f"{row['best_mean_iou']:.3f}" if row["best_mean_iou"] is not None else "-"
        print(f"{row['run']:<32}{row['state']:<13}{row['epoch']}/{row['epochs']:<6}{best:<8}{row['dataset']}")
    return GOOD


def evaluate(options: argparse.Namespace) -> int:
    from seg.data.groups import held_back_part
    from seg.evaluation.evaluate import evaluate as run_evaluation
    from seg.evaluation.evaluate import write_report

    if options.held_back and not (options.no_pets or options.data):
        raise ValueError("--held-back takes photos of a folder: name it with --no-pets, or with --data for groups.")
    if options.no_pets:
        for option in ("limit", "output"):
            if getattr(options, option):
                raise ValueError(f"--no-pets takes all photos and writes no files: leave --{option} out.")
        return _evaluate_no_pets(options)
    output = options.output or Path("report")
    dataset = _open(options, options.lists)
    if options.held_back:
        dataset = held_back_part(dataset)
    segmenter = _segmenter(options)
    with _progress() as show:
        report = run_evaluation(
            segmenter,
            dataset,
            options.split,
            progress=lambda done, of: show("evaluating", done, of),
            limit=options.limit,
        )
    write_report(report, dataset, segmenter, output)
    facts = report.as_dict()
    if options.json:
        print(json.dumps(facts))
        return GOOD
    title = f"{facts['photos']} {report.split} photos of {report.dataset}, {report.size} px, {report.engine}"
    own_figures: dict[str, dict[str, Any]] = {title: facts, "at their own size": facts["own_size"]}
    for title, own in own_figures.items():
        iou = ", ".join(f"{name} {_figure(value)}" for name, value in own["iou"].items())
        print(f"{title}: mean IoU {_figure(own['mean_iou'])} ({iou})")
        without_border, or_border = _figure(own["pet_iou_without_border"]), _figure(own["pet_or_border_iou"])
        print(
            f"  pixel accuracy {_figure(own['pixel_accuracy'])}, pet IoU without border {without_border}, "
            f"pet or border IoU {or_border}"
        )
    print("confusion (rows true, columns predicted):")
    for name, row in zip(facts["iou"], facts["confusion"], strict=True):
        print(f"  {name:<12}" + "".join(f"{value:>14,}" for value in row))
    print(f"report: {output / 'report.json'}")
    return GOOD


def _evaluate_no_pets(options: argparse.Namespace) -> int:
    """What is called pet on photos without one and, where a dataset is named, how its pets fare pasted small into
    them."""
    from seg.evaluation.evaluate import figures
    from seg.evaluation.no_pets import SMALL_SIDE, choose_photos, evaluate_no_pets, evaluate_small_pets

    photos = choose_photos(options.no_pets, options.held_back)
    dataset = _open(options, options.lists) if options.data else None
    segmenter = _segmenter(options)
    with _progress() as show:
        report = evaluate_no_pets(segmenter, photos, lambda done, of: show("photos without pets", done, of))
        small = None
        if dataset:
            surrounds = [photo for photo in photos if photo.name in report.shares]
            confusion = evaluate_small_pets(
                segmenter, dataset, surrounds, options.split, progress=lambda done, of: show("small pets", done, of)
            )
            small = {"photos": len(dataset.split(options.split)), **figures(confusion, dataset.classes)}
    facts = report.as_dict() | ({"small_pets": small} if small else {})
    if options.json:
        print(json.dumps(facts))
    else:
        print(
            f"{facts['photos']} photos without a pet: {facts['mean_pet_share']:.2%} of the pixels called pet on average"
        )
        print(f"  more than 2 % of the pixels in {facts['above_2_percent']:.1%} of the photos")
        if small:
            iou = ", ".join(f"{name} {_figure(value)}" for name, value in small["iou"].items())
            print(f"{small['photos']} {options.split} pets at {SMALL_SIDE:.0%} of the side in them: IoU {iou}")
            print(f"  pet IoU without border {_figure(small['pet_iou_without_border'])}")
    for sentence in report.failed:
        print(f"seg: {sentence}", file=sys.stderr)
    return SOME_FAILED if report.failed else GOOD


def predict(options: argparse.Namespace) -> int:
    from seg.photo import PhotoError

    photos = list(dict.fromkeys(_find_photos(options.photos)))
    segmenter = _segmenter(options)
    options.output.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    done: list[dict[str, Any]] = []
    names: set[str] = set()
    with _progress() as show:
        for number, path in enumerate(photos, 1):
            show("segmenting", number, len(photos))
            try:
                segmentation = segmenter(path)
            except PhotoError as error:
                failed.append(str(error))
                continue
            files = _save(segmentation, options.output / _free_name(path, names), options.save)
            done.append(
                {"photo": str(path), "files": files, "shares": segmentation.shares, "seconds": segmentation.seconds}
            )
    if options.json:
        print(json.dumps({"photos": done, "failed": failed, "output": str(options.output)}))
    else:
        for row in done:
            shares = ", ".join(f"{name} {share:.1%}" for name, share in row["shares"].items())
            print(f"{row['photo']}: {shares} ({row['seconds']:.2f} s)")
    for sentence in failed:
        print(f"seg: {sentence}", file=sys.stderr)
    return SOME_FAILED if failed else GOOD


def export(options: argparse.Namespace) -> int:
    from seg.inference.export import export as run_export

    path = run_export(options.to, options.out, options.weights, options.size, options.overwrite, options.data)
    size = sum(part.stat().st_size for part in (path.rglob("*") if path.is_dir() else [path]) if part.is_file())
    if options.json:
        print(json.dumps({"format": options.to, "path": str(path), "bytes": size}))
    else:
        print(path)
    return GOOD


def average(options: argparse.Namespace) -> int:
    from seg.training.average import average_weights

    path = average_weights(options.sources, options.output, options.overwrite)
    print(json.dumps({"path": str(path), "averaged": len(options.sources)}) if options.json else path)
    return GOOD


def benchmark(options: argparse.Namespace) -> int:
    from seg.benchmark.engines import benchmark as run_benchmark

    with _progress() as show:

        def report(what: str) -> None:
            show(f"measuring {what}", 0, 1)

        engines = tuple(options.engines) if options.engines else None
        facts = run_benchmark(options.weights, engines, options.repeat, against=options.against, report=report)
        if options.visitors:
            from seg.benchmark.visitors import load_test

            facts["visitors"] = load_test(report=report)
        if options.training:
            from seg.benchmark.training import training_benchmark

            report("training")
            facts["training"] = training_benchmark(_open(options))
    if options.json:
        print(json.dumps(facts))
        return GOOD
    peaks = ", ".join(f"{peak:.0f} in {name}" for name, peak in facts["peak_gmacs"].items())
    print(f"{facts['cpu']}, {facts['cores']} cores; GMAC/s at best: {peaks}")
    print(f"the network: {facts['network_gmacs']} GMAC a photo; photo {'{1} x {0}'.format(*facts['photo'])} px")
    heads = ("first trimap", "median", "95 %", "x", "photos/s", "memory", "of peak")
    print(f"{'engine':<20}" + "".join(f"{head:>{width}}" for head, width in zip(heads, BENCHMARK_WIDTHS, strict=True)))
    for name, own in facts["engines"].items():
        throughput = max(own["photos_per_second"].values(), default=1 / own["median_seconds"])
        cells = (
            f"{own['first_trimap_seconds']:.2f} s",
            f"{own['median_seconds']:.3f} s",
            f"{own['p95_seconds']:.3f} s",
            f"{own['times_the_fastest']:.1f}",
            f"{throughput:.2f}",
            f"{own['peak_memory_mb']:.0f} MB" if own["peak_memory_mb"] else "-",
            f"{own['share_of_peak']:.0%}" if own["share_of_peak"] else "-",
        )
        line = "".join(f"{cell:>{width}}" for cell, width in zip(cells, BENCHMARK_WIDTHS, strict=True))
        print(f"{Path(name).name:<20}{line}")
    for row in facts.get("visitors", []):
        print(
            f"{row['visitors']:>3} visitors at once: a photo waits {row['median_seconds']:.2f} s (median), "
            f"{row['p95_seconds']:.2f} s (95 %); {row['photos_per_second']:.1f} photos/s"
        )
    for name, own in facts.get("training", {}).get("trainings", {}).items():
        memory = f", {own['peak_memory_mb']:,.0f} MB" if own["peak_memory_mb"] else ""
        print(f"training by {name}: {own['photos_per_second']:.2f} photos/s{memory}")
    return GOOD


def compare(options: argparse.Namespace) -> int:
    from seg.article.comparison import COMPARISON
    from seg.article.comparison import compare as run_comparison

    dataset = _open(options)
    with _progress() as show:
        facts = run_comparison(
            dataset, options.epochs, options.size, options.runs, lambda name: show(f"training {name}", 0, 1)
        )
    if options.json:
        print(json.dumps(facts))
        return GOOD
    trained = f"{facts['epochs']} epochs of {facts['photos']} photos at {facts['size']} px"
    print(f"{trained}, {facts['test_photos']} test photos")
    for row in facts["rows"]:
        iou = ", ".join(f"{name} {_figure(value)}" for name, value in row["iou"].items())
        print(f"{row['name']:<14} mean IoU {row['mean_iou']:.4f} ({iou}), pixel accuracy {row['pixel_accuracy']:.4f}")
    print(options.runs / COMPARISON)
    return GOOD


def doctor(options: argparse.Namespace) -> int:
    from seg.data.dataset import DEFAULT_FOLDER, DatasetError
    from seg.inference.engines import default_engine
    from seg.network.device import prepare_device
    from seg.network.weights import WeightsError, find_weights, read_info

    device = prepare_device()
    facts: dict[str, Any] = {
        "tensorflow": device.tensorflow,
        "gpus": list(device.gpus),
        "memory_growth": list(device.memory_growth),
        "cpu": device.cpu,
        "cpu_features": list(device.cpu_features),
        "cores": device.cores,
        "precision": device.precision,
        "engine": None,
    }
    problems = []
    try:
        info = read_info(find_weights(options.weights))
        facts["weights"] = {"path": str(info.path), "scaling": info.scaling, "mean_iou": info.mean_iou}
        facts["engine"] = default_engine(info.path)
    except WeightsError as error:
        facts["weights"] = None
        problems.append(str(error))
    try:
        dataset = _open(options)
        facts["dataset"] = {"path": str(dataset.root), "title": dataset.title, "pairs": len(dataset)}
    except DatasetError as error:
        facts["dataset"] = None
        problems.append(str(error))
    if options.json:
        print(json.dumps(facts | {"problems": problems}))
    else:
        print(f"TensorFlow {device.tensorflow}")
        for gpu, growth in zip(device.gpus, device.memory_growth, strict=True):
            print(f"GPU {gpu}, memory growth {'on' if growth else 'off'}")
        if not device.gpus:
            print("GPU: none found, the CPU computes")
        print(f"CPU {device.cpu}, {device.cores} cores, {', '.join(device.cpu_features) or 'no features known'}")
        print(f"precision {device.precision}")
        if facts["weights"]:
            iou = facts["weights"]["mean_iou"]
            print(f"weights {facts['weights']['path']}" + (f", mean IoU {iou:.3f}" if iou else ""))
            print(f"photos are segmented by {facts['engine']}")
        if facts["dataset"]:
            own = facts["dataset"]
            print(f"dataset {own['title']}, {own['pairs']:,} pairs, {own['path']}")
            if dataset.is_sample:
                print(f"(a sample of 148 pairs: `python -m seg download` puts all 7,349 into {DEFAULT_FOLDER})")
    for sentence in problems:
        print(f"seg: {sentence}", file=sys.stderr)
    return SOME_FAILED if problems else GOOD


# What the verbs share


def _segmenter(options: argparse.Namespace):
    from seg.inference.segmenter import Segmenter

    return Segmenter.load(options.weights, options.engine, options.size, options.mirror)


def _open(options: argparse.Namespace, split: str | None = None):
    from seg.data.dataset import Dataset

    with _progress() as show:
        return Dataset.open(options.data, split, lambda done, of: show("checking photos", done, of))


def _free_name(path: Path, taken: set[str]) -> str:
    """The name that a photo's results get: ``cat``; ``cat.png``, ``cat-2``, ... where that is taken by another photo.

    Adds it to ``taken``. A capital letter makes no other file on some systems.
    """
    candidates = itertools.chain((path.stem, path.name), (f"{path.stem}-{number}" for number in itertools.count(2)))
    name = next(name for name in candidates if name.casefold() not in taken)
    taken.add(name.casefold())
    return name


def _save(segmentation, stem: Path, saves: list[str]) -> list[str]:
    """Write what was asked for beside ``stem``; each file appears whole or not at all. Returns the files' names."""
    import io

    import numpy as np

    from seg.pictures import save_picture
    from seg.training.runs import write_atomically

    makers: dict[str, Callable] = {
        "trimap": lambda: segmentation.trimap,
        "overlay": segmentation.overlay,
        "cutout": segmentation.cutout,
    }
    files = []
    for save in saves:
        path = stem.with_name(f"{stem.name}.{save}.{'npz' if save == 'probabilities' else 'png'}")
        if save == "probabilities":
            buffer = io.BytesIO()
            np.savez_compressed(buffer, probabilities=segmentation.probabilities.astype(np.float16))
            write_atomically(path, buffer.getvalue())
        else:
            save_picture(makers[save](), path)
        files.append(path.name)
    return files


def _find_photos(patterns: list[str]) -> Iterator[Path]:
    """Files, the pictures of folders, and globs, in order. Raises ValueError for a glob or folder without photos."""
    import glob

    from seg.photo import SUFFIXES

    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            files = (p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
            found = sorted(p for p in files if p.suffix.lower() in SUFFIXES)
        elif path.exists() or not glob.has_magic(pattern):
            found = [path]
        else:
            found = sorted(Path(p) for p in glob.glob(pattern, recursive=True) if Path(p).is_file())
        if not found:
            raise ValueError(f"there are no photos in {pattern}: check the path.")
        yield from found


def _overrides(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the command line changes of a recipe: fields of its phases, fields of the recipe."""
    phase_fields = (
        "epochs",
        "steps",
        "batch",
        "size",
        "decoder_learning_rate",
        "encoder_learning_rate",
        "frozen_blocks",
        "schedule",
    )
    recipe_fields = (
        "scaling",
        "encoder",
        "start",
        "precision",
        "ema_decay",
        "average_last",
        "jaccard",
        "weight_decay",
        "seed",
        "validation_photos",
    )
    given = {key: value for key, value in vars(options).items() if value is not None}
    recipe = {key: given[key] for key in recipe_fields if key in given}
    if options.lists:
        recipe["split_scheme"] = options.lists
    phase = {key: given[key] for key in phase_fields if key in given}
    if options.size:
        phase["sizes"] = ()  # one size was asked for
    return phase, recipe


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, where that is a terminal; a call says what, how much, of how much."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _complain(error: Exception, code: int) -> int:
    """One line on standard error, however many the error has."""
    print(f"seg: {' '.join(str(error).split())}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    from seg.benchmark.engines import BASELINES
    from seg.data.dataset import DEFAULT_FOLDER, SPLITS
    from seg.inference.engines import ENGINES
    from seg.inference.export import FORMATS
    from seg.training.recipe import RECIPES
    from seg.training.runs import runs_folder

    parser = argparse.ArgumentParser(prog="python -m seg", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(function: Callable, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub = verbs.add_parser(function.__name__, help=text, description=text, parents=list(parents))
        sub.set_defaults(verb=function)
        return sub

    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print one JSON object")
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", type=Path, help="dataset folder (default: SEG_DATA, the download, the sample)")
    network = argparse.ArgumentParser(add_help=False)
    network.add_argument("--weights", type=Path, help="weight file or run folder (default: those that ship)")
    network.add_argument("--engine", choices=ENGINES, help="what computes (default: the best one here)")
    network.add_argument("--size", type=int, default=224, help="pixels a side that the network sees")
    network.add_argument(
        "--mirror", action="store_true", help="average with the mirror image: a little better, half as fast"
    )
    run_folder = argparse.ArgumentParser(add_help=False)
    run_folder.add_argument("--runs", type=Path, default=runs_folder(), help="folder of the runs")

    sub = verb(download, "download the Oxford-IIIT Pet dataset (811 MB)")
    sub.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER)

    sub = verb(stats, "show what a dataset holds", as_json)
    sub.add_argument("data", type=Path, nargs="?")

    sub = verb(summary, "show the network layer by layer", as_json)
    sub.add_argument("--size", type=int, default=224, help="pixels a side of the input")

    sub = verb(train, "train a recipe, or go on with a run", as_json, data, run_folder)
    sub.add_argument("--recipe", choices=RECIPES, help="default: demo")
    sub.add_argument("--no-pets", type=Path, metavar="FOLDER", help="photos without pets, to train on too (see best)")
    sub.add_argument("--groups", type=Path, metavar="FOLDER", help="photos of groups of pets with trimaps, likewise")
    sub.add_argument("--resume", metavar="RUN", help="go on with this run")
    sub.add_argument("--epochs", type=int, help="epochs of each phase")
    sub.add_argument("--steps", type=int, help="steps an epoch (default: every photo once)")
    sub.add_argument("--batch", type=int, help="photos a step")
    sub.add_argument("--size", type=int, help="pixels a side that the network sees, a multiple of 32")
    sub.add_argument("--decoder-learning-rate", type=float, help="learning rate of the decoder")
    sub.add_argument("--encoder-learning-rate", type=float, help="learning rate of the encoder's blocks that train")
    sub.add_argument("--frozen-blocks", type=int, help="encoder blocks that stay frozen: 5 all, 0 none")
    sub.add_argument("--schedule", choices=("constant", "cosine"))
    sub.add_argument("--scaling", choices=("imagenet", "signed", "raw"), help="what the encoder is fed")
    sub.add_argument("--encoder", help="imagenet (ships), keras (downloads or has cached it), none, or a file")
    sub.add_argument("--start", help="weights of a whole network to start from: shipped, a file, a run's folder")
    sub.add_argument("--precision", choices=("auto", "float32", "mixed_bfloat16", "mixed_float16"))
    sub.add_argument("--ema-decay", type=float, help="decay of the moving average of the weights")
    sub.add_argument("--average-last", type=int, help="judge the mean of the weights of so many last epochs, too")
    sub.add_argument("--jaccard", type=float, help="weight of the soft Jaccard loss beside the cross-entropy")
    sub.add_argument("--weight-decay", type=float)
    sub.add_argument("--seed", type=int)
    sub.add_argument("--validation-photos", type=int, help="at most so many photos to validate on, evenly spread")
    sub.add_argument("--split-scheme", dest="lists", choices=("official", "article"), help="which names train")

    sub = verb(runs, "list, stop or delete runs", as_json, run_folder)
    sub.add_argument("action", nargs="?", choices=("list", "stop", "delete"), default="list")
    sub.add_argument("id", nargs="?")

    sub = verb(evaluate, "measure a network on a dataset", as_json, data, network)
    sub.add_argument("--split", choices=(*SPLITS, "all"), default="test", help="part of the dataset")
    sub.add_argument("--lists", choices=("official", "article"), help="which names are test names")
    sub.add_argument(
        "--no-pets",
        type=Path,
        metavar="FOLDER",
        help="measure what is called pet on photos without one; with --data also its pets pasted small into them",
    )
    sub.add_argument(
        "--held-back", action="store_true", help="of --no-pets, or of groups as --data, only what training leaves alone"
    )
    sub.add_argument("--limit", type=int, help="at most so many photos, evenly spread")
    sub.add_argument("-o", "--output", type=Path, help="folder for report.json and pictures (default: report)")

    sub = verb(predict, "segment photos", as_json, network)
    sub.add_argument("photos", nargs="+", metavar="PHOTO", help="files, folders or globs")
    sub.add_argument("-o", "--output", type=Path, default=Path("segmented"))
    sub.add_argument("--save", nargs="+", choices=SAVES, default=["trimap", "overlay", "cutout"])

    sub = verb(export, "write the network for other programs", as_json, data)
    sub.add_argument("out", type=Path, metavar="OUT", help="file, or folder for savedmodel")
    sub.add_argument("--to", choices=FORMATS, required=True)
    sub.add_argument("--weights", type=Path, help="weight file or run folder (default: those that ship)")
    sub.add_argument("--size", type=int, default=224, help="pixels a side of the input, where it is fixed")
    sub.add_argument("--overwrite", action="store_true")

    sub = verb(average, "write the mean of several trainings' weights: often better than each", as_json)
    sub.add_argument("sources", nargs="+", metavar="WEIGHTS", help="weight files or run folders, trained from the same")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    sub.add_argument("--overwrite", action="store_true")

    sub = verb(benchmark, "measure how fast photos are segmented here, engine by engine", as_json, data)
    sub.add_argument("--weights", type=Path, help="weight file or run folder (default: those that ship)")
    sub.add_argument("--engines", nargs="+", choices=(*ENGINES, *BASELINES), help="default: all that run here")
    sub.add_argument("--repeat", type=int, default=10, help="runs measured of each")
    sub.add_argument("--against", type=Path, metavar="ONNX_FILE", help="another network, to compare the times with")
    sub.add_argument("--visitors", action="store_true", help="also start the app and send it photos, 1 to 64 at once")
    sub.add_argument(
        "--training", action="store_true", help="also train: the article's script against our recipe of it"
    )

    sub = verb(compare, "train what each correction of the article brings, and measure it", as_json, data, run_folder)
    sub.add_argument("--epochs", type=int, default=3, help="epochs of each training")
    sub.add_argument("--size", type=int, default=224, help="pixels a side that the network sees")

    sub = verb(doctor, "show what this machine has and what was found", as_json, data)
    sub.add_argument("--weights", type=Path)
    return parser
