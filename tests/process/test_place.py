"""Where the user is: which panes are told apart, and which are the same one."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from aichat.core.text.clock import Clock
from aichat.process.place import find_place
from aichat.process.world import World
from tests.support.running.program import ROOT

CLOCK = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)


def pane(environ: Mapping[str, str], *, terminal: bool = True) -> str:
    """The name of the pane that an environment tells of."""
    return find_place(World(environ, None, None, None, False, False, CLOCK, "", terminal)).pane


TMUX = {"TMUX_PANE": "%3", "TMUX": "/tmp/tmux-1000/default,412,0"}
WEZTERM = {"WEZTERM_PANE": "3", "WEZTERM_UNIX_SOCKET": "/run/gui-sock-9"}
KITTY = {"KITTY_WINDOW_ID": "3", "KITTY_PID": "77"}
ITERM, APPLE = {"ITERM_SESSION_ID": "w0t1p0:6F"}, {"TERM_SESSION_ID": "B2A5"}
WINDOWS = {"WT_SESSION": "2ce5"}
EVERY = (TMUX, WEZTERM, KITTY, ITERM, APPLE, WINDOWS)


def test_each_terminal_names_its_panes_and_the_innermost_counts() -> None:
    names = [pane(environ) for environ in EVERY]
    assert len({*names}) == len(EVERY)
    for place, environ in enumerate(EVERY):
        outer = {name: value for other in EVERY[place:] for name, value in other.items()}
        assert pane(outer) == pane(environ) == names[place]


@pytest.mark.parametrize("environ", EVERY)
def test_every_variable_of_a_terminal_tells_its_panes_apart(environ: Mapping[str, str]) -> None:
    for name in environ:
        assert pane({**environ, name: "another"}) != pane(environ)


def test_what_names_a_pane_is_stored_as_a_short_hash() -> None:
    kind, _, number = pane(TMUX).partition(" ")
    assert kind == "pane" and len(number) == 8 and int(number, 16) >= 0


def test_without_a_terminal_there_is_a_folder_and_no_pane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = find_place(World(TMUX, None, None, None, False, False, CLOCK))
    assert found == ("", str(tmp_path)) and found.names == (str(tmp_path),)


def test_a_folder_that_is_gone_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert find_place(World({}, None, None, None, False, False, CLOCK)).names == ()


def test_a_name_that_is_no_text_is_one_that_a_store_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / os.fsdecode(b"odd \xff")
    odd.mkdir()
    monkeypatch.chdir(odd)
    found = find_place(World({"TMUX_PANE": "%\udcff"}, None, None, None, True, False, CLOCK))
    assert found.folder == f"{tmp_path}/odd \ufffd" and found.pane.startswith("pane ")


REPORT = """
from aichat.process.place import find_place
from aichat.process.world import system_world
print(find_place(system_world()).pane)
"""


def test_a_terminal_that_names_no_panes_is_known_by_its_device_and_its_session() -> None:
    master, slave = pty.openpty()
    names = []
    for is_new in (False, False, True):
        done = subprocess.run(
            [sys.executable, "-c", REPORT],
            stdin=slave,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
            start_new_session=is_new,
            check=True,
        )
        names.append(done.stdout)
    os.close(master), os.close(slave)
    assert names[0].startswith(b"pane ") and names[0] == names[1] != names[2]
