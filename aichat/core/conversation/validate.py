"""Whether values from a file have the types they should have, at any depth."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from aichat.core.conversation.turn import Conversation

#: The end of the year 9999, and the largest number that the store takes.
_LAST, _LARGEST = 253_402_214_400, 1 << 62

#: The fields whose numbers are times.
_TIMES = frozenset(("at", "created", "updated"))

#: A name that is also safe as the name of a folder.
_NAME = re.compile(r"\w[^/\\]{0,199}")


def is_valid(given: Conversation) -> bool:
    """Whether every field, at any depth, has its declared type, and the id is a name."""
    named = _NAME.fullmatch(given.about.id) and given.about.id.isprintable()
    return bool(named) and has_type(given, Conversation)


def has_type(value: Any, hint: Any) -> bool:
    """Whether ``value`` has the type ``hint``, at any depth, with numbers in bounds."""
    return _check_of(hint)(value)


#: Tells whether a value has a certain type.
Check = Callable[[Any], bool]


@cache
def _check_of(hint: Any) -> Check:
    """The check for a type, made only once: an import checks millions of values."""
    origin, within = get_origin(hint), get_args(hint)
    if origin is None:
        return _check_of_one(hint)
    if origin is Literal:
        return lambda value: isinstance(value, str) and value in within
    checks = tuple(map(_check_of, within))
    if origin in (Union, UnionType):
        return lambda value: any(check(value) for check in checks)
    if origin is tuple:
        return lambda value: isinstance(value, tuple) and all(map(checks[0], value))
    return lambda value: isinstance(value, Mapping) and all(map(checks[1], value.values()))


def _check_of_one(hint: Any) -> Check:
    """The check for a type without parameters."""
    if hint is Any:
        return lambda _: True
    if hint in (int, float):
        return _check_of_number(hint)
    return _check_of_fields(hint) if hasattr(hint, "_fields") else _check_of_class(hint)


def _check_of_class(kind: type) -> Check:
    return lambda value: isinstance(value, kind)


def _check_of_number(kind: type) -> Check:
    def check(value: Any) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        number = whole or (kind is float and isinstance(value, float))
        return number and -_LARGEST < value < _LARGEST

    return check


def _check_of_fields(kind: Any) -> Check:
    """The check for a named tuple; most fields have their defaults, which need none."""
    fields: list[tuple[Check, bool, Any]] = []

    def check(value: Any) -> bool:
        if not isinstance(value, kind):
            return False
        if not fields:  # only now, since a type may contain itself
            hints, defaults = get_type_hints(kind), kind._field_defaults
            fields.extend(
                (_check_of(hints[name]), name in _TIMES, defaults.get(name, fields))
                for name in kind._fields
            )
        return all(
            each is default or (check_one(each) and (not is_time or 0 <= each < _LAST))
            for (check_one, is_time, default), each in zip(fields, value, strict=True)
        )

    return check
