"""Reading the output items of a Responses answer, which no field is sure to be in."""

import json
from collections.abc import Mapping
from typing import Any


def mapping(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object called ``name``, or an empty one."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def output_index(event: Mapping[str, Any]) -> int:
    """Which output item an event is about."""
    index = event.get("output_index")
    return index if isinstance(index, int) else 0


def item_id(item: Mapping[str, Any], index: int) -> str:
    """What an item goes by: its id, else its call's, else its place."""
    return str(item.get("id") or item.get("call_id") or index)


def tool_name(item: Mapping[str, Any]) -> str:
    """The tool behind an item."""
    return str(item.get("name") or str(item.get("type", "")).removesuffix("_call"))


def tool_input(item: Mapping[str, Any]) -> str:
    """What a tool was asked, as text."""
    action = mapping(item, "action")
    asked = action.get("query") or action.get("queries") or action.get("url")
    given = asked or item.get("arguments") or item.get("input") or item.get("code") or ""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def image_mime(item: Mapping[str, Any]) -> str:
    """The type of a picture."""
    return f"image/{item.get('output_format') or 'png'}"
