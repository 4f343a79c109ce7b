"""What a server asks while a call runs: named, typed field by field, a no by default."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aichat.term.widgets.typed_line import GRACE_SECONDS
from tests.app.tools.mcp.test_ask import ECHO, table
from tests.app.tools.test_on_a_terminal import within
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.tool_rounds import calling
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal


class AskedTerminal:
    """A question whose tool asks something; ``result`` is what the model was told in the end."""

    def __init__(self, aichat: Program, home: Path, era: str, do: str = "form") -> None:
        self._aichat = aichat
        aichat.write_config(table(home, do, era, timeout=600))
        self.result = ""

    def run(self, act: Callable[[Terminal], object]) -> Terminal:
        with Server() as server:
            server.push(calling(ECHO))
            server.push(chat_stream(["Fine."]))
            words = ("ask", "--mcp", "box", "--allow", "box.*", "go")
            aichat = self._aichat.point_groq_at(server.url)
            with Terminal(aichat, *words, size=(100, 40), loose=True) as terminal:
                act(terminal)
                assert terminal.wait_for_exit() == 0
                assert terminal.foreign_controls() == []
            self.result = server.requests[-1].json()["messages"][-1]["content"]
        return terminal


def reply(terminal: Terminal, question: str, text: str) -> None:
    """Type an answer of keys that show, once the question is there."""
    terminal.wait_for_text(question.strip())
    time.sleep(GRACE_SECONDS)  # what comes too soon is no answer, and is typed again
    for _ in range(5):
        terminal.type(text[0])
        if within(6.0, terminal.read, lambda: f"{question}{text[0]}" in terminal.text):
            break
    terminal.type(f"{text[1:]}\r")


BRANCH = "branch (main|dev; needed): "
DEPTH = "depth (integer; may be empty): "
ALL = "all (y/n; may be empty): "
FIRST = "Answer MCP server box? [y/N] "


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_each_field_is_typed_and_of_its_type(aichat: Program, tmp_path: Path, era: str) -> None:
    asked = AskedTerminal(aichat, tmp_path, era)

    def act(terminal: Terminal) -> None:
        reply(terminal, FIRST, "y")
        reply(terminal, BRANCH, "dev")
        reply(terminal, DEPTH, "12")
        reply(terminal, ALL, "n")

    shown = asked.run(act).text
    assert "MCP server box asks:" in shown
    content = {"branch": "dev", "depth": 12, "all": False}
    assert json.loads(asked.result) == {"action": "accept", "content": content}


def test_enter_is_no(aichat: Program, tmp_path: Path) -> None:
    asked = AskedTerminal(aichat, tmp_path, "modern")

    def act(terminal: Terminal) -> None:
        terminal.wait_for_text(FIRST.strip())
        time.sleep(GRACE_SECONDS)
        for _ in range(5):
            terminal.type("\r")
            if within(6.0, terminal.read, lambda: "Fine." in terminal.text):
                break

    asked.run(act)
    assert json.loads(asked.result) == {"action": "decline"}


def test_nobody_is_asked_for_a_password(aichat: Program, tmp_path: Path) -> None:
    asked = AskedTerminal(aichat, tmp_path, "modern", "ask:once")
    shown = asked.run(lambda _: None).text
    assert "It was told no: nothing that" in shown
    assert json.loads(asked.result)[0] == {"q": {"action": "decline"}}


def test_a_key_that_is_typed_is_not_sent(aichat: Program, tmp_path: Path) -> None:
    asked = AskedTerminal(aichat, tmp_path, "modern")

    def act(terminal: Terminal) -> None:
        reply(terminal, FIRST, "y")
        reply(terminal, BRANCH, "sk-0123456789abcdefghij")

    shown = asked.run(act).text
    assert "that looks like a key, and was not sent" in shown
    assert "without branch it was told no" in shown
    assert json.loads(asked.result) == {"action": "decline"}
