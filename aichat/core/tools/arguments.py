"""The arguments of a call: frozen as text when it is decided on, held against their schema."""

import json
from collections.abc import Mapping
from typing import Any

from aichat.core.text.json import loads

#: What each type of a JSON schema is here.
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def freeze_arguments(text: str) -> str | None:
    """The arguments of a call as the one text that is shown, hashed and run; None: no object."""
    try:
        found = loads(text or "{}")
    except ValueError:
        return None
    return json.dumps(found) if isinstance(found, dict) else None


def argument_fault(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str | None:
    """What keeps a call from being one of its tool, in words; None: nothing that is seen here.

    Only the outer level is looked at: names, what is required, and plain types.
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
