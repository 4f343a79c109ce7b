"""Function definitions: one shape in, checked, and fitted to a wire's schema dialect."""

import json
import re
from collections.abc import Mapping
from typing import Any

from aichat.core.request import Tool
from aichat.errors import usage_error

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHAPE = 'expected [{"name", "description", "parameters"}]'


def parsed(text: str) -> tuple[Tool, ...]:
    """The tools in a JSON document: a list of them, or one.

    ``parameters`` is a JSON schema of an object. OpenAI's nested shape and
    Anthropic's ``input_schema`` are understood too. Errors: ``usage``, with the path.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise usage_error(f"--tools: not JSON: {error}", _SHAPE) from None
    items = document if isinstance(document, list) else [document]
    tools = tuple(_tool(item, f"[{place}]") for place, item in enumerate(items))
    names = [tool.name for tool in tools]
    for name in names:
        if names.count(name) > 1:
            raise usage_error(f"--tools: '{name}' is defined twice")
    return tools


def _tool(item: Any, path: str) -> Tool:
    if not isinstance(item, dict):
        raise usage_error(f"--tools: {path}: {_SHAPE}")
    item = item.get("function") if isinstance(item.get("function"), dict) else item
    name = item.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise usage_error(f"--tools: {path}.name: letters, digits, _ and -, at most 64")
    schema = item.get("parameters", item.get("input_schema", {"type": "object", "properties": {}}))
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise usage_error(f"--tools: {path}.parameters: expected a JSON schema of an object")
    strict = item.get("strict")
    if strict is not None and not isinstance(strict, bool):
        raise usage_error(f"--tools: {path}.strict: expected true or false")
    tool = Tool(name, str(item.get("description") or ""), {"type": "object", **schema}, strict)
    if strict:
        _check_strict(tool.parameters, f"{path}.parameters")
    return tool


def _check_strict(schema: Mapping[str, Any], path: str) -> None:
    """Strict schemas name every property as required and allow no others."""
    for name, below in schema.get("properties", {}).items():
        if isinstance(below, dict):
            _check_strict(below, f"{path}.properties.{name}")
    if isinstance(schema.get("items"), dict):
        _check_strict(schema["items"], f"{path}.items")
    if schema.get("type") != "object":
        return
    if schema.get("additionalProperties") is not False:
        raise usage_error(f"--tools: {path}: strict needs additionalProperties: false")
    missing = schema.get("properties", {}).keys() - set(schema.get("required", ()))
    if missing:
        raise usage_error(f"--tools: {path}: strict needs '{min(missing)}' in required")
