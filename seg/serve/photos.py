"""Photos through the network: those of all pages and programs wait in one queue, and none is segmented twice."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from seg.classes import Classes
from seg.inference.many import BYTES_OF_A_PIXEL, MOST_BYTES, Room
from seg.inference.segmenter import Segmentation
from seg.photo import Photo, open_photo, read_photo
from seg.serve import limits, networks
from seg.serve.caches import Cache
from seg.serve.networks import Look
from seg.serve.queue import Queue, Waiting
from seg.serve.upload_files import beside, upload_files

PHOTO_QUEUE = Queue(limits.PHOTOS_AT_ONCE)
# Pictures of full size are made of as many photos at a time, in the order in which they are asked for; one of 100
# megapixels takes a gigabyte meanwhile, and is worked on alone.
_full_size = Queue(limits.PHOTOS_AT_ONCE)
_room = Room(MOST_BYTES)
# A photo of 100 megapixels takes 400 MB while it is decoded: two would take twice as much. Small files may be as large.
_decoding = threading.Lock()
LARGE_PIXELS = 25_000_000


def _bytes(segmentation: Segmentation) -> int:
    photo = segmentation.photo
    alpha = 0 if photo.alpha is None else photo.alpha.nbytes
    return photo.pixels.nbytes + alpha + segmentation.network_probabilities.nbytes


_segmentations: Cache[Segmentation] = Cache(limits.memory_for("segmentations"), _bytes)


def segment(
    data: bytes, name: str, look: Look, waiting: Waiting | None = None, file: Path | None = None
) -> Segmentation:
    """The segmentation of an encoded photo, with the photo as large as pages show it.

    It is kept for all visitors: work on a copy (``dataclasses.replace``), for what it computes when it is touched would
    stay in it. ``waiting`` is called with the number of photos ahead in the queue. ``file``: the one in which a visit
    keeps these bytes, if it does; the network's answer is kept beside it, as memory has room for those of a few photos.
    Takes seconds the first time. Raises PhotoError, WeightsError, OSError where the weights are missing, and what
    ``waiting`` raises.
    """

    def make(note: Waiting) -> Segmentation:
        network = networks.segmenter(look.weights)
        with PHOTO_QUEUE.turn(note, limits.SECONDS_WAITING):
            photo = _decoded(data, name)
            segmentation = _answered(photo, look, file, network.classes)
            if segmentation is None:
                segmentation = network(photo, look.detail)
                _keep_answer(segmentation, look, file)
            return segmentation

    return _segmentations.get_in_line(_key(data, look), make, waiting)


def _decoded(data: bytes, name: str) -> Photo:
    """The photo as large as pages show it; large ones one at a time."""
    image, _ = open_photo(data, name)
    with _decoding if image.width * image.height > LARGE_PIXELS else nullcontext():
        return read_photo(data, name, limits.MAX_PIXELS, draft=limits.DRAFT_SIDE)


def is_kept(data: bytes, look: Look) -> bool:
    """Whether ``segment`` would return what it made before. Raises OSError where the weights are missing."""
    return _key(data, look) in _segmentations


def _key(data: bytes, look: Look) -> tuple:
    return (hashlib.sha256(data).hexdigest(), *look.key)


def _answered(photo: Photo, look: Look, file: Path | None, classes: Classes) -> Segmentation | None:
    """A photo with the answer that the network gave to it before; None where there is none beside its file."""
    if file is None:
        return None
    try:
        with np.load(beside(file, _ending(look))) as answer:
            return Segmentation(photo, answer["probabilities"], float(answer["seconds"]), classes)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None  # it is not there, or a cleaner of old files was at it


def _keep_answer(segmentation: Segmentation, look: Look, file: Path | None) -> None:
    if file is not None:
        buffer = io.BytesIO()
        np.savez(buffer, probabilities=segmentation.network_probabilities, seconds=segmentation.seconds)
        upload_files.keep_beside(file, _ending(look), buffer.getvalue())


def _ending(look: Look) -> str:
    """Of the name of a file with an answer: it says which network gave it."""
    return hashlib.sha256(repr(look.key).encode()).hexdigest()


@contextmanager
def full_size(
    data: bytes, name: str, look: Look, waiting: Waiting | None = None, file: Path | None = None
) -> Iterator[Segmentation]:
    """The same with the photo at its full size, decoded anew, for as long as the block lasts.

    On a server, as many blocks at a time as photos in the network, and one of a large photo alone. The network does not
    run again for a photo that ``segment`` keeps. ``waiting`` is called once more, with 0, before the photo is decoded.
    Raises what ``segment`` raises.
    """
    kept = segment(data, name, look, waiting, file)
    height, width = kept.photo.full_size
    with _full_size.turn(), _room.left_at_the_end(_room.enter(height * width * BYTES_OF_A_PIXEL)):
        if waiting:
            waiting(0)
        if kept.photo.full_size == kept.photo.size:
            yield replace(kept)
        else:
            yield replace(kept, photo=read_photo(data, name, limits.MAX_PIXELS))
