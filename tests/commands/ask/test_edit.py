"""``ask --edit``: the question is written in an editor, and what comes of it is sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import SENTINEL, Program, Result
from tests.support.terminal.terminal import Terminal

AT_TERMINAL = {"stdin_tty": True, "stdout_tty": True}


@pytest.fixture
def edit(aichat: Program) -> Callable[..., tuple[Result, list[str]]]:
    """Ask with an editor that is a shell script; the result, and what was sent."""

    def run(script: str, *words: str, **outside: Any) -> tuple[Result, list[str]]:
        editor = aichat.home / "an editor"
        editor.write_text(f"#!/bin/sh\n{script}\n")
        editor.chmod(0o700)
        environ = {"VISUAL": f"'{editor}'", "EDITOR": "false", "NO_COLOR": "1"}
        with Server(default=chat_stream(["Yes."])) as server:
            aichat.point_groq_at(server.url)
            done = aichat.invoke("ask", *words, environ=environ, **(AT_TERMINAL | outside))
        return done, [seen.json()["messages"][-1]["content"] for seen in server.requests]

    return run


Edit = Callable[..., tuple[Result, list[str]]]


def test_the_words_are_the_draft_and_what_is_left_of_it_is_sent(edit: Edit) -> None:
    done, sent = edit('printf " and\\nthat" >> "$1"', "--edit", "why", "this")
    assert (done.code, sent) == (0, ["why this and\nthat"]) and "Yes." in done.text


def test_it_begins_with_nothing_too(edit: Edit, tmp_path: Path) -> None:
    done, sent = edit(f'cp "$1" {tmp_path}/draft; echo "How deep?" > "$1"', "--edit")
    assert (done.code, sent) == (0, ["How deep?"]) and (tmp_path / "draft").read_text() == ""


@pytest.mark.parametrize("words", [(), ("why",), ("-c",), ("-f", "note.txt")])
@pytest.mark.parametrize("script", ['echo > "$1"', ': > "$1"'])
def test_an_empty_question_is_not_sent(
    script: str, words: tuple[str, ...], edit: Edit, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("note")
    edit(":", "before")
    done, sent = edit(script, "--edit", *words)
    assert (done.code, sent) == (2, []) and "nothing to ask" in done.stderr


def test_an_editor_that_fails_sends_nothing(edit: Edit) -> None:
    done, sent = edit("exit 1", "--edit", "why")
    assert (done.code, sent) == (2, []) and "the editor failed" in done.stderr


@pytest.mark.parametrize("off", ["stdin_tty", "stdout_tty"])
def test_it_needs_a_terminal(off: str, edit: Edit, tmp_path: Path) -> None:
    done, sent = edit(f"touch {tmp_path}/opened", "--edit", "why", **{off: False})
    assert (done.code, sent) == (2, []) and "--edit needs a terminal" in done.stderr
    assert not (tmp_path / "opened").exists()


def test_the_editor_gets_none_of_our_keys(edit: Edit, aichat: Program, tmp_path: Path) -> None:
    aichat.write_config('[providers.box]\nbase_url = "http://127.0.0.1:9"\nkey_env = "BOXES"\n')
    aichat.environ["BOXES"] = "another secret"
    edit(f"env > {tmp_path}/seen", "--edit", "why")
    seen = (tmp_path / "seen").read_text()
    assert "HOME=" in seen and SENTINEL not in seen and "another secret" not in seen


def test_on_a_terminal_the_editor_has_it(aichat: Program) -> None:
    with Server(chat_stream(["Nine metres."])) as server:
        aichat.point_groq_at(server.url)
        editor = aichat.home / "ed"
        editor.write_text('#!/bin/sh\nread line < /dev/tty\necho "$line" >> "$1"\n')
        editor.chmod(0o700)
        with Terminal(aichat, "ask", "--edit", environ={"EDITOR": str(editor)}, loose=True) as seen:
            seen.type("How deep is it?\n")
            seen.wait_until(lambda: b"Nine metres." in seen.raw)
    assert server.requests[0].json()["messages"][-1]["content"] == "How deep is it?"
