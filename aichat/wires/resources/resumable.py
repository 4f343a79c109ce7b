"""Resumable uploads: the calls that start, continue and complete them.

Source: uploads recorded from google-genai 3.6, whose ``query`` is answered with
``X-Goog-Upload-Status`` and ``X-Goog-Upload-Size-Received``; the types of openai 3, whose uploads
consist of parts with ids that the last call lists.
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
from aichat.core.text.json import read_object, text_or_none, to_utf8
from aichat.values import NamedTuple
from aichat.wires.resources.files import (
    DIALECTS,
    FileSpec,
    files_base,
    files_call,
    purpose_of,
    split_base,
)

#: The most digits of a byte count.
_MAX_DIGITS = 16


# -- Google's


def resumable_start(endpoint: Endpoint, spec: FileSpec) -> Call:
    """The call that announces an upload; its answer has the upload's URL."""
    host, path = split_base(endpoint)
    told = (
        Header("x-goog-upload-protocol", "resumable"),
        Header("x-goog-upload-command", "start"),
        Header("x-goog-upload-header-content-length", str(spec.size)),
        Header("x-goog-upload-header-content-type", spec.mime),
        Header("content-type", "application/json"),
    )
    about = {"file": {"display_name": spec.name, "mime_type": spec.mime}}
    body = to_utf8(json.dumps(about, ensure_ascii=False))
    return files_call("POST", f"{host}/upload{path}/files", endpoint, *told)._replace(body=(body,))


def resumable_url(endpoint: Endpoint, told: str) -> str | None:
    """The upload's URL, from ``x-goog-upload-url`` of the first answer.

    None if it is neither on the same host nor on a safe one.
    """
    url = join_url(files_base(endpoint), told)
    if not (url and told):
        return None
    ours, theirs = urlsplit(files_base(endpoint)), urlsplit(url)
    if theirs.scheme != "https" and theirs[:2] != ours[:2]:
        return None
    return url


def rest_call(url: str, offset: int) -> Call:
    """The call that sends the bytes from ``offset`` on, without its body and without the key."""
    told = (
        Header("x-goog-upload-command", "upload, finalize"),
        Header("x-goog-upload-offset", str(offset)),
    )
    return Call("POST", url, told)


def query_call(url: str) -> Call:
    """The call that asks how many bytes have arrived."""
    return Call("POST", url, (Header("x-goog-upload-command", "query"),))


def received_bytes(headers: Mapping[str, str], size: int) -> int | None:
    """How many of ``size`` bytes have arrived; None if the upload accepts no more."""
    told = headers.get("x-goog-upload-size-received", "")
    is_open = headers.get("x-goog-upload-status", "active") == "active"
    there = int(told) if told.isdecimal() and len(told) < _MAX_DIGITS else -1
    return there if is_open and 0 <= there < size else None


# -- OpenAI's, in parts


class UploadInParts(NamedTuple):
    """A started upload: its id, and when it expires (Unix time in seconds)."""

    id: str
    expires: float | None


def parts_start(endpoint: Endpoint, spec: FileSpec) -> Call:
    """The call that announces an upload."""
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
    """The call that sends a part, without its body, and the form field for the body."""
    field = FormField("data", file="-", filename="upload", kind="application/octet-stream")
    return files_call(
        "POST", _upload_url(endpoint, f"/{quote(upload_id, safe='')}/parts"), endpoint
    ), field


def complete_call(endpoint: Endpoint, upload_id: str, parts: Sequence[str], md5: str) -> Call:
    """The call that joins the parts into a file, if the MD5 of the whole matches."""
    about = {"part_ids": [*parts], "md5": md5}
    return _json_call(endpoint, f"/{quote(upload_id, safe='')}/complete", about)


def parse_upload(answer: bytes) -> UploadInParts | None:
    """The started upload; None if the answer names none."""
    body = read_object(answer)
    upload_id = text_or_none(body.get("id"))
    return UploadInParts(upload_id, parse_instant(body.get("expires_at"))) if upload_id else None


def _json_call(endpoint: Endpoint, path: str, about: Mapping[str, Any]) -> Call:
    body = to_utf8(json.dumps(about, ensure_ascii=False))
    kind = Header("content-type", "application/json")
    return files_call("POST", _upload_url(endpoint, path), endpoint, kind)._replace(body=(body,))


def _upload_url(endpoint: Endpoint, path: str) -> str:
    return f"{files_base(endpoint)}/uploads{path}"
