"""Whoever turned away is told that the answer has ended."""

import re
from itertools import count

import pytest

from aichat.core.text.clock import Clock
from aichat.term.widgets.notify import notice_sequence
from tests.support.answering.server import Server, chat_error, chat_stream
from tests.support.running.program import TERMINAL, Program
from tests.support.terminal.terminal import Terminal

TEXT = "the answer has ended, after 25 s"
OSC_9 = f"\x1b]9;aichat: {TEXT}\x1b\\"
OSC_777 = f"\x1b]777;notify;aichat;{TEXT}\x1b\\"

TERMINALS = [
    ({"TERM_PROGRAM": "iTerm.app", "TERM": "xterm-256color"}, OSC_9),
    ({"TERM_PROGRAM": "WezTerm", "TERM": "xterm-256color"}, OSC_9),
    ({"TERM_PROGRAM": "ghostty", "TERM": "xterm-ghostty"}, OSC_9),
    ({"TERM": "xterm-kitty"}, OSC_9),
    ({"TERM": "foot"}, OSC_777),
    ({"TERM": "rxvt-unicode-256color"}, OSC_777),
    ({"TERM": "xterm-256color"}, "\a"),
    ({"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, "\a"),
    ({"TERM_PROGRAM": "WezTerm", "TERM": "tmux-256color"}, "\a"),
    ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux,1,0"}, "\a"),
    ({"TERM": "foot", "STY": "1.pts"}, "\a"),
    ({}, "\a"),
]


@pytest.mark.parametrize(("environ", "sequence"), TERMINALS)
def test_a_terminal_gets_what_it_understands(environ: dict[str, str], sequence: str) -> None:
    assert notice_sequence(environ, TEXT) == sequence


def asked(aichat: Program, *words: str, config: str = "", **outside: object) -> bytes:
    """What stdout got of an answer that took long: every look at the clock is 9 s later."""
    aichat.write_config(f"[ui]\n{config}\n")
    ticks = count(0, 9)
    clock = Clock(lambda: 0.0, lambda: float(next(ticks)), lambda _: None, lambda: 0.5)
    with Server(default=chat_stream(["Fine."])) as server:
        aichat.point_groq_at(server.url)
        given = {**TERMINAL, "clock": clock, **outside}
        environ = {"TERM": str(outside.pop("term", "xterm"))}
        return aichat.invoke("ask", "--plain", *words, "hi", environ=environ, **given).stdout


def test_a_long_answer_rings_once_after_it(aichat: Program) -> None:
    assert asked(aichat) == b"Fine.\n\a"


def test_several_answers_ring_once(aichat: Program) -> None:
    told = asked(aichat, "-p", "groq", "-m", "a", "-m", "b")
    assert told.endswith(b"Fine.\n\a") and told.count(b"\a") == 1


@pytest.mark.parametrize("config", ["notify = 0", "notify = 100000"])
def test_it_is_silent_where_the_user_wants_it(aichat: Program, config: str) -> None:
    assert asked(aichat, config=config) == b"Fine.\n"


def test_it_is_silent_in_a_pipe_and_where_only_the_answer_is_wanted(aichat: Program) -> None:
    assert asked(aichat, stdout_tty=False) == b"Fine.\n"
    assert asked(aichat, "-q") == b"Fine.\n"


def test_a_quick_answer_is_told_of_by_nobody(aichat: Program) -> None:
    with Server(default=chat_stream(["Fine."])) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "--plain", "hi", environ={"TERM": "xterm"}, **TERMINAL)
    assert done.stdout == b"Fine.\n"


def test_what_the_model_or_the_server_said_is_not_in_it(aichat: Program) -> None:
    aichat.write_config("[ui]\nnotify = 0.001\n")
    for reply in (chat_stream(["Secret."]), chat_error(400, "Secret.")):
        environ = {"TERM_PROGRAM": "WezTerm"}
        with (
            Server(reply) as server,
            Terminal(aichat.point_groq_at(server.url), "ask", "hi", environ=environ) as terminal,
        ):
            terminal.strict.takes_notices = True
            terminal.wait_for_exit()
        told = re.findall(r"\x1b\](.*?)\d+ s\x1b\\", terminal.text)
        assert told == ["9;aichat: the answer has ended, after "]
