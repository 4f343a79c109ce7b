"""Templates: ``{}`` stands for the input, ``{name}`` for a field of it, ``{{`` for a brace."""

import json
import re
from collections.abc import Mapping
from typing import Any

from aichat.values import NamedTuple

_PIECE = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")


class Field(NamedTuple):
    """A place in a template; an empty name stands for the whole input."""

    name: str


class MissingFieldError(ValueError):
    """The input has no such field."""


class WordTemplate(NamedTuple):
    """Words, and the fields between them."""

    pieces: tuple[str | Field, ...]

    @property
    def has_fields(self) -> bool:
        """Whether the input has a place in the words, so that it need not be attached."""
        return any(isinstance(piece, Field) for piece in self.pieces)

    @property
    def takes_whole(self) -> bool:
        """Whether the whole input goes into the words."""
        return Field("") in self.pieces

    def fill(self, whole: str, fields: Mapping[str, Any]) -> str:
        """The words for one input. Errors: ``MissingFieldError`` with the field's name."""
        return "".join(
            piece if isinstance(piece, str) else _value(piece.name, whole, fields)
            for piece in self.pieces
        )


def parse_template(words: str) -> WordTemplate:
    """The template that ``words`` are. Errors: ``ValueError`` for an unmatched brace."""
    pieces: list[str | Field] = []
    end = 0
    for found in _PIECE.finditer(words):
        sign = found[0]
        if sign in ("{", "}"):
            raise ValueError(f"a '{sign}' stands alone: double it where it is meant as it is")
        pieces.append(words[end : found.start()])
        pieces.append(sign[0] if sign in ("{{", "}}") else Field(sign[1:-1].strip()))
        end = found.end()
    pieces.append(words[end:])
    return WordTemplate(tuple(piece for piece in pieces if piece != ""))


def _value(name: str, whole: str, fields: Mapping[str, Any]) -> str:
    if not name:
        return whole
    return _text(fields[name] if name in fields else _nested_value(name, fields))


def _nested_value(name: str, fields: Any) -> Any:
    """The value of a dotted name: ``author.name`` is a member of a member."""
    found = fields
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            raise MissingFieldError(name)
        found = found[step]
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
