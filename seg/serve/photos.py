"""Photos through the network: those of all pages and programs wait in one queue, and none is segmented twice."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from seg.inference.segmenter import Segmentation
from seg.photo import Photo, open_photo, read_photo
from seg.serve import limits, networks
from seg.serve.caches import Cache
from seg.serve.networks import Look
from seg.serve.queue import Queue, Waiting

PHOTO_QUEUE = Queue(limits.PHOTOS_AT_ONCE)
# A picture of 100 megapixels takes a gigabyte while it is made: one at a time.
_full_size = threading.Lock()
# A photo of 100 megapixels takes 400 MB while it is decoded: two would take twice as much. Small files may be as large.
_decoding = threading.Lock()
LARGE_PIXELS = 25_000_000


def _bytes(segmentation: Segmentation) -> int:
    photo = segmentation.photo
    alpha = 0 if photo.alpha is None else photo.alpha.nbytes
    return photo.pixels.nbytes + alpha + segmentation.network_probabilities.nbytes


_segmentations: Cache[Segmentation] = Cache(limits.memory_for("segmentations"), _bytes)


def segment(data: bytes, name: str, look: Look, waiting: Waiting | None = None) -> Segmentation:
    """The segmentation of an encoded photo, with the photo as large as pages show it.

    It is kept for all visitors: work on a copy (``dataclasses.replace``), for what it computes when it is touched would
    stay in it. ``waiting`` is called with the number of photos ahead in the queue. Takes seconds the first time. Raises
    PhotoError, WeightsError, OSError where the weights are missing, and what ``waiting`` raises.
    """

    def make(note: Waiting) -> Segmentation:
        network = networks.segmenter(look.weights)
        with PHOTO_QUEUE.turn(note, limits.SECONDS_WAITING):
            return network(_decoded(data, name), look.detail)

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


@contextmanager
def full_size(data: bytes, name: str, look: Look, waiting: Waiting | None = None) -> Iterator[Segmentation]:
    """The same with the photo at its full size, decoded anew, for as long as the block lasts.

    One block at a time on a server. The network does not run again for a photo that ``segment`` keeps. ``waiting`` is
    called once more, with 0, before the photo is decoded. Raises what ``segment`` raises.
    """
    kept = segment(data, name, look, waiting)
    with _full_size:
        if waiting:
            waiting(0)
        if kept.photo.full_size == kept.photo.size:
            yield replace(kept)
        else:
            yield replace(kept, photo=read_photo(data, name, limits.MAX_PIXELS))
