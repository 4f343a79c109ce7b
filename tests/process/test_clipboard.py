"""Copying in a real tmux: its buffer has the text, and what is said is true."""

import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from aichat.core.text.clock import Clock
from aichat.process import clipboard
from aichat.process.world import World

TEXT = "a `b`\n\tc – ü\n" * 1000


def world(**environ: str) -> tuple[World, BytesIO]:
    out = BytesIO()
    clock = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)
    return World(environ, None, out, None, True, True, clock), out


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A tmux of our own, alone on the PATH, and its socket."""
    found = shutil.which("tmux")
    if not found:
        pytest.skip("tmux is not installed")
    (tmp_path / "tmux").symlink_to(found)
    socket = tmp_path / "socket"
    subprocess.run([found, "-S", socket, "-f", "/dev/null", "new-session", "-d", "cat"], check=True)
    yield found, socket
    subprocess.run([found, "-S", socket, "kill-server"], check=False)


def test_copying_reaches_the_buffer_of_tmux(tmux: tuple[str, Path], tmp_path: Path) -> None:
    program, socket = tmux
    outside, out = world(PATH=str(tmp_path), TMUX=f"{socket},1,0")
    assert clipboard.copy_text(outside, TEXT).startswith("tmux's buffer, and the terminal's")
    shown = subprocess.run([program, "-S", socket, "show-buffer"], check=True, capture_output=True)
    assert shown.stdout.decode() == TEXT and out.getvalue() == b""


def test_a_tmux_that_is_gone_is_not_said_to_have_it(tmux: tuple[str, Path], tmp_path: Path) -> None:
    outside, out = world(PATH=str(tmp_path), TMUX=f"{tmp_path / 'no socket'},1,0")
    assert clipboard.copy_text(outside, "hi").startswith("OSC 52")
    assert out.getvalue() == b"\x1b]52;c;aGk=\x07"
