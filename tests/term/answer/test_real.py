"""On terminals that others wrote: pyte for some golden cases, tmux for resizing."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from aichat.term.answer.renderer import Renderer
from aichat.term.answer.style import RenderStyle
from tests.support.running.program import ROOT
from tests.term.rendering import Clock, chunks, lines, once
from tests.term.texts import examples

GOLDEN = {
    "a list": ("# T\n\n1. one\n2. two\n   - **a**\n", ["# T", "", " 1 one", " 2 two", "    • a"]),
    "a table": ("|a|b|\n|-|-:|\n|1|2|\n", [" a  b", " ────", " 1  2"]),
    "a quote": ("> a\n> - b\n", ["▌ a", "▌  • b"]),
    "code": ("```py\nx = 1\n\n\ny\n```\n", ["── py · 1 ──", "x = 1", "", "", "y"]),
}


def on_pyte(text: str, size: int) -> list[str]:
    screen = pyte.HistoryScreen(80, 24, history=10_000)
    screen.set_mode(pyte.modes.LNM)
    stream, clock = pyte.Stream(screen), Clock()
    renderer = Renderer(stream.feed, lambda: (80, 24), clock, RenderStyle())
    for piece in chunks(text, size):
        renderer.feed(piece)
        clock.now += 1
    renderer.close()
    history = [
        "".join(row[column].data for column in range(80)).rstrip() for row in screen.history.top
    ]
    shown = history + [row.rstrip() for row in screen.display]
    while shown and not shown[-1]:
        shown.pop()
    return shown


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("size", [1, 1000])
def test_pyte_shows_what_it_should(name: str, size: int) -> None:
    text, rows = GOLDEN[name]
    shown = on_pyte(text, size)
    assert shown == rows


def test_pyte_and_our_terminal_agree() -> None:
    text = "\n\n".join(one for one in examples()[:120] if one.isascii())
    assert on_pyte(text, 50) == lines(once(text))


SCRIPT = """
import os, sys, time
from pathlib import Path
from aichat.term.answer.renderer import Renderer
from aichat.term.answer.style import RenderStyle
def write(text):
    os.write(1, text.encode())
def size():
    return tuple(os.get_terminal_size(1))
folder = Path(sys.argv[1])
renderer = Renderer(write, size, time.monotonic, RenderStyle())
for number in range(60):
    renderer.feed(f"- item{number:03} has **some** words, and enough of them that a row of eighty ")
    renderer.feed(f"columns has to be broken end{number:03}\\n")
    if number in (20, 40):
        (folder / f"at{number}").touch()
        while not (folder / f"go{number}").exists():
            time.sleep(0.01)
            renderer.tick()
    time.sleep(0.01)
renderer.close()
(folder / "done").touch()
time.sleep(60)
"""


PARAGRAPH = " ".join(f"word{n}" for n in range(60))

WRAPPED = f"""
import os, sys, time
from pathlib import Path
from aichat.term.answer.renderer import Renderer
from aichat.term.answer.style import RenderStyle
write = lambda text: os.write(1, text.encode())
size = lambda: tuple(os.get_terminal_size(1))
renderer = Renderer(write, size, time.monotonic, RenderStyle(wrap="terminal"))
for piece in {[*chunks(PARAGRAPH, 0)]!r}:
    renderer.feed(piece)
    time.sleep(0.002)
    renderer.tick()
renderer.feed("\\n\\n- an item\\n")
renderer.close()
Path(sys.argv[1], "done").touch()
time.sleep(60)
"""


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """The command line of a tmux of our own."""
    found = shutil.which("tmux")
    if not found:
        pytest.skip("tmux is not installed")
    command = [found, "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    yield command
    subprocess.run([*command, "kill-server"], check=False, capture_output=True)


def wait_for(path: Path, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, path
        time.sleep(0.02)


def start(tmux: list[str], tmp_path: Path, script: str) -> None:
    (tmp_path / "script.py").write_text(script)
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    run = [sys.executable, str(tmp_path / "script.py"), str(tmp_path)]
    session = [*tmux, "new-session", "-d", "-x", "80", "-y", "24", *run]
    subprocess.run(session, env=environ, check=True)


def resize(tmux: list[str], columns: int) -> None:
    subprocess.run([*tmux, "resize-window", "-x", str(columns), "-y", "24"], check=True)


def captured(tmux: list[str]) -> str:
    """Scrollback and screen, with the rows that tmux broke put together."""
    capture = [*tmux, "capture-pane", "-p", "-J", "-S", "-"]
    return subprocess.run(capture, check=True, capture_output=True, text=True).stdout


def test_tmux_has_a_paragraph_that_it_wraps_as_one_line_also_after_resizing(
    tmux: list[str], tmp_path: Path
) -> None:
    start(tmux, tmp_path, WRAPPED)
    wait_for(tmp_path / "done")
    for columns in (80, 33, 110):
        resize(tmux, columns)
        assert [line.rstrip() for line in captured(tmux).split("\n")][:3] == [
            *(PARAGRAPH, "", " • an item"),
        ]


def test_tmux_loses_nothing_when_it_is_resized_while_text_streams(
    tmux: list[str], tmp_path: Path
) -> None:
    start(tmux, tmp_path, SCRIPT)
    for number, columns in ((20, 50), (40, 110)):
        wait_for(tmp_path / f"at{number}")
        resize(tmux, columns)
        (tmp_path / f"go{number}").touch()
    wait_for(tmp_path / "done")
    shown = captured(tmux)
    for number in range(60):
        assert f"item{number:03}" in shown and f"end{number:03}" in shown, shown
    again = sum(shown.count(f"item{n:03}") - 1 for n in range(60))
    assert again <= 2 * 12, shown
