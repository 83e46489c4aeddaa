"""How fast ``predict`` is with many photos, beside the network alone and beside one photo after another.

All in one run and in turns: on a machine that is busy with other things the ratios count, and the processor's seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from seg.benchmark.pictures import sample_photos
from seg.images import resize_photo
from seg.inference.many import in_order, save_all
from seg.inference.saving import save_segmentation
from seg.inference.segmenter import Segmentation, Segmenter
from seg.photo import read_photo

SMALL_PIXELS, LARGE_PIXELS = 200_000, 12_000_000
LARGE_SHARE = 20  # small photos for each large one


def predict_benchmark(
    weights: str | Path | None = None, photos: int = 100, report: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Measure ``photos`` pets of the sample at 0.2 megapixels, and a twentieth as many at 12.

    Returns seconds, and the processor's, of: ``network``, the network alone on the small photos, side by side as
    ``predict`` gives them to it, and ``network_in_turn``, one after another; ``trimaps`` of them;
    ``all_parts``, trimap, overlay and cut-out; ``all_parts_in_turn``, the same one photo after another;
    ``large_cutouts`` and ``large_cutouts_in_turn``, cut-outs of the large photos. ``trimaps_share`` is the rate of
    trimaps as a share of the network's better one. Each photo gets one look (detail ``fast``). Raises WeightsError.
    """
    report = report or (lambda what: None)
    segmenter, alone = Segmenter.load(weights, side_by_side=True), Segmenter.load(weights)
    facts: dict[str, Any] = {"photos": photos, "large_photos": max(1, photos // LARGE_SHARE)}
    with TemporaryDirectory(prefix="seg-") as place:
        folder = Path(place)
        report("making photos")
        small = sample_photos(folder / "small", photos, SMALL_PIXELS)
        large = sample_photos(folder / "large", facts["large_photos"], LARGE_PIXELS)
        out = folder / "out"
        out.mkdir()
        everything, cutout = ("trimap", "overlay", "cutout"), ("cutout",)
        images = [
            resize_photo(read_photo(path).pixels, segmenter.size)[np.newaxis].astype(np.float32) for path in small
        ]
        for loaded in (segmenter, alone):
            _save(loaded, small[:1], out, everything)  # loads what is imported late

        def network() -> None:
            for _ in in_order(images, segmenter.engine.probabilities, lambda image: image.nbytes):
                pass

        def network_in_turn() -> None:
            for image in images:
                alone.engine.probabilities(image)

        measured: dict[str, Callable[[], None]] = {
            "network_in_turn": network_in_turn,
            "network": network,
            "trimaps": lambda: _save(segmenter, small, out, ("trimap",)),
            "network_again": network,
            "all_parts_in_turn": lambda: _save_in_turn(alone, small, out, everything),
            "all_parts": lambda: _save(segmenter, small, out, everything),
            "large_cutouts_in_turn": lambda: _save_in_turn(alone, large, out, cutout),
            "large_cutouts": lambda: _save(segmenter, large, out, cutout),
        }
        for name, work in measured.items():
            report(name.replace("_", " "))
            facts[name] = _timed(work)
    again = facts.pop("network_again")
    facts["network"] = {name: (seconds + again[name]) / 2 for name, seconds in facts["network"].items()}
    best = min(facts[name]["seconds"] for name in ("network", "network_in_turn"))
    facts["trimaps_share"] = best / facts["trimaps"]["seconds"]
    return facts


def _save(segmenter: Segmenter, photos: Sequence[Path], folder: Path, parts: Sequence[str]) -> None:
    def save(segmentation: Segmentation, stem: str) -> list[Path]:
        return save_segmentation(segmentation, folder, stem, parts)

    for _ in save_all([(path, path.stem) for path in photos], lambda path: segmenter(path, "fast"), save):
        pass


def _save_in_turn(segmenter: Segmenter, photos: Sequence[Path], folder: Path, parts: Sequence[str]) -> None:
    for path in photos:
        save_segmentation(segmenter(path, "fast"), folder, path.stem, parts)


def _timed(work: Callable[[], None]) -> dict[str, float]:
    started, processor_started = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - started, "processor_seconds": time.process_time() - processor_started}
