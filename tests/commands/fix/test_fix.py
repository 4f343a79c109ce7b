"""``aichat fix``: what is known of a command goes out, and a mended line comes back."""

import json
from collections.abc import Callable

import pytest

from tests.commands.sh.test_sh import MENU, press
from tests.support.answering.server import Server, chat_stream
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal

MENDED = chat_stream(["# the name was misspelt\n", "git status"])


def question(server: Server) -> str:
    content: str = json.loads(server.requests[0].body)["messages"][1]["content"]
    return content


def test_a_command_is_mended_with_a_line_of_why(aichat: Program) -> None:
    with Server(MENDED) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("fix", "--status", "127", "--", "gti status")
        lines = question(server).splitlines()
    assert (done.text, done.code) == ("git status\n", 0)
    assert done.stderr == "aichat: the name was misspelt\n"
    assert lines[0] == "Command: gti status" and "Exit status: 127" in lines
    assert "<output>" not in lines


def test_no_command_is_exit_2_and_says_who_knows_it(aichat: Program) -> None:
    done = aichat.invoke("fix")
    assert (done.code, done.text) == (2, "")
    assert "only the shell knows its last command" in done.stderr
    assert "completion bash --keys" in done.stderr


def test_what_cannot_be_mended_is_exit_12_with_the_reason(aichat: Program) -> None:
    with Server(chat_stream(["# the disk is full"])) as server:
        done = aichat.point_groq_at(server.url).invoke("fix", "--", "cp a b")
    assert (done.text, done.code) == ("", 12)
    assert "the disk is full" in done.stderr


@pytest.fixture
def at_question(aichat: Program) -> Callable[..., Terminal]:
    """``aichat fix`` on a terminal, once it asks whether the command may be run again."""

    def start(server: Server, command: str, **variables: str) -> Terminal:
        aichat.point_groq_at(server.url)
        words = ("fix", "--shell", "/bin/sh", "--", command)
        none = dict.fromkeys(("TMUX_PANE", "KITTY_WINDOW_ID", "WEZTERM_PANE"))
        environ = {"SHELL": "/bin/sh", **none, **variables}
        terminal = Terminal(aichat, *words, environ=environ, loose=True)
        return terminal.wait_until(lambda: "[y/N]" in terminal.text)

    return start


def test_a_yes_runs_it_again_and_sends_what_it_prints(
    at_question: Callable[..., Terminal], aichat: Program
) -> None:
    command = "echo out; echo err >&2; touch ran; exit 3"
    with Server(MENDED) as server, at_question(server, command) as t:
        press(t, "y", "[y/N]")
        t.wait_until(lambda: MENU in t.text)
        press(t, "n")
        assert t.wait_for_exit() == 0
        assert "<output>\nout\nerr\n[exit status 3]\n</output>" in question(server)
    assert (aichat.home / "ran").exists()
    assert "sends the command, its folder and 3 lines" in t.text


@pytest.mark.parametrize("key", ["", long_case("n"), long_case("yess")])
def test_anything_but_yes_does_not_run_it(
    key: str, at_question: Callable[..., Terminal], aichat: Program
) -> None:
    with Server(MENDED) as server, at_question(server, "touch ran; rm x") as t:
        assert "deletes or overwrites: rm" in t.text
        press(t, key, "[y/N]")
        t.wait_until(lambda: MENU in t.text)
        press(t, "n")
        assert t.wait_for_exit() == 0
        assert "<output>" not in question(server)
    assert not (aichat.home / "ran").exists()


@pytest.mark.parametrize("does", ["exit 1", "echo a screen without it", ""])
def test_in_a_wezterm_that_does_not_tell_it_is_run_again_after_a_yes(
    does: str, at_question: Callable[..., Terminal], aichat: Program
) -> None:
    """It refuses, shows something else, or is not there, as on the other end of ssh."""
    if does:
        program = aichat.home / "wezterm"
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    path = f"{aichat.home}:/usr/bin:/bin"
    claims = {"PATH": path, "WEZTERM_PANE": "0", "TERM_PROGRAM": "WezTerm"}
    with Server(MENDED) as server, at_question(server, "echo out", **claims) as t:
        press(t, "y", "[y/N]")
        t.wait_until(lambda: MENU in t.text)
        press(t, "n")
        assert t.wait_for_exit() == 0
        assert "<output>\nout\n</output>" in question(server)
    assert "1 line that it printed" in t.text


def test_its_help_says_which_terminals_tell_what_was_printed(aichat: Program) -> None:
    shown = aichat.invoke("fix", "--help").text
    assert "tmux     what stands between the shell's marks (OSC 133), else below" in shown
    assert "wezterm  what stands below the command: wezterm cli tells no marks" in shown
    assert "--no-output sends nothing of it." in shown
