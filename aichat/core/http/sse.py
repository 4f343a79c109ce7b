"""Server-sent events, fed byte by byte and split at LF, CR and CRLF only.

``str.splitlines`` and ``httpx.Response.iter_lines`` also break at U+2028 and
U+0085, which JSON payloads contain; so lines are split in bytes.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re

from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

#: The most bytes of one event, or one line: enough for a base64 image, not for all memory.
MAX_LINE = 64 * 1024 * 1024

#: The most lines of one event, and the most that belong to none between two events.
MAX_LINES = 100_000

#: Bytes kept, for an error message, of lines without a field, and of the stream's beginning.
_MAX_STRAY, _MAX_BEGINNING = 1 << 20, 4096

#: The most bytes of a chunk, and of a line it ends, for which the fast path is tried.
_MAX_PLAIN = 1 << 17

#: What begins a line of data; ``data`` alone is an empty one.
_DATA = b"data:"

#: The last of the blank characters: an event of nothing else is ignored.
_BLANK = 32


class Frame(NamedTuple):
    """One event. ``whole`` is false if the stream ended inside its last line."""

    data: str
    event: str = ""
    comment: str = ""
    whole: bool = True


class SseReader:
    """Turns chunks of bytes, cut anywhere, into frames."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []  # the unfinished line, in pieces
        self._tail_size = 0
        self._after_cr = False
        self._first = True
        self._idle = False  # nothing is pending, and the beginning is over
        self._data: list[bytes] = []
        self._event = ""
        self._data_size = 0
        self._noise = 0  # lines that have made no event
        self._stray: list[bytes] = []  # lines without a field, perhaps an error without "data:"
        self._stray_size = 0
        self.last_id, self.retry_ms = "", 0  # where to resume, and after how long
        self.frames = 0  # so far
        self.beginning = b""  # of the stream
        self._comment = ""

    @property
    def event_bytes(self) -> int:
        """The bytes of the incomplete event so far; they never get fewer while it comes."""
        in_data = bool(self._tail) and self._tail[0].startswith(_DATA)
        begun = len(self._data) * len(b"data: ") + self._data_size
        return begun + (self._tail_size if in_data else 0)

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that ``chunk`` completes."""
        if self._idle and _is_one_event(chunk):  # the usual case
            self.frames += 1
            self._noise = 0
            return [Frame(chunk[6:-2].decode("utf-8", "replace"))]
        if len(self.beginning) < _MAX_BEGINNING:
            self.beginning = (self.beginning + chunk[:_MAX_BEGINNING])[:_MAX_BEGINNING]
        frames = self._plain_frames(chunk)
        if frames is None:
            frames = self._feed(chunk)
        self._idle = not (self._tail or self._data or self._event or self._comment)
        return frames

    def _plain_frames(self, chunk: bytes) -> list[Frame] | None:
        """The frames of a chunk, or None unless each has exactly one line of data."""
        if self._data or self._event or self._comment or self._after_cr or b"\r" in chunk:
            return None
        if self._first or b"\n\n" not in chunk or len(chunk) + self._tail_size > _MAX_PLAIN:
            return None
        whole, _, rest = b"".join([*self._tail, chunk]).rpartition(b"\n\n")
        if not whole.startswith(b"data: ") or b"\n" in rest:
            return None
        events = whole[6:].decode("utf-8", "replace").split("\n\ndata: ")
        if whole.count(b"\n") != 2 * len(events) - 2 or any(e[-1:] <= " " for e in events):
            return None
        self._take_tail()
        self._keep_tail(rest)
        self.frames += len(events)
        self._noise = 0
        return [*map(Frame, events)]

    def _feed(self, chunk: bytes) -> list[Frame]:
        if self._after_cr or b"\r" in chunk:
            chunk = self._unify(chunk)
        if b"\n\n\n" in chunk:
            chunk = re.sub(rb"\n{3,}", b"\n\n", chunk)  # further blank lines mean nothing
        if b"\n" not in chunk:
            self._keep_tail(chunk)
            return []
        long = self._tail_size + len(chunk) > MAX_LINE
        lines = chunk.split(b"\n")
        lines[0] = self._take_tail() + lines[0]
        self._keep_tail(lines.pop())
        for line in lines if long else ():
            _check_size(len(line))
        return self._frames(lines)

    def close(self) -> list[Frame]:
        """The pending frame at the end: gateways drop the last blank line."""
        tail = self._take_tail()
        frames = self._frames([tail]) if tail else []
        frames += [frame._replace(whole=not tail) for frame in self._dispatch()]
        self._data = self._stray
        return frames + [frame._replace(whole=False) for frame in self._dispatch()]

    def _unify(self, chunk: bytes) -> bytes:
        """Make every line end LF; a CR ends its line at once, and takes an LF right after it."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep_tail(self, piece: bytes) -> None:
        if not piece:
            return
        if self._tail_size < len(_DATA):  # so that the first piece tells whether it is data
            piece = self._take_tail() + piece
        self._tail.append(piece)
        self._tail_size += len(piece)
        _check_size(self._tail_size)

    def _take_tail(self) -> bytes:
        tail = b"".join(self._tail)
        self._tail.clear()
        self._tail_size = 0
        return tail

    def _frames(self, lines: list[bytes]) -> list[Frame]:
        if self._first and lines:
            self._first = False
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        frames: list[Frame] = []
        for line in lines:
            if line.startswith(_DATA):
                self._add_data(line[6:] if line.startswith(b" ", 5) else line[5:])
            elif line:
                self._field(line)
            elif self._data:
                frames += self._dispatch()
            else:
                self._event = ""
        return frames

    def _add_data(self, data: bytes) -> None:
        self._data.append(data)
        self._data_size += len(data) + 1
        _check_size(self._data_size)
        if len(self._data) > MAX_LINES:
            raise AichatError(Fault("protocol", f"an event is over {MAX_LINES:,} lines"))

    def _field(self, line: bytes) -> None:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":  # without a colon this is an empty line of data
            self._add_data(b"")
            return
        self._count_noise()
        if not name:
            self._comment = value
        elif name == "event":
            self._event = value
        elif name == "id":
            self.last_id = value
        elif name == "retry":
            self.retry_ms = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else self.retry_ms
        else:
            self._add_stray(line)

    def _add_stray(self, line: bytes) -> None:
        """Keep a line that may be part of an error in JSON; no other is of use."""
        if self._stray or line.lstrip()[:1] in (b"{", b"["):
            self._stray_size += len(line)
            if self._stray_size <= _MAX_STRAY:
                self._stray.append(line)

    def _count_noise(self) -> None:
        self._noise += 1
        if self._noise > MAX_LINES:
            raise AichatError(
                Fault("protocol", f"no event in over {MAX_LINES:,} lines of the stream")
            )

    def _dispatch(self) -> list[Frame]:
        """The event that has just ended; one without data is ignored."""
        data = b"\n".join(self._data).decode("utf-8", "replace")
        frame = Frame(data, self._event, self._comment)
        self._data, self._data_size = [], 0
        self._event = self._comment = ""
        if not data.strip():
            self._count_noise()
            return []
        self.frames += 1
        self._noise = 0
        return [frame]


