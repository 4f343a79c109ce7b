"""multipart/form-data: fields, and the bytes around them. Source: RFC 7578, WHATWG HTML."""

import re

from aichat.core.http.url import parse_pair
from aichat.values import NamedTuple

#: Media types by suffix that the standard library lacks, at least on some systems.
MEDIA_TYPES = {
    ".flac": "audio/flac",
    ".jsonl": "application/jsonl",
    ".m4a": "audio/mp4",
    ".md": "text/markdown",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".webm": "audio/webm",
    ".webp": "image/webp",
}


class FormField(NamedTuple):
    """One field: its text, or the file (``-`` for stdin) that is its content.

    ``filename`` and ``kind`` (a media type) are what the server is told about the file.
    """

    name: str
    text: str = ""
    file: str | None = None
    filename: str = ""
    kind: str = ""


def parse_field(given: str) -> FormField:
    """``name=text``, or ``name=@FILE`` with ``;type=T`` and ``;filename=N``. Errors: ``usage``."""
    name, value = parse_pair(given, "--form")
    if not value.startswith("@"):
        return FormField(name, value)
    told: dict[str, str] = {}
    while found := re.fullmatch(r"(.+);(type|filename)=([^;]*)", value, re.S):
        value, key = found[1], found[2]
        told[key] = found[3]
    return FormField(
        name, file=value[1:], filename=told.get("filename", ""), kind=told.get("type", "")
    )


def part_header(field: FormField, boundary: str) -> bytes:
    """The boundary and headers before a field's content."""
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{_escape(field.name)}"']
    if field.file is not None:
        lines[1] += f'; filename="{_escape(field.filename)}"'
        lines.append(f"Content-Type: {field.kind}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


def closing_boundary(boundary: str) -> bytes:
    """The boundary after the last field."""
    return f"--{boundary}--\r\n".encode()


def _escape(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
