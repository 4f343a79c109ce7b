"""Redacting the body of a call."""

import json
from typing import Any

from aichat.core.http.call import Blob, Call, JsonBody, blob_marker, json_body
from aichat.core.message.private.files import changed_content
from aichat.core.message.private.placeholders import Placeholders
from aichat.core.text.json import to_utf8


def conceal_call(call: Call, placeholders: Placeholders) -> Call:
    """``call`` with placeholders in its body, and in those of its files that are text.

    Other files and media go unchanged. Errors: ``usage`` for a text too long to search.
    """
    body = call.body
    if isinstance(body, JsonBody):
        parts = [part if isinstance(part, bytes) else blob_marker(part) for part in body.parts]
        blobs = [_conceal_blob(one, placeholders) for one in body.parts if isinstance(one, Blob)]
        text = b"".join(_escaped(part) for part in parts).decode()
        return call._replace(body=json_body(placeholders.conceal(json.loads(text)), blobs))
    if with_texts := getattr(body, "with_texts", None):
        return call._replace(body=with_texts(placeholders.conceal))
    if not isinstance(body, tuple) or not body:
        return call
    given = b"".join(body)
    replaced = _conceal_bytes(given, placeholders)
    return call if replaced == given else call._replace(body=(replaced,))


def _conceal_blob(blob: Blob, placeholders: Placeholders) -> Blob:
    pieces = (blob.data,) if isinstance(blob.data, bytes) else blob.data
    size = len(blob.data) if isinstance(blob.data, bytes) else blob.data.size
    changed = changed_content(pieces, size, placeholders.conceal, "an attachment")
    return blob if changed is None else Blob(changed)


def conceal_text(text: str, placeholders: Placeholders) -> str:
    """The same for a frame of a socket."""
    return _conceal_bytes(to_utf8(text), placeholders).decode()


def _escaped(part: bytes | str) -> bytes:
    """A piece of a JSON text, with markers in the form they have in one."""
    return part if isinstance(part, bytes) else json.dumps(part)[1:-1].encode()


def _conceal_bytes(given: bytes, placeholders: Placeholders) -> bytes:
    """Redact JSON or other text; what is not text is a medium, and goes unchanged."""
    try:
        text = given.decode()
    except UnicodeDecodeError:
        return given
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return to_utf8(str(placeholders.conceal(text)))
    replaced = placeholders.conceal(value)
    if replaced == value:
        return given
    text = json.dumps(replaced, ensure_ascii=False, separators=(",", ":"))
    return to_utf8(text)
