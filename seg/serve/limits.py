"""Every limit of a server: what it takes from a visitor or a program, and what it keeps in memory for all."""

from __future__ import annotations

from seg.photo import MAX_BYTES

MEGA = 2**20

# A photo

UPLOAD_MEGABYTES = MAX_BYTES // MEGA
# A file that is larger than a photo may be, and no larger than this, is answered in the visitor's language; one that is
# still larger never leaves the browser. .streamlit/config.toml names it, too.
SENT_MEGABYTES = 64
# More pixels than a phone's camera gives.
MAX_PIXELS = 24_000_000
# A photo is decoded for the network and for showing with a longest side of at least so many pixels: four times what
# the network sees, and about what a page shows.
DRAFT_SIDE = 896
# Photos of one upload.
MOST_PHOTOS = 30

# What runs at the same time

# Decoding one photo while the network runs another keeps two cores busy; more would only fill memory. Photos do not go
# through the network in batches: eight together take 0.93 of the time that they take one by one (`benchmark`), and all
# eight would wait for the last.
PHOTOS_AT_ONCE = 2
# Evaluations that wait for the one that runs.
EVALUATIONS_WAITING = 4
# Photos in one step of a training that is started from a page: larger batches need more memory than a small server has.
PHOTOS_IN_A_STEP = 32

# The HTTP API

# Requests from the first byte to the answer: the bytes of a photo take memory while they arrive.
REQUESTS = 64
# Requests in the queue for the network at the same time, among the visitors' photos: a program that sends many photos
# at once does not get ahead of every visitor.
REQUESTS_IN_QUEUE = 4
SECONDS_TO_SEND = 60
# The form around a photo.
FORM_BYTES = 64 * 2**10

# Memory

# Networks: the one in use, and another one to compare it with.
NETWORKS = 2
DATASETS = 4
# Photos at the size at which they are shown, with the network's answer: 2 MB for a photo of 12 megapixels.
SEGMENTATION_BYTES = 128 * MEGA
# What the Segment page shows of a photo: 12 MB at 1024 x 768 pixels.
VIEW_BYTES = 256 * MEGA
# Pictures that visitors have downloaded: a cut-out of 12 megapixels has some 13 MB.
DOWNLOAD_BYTES = 128 * MEGA
# 8 kB each.
THUMBNAIL_BYTES = 8 * MEGA
REPORT_BYTES = 16 * MEGA
# Background jobs that have ended and whose outcome is still shown.
ENDED_JOBS = 32

# Disk

# Reports in the cache folder, some 200 KB each for 1,000 photos.
REPORT_FILES = 200
