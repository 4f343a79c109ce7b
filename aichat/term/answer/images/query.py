"""Asking a terminal about itself: once, and not for long."""

import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from aichat.process.programs.environment import desktop_environment
from aichat.process.world import World
from aichat.term.answer.images.method import QUERY, is_whole_reply
from aichat.term.answer.images.picture import Size

try:
    import fcntl
    import termios
    import tty
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

#: Seconds to wait for a reply.
_PATIENCE = 0.2

#: A cell in pixels if nobody reports it.
_USUAL_CELL = Size(10, 20)


def ask_terminal(world: World) -> str:
    """The terminal's reply to ``QUERY``; empty if it cannot be asked now."""
    if termios is None or not (world.stdin_tty and world.stdin and world.stdout):
        return ""
    return _ask_once(world.stdin.fileno(), world.stdout.fileno())


@cache
def _ask_once(keys: int, screen: int) -> str:
    """Ask it; whatever was typed meanwhile is put back."""
    reply = b""
    with suppress(OSError, termios.error), _raw_mode(keys):
        if select.select([keys], [], [], 0)[0]:
            return ""  # the user is typing: leave that alone
        os.write(screen, f"\x1b7{QUERY}\x1b8\x1b[K".encode())  # some print what they do not know
        until = time.monotonic() + _PATIENCE
        while not is_whole_reply(reply.decode("latin-1")):
            left = until - time.monotonic()
            if left <= 0 or not select.select([keys], [], [], left)[0]:
                break
            reply += os.read(keys, 4096)
    text = reply.decode("latin-1")
    typed = "" if text.startswith("\x1b") else text.partition("\x1b")[0]
    with suppress(OSError):
        for byte in typed.encode("latin-1"):
            fcntl.ioctl(keys, termios.TIOCSTI, bytes([byte]))
    return text


@contextmanager
def _raw_mode(keys: int) -> Iterator[None]:
    before = termios.tcgetattr(keys)
    tty.setcbreak(keys, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(keys, termios.TCSANOW, before)


@cache
def ask_tmux(socket: str) -> str:
    """tmux's name for the terminal around it, if it passes sequences through."""
    import subprocess

    command = ("tmux", "display-message", "-p")
    asked = "#{allow-passthrough}|#{client_termtype} #{client_termname}"
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [*command, asked],
            capture_output=True,
            env=desktop_environment({**os.environ, "TMUX": socket}),
            stdin=subprocess.DEVNULL,
            timeout=1,
            check=False,
        )
        passes, _, name = done.stdout.decode("utf-8", "replace").strip().partition("|")
        return "" if passes in ("", "0", "off") else name
    return ""


def cell_size(world: World) -> Size:
    """A cell's size in pixels, as far as the terminal reports it."""
    with suppress(OSError, ValueError):
        handle = world.stdout.fileno() if world.stdout else 1
        said = fcntl.ioctl(handle, termios.TIOCGWINSZ, b"\0" * 8)
        rows, columns, width, height = (
            int.from_bytes(said[at : at + 2], "little") for at in (0, 2, 4, 6)
        )
        if rows and columns and width // columns and height // rows:
            return Size(width // columns, height // rows)
    return _USUAL_CELL
