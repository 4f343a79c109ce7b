"""A Python file as a server: its public functions with types and a docstring are its tools.

Run as a program, in a Python of its own (``python -I``) which may be another than ours: it is of
the standard library alone, and imports nothing of this package.
"""

import asyncio
import inspect
import json
import runpy
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Literal, Union, get_args, get_origin, get_type_hints

_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object"}

_VERSION = "2026-07-28"


def schema_of(hint: Any) -> dict[str, Any] | None:
    """The JSON schema of a type; None for one that JSON has no words for."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in _KINDS or origin in _KINDS:
        return {"type": _KINDS[origin or hint]}
    if hint is list or origin is list:
        items = schema_of(inner[0]) if inner else {}
        return None if items is None else {"type": "array", "items": items}
    if origin is Literal and all(isinstance(value, str) for value in inner):
        return {"type": "string", "enum": [*inner]}
    if origin in (Union, types.UnionType):
        others = [each for each in inner if each is not type(None)]
        return schema_of(others[0]) if len(others) == 1 else None
    return None


def tool_of(name: str, function: Callable[..., Any]) -> dict[str, Any] | None:
    """A function as a tool; None where it lacks a docstring or a type that can be told."""
    described = inspect.getdoc(function)
    hints = get_type_hints(function)
    properties: dict[str, Any] = {}
    needed = []
    for parameter in inspect.signature(function).parameters.values():
        schema = schema_of(hints.get(parameter.name))
        if schema is None or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            return None
        properties[parameter.name] = schema
        if parameter.default is parameter.empty:
            needed.append(parameter.name)
    if not described:
        return None
    schema = {"type": "object", "properties": properties, "required": needed}
    return {"name": name, "description": described, "inputSchema": schema}


def functions_of(path: str) -> dict[str, Callable[..., Any]]:
    """The public functions that a file defines, by their names."""
    found = runpy.run_path(path, run_name="tools")
    return {
        name: value
        for name, value in found.items()
        if inspect.isfunction(value) and value.__module__ == "tools" and name[0] != "_"
    }


def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What comes of a call: a text as it is, anything else as JSON; a fault is an error."""
    try:
        value = function(**arguments)
        if inspect.iscoroutine(value):
            value = asyncio.run(value)
    except Exception as error:
        return {"content": [_text(f"{type(error).__name__}: {error}")], "isError": True}
    said = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return {"content": [] if value is None else [_text(said)]}


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def serve(path: str, lines: BinaryIO, out: BinaryIO) -> None:
    """Answer what is asked, until nothing more comes."""
    functions = functions_of(path)
    tools = [tool for name, each in functions.items() if (tool := tool_of(name, each))]
    results: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "server/discover": lambda _: {
            "supportedVersions": [_VERSION],
            "capabilities": {"tools": {}},
        },
        "tools/list": lambda _: {"tools": tools},
        "tools/call": lambda params: call(functions[params["name"]], params["arguments"]),
    }
    for line in lines:
        message = json.loads(line)
        if "id" not in message:
            continue
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        if message["method"] in results:
            answer["result"] = results[message["method"]](message["params"])
        else:
            answer["error"] = {"code": -32601, "message": "no such method"}
        out.write(json.dumps(answer).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    said, sys.stdout = sys.stdout.buffer, sys.stderr  # what it prints is no message
    serve(sys.argv[1], sys.stdin.buffer, said)
