"""An error on stderr: as it always was for programs, as an error for people."""

import re

import pytest

from aichat.core.text.clock import Clock
from aichat.errors import Fault
from aichat.process.world import World
from tests.support.running.program import TERMINAL, Program

XTERM = {"TERM": "xterm-256color"}


def test_a_pipe_gets_the_same_lines_whatever_the_colours(aichat: Program) -> None:
    for words in ((), ("--color", "always")):
        told = aichat.invoke("models", "--sort", "nope", *words).stderr
        assert told.startswith("aichat: ") and "error" not in told and "\x1b" not in told


def test_a_terminal_sees_the_word_the_cause_and_the_remedy(aichat: Program) -> None:
    told = aichat.invoke("ask", "hi", "-p", "groq", environ=XTERM, **TERMINAL).stderr
    first, *hint = told.splitlines()
    assert first == "aichat: \x1b[1merror\x1b[0m: groq: no key for groq"
    assert hint[0].startswith("\x1b[2m  set GROQ_API_KEY") and hint[0].endswith("\x1b[0m")


def test_without_colour_the_word_is_still_there(aichat: Program) -> None:
    plain = {**XTERM, "NO_COLOR": "1"}
    told = aichat.invoke("ask", "hi", "-p", "groq", environ=plain, **TERMINAL).stderr
    assert told.startswith("aichat: error: groq: no key for groq\n  set GROQ_API_KEY")
    assert "\x1b" not in told


def test_a_warning_stands_out_on_a_terminal(aichat: Program) -> None:
    aichat.write_config("[ui]\nfoo = 1\n")
    told = aichat.invoke("keys", "list", environ=XTERM, **TERMINAL).stderr
    told += aichat.invoke("profiles", "list", environ=XTERM, **TERMINAL).stderr
    assert re.match(r"aichat: \x1b\[1mwarning\x1b\[0m: .*ui\.foo", told.replace("\n", ""))


class _Kept:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None: ...

    def fileno(self) -> int:
        raise OSError


@pytest.mark.parametrize("foreign", ["\x1b[2J", "\x9b2J", "\x1b]0;x\x07"])
def test_what_is_foreign_in_an_error_drives_no_terminal(foreign: str) -> None:
    err = _Kept()
    clock = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)
    world = World(XTERM, None, None, err, False, True, clock, stderr_tty=True)  # type: ignore[arg-type]
    world.report_fault(Fault("server", f"no{foreign}", f"hint{foreign}"))
    shown = re.sub(r"\x1b\[[\d;]*m", "", err.data.decode())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_what_the_user_ended_is_no_error() -> None:
    err = _Kept()
    clock = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)
    world = World(XTERM, None, None, err, False, True, clock, stderr_tty=True)  # type: ignore[arg-type]
    world.report_fault(Fault("interrupted", "interrupted", signum=2))
    assert err.data == b"aichat: interrupted\n"
