"""Photos become an answer: a picture or JSON of one, a ZIP or JSON of several."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast

from starlette.responses import JSONResponse, Response

from seg.errors import SegError
from seg.files import free_name
from seg.inference.cutout_options import SUFFIXES, CutoutOptions
from seg.inference.segmenter import Segmentation
from seg.names import readable_name, shortened
from seg.pictures import encode, encode_png
from seg.serve import limits, photos
from seg.serve.api.sent import SentPhoto
from seg.serve.api.statuses import REQUEST_ERRORS, status_of
from seg.serve.errors import RequestError
from seg.serve.networks import Look
from seg.serve.queue import Waiting

ANSWERS = ("cutout", "trimap", "overlay", "shares")
NAMELESS = "the photo"  # in sentences about a photo that came without a name
RESULTS = "results.json"  # what the ZIP of several photos says of each


class Wanted(NamedTuple):
    """What a program wants of its photos: one of ``ANSWERS``, whether an empty cut-out will do, and how it looks."""

    kind: str
    empty_allowed: bool
    options: CutoutOptions
    look: Look


class ZipResponse(Response):
    """A ZIP that lies in a temporary file, which goes with the answer: in memory it would take as much as it has."""

    def __init__(self, file: BinaryIO):
        size = file.seek(0, 2)
        file.seek(0)
        headers = {"content-length": str(size), "content-disposition": 'attachment; filename="segmented.zip"'}
        super().__init__(media_type="application/zip", headers=headers)
        self.file = file


def answer(sent: Sequence[SentPhoto], wanted: Wanted, waiting: Waiting) -> Response:
    """The answer to a request's photos. ``waiting``: as ``photos.segment`` has it.

    Raises SegError for one photo that cannot be answered, and for several of which none can; OSError where the weights
    are missing or the disk is full, and what ``waiting`` raises.
    """
    waiting(0)  # the program may have gone while no thread was free
    if len(sent) == 1:
        facts, picture, format = _result(sent[0], wanted, waiting)
        if format is None:
            return JSONResponse({"photo": sent[0].name, **facts})
        return Response(picture, media_type=f"image/{format}", headers=_headers(facts))
    return _of_several(sent, wanted, waiting)


def _of_several(sent: Sequence[SentPhoto], wanted: Wanted, waiting: Waiting) -> Response:
    """Photos one after another, so that those of visitors come between them; one that fails leaves the others."""
    rows: list[dict[str, Any]] = []
    failures: list[SegError] = []
    taken: set[str] = {RESULTS}
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  # the answer closes it
    try:
        with zipfile.ZipFile(file, "w") as archive:  # stored as they are: pictures are compressed already
            for photo in sent:
                waiting(0)
                try:
                    facts, picture, format = _result(photo, wanted, waiting)
                    row = {"photo": photo.name, **facts}
                    if format is not None:
                        row["file"] = _entry(photo, wanted.kind, format, taken)
                        if file.tell() + len(picture) > limits.ZIP_MEGABYTES * limits.MEGA:
                            raise RequestError("zip_large", most=str(limits.ZIP_MEGABYTES))
                        archive.writestr(row["file"], picture)
                    rows.append(row)
                except REQUEST_ERRORS as error:
                    failures.append(error)
                    rows.append({"photo": photo.name, "error": str(error), "status": status_of(error)})
            archive.writestr(RESULTS, json.dumps({"photos": rows}, indent=1))
        if len(failures) == len(sent):
            raise failures[0]
        if wanted.kind == "shares":
            file.close()
            return JSONResponse({"photos": rows})
        return ZipResponse(file)
    except BaseException:
        with suppress(OSError):
            file.close()
        raise


def _entry(photo: SentPhoto, kind: str, format: str, taken: set[str]) -> str:
    """A name in the ZIP, as ``predict`` calls its files: that of the photo, its kind and its format."""
    stem = shortened(readable_name(PurePosixPath(photo.name or "photo").stem)) or "photo"
    return f"{free_name(stem, taken)}.{kind}.{SUFFIXES[format]}"


def _result(photo: SentPhoto, wanted: Wanted, waiting: Waiting) -> tuple[dict[str, Any], bytes, str | None]:
    """What is said of a photo, and its picture with its format; no picture and None where JSON alone is wanted."""
    name = photo.name or NAMELESS
    cached = photos.is_kept(photo.data, wanted.look)
    with photos.full_size(photo.data, name, wanted.look, waiting) as segmentation:
        facts = _facts(segmentation, name, cached)
        if wanted.kind == "shares":
            return facts, b"", None
        subject = segmentation.classes.subject
        if wanted.kind == "cutout" and subject and not segmentation.has_subject and not wanted.empty_allowed:
            raise RequestError("api_no_pet", subject=subject.name, name=name)
        return facts, *_picture(segmentation, wanted.kind, wanted.options)


def _facts(segmentation: Segmentation, name: str, cached: bool) -> dict[str, Any]:
    """What an answer says of a photo, beside its name.

    ``has_pet``: whether enough of the photo is pet for a cut-out. ``shares``: of the photo's pixels, by class.
    ``cached``: whether the server had this photo's segmentation already. ``seconds``: of the network's work for this
    answer, 0 where it was cached. ``warnings``: a sentence for each thing that is wrong with the photo's file.
    """
    return {
        "has_pet": segmentation.has_subject,
        "shares": segmentation.shares,
        "cached": cached,
        "seconds": 0.0 if cached else round(segmentation.seconds, 4),
        "warnings": [str(warning.of(name)) for warning in segmentation.photo.warnings],
    }


def _headers(facts: dict[str, Any]) -> dict[str, str]:
    """The same as headers, each value as JSON: ``X-Seg-Has-Pet: true``."""
    return {f"X-Seg-{name.replace('_', '-').title()}": json.dumps(value) for name, value in facts.items()}


def _picture(segmentation: Segmentation, kind: str, options: CutoutOptions) -> tuple[bytes, str]:
    """A picture of one of the kinds, encoded, and its format."""
    details = segmentation.photo.details.save_options()
    if kind == "cutout":
        return encode(segmentation.cutout(options), options.file_format, details), options.file_format
    return encode_png(segmentation.trimap if kind == "trimap" else segmentation.overlay(), options=details), "png"
