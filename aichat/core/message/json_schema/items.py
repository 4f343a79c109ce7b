"""The items of a JSON list, each as soon as it is complete, while the text streams in."""

import re
from typing import Any

from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.message.json_schema.reading import DECODER, restore
from aichat.core.message.json_schema.rewrite import WRAPPER
from aichat.core.message.json_schema.validate import Schema
from aichat.core.text.json import is_deep

#: What may precede the list: a fence, and the object that some servers require around it.
_BEGIN = re.compile(rf'\s*(?:```\w*\s*)?(?:\{{\s*"{WRAPPER}"\s*:\s*)?\[')
_BETWEEN = re.compile(r"[\s,]*")

#: Characters that may end an item, or belong to a string; an escape is never split.
_SIGNS = re.compile(r'\\.|["{}\[\],\s]', re.DOTALL)
_IN_TEXT = re.compile(r'\\.|"', re.DOTALL)


class _Boundary:
    """Finds the end of an item while its text streams in, reading each character once."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_text = False

    def find(self, piece: str) -> int | None:
        """The index in the next piece where the item ends; a number ends at what follows it."""
        place = 0
        while found := (_IN_TEXT if self._in_text else _SIGNS).search(piece, place):
            sign, place = found[0], found.end()
            if sign == '"':
                self._in_text = not self._in_text
                if not (self._in_text or self._depth):
                    return place
            elif sign in "{[":
                self._depth += 1
            elif sign in "}]" and self._depth:
                self._depth -= 1
                if not self._depth:
                    return place
            elif not (self._in_text or self._depth or len(sign) > 1):
                return found.start()
        return None


class ItemReader:
    """Reads an answer to ``asked`` that is a list, up to the first item that does not match.

    A list within prose is not found in the stream: only the whole answer tells what is meant.
    """

    def __init__(self, asked: AnswerSchema) -> None:
        schema = asked.schema.schema
        above = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
        items = schema["items"]
        self._schema = Schema({**items, **above} if isinstance(items, dict) else items)
        self._rest = ""  # not yet read: the beginning, or half of an escape
        self._pieces: list[str] = []  # of the current item
        self._boundary = _Boundary()
        self._began = self._ended = False

    def feed(self, text: str) -> list[Any]:
        """The items that ``text`` completes, in the form of the user's schema."""
        if self._ended:
            return []
        self._rest += text
        if not self._began:
            found = _BEGIN.match(self._rest)
            if not found:
                return []
            self._began, self._rest = True, self._rest[found.end() :]
        items = []
        while (item := self._next()) is not None:
            items.append(item[0])
        return items

    def _next(self) -> tuple[Any] | None:
        """The next item, once it is complete."""
        if not self._pieces:
            self._rest = _BETWEEN.sub("", self._rest, count=1)
            self._ended = self._ended or self._rest.startswith("]")
        if self._ended or not self._rest:
            return None
        half = len(self._rest) - len(self._rest.rstrip("\\"))
        piece, self._rest = _split(self._rest, -(half % 2))
        end = self._boundary.find(piece)
        self._pieces.append(piece[:end])
        if end is None:
            return None
        item, self._pieces, self._boundary = "".join(self._pieces), [], _Boundary()
        self._rest = piece[end:] + self._rest
        return self._value(item)

    def _value(self, item: str) -> tuple[Any] | None:
        """The item in the form of the user's schema; None, which ends it, if it does not match."""
        self._ended = True
        try:
            value = DECODER.decode(item)
        except (ValueError, RecursionError):
            return None
        if is_deep(value):
            return None
        value = restore(value, self._schema)
        self._ended = self._schema.mismatch(value) is not None
        return None if self._ended else (value,)


def _split(text: str, place: int) -> tuple[str, str]:
    """Split a text at a position counted from its end."""
    return (text[:place], text[place:]) if place else (text, "")
