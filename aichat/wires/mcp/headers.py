"""Headers that repeat parts of a message's body, for proxies.

Source: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.http.call import Header
from aichat.wires.mcp.messages import Era

#: The parameter that a message's name is in.
_NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")

#: The JSON types that a header can carry.
_PRIMITIVE = frozenset(("string", "integer", "boolean"))

_MIRROR = "x-mcp-header"


def message_headers(
    message: Mapping[str, Any], era: Era, schema: Mapping[str, Any] | None = None
) -> tuple[Header, ...]:
    """The headers of one message; ``schema`` is that of the tool it calls, if any."""
    found = [
        Header("Content-Type", "application/json"),
        Header("Accept", "application/json, text/event-stream"),
    ]
    if message.get("method") != "initialize":
        found.append(Header("MCP-Protocol-Version", era.version))
    if era.is_modern:
        method, params = str(message.get("method", "")), message.get("params") or {}
        found.append(Header("Mcp-Method", method))
        if method in _NAMED:
            found.append(Header("Mcp-Name", encode_value(params.get(_NAMED[method], ""))))
        arguments = params.get("arguments") or {}
        for path, name in mirrored(schema or {}):
            value = _at(arguments, path)
            if value is not None:
                found.append(Header(f"Mcp-Param-{name}", encode_value(value)))
    return tuple(found)


def encode_value(value: Any) -> str:
    """A value for a header; in base64 unless it is plain."""
    text = ("false", "true")[value] if isinstance(value, bool) else str(value)
    if _PLAIN.fullmatch(text) and not (text.startswith("=?base64?") and text.endswith("?=")):
        return text
    return f"=?base64?{b64encode(text.encode('utf-8', 'replace')).decode()}?="


def has_valid_mirrors(schema: Mapping[str, Any]) -> bool:
    """Whether everything a schema wants in headers can be there; a tool is invalid otherwise."""
    names = [name for _, name in mirrored(schema)]
    if any(not isinstance(name, str) or not _TOKEN.fullmatch(name) for name in names):
        return False
    if len({name.lower() for name in names}) < len(names):
        return False
    kinds = [_property(schema, path).get("type") for path, _ in mirrored(schema)]
    return all(isinstance(kind, str) and kind in _PRIMITIVE for kind in kinds) and (
        len(names) == _count_marks(schema)
    )


def mirrored(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The arguments that go into headers too: the path of each, and its header's name."""
    properties = schema.get("properties")
    for key, below in properties.items() if isinstance(properties, dict) else ():
        if isinstance(below, dict):
            if _MIRROR in below:
                yield (key,), below[_MIRROR]
            yield from (((key, *path), name) for path, name in mirrored(below))


def _property(schema: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for key in path:
        schema = schema["properties"][key]
    return schema


def _count_marks(value: Any) -> int:
    """How many such marks there are anywhere, including where they mean nothing."""
    if isinstance(value, list):
        return sum(map(_count_marks, value))
    if not isinstance(value, dict):
        return 0
    return (_MIRROR in value) + sum(map(_count_marks, value.values()))


def _at(arguments: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        arguments = arguments.get(key) if isinstance(arguments, dict) else None
    return arguments
