"""The JSON in an answer: alone, in a fence, in prose; and what a server's dialect made of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from aichat.core.message.json_schema.position import Position
from aichat.core.message.json_schema.references import REFERENCES
from aichat.core.message.json_schema.rewrite import WRAPPER
from aichat.core.message.json_schema.validate import Schema, is_valid
from aichat.core.text.json import MAX_DEPTH, reject_constant

_FENCED = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_BEGINS = re.compile(r"[\[{]")

_decoder = json.JSONDecoder(parse_constant=reject_constant)


def find_json(text: str) -> Iterator[Any]:
    """The values that an answer may mean: all of it, what stands in fences, what in prose."""
    bare = text.strip()
    for candidate in (bare, *(found[1].strip() for found in _FENCED.finditer(text))):
        try:
            yield _decoder.decode(candidate)
        except (ValueError, RecursionError):
            continue
    place = 0
    while found := _BEGINS.search(bare, place):
        try:
            value, place = _decoder.raw_decode(bare, found.start())
            yield value
        except (ValueError, RecursionError):
            place = found.end()


def restore(value: Any, schema: Schema) -> Any:
    """A value as the user's schema has it: taken out of its wrapper, without stand-in nulls."""
    in_wrapper = isinstance(value, dict) and value.keys() == {WRAPPER}
    if in_wrapper and schema.mismatch(value):
        value = value[WRAPPER]
    return value if schema.mismatch(value) is None else _restore(value, schema.schema, schema, 0)


def _restore(value: Any, schema: Any, root: Schema, depth: int) -> Any:
    """Without the nulls of members that may be absent, and may not be null."""
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return value
    for key in REFERENCES:
        if key in schema:
            value = _restore(value, root.references.find(schema[key]), root, depth + 1)
    for part in schema.get("allOf", ()):
        value = _restore(value, part, root, depth + 1)
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        mended = _restore(value, part, root, depth + 1)
        if is_valid(mended, part, Position(root.references)):
            value = mended
            break
    if isinstance(value, dict):
        return _restore_members(value, schema, root, depth)
    if isinstance(value, list):
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        below = [*first, *[rest] * len(value)]
        return [_restore(v, s, root, depth + 1) for v, s in zip(value, below, strict=False)]
    return value


def _restore_members(
    value: dict[str, Any], schema: dict[str, Any], root: Schema, depth: int
) -> dict[str, Any]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    required = schema.get("required", ())
    made = {}
    for name, member in value.items():
        below = known.get(name, others)
        absent = member is None and name in known and name not in required
        if not (absent and root.mismatch(None, below)):
            made[name] = _restore(member, below, root, depth + 1)
    return made
