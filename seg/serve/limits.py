"""Every limit of a server: what it takes from a visitor or a program, and what it keeps in memory and on disk for all.

Those of ``LIMITS`` can be set by an environment variable before the server starts; ``doctor`` shows them. What a limit
refuses, it refuses in a sentence that names the limit.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from seg.photo import MAX_BYTES

MEGA = 2**20
GIGA = 2**30


@dataclass(frozen=True)
class Limit:
    """A limit that the server's owner can set: ``value`` is in ``unit``, and from 1 to ``most``.

    ``wrong``: what the variable holds where that is no such number, so that the default counts.
    """

    variable: str
    value: int
    unit: str
    what: str
    wrong: str | None = None
    most: int | None = None


LIMITS: list[Limit] = []


def _limit(variable: str, default: int, unit: str, what: str, most: int | None = None) -> int:
    """The number that an environment variable holds, or the default; the limit joins ``LIMITS``."""
    text = os.environ.get(variable, "").strip()
    is_right = text.isascii() and text.isdigit() and 1 <= int(text) <= (most or int(text))
    value = int(text) if is_right else default
    LIMITS.append(Limit(variable, value, unit, what, None if is_right or not text else text, most))
    return value


# A photo

# A file that is larger than a photo may be, and no larger than this, is answered in the visitor's language; one that is
# still larger never leaves the browser. .streamlit/config.toml names it, too.
SENT_MEGABYTES = 64
UPLOAD_MEGABYTES = _limit("SEG_PHOTO_MEGABYTES", MAX_BYTES // MEGA, "MB", "the file of a photo", SENT_MEGABYTES)
UPLOAD_BYTES = UPLOAD_MEGABYTES * MEGA
# What cameras give, but for telephones at 200. Decoding so many takes 0.7 GB, a picture of that size 1 GB.
MAX_PIXELS = _limit("SEG_PHOTO_MEGAPIXELS", 100, "million pixels", "a photo", 250) * 1_000_000
# A photo is decoded for the network and for showing with a longest side of at least so many pixels: four times what
# the network sees, and about what a page shows.
DRAFT_SIDE = 896
# A photo that waits longer is refused, so that a crowd does not wait for ever. Work that has begun has no such limit:
# bytes, pixels and scans (seg/photo.py) bound it to some seconds.
SECONDS_WAITING = _limit("SEG_PHOTO_SECONDS", 120, "s", "a photo's wait for the network")

# A visitor

# Photos and trimaps that a visitor has given stay on disk for as long as the visit lasts. While they arrive they are in
# memory, as Streamlit takes them: those that are sent together all at once.
MOST_PHOTOS = _limit("SEG_VISITOR_PHOTOS", 200, "photos", "what a visitor may keep at once")
VISITOR_MEGABYTES = _limit("SEG_VISITOR_MEGABYTES", 1000, "MB", "what a visitor may keep at once, on disk")
UPLOADS_GIGABYTES = _limit("SEG_UPLOADS_GIGABYTES", 10, "GB", "disk for what all visitors keep")
# A ZIP grows on disk, but Streamlit sends it from memory.
ZIP_MEGABYTES = _limit("SEG_ZIP_MEGABYTES", 600, "MB", "the ZIP of all photos of a visitor")

# Runs

# Disk that is left free is for others on the machine: a training writes half a gigabyte.
MOST_RUNS = _limit("SEG_MOST_RUNS", 100, "runs", "runs in the runs' folder, beyond which pages start none")
RUNS_GIGABYTES = _limit("SEG_RUNS_GIGABYTES", 50, "GB", "disk for runs, beyond which pages start none")

# Pairs of one's own, of each kind: what is kept of a photo of 800 pixels is some 200 KB, and a training opens them all.
MOST_PAIRS = _limit("SEG_MOST_PAIRS", 500, "pairs", "pairs of one's own to learn from, of each kind")

# What runs at the same time

# Decoding one photo while the network runs another keeps two cores busy; more would only fill memory. Photos do not go
# through the network in batches: eight together take 0.93 of the time that they take one by one (`benchmark`), and all
# eight would wait for the last.
PHOTOS_AT_ONCE = 2
# Evaluations that wait for the one that runs.
EVALUATIONS_WAITING = 4
# What was learned from pairs is measured five times, between the photos of visitors: the sample's 37 photos for testing
# are all measured, thousands would take an hour.
MEASURED_PHOTOS = _limit("SEG_MEASURED_PHOTOS", 60, "photos", "photos on which before and after are measured")
# Photos in one step of a training that is started from a page: larger batches need more memory than a small server has.
PHOTOS_IN_A_STEP = 32

# The HTTP API

# Requests from the first byte until the answer is read: both take memory for as long as they take.
REQUESTS = _limit("SEG_REQUESTS", 32, "requests", "requests of programs at once")
# Requests in the queue for the network at the same time, among the visitors' photos: a program that sends many photos
# at once does not get ahead of every visitor.
REQUESTS_IN_QUEUE = 4
# Photos in the form of one request, which together have no more bytes than one photo may.
PHOTOS_OF_A_REQUEST = 20
# From one address other than the server's machine.
REQUESTS_OF_A_CLIENT = _limit("SEG_CLIENT_REQUESTS", 16, "requests", "requests at once from one other address")
SECONDS_TO_SEND = 60
SECONDS_TO_READ = 300
# An answer is sent in such pieces: what a program leaves unread is one of them and what the system's buffers hold.
PIECE_BYTES = 64 * 2**10
# The form around a photo.
FORM_BYTES = 64 * 2**10

# Memory

MEMORY_MEGABYTES = _limit("SEG_MEMORY_MEGABYTES", 1600, "MB", "networks, datasets and results in memory, all together")
SECONDS_KEPT = _limit("SEG_KEPT_SECONDS", 180, "s", "how long results stay in memory that nobody uses")
# Of that memory, what each kind may take; together they are 1. One network stays however little that is.
MEMORY_SHARES = {
    # A network takes 90 MB in int8, 240 MB in bfloat16: the one in use, and another one to compare it with.
    "networks": 0.35,
    # A network with its layers in sight takes 320 MB.
    "layers": 0.2,
    # 10 MB for the official one.
    "datasets": 0.02,
    # Photos at the size at which they are shown, with the network's answer: 2 MB for a photo of 12 megapixels, with
    # detail fine 4 to 14. Of a visitor's other photos the answers are on disk.
    "segmentations": 0.03,
    # What the Segment page shows of a photo: 12 MB at 1024 x 768 pixels.
    "previews": 0.12,
    # Pictures that visitors have downloaded: a cut-out of 12 megapixels has some 13 MB.
    "downloads": 0.08,
    # Of photos that were given together: 8 kB each. A visit holds those of its own photos besides, 1.6 MB for 200.
    "thumbnails": 0.005,
    # Averages of layers, confusion matrices, mean trimaps: from some hundred bytes to 9 kB.
    "scales": 0.001,
    "confusions": 0.001,
    "mean trimaps": 0.001,
    # Which pair of a dataset has how many bytes: 2 MB for the official one.
    "sizes of pairs": 0.007,
    "reports": 0.005,
    # Photos with both trimaps on the Results page: at most 1.3 MB each. A page may show 100 of them.
    "examples": 0.07,
    # The Dataset page: pairs of 0.7 MB in the official dataset, and thumbnails of 8 kB.
    "pairs": 0.02,
    "gallery": 0.025,
    # The thumbnails of pairs of one's own, 8 kB each.
    "kept pairs": 0.005,
    # Feature maps: 2.5 MB for the largest layer, 5 kB for the smallest; and what the skips bring, 2.5 MB.
    "maps": 0.02,
    "skips": 0.01,
    # A photo's logits, with each tap and without: 3 MB.
    "logits": 0.01,
    # The answers to a photo with one square after another covered: 6 MB.
    "occlusions": 0.01,
    # The pictures that a training makes after each epoch: 1.5 MB.
    "triptychs": 0.01,
}
# Background jobs that have ended and whose outcome is still shown.
ENDED_JOBS = 32

# Disk

# Reports in the cache folder, some 200 KB each for 1,000 photos.
REPORT_FILES = 200


def memory_for(kind: str) -> int:
    """Bytes that results of a kind of ``MEMORY_SHARES`` may take in memory."""
    return int(MEMORY_MEGABYTES * MEGA * MEMORY_SHARES[kind])
