"""A position in a value, and what is wrong there."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aichat.core.message.json_schema.references import References
from aichat.values import NamedTuple


class Mismatch(NamedTuple):
    """The first violation of a schema, and where it is: ``$.items[2].price``."""

    path: str
    message: str


#: How many checks a value may take, at least, and for each value within it.
_MOST_WORK, _MOST_EACH = 10_000, 200


class Work:
    """Counts checks against schemas: nested choices double them with each level."""

    def __init__(self, value: Any) -> None:
        self._left = _MOST_WORK + _MOST_EACH * _count(value)

    def count(self) -> None:
        """Count one more. Errors: ``OverflowError`` for too many."""
        self._left -= 1
        if self._left < 0:
            raise OverflowError


def _count(value: Any) -> int:
    """The number of values within one."""
    waiting, found = [value], 0
    while waiting:
        one = waiting.pop()
        found += 1
        if isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one
    return found


class Position(NamedTuple):
    """A position in a value, what references mean there, and the checks made so far."""

    references: References
    work: Work
    path: str = "$"

    def member(self, name: str) -> "Position":
        """The position of a member of an object."""
        plain = re.fullmatch(r"[^\W\d]\w*", name)
        return self._replace(path=f"{self.path}.{name}" if plain else f"{self.path}[{name!r}]")

    def item(self, number: int) -> "Position":
        """The position of an item of a list."""
        return self._replace(path=f"{self.path}[{number}]")


#: Takes a value, the keyword's value, the schema and the position.
Check = Callable[[Any, Any, Mapping[str, Any], Position], Iterator[Mismatch]]
