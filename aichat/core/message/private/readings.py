"""Other ways to read a text: with its escapes resolved, with its base64 decoded."""

import re
from binascii import Error, a2b_base64
from bisect import bisect_right
from collections.abc import Iterator

from aichat.values import NamedTuple

#: Escapes of JSON and of addresses that hide a character; several together are read as one.
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+|(?:\\u[0-9A-Fa-f]{4})+")

#: How often a text may have been escaped.
_DEPTH = 3

#: Words that may be base64 of a short text; longer ones are media.
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{11,4096}={0,2}(?![A-Za-z0-9+/_=-])")


class Reading(NamedTuple):
    """A text as it reads, and where its stretches begin: in ``text``, and in what was read.

    That is the reading ``below``, or what was given.
    """

    text: str
    places: list[int]
    sources: list[int]
    below: "Reading | None" = None

    def source(self, place: int) -> int:
        """Where in the given text the character at ``place`` begins."""
        found = bisect_right(self.places, place) - 1
        source = self.sources[found] + place - self.places[found]
        return self.below.source(source) if self.below else source


def readings(text: str) -> Iterator[Reading]:
    """The text with one layer of escapes resolved, then with the next."""
    below: Reading | None = None
    for _ in range(_DEPTH):
        more = _unescaped(below.text if below else text)
        if more is None:
            return
        below = more._replace(below=below)
        yield below


def _unescaped(text: str) -> Reading | None:
    if "\\u" not in text and "%" not in text:
        return None
    pieces, places, sources, size, end = list[str](), list[int](), list[int](), 0, 0
    for found in _ESCAPES.finditer(text):
        between = text[end : found.start()]
        for piece, source in ((between, end), *_characters(found[0], found.start())):
            pieces.append(piece)
            places.append(size)
            sources.append(source)
            size += len(piece)
        end = found.end()
    if not pieces:
        return None
    pieces.append(text[end:])
    last = size + len(text) - end
    return Reading("".join(pieces), [*places, size, last], [*sources, end, len(text)])


def _characters(escaped: str, start: int) -> Iterator[tuple[str, int]]:
    """Each escaped character, and where it begins; bytes that are not UTF-8 stay."""
    if escaped.startswith("%"):
        decoded = bytes.fromhex(escaped.replace("%", "")).decode("utf-8", "surrogateescape")
        width = [3 * len(one.encode("utf-8", "surrogateescape")) for one in decoded]
    else:
        units = bytes.fromhex(escaped.replace("\\u", ""))
        decoded = units.decode("utf-16-be", "surrogatepass")
        width = [6 if ord(one) < 0x10000 else 12 for one in decoded]
    for one, size in zip(decoded, width, strict=True):
        yield one, start
        start += size


def encoded_texts(text: str) -> Iterator[tuple[str, str]]:
    """Words of a text that are the base64 of a short text, each with that text."""
    for found in _ENCODED.finditer(text):
        word = found[0].rstrip("=")
        if len(word) % 4 == 1:
            continue
        try:
            data = a2b_base64(word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4))
            decoded = data.decode()
        except (Error, UnicodeDecodeError):
            continue
        if decoded.replace("\n", "").isprintable():
            yield found[0], decoded
