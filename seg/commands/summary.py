"""``summary`` shows shapes, parameters and work of each layer."""

from __future__ import annotations

import click

from seg.commands.options import json_option
from seg.commands.output import print_json
from seg.network import architecture
from seg.network.architecture import INPUT_SIZE, check_size


@click.command
@click.option("--size", default=INPUT_SIZE, show_default=True, help="Pixels a side of the input.")
@json_option
def summary(size: int, as_json: bool) -> None:
    check_size(size)
    layers = architecture.layers(size)
    parameters, macs = sum(layer.parameters for layer in layers), sum(layer.macs for layer in layers)
    if as_json:
        print_json({"layers": [vars(layer) for layer in layers], "parameters": parameters, "macs": macs})
        return
    click.echo(f"{'layer':<22}{'kind':<18}{'output':<18}{'parameters':>12}{'MMAC':>12}")
    for layer in layers:
        shape = " x ".join(map(str, layer.shape))
        click.echo(f"{layer.name:<22}{layer.kind:<18}{shape:<18}{layer.parameters:>12,}{layer.macs / 1e6:>12,.0f}")
    click.echo(f"{'total':<58}{parameters:>12,}{macs / 1e6:>12,.0f}")
