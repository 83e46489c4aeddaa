"""``predict`` segments photos and writes the results as files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.exit_codes import GOOD, INTERRUPTED, SOME_FAILED
from seg.commands.interruption import Interruption
from seg.commands.options import NetworkChoice, VerbWithLists, cutout_options, json_option, network_options
from seg.commands.output import announce, complain, print_json, progress_bar
from seg.inference.saving import PARTS, save_segmentation
from seg.inference.second_look import DEFAULT_DETAIL

if TYPE_CHECKING:
    from seg.inference.cutout_options import CutoutOptions
    from seg.inference.many import Saved
    from seg.inference.segmenter import Segmentation
    from seg.photo import Photo

MOST_NAMED = 10  # files in one sentence; the JSON names all

EXAMPLES = """\b
Examples:
  python -m seg predict cat.jpg
  python -m seg predict photos/ "more/**/*.jpg" -o out --save cutout trimap
  python -m seg predict cat.jpg --save cutout --background beach.jpg --shadow 50
  python -m seg predict photos/ --save cutout --background white --crop square --format webp
  python -m seg predict cat.jpg --save cutout --crop pet --outline 3
  python -m seg predict --watch incoming/ -o out
  python -m seg predict s3://bucket/photos -o s3://bucket/segmented --on ray

Of each photo NAME, PHOTO being a file, a folder or a pattern, FOLDER gets NAME.trimap.png (1 pet, 2 background,
3 border), NAME.overlay.png (the trimap's colours over the photo) and NAME.cutout.png (RGBA; .webp or .jpg
if so asked, on another background RGB); if asked for,
NAME.probabilities.npz (float16, one channel a class). A file's content says whether it is a photo: JPEG, PNG, HEIC,
WebP, AVIF, GIF, BMP, TIFF, previews of raw files; up to 250 million pixels, which take 3 GB of memory.

With --on ray PHOTO is a folder, an object store's or a list of addresses (NAME.txt), and FOLDER an object store's, too:
folders within are kept, results are called as the photo with its suffix, what has results is left alone, and
FOLDER/failures.csv names what failed. RAY_ADDRESS names the cluster. It needs requirements-scale.txt.

