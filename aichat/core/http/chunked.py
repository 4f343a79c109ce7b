"""HTTP's chunked transfer coding, fed byte by byte (RFC 9112, 7.1)."""

import re

#: Longest line of a size or a trailer, and how many trailers there may be.
_MAX_LINE, _MAX_TRAILERS = 8192, 100

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r]*)?\r?\Z")


class ChunkedDecoder:
    """Takes the bytes of a body as they come and gives what they carry."""

    def __init__(self) -> None:
        self.has_ended = self.has_excess = False  # excess: bytes after the end, which are nobody's
        self._left = 0  # bytes of the chunk that are still to come
        self._begun = b""  # of a line that is not whole
        self._is_data_read = self._is_last = False
        self._trailers = 0

    def feed(self, data: bytes) -> bytes:
        """What ``data`` carries. Errors: ``ValueError`` for what is no chunk."""
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
            else:
                at = self._read_line(data, at)
        return found[0] if len(found) == 1 else b"".join(found)

    def _read_line(self, data: bytes, at: int) -> int:
        """Read on in a line that begins at ``at`` or before, and give where it ends."""
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
