"""``predict`` segments photos and writes the results as files."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.options import PATH, VerbWithLists, cutout_options, detail_option, json_option, network_options
from seg.commands.output import complain, print_json, progress_bar
from seg.inference.saving import PARTS, save_segmentation
from seg.inference.second_look import DEFAULT_DETAIL, Detail

if TYPE_CHECKING:
    from seg.inference.cutout_options import CutoutOptions

MOST_NAMED = 10  # files in one sentence; the JSON names all

EXAMPLES = """\b
Examples:
  python -m seg predict cat.jpg
  python -m seg predict photos/ "more/**/*.jpg" -o out --save cutout trimap
  python -m seg predict cat.jpg --save cutout --background beach.jpg --shadow 50
  python -m seg predict photos/ --save cutout --background white --crop square --format webp
  python -m seg predict cat.jpg --save cutout --crop pet --outline 3

Of each photo NAME, PHOTO being a file, a folder or a pattern, FOLDER gets NAME.trimap.png (1 pet, 2 background,
3 border), NAME.overlay.png (the trimap's colours over the photo) and NAME.cutout.png (RGBA; .webp or .jpg
if so asked, on another background RGB); if asked for,
NAME.probabilities.npz (float16, one channel a class). A file's content says whether it is a photo: JPEG, PNG, HEIC,
WebP, AVIF, GIF, BMP, TIFF, previews of raw files; up to 250 million pixels, which take 4 GB of memory."""


@click.command(cls=VerbWithLists, epilog=EXAMPLES)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FOLDER",
    default=Path("segmented"),
    show_default=True,
    help="Where the files go; it is made if it does not exist.",
)
@click.option(
    "--save",
    type=click.Choice(PARTS),
    multiple=True,
    help="What to write of each photo, one or more (default: trimap overlay cutout).",
)
@cutout_options
@network_options
@detail_option(DEFAULT_DETAIL)
@json_option
def predict(
    photos: tuple[str, ...],
    output: Path,
    save: tuple[str, ...],
    weights: Path | None,
    engine: str | None,
    size: int | None,
    mirror: bool,
    detail: Detail,
    as_json: bool,
    options: CutoutOptions,
) -> int:
    from seg.data.photo_files import find_photos
    from seg.errors import SegError
    from seg.files import free_name
    from seg.inference.segmenter import Segmenter
    from seg.names import readable_name, shortened, storable_name
    from seg.photo import PhotoError, PhotoWarning
    from seg.pictures import FormatError

    found = find_photos(photos)
    segmenter = Segmenter.load(weights, engine, size, mirror)
    output.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    names: set[str] = set()
    left_out = [readable_name(str(path)) for path in found.others]
    results = [readable_name(str(path)) for path in found.results]

    def segment(path: Path) -> None:
        segmentation = segmenter(path, detail)
        stem = free_name(shortened(storable_name(readable_name(path.stem))), names)
        files = save_segmentation(segmentation, output, stem, save or None, options)
        rows.append(
            {
                "photo": str(path),
                "files": [file.name for file in files],
                "shares": segmentation.shares,
                "seconds": segmentation.seconds,
                "warnings": [str(warning) for warning in segmentation.photo.warnings],
            }
        )

    with progress_bar() as show:
        for count, path in enumerate(found.photos, 1):
            show("segmenting", count, len(found.photos))
            try:
                segment(path)
            except PhotoError as error:
                failed.append(str(error))
            except FormatError as error:
                failed.append(str(PhotoError("in_file", name=readable_name(path.name), reason=error)))
            except OSError as error:
                failed.append(str(PhotoError("photo_unwritten", name=readable_name(path.name), reason=error.strerror)))
                if error.errno == errno.ENOSPC:
                    break  # none of those that follow would find room
            except SegError:
                raise  # what no photo can be given, such as a cut-out without a subject
            except Exception as error:  # one photo in a thousand is no reason to lose the others
                reason = f"{type(error).__name__}: {error}"
                failed.append(str(PhotoError("photo_failed", name=readable_name(path.name), reason=reason)))
    if as_json:
        print_json({"photos": rows, "failed": failed, "left_out": left_out, "results": results, "output": str(output)})
    else:
        for row in rows:
            shares = ", ".join(f"{name} {share:.1%}" for name, share in row["shares"].items())
            photo = readable_name(row["photo"])
            click.echo(f"{photo}: {shares} ({row['seconds']:.2f} s)")
    for code, paths in (("no_pictures", left_out), ("earlier_results", results)):
        if paths:
            shown = ", ".join(paths[:MOST_NAMED]) + (", ..." if len(paths) > MOST_NAMED else "")
            complain(str(PhotoWarning(code, count=len(paths), names=shown)))
    for sentence in [*(warning for row in rows for warning in row["warnings"]), *failed]:
        complain(sentence)
    return SOME_FAILED if failed else GOOD
