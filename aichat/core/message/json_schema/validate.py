"""Validating a value against a JSON schema: draft 2020-12, formats checked, nothing fetched.

We have our own validator since a dependency must be small: the well-kept ``jsonschema-rs``
takes 16 MB, ``jsonschema`` imports 144 modules (6 times the CPU of this one), and
``fastjsonschema`` stops at draft 7. The tests compare ours with the first of these.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.message.json_schema.assertions import ASSERTIONS, shown
from aichat.core.message.json_schema.check import check_circles, check_schema
from aichat.core.message.json_schema.position import Check, Mismatch, Position, Work
from aichat.core.message.json_schema.references import REFERENCES, References
from aichat.core.message.json_schema.texts.pattern import compile_pattern
from aichat.core.text.json import MAX_DEPTH, is_deep
from aichat.errors import usage_error


class Schema:
    """A schema to check values against. Errors: ``usage`` if it is invalid."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        if is_deep(schema):
            raise usage_error(f"--schema: it has more than {MAX_DEPTH} levels")
        self.references = References(schema)
        check_schema(schema, self.references)
        check_circles(schema, self.references)

    def mismatch(self, value: Any, schema: Any = None) -> Mismatch | None:
        """The first thing wrong with a value; ``schema``: check by that part of the whole one."""
        asked = self.schema if schema is None else schema
        try:
            return next(_mismatches(value, asked, Position(self.references, Work(value))), None)
        except RecursionError:
            return Mismatch("$", "is nested too deep to be checked")
        except OverflowError:
            return Mismatch("$", "takes too long to be checked against the schema")


def _mismatches(value: Any, schema: Any, place: Position) -> Iterator[Mismatch]:
    if isinstance(schema, bool):
        if not schema:
            yield Mismatch(place.path, "nothing may stand here")
        return
    place.work.count()
    for keyword, argument in schema.items():
        if check := _CHECKS.get(keyword):
            yield from check(value, argument, schema, place)


def is_valid(value: Any, schema: Any, place: Position) -> bool:
    """Whether a value matches a schema."""
    return next(_mismatches(value, schema, place), None) is None


def _check_properties(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, dict):
        for name, below in wanted.items():
            if name in value:
                yield from _mismatches(value[name], below, place.member(name))


def _check_patterns(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, dict):
        for text, below in wanted.items():
            for name in value:
                if compile_pattern(text).is_in(name):
                    yield from _mismatches(value[name], below, place.member(name))


def _check_additional(
    value: Any, wanted: Any, schema: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, dict):
        for name in value.keys() - _own_names(value, schema):
            if wanted is False:
                yield Mismatch(place.path, f"has a member '{name}' that is not in the schema")
            yield from _mismatches(value[name], wanted, place.member(name))


