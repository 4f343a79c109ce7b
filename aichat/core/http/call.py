"""An HTTP request as data: testable, replayable, printable as a curl command."""

import json
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from aichat.core.text.json import to_utf8
from aichat.values import NamedTuple

#: The methods that ``aichat api`` may use.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Header(NamedTuple):
    """One header; ``placeholder`` stands for a value that must not be printed."""

    name: str
    value: str
    placeholder: str | None = None


class StreamedBody(Protocol):
    """A body that is read while it is sent, from the beginning each time.

    ``size`` is in bytes; ``curl`` has the options of that command, each with its
    value, that make it send the same.
    """

    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def curl(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102

    def __iter__(self) -> Iterator[bytes]: ...


class ByteStream(Protocol):
    """Bytes, ``size`` in number, that are read only while they are sent, and again each time."""

    @property
    def size(self) -> int: ...  # noqa: D102

    def __iter__(self) -> Iterator[bytes]: ...


class Call(NamedTuple):
    """One HTTP request. ``added_fields`` names the body fields that only we asked for."""

    method: str
    url: str
    headers: tuple[Header, ...]
    body: tuple[bytes, ...] | StreamedBody = ()
    added_fields: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """The body's size in bytes."""
        return sum(map(len, self.body)) if isinstance(self.body, tuple) else self.body.size


#: Bytes encoded as base64 at once, a multiple of three; larger blobs are encoded while being sent.
_BLOB_PIECE = 3 << 18


class Blob:
    """Bytes that go into a JSON body as base64 without being copied into one string.

    Large ones are encoded, and perhaps read, only while they are sent.
    """

    def __init__(self, data: bytes | ByteStream) -> None:
        self.data = data

    @property
    def size(self) -> int:
        """The size of its base64 in bytes."""
        size = len(self.data) if isinstance(self.data, bytes) else self.data.size
        return -(-size // 3) * 4

    @property
    def is_here(self) -> bool:
        """Whether it is small and in memory."""
        return isinstance(self.data, bytes) and len(self.data) <= _BLOB_PIECE

    def pieces(self) -> Iterator[bytes]:
        """Its base64, a piece at a time."""
        if isinstance(self.data, bytes):
            for place in range(0, len(self.data), _BLOB_PIECE):
                yield b2a_base64(self.data[place : place + _BLOB_PIECE], newline=False)
            return
        rest = b""  # a stream's pieces have any length
        for piece in self.data:
            rest += piece
            whole = len(rest) - len(rest) % 3
            yield b2a_base64(memoryview(rest)[:whole], newline=False)
            rest = rest[whole:]
        yield b2a_base64(rest, newline=False)


class JsonBody:
    """A JSON body of texts and blobs; blobs are read and encoded while it is sent."""

    curl: tuple[tuple[str, str], ...] = ()

    def __init__(self, parts: tuple[bytes | Blob, ...]) -> None:
        self.parts = parts
        self.size = sum(len(part) if isinstance(part, bytes) else part.size for part in parts)

    def __iter__(self) -> Iterator[bytes]:
        """The whole body, in pieces."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from part.pieces()


def json_body(
    value: Mapping[str, Any], blobs: Iterable[Blob] = ()
) -> tuple[bytes, ...] | StreamedBody:
    """``value`` as UTF-8 JSON pieces; each blob replaces its ``blob_marker`` in a string."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    parts = tuple(_parts(text, tuple(blobs)))
    body = JsonBody(parts)
    is_here = all(isinstance(part, bytes) or part.is_here for part in parts)
    return tuple(body) if is_here else body


def blob_marker(blob: Blob) -> str:
    """The text that stands for ``blob`` inside a JSON string until it is written."""
    return f"\x00{id(blob)}\x00"


def _parts(text: str, blobs: tuple[Blob, ...]) -> Iterator[bytes | Blob]:
    for blob in blobs:
        before, found, after = text.partition(f"\\u0000{id(blob)}\\u0000")
        if not found:  # an option took the part out of the body
            continue
        text = after
        yield to_utf8(before)
        yield blob
    yield to_utf8(text)


def request_headers(
    extra: Iterable[tuple[str, str]], *fixed: Header, json_content: bool = True
) -> tuple[Header, ...]:
    """A call's headers: ours, then the user's, which replace ours of the same name."""
    content = (Header("content-type", "application/json"),) if json_content else ()
    theirs = tuple(Header(name, value, _header_variable(name)) for name, value in extra)
    names = {header.name.lower() for header in theirs}
    return (*(h for h in content + fixed if h.name.lower() not in names), *theirs)


def _header_variable(header: str) -> str:
    """The variable that a dry run shows for a header's value, since users put secrets there."""
    return "$HEADER_" + header.upper().replace("-", "_")
