"""``masks`` makes a dataset of photos and the annotations of other programs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.options import PATH, json_option
from seg.commands.output import complain, print_json, progress_bar

EXAMPLES = """\b
Examples:
  python -m seg masks leaves -o leaves-dataset                     labelme's JSON beside the photos
  python -m seg masks cvat-export -o streets --subject car         COCO's JSON, as CVAT exports it
  python -m seg masks data_road -o roads                           KITTI's roads, CamVid, PASCAL VOC

FOLDER holds photos and either JSON of labelme or COCO (polygons, rectangles, circles, run lengths), or masks in
colours: NAME_L.png as in CamVid, gt_image_2 as in KITTI, SegmentationClass as in VOC, or a folder masks or labels.
Which colour is which class stands in label_colors.txt, labelmap.txt, class_dict.csv or classes.json. OUT gets images,
masks, classes.json, and lists where the annotations say which photos train, validate and test; every other verb takes
it as --data."""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="Folder of the dataset; it must be empty or missing.")
@click.option("--subject", help="The class that is cut out (default: the only one beside the background).")
@click.option("--border", help="The class of outlines where the annotators did not decide.")
@click.option(
    "--void",
    multiple=True,
    help="A class of pixels that are not labelled: they teach nothing and count nowhere. Several: repeat it.",
)
@json_option
def masks(
    folder: Path, output: Path, subject: str | None, border: str | None, void: tuple[str, ...], as_json: bool
) -> int:
    from seg.data.annotations.converting import Roles, convert

    with progress_bar() as show:
        converted = convert(folder, output, Roles(subject, border, void), partial(show, "drawing masks"))
    for problem in converted.problems:
        complain(str(problem))
    if as_json:
        problems = [str(problem) for problem in converted.problems]
        print_json({"path": str(output), "photos": converted.photos, "left_out": problems, "splits": converted.splits})
    else:
        classes = converted.classes
        line = f"{output}: {converted.photos:,} photos with masks of {', '.join(classes.names)}"
        if classes.void:
            line += f"; not labelled: {', '.join(member.name for member in classes.void)}"
        click.echo(line)
        if converted.splits:
            click.echo(f"splits: {', '.join(f'{split} {count:,}' for split, count in converted.splits.items())}")
    return SOME_FAILED if converted.problems else GOOD
