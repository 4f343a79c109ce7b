"""The keywords that check a value by itself: type, enum, numbers, strings, sizes."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from aichat.core.message.json_schema.position import Check, Mismatch, Position
from aichat.core.message.json_schema.texts.formats import FORMATS
from aichat.core.message.json_schema.texts.pattern import compile_pattern

#: The types of JSON, narrower ones first.
KINDS = ("null", "boolean", "object", "array", "integer", "number", "string")


def is_kind(value: Any, kind: str) -> bool:
    """Whether a value has a JSON type; 1.0 is an integer, and a boolean is no number."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _PYTHON_TYPES[kind])


_PYTHON_TYPES: Mapping[str, Any] = {
    "null": type(None),
    "boolean": bool,
    "object": dict,
    "array": list,
    "number": int | float,
    "string": str,
}


def is_equal(one: Any, other: Any) -> bool:
    """Whether values are equal in JSON: 1 equals 1.0, and a boolean is no number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _check_type(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    kinds = wanted if isinstance(wanted, list) else [wanted]
    if not any(is_kind(value, kind) for kind in kinds):
        own = next(kind for kind in KINDS if is_kind(value, kind))
        yield Mismatch(place.path, f"expected {' or '.join(kinds)}, got {own}")


def _check_enum(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if not any(is_equal(value, one) for one in wanted):
        yield Mismatch(place.path, f"{shown(value)} is none of {shown(wanted)}")


def shown(value: Any) -> str:
    """A value for a message, cut if it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _assert(kind: str, holds: Callable[[Any, Any], bool], message: str) -> Check:
    """A check for values of one type; ``{}`` in the message is the keyword's value."""

    def check(value: Any, wanted: Any, _: Mapping[str, Any], place: Position) -> Iterator[Mismatch]:
        if is_kind(value, kind) and not holds(value, wanted):
            yield Mismatch(place.path, f"{shown(value)} {message.format(wanted)}")

    return check


def _is_multiple(value: Any, unit: Any) -> bool:
    """Whether it is a multiple, in decimal arithmetic: 0.3 is a multiple of 0.1."""
    try:
        return (Fraction(str(value)) / Fraction(str(unit))).denominator == 1
    except ValueError:  # not finite
        return False


def _is_unique(items: list[Any], unique: bool) -> bool:
    return not unique or len(set(map(_identity, items))) == len(items)


def _identity(value: Any) -> Any:
    """A hashable key that is the same for equal values only."""
    if isinstance(value, dict):
        return dict, frozenset((name, _identity(one)) for name, one in value.items())
    if isinstance(value, list):
        return list, tuple(map(_identity, value))
    return isinstance(value, bool), value


ASSERTIONS: Mapping[str, Check] = {
    "type": _check_type,
    "enum": _check_enum,
    "const": lambda value, wanted, schema, place: _check_enum(value, [wanted], schema, place),
    "minimum": _assert("number", lambda v, least: v >= least, "is below {}"),
    "maximum": _assert("number", lambda v, most: v <= most, "is above {}"),
    "exclusiveMinimum": _assert("number", lambda v, least: v > least, "is not above {}"),
    "exclusiveMaximum": _assert("number", lambda v, most: v < most, "is not below {}"),
    "multipleOf": _assert("number", _is_multiple, "is no multiple of {}"),
    "minLength": _assert("string", lambda v, least: len(v) >= least, "is shorter than {}"),
    "maxLength": _assert("string", lambda v, most: len(v) <= most, "is longer than {}"),
    "pattern": _assert("string", lambda v, p: compile_pattern(p).is_in(v), "does not match {}"),
    "format": _assert(
        "string", lambda v, name: name not in FORMATS or FORMATS[name](v), "is no {}"
    ),
    "minItems": _assert("array", lambda v, least: len(v) >= least, "has fewer items than {}"),
    "maxItems": _assert("array", lambda v, most: len(v) <= most, "has more items than {}"),
    "uniqueItems": _assert("array", _is_unique, "has the same item twice"),
    "minProperties": _assert(
        "object", lambda v, least: len(v) >= least, "has fewer members than {}"
    ),
    "maxProperties": _assert("object", lambda v, most: len(v) <= most, "has more members than {}"),
}
