"""The arguments of a call: frozen as text for the decision, and checked against their schema."""

import json
from collections.abc import Mapping
from typing import Any

from aichat.core.text.json import loads

#: The Python type of each JSON schema type.
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def freeze_arguments(text: str) -> str | None:
    """A call's arguments as the text that is shown, hashed and run; None if they are no object."""
    try:
        found = loads(text or "{}")
    except ValueError:
        return None
    return json.dumps(found) if isinstance(found, dict) else None


def argument_fault(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str | None:
    """What is wrong with the arguments of a call, in words; None if nothing is found.

    Only the top level is checked: names, required members and simple types.
    """
    known = schema.get("properties")
    known = known if isinstance(known, Mapping) else {}
    missing = [name for name in schema.get("required", ()) if name not in arguments]
    if missing:
        return f"'{missing[0]}' is missing"
    if schema.get("additionalProperties") is False:
        unknown = [name for name in arguments if name not in known]
        if unknown:
            return f"there is no argument '{unknown[0]}'"
    for name, value in arguments.items():
        wanted = known.get(name)
        kind = wanted.get("type") if isinstance(wanted, Mapping) else None
        if isinstance(kind, str) and kind in _TYPES and not _is_of(value, kind):
            return f"'{name}' must be of type {kind}"
    return None


def _is_of(value: Any, kind: str) -> bool:
    is_bool = isinstance(value, bool)
    return isinstance(value, _TYPES[kind]) and (is_bool is (kind == "boolean"))
