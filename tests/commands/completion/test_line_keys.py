"""Alt-E in real shells: the words in the line become a command there, and nothing is run."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.core.cli.completion.line_keys import KEYS
from tests.support.answering.server import Server, chat_error, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.shells import Shell, require_shell

ALT_E, REPORT = b"\x1be", b"\x07"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def start_shell(name: str, aichat: Program, server: Server) -> Shell:
    """A shell that has read the keys, with a program called ``aichat`` on its path."""
    folder = aichat.home / "bin"
    folder.mkdir()
    program = folder / "aichat"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m aichat "$@"\n')
    program.chmod(0o755)
    keys = aichat.home / "keys"
    keys.write_text(aichat.invoke("completion", name, "--keys").text)
    aichat.point_groq_at(server.url)
    environ = aichat.environ | {"PATH": f"{folder}:{aichat.environ['PATH']}"}
    return Shell(name, keys, aichat.home, environ)


def line_after(shell: Shell, typed: str) -> str:
    """The line that stands in the prompt once Alt-E behind ``typed`` has done its work."""
    shell.send(typed.encode() + ALT_E)
    shell.send(REPORT)
    found = re.search(r"<<(.*?)>>", shell.read_until("<<", ">>", seconds=60))
    assert found
    return found[1]


#: What is no line to put in the place of another.
REFUSED = (chat_stream(["I'm sorry."]), chat_stream(["a\nb"]), chat_error(401, "no"))


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_words_in_the_line_become_a_command_that_nobody_runs(
    name: str, aichat: Program, server: Server
) -> None:
    with start_shell(name, aichat, server) as shell:
        server.push(chat_stream(["touch 'a b' # caf\u00e9"]))
        assert line_after(shell, "make 'it' $HOME") == "touch 'a b' # caf\u00e9"
        asked = json.loads(server.requests[0].body)["messages"]
        assert asked[1]["content"] == "make 'it' $HOME"
        assert f"one command for {name} on" in asked[0]["content"]
        for reply in REFUSED if name == "bash" else REFUSED[-1:]:
            server.push(reply)
            assert line_after(shell, "keep me") == "keep me"
    assert not (aichat.home / "a b").exists()


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_an_empty_line_becomes_the_last_command_mended(
    name: str, aichat: Program, server: Server
) -> None:
    with start_shell(name, aichat, server) as shell:
        shell.send(b"ls /nowhere-at-all; false\r")
        shell.read_until("nowhere", "ready> ")
        server.push(chat_stream(["# there is no such folder\nls /"]))
        shell.send(ALT_E)
        shell.send(REPORT)
        seen = shell.read_until("<<", ">>", seconds=60)
        assert "<<ls />>" in seen and "there is no such folder" in seen
        asked = json.loads(server.requests[0].body)["messages"][1]["content"]
    assert asked.splitlines() == [
        "Command: ls /nowhere-at-all; false",
        f"Folder: {aichat.home}",
        "Exit status: 1",
    ]


@pytest.mark.parametrize("name", KEYS)
def test_the_keys_are_the_shells_own_language(name: str, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(KEYS[name])
    done = subprocess.run(
        [require_shell(name), "-n", str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_shell_without_keys_says_so(aichat: Program) -> None:
    done = aichat.invoke("completion", "powershell", "--keys")
    assert (done.code, done.text) == (2, "")
    assert "--keys: there are none for powershell" in done.stderr
    assert "_aichat_line" not in aichat.invoke("completion", "bash").text
