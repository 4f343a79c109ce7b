"""A program of the user's with a terminal of its own, shown on ours and kept."""

import os
import pty
import termios
import threading
from collections.abc import Mapping

import pytest

from aichat.core.text.clock import Clock
from aichat.process.programs.terminal import KEPT_BYTES, ProgramRun, plain_output, run_on_terminal
from aichat.process.world import World
from tests.support.running.program import SENTINEL

CLOCK = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)


def run_typed(
    command: str, typed: bytes = b"", environ: Mapping[str, str] = {}
) -> tuple[ProgramRun, bytes]:
    """The run of a command, and what stood on the screen; ``typed`` is, once it is ready."""
    ours, its = pty.openpty()
    seen: list[bytes] = []

    def watch() -> None:
        while not seen or b"<END>" not in b"".join(seen)[-20:]:
            seen.append(os.read(ours, 1 << 16))
            if b"ready" in seen[-1]:
                os.write(ours, typed)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        termios.tcsetwinsize(its, (33, 77))
        before = termios.tcgetattr(its)
        with os.fdopen(os.dup(its), "rb", 0) as keys, os.fdopen(os.dup(its), "wb", 0) as screen:
            given = {"PATH": os.environ["PATH"], "SHELL": "/bin/sh", **environ}
            world = World(given, keys, screen, screen, True, True, CLOCK)
            done = run_on_terminal(world, command)
            assert termios.tcgetattr(its) == before
            screen.write(b"<END>")
        watching.join(20)
    finally:
        os.close(its), os.close(ours)
    return done, b"".join(seen).removesuffix(b"<END>")


def test_it_has_a_terminal_as_large_as_ours_and_what_is_typed() -> None:
    done, seen = run_typed(
        "test -t 0 && test -t 1 && stty size; echo ready; read x; echo got $x", b"abc\r"
    )
    assert done == (0, "33 77\nready\nabc\ngot abc\n")
    assert b"33 77\r\n" in seen and b"got abc" in seen


def test_ctrl_c_ends_the_program_and_not_us() -> None:
    done, _ = run_typed("echo ready; exec sleep 60", b"\x03")
    assert done.status == -2


def test_the_status_is_told_and_what_is_left_running_is_not_waited_for() -> None:
    assert run_typed("sleep 60 & exit 3")[0].status == 3


def test_no_key_is_in_its_environment() -> None:
    done, _ = run_typed("env", environ={"GROQ_API_KEY": SENTINEL, "KEEP": "kept"})
    assert "KEEP=kept" in done.output and SENTINEL not in done.output


def test_all_of_a_long_output_is_shown_and_its_end_is_kept() -> None:
    done, seen = run_typed("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done")
    lines = done.output.splitlines()
    assert lines[-1] == "line 20000" and len(done.output) <= KEPT_BYTES
    assert lines == [f"line {n}" for n in range(20001 - len(lines), 20001)]
    assert seen.startswith(b"line 1\r\nline 2\r\n") and seen.count(b"\n") == 20000


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\x1b]8;;u\x1b\\y", "red xy"),
        (b"10 %\r 50 %\r100 %\r\n", "100 %\n"),
        (b"N\x08NA\x08A", "NA"),
        (b"a\x1b(B\x1b=b\x00\x07\tc", "ab\tc"),
        (b"\xff\xc3\xa9", "\ufffd\u00e9"),
        (b"x\x1b]0;never closed", "x"),
    ],
)
def test_what_is_kept_is_text(data: bytes, text: str) -> None:
    assert plain_output(data) == text


def test_a_line_of_which_the_beginning_is_lost_is_left_out() -> None:
    assert plain_output(b"x" * KEPT_BYTES + b"\nwhole\n") == "whole\n"
