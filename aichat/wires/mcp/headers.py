"""What a request over HTTP says in its headers besides its body, so that proxies can tell.

Source: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.http.call import Header
from aichat.wires.mcp.messages import Era

#: The field of a message's parameters that its name is in.
_NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")

#: What a value in a header may be.
_PRIMITIVE = frozenset(("string", "integer", "boolean"))

_MIRROR = "x-mcp-header"


def message_headers(
    message: Mapping[str, Any], era: Era, schema: Mapping[str, Any] | None = None
) -> tuple[Header, ...]:
    """The headers of one message; ``schema`` is that of the tool that it calls, if it calls one."""
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
    """A value as a header may carry it: what is not plain in it goes as base64."""
    text = ("false", "true")[value] if isinstance(value, bool) else str(value)
    if _PLAIN.fullmatch(text) and not (text.startswith("=?base64?") and text.endswith("?=")):
        return text
    return f"=?base64?{b64encode(text.encode('utf-8', 'replace')).decode()}?="


def has_valid_mirrors(schema: Mapping[str, Any]) -> bool:
    """Whether all that a schema wants in headers can be there; a tool with another is none."""
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
    """The arguments that go into headers too: where each is, and the name of its header."""
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
    """How many marks there are anywhere, where they mean nothing too."""
    if isinstance(value, list):
        return sum(map(_count_marks, value))
    if not isinstance(value, dict):
        return 0
    return (_MIRROR in value) + sum(map(_count_marks, value.values()))


def _at(arguments: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        arguments = arguments.get(key) if isinstance(arguments, dict) else None
    return arguments