With --watch a photo is segmented once its file has stayed the same for a second; folders within the folder are left
alone. Each photo has a line, with --json a JSON object. FOLDER/.watched.jsonl says what is done: started again,
predict goes on from there, and photos that were replaced are segmented anew. Ctrl-C finishes what is begun."""


@click.command(cls=VerbWithLists, epilog=EXAMPLES)
@click.argument("photos", nargs=-1, metavar="PHOTO...")
@click.option(
    "--watch",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Instead of PHOTO: segment what is in this folder and what comes into it, until Ctrl-C.",
)
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    default="segmented",
    show_default=True,
    help="Where the files go; it is made if it does not exist.",
)
@click.option("--on", type=click.Choice(["ray"]), help="Segment on a cluster: millions of photos, object storage.")
@click.option("--workers", type=click.IntRange(min=1), help="Networks at work on the cluster (default: one a machine).")
@click.option(
    "--save",
    type=click.Choice(PARTS),
    multiple=True,
    help="What to write of each photo, one or more (default: trimap overlay cutout).",
)
@cutout_options
@network_options(DEFAULT_DETAIL)
@json_option
def predict(
    photos: tuple[str, ...],
    watch: Path | None,
    output: str,
    on: str | None,
    workers: int | None,
    save: tuple[str, ...],
    network: NetworkChoice,
    as_json: bool,
    options: CutoutOptions,
) -> int:
    from seg.cores import available_cores
    from seg.data.photo_files import PhotoFiles, find_photos
    from seg.files import free_name
    from seg.inference.many import Failed, save_all
    from seg.names import readable_name, shortened, storable_name
    from seg.photo import PhotoWarning

    if bool(photos) == bool(watch):
        raise click.UsageError("Give PHOTO... or --watch FOLDER.", click.get_current_context())
    if on:
        from seg.commands.predict_on_ray import predict_on_ray

        if watch:
            raise click.UsageError("--watch works on this machine, without --on.", click.get_current_context())
        return predict_on_ray(photos, output, save, options, network, workers, as_json)
    folder = Path(output)
    found = find_photos(photos) if photos else PhotoFiles([], [])
    # Of few photos each is to be there soon. Into a folder that is watched they most often come by the dozen.
    segmenter = network.load(side_by_side=bool(watch) or len(found.photos) > available_cores())
    folder.mkdir(parents=True, exist_ok=True)
    saved: list[Saved] = []
    failed: list[str] = []
    names: set[str] = set()
    interruption = Interruption()
    left_out = [readable_name(str(path)) for path in found.others]
    results = [readable_name(str(path)) for path in found.results]
    named = ((path, free_name(shortened(storable_name(readable_name(path.stem))), names)) for path in found.photos)

    def segment(photo: Path | Photo) -> Segmentation:
        return segmenter(photo, network.detail)

    def save_parts(segmentation: Segmentation, stem: str) -> list[Path]:
        return save_segmentation(segmentation, folder, stem, save or None, options)

    if watch:
        with interruption.awaited(str(PhotoWarning("predict_stopping"))):
            return _watch(watch, folder, segment, save_parts, interruption, as_json)
    with interruption.awaited(str(PhotoWarning("predict_stopping"))), progress_bar() as show:
        show("segmenting", 0, len(found.photos))
        for count, outcome in enumerate(save_all(named, segment, save_parts, interruption.is_asked), 1):
            show("segmenting", count, len(found.photos))
            if isinstance(outcome, Failed):
                failed.append(str(outcome.error))
            else:
                saved.append(outcome)
    rows = [_row(photo) for photo in saved]
    if as_json:
        print_json({"photos": rows, "failed": failed, "left_out": left_out, "results": results, "output": str(output)})
    else:
        for row in rows:
            click.echo(_line(row))
    for code, paths in (("no_pictures", left_out), ("earlier_results", results)):
        if paths:
            shown = ", ".join(paths[:MOST_NAMED]) + (", ..." if len(paths) > MOST_NAMED else "")
            complain(str(PhotoWarning(code, count=len(paths), names=shown)))
    for sentence in [*(warning for row in rows for warning in row["warnings"]), *failed]:
        complain(sentence)
    if interruption.is_asked():
        complain(str(PhotoWarning("predict_interrupted", done=len(rows), count=len(found.photos))))
        return INTERRUPTED
    return SOME_FAILED if failed else GOOD


def _watch(
    folder: Path,
    output: Path,
    segment: Callable[[Path | Photo], Segmentation],
    save: Callable[[Segmentation, str], list[Path]],
    interruption: Interruption,
    as_json: bool,
) -> int:
    """Segment the photos of a folder as they come, a line for each, until Ctrl-C."""
    from seg.inference.many import Failed, save_all
    from seg.inference.watched import SECONDS_BETWEEN_LOOKS, WatchedFolder
    from seg.photo import PhotoWarning

    announce(str(PhotoWarning("predict_watching", folder=folder, output=output)))
    watched = WatchedFolder(folder, output)
    while not interruption.is_asked():
        for outcome in save_all(watched.look(), segment, save, interruption.is_asked):
            watched.note(outcome.photo, None if isinstance(outcome, Failed) else outcome.files)
            if isinstance(outcome, Failed):
                complain(str(outcome.error))
                if outcome.is_last:
                    return SOME_FAILED
                continue
            row = _row(outcome)
            click.echo(json.dumps(row) if as_json else _line(row))
            for warning in outcome.warnings:
                complain(warning)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return GOOD


def _line(row: dict[str, Any]) -> str:
    from seg.names import readable_name

    shares = ", ".join(f"{name} {share:.1%}" for name, share in row["shares"].items())
    return f"{readable_name(row['photo'])}: {shares} ({row['seconds']:.2f} s)"


def _row(photo: Saved) -> dict[str, Any]:
    return {
        "photo": str(photo.photo),
        "files": [file.name for file in photo.files],
        "shares": photo.shares,
        "seconds": photo.seconds,
        "warnings": photo.warnings,
    }