def is_keepalive(frame: Frame) -> bool:
    """Whether an event only keeps the connection alive: no wire has its name or its data."""
    return (
        frame.event != ""
        and not frame.data.startswith("[DONE]")
        and not _WIRE_EVENT.fullmatch(frame.event)
        and not _ANSWER_FIELD.search(frame.data)
    )


#: Event names that wires use, and fields of their data: some servers invent names.
_WIRE_EVENT = re.compile(
    r"message|error|result|done|ping|chunk|data|completion|chat\.completion.*|response\..*"
    r"|message_.*|content_block_.*"
)
_ANSWER_FIELD = re.compile(r'"(choices|candidates|output|type|error|usage|usageMetadata)"\s*:')


def _is_one_event(chunk: bytes) -> bool:
    """Whether a chunk is one line of data and a blank line, and nothing else.

    One that ends in a space is left to the slow path, since it may consist of nothing else.
    """
    size = len(chunk)
    return (
        chunk.find(b"\n") == size - 2
        and chunk.startswith(b"data: ")
        and chunk.endswith(b"\n")
        and chunk[-3] > _BLANK
        and b"\r" not in chunk
        and size < MAX_LINE
    )


def _check_size(size: int) -> None:
    if size > MAX_LINE:
        raise AichatError(
            Fault("protocol", f"a line or an event of the stream is over {MAX_LINE >> 20} MB")
        )
