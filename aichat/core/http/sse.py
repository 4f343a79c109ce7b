"""Server-sent events, fed byte by byte and split at LF, CR and CRLF only.

``str.splitlines`` and ``httpx.Response.iter_lines`` also break at U+2028 and
U+0085, which JSON payloads contain; so lines are split in bytes.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from typing import NamedTuple

from aichat.errors import AichatError, Fault

#: One line may hold a base64 image, but not the memory of the machine.
MAX_LINE = 64 * 1024 * 1024


class Frame(NamedTuple):
    """One event. ``whole`` is false when the stream ended inside its last line."""

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
        self._idle = False  # nothing is pending, and the beginning is past
        self._data: list[bytes] = []
        self._event = ""
        self._stray: list[bytes] = []  # lines of no field: an error without "data:", perhaps
        self.frames = 0  # so far
        self._comment = ""

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that ``chunk`` completes."""
        if self._idle and _is_one_event(chunk):  # what servers send nearly always
            self.frames += 1
            return [Frame(chunk[6:-2].decode("utf-8", "replace"))]
        frames = self._feed(chunk)
        self._idle = not (self._tail or self._data or self._event or self._comment)
        return frames

    def _feed(self, chunk: bytes) -> list[Frame]:
        if self._after_cr or b"\r" in chunk:
            chunk = self._unify(chunk)
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
        """What is pending at the end: gateways drop the last blank line."""
        tail = self._take_tail()
        frames = self._frames([tail]) if tail else []
        if self._data:
            frames.append(self._dispatch()._replace(whole=not tail))
        if self._stray and self._stray[0].lstrip()[:1] in (b"{", b"["):
            self._data = self._stray
            frames.append(self._dispatch()._replace(whole=False))
        return frames

    def _unify(self, chunk: bytes) -> bytes:
        """Every line end as LF; a CR ends its line at once, an LF right after it is its own."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep_tail(self, piece: bytes) -> None:
        if not piece:
            return
        self._tail.append(piece)
        self._tail_size += len(piece)
        if self._tail_size > MAX_LINE:
            raise AichatError(
                Fault("protocol", f"a line of the stream is over {MAX_LINE >> 20} MB")
            )

    def _take_tail(self) -> bytes:
        tail = b"".join(self._tail)
        self._tail.clear()
        self._tail_size = 0
        return tail

    def _frames(self, lines: list[bytes]) -> list[Frame]:
        if self._first and lines:
            self._first = False
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        frames = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b" ", 5) else line[5:])
            elif line:
                self._field(line)
            elif self._data:
                frames.append(self._dispatch())
            else:
                self._event = ""
        return frames

    def _field(self, line: bytes) -> None:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if not name:
            self._comment = value
        elif name == "event":
            self._event = value
        elif name == "data":  # a lone "data" without a colon is an empty line of data
            self._data.append(b"")
        elif name not in ("id", "retry"):
            self._stray.append(line)

    def _dispatch(self) -> Frame:
        data = b"\n".join(self._data).decode("utf-8", "replace")
        frame = Frame(data, self._event, self._comment)
        self.frames += 1
        self._data.clear()
        self._event = self._comment = ""
        return frame


def _is_one_event(chunk: bytes) -> bool:
    """Whether a chunk is one line of data and its blank line, and nothing else."""
    size = len(chunk)
    return (
        chunk.find(b"\n") == size - 2
        and chunk.startswith(b"data: ")
        and chunk.endswith(b"\n")
        and b"\r" not in chunk
        and size < MAX_LINE
    )


def _check_size(size: int) -> None:
    if size > MAX_LINE:
        raise AichatError(Fault("protocol", f"a line of the stream is over {MAX_LINE >> 20} MB"))
