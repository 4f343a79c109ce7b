"""HTTP/1.1 messages (RFC 9112): writes request heads, parses response heads and bodies.

It is fed bytes, so that tests need no socket, and strict, since no provider needs leniency.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from aichat.values import NamedTuple

#: The most bytes of a head, and headers in it: no provider sends a tenth of that.
MAX_HEAD, _MAX_HEADERS = 1 << 17, 500

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) +(\d{3})(?: ([^\0\r\n]*))?\r?\Z")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*?)[ \t]*\r?\Z")

#: Characters that must not be in a request's head: they would begin a new line.
_BREAKS = re.compile(r"[\0\r\n]")


class Head(NamedTuple):
    """A response's head; ``version`` is the minor one of HTTP/1. Header names are lower-case."""

    version: int
    status: int
    reason: str
    headers: Mapping[str, str]


class HeadDecoder:
    """Takes the bytes of a response until its head is complete; ``rest`` is what came after it."""

    def __init__(self) -> None:
        self.rest = b""
        self._data = b""
        self._searched = 0  # up to here there is no end of the head

    def feed(self, data: bytes) -> Head | None:
        """The head, once it is complete. Errors: ``ValueError`` if this is no HTTP response."""
        self._data += data
        start = self._data[: len(_BEGINNING)]
        if not _BEGINNING.startswith(start):
            raise ValueError("no status line")
        end = _END.search(self._data, self._searched)
        self._searched = max(len(self._data) - 3, 0)
        if (end.start() if end else len(self._data)) > MAX_HEAD:
            raise ValueError("the head is too long")
        if end is None:
            return None
        self._data, self.rest = self._data[: end.start()], self._data[end.end() :]
        head, self._data = parse_head(self._data), b""
        return head

    @property
    def has_begun(self) -> bool:
        """Whether any of the response has come."""
        return bool(self._data)


_BEGINNING, _END = b"HTTP/", re.compile(rb"\r?\n\r?\n")


def parse_head(data: bytes) -> Head:
    """The head in ``data``, which ends before its empty line. Errors: ``ValueError``."""
    first, *lines = data.split(b"\n")
    status = _STATUS_LINE.match(first)
    if status is None:
        raise ValueError("no status line")
    if len(lines) > _MAX_HEADERS:
        raise ValueError("too many headers")
    headers = join_fields(_parse_fields(lines))
    return Head(int(status[1]), int(status[2]), _as_text(status[3] or b""), headers)


def _parse_fields(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        field = _FIELD.match(line)  # folded lines, long obsolete, do not match
        if field is None:
            raise ValueError("a broken header")
        yield field[1].decode("ascii").lower(), _as_text(field[2])


def _as_text(value: bytes) -> str:
    """Decode as UTF-8, else as Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def join_fields(fields: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Headers by name; several of one name are joined into one value (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in fields:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def request_head(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of a request. Errors: ``ValueError`` for a character that no head may have."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if any(map(_BREAKS.search, lines)):
        raise ValueError("a header with a line end in it")
    return "\r\n".join([*lines, "", ""]).encode()


# -- bodies


#: The most bytes of a line with a chunk's size or a trailer, and the most trailers.
_MAX_LINE, _MAX_TRAILERS = 8192, 100

#: The most digits of a length: more bytes than any disk has.
_MAX_DIGITS = 18

_PLAIN_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r]*)?\r?\Z")


class ChunkedDecoder:
    """Decodes a chunked body."""

    ends_itself = True  # rather than by closing the connection

    def __init__(self) -> None:
        self.has_ended = self.has_excess = False  # excess: bytes after the end
        self._left = 0  # bytes of the chunk still to come
        self._begun = b""  # of an incomplete line
        self._is_data_read = self._is_last = False
        self._trailers = 0

    def feed(self, data: bytes) -> bytes:
        """The content in ``data``. Errors: ``ValueError`` for an invalid chunk."""
        found, at = [], 0
        while at < len(data):
            if self.has_ended:
                self.has_excess = True
                break
            if self._left:
                piece = data[at : at + self._left]
                found.append(piece)
                at += len(piece)
                self._left -= len(piece)
            elif end := self._whole_chunk(data, at, found):
                at = end
            else:
                at = self._read_line(data, at)
        return found[0] if len(found) == 1 else b"".join(found)

    def _whole_chunk(self, data: bytes, at: int, found: list[bytes]) -> int:
        """The end of a complete chunk, as nearly all are; its content is added to ``found``."""
        if self._begun or self._is_data_read or self._is_last:
            return 0
        size = _PLAIN_SIZE.match(data, at)
        if size is None:
            return 0
        start = size.end()
        end = start + int(size[1], 16)
        if end == start or data[end : end + 2] != b"\r\n":
            return 0
        found.append(data[start:end])
        return end + 2

    def _read_line(self, data: bytes, at: int) -> int:
        """Read on in a line that begins at ``at`` or before, and return where it ends."""
        end = data.find(b"\n", at) + 1
        line = self._begun + data[at : end or len(data)]
        if len(line) > _MAX_LINE:
            raise ValueError("a chunk's line is too long")
        self._begun = b"" if end else line
        if end:
            self._take_line(line[:-1])
        return end or len(data)

    def _take_line(self, line: bytes) -> None:
        if self._is_last:
            self.has_ended = line in (b"", b"\r")
            self._trailers += 1
            if self._trailers > _MAX_TRAILERS:
                raise ValueError("too many trailers")
        elif self._is_data_read:
            if line not in (b"", b"\r"):
                raise ValueError("a chunk is longer than it says")
            self._is_data_read = False
        else:
            size = _SIZE.match(line)
            if not size:
                raise ValueError("no size of a chunk")
            self._left = int(size[1], 16)
            self._is_data_read, self._is_last = self._left > 0, self._left == 0


class LengthDecoder:
    """Decodes a body of ``left`` bytes; if that is None, one that ends with its connection."""

    def __init__(self, left: int | None) -> None:
        self._left = left
        self.ends_itself = left is not None
        self.has_excess = False

    @property
    def has_ended(self) -> bool:
        """Whether the whole body has come."""
        return self._left == 0

    def feed(self, data: bytes) -> bytes:
        """The part of ``data`` that belongs to the body."""
        if self._left is None:
            return data
        self.has_excess = len(data) > self._left
        taken = data[: self._left] if self.has_excess else data
        self._left -= len(taken)
        return taken


BodyDecoder = ChunkedDecoder | LengthDecoder


def body_decoder(method: str, status: int, headers: Mapping[str, str]) -> BodyDecoder:
    """The decoder for the body after a head (RFC 9112, 6.3). Errors: ``ValueError``."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if method == "HEAD" or status in (204, 304):
        return LengthDecoder(0)
    if coding is not None:
        if coding.strip().lower() != "chunked":
            raise ValueError("an unknown Transfer-Encoding")
        return ChunkedDecoder()
    if length is None:
        return LengthDecoder(None)
    values = {value.strip() for value in length.split(",")}  # some send it twice
    if len(values) > 1 or not length.isascii() or not (value := values.pop()).isdecimal():
        raise ValueError("a Content-Length that is none")
    if len(value) > _MAX_DIGITS:
        raise ValueError("a Content-Length that is none")
    return LengthDecoder(int(value))
