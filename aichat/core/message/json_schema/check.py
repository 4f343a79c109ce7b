"""Checking a JSON schema itself: what is wrong is reported before anything is sent."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aichat.core.message.json_schema.assertions import KINDS, is_kind
from aichat.core.message.json_schema.references import REFERENCES, References, schemas_below
from aichat.core.message.json_schema.texts.pattern import compile_pattern
from aichat.errors import AichatError, usage_error

_TEXT_LIST = (
    "a list of names",
    lambda v: isinstance(v, list) and all(isinstance(x, str) for x in v),
)
_COUNT = ("a whole number", lambda v: is_kind(v, "integer") and v >= 0)
_NUMBER = ("a number", lambda v: is_kind(v, "number"))
_LIST = ("a list", lambda v: isinstance(v, list))
_TABLE = ("an object", lambda v: isinstance(v, Mapping))
_SCHEMAS = ("a list of schemas", lambda v: isinstance(v, list) and bool(v))
_SCHEMA = ("a schema", lambda v: isinstance(v, Mapping | bool))
_TEXT = ("text", lambda v: isinstance(v, str))

#: A pattern with lookaround or backreferences and nested repeats may take for ever.
_A_PATTERN = "a pattern, and one that can be checked in time"


def _is_checkable(source: str) -> bool:
    try:
        return not compile_pattern(source).may_take_for_ever
    except re.error:
        return False


#: What the value of each keyword must be.
_SHAPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "type": ("a type", lambda v: _are_kinds(v if isinstance(v, list) else [v])),
    "required": _TEXT_LIST,
    "enum": _LIST,
    "pattern": (_A_PATTERN, lambda v: isinstance(v, str) and _is_checkable(v)),
    **dict.fromkeys(("$ref", "$dynamicRef", "$anchor", "$id", "format"), _TEXT),
    **dict.fromkeys(("properties", "$defs", "definitions", "dependentRequired"), _TABLE),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _SCHEMAS),
    **dict.fromkeys(("items", "not", "additionalProperties", "contains", "propertyNames"), _SCHEMA),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    "multipleOf": ("a number above 0", lambda v: is_kind(v, "number") and v > 0),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _COUNT),
    **dict.fromkeys(("minProperties", "maxProperties", "minContains", "maxContains"), _COUNT),
    "patternProperties": (
        f"schemas, each by {_A_PATTERN}",
        lambda v: isinstance(v, Mapping) and all(map(_is_checkable, v)),
    ),
}


def check_schema(schema: Any, references: References, path: str = "$") -> None:
    """Raise (``usage``) for an invalid schema, or one that refers outside its document."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        raise _schema_error(path, "expected a schema: an object, true or false")
    for keyword, value in schema.items():
        expected, fits = _SHAPES.get(keyword, ("", None))
        if fits and not fits(value):
            raise _schema_error(f"{path}.{keyword}", f"expected {expected}")
        if keyword in REFERENCES:
            try:
                references.find(value)
            except KeyError:
                raise _schema_error(f"{path}.{keyword}", f"'{value}' is not in it") from None
    for steps, below in schemas_below(schema):
        check_schema(below, references, ".".join((path, *steps)))


#: Keywords whose schemas apply to the same value as the schema they are in.
_IN_PLACE = ("not", "if", "then", "else"), ("allOf", "anyOf", "oneOf")


def check_circles(schema: Any, references: References) -> None:
    """Raise (``usage``) if a schema refers back to itself for the same value."""
    done: set[int] = set()
    waiting = [schema]
    while waiting:
        start = waiting.pop()
        waiting += [below for _, below in schemas_below(start)]
        open_, path = [iter([start])], [0]
        while open_:
            one = next(open_[-1], None)
            if one is None:
                open_.pop()
                done.add(path.pop())
            elif id(one) in path:
                raise _schema_error("$", "the schema leads in a circle")
            elif isinstance(one, Mapping) and id(one) not in done:
                path.append(id(one))
                open_.append(iter([*_same_value(one, references)]))


def _same_value(schema: Mapping[str, Any], references: References) -> Iterator[Any]:
    """The schemas within one that apply to the same value."""
    singles, lists = _IN_PLACE
    yield from (references.find(schema[key]) for key in REFERENCES if key in schema)
    yield from (schema[key] for key in singles if key in schema)
    for key in lists:
        yield from schema.get(key, ())
    yield from schema.get("dependentSchemas", {}).values()


def _schema_error(path: str, message: str) -> AichatError:
    return usage_error(f"--schema: {path}: {message}")


def _are_kinds(names: list[Any]) -> bool:
    return bool(names) and all(name in KINDS for name in names)
