"""Turns with tools at the command line: the model's calls and their results."""

import json
from typing import Any

from tests.support.answering.answers import ScriptedCall, scripted_call
from tests.support.answering.server import Reply, chat_stream, tool_call
from tests.support.running.program import Program


def calling(*calls: tuple[str, Any], text: str = "", first: int = 1) -> Reply:
    """An answer of chat completions that calls tools by name, with these arguments."""
    items = [
        item
        for number, (name, arguments) in enumerate(calls)
        for item in tool_call(
            name,
            arguments if isinstance(arguments, str) else json.dumps(arguments),
            call_id=f"call_{first + number}",
            index=number,
        )
    ]
    return chat_stream([text] if text else [], tool_calls=items, finish="tool_calls")


def scripted_calls(*calls: tuple[str, Any], first: int = 1) -> tuple[ScriptedCall, ...]:
    """The same for every wire."""
    return tuple(
        scripted_call(name, json.dumps(arguments), call_id=f"call_{first + number}")
        for number, (name, arguments) in enumerate(calls)
    )


def write_files(aichat: Program) -> None:
    """A small tree to work in."""
    root = aichat.home / "work"
    (root / "src").mkdir(parents=True)
    (root / "a.txt").write_text("first\nsecond\nthird\n")
    (root / "src" / "b.py").write_text("print('b')\n")
    (root / ".env").write_text("SECRET=1\n")
