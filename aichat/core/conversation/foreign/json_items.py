"""The items of a long JSON array, with only one item in memory at a time."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from aichat.core.text.json import is_deep, loads

#: The most characters of one item; a longer one is no conversation.
MAX_ITEM = 256 << 20

_BLANK = " \t\r\n"
_ENDS = (*_BLANK, ",", "]")


def json_items(pieces: Iterable[str]) -> Iterator[Any]:
    """The items of an array whose text comes in pieces.

    Errors: ``ValueError`` if it is not an array, or breaks off.
    """
    decoder, window = json.JSONDecoder(), _Window(pieces)
    if window.next_character("\ufeff" + _BLANK) != "[":
        raise ValueError("not a JSON array")
    window.place += 1
    while window.next_character(_BLANK + ",") != "]":
        begin = window.place
        try:
            value, end = decoder.raw_decode(window.text, begin)
        except (ValueError, RecursionError):
            value, end = None, len(window.text)
        if window.text[end : end + 1] not in _ENDS:  # a number may go on
            window.grow()
            continue
        if is_deep(value):
            value = loads(window.text[begin:end])
        window.move_to(end)
        yield value
        value = None  # not kept while the next one is read


class _Window:
    """The part of the text that has been read, from ``place`` on."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self.text, self.place = "", 0

    def next_character(self, blank: str) -> str:
        """Skip characters in ``blank``, and give the next one, where the window then begins."""
        while True:
            while self.place < len(self.text) and self.text[self.place] in blank:
                self.place += 1
            if self.place < len(self.text):
                return self.text[self.place]
            self.grow()

    def move_to(self, place: int) -> None:
        """Let the window begin here; what is before it is not kept if it is most of the text."""
        self.place = place
        if place > len(self.text) // 2:
            self.text, self.place = self.text[place:], 0

    def grow(self) -> None:
        """Read twice as much, so that parsing again and again is not quadratic.

        Errors: ``ValueError`` at the end of the text.
        """
        left = self.text[self.place :]
        if len(left) > MAX_ITEM:
            raise ValueError("an item has no end")
        more, size = [left], 0
        while size <= len(left) and (piece := next(self._pieces, "")):
            more.append(piece)
            size += len(piece)
        if not size:
            raise ValueError("it breaks off")
        self.text, self.place = "".join(more), 0
