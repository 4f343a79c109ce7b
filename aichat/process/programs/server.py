"""A program that we talk to in lines."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aichat.process.programs.session import (
    END_SECONDS,
    KILL,
    PIECE,
    signal_session,
    start_session,
)
from aichat.process.threads import start_thread, unshielded

if TYPE_CHECKING:
    import subprocess

#: The most bytes of a server's line, and of its stderr that are kept in a file.
MAX_LINE, _MAX_LOG = 16 << 20, 1 << 20

#: A shell script that waits for the end of its input, which we hold, and then ends a session.
_WATCH = 'read _; kill -TERM "-$1"; sleep 1; kill -KILL "-$1"'


def _watch_session(leader: int) -> "subprocess.Popen[bytes] | None":
    """Start a shell that ends a program's session once we are gone, for whatever reason.

    The kernel's own way (Linux: PR_SET_PDEATHSIG) is tied to the thread that starts a
    program, and does not cover the program's children. None if there is no such shell.
    """
    import subprocess

    try:
        with unshielded():
            return subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, "sh", str(leader)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": "/usr/bin:/bin"},
                start_new_session=True,
            )
    except OSError:
        return None


class ServerProgram:
    """A program that we talk to in lines, in a session of its own, which ends with us.

    Its stderr goes to the file ``log``, up to a limit.
    Errors: ``OSError``, ``ValueError`` if it cannot be started.
    """

    def __init__(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], log: Path
    ) -> None:
        self._log, self._writing = log, threading.Lock()
        self._is_logged = threading.Event()
        self._process = start_session(argv, folder, environ)
        self._watch = _watch_session(self._process.pid)
        start_thread(self._keep_stderr)

    def write_line(self, line: bytes) -> None:
        """Send a line. Errors: ``OSError``, ``ValueError`` if it no longer reads."""
        left = memoryview(line + b"\n")
        with self._writing:
            while left:
                left = left[os.write(_handle(self._process.stdin), left) :]

    def lines(self) -> Iterator[bytes]:
        """Its output until it ends. Errors: ``ValueError`` for a line that is too long."""
        begun, size = [], 0
        while chunk := self._read(self._process.stdout):
            first, *rest = chunk.split(b"\n")
            begun.append(first)
            size += len(first)
            for piece in rest:
                yield b"".join(begun)
                begun, size = [piece], len(piece)
            if size > MAX_LINE:
                raise ValueError(f"a line of over {MAX_LINE >> 20} MB")

    def status_within(self, seconds: float) -> int | None:
        """Its exit status (-N: by signal N); None if it is still running after so many seconds."""
        import subprocess

        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll()

    def end(self) -> None:
        """End it and its descendants: by closing its input, then by asking, then by force."""
        with suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        for signum in (signal.SIGTERM, KILL):
            if self.status_within(END_SECONDS) is not None:
                break
            signal_session(self._process, signum)
        signal_session(self._process, KILL)  # whatever is left in its session
        self._process.wait()
        self._is_logged.wait(END_SECONDS)  # what it said last is in the pipe still
        if self._watch:
            self._watch.kill()
            self._watch.wait()

    def _read(self, stream: Any) -> bytes:
        try:
            return os.read(_handle(stream), PIECE)
        except (OSError, ValueError):  # it is closed
            return b""

    def _keep_stderr(self) -> None:
        """In a thread: keep the beginning of its stderr, and just read the rest."""
        left = _MAX_LOG
        try:
            file = self._log.open("wb", buffering=0)
        except OSError:
            file = None
        while data := self._read(self._process.stderr):
            if file and left > 0:
                with suppress(OSError):
                    left -= file.write(data[:left]) or 0
        if file:
            file.close()
        self._is_logged.set()


def _handle(stream: Any) -> int:
    """The file descriptor of a pipe. Errors: ``ValueError`` if it is closed."""
    return int(stream.fileno())
