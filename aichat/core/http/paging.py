"""Paged lists: how to ask for the page after one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.values import NamedTuple


class PageRule(NamedTuple):
    """One way of paging: the value at ``cursor`` goes into the query as ``parameter``.

    Paths are keys with dots between them; a number is an index into a list.
    ``more`` is the path of a flag that says whether anything follows. With ``total``
    the pages are numbered: ``cursor`` is this page's number, and ``size`` the items per page.
    """

    parameter: str
    cursor: tuple[str, ...]
    more: str = ""
    size: str = ""
    total: str = ""


#: The most characters of a cursor; a longer one does not fit into a URL.
_LONGEST = 4096


def is_sendable(cursor: str) -> bool:
    """Whether a server's cursor can be sent in a URL."""
    try:
        cursor.encode()
    except UnicodeEncodeError:
        return False
    return "\ufffd" not in cursor and len(cursor) <= _LONGEST  # U+FFFD replaces invalid characters


def next_page(page: Any, rules: Iterable[PageRule]) -> tuple[str, str] | None:
    """The parameter and value that ask for the page after ``page``; None at the end."""
    return next((found for way in rules if (found := _next_by_rule(page, way))), None)


def has_items(page: Any, depth: int = 3) -> bool:
    """Whether a page lists anything; one without any list counts as not empty."""
    lists = [*_lists(page, depth)]
    return not lists or any(lists)


def _lists(value: Any, depth: int) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    elif isinstance(value, Mapping) and depth:
        for below in value.values():
            yield from _lists(below, depth - 1)


def _next_by_rule(page: Any, rule: PageRule) -> tuple[str, str] | None:
    if rule.more and value_at(page, rule.more) is not True:
        return None
    cursor = next((c for place in rule.cursor if (c := value_at(page, place))), None)
    if rule.total:
        number, size, total = (value_at(page, p) for p in (rule.cursor[0], rule.size, rule.total))
        if not all(isinstance(n, int) for n in (number, size, total)) or number * size >= total:
            return None
        cursor = number + 1
    return (rule.parameter, str(cursor)) if isinstance(cursor, str | int) else None


def value_at(value: Any, place: str) -> Any:
    """The value at a path such as ``data.-1.id``, or None."""
    for step in place.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and value and step.lstrip("-").isdecimal():
            value = value[int(step)] if -len(value) <= int(step) < len(value) else None
        else:
            return None
    return value
