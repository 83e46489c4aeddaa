"""Which errors are the request's fault, and the HTTP status of each error."""

from __future__ import annotations

from seg.errors import SegError
from seg.inference.cutout_options import OptionError
from seg.inference.second_look import DetailError
from seg.inference.segmenter import SegmentationError
from seg.photo import PhotoError
from seg.pictures import FormatError
from seg.serve.errors import RequestError

# Those of the request; any other SegError is the server's state.
REQUEST_ERRORS = (PhotoError, RequestError, SegmentationError, OptionError, FormatError, DetailError)
# The status of each error that is not 400 (the request's fault) or 503 (the server's state).
STATUSES = {
    "api_unknown": 404,
    "api_weights": 404,
    "api_method": 405,
    "api_late": 408,
    "api_large": 413,
    "api_client": 429,
    "api_other_site": 403,
    "api_no_pet": 422,
    "no_subject": 422,
}


def status_of(error: SegError) -> int:
    return STATUSES.get(error.code, 400) if isinstance(error, REQUEST_ERRORS) else 503
