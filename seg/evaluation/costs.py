"""What a choice costs: quality, time and memory of engine, input size, detail and mirror image, on this machine.

Each is measured in a separate process, where nothing else is loaded: ``python -m seg.evaluation.costs ORDER``.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from seg import metrics
from seg.data.dataset import SAMPLE_FOLDER, Dataset, DatasetError
from seg.errors import SegError
from seg.evaluation.evaluate import evaluate
from seg.inference.engines import ENGINES, default_engine
from seg.inference.second_look import DEFAULT_DETAIL, DETAILS, Detail, check_detail
from seg.inference.segmenter import Segmenter
from seg.memory import PeakMemory
from seg.network.device import has_tensorflow, is_installed
from seg.network.weights import WeightsError, find_weights, int8_model, read_info

SIZES = (160, 224, 288, 384)
SPLIT = "test"
MOST_PHOTOS = 48  # more would take each choice minutes; the sample has 37
MOST_OF_REASON = 300  # letters of what a process says that has failed


class CostError(SegError):
    """A choice that cannot be measured here."""


@dataclass(frozen=True)
class Choice:
    """How a photo is segmented. ``size``: pixels of a side of what the network sees first.

    >>> from seg.evaluation.costs import Choice
    >>> Choice("openvino", 224, mirror=True)
    Choice(engine='openvino', size=224, detail='fast', mirror=True)
    """

    engine: str
    size: int
    detail: Detail = "fast"
    mirror: bool = False


@dataclass(frozen=True)
class Cost:
    """What a choice costs and what it gives.

    ``mean_iou``: in [0, 1], at the size of each photo; ``milliseconds``: from a decoded photo to the network's answer,
    the median; ``megabytes``: the most resident memory of the process, of 2**20 bytes.

    >>> from seg.evaluation.costs import Choice, Cost
    >>> cost = Cost(Choice("openvino", 224), mean_iou=0.8, milliseconds=116.0, megabytes=405.0)
    >>> f"{1000 / cost.milliseconds:.0f} photos a second"
    '9 photos a second'
    """

    choice: Choice
    mean_iou: float
    milliseconds: float
    megabytes: float


def choices(weights: str | Path | None = None) -> list[Choice]:
    """The choices that weights leave on this machine: the usual one, then others that differ from it in one thing.

    The usual one is the engine that is fastest here, the size of the weight file and one look. Raises WeightsError.

    >>> from seg.evaluation.costs import choices
    >>> usual, *others = choices()
    >>> usual.size, usual.detail, sorted({choice.size for choice in others})
    (224, 'fast', [160, 224, 288, 384])
    """
    path = find_weights(weights)
    usual = Choice(default_engine(path), read_info(path).input_size)
    engines = [name for name in ENGINES if name != usual.engine and _runs_here(name, path)]
    return [
        usual,
        *(replace(usual, engine=name) for name in engines),
        *(replace(usual, size=size) for size in SIZES if size != usual.size),
        *(replace(usual, detail=detail) for detail in DETAILS if detail != usual.detail),
        replace(usual, mirror=True),
    ]


def _runs_here(engine: str, weights: Path) -> bool:
    if engine == "keras":
        return has_tensorflow()
    return is_installed("openvino") and (engine == "openvino" or int8_model(weights) is not None)


def photos(data: Path | None = None) -> int:
    """How many photos each choice is measured on: the test part of a dataset's folder, or of the sample's."""
    return min(MOST_PHOTOS, len(Dataset.open(data or SAMPLE_FOLDER).split(SPLIT)))


def measure(
    weights: str | Path | None,
    chosen: Sequence[Choice],
    progress: Callable[[Choice, int, int], None] = lambda choice, done, photos: None,
    data: Path | None = None,
) -> Iterator[Cost]:
    """Measure choices one after another on test photos of a dataset's folder; yields each as soon as it is known.

    ``progress`` is called with the choice in hand, its photos done and all of them; what it raises ends the
    measurement. ``data``: None for the sample that ships; of a larger test part ``MOST_PHOTOS`` are taken, evenly
    spread. Raises WeightsError for weights of other classes than the dataset's, DatasetError where it has no test
    photos, CostError where a choice fails.

    >>> from seg.evaluation.costs import Choice, measure
    >>> (cost,) = measure(None, [Choice("openvino", size=96)])
    >>> cost.choice.size, 0 < cost.mean_iou < 1, cost.milliseconds > 0, cost.megabytes > 0
    (96, True, True, True)
    """
    path, dataset = find_weights(weights), Dataset.open(data or SAMPLE_FOLDER)
    if read_info(path).classes.values != dataset.classes.values:
        raise WeightsError("weights_other_classes", path=path, folder=dataset.root)
    if not dataset.split(SPLIT):
        raise DatasetError("dataset_split_empty", split=SPLIT, folder=dataset.root)
    for choice in chosen:
        progress(choice, 0, photos(data))
        facts: dict[str, float] = {}
        with _child(path, choice, dataset.root) as lines:
            for line in lines:
                facts = line
                if "done" in line:
                    progress(choice, int(line["done"]), int(line["photos"]))
        yield Cost(choice, **facts)


@contextlib.contextmanager
def _child(weights: Path, choice: Choice, data: Path) -> Iterator[Iterator[dict[str, float]]]:
    """What a process that measures a choice writes, line by line; it ends with the block. Raises CostError."""
    order = json.dumps([str(weights.resolve()), asdict(choice), str(data.resolve())])
    command = [sys.executable, "-m", "seg.evaluation.costs", order]
    # A file, which unlike a pipe is never full: TensorFlow says much.
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True) as child,
    ):
        assert child.stdout
        try:
            yield (json.loads(line) for line in child.stdout if line.startswith("{"))
            if child.wait():
                words.seek(0)
                said = [line.strip() for line in words if line.strip()]
                reason = said[-1][:MOST_OF_REASON] if said else f"exit {child.returncode}"
                raise CostError("cost_child", engine=choice.engine, reason=reason)
        finally:
            child.kill()


class _Timed(Segmenter):
    """A segmenter that notes the seconds that each photo takes."""

    def probabilities(self, photos: Sequence[np.ndarray], detail: Detail = DEFAULT_DETAIL) -> list[np.ndarray]:
        started = perf_counter()
        answers = super().probabilities(photos, detail)
        self.seconds = [*getattr(self, "seconds", []), perf_counter() - started]
        return answers


def _measure_here(weights: str, choice: Choice, data: str | Path) -> None:
    """The child's side of ``measure``: one line of JSON for each photo, and one with the result."""
    memory = PeakMemory()
    segmenter = _Timed.load(weights, choice.engine, choice.size, choice.mirror)
    assert isinstance(segmenter, _Timed)

    def note(done: int, photos: int) -> None:
        print(json.dumps({"done": done, "photos": photos}), flush=True)

    detail = check_detail(choice.detail)
    report = evaluate(segmenter, Dataset.open(data), SPLIT, progress=note, limit=MOST_PHOTOS, detail=detail)
    facts = {
        "mean_iou": metrics.mean_iou(report.confusion_at_photo_size),
        "milliseconds": 1000 * median(segmenter.seconds),
        "megabytes": memory.mb,
    }
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    given_weights, given_choice, given_data = json.loads(sys.argv[1])
    try:
        _measure_here(given_weights, Choice(**given_choice), given_data)
    except SegError as error:
        sys.exit(str(error))
