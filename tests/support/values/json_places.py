"""Paths of values inside a JSON value."""

from typing import Any


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values inside ``value``."""
    if not isinstance(value, dict | list):
        return []
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    return [place for key, item in inside for place in ((*path, key), *places(item, (*path, key)))]
