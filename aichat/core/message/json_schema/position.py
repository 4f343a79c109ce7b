"""Where in a value one is, and what is wrong there."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aichat.core.message.json_schema.references import References
from aichat.values import NamedTuple


class Mismatch(NamedTuple):
    """The first thing about a value that is not of its schema, and where: ``$.items[2].price``."""

    path: str
    message: str


#: Schemas that one value, and each in it, may be held to.
_MOST_WORK, _MOST_EACH = 10_000, 200


class Work:
    """Counts the schemas that a value is held to: choices of choices double with each level."""

    def __init__(self, value: Any) -> None:
        self._left = _MOST_WORK + _MOST_EACH * _count(value)

    def count(self) -> None:
        """One more. Errors: ``OverflowError`` for too many."""
        self._left -= 1
        if self._left < 0:
            raise OverflowError


def _count(value: Any) -> int:
    """How many values there are in one."""
    waiting, found = [value], 0
    while waiting:
        one = waiting.pop()
        found += 1
        if isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one
    return found


class Position(NamedTuple):
    """Where in a value one is, what references mean there, and how much was looked at."""

    references: References
    work: Work
    path: str = "$"

    def member(self, name: str) -> "Position":
        """The same, at a member of an object."""
        plain = re.fullmatch(r"[^\W\d]\w*", name)
        return self._replace(path=f"{self.path}.{name}" if plain else f"{self.path}[{name!r}]")

    def item(self, number: int) -> "Position":
        """The same, at an item of a list."""
        return self._replace(path=f"{self.path}[{number}]")


#: Value, the keyword's own value, the schema, the place.
Check = Callable[[Any, Any, Mapping[str, Any], Position], Iterator[Mismatch]]
