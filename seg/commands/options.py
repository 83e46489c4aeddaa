"""Options that several verbs share, and options with several values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.output import progress_bar
from seg.inference.engines import ENGINES
from seg.inference.second_look import DETAILS, Detail

if TYPE_CHECKING:
    from seg.data.dataset import Dataset
    from seg.inference.cutout_options import CutoutOptions
    from seg.inference.segmenter import Segmenter

PATH = click.Path(path_type=Path)
SCHEMES = click.Choice(("official", "article"))
AT_LEAST_ONE = click.IntRange(min=1)
# Spellings that options had before, without their dashes.
OLD_SPELLINGS = {
    "decoder-rate": "decoder-learning-rate",
    "encoder-rate": "encoder-learning-rate",
    "average": "ema-decay",
    "lists": "split-scheme",
}
ACCEPT_OLD_SPELLINGS = {"token_normalize_func": lambda option: OLD_SPELLINGS.get(option, option)}

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
data_option = click.option(
    "--data", type=PATH, help="Folder of the dataset (default: SEG_DATA, the download, or the sample that ships)."
)
weights_option = click.option("--weights", type=PATH, help="Weight file or run's folder (default: those that ship).")


def _runs_folder() -> Path:
    from seg.training.runs import runs_folder

    return runs_folder()


runs_option = click.option(
    "--runs", type=PATH, default=_runs_folder, help="Folder of the runs (default: SEG_RUNS or runs)."
)


@dataclass(frozen=True)
class NetworkChoice:
    """Which network looks at photos, and how closely, as the options of a verb say it."""

    weights: Path | None
    engine: str | None
    size: int | None
    mirror: bool
    detail: Detail

    def load(self, side_by_side: bool = False) -> Segmenter:
        """``side_by_side``: as ``Segmenter.load`` has it.

        Raises WeightsError, and EngineError or TensorFlowError where the engine is not installed.
        """
        from seg.inference.segmenter import Segmenter

        return Segmenter.load(self.weights, self.engine, self.size, self.mirror, side_by_side)


def network_options(detail: Detail) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What chooses a network and how it looks at a photo, which the verb gets as ``network``, a NetworkChoice.

    ``detail``: how closely it looks where the options do not say.
    """
    options = (
        weights_option,
        click.option("--engine", type=click.Choice(ENGINES), help="What computes (default: the fastest here)."),
        click.option(
            "--size", type=int, help="Pixels a side of the image that the network sees (default: as trained)."
        ),
        click.option(
            "--mirror", is_flag=True, help="Average with the answer to the mirror image: a little better, half as fast."
        ),
        click.option(
            "--detail",
            type=click.Choice(DETAILS),
            default=detail,
            show_default=True,
            help="fast: one look. balanced: small pets and wide photos again, larger. "
            "fine: every photo at three sizes, closer still.",
        ),
    )

    def decorated(verb: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(verb)
        def with_network(
            *args: Any,
            weights: Path | None,
            engine: str | None,
            size: int | None,
            mirror: bool,
            detail: Detail,
            **values: Any,
        ) -> Any:
            return verb(*args, network=NetworkChoice(weights, engine, size, mirror, detail), **values)

        with_options: Callable[..., Any] = with_network
        for option in reversed(options):
            with_options = option(with_options)
        return with_options

    return decorated


def cutout_options(verb: Callable[..., Any], without: Collection[str] = ()) -> Callable[..., Any]:
    """What a cut-out looks like: --background and the others, which the verb gets as ``options``, a CutoutOptions.

    ``without``: the names of those that the verb does not have.
    """
    percent: dict[str, Any] = {"metavar": "PERCENT"}
    options: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (
            "background",
            "transparent, blur, a colour (ff8800, white), two from top to bottom (white,8ec5fc), a photo.",
            {},
        ),
        ("placement", "How a photo lies behind the pet: fill (default) or fit.", {}),
        ("blur", "How far the background is out of focus (default: 40).", percent),
        ("crop", "What is seen of the photo: none (all, the default), pet, or square, as for profiles.", {}),
        ("margin", "Room around the pet where it is cropped, of its longest side (default: 8).", percent),
        ("shadow", "How dark a soft shadow is (default: 0).", percent),
        ("outline", "Width of a white rim, as stickers have it, of the pet's longest side (default: 0).", percent),
        (
            "format",
            "png, webp, or, where nothing is clear, jpeg (default: png where the background is clear, else jpeg).",
            {},
        ),
    )

    options = tuple(option for option in options if option[0] not in without)

    @wraps(verb)
    def with_options(*args: Any, clean: bool, **values: Any) -> Any:
        texts = {name: values.pop(name) for name, _, _ in options}
        texts["clean"] = "on" if clean else "off"
        return verb(*args, options=_cutout_options(texts), **values)

    decorated: Callable[..., Any] = click.option(
        "--clean/--no-clean",
        default=True,
        help="Leave out islands, and fill holes, of which the network is not sure (default: clean).",
    )(with_options)
    for name, text, settings in reversed(options):
        decorated = click.option(f"--{name}", help=text, **settings)(decorated)
    return decorated


def _cutout_options(texts: dict[str, str | None]) -> CutoutOptions:
    """The options; a background that is a file is a photo. Raises OptionError, PhotoError."""
    from seg.inference.composing import BACKDROP_SIDE
    from seg.inference.cutout_options import Backdrop, parse_options
    from seg.photo import read_photo

    backdrop, path = None, Path(texts["background"] or "")
    if texts["background"] and path.is_file():
        photo = read_photo(path, draft=2 * BACKDROP_SIDE)  # once for all cut-outs
        backdrop, texts = Backdrop(photo.name, str(path), photo), {**texts, "background": "photo"}
    return parse_options({name: text for name, text in texts.items() if text}, backdrop)


def open_dataset(folder: Path | None, split_scheme: str | None = None) -> Dataset:
    """The dataset that --data names, with a progress bar while its photos are checked. Raises DatasetError."""
    from seg.data.dataset import Dataset

    with progress_bar() as show:
        return Dataset.open(folder, split_scheme, partial(show, "checking photos"))


class VerbWithLists(click.Command):
    """A verb whose options with ``multiple=True`` and choices take several values after one name: ``--save a b``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        choices_of: dict[str, Sequence[str]] = {
            name: parameter.type.choices
            for parameter in self.params
            if parameter.multiple and isinstance(parameter.type, click.Choice)
            for name in parameter.opts
        }
        spread: list[str] = []
        option = ""  # the last one that was named
        for previous, argument in zip(["", *args], args, strict=False):
            if argument.startswith("-"):
                option = argument
            choices = choices_of.get(option, ())
            if previous in choices and argument in choices:
                spread.append(option)
            spread.append(argument)
        return super().parse_args(ctx, spread)
