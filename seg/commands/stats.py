"""``stats`` shows what a dataset holds."""

from __future__ import annotations

from pathlib import Path

import click

from seg.commands.options import PATH, json_option, open_dataset
from seg.commands.output import print_json

DATA_HELP = """DATA is a folder with images/ and annotations/trimaps/ (or masks/), paired by name, with folders within
them or without, and a classes.json if its classes are not those of pets; without it, SEG_DATA, the downloaded dataset,
or the sample that ships."""


@click.command(epilog=DATA_HELP)
@click.argument("data", type=PATH, required=False)
@json_option
def stats(data: Path | None, as_json: bool) -> None:
    from seg.data.statistics import reason_text, statistics

    dataset = open_dataset(data)
    facts = statistics(dataset)
    if as_json:
        print_json(facts.as_dict())
        return
    click.echo(f"{facts.title}: {facts.pairs:,} pairs, {facts.trimaps:,} trimaps")
    click.echo(f"unique trimap values: {', '.join(map(str, facts.trimap_values))}")
    for member in (*dataset.classes, *dataset.classes.void):
        share = facts.trimap_values.get(member.value, 0.0)
        meaning = ", ".join(filter(None, ("not labelled" if member in dataset.classes.void else "", member.meaning)))
        click.echo(f"  {member.value}  {member.name:<11}{share:6.1%} of pixels   {meaning}".rstrip())
    counts = ", ".join(f"{split} {count:,}" for split, count in facts.splits.items())
    click.echo(f"split {facts.split_scheme}: {counts}")
    if facts.sizes:
        smallest, median, largest = ("{1}x{0}".format(*facts.sizes[key]) for key in ("smallest", "median", "largest"))
        click.echo(f"photo sizes: smallest {smallest}, median {median}, largest {largest} px")
    for title, groups in (("species", facts.by_species), ("breed", facts.by_breed)):
        if groups:
            click.echo(f"by {title}:")
        for name, row in groups.items():
            shares = ", ".join(f"{class_name} {row[class_name]:.1%}" for class_name in dataset.classes.names)
            click.echo(f"  {name:<28}{row['photos']:>6,.0f}   {shares}")
    if facts.turned:
        click.echo(f"trimaps turned as EXIF turns their photos: {_some(facts.turned)}")
    for reason, names in facts.left_out.items():
        click.echo(f"left out, {reason_text(reason)}: {_some(names)}")


def _some(names: list[str]) -> str:
    """How many names there are, and the first of them."""
    return f"{len(names):,} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
