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


class Position(NamedTuple):
    """Where in a value one is, and what references mean there.

    ``depth`` counts the schemas that were entered for the same value.
    """

    references: References
    path: str = "$"
    depth: int = 0

    def member(self, name: str) -> "Position":
        """The same, at a member of an object."""
        plain = re.fullmatch(r"[^\W\d]\w*", name)
        return self._replace(
            path=f"{self.path}.{name}" if plain else f"{self.path}[{name!r}]", depth=0
        )

    def item(self, number: int) -> "Position":
        """The same, at an item of a list."""
        return self._replace(path=f"{self.path}[{number}]", depth=0)


#: Value, the keyword's own value, the schema, the place.
Check = Callable[[Any, Any, Mapping[str, Any], Position], Iterator[Mismatch]]
