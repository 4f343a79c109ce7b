"""Python files as tools: in a Python of their own, from signature to schema."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from aichat.app.tools.mcp.python_file import open_python_files
from aichat.app.tools.mcp.python_server import schema_of
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.talk import Talk
from tests.support.answering.tool_rounds import calling
from tests.support.mcp.links import world_in
from tests.support.running.program import Program, Result

FILE = '''
import os
from typing import Literal

def area(width: float, height: float = 2.0, unit: Literal["cm", "m"] = "m") -> str:
    """The area of a rectangle."""
    print("beside the messages")
    return f"{width * height} {unit}2"

def names() -> list[str]:
    """The variables that it has."""
    return sorted(os.environ)

def fails(why: str | None = None):
    """Never works."""
    raise LookupError(why)

async def later(text: str) -> dict:
    """Comes later."""
    return {"text": text}

def untyped(x):
    """Has no type."""

def undocumented(x: int): ...

def _private(x: int):
    """Is nobody's business."""
'''


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, int], {"type": "object"}),
        (float | None, {"type": "number"}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (str | int, None),
        (bytes, None),
        (list[bytes], None),
    ],
    ids=str,
)
def test_a_type_is_a_schema(hint: Any, schema: Any) -> None:
    assert schema_of(hint) == schema


def asked(aichat: Program, *calls: tuple[str, dict[str, Any]], text: str = FILE) -> Any:
    """What a model was offered of a file, and what it was told of its calls."""
    (aichat.home / "calc.py").write_text(text)
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(calling(*calls))
        server.push(chat_stream(["ok"]))
        path = str(aichat.home / "calc.py")
        done = talk.run("ask", "-p", "box", "--tool", path, "--allow", "calc.*", "go")
        return done, talk.bodies


def results(bodies: list[dict[str, Any]]) -> list[str]:
    return [m["content"] for m in bodies[-1]["messages"] if m["role"] == "tool"]


def test_its_functions_are_offered_and_run(aichat: Program) -> None:
    calls = (
        ("calc__area", {"width": 2, "unit": "cm"}),
        ("calc__fails", {"why": "no"}),
        ("calc__later", {"text": "x"}),
    )
    done, bodies = asked(aichat, *calls)
    assert (done.code, done.text) == (0, "ok\n"), done.stderr
    offered = {tool["function"]["name"]: tool["function"] for tool in bodies[0]["tools"]}
    assert sorted(offered) == ["calc__area", "calc__fails", "calc__later", "calc__names"]
    assert offered["calc__area"]["parameters"]["required"] == ["width"]
    assert results(bodies) == ["4.0 cm2", "Error: LookupError: no", '{"text": "x"}']


def test_it_has_no_key_of_ours(aichat: Program) -> None:
    aichat.environ |= {"DATABASE_URL": "postgres://u:p@h", "PYTHONPATH": "/evil"}
    _, bodies = asked(aichat, ("calc__names", {}))
    names = set(json.loads(results(bodies)[0]))
    assert "PATH" in names
    assert not [name for name in names if "KEY" in name or name in ("DATABASE_URL", "PYTHONPATH")]


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("x = 1", 2, "calc.py has no public function with types and a docstring"),
        ("1 / 0", 8, "calc.py: it ended, status 1; aichat mcp log calc"),
    ],
)
def test_what_is_no_file_of_tools_is_told(aichat: Program, text: str, code: int, why: str) -> None:
    done, bodies = asked(aichat, text=text)
    assert (done.code, bodies) == (code, [])
    assert why.partition(";")[0] in done.stderr


def test_its_tools_are_from_that_file(tmp_path: Path) -> None:
    (tmp_path / "calc.py").write_text(FILE)
    name = str(tmp_path / "calc.py")
    (source,) = open_python_files(world_in(tmp_path), [name], len, is_typed=True)
    try:
        assert {tool.origin for tool in source.tools()} == {name}
    finally:
        source.close()


def test_a_profile_names_a_whole_path(aichat: Program) -> None:
    """Else a folder that somebody else filled would decide what runs."""
    (aichat.home / "calc.py").write_text(FILE)
    with Server() as server:
        talk = Talk(aichat, server, '[profiles.work]\ntools = ["calc.py"]\n')
        done: Result = talk.run("ask", "-P", "work", "-p", "box", "--allow", "*", "go")
    assert (done.code, server.requests) == (3, [])
    assert "must be a whole path" in done.stderr
