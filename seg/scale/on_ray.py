"""Photos by the million, with Ray Data: one network an actor, results written where they are computed.

Ray Data hands batches of names, not pictures, to the actors and holds back those that are not needed yet; each actor
reads, segments and writes as ``predict`` does on one machine. What an actor has not finished when it dies, another does
again: results have names that depend on the photo alone, so that nothing is doubled.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import posixpath
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from seg.errors import SegError
from seg.inference.cutout_options import PLAIN, CutoutOptions
from seg.inference.saving import file_names
from seg.inference.second_look import DEFAULT_DETAIL, Detail
from seg.scale.places import Place, PlaceError, listed

BATCH = 32  # photos that an actor is given at once: seconds of work, and what is lost with an actor
RETRIES = 2  # of a batch whose actor has died, so that a photo which kills its process does not kill all of them
FAILURES = "failures.csv"

State = Literal["done", "failed", "left_out"]


class RayError(SegError):
    """A cluster that cannot be used."""


@dataclass(frozen=True)
class Job:
    """What is made of each photo, and by which network: as the options of ``predict``."""

    parts: tuple[str, ...] = ("trimap", "overlay", "cutout")
    options: CutoutOptions = PLAIN
    weights: str | None = None
    engine: str | None = None
    size: int | None = None
    mirror: bool = False
    detail: Detail = DEFAULT_DETAIL


@dataclass(frozen=True)
class Row:
    """What has become of a photo: ``name`` in its place; ``reason`` is a sentence for one that failed."""

    place: str
    name: str
    state: State
    reason: str = ""
    shares: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Photos:
    """What is to be segmented, each photo as its place and its name there, and how many were done before."""

    waiting: list[tuple[Place, str]]
    done_before: int


def find(sources: Sequence[str], target: Place, job: Job) -> Photos:
    """The photos of folders, of object stores and of lists (``.txt``) that have no results in ``target`` yet.

    Raises PlaceError where a source cannot be read or has no photos.
    """
    there = target.written()
    found: dict[str, tuple[Place, str]] = {}
    for source in sources:
        is_list = source.endswith(".txt") and "://" not in source
        place = Place(source)
        photos = listed(Path(source)) if is_list else [(place, name) for name in place.photo_names()]
        if not photos:
            raise PlaceError("place_empty", address=source)
        for one, name in photos:
            found.setdefault(result_stem(one, name), (one, name))
    waiting = [
        photo
        for stem, photo in found.items()
        if not there.issuperset(posixpath.normpath(name) for name in file_names(stem, job.parts, job.options))
    ]
    return Photos(waiting, len(found) - len(waiting))


def result_stem(place: Place, name: str) -> str:
    """What the names of a photo's results begin with, below the target: the photo's name with its suffix.

    ``cats/tom.jpg`` becomes ``cats/tom.jpg.trimap.png``: unlike a number behind a name, that depends on no other photo.
    No ``..`` of a list leads out of the target.
    """
    photo = name or posixpath.basename(place.address.rstrip("/"))
    return posixpath.normpath("/" + photo).lstrip("/")


class Worker:
    """An actor: one network, and the photos of one batch after another."""

    def __init__(self, job: Job, target: Place):
        from seg.inference.segmenter import Segmenter

        self.job, self.target = job, target
        self.segmenter = Segmenter.load(job.weights, job.engine, job.size, job.mirror)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Segment the photos of a batch, its columns ``place`` and ``name``; returns a row for each, as JSON."""
        photos = [(Place(str(place)), str(name)) for place, name in zip(batch["place"], batch["name"], strict=True)]
        rows = [json.dumps(row.__dict__) for row in self._rows(photos)]
        return {"row": rows}

    def _rows(self, photos: Sequence[tuple[Place, str]]) -> Iterator[Row]:
        from seg.inference.many import Failed, save_all
        from seg.inference.saving import save_segmentation
        from seg.inference.segmenter import Segmentation

        with tempfile.TemporaryDirectory(prefix="seg-batch-") as folder:
            brought: dict[Path, tuple[Place, str]] = {}
            others: list[Row] = []

            def save(segmentation: Segmentation, stem: str) -> list[Path]:
                # Encoded beside the other photos of the batch, then sent: a result appears when it is complete.
                made = save_segmentation(segmentation, Path(folder), "result-" + stem, self.job.parts, self.job.options)
                place, name = photos[int(stem)]
                for file, result in zip(made, self._names(place, name), strict=True):
                    self.target.write(result, file.read_bytes())
                    file.unlink()
                return made

            bring = self._bring(photos, Path(folder), brought, others)
            for outcome in save_all(bring, lambda path: self.segmenter(path, self.job.detail), save):
                place, name = brought.pop(outcome.photo)
                outcome.photo.unlink(missing_ok=True)
                if isinstance(outcome, Failed):
                    yield Row(place.address, name, "failed", str(outcome.error))
                else:
                    yield Row(place.address, name, "done", "", outcome.shares, outcome.seconds)
            yield from others

    def _names(self, place: Place, name: str) -> list[str]:
        return file_names(result_stem(place, name), self.job.parts, self.job.options)

    def _bring(
        self,
        photos: Sequence[tuple[Place, str]],
        folder: Path,
        brought: dict[Path, tuple[Place, str]],
        others: list[Row],
    ) -> Iterator[tuple[Path, str]]:
        """Copy photos into ``folder``, one while others are segmented; those that are none, and those that cannot be
        read, become ``others``."""
        from seg.names import readable_name, shortened, storable_name
        from seg.photo import PhotoError
        from seg.photo.formats import SUFFIXES, format_of

        for number, (place, name) in enumerate(photos):
            base_name = posixpath.basename(name or place.address)
            try:
                data = place.read(name)
            except (OSError, PlaceError) as error:
                reason = str(
                    PhotoError("photo_unreadable", name=readable_name(base_name), reason=str(error).splitlines()[0])
                )
                others.append(Row(place.address, name, "failed", reason))
                continue
            suffix = posixpath.splitext(base_name)[1]
            if format_of(data) is None and suffix.lower() not in SUFFIXES:
                others.append(Row(place.address, name, "left_out"))
                continue
            # A folder each: messages name the photo as it is called.
            path = folder / str(number) / (shortened(storable_name(readable_name(base_name))) or "photo")
            path.parent.mkdir()
            path.write_bytes(data)
            brought[path] = (place, name)
            yield path, str(number)


