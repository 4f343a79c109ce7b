"""What a server asks while a call runs: named, typed field by field, a no by default."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp import elicitation
from aichat.app.tools.mcp.source import McpSource
from aichat.app.tools.source import CallControl
from aichat.term.widgets.typed_line import GRACE_SECONDS
from tests.app.tools.mcp.test_ask import ECHO, table
from tests.app.tools.test_on_a_terminal import within
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.tool_rounds import calling
from tests.support.mcp.links import linked
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal
from tests.support.terminal.typist import Typist

BRANCH = "branch (main|dev; needed): "
DEPTH = "depth (integer; may be empty): "
ALL = "all (y/n; may be empty): "
FIRST = "Answer MCP server box? [y/N] "
ACCEPTED = {"action": "accept", "content": {"branch": "dev", "depth": 12, "all": False}}


class Asked:
    """A call whose server asks; each answer is typed at a prompt, in this process."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(elicitation, "can_ask", lambda _: True)  # it is not our terminal
        self._home, self._typist = home, Typist(FIRST, BRANCH, DEPTH, ALL)
        self.shown = ""

    def answer(self, *answers: str, era: str = "modern") -> Any:
        """What the server is told in the end."""
        typist = self._typist
        typist.answers = [f"{answer}\r" for answer in answers]
        with linked(self._home, era, "form") as link:
            link._world = typist.world._replace(environ=link._world.environ)
            link._tell = lambda line: typist.world.write_stderr(f"{line}\n")
            source = McpSource(link, link.tools(), len)
            control = CallControl(at_terminal=lambda errand: errand())
            outcome = source.call(source.tools()[0], {"text": "x"}, control)
        self.shown = typist.written()
        return json.loads(outcome.text)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(tmp_path, monkeypatch)


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_each_field_is_typed_and_of_its_type(asked: Asked, era: str) -> None:
    assert asked.answer("y", "dev", "12", "n", era=era) == ACCEPTED
    assert "MCP server box asks:" in asked.shown
    plain = asked.shown.replace("\r\n", "")
    assert plain.isprintable(), plain


def test_enter_is_no(asked: Asked) -> None:
    for answer in ("", "n", "yess", " "):
        assert asked.answer(answer) == {"action": "decline"}


def test_a_value_that_does_not_fit_is_asked_for_again(asked: Asked) -> None:
    assert asked.answer("y", "none", "dev", "many", "12", "n") == ACCEPTED
    assert asked.answer("y", "a", "b", "c") == {"action": "decline"}


def test_a_key_that_is_typed_is_not_sent(asked: Asked) -> None:
    assert asked.answer("y", "sk-0123456789abcdefghij") == {"action": "decline"}
    assert "that looks like a key, and was not sent" in asked.shown
    assert "without branch it was told no" in asked.shown


def reply(terminal: Terminal, question: str, text: str) -> None:
    """Type an answer of keys that show, once the question is there."""
    terminal.wait_for_text(question.strip())
    time.sleep(GRACE_SECONDS)  # what comes too soon is no answer, and is typed again
    for _ in range(5):
        terminal.type(text[0])
        if within(6.0, terminal.read, lambda: f"{question}{text[0]}" in terminal.text):
            break
    terminal.type(f"{text[1:]}\r")


def test_at_a_terminal_the_program_asks_while_the_call_runs(
    aichat: Program, tmp_path: Path
) -> None:
    aichat.write_config(table(tmp_path, "form", timeout=600))
    with Server() as server:
        server.push(calling(ECHO))
        server.push(chat_stream(["Fine."]))
        words = ("ask", "--mcp", "box", "--allow", "box.*", "go")
        with Terminal(
            aichat.point_groq_at(server.url), *words, size=(100, 40), loose=True
        ) as terminal:
            for question, text in ((FIRST, "y"), (BRANCH, "dev"), (DEPTH, "12"), (ALL, "n")):
                reply(terminal, question, text)
            assert terminal.wait_for_exit() == 0
            assert terminal.foreign_controls() == []
        told = server.requests[-1].json()["messages"][-1]["content"]
    assert json.loads(told) == ACCEPTED
