"""The items of a list, each as soon as it is whole, while the text that holds them comes."""

import json
import re
from typing import Any

from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.message.json_schema.reading import restore
from aichat.core.message.json_schema.rewrite import WRAPPER
from aichat.core.message.json_schema.validate import Schema

#: What may stand before the list: a fence, and the object that some servers want around it.
_BEGIN = re.compile(rf'\s*(?:```\w*\s*)?(?:\{{\s*"{WRAPPER}"\s*:\s*)?\[')
_BETWEEN = re.compile(r"[\s,]*")
_WHOLE = re.compile(r"\s*[,\]]")

_scan = json.JSONDecoder()


class ItemReader:
    """Reads the list that an answer of ``asked`` is. It ends at the first item that is wrong.

    What stands in prose is not found while it comes: only the whole answer tells what is meant.
    """

    def __init__(self, asked: AnswerSchema) -> None:
        schema = asked.schema.schema
        above = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
        items = schema["items"]
        self._schema = Schema({**items, **above} if isinstance(items, dict) else items)
        self._text = ""
        self._began = self._ended = False

    def feed(self, text: str) -> list[Any]:
        """The items that ``text`` completes, as the user's schema has them."""
        if self._ended:
            return []
        self._text += text
        if not self._began:
            found = _BEGIN.match(self._text)
            if not found:
                return []
            self._began, self._text = True, self._text[found.end() :]
        items = []
        while (item := self._next()) is not None:
            items.append(item[0])
        return items

    def _next(self) -> tuple[Any] | None:
        """The next item; a number is whole only when something follows it."""
        start = _BETWEEN.match(self._text).end()  # type: ignore[union-attr]  # it may be empty
        if self._ended or self._text[start : start + 1] in ("", "]"):
            self._ended = self._ended or self._text[start : start + 1] == "]"
            return None
        try:
            value, end = _scan.raw_decode(self._text, start)
        except (ValueError, RecursionError):
            return None
        if not (isinstance(value, dict | list | str) or _WHOLE.match(self._text, end)):
            return None
        self._text = self._text[end:]
        value = restore(value, self._schema)
        if self._schema.mismatch(value):
            self._ended = True
            return None
        return (value,)
