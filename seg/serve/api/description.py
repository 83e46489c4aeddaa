"""The API described for programs: an OpenAPI 3.1 document, of which the page for people is made, too."""

from __future__ import annotations

from typing import Any

import seg
from seg.inference.cutout_options import CROPS, FORMATS, PERCENTS, PLACEMENTS, SWITCH
from seg.inference.second_look import DEFAULT_DETAIL, DETAILS
from seg.serve import limits
from seg.serve.api.answers import ANSWERS
from seg.texts import fill

Json = dict[str, Any]

PICTURES = tuple(f"image/{format}" for format in FORMATS)
# Statuses of an answer to photos that is no picture, each with the key of the text that says when it comes.
FAILURES = {
    "400": "status_request",
    "403": "status_site",
    "404": "status_weights",
    "405": "status_method",
    "408": "status_late",
    "413": "status_large",
    "422": "status_nothing",
    "429": "status_client",
    "500": "status_mistake",
    "503": "status_busy",
}


def document(language: str, api: str) -> Json:
    """The OpenAPI document in a language of the texts; ``api``: the path of the API on its server."""

    def text(key: str, **values: Any) -> str:
        return fill(language, f"api.{key}", **values)

    most = {
        "megabytes": limits.UPLOAD_MEGABYTES,
        "megapixels": limits.MAX_PIXELS // 1_000_000,
        "photos": limits.PHOTOS_OF_A_REQUEST,
    }
    paths = {
        "/segment": {
            "post": {
                "operationId": "segment",
                "summary": text("segment"),
                "description": text("segment_text", **most),
                "parameters": _parameters(language),
                "requestBody": {"required": True, "description": text("body"), "content": _bodies(language)},
                "responses": {
                    "200": _answered(language),
                    **{status: _failure(text(key, **most)) for status, key in FAILURES.items()},
                },
            }
        },
        "/weights": _get("weights", text("weights"), text("weights_text"), "Weights", text("status_no_weights")),
        "/health": _get("health", text("health"), text("health_text"), "Health", text("status_no_weights")),
        "/openapi.json": _get("openapi", text("openapi"), text("openapi_text")),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": text("title"),
            "version": seg.__version__,
            "description": text("about"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": api}],
        "paths": paths,
        "components": {"schemas": _schemas(language)},
    }


def _parameters(language: str) -> list[Json]:
    """Those of the address; the options of a cut-out may stand in a form as well."""
    schemas: dict[str, Json] = {
        "as": {"type": "string", "enum": list(ANSWERS)},
        "empty": {"type": "string", "enum": ["ok"]},
        "detail": {"type": "string", "enum": list(DETAILS), "default": DEFAULT_DETAIL},
        "weights": {"type": "string"},
        "name": {"type": "string"},
        **_options(),
    }
    return [
        {"name": name, "in": "query", "description": fill(language, f"api.parameter_{name}"), "schema": schema}
        for name, schema in schemas.items()
    ]


def _options() -> dict[str, Json]:
    """The options of a cut-out; a number of percent may end in %."""
    percent = {"type": "string", "pattern": r"^\d+(\.\d+)?%?$"}
    return {
        "background": {"type": "string", "default": "transparent"},
        "placement": {"type": "string", "enum": list(PLACEMENTS), "default": PLACEMENTS[0]},
        "crop": {"type": "string", "enum": list(CROPS), "default": CROPS[0]},
        "clean": {"type": "string", "enum": list(SWITCH), "default": "on"},
        "format": {"type": "string", "enum": [*FORMATS, "jpg"]},
        **{name: percent for name in PERCENTS},
    }


def _bodies(language: str) -> Json:
    """A photo alone, or a form with one or several."""
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    fields: Json = {
        "photo": {"type": "array", "items": file, "maxItems": limits.PHOTOS_OF_A_REQUEST},
        **_options(),
        "background": {"anyOf": [file, {"type": "string"}]},
    }
    fields["photo"]["description"] = fill(language, "api.field_photo")
    fields["background"]["description"] = fill(language, "api.field_background")
    return {
        "multipart/form-data": {"schema": {"type": "object", "properties": fields, "required": ["photo"]}},
        "application/octet-stream": {"schema": {}},
        "image/*": {"schema": {}},
    }


def _answered(language: str) -> Json:
    headers = {
        f"X-Seg-{name}": {"description": fill(language, f"api.header_{key}"), "schema": {"type": "string"}}
        for name, key in (
            ("Has-Pet", "has_pet"),
            ("Shares", "shares"),
            ("Cached", "cached"),
            ("Seconds", "seconds"),
            ("Warnings", "warnings"),
        )
    }
    json = {"schema": {"anyOf": [_reference("Photo"), _reference("Photos")]}}
    files: Json = {kind: {"schema": {}} for kind in (*PICTURES, "application/zip")}
    return {
        "description": fill(language, "api.answered"),
        "headers": headers,
        "content": {**files, "application/json": json},
    }


def _failure(description: str) -> Json:
    return {"description": description, "content": {"application/json": {"schema": _reference("Error")}}}


def _get(name: str, summary: str, description: str, schema: str | None = None, unavailable: str | None = None) -> Json:
    """An operation without parameters. ``unavailable``: what its status 503 means, where it can have that."""
    content = {"application/json": {"schema": _reference(schema) if schema else {"type": "object"}}}
    responses = {"200": {"description": summary, "content": content}}
    if unavailable:
        responses["503"] = _failure(unavailable)
    return {"get": {"operationId": name, "summary": summary, "description": description, "responses": responses}}


def _reference(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


def _schemas(language: str) -> Json:
    share = {"type": "number", "minimum": 0, "maximum": 1}
    photo: Json = {
        "photo": {"type": ["string", "null"]},
        "has_pet": {"type": "boolean"},
        "shares": {"type": "object", "additionalProperties": share},
        "cached": {"type": "boolean"},
        "seconds": {"type": "number", "minimum": 0},
        "warnings": {"type": "array", "items": {"type": "string"}},
    }
    for key in ("has_pet", "shares", "cached", "seconds", "warnings"):
        photo[key]["description"] = fill(language, f"api.header_{key}")
    failed = {"photo": photo["photo"], "error": {"type": "string"}, "status": {"type": "integer"}}
    measured: Json = {
        "type": ["object", "null"],
        "properties": {
            "mean_iou": share,
            "split": {"type": ["string", "null"]},
            "photos": {"type": ["integer", "null"]},
        },
    }
    member = {"name": {"type": "string"}, "value": {"type": "integer"}, "role": {"type": "string"}}
    weights = {"name": {"type": "string"}, "classes": {"type": "array", "items": _object(member)}, "measured": measured}
    health = {
        "status": {"const": "ok"},
        "weights": {"type": "string"},
        "measured": measured,
        "loaded": {"type": "boolean"},
        "waiting": {"type": "integer", "minimum": 0},
    }
    return {
        "Photo": _object(photo),
        "Photos": _object(
            {"photos": {"type": "array", "items": {"anyOf": [_reference("Photo"), _reference("Failed")]}}}
        ),
        "Failed": _object(failed),
        "Weights": _object({"weights": {"type": "array", "items": _object(weights)}}),
        "Health": _object(health),
        "Error": _object({"error": {"type": "string"}}),
    }


def _object(properties: Json) -> Json:
    """An object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}
