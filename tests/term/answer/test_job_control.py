"""Ctrl-Z and ``fg`` in a real shell on a real terminal, twice: the answer stands there once."""

import re
import threading

import pytest

from tests.support.answering.server import Hold, Server
from tests.support.answering.several import BROKEN, ask_words, configure_boxes
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.terminal.shells import require_shell
from tests.support.terminal.terminal import Terminal
from tests.term.answer.test_drawn import stepped
from tests.term.answer.test_side_by_side import WHOLE, slow

SHELL = ("--norc", "--noprofile", "-i")
TABLE = ("Done.\n\n| a | b |\n|---|---|\n| 1 | two", " |\n| 3 | 4 |\n")


class InShell(Program):
    """A shell for people instead of the program itself."""

    def __init__(self, other: Program) -> None:
        super().__init__(other.home)
        self.environ = other.environ | {"PS1": "ready> "}

    def command(self, *words: str) -> list[str]:
        return [require_shell("bash"), *words]


def stop_twice(terminal: Terminal, line: str, seen: str, go: threading.Event) -> list[str]:
    """What the screen shows below the last ``fg``, once the answer has ended."""
    terminal.wait_for_text("ready>")
    terminal.type(f"{line}\r")
    for number in (1, 2):
        terminal.wait_for_text(seen)
        terminal.type("\x1a")
        terminal.wait_until(lambda n=number: terminal.text.count("Stopped") == n)
        terminal.wait_until(lambda: terminal.pyte_rows()[-1] == "ready>")
        terminal.type("stty -a | grep isig; fg\r")
        terminal.wait_until(lambda: seen in "\n".join(below(terminal)))
        assert re.findall("-?(?:echo|icanon)(?= )", terminal.text) == ["icanon", "echo"] * number
    go.set()
    terminal.wait_until(lambda: terminal.pyte_rows()[-1] == "ready>")
    terminal.type("echo code $?\r")
    terminal.wait_until(lambda: "\rcode " in terminal.text)
    assert "^Z" not in "".join(below(terminal))
    return below(terminal)


def below(terminal: Terminal) -> list[str]:
    """The rows below the last command that the shell named when it went on with it."""
    rows = terminal.pyte_rows()
    last = max((n for n, row in enumerate(rows) if row.startswith("ready> stty")), default=0)
    return rows[last + 1 :]


def test_an_answer_that_was_stopped_twice_stands_there_once(aichat: Program) -> None:
    go = threading.Event()
    with Server(stepped(TABLE[0], Hold(go), TABLE[1])) as server:
        shell = InShell(aichat.point_groq_at(server.url))
        with Terminal(shell, *SHELL, size=(150, 60), loose=True) as terminal:
            line = " ".join(aichat.command("ask", "hi"))
            rows = stop_twice(terminal, line, "1  two", go)
    shown = [row for row in rows if row.startswith(" ")]
    assert shown == [" a  b", " ──────", " 1  two", " 3  4"] and "code 0" in rows


@pytest.mark.parametrize("columns", [150, long_case(60)])
def test_several_that_were_stopped_twice_stand_there_once(columns: int, aichat: Program) -> None:
    go = threading.Event()
    with Server() as server:
        configure_boxes(aichat, server, slow("It is", Hold(go), " blue."), BROKEN, WHOLE)
        with Terminal(InShell(aichat), *SHELL, size=(columns, 70), loose=True) as terminal:
            line = " ".join(aichat.command(*ask_words("a", "b", "c")))
            rows = stop_twice(terminal, line, "It is", go)
    shown = "\n".join(rows)
    assert shown.count("It is blue.") == 1 == shown.count("def scatter(wave):")
    assert "code 7" in rows
