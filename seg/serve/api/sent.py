"""What a request brings: photos, options of a cut-out, a photo for its background."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.requests import Request

from seg.inference.cutout_options import NAMES, Backdrop
from seg.serve import limits
from seg.serve.errors import RequestError

BACKGROUND = "background"  # the field of a form whose file is no photo to be segmented


class SentPhoto(NamedTuple):
    """An encoded photo, and the name that it came with or None."""

    data: bytes
    name: str | None


class Sent(NamedTuple):
    """``photos``: one or more; ``texts``: options of a cut-out by name; ``backdrop``: a photo for its background."""

    photos: tuple[SentPhoto, ...]
    texts: dict[str, str]
    backdrop: Backdrop | None = None


async def read_request(request: Request) -> Sent:
    """What the request brings; a photo's name is its file's in a form, else ``?name=``, else None.

    Raises RequestError for no photo, too many, or too many bytes in all, ClientDisconnect, and HTTPException for a form
    that Starlette cannot read.
    """
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    body = await _body(request, limits.UPLOAD_BYTES + (limits.FORM_BYTES if is_form else 0))
    name = request.query_params.get("name")
    texts = {key: value for key, value in request.query_params.items() if key in NAMES}
    if not is_form:
        return Sent((SentPhoto(body, file_name(name)),), texts)

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    most = limits.PHOTOS_OF_A_REQUEST
    # One photo more than may be is still read, so that the sentence is this server's and not the form reader's.
    # So is a photo in a field that names no file, however large; the body as a whole is bounded.
    form = Request(request.scope, receive).form(
        max_files=most + 2, max_fields=len(NAMES) + 4, max_part_size=len(body) + 1
    )
    async with form as fields:
        uploads = [(key, value) for key, value in fields.multi_items() if isinstance(value, UploadFile)]
        texts |= {key: value for key, value in fields.items() if key in NAMES and isinstance(value, str)}
        photos = [file for key, file in uploads if key != BACKGROUND]
        behind = [file for key, file in uploads if key == BACKGROUND]
        if not photos:
            raise RequestError("api_no_file")
        if len(photos) > most:
            raise RequestError("api_many", most=str(most))
        return Sent(
            tuple([SentPhoto(await photo.read(), file_name(photo.filename or name)) for photo in photos]),
            texts,
            await _backdrop(behind[-1]) if behind else None,
        )


async def _backdrop(file: UploadFile) -> Backdrop:
    data = await file.read()
    name = file_name(file.filename) or BACKGROUND
    return Backdrop(name, hashlib.sha256(data).hexdigest(), data, limits.MAX_PIXELS)


def file_name(name: str | None) -> str | None:
    """The last part of what may be a path, of any system; None for nothing."""
    return re.split(r"[/\\]", name or "")[-1] or None


async def _body(request: Request, most: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise RequestError("api_large", megabytes=str(limits.UPLOAD_MEGABYTES))
        chunks.append(chunk)
    return b"".join(chunks)