def _own_names(value: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    known = schema.get("properties", {})
    patterns = [compile_pattern(text) for text in schema.get("patternProperties", {})]
    return {name for name in value if name in known or any(p.is_in(name) for p in patterns)}


def _check_required(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, dict):
        for name in wanted:
            if name not in value:
                yield Mismatch(place.path, f"'{name}' is missing")


def _check_names(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    for name in value if isinstance(value, dict) else ():
        yield from _mismatches(name, wanted, place.member(name))


def _check_dependent(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, dict):
        for name, below in wanted.items():
            if name in value:
                names = isinstance(below, list)
                yield from (_check_required if names else _check_below)(value, below, {}, place)


def _check_below(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    yield from _mismatches(value, wanted, place)


def _check_items(
    value: Any, wanted: Any, schema: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    first = len(schema.get("prefixItems", ()))
    for number, item in enumerate(value if isinstance(value, list) else ()):
        if number >= first:
            yield from _mismatches(item, wanted, place.item(number))


def _check_first_items(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, list):
        for number, (item, below) in enumerate(zip(value, wanted, strict=False)):
            yield from _mismatches(item, below, place.item(number))


def _check_contains(
    value: Any, wanted: Any, schema: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, list):
        count = sum(is_valid(item, wanted, place) for item in value)
        least, most = schema.get("minContains", 1), schema.get("maxContains", count)
        if not least <= count <= most:
            yield Mismatch(place.path, f"{count} of the items are as 'contains' has them")


def _check_ref(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    yield from _mismatches(value, place.references.find(wanted), place)


def _check_all(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    for below in wanted:
        yield from _mismatches(value, below, place)


def _check_any(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if not any(is_valid(value, below, place) for below in wanted):
        yield _nearest(value, wanted, place)


def _nearest(value: Any, wanted: Any, place: Position) -> Mismatch:
    """The mismatch with the choice that fails deepest inside, which was probably meant."""
    found = (next(_mismatches(value, below, place)) for below in wanted)
    deepest = max(found, key=lambda each: len(each.path))
    if deepest.path != place.path:
        return deepest
    return Mismatch(place.path, "is none of the choices of the schema")


def _check_one(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    fitting = sum(is_valid(value, below, place) for below in wanted)
    if not fitting:
        yield _nearest(value, wanted, place)
    elif fitting > 1:
        yield Mismatch(place.path, f"is {fitting} of the choices of the schema at once")


def _check_not(
    value: Any, wanted: Any, _: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if is_valid(value, wanted, place):
        yield Mismatch(place.path, f"{shown(value)} is what the schema excludes")


def _check_if(
    value: Any, wanted: Any, schema: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    branch = "then" if is_valid(value, wanted, place) else "else"
    yield from _mismatches(value, schema.get(branch, True), place)


def _check_unevaluated(
    value: Any, wanted: Any, schema: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    if isinstance(value, dict | list):
        seen = _evaluated(value, schema, place)
        for key in value if isinstance(value, dict) else range(len(value)):
            if key not in seen and not is_valid(at := value[key], wanted, place):
                where = place.member(key) if isinstance(key, str) else place.item(key)
                yield Mismatch(where.path, f"{shown(at)} is not in the schema")


def _check_unevaluated_of(kind: type) -> Check:
    def check(
        value: Any, wanted: Any, schema: Mapping[str, Any], place: Position
    ) -> Iterator[Mismatch]:
        if isinstance(value, kind):
            yield from _check_unevaluated(value, wanted, schema, place)

    return check


def _evaluated(value: Any, schema: Any, place: Position) -> set[Any]:
    """The members or items that a schema, with all its subschemas, has evaluated."""
    if not isinstance(schema, Mapping):
        return set()
    seen = _evaluated_names(value, schema) if isinstance(value, dict) else set()
    if isinstance(value, list):
        whole = "items" in schema
        seen |= {*range(len(value) if whole else len(schema.get("prefixItems", ())))}
        if "contains" in schema:
            seen |= {n for n, one in enumerate(value) if is_valid(one, schema["contains"], place)}
    below = [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, ())]
    below += [place.references.find(schema[key]) for key in REFERENCES if key in schema]
    if "if" in schema:
        holds = is_valid(value, schema["if"], place)
        below += [schema["if"], schema.get("then", True)] if holds else [schema.get("else", True)]
    if isinstance(value, dict):
        below += [s for name, s in schema.get("dependentSchemas", {}).items() if name in value]
    for one in below:
        if is_valid(value, one, place):
            seen |= _evaluated(value, one, place)
            if isinstance(one, Mapping) and "unevaluatedItems" in one:
                seen |= {*range(len(value))}
    return seen


def _evaluated_names(value: Mapping[str, Any], schema: Mapping[str, Any]) -> set[Any]:
    if not {"additionalProperties", "unevaluatedProperties"}.isdisjoint(schema):
        return {*value}
    return _own_names(value, schema)


def _check_evaluated_names(
    value: Any, wanted: Any, schema: Mapping[str, Any], place: Position
) -> Iterator[Mismatch]:
    rest = {key: one for key, one in schema.items() if key != "unevaluatedProperties"}
    yield from _check_unevaluated_of(dict)(value, wanted, rest, place)


_CHECKS: Mapping[str, Check] = {
    **ASSERTIONS,
    "properties": _check_properties,
    "patternProperties": _check_patterns,
    "additionalProperties": _check_additional,
    "required": _check_required,
    "propertyNames": _check_names,
    "dependentRequired": _check_dependent,
    "dependentSchemas": _check_dependent,
    "items": _check_items,
    "prefixItems": _check_first_items,
    "contains": _check_contains,
    "$ref": _check_ref,
    "$dynamicRef": _check_ref,
    "allOf": _check_all,
    "anyOf": _check_any,
    "oneOf": _check_one,
    "not": _check_not,
    "if": _check_if,
    "unevaluatedProperties": _check_evaluated_names,
    "unevaluatedItems": _check_unevaluated_of(list),
}
