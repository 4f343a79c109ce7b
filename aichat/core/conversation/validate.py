"""Whether values out of a file are of the types that they are said to be, at any depth."""

import re
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from aichat.core.conversation.turn import Conversation

#: The end of the year 9999, and a number that a store still takes.
_LAST, _LARGEST = 253_402_214_400, 1 << 62

#: Where a number is a time, and what may stand there.
_TIMES = frozenset(("at", "created", "updated"))

#: A name that can also be a folder's, and nothing above it.
_NAME = re.compile(r"\w[^/\\]{0,199}")


def is_valid(given: Conversation) -> bool:
    """Whether every field, at any depth, holds what its type says, and the id is a name."""
    named = _NAME.fullmatch(given.about.id) and given.about.id.isprintable()
    return bool(named) and has_type(given, Conversation)


def has_type(value: Any, hint: Any) -> bool:
    """Whether ``value`` is of the type ``hint``, all the way down; numbers are kept in bounds."""
    origin = get_origin(hint)
    if hint is Any or hint is type(None):
        return hint is Any or value is None
    if origin in (Union, UnionType):
        return any(has_type(value, one) for one in get_args(hint))
    if origin is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and all(has_type(each, get_args(hint)[0]) for each in value)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            has_type(each, get_args(hint)[1]) for each in value.values()
        )
    return _is_instance(value, hint)


def _is_instance(value: Any, kind: Any) -> bool:
    """The same for a type without parameters."""
    if kind in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool)
        number = whole or (kind is float and isinstance(value, float))
        return number and -_LARGEST < value < _LARGEST
    if not hasattr(kind, "_fields"):
        return isinstance(value, kind)
    return isinstance(value, kind) and all(
        has_type(each, hint) and (name not in _TIMES or 0 <= each < _LAST)
        for (name, hint), each in zip(_hints(kind), value, strict=True)
    )


@cache
def _hints(kind: Any) -> list[tuple[str, Any]]:
    hints = get_type_hints(kind)
    return [(name, hints[name]) for name in kind._fields]
