"""``export`` writes the network in the formats of other programs."""

from __future__ import annotations

from pathlib import Path

import click

from seg.commands.options import PATH, data_option, json_option, weights_option
from seg.commands.output import print_json
from seg.inference.export import FORMATS

EXAMPLES = """\b
Examples:
  python -m seg export --to onnx pets.onnx
  python -m seg export --to openvino-int8 pets-int8.xml --data PETS

The network takes RGB in [0, 255], float32 (N, H, W, 3), and answers with probabilities (N, H, W, classes). onnx needs
`pip install onnx tf2onnx`, openvino-int8 `pip install nncf` and a dataset, whose photos set its ranges."""


@click.command(epilog=EXAMPLES)
@click.argument("out", type=PATH)
@click.option("--to", "format_name", type=click.Choice(FORMATS), required=True, help="The format.")
@weights_option
@click.option("--size", type=int, help="Pixels a side of the input, where the format fixes it (default: as trained).")
@click.option("--overwrite", is_flag=True, help="Replace OUT, a file, or for savedmodel a folder.")
@data_option
@json_option
def export(
    out: Path,
    format_name: str,
    weights: Path | None,
    size: int | None,
    overwrite: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    from seg.inference.export import export as write_export

    path = write_export(format_name, out, weights, size, overwrite, data)
    if as_json:
        files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
        print_json({"format": format_name, "path": str(path), "bytes": sum(file.stat().st_size for file in files)})
    else:
        click.echo(path)
