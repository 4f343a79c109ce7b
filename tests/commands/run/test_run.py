"""A prompt's file as a program: arguments, stdin, help and exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.ask.test_all_eight import KEYS
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program, curl_body

REVIEW = """#!/usr/bin/env -S aichat run
---
description: Review a text
temperature: 0.5
vars:
  language: English
---
Review in {{language}}: {{input}}
"""


@pytest.fixture
def review(tmp_path: Path) -> Path:
    path = tmp_path / "review"
    path.write_text(REVIEW)
    path.chmod(0o755)
    return path


def test_a_file_takes_values_words_options_and_stdin(aichat: Program, review: Path) -> None:
    aichat.environ.update(KEYS)
    words = ("run", str(review), "language=German", "-m", "groq/x", "--dry-run", "it")
    body = curl_body(aichat.invoke(*words, stdin=b"a file\n"))
    assert body["messages"][0]["content"] == "Review in German: it\n\na file"
    assert (body["model"], body["temperature"]) == ("x", 0.5)


def test_its_help_is_its_own(aichat: Program, review: Path) -> None:
    done = aichat.invoke("run", str(review), "--help")
    assert done.text.splitlines()[:3] == [
        "usage: review [OPTIONS] [language=English] WORDS",
        "",
        "Review a text",
    ]
    assert "  temperature: 0.5\n" in done.text
    assert "Run a prompt's file as a program" in aichat.invoke("run", "--help").text


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ((), 2, "Missing argument"),
        (("-m", "x", "FILE"), 2, "name the file before -m"),
        (("none.md", "x"), 2, "cannot read prompt ./none.md"),
        (("FILE", "--no-stdin"), 2, "nothing to ask"),
        (("FILE", "language=a", "language=b", "x"), 2, "'language' is given twice"),
        (("ZERO", "x"), 2, "no text, for it has a zero byte in it"),
        (("FILE", "--no-stdin", "-p", "nobody", "x"), 3, "unknown provider 'nobody'"),
    ],
)
def test_what_is_wrong_is_one_line_and_the_exit_code_of_ask(
    words: tuple[str, ...], code: int, why: str, aichat: Program, review: Path
) -> None:
    zero = review.with_name("zero")
    zero.write_bytes(b"hi\0there")
    files = {"FILE": str(review), "ZERO": str(zero)}
    done = aichat.invoke("run", *(files.get(word, word) for word in words))
    assert (done.code, done.text) == (code, "")
    assert why.lower() in done.stderr.lower()


def test_the_file_itself_is_the_program(aichat: Program, review: Path, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "aichat"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aichat "$@"\n')
    program.chmod(0o755)
    with Server(chat_stream(["Good."])) as server:
        aichat.point_groq_at(server.url)
        environ = {**aichat.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            [review, "-p", "groq", "language=French"],
            input=b"text",
            capture_output=True,
            check=False,
            env=environ,
        )
    assert (done.stdout, done.returncode) == (b"Good.\n", 0)
    assert server.requests[0].json()["messages"][-1]["content"] == "Review in French: text"


def test_a_profile_names_a_prompt_for_what_begins_a_conversation(aichat: Program) -> None:
    folder = aichat.config_dir / "prompts"
    folder.mkdir(parents=True)
    (folder / "short.md").write_text("---\nextract: true\n---\nIn short: {{input}}")
    (folder / "long.md").write_text("At length: {{input}}")
    with Server(*(chat_stream(["```\nx\n```\n"]) for _ in range(4))) as server:
        aichat.point_groq_at(server.url)
        config = aichat.config_dir / "config.toml"
        config.write_text("[profiles.s]\nprompt = 'short'\n")
        first = aichat.invoke("ask", "-P", "s", "--no-stdin", "a")
        aichat.invoke("ask", "-P", "s", "-c", "--no-stdin", "b")
        aichat.invoke("ask", "-P", "s", "-t", "long", "--no-stdin", "c")
        aichat.invoke("ask", "--no-stdin", "d")
    assert first.text == "x\n"
    said = [one.json()["messages"][-1]["content"] for one in server.requests]
    assert said == ["In short: a", "b", "At length: c", "d"]
    shown = aichat.invoke("profiles", "show", "s").text
    assert "prompt\tshort\tprofile s" in shown
