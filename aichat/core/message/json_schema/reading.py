"""Finding the JSON in an answer (bare, fenced or in prose), and undoing a dialect's changes."""

import json
import re
from collections.abc import Iterator
from math import isinf
from typing import Any

from aichat.core.message.json_schema.position import Position, Work
from aichat.core.message.json_schema.references import REFERENCES
from aichat.core.message.json_schema.rewrite import WRAPPER
from aichat.core.message.json_schema.validate import Schema, is_valid
from aichat.core.text.json import reject_constant
from aichat.values import NamedTuple

_FENCED = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_BEGINS = re.compile(r"[\[{]")


def _finite(text: str) -> float:
    """Parse a number. Errors: ``ValueError`` for one that JSON could not express again."""
    number = float(text)
    if isinf(number):
        raise ValueError(text)
    return number


#: Decodes strict JSON, without Python's extensions.
DECODER = json.JSONDecoder(parse_constant=reject_constant, parse_float=_finite)


def find_json(text: str) -> Iterator[Any]:
    """The values that an answer may mean: its whole text, then what is in fences, then in prose.

    Broken JSON is skipped as far as it was read: its parts are not answers.
    """
    bare = text.strip()
    for candidate in (bare, *(found[1].strip() for found in _FENCED.finditer(text))):
        try:
            yield DECODER.decode(candidate)
        except (ValueError, RecursionError):
            continue
    place = 0
    while found := _BEGINS.search(bare, place):
        try:
            value, place = DECODER.raw_decode(bare, found.start())
            yield value
        except json.JSONDecodeError as error:
            place = max(found.end(), error.pos)
        except ValueError:
            place = found.end()
        except RecursionError:  # nothing that deep is accepted, wherever it ends
            return


def restore(value: Any, schema: Schema) -> Any:
    """A value in the form of the user's schema: unwrapped, and without a strict dialect's nulls."""
    in_wrapper = isinstance(value, dict) and value.keys() == {WRAPPER}
    if in_wrapper and schema.mismatch(value):
        value = value[WRAPPER]
    if schema.mismatch(value) is None:
        return value
    try:
        return _restore(value, schema.schema, _Root(schema, Work(value)))
    except (OverflowError, RecursionError):  # then it is checked unchanged
        return value


class _Root(NamedTuple):
    """The whole schema, and the checks made so far."""

    schema: Schema
    work: Work

    def is_valid(self, value: Any, part: Any) -> bool:
        """Whether a value matches a part of it."""
        return is_valid(value, part, Position(self.schema.references, self.work))


def _restore(value: Any, schema: Any, root: _Root) -> Any:
    """Remove the nulls of optional members that may not be null."""
    root.work.count()
    if not isinstance(schema, dict):
        return value
    for key in REFERENCES:
        if key in schema:
            value = _restore(value, root.schema.references.find(schema[key]), root)
    for part in schema.get("allOf", ()):
        value = _restore(value, part, root)
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        mended = _restore(value, part, root)
        if root.is_valid(mended, part):
            value = mended
            break
    if isinstance(value, dict):
        return _restore_members(value, schema, root)
    if isinstance(value, list):
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        below = [*first, *[rest] * len(value)]
        return [_restore(v, s, root) for v, s in zip(value, below, strict=False)]
    return value


def _restore_members(value: dict[str, Any], schema: dict[str, Any], root: _Root) -> dict[str, Any]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    required = schema.get("required", ())
    made = {}
    for name, member in value.items():
        below = known.get(name, others)
        absent = member is None and name in known and name not in required
        if not absent or root.is_valid(None, below):
            made[name] = _restore(member, below, root)
    return made
