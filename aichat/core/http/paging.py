"""Lists that come in pages: where a page says how the next one is asked for."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Way(NamedTuple):
    """One way of paging: ``parameter`` of the query takes what is found at ``cursor``.

    Places are keys with dots between them; a number is a place in a list.
    ``more`` is a place that says whether anything follows. With ``total`` the
    pages are numbered: the cursor is this page's number, and ``size`` the items of one.
    """

    parameter: str
    cursor: tuple[str, ...]
    more: str = ""
    size: str = ""
    total: str = ""


#: Characters of a cursor; a longer one makes no address.
_LONGEST = 4096


def sendable(cursor: str) -> bool:
    """Whether a server's word for the next page can stand in an address."""
    try:
        cursor.encode()
    except UnicodeEncodeError:
        return False
    return len(cursor) <= _LONGEST


def following(page: Any, ways: Iterable[Way]) -> tuple[str, str] | None:
    """The parameter and its value that ask for the page after ``page``; None at the end."""
    return next((found for way in ways if (found := _by(page, way))), None)


def _by(page: Any, way: Way) -> tuple[str, str] | None:
    if way.more and at(page, way.more) is not True:
        return None
    cursor = next((c for place in way.cursor if (c := at(page, place))), None)
    if way.total:
        number, size, total = (at(page, p) for p in (way.cursor[0], way.size, way.total))
        if not all(isinstance(n, int) for n in (number, size, total)) or number * size >= total:
            return None
        cursor = number + 1
    return (way.parameter, str(cursor)) if isinstance(cursor, str | int) else None


def at(value: Any, place: str) -> Any:
    """What stands at a place such as ``data.-1.id``, or None."""
    for step in place.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and value and step.lstrip("-").isdecimal():
            value = value[int(step)] if -len(value) <= int(step) < len(value) else None
        else:
            return None
    return value
