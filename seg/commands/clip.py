"""``clip`` cuts pets out of moving pictures and videos."""

from __future__ import annotations

import errno
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.clips.cut import MOST_FRAMES
from seg.clips.writing import FORMATS
from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.options import AT_LEAST_ONE, PATH, NetworkChoice, cutout_options, json_option, network_options
from seg.commands.output import complain, print_json, progress_bar
from seg.inference.second_look import DEFAULT_DETAIL

if TYPE_CHECKING:
    from seg.inference.cutout_options import CutoutOptions

EXAMPLES = """\b
Examples:
  python -m seg clip cat.gif
  python -m seg clip cat.mp4 --format webp --longest-side 480
  python -m seg clip cat.mov --background beach.jpg
  python -m seg clip clips/ "more/*.mov" -o out

Of each clip NAME, CLIP being a file, a folder or a pattern, FOLDER gets NAME.cutout.webm (VP9 with alpha, with the
video's sound), .webp, .apng or .gif. A file's content says what it is: GIF, animated WebP, PNG or AVIF; mp4, mov, webm,
mkv, avi and other videos need `pip install av`. Frames keep their times, rotated videos stand upright, animations are
played as often as before. A GIF's pixels are there or not, which makes fur hard: webp and apng show it. Alpha is
smoothed over time, along the motion, so that outlines do not flicker. Memory does not grow with the clip's length; a
frame takes about as long as a photo."""


@click.command(epilog=EXAMPLES)
@click.argument("clips", nargs=-1, required=True, metavar="CLIP...")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FOLDER",
    default=Path("segmented"),
    show_default=True,
    help="Where the clips go; it is made if it does not exist.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    help="The format (default: webm of videos, gif of a GIF, webp of WebP and AVIF, apng of a PNG).",
)
@click.option("--longest-side", type=AT_LEAST_ONE, metavar="PIXELS", help="Make larger clips so small.")
@click.option("--no-smoothing", is_flag=True, help="Cut out each frame by itself.")
@click.option(
    "--most-frames", type=AT_LEAST_ONE, default=MOST_FRAMES, show_default=True, help="Refuse clips of more frames."
)
@partial(cutout_options, without=("crop", "margin", "format"))
@network_options(DEFAULT_DETAIL)
@json_option
def clip(
    clips: tuple[str, ...],
    output: Path,
    format_name: str | None,
    longest_side: int | None,
    no_smoothing: bool,
    most_frames: int,
    network: NetworkChoice,
    as_json: bool,
    options: CutoutOptions,
) -> int:
    from seg.clips.clip import ClipError
    from seg.clips.cut import ClipOptions, cut_clip
    from seg.clips.opening import find_clips
    from seg.files import free_name
    from seg.names import readable_name, shortened, storable_name
    from seg.photo import PhotoError

    paths = find_clips(clips)
    clip_options = ClipOptions(format_name, longest_side, not no_smoothing, most_frames, network.detail, options)
    segmenter = network.load()
    output.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    names: set[str] = set()
    for path in paths:
        name = readable_name(path.name)
        stem = free_name(shortened(storable_name(readable_name(path.stem))), names)
        try:
            with progress_bar() as show:
                cut = cut_clip(segmenter, path, output, stem, clip_options, partial(show, name))
        except (PhotoError, ClipError) as error:
            failed.append(str(error))
        except OSError as error:
            failed.append(str(PhotoError("photo_unwritten", name=name, reason=error.strerror)))
            if error.errno == errno.ENOSPC:
                break  # none of those that follow would find room
        else:
            rows.append(
                {
                    "clip": str(path),
                    "file": cut.path.name,
                    "frames": cut.frames,
                    "seconds": cut.seconds,
                    "height": cut.size[0],
                    "width": cut.size[1],
                    "took": cut.took,
                    "warnings": [str(warning) for warning in cut.warnings],
                }
            )
    if as_json:
        print_json({"clips": rows, "failed": failed, "output": str(output)})
    else:
        for row in rows:
            what = f"{row['frames']} frames, {row['seconds']:.2f} s"
            click.echo(f"{readable_name(row['clip'])}: {row['file']} ({what}; took {row['took']:.1f} s)")
    for sentence in [*(warning for row in rows for warning in row["warnings"]), *failed]:
        complain(sentence)
    return SOME_FAILED if failed else GOOD
