"""What ``ask`` says beside an answer, on a terminal and in a pipe."""

import re

import pytest

from tests.support.answering.server import Server, chat_error, chat_stream
from tests.support.running.program import TERMINAL, Program

XTERM = {"TERM": "xterm"}
PLAIN = {**XTERM, "NO_COLOR": "1"}


def left_of(stderr: str) -> str:
    """What is left of it on a screen: a busy machine shows a spinner, which is written over."""
    return re.sub(r"[^\n]*\r|\x1b\[K", "", stderr)


def test_a_blank_line_parts_answer_and_usage_on_a_terminal_only(aichat: Program) -> None:
    with Server(default=chat_stream(["Fine."])) as server:
        aichat.point_groq_at(server.url)
        seen = aichat.invoke("ask", "--usage", "--plain", "hi", environ=PLAIN, **TERMINAL)
        piped = aichat.invoke("ask", "--usage", "hi")
        halved = aichat.invoke(
            "ask", "--usage", "hi", environ=PLAIN, stdout_tty=False, stderr_tty=True
        )
    assert seen.stdout == piped.stdout == b"Fine.\n"
    assert re.fullmatch(r"\n12 in · 3 out · .*s\n", left_of(seen.stderr))
    assert re.fullmatch(r"12 in · 3 out · .*s\n", piped.stderr)
    assert re.fullmatch(r"12 in · 3 out · .*s\n", left_of(halved.stderr))


def test_what_stands_beside_an_answer_is_dim(aichat: Program) -> None:
    with Server(default=chat_stream(["Fine."])) as server:
        aichat.point_groq_at(server.url)
        seen = aichat.invoke("ask", "--usage", "--plain", "hi", environ=XTERM, **TERMINAL)
    assert re.fullmatch(r"\n\x1b\[2m12 in .*s\x1b\[0m\n", left_of(seen.stderr))


@pytest.mark.parametrize("outside", [{}, TERMINAL], ids=["pipe", "terminal"])
def test_an_attempt_that_brought_nothing_has_no_usage_line(
    aichat: Program, outside: dict[str, bool]
) -> None:
    with Server(default=chat_error(400, "no")) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "--usage", "hi", environ=PLAIN, **outside)
    label = "error: " if outside else ""
    shown = left_of(done.stderr)
    assert shown.splitlines()[0] == f"aichat: {label}groq openai/gpt-oss-120b: no (HTTP 400)"
    assert " s\n" not in shown and not shown.startswith("\n")


def test_a_pipe_is_told_each_attempt_as_it_always_was(aichat: Program) -> None:
    busy = chat_error(429, "slow down", headers={"retry-after": "1"})
    with Server(busy, busy, busy) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi", environ=XTERM)
    who = "aichat: groq openai/gpt-oss-120b: slow down (HTTP 429)"
    assert done.stderr == (
        f"{who}; retrying in 1.0 s (1 of 2)\n{who}; retrying in 1.0 s (2 of 2)\n"
        f"{who}\n  wait a moment, or use a smaller model\n"
    )


def test_on_a_terminal_only_the_last_of_them_is_left(aichat: Program) -> None:
    busy = chat_error(429, "slow down", headers={"retry-after": "1"})
    with Server(busy, busy, busy) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "--plain", "hi", environ=PLAIN, **TERMINAL)
    rows = left_of(done.stderr)
    assert rows == (
        "aichat: error: groq openai/gpt-oss-120b: slow down (HTTP 429)\n"
        "  wait a moment, or use a smaller model\n"
    )
