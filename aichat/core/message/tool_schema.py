"""Function definitions: parsed, checked, and converted to a wire's schema dialect."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.text.json import reject_constant
from aichat.errors import usage_error
from aichat.values import NamedTuple


class Tool(NamedTuple):
    """A function the model may call; ``parameters`` is a JSON schema.

    ``runs_here``: it is one of our local tools, and declared only while those can run.
    Any ``kind`` other than ``function`` is a tool of the server's own, by name.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    strict: bool | None = None
    kind: str = "function"
    runs_here: bool = False


Convert = Callable[[dict[str, Any], str], dict[str, Any]]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHAPE = 'expected [{"name", "description", "parameters"}]'


def parse_tools(text: str) -> tuple[Tool, ...]:
    """The tools in a JSON document: a list of them, or one.

    ``parameters`` is a JSON schema of an object. OpenAI's nested shape and
    Anthropic's ``input_schema`` are understood too. Errors: ``usage``, with the path.
    """
    try:
        document = json.loads(text, parse_constant=reject_constant)
    except (ValueError, RecursionError) as error:
        raise usage_error(f"--tools: not JSON: {error}", _SHAPE) from None
    items = document if isinstance(document, list) else [document]
    tools = tuple(_parse_tool(item, f"[{place}]") for place, item in enumerate(items))
    names = [tool.name for tool in tools]
    for name in names:
        if names.count(name) > 1:
            raise usage_error(f"--tools: '{name}' is defined twice")
    return tools


def _parse_tool(item: Any, path: str) -> Tool:
    if not isinstance(item, dict):
        raise usage_error(f"--tools: {path}: {_SHAPE}")
    kind = str(item.get("type", "function"))
    item = item.get("function") if isinstance(item.get("function"), dict) else item
    name = item.get("name")
    if kind == "builtin_function" and isinstance(name, str):
        return Tool(name, "", {}, kind=kind)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise usage_error(f"--tools: {path}.name: letters, digits, _ and -, at most 64")
    schema = item.get("parameters", item.get("input_schema", {"type": "object", "properties": {}}))
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise usage_error(f"--tools: {path}.parameters: expected a JSON schema of an object")
    strict = item.get("strict")
    if strict is not None and not isinstance(strict, bool):
        raise usage_error(f"--tools: {path}.strict: expected true or false")
    tool = Tool(name, str(item.get("description") or ""), {"type": "object", **schema}, strict)
    _walk(tool.parameters, _check_strict if strict else _check_shape, f"{path}.parameters")
    return tool


def convert_tools(tools: tuple[Tool, ...], dialect: str) -> tuple[Tool, ...]:
    """The tools with their schemas in a provider's dialect.

    ``gemini`` has no references; ``mfjs`` (Moonshot) no ``type`` beside ``anyOf``
    and no tuple in ``items``: what can be spelled differently is converted, the rest
    is refused. Errors: ``usage``, with the offending path.
    """
    convert = _DIALECTS.get(dialect)
    if convert is None:
        return tools
    return tuple(
        tool._replace(parameters=_walk(tool.parameters, convert, f"[{place}].parameters"))
        for place, tool in enumerate(tools)
    )


def _walk(schema: Any, convert: Convert, path: str) -> Any:
    """A schema with ``convert`` applied to each schema in it, the outer ones first."""
    if isinstance(schema, list):
        return [_walk(item, convert, f"{path}[{n}]") for n, item in enumerate(schema)]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: _walk_keyword(name, value, convert, f"{path}.{name}")
        for name, value in convert(dict(schema), path).items()
    }


def _walk_keyword(keyword: str, value: Any, convert: Convert, path: str) -> Any:
    """The value of a keyword: a schema, named schemas, or other data."""
    if keyword in _SCHEMA_TABLES and isinstance(value, Mapping):
        return {name: _walk(schema, convert, f"{path}.{name}") for name, schema in value.items()}
    return _walk(value, convert, path) if keyword in _SCHEMAS else value


def _to_gemini(schema: dict[str, Any], path: str) -> dict[str, Any]:
    if isinstance(schema.get("$ref"), str):
        raise usage_error(f"--tools: {path}: Gemini does not support $ref; inline the schema")
    return {name: value for name, value in schema.items() if name not in ("$schema", "$id")}


def _with_type(branch: Any, kind: Any) -> Any:
    if not isinstance(branch, Mapping) or not {"type", "$ref", "anyOf"}.isdisjoint(branch):
        return branch
    return {"type": kind, **branch}


def _to_mfjs(schema: dict[str, Any], _path: str) -> dict[str, Any]:
    if isinstance(schema.get("anyOf"), list):
        kind = schema.pop("type", None)
        if kind is not None:
            schema["anyOf"] = [_with_type(branch, kind) for branch in schema["anyOf"]]
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
    return schema


#: Keywords whose value is schemas by name, or schemas.
_SCHEMA_TABLES = frozenset(
    ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
)
_SCHEMAS = frozenset(
    (
        *("items", "prefixItems", "contains", "anyOf", "allOf", "oneOf", "not", "if", "then"),
        *("else", "additionalProperties", "propertyNames", "unevaluatedProperties"),
    )
)

_DIALECTS: Mapping[str, Convert] = {"gemini": _to_gemini, "mfjs": _to_mfjs}


def _check_shape(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """A schema whose own keywords have the right shape."""
    below, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(below, Mapping):
        raise usage_error(f"--tools: {path}.properties: expected an object of schemas")
    for name, value in below.items():
        if not isinstance(value, Mapping | bool):
            raise usage_error(f"--tools: {path}.properties.{name}: expected a schema")
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise usage_error(f"--tools: {path}.required: expected a list of names")
    return schema


def _check_strict(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """Strict schemas name every property as required and allow no others."""
    _check_shape(schema, path)
    kind = schema.get("type")
    if kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            raise usage_error(f"--tools: {path}: strict needs additionalProperties: false")
        missing = schema.get("properties", {}).keys() - set(schema.get("required", ()))
        if missing:
            raise usage_error(f"--tools: {path}: strict needs '{min(missing)}' in required")
    return schema