def segment(
    photos: Photos, target: Place, job: Job, workers: int | None = None, worker: type[Worker] = Worker
) -> Iterator[Row]:
    """Segment photos on the cluster of ``RAY_ADDRESS``, else on this machine alone; yields a row for each.

    ``workers``: actors; one for each machine of the cluster unless another number is asked for, with an equal part of
    its processors. ``worker``: their class. The failures are written into ``FAILURES`` of the target. Raises RayError.
    """
    ray = _connected()
    import pyarrow

    nodes = [node for node in ray.nodes() if node["Alive"]]
    cores = min(int(node["Resources"].get("CPU", 1)) for node in nodes)
    count = workers or len(nodes)
    each = max(1, min(cores, cores * len(nodes) // count))  # an actor lives on one machine
    context = ray.data.DataContext.get_current()
    context.max_errored_blocks = -1  # a batch that kills its actor again and again is told in rows, the others go on
    blocks = [
        pyarrow.table({"place": [place.address for place, _ in part], "name": [name for _, name in part]})
        for part in _parts(photos.waiting)
    ]
    missing = {(place.address, name) for place, name in photos.waiting}
    failed: list[Row] = []

    class WorkerOfJob(worker):  # type: ignore[valid-type,misc]
        """The job travels in the class: Ray loses arguments that it stores with the machine where they lie."""

        def __init__(self) -> None:
            super().__init__(job, target)

    if blocks:
        results = ray.data.from_arrow(blocks).map_batches(
            WorkerOfJob,
            batch_size=None,
            # One batch at a time: one that kills its actor would take those with it that wait there. All actors from
            # the start: Ray adds one when batches wait at those there are, which they never do.
            compute=ray.data.ActorPoolStrategy(size=count, max_tasks_in_flight_per_actor=1),
            num_cpus=each,
            ray_remote_args_fn=lambda: {"max_task_retries": RETRIES},
        )
        for item in results.iter_rows():
            row = Row(**json.loads(item["row"]))
            if (row.place, row.name) in missing:
                missing.discard((row.place, row.name))
                failed += [row] if row.state == "failed" else []
                yield row
    for place, name in sorted(missing):
        failed.append(Row(place, name, "failed", str(RayError("ray_lost", name=posixpath.basename(name or place)))))
        yield failed[-1]
    _write_failures(target, failed)


def _connected() -> Any:
    """Ray, connected. Raises RayError where it is not installed, or the cluster does not answer."""
    # Before Ray is imported: the command shows its own progress.
    os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    try:
        import ray
        import ray.data
    except ImportError:
        raise RayError("ray_missing") from None
    for name in ("ray", "ray.data"):  # what goes wrong comes as rows
        logging.getLogger(name).setLevel(logging.ERROR)
    if not ray.is_initialized():
        try:
            ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.ERROR)
        except (ConnectionError, ValueError, RuntimeError) as error:
            address = os.environ.get("RAY_ADDRESS", "")
            raise RayError("ray_unreachable", address=address, reason=str(error).splitlines()[0]) from None
    return ray


def _parts(photos: Sequence[tuple[Place, str]]) -> Iterator[Sequence[tuple[Place, str]]]:
    return (photos[begin : begin + BATCH] for begin in range(0, len(photos), BATCH))


def _write_failures(target: Place, failed: Sequence[Row]) -> None:
    """The table of what failed this time, or an empty one in place of an earlier one."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("place", "photo", "reason"))
    writer.writerows((row.place, row.name, row.reason) for row in failed)
    target.write(FAILURES, table.getvalue().encode())
