"""The last command's output is what stands below it on the screen."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from aichat.app.shell.last_output import MAX_SENT, output_below, read_output
from aichat.app.shell.tmux_marks import read_marked_output
from aichat.process.world import World, system_world

MARKED_WORDS, BELOW_WORDS = "that it printed", "that stand below it on the screen"

SCREENS = {
    "$ false\n$ ": "",
    "$ gti status\nbash: gti: command not found\n$ ": "bash: gti: command not found",
    "$ gti status\nold\n$ gti status\nnew\nmore\n$ \n\n\n": "new\nmore",
    "$ gti status\nout\n$ aichat fix -- gti status": "out",
    "~ $ gti status\nout\n~ [127] $ ": "out",
    "~ $ gti status\nout\n[127] ~ $ aichat fix -- gti status": "out",
    "bash-5$ gti status\nbash: gti: command not found\n\n": "bash: gti: command not found",
    "gti status\nout\nwhatever": "out",
    "$ ls\na b\n$ ": None,
    "": None,
}


@pytest.mark.parametrize("screen", SCREENS)
def test_the_output_is_what_stands_between_the_command_and_the_prompt(screen: str) -> None:
    command = "false" if "false" in screen else "gti status"
    assert output_below(screen, command) == SCREENS[screen]


def world_with(folder: Path, program: str, script: str, **variables: str) -> World:
    """A world in which ``program`` is a script that stands for a terminal's own."""
    path = folder / program
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return system_world()._replace(environ={"PATH": f"{folder}:/usr/bin:/bin"} | variables)


def test_tmux_is_asked_for_the_pane_that_the_shell_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"echo \"$@\" > '{tmp_path}/asked'; printf '$ make\\nno rule\\n$ \\n'"
    world = world_with(tmp_path, "tmux", script, TMUX_PANE="%7")
    monkeypatch.setenv("PATH", world.environ["PATH"])
    assert read_output(world, "make") == ("no rule", BELOW_WORDS)
    assert (tmp_path / "asked").read_text() == "capture-pane -p -J -S -2000 -t %7\n"


def test_kitty_gives_the_output_by_the_marks_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_with(tmp_path, "kitty", r"printf 'a\033[31mb\033[0m\n'", KITTY_WINDOW_ID="1")
    monkeypatch.setenv("PATH", world.environ["PATH"])
    assert read_output(world, "make") == ("ab", MARKED_WORDS)


def test_a_long_output_is_sent_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "yes 0123456789 | head -2000; echo end"
    world = world_with(tmp_path, "kitty", script, KITTY_WINDOW_ID="1")
    monkeypatch.setenv("PATH", world.environ["PATH"])
    found = read_output(world, "make")
    assert found and len(found.text) == MAX_SENT and found.text.endswith("end")


@pytest.mark.parametrize("variables", [{}, {"KITTY_WINDOW_ID": "1"}], ids=["none", "refused"])
def test_a_terminal_that_does_not_tell_leaves_the_output_unknown(
    variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_with(tmp_path, "kitty", "exit 1", **variables)
    monkeypatch.setenv("PATH", world.environ["PATH"])
    assert read_output(world, "make") is None


def test_wezterm_is_asked_for_the_pane_that_the_shell_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"echo \"$@\" > '{tmp_path}/asked'; printf '$ make\\nno rule\\n$ \\n'"
    world = world_with(tmp_path, "wezterm", script, WEZTERM_PANE="3")
    monkeypatch.setenv("PATH", world.environ["PATH"])
    assert read_output(world, "make") == ("no rule", BELOW_WORDS)
    assert (tmp_path / "asked").read_text() == "cli get-text --pane-id 3 --start-line -2000\n"


def test_the_innermost_terminal_alone_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world_with(tmp_path, "kitty", "echo of another shell")
    names = {"TMUX_PANE": "%1", "KITTY_WINDOW_ID": "1"}
    world = world_with(tmp_path, "tmux", "echo nothing of it", **names)
    monkeypatch.setenv("PATH", world.environ["PATH"])
    assert read_output(world, "make") is None


#: Rows of a screen, the first of them 2 rows above it, and those that the jumps lead to.
ROWS = ("$ make", "no rule", "make: make", "stop", "$ aichat fix")
MARKED = {
    ("2 -1 2 -2", "make"): "no rule\nmake: make\nstop",
    ("2 -1 2 -2", "make\nmore"): "no rule\nmake: make\nstop",
    ("2 -1 2 -2", "git"): None,  # they are of another command
    ("2 -1 1 -2", "make"): None,  # there is a prompt between: it has printed nothing
    ("2 2 2 2", "make"): None,  # no marks
    ("2 -1 2", "make"): None,
    ("", "make"): None,  # the pane shows something else
    ("no such command", "make"): None,
}


@pytest.mark.parametrize(("rows", "command"), MARKED)
def test_in_tmux_the_output_stands_between_the_marks(rows: str, command: str) -> None:
    asked: list[Sequence[str]] = []

    def read(argv: Sequence[str]) -> str | None:
        asked.append(argv)
        if argv[1] == "if-shell":
            return "\n".join(rows.split())
        first, last = (int(argv[argv.index(flag) + 1]) + 2 for flag in ("-S", "-E"))
        return "\n".join(ROWS[first : last + 1])

    assert read_marked_output(read, "%7", command) == MARKED[rows, command]
    assert all("%7" in " ".join(argv) for argv in asked)
    assert asked[0][-1].endswith("send-keys -X -t %7 cancel")


#: A shell that marks its prompts and outputs, and one that does not.
SHELLS = {
    "marks": r"env PS1='\[\e]133;A\e\\\]$ ' PS0='\[\e]133;C\e\\\]' bash --norc --noprofile",
    "none": "env PS1='$ ' ENV= sh",
}


@pytest.mark.long
@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_tmux_tells_what_a_command_printed(shell: str, tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    socket = str(tmp_path / "tmux")

    def tmux(*words: str) -> str:
        argv = ("tmux", "-S", socket, "-f", "/dev/null", *words)
        return subprocess.run(argv, env=environ, capture_output=True, text=True, check=True).stdout

    if shell == "marks" and float(tmux("-V").split()[1].strip("abcdef")) < 3.4:
        pytest.skip("tmux knows marks since 3.4")
    tmux("new", "-d", "-x", "40", "-y", "10", SHELLS[shell])
    try:
        pane, server = tmux("display", "-p", "#{pane_id} #{socket_path},#{pid},0").split()
        long = "x" * 60  # it is wrapped, and is one line all the same
        command = f"gti status; echo {long}"
        more = " # on" if shell == "marks" else ""  # then its line does not end in it
        tmux("send-keys", "-t", pane, f"{command}{more}", "Enter")
        world = system_world()._replace(environ=environ | {"TMUX_PANE": pane, "TMUX": server})
        for _ in range(500):
            found = read_output(world, command)
            if found and found.text.endswith(long):
                break
            time.sleep(0.02)
        assert found is not None
        assert found.where == (MARKED_WORDS if shell == "marks" else BELOW_WORDS)
        first, second = found.text.split("\n")
        assert "gti" in first and "not found" in first and second == long
        assert tmux("display", "-p", "-t", pane, "#{pane_in_mode}") == "0\n"
    finally:
        tmux("kill-server")
