"""What a frozen encoder makes of a photo never changes: computed once, kept on disk, read in every later epoch."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from seg.data.examples import Examples
from seg.training.model import Model

ENCODE_BATCH = 4  # photos at a time through the frozen encoder: no slower than more, and less memory


class FeatureStore:
    """The four taps of many photos in one nameless file of float16 records in ``folder``.

    The system removes the file when the store is closed or the process ends, however it ends. ``shapes``: ``(h, w, c)``
    of each tap. Records are read with plain reads, so that they never count as memory of the process.
    """

    def __init__(self, folder: Path, shapes: Sequence[tuple[int, ...]]):
        self.shapes = shapes
        self._sizes = [int(np.prod(shape)) for shape in shapes]
        self._record = _record_bytes(shapes)
        self._written: set[int] = set()
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    @staticmethod
    def fits(folder: Path, photos: int, shapes: Sequence[tuple[int, ...]]) -> bool:
        """Whether the records of ``photos`` photos take less than half of the disk's free space."""
        return photos * _record_bytes(shapes) < shutil.disk_usage(folder).free / 2

    def has(self, indices: Iterable[int]) -> bool:
        """Whether the taps of all these photos are written."""
        return self._written.issuperset(int(i) for i in indices)

    def write(self, indices: Iterable[int], taps: Sequence[np.ndarray]) -> None:
        """Keep the taps of N photos, each float ``(N, h, w, c)``, rounded to float16. Raises OSError on a full disk."""
        for row, index in enumerate(indices):
            self._file.seek(int(index) * self._record)
            for tap in taps:
                self._file.write(tap[row].astype(np.float16).tobytes())
            self._file.flush()  # a full disk raises here, before the record counts as written
            self._written.add(int(index))

    def read(self, indices: Iterable[int]) -> list[np.ndarray]:
        """The taps of these photos, each float16 ``(N, h, w, c)``."""
        rows = []
        for index in indices:
            self._file.seek(int(index) * self._record)
            rows.append(np.frombuffer(self._file.read(self._record), np.float16))
        stacked = np.stack(rows)
        parts = np.split(stacked, np.cumsum(self._sizes)[:-1], axis=1)
        return [part.reshape(len(rows), *shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def close(self) -> None:
        # A full disk raises once more for the record that it had no room for.
        with contextlib.suppress(OSError):
            self._file.close()


def _record_bytes(shapes: Sequence[tuple[int, ...]]) -> int:
    """Bytes of a photo's four taps in float16."""
    return np.dtype(np.float16).itemsize * sum(int(np.prod(shape)) for shape in shapes)


class EncodedExamples:
    """Examples as the frozen encoder of a model sees them; each runs through the encoder once.

    Several may share a store: ``offset`` is the number of the first example's record.
    """

    def __init__(self, examples: Examples, model: Model, store: FeatureStore, offset: int = 0):
        self._examples, self._model, self._store, self._offset = examples, model, store, offset

    def batches(self, order: np.ndarray, batch: int) -> Iterator[tuple[tuple[np.ndarray, ...], np.ndarray]]:
        """For each batch the four taps, float16 ``(N, h, w, c)``, and the labels, uint8 ``(N, S, S)``.

        ``order``: positions of the examples. Raises PhotoError, OSError.
        """
        for begin in range(0, len(order), batch):
            indices = order[begin : begin + batch]
            records = indices + self._offset
            pairs = [self._examples[int(index)] for index in indices]
            if not self._store.has(records):
                images = np.stack([image for image, _ in pairs]).astype(np.float32)
                for first in range(0, len(indices), ENCODE_BATCH):
                    part = slice(first, first + ENCODE_BATCH)
                    self._store.write(records[part], self._model.encode(images[part]))
            yield tuple(self._store.read(records)), np.stack([labels for _, labels in pairs])
