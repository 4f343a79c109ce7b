"""Showing answers of ``aichat api``: unchanged in a pipe, readable and safe on a terminal."""

import codecs
import json
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from aichat.core.media.media_type import media_type
from aichat.core.text.json_layout import indent_json
from aichat.core.text.sanitize import StreamSanitizer, sanitize, sanitize_json
from aichat.errors import AichatError, Fault
from aichat.process.world import World

Write = Callable[[bytes], object]

#: Suffixes of textual media types, bytes to inspect without a type, and types that mean none.
_TEXT_TYPES = ("event-stream", "jsonl", "ndjson", "xml", "yaml", "javascript", "csv", "toml")
_SNIFF_BYTES = 4096
_UNKNOWN_TYPES = ("", "application/octet-stream", "binary/octet-stream")


#: A long string of base64, which is not worth showing.
_BASE64_STRING = re.compile(r'(?<=")[A-Za-z0-9+/_=-]{4000,}(?=")')


def _shorten(match: re.Match[str]) -> str:
    return f"{match[0][:20]}… {len(match[0])} characters"


class Writer(Protocol):
    """Writes an answer piece by piece."""

    def write(self, data: bytes) -> None:
        """Write the next piece."""

    def close(self) -> None:
        """Finish."""


class BytesWriter:
    """Writes bytes unchanged."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def write(self, data: bytes) -> None:
        """Write the next piece."""
        self._write(data)

    def close(self) -> None:
        """Finish."""


class TextWriter:
    """Writes text to a terminal as it arrives."""

    def __init__(self, world: World) -> None:
        self._world, self._stream, self._last = world, StreamSanitizer(), ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, data: bytes) -> None:
        """Write the next piece."""
        self._show(self._stream.feed(self._decoder.decode(data)))

    def close(self) -> None:
        """Finish the last line."""
        self._show(self._stream.feed(self._decoder.decode(b"", final=True)) + self._stream.close())
        if self._last and self._last != "\n":
            self._show("\n")

    def _show(self, text: str) -> None:
        if text:
            self._last = text[-1]
            self._world.write_text(text)


class JsonWriter:
    """Writes JSON to a terminal, formatted once complete; anything else as text.

    ``tell`` is called if long strings, such as images, were cut.
    """

    def __init__(self, world: World, tell: Callable[[str], object]) -> None:
        self._world, self._tell = world, tell
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write the next piece."""
        self._pieces.append(data)

    def close(self) -> None:
        """Format and show the answer."""
        text = b"".join(self._pieces).decode("utf-8", "replace")
        try:
            json.loads(text, strict=False)
        except (ValueError, RecursionError):
            shown, cut = sanitize(text), 0
        else:
            text, cut = _BASE64_STRING.subn(_shorten, text)
            shown = sanitize_json(indent_json(text))
        if shown.strip():
            self._world.write_text(shown.removesuffix("\n") + "\n")
        if cut:
            self._tell(f"{cut} long strings shortened; use --output FILE for the full text")


class UntoldWriter:
    """Writes an answer of no known type as text, once its beginning shows that it is.

    That is its first line, or as much as is looked at: the same wherever reads have cut it.
    Errors: ``output`` if it is something else.
    """

    def __init__(self, world: World, kind: str) -> None:
        self._text, self._kind = TextWriter(world), kind
        self._held: bytes | None = b""  # until it is known

    def write(self, data: bytes) -> None:
        """Write the next piece."""
        if self._held is None:
            self._text.write(data)
            return
        self._held += data
        if b"\n" in self._held or len(self._held) >= _SNIFF_BYTES:
            self._release()

    def close(self) -> None:
        """Finish the last line."""
        if self._held:
            self._release()
        self._text.close()

    def _release(self) -> None:
        held, self._held = self._held or b"", None
        if not _is_text(held[:_SNIFF_BYTES].partition(b"\n")[0]):
            raise binary_error(self._kind or "no text")
        self._text.write(held)


def make_writer(world: World, headers: Mapping[str, str], tell: Callable[[str], object]) -> Writer:
    """The writer for an answer; ``tell`` takes remarks.

    Errors: ``output`` if a terminal cannot show it.
    """
    if not world.stdout_tty:
        return BytesWriter(world.write_bytes)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")):
        return JsonWriter(world, tell)
    if kind in _UNKNOWN_TYPES:
        return UntoldWriter(world, kind)
    if kind.startswith("text/") or kind.endswith(_TEXT_TYPES):
        return TextWriter(world)
    raise binary_error(kind)


def _is_text(begin: bytes) -> bool:
    """Whether an answer is text, by its first bytes."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begin)
    except UnicodeDecodeError:
        return False
    return b"\0" not in begin and media_type(begin) in (None, "image/svg+xml")


def binary_error(kind: str, unsent: str = "") -> AichatError:
    """The error for an answer that a terminal cannot show (exit 13)."""
    why = f"the answer is {kind}, not shown on a terminal{unsent}"
    return AichatError(Fault("output", why, "use --output FILE or a pipe"))
