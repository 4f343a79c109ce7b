"""Where the user is: the terminal pane, and the folder."""

import os
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from aichat.process.world import World
from aichat.values import NamedTuple

#: Variables in which terminals name a pane, with those that identify the terminal's run, since
#: pane numbers are reused; the innermost terminal first.
_PANE_VARIABLES: Mapping[str, Sequence[str]] = {
    "TMUX_PANE": ("TMUX",),
    "WEZTERM_PANE": ("WEZTERM_UNIX_SOCKET",),
    "KITTY_WINDOW_ID": ("KITTY_PID",),
    "ITERM_SESSION_ID": (),
    "TERM_SESSION_ID": (),
    "WT_SESSION": (),
}


class WorkPlace(NamedTuple):
    """A pane (a short hash of what identifies it) and a folder; empty if there is none."""

    pane: str = ""
    folder: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Its names in the store: the pane before the folder."""
        return tuple(filter(None, (self.pane, self.folder)))


#: No place at all.
NOWHERE = WorkPlace()


def find_place(world: World) -> WorkPlace:
    """Where a command was called; without a terminal there is only a folder."""
    folder = ""
    with suppress(OSError):  # it may be gone
        folder = os.fsencode(Path.cwd()).decode("utf-8", "replace")  # valid UTF-8 for the store
    has_terminal = world.stdin_tty or world.stdout_tty or world.stderr_tty
    identity = _pane_identity(world) if has_terminal else ""
    return WorkPlace(f"pane {zlib.crc32(os.fsencode(identity)):08x}" if identity else "", folder)


def _pane_identity(world: World) -> str:
    for name, others in _PANE_VARIABLES.items():
        if given := world.environ.get(name):
            return "\n".join((name, given, *(world.environ.get(other, "") for other in others)))
    return _device_identity(world)


def _device_identity(world: World) -> str:
    """The terminal's device and the session on it, since devices are reused."""
    for stream in (world.stdin, world.stdout, world.stderr):
        with suppress(OSError, ValueError, AttributeError):  # not on Windows
            if stream and os.isatty(stream.fileno()):
                session = os.getsid(0)
                return f"{os.ttyname(stream.fileno())}\n{session}\n{_start_time(session)}"
    return ""


def _start_time(process: int) -> str:
    """When a process started, in ticks since boot; empty if unknown."""
    try:
        told = Path(f"/proc/{process}/stat").read_bytes()
        return told.rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""
