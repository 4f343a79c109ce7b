"""Copying in a real tmux: its buffer has the text, and what is said is true."""

import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from aichat.core.text.clock import Clock
from aichat.errors import AichatError
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


def tool(folder: Path, name: str, script: str) -> None:
    """A program of the system's that reads the clipboard."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


READ = {
    "a picture": ("printf '\\211PNG'", b"\x89PNG"),
    "a text where there is no picture": (
        'case "$*" in *image/png*) exit 1;; esac; printf text',
        b"text",
    ),
    "a key of ours is none of its business": ('printf "${GROQ_API_KEY-none}"', b"none"),
}


@pytest.mark.parametrize(("script", "data"), READ.values(), ids=READ)
def test_what_was_copied_is_read(script: str, data: bytes, tmp_path: Path) -> None:
    tool(tmp_path, "xclip", script)
    outside, _ = world(PATH=f"{tmp_path}:/bin", DISPLAY=":9", GROQ_API_KEY="secret")
    assert clipboard.read_content(outside) == data


UNREAD = {
    "no program": ("", ":9", "the clipboard cannot be read here"),
    "no display": ("printf x", "", "the clipboard cannot be read here"),
    "nothing": ("exit 1", ":9", "the clipboard is empty"),
    "too much": ("head -c 50000001 /dev/zero", ":9", "the clipboard has more than 50 MB"),
}


@pytest.mark.parametrize(("script", "display", "said"), UNREAD.values(), ids=UNREAD)
def test_a_clipboard_that_cannot_be_read_says_why(
    script: str, display: str, said: str, tmp_path: Path
) -> None:
    if script:
        tool(tmp_path, "xclip", script)
    outside, _ = world(PATH=f"{tmp_path}:/bin" if script else str(tmp_path), DISPLAY=display)
    with pytest.raises(AichatError, match=said):
        clipboard.read_content(outside)
