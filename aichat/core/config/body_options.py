"""The escape hatch: any field of a request body can be set by its dotted key.

``-o generationConfig.topK=40`` sets a nested field, ``null`` removes one.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aichat.core.text.json import reject_constant
from aichat.errors import usage_error


def parse_options(pairs: Iterable[str]) -> dict[str, Any]:
    """``KEY=JSON`` pairs as one nested patch; a value that is not JSON is a string.

    Errors: ``usage``.
    """
    patch: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not all(key.split(".")):
            raise usage_error(f"-o {pair}: expected KEY=JSON", "example: -o top_k=40")
        patch = deep_merge(patch, _nest(key.split("."), _parse_value(value)), keep_null=True)
    return patch


def deep_merge(
    base: Mapping[str, Any], patch: Mapping[str, Any], *, keep_null: bool = False
) -> dict[str, Any]:
    """``base`` with ``patch`` laid over it, deeply; ``None`` in ``patch`` removes."""
    result = dict(base)
    for key, value in patch.items():
        if isinstance(value, Mapping):
            below = result.get(key)
            below = below if isinstance(below, Mapping) else {}
            result[key] = deep_merge(below, value, keep_null=keep_null)
        elif value is None and not keep_null:
            result.pop(key, None)
        else:
            result[key] = value
    return result


def _nest(path: list[str], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    nested: dict[str, Any] = value
    return nested


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=reject_constant)
    except ValueError:
        return text
