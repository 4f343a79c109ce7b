"""The chat on a terminal that can draw nothing, as in an editor's shell."""

import signal
import termios
from collections.abc import Iterator

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal


@pytest.fixture
def chat(aichat: Program) -> Iterator[Terminal]:
    with Server(default=chat_stream(["Fine."])) as server:
        aichat.point_groq_at(server.url)
        with Terminal(aichat, environ={"TERM": "dumb"}, loose=True) as chat:
            yield chat


def wait_for_line(chat: Terminal, line: str) -> None:
    """Wait until this line can be edited: keys are no signals then."""
    chat.wait_until(lambda: chat.shown_rows()[-1:] == [line])
    chat.wait_until(lambda: not termios.tcgetattr(chat.master)[3] & termios.ISIG)


@pytest.mark.parametrize("enter", ["\r", "\n"])  # of a keyboard, and of an editor's shell
def test_lines_are_sent_and_drafts_are_shown(chat: Terminal, enter: str) -> None:
    wait_for_line(chat, ">")
    chat.type(f"hello{enter}")
    chat.wait_for_text("Fine.")
    wait_for_line(chat, ">")
    chat.type(f"/edit{enter}")
    wait_for_line(chat, "> hello")
    chat.type("\x03")
    wait_for_line(chat, ">")
    chat.type("\x04")
    assert chat.wait_for_exit() == 0 and chat.is_restored()
    assert "Traceback" not in chat.text


def test_ctrl_c_clears_the_line_and_twice_leaves(chat: Terminal) -> None:
    wait_for_line(chat, ">")
    chat.type("some words")
    wait_for_line(chat, "> some words")
    chat.type("\x03")
    wait_for_line(chat, ">")
    chat.type("\x03")
    chat.wait_for_text("Ctrl-C again or Ctrl-D exits")
    wait_for_line(chat, ">")
    chat.type("\x03")
    assert chat.wait_for_exit() == 0 and "Traceback" not in chat.text


def test_a_signal_ends_it_even_before_there_is_a_line_to_edit(chat: Terminal) -> None:
    chat.wait_for_text(">")
    assert chat.kill(signal.SIGTERM)[0] == -signal.SIGTERM
    assert "Traceback" not in chat.text
