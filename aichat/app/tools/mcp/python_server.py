"""Serving a Python file: its public functions with types and a docstring are tools.

It is run as a program in its own Python (``python -I``), maybe not ours, so it uses only the
standard library and imports nothing of this package.
"""

import asyncio
import inspect
import json
import os
import runpy
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Literal, Union, get_args, get_origin, get_type_hints

_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object"}

_VERSION = "2026-07-28"


def schema_of(hint: Any) -> dict[str, Any] | None:
    """The JSON schema of a type; None if JSON cannot express it."""
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


class FileFaultError(Exception):
    """Why a file has no tools, in one line: where in it, and what."""


class NoToolError(Exception):
    """What a function lacks to be a tool."""


def tool_of(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    """A function as a tool. Errors: ``NoToolError``; whatever evaluating its types raises."""
    described = inspect.getdoc(function)
    if not described:
        raise NoToolError("no docstring")
    hints = get_type_hints(function)
    properties: dict[str, Any] = {}
    needed = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise NoToolError(f"{parameter} may be any number of arguments")
        if parameter.name not in hints:
            raise NoToolError(f"{parameter.name} has no type")
        schema = schema_of(hints[parameter.name])
        if schema is None:
            raise NoToolError(f"JSON has no type for {parameter}")
        properties[parameter.name] = schema
        if parameter.default is parameter.empty:
            needed.append(parameter.name)
    schema = {"type": "object", "properties": properties, "required": needed}
    return {"name": name, "description": described, "inputSchema": schema}


Functions = dict[str, Callable[..., Any]]


def functions_of(path: str) -> Functions:
    """The public functions that a file defines, by name. Errors: ``FileFaultError``."""
    try:
        found = runpy.run_path(path, run_name="tools")
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        where = f"line {line}: " if (line := _line_of(error, path)) else ""
        raise FileFaultError(f"{where}{_words_of(error)}") from error
    return {
        name: value
        for name, value in found.items()
        if inspect.isfunction(value) and value.__module__ == "tools" and name[0] != "_"
    }


def _line_of(error: BaseException, path: str) -> int | None:
    """The last line of a file in an error's traceback; None if unknown."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == path), None)


def _words_of(error: BaseException) -> str:
    """An error's message, in one line."""
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(f"{type(error).__name__}: {said}".split()).removesuffix(":")


def tools_of(functions: Functions) -> list[dict[str, Any]]:
    """The functions that can be tools; what others lack goes to stderr.

    Errors: ``FileFaultError`` if there are none, or a type is invalid.
    """
    tools, lacking = [], []
    for name, function in functions.items():
        where = f"line {inspect.unwrap(function).__code__.co_firstlineno}: {name}"
        try:
            tools.append(tool_of(name, function))
        except NoToolError as lack:
            lacking.append(f"{where}: {lack}")
        except Exception as error:
            traceback.print_exc()
            raise FileFaultError(f"{where}: {_words_of(error)}") from error
    sys.stderr.writelines(f"left out: {line}\n" for line in lacking)
    if not tools:
        why = f" ({lacking[0]})" if lacking else ""
        raise FileFaultError(f"it has no public function with types and a docstring{why}")
    return tools


def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a call: text as it is, other values as JSON; an exception is an error."""
    try:
        value = function(**arguments)
        if inspect.iscoroutine(value):
            value = asyncio.run(value)
    except (Exception, SystemExit) as error:
        return {"content": [_text(f"{type(error).__name__}: {error}")], "isError": True}
    said = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return {"content": [] if value is None else [_text(said)]}


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def serve(path: str, lines: BinaryIO, out: BinaryIO) -> None:
    """Answer requests until the input ends; a faulty file is reported in its list of tools."""
    functions: Functions = {}
    tools: list[dict[str, Any]] = []
    fault = ""
    try:
        functions = functions_of(path)
        tools = tools_of(functions)
    except FileFaultError as error:
        fault = str(error)
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
        if message["method"] not in results:
            answer["error"] = {"code": -32601, "message": "no such method"}
        elif fault and message["method"] == "tools/list":
            answer["error"] = {"code": -32603, "message": fault}
        else:
            answer["result"] = results[message["method"]](message["params"])
        out.write(json.dumps(answer).encode() + b"\n")
        out.flush()


def main() -> None:
    """Serve a file over the standard streams, out of reach of its code and child processes."""
    lines, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # what it prints is no message
    sys.stdout = sys.stderr
    serve(sys.argv[1], lines, out)


if __name__ == "__main__":
    main()
