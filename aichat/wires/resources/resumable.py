"""Uploads that go on from where they broke off: the calls that begin them, and those behind it.

Source: uploads recorded from google-genai 3.6, whose ``query`` is answered with
``X-Goog-Upload-Status`` and ``X-Goog-Upload-Size-Received``; the types of openai 3, whose uploads
go in parts, of which each has an id that the last call names.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from aichat.core.http.call import Call, Header
from aichat.core.http.multipart import FormField
from aichat.core.http.url import join_url
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import read_object, text_or_none
from aichat.values import NamedTuple
from aichat.wires.resources.files import (
    DIALECTS,
    FileSpec,
    files_base,
    files_call,
    purpose_of,
    split_base,
)

#: Digits of a count of bytes.
_MAX_DIGITS = 16


# -- Google's


def resumable_start(endpoint: Endpoint, spec: FileSpec) -> Call:
    """The call that says what is to come; its answer has the address for it."""
    host, path = split_base(endpoint)
    told = (
        Header("x-goog-upload-protocol", "resumable"),
        Header("x-goog-upload-command", "start"),
        Header("x-goog-upload-header-content-length", str(spec.size)),
        Header("x-goog-upload-header-content-type", spec.mime),
        Header("content-type", "application/json"),
    )
    about = {"file": {"display_name": spec.name, "mime_type": spec.mime}}
    body = json.dumps(about, ensure_ascii=False).encode("utf-8", "replace")
    return files_call("POST", f"{host}/upload{path}/files", endpoint, *told)._replace(body=(body,))


def resumable_url(endpoint: Endpoint, told: str) -> str | None:
    """Where the bytes go, as ``x-goog-upload-url`` of the first answer has told.

    None where that is no address of the same host or of a safe one.
    """
    url = join_url(files_base(endpoint), told)
    if not (url and told):
        return None
    ours, theirs = urlsplit(files_base(endpoint)), urlsplit(url)
    if theirs.scheme != "https" and theirs[:2] != ours[:2]:
        return None
    return url


def rest_call(url: str, offset: int) -> Call:
    """The call that sends the bytes from ``offset`` on, without them. No key goes there."""
    told = (
        Header("x-goog-upload-command", "upload, finalize"),
        Header("x-goog-upload-offset", str(offset)),
    )
    return Call("POST", url, told)


def query_call(url: str) -> Call:
    """The call that asks how much of it is there."""
    return Call("POST", url, (Header("x-goog-upload-command", "query"),))


def received_bytes(headers: Mapping[str, str], size: int) -> int | None:
    """How many of ``size`` bytes are there; None where the rest is not taken any more."""
    told = headers.get("x-goog-upload-size-received", "")
    is_open = headers.get("x-goog-upload-status", "active") == "active"
    there = int(told) if told.isdecimal() and len(told) < _MAX_DIGITS else -1
    return there if is_open and 0 <= there < size else None


# -- in parts


class UploadInParts(NamedTuple):
    """One that was begun: its id, and when it ends by itself (seconds since 1970)."""

    id: str
    expires: float | None


def parts_start(endpoint: Endpoint, spec: FileSpec) -> Call:
    """The call that says what is to come."""
    dialect = DIALECTS[endpoint.provider.resources.files]
    about: dict[str, Any] = {
        "bytes": spec.size,
        "filename": spec.name,
        "mime_type": spec.mime,
        "purpose": purpose_of(dialect, spec),
    }
    if spec.expires:
        about["expires_after"] = {"anchor": "created_at", "seconds": spec.expires}
    return _json_call(endpoint, "", about)


def part_form(endpoint: Endpoint, upload_id: str) -> tuple[Call, FormField]:
    """The call that brings a part, without its body, and the field of the form that is its body."""
    field = FormField("data", file="-", filename="upload", kind="application/octet-stream")
    return files_call(
        "POST", _upload_url(endpoint, f"/{quote(upload_id, safe='')}/parts"), endpoint
    ), field


def complete_call(endpoint: Endpoint, upload_id: str, parts: Sequence[str], md5: str) -> Call:
    """The call that makes a file of its parts, if the digest of all is as it has to be."""
    about = {"part_ids": [*parts], "md5": md5}
    return _json_call(endpoint, f"/{quote(upload_id, safe='')}/complete", about)


def parse_upload(answer: bytes) -> UploadInParts | None:
    """What was begun; None for an answer that names nothing."""
    body = read_object(answer)
    upload_id = text_or_none(body.get("id"))
    return UploadInParts(upload_id, parse_instant(body.get("expires_at"))) if upload_id else None


def _json_call(endpoint: Endpoint, path: str, about: Mapping[str, Any]) -> Call:
    body = json.dumps(about, ensure_ascii=False).encode("utf-8", "replace")
    kind = Header("content-type", "application/json")
    return files_call("POST", _upload_url(endpoint, path), endpoint, kind)._replace(body=(body,))


def _upload_url(endpoint: Endpoint, path: str) -> str:
    return f"{files_base(endpoint)}/uploads{path}"
