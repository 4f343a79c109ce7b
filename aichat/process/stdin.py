"""Reading stdin: once, bounded, and never waiting silently."""

import os
import select
import stat
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from aichat.errors import usage_error
from aichat.process.world import World

#: The most bytes of stdin without ``--max-stdin``.
DEFAULT_LIMIT = 10_000_000
_MAX_DIGITS = 18  # of any real size
NOTICE_SECONDS = 1.0  # seconds without a byte before we say what we are waiting for
_SKIP_HINT = "Ctrl-D ends it, --no-stdin (or AICHAT_NO_STDIN=1) skips it"


class TypedLines:
    """Lines typed while something else goes on; ``is_over`` once no more can come."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self._handle = stream.fileno() if stream else -1
        self._begun = b""
        self._lines: deque[str] = deque()
        self.is_over = stream is None

    def poll(self) -> str | None:
        """The next line, if one was typed."""
        while not self.is_over and select.select([self._handle], [], [], 0)[0]:
            data = os.read(self._handle, 1 << 16)
            self.is_over = not data
            *lines, self._begun = (self._begun + data).split(b"\n")
            self._lines.extend(line.decode("utf-8", "replace") for line in lines)
        return self._lines.popleft() if self._lines else None


def is_wanted(world: World, skip: bool) -> bool:
    """Whether to read stdin: it is open, no terminal, and not to be skipped."""
    off = skip or world.environ.get("AICHAT_NO_STDIN", "") not in ("", "0")
    return world.stdin is not None and not world.stdin_tty and not off


def is_partly_read(world: World) -> bool:
    """Whether stdin is a file that was partly read before us, as by a loop over its lines."""
    try:
        handle = world.stdin.fileno() if world.stdin else -1
        return stat.S_ISREG(os.fstat(handle).st_mode) and os.lseek(handle, 0, os.SEEK_CUR) > 0
    except OSError:
        return False


def read(world: World, limit: int) -> str:
    """All of stdin as text, without its last newline.

    Errors: ``usage`` (exit 2) over ``limit`` bytes, or if it is not UTF-8.
    """
    return text_of(read_bytes(world, limit))


def text_of(data: bytes) -> str:
    """The bytes of stdin as text, without the last newline. Errors: ``usage``."""
    return decode_text(data, "stdin").removesuffix("\n")


def read_bytes(world: World, limit: int) -> bytes:
    """All of stdin. Errors: ``usage`` (exit 2) over ``limit`` bytes."""
    if world.stdin is None:
        return b""
    try:
        data = _read_bytes(world, world.stdin.fileno(), limit)
    except OSError as error:  # a directory, or a closed descriptor
        raise usage_error(f"cannot read stdin: {error.strerror}") from error
    if len(data) > limit:
        raise usage_error(
            f"stdin has more than {format_size(limit)}", "--max-stdin SIZE allows more, e.g. 50M"
        )
    return data


def open_seekable(world: World) -> BinaryIO:
    """Stdin as a seekable file: itself, or a copy of what is piped in, on disk if it is long.

    Errors: ``usage`` if there is none to read.
    """
    if world.stdin is None:
        raise usage_error("- means stdin, but there is no stdin to read")
    try:
        handle = world.stdin.fileno()
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return os.fdopen(os.dup(handle), "rb")
        file = _spool_file()
        for piece in _read_pieces(world, handle, "Ctrl-D ends it"):
            file.write(piece)
    except OSError as error:
        raise usage_error(f"cannot read stdin: {error.strerror}") from error
    file.seek(0)
    return file


def decode_text(data: bytes, name: str) -> str:
    """UTF-8 text, without a byte order mark. Errors: ``usage``, naming the byte's offset."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mark = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        raise usage_error(f"{name} is not UTF-8 text: byte {error.start + mark}") from None


def parse_size(text: str, option: str = "--max-stdin") -> int:
    """``50M``, ``10MB`` or ``4096`` in bytes. Errors: ``usage``."""
    digits = text.upper().removesuffix("B")
    unit = {"K": 10**3, "M": 10**6, "G": 10**9}.get(digits[-1:], 1)
    number = digits[:-1] if unit > 1 else digits
    if not number.isdecimal() or len(number) > _MAX_DIGITS:
        raise usage_error(f"{option} {text}: expected a size", "examples: 500K, 50M, 1G")
    return int(number) * unit


def format_size(size: int) -> str:
    """A size in bytes, for people."""
    return f"{size / 10**6:g} MB" if size >= 10**6 else f"{size} bytes"


def _read_bytes(world: World, handle: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    for piece in _read_pieces(world, handle, _SKIP_HINT):
        pieces.append(piece)
        total += len(piece)
        if total > limit:
            break
    return b"".join(pieces)


def _read_pieces(world: World, handle: int, way_out: str) -> Iterator[bytes]:
    """What arrives, until the end; a slow writer is mentioned once."""
    patient = not _may_hang(handle)
    while True:
        if not patient and not _is_ready(handle):
            world.say(f"aichat: waiting for stdin; {way_out}")
            patient = True
        try:
            piece = os.read(handle, 1 << 16)
        except BlockingIOError:  # another program has made it non-blocking
            select.select([handle], [], [])
            continue
        if not piece:
            return
        yield piece


def _spool_file() -> BinaryIO:
    from tempfile import SpooledTemporaryFile

    return SpooledTemporaryFile(DEFAULT_LIMIT)  # type: ignore[return-value]


def _may_hang(handle: int) -> bool:
    """Whether reading may block: not for files and heredocs, only with a live writer."""
    mode = os.fstat(handle).st_mode
    return os.name == "posix" and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _is_ready(handle: int) -> bool:
    try:
        return bool(select.select([handle], [], [], NOTICE_SECONDS)[0])
    except (OSError, ValueError):
        return True
