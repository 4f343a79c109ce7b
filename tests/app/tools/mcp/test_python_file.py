"""Python files as tools: in a Python of their own, from signature to schema."""

import io
import json
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest

from aichat.app.tools.mcp.python_file import open_python_files
from aichat.app.tools.mcp.python_server import (
    FileFaultError,
    functions_of,
    schema_of,
    tools_of,
)
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.talk import Talk
from tests.support.answering.tool_rounds import calling
from tests.support.mcp.links import world_in
from tests.support.running.marks import one_test_of
from tests.support.running.program import Program, Result
from tests.support.terminal.repl import open_repl

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


FAULTS = (
    ("x = 1", "it has no public function with types and a docstring"),
    (
        "\ndef f(x: bytes):\n    'Doc.'",
        "it has no public function with types and a docstring "
        "(line 2: f: JSON has no type for x: bytes)",
    ),
    ("def f(x):\n    return (", "line 2: SyntaxError: '(' was never closed"),
    ("\nimport no_such_module", "line 2: ModuleNotFoundError: No module named 'no_such_module'"),
    (
        "def f():\n    raise ValueError('a\\nb \\x1b[2J')\n\nf()",
        "line 2: ValueError: a b \x1b[2J",
    ),
    ("import sys\n\nsys.exit('no settings')", "line 3: SystemExit: no settings"),
    (
        "from __future__ import annotations\ndef f(x: Money):\n    'Doc.'",
        "line 2: f: NameError: name 'Money' is not defined",
    ),
    ("def f(x: [int]):\n    'Doc.'", "line 1: f: TypeError: unhashable type: 'list'"),
    ("x = 1\0", "SyntaxError: source code string cannot contain null bytes"),
)


@one_test_of(*FAULTS)
def test_a_file_at_fault_is_told_with_its_line_and_what_is_wrong(text: str, why: str) -> None:
    with TemporaryDirectory() as folder, redirect_stderr(io.StringIO()) as log:
        path = Path(folder) / "calc.py"
        path.write_text(text)
        with pytest.raises(FileFaultError) as told:
            tools_of(functions_of(str(path)))
    assert str(told.value) == why
    assert log.getvalue() or why.endswith("docstring")


@pytest.mark.parametrize("text, why", [FAULTS[2], FAULTS[4], FAULTS[6]])
def test_what_is_no_file_of_tools_is_told_before_anything_is_sent(
    aichat: Program, text: str, why: str
) -> None:
    done, bodies = asked(aichat, text=text)
    path = str(aichat.home / "calc.py")
    assert (done.code, done.text, bodies) == (2, "", [])
    hint = "  aichat mcp log calc shows what it printed"
    shown = why.replace("\x1b", "\u241b")
    listed = aichat.invoke("tools", "list", "--tool", path)
    assert (listed.code, listed.text) == (2, "")
    for told in (done, listed):
        lines = [line for line in told.stderr.splitlines() if not line.startswith("waiting for ")]
        assert lines == [f"aichat: {path}: {shown}", hint]
    assert "Traceback" in aichat.invoke("mcp", "log", "calc").text


def test_a_chat_tells_a_file_at_fault_and_takes_it_once_it_is_mended(aichat: Program) -> None:
    path = aichat.home / "calc.py"
    path.write_text("\n1 / 0")
    with Server() as server:
        server.push(calling(("calc__names", {})))
        server.push(chat_stream(["Mended."]))
        aichat.point_groq_at(server.url)
        with open_repl(aichat, "--tool", str(path), "--allow", "calc.*") as repl:
            repl.wait_for_prompt()
            repl.send_line("go")
            repl.wait_until("ZeroDivisionError: division by zero")
            repl.wait_for_prompt()
            assert server.requests == []
            path.write_text(FILE)
            repl.clear()
            repl.send_line("go")
            repl.wait_until("Mended.")


def test_a_program_that_a_function_starts_reads_and_writes_no_message(aichat: Program) -> None:
    """Fails where ``main`` leaves the streams as they are: the call is read, and hangs."""
    text = """
import subprocess

def loud(lines: int) -> str:
    \"\"\"Reads what there is, and prints more than is borne of what is no message.\"\"\"
    subprocess.run(["cat"])
    subprocess.run(["seq", str(lines)])
    raise SystemExit("enough")
"""
    done, bodies = asked(aichat, ("calc__loud", {"lines": 3000}), text=text)
    assert (done.code, done.text) == (0, "ok\n"), done.stderr
    assert results(bodies) == ["Error: SystemExit: enough"]


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
