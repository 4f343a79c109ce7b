"""A program in a session of its own, with pipes as streams, so that its descendants end with it."""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aichat.process.threads import unshielded

if TYPE_CHECKING:
    import subprocess

#: Seconds between asking a program to end and killing it.
END_SECONDS = 1.0

#: Bytes read or written at once.
PIECE = 1 << 16

#: The signal that no program can ignore.
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def start_session(
    argv: Sequence[str], folder: Path, environ: Mapping[str, str], *, is_given: bool = True
) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own; without ``is_given`` its stdin is empty.

    Errors: ``OSError``, ``ValueError`` if it cannot be started.
    """
    import subprocess

    pipe = subprocess.PIPE
    with unshielded():
        return subprocess.Popen(
            argv,
            stdin=pipe if is_given else subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            cwd=folder,
            env=dict(environ),
            start_new_session=True,
            bufsize=0,
        )


def signal_session(leader: "subprocess.Popen[bytes]", signum: int) -> None:
    """Send a signal to a program and its descendants, if they have not ended."""
    with suppress(OSError):
        os.killpg(leader.pid, signum)
