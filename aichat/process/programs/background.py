"""A program that runs in the background of a turn: fed, read and ended without a terminal."""

import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from aichat.process.programs.session import (
    END_SECONDS,
    KILL,
    PIECE,
    signal_session,
    start_session,
)
from aichat.process.threads import start_thread
from aichat.values import NamedTuple

#: Seconds between two checks whether a program has ended.
_LOOK_SECONDS = 0.05


class ProgramResult(NamedTuple):
    """How a program ended (-N: by signal N), and its output, as far as it is kept."""

    status: int
    stdout: bytes
    stderr: bytes
    size: int  # bytes of stdout, kept or not


class BackgroundProgram:
    """A program in a session of its own, without access to the terminal or our keys.

    Errors: ``OSError``, ``ValueError`` if it cannot be started.
    """

    def __init__(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], given: bytes = b""
    ) -> None:
        self._given = given
        self._process = start_session(argv, folder, environ, is_given=bool(given))
        _running.append(self)

    def result(self, kept: int, see: Callable[[bytes], object] = len) -> ProgramResult:
        """Wait for its end; ``see`` gets all its output, of which ``kept`` bytes are kept."""
        output, process = _Output(kept, see), self._process
        with selectors.DefaultSelector() as waiting:
            for stream in filter(None, (process.stdout, process.stderr)):
                waiting.register(stream, selectors.EVENT_READ)
            if process.stdin:
                os.set_blocking(process.stdin.fileno(), False)
                waiting.register(process.stdin, selectors.EVENT_WRITE)
            while waiting.get_map():
                has_ended = process.poll() is not None  # before the last output
                ready = waiting.select(0 if has_ended else _LOOK_SECONDS)
                for key, _ in ready:
                    if not self._exchange(key.fileobj, output):
                        waiting.unregister(key.fileobj)
                if has_ended and not ready:
                    break  # its descendants may hold the pipes open
        status = process.wait()
        with suppress(ValueError):  # it may be ended from elsewhere
            _running.remove(self)
        signal_session(self._process, KILL)
        for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
            with suppress(OSError):
                stream.close()
        return ProgramResult(status, bytes(output.stdout), bytes(output.stderr), output.size)

    def _exchange(self, stream: Any, output: "_Output") -> bool:
        """Read or write what is possible; False at the end of a stream."""
        process = self._process
        try:
            if stream is process.stdin and stream is not None:
                self._given = self._given[os.write(stream.fileno(), self._given[:PIECE]) :]
                if not self._given:
                    stream.close()
                return bool(self._given)
            data = os.read(stream.fileno(), PIECE)
        except OSError:
            return False
        output.add(data, is_error=stream is process.stderr)
        return bool(data)

    def stop(self) -> None:
        """Ask it and its descendants to end, and kill them a second later, without waiting here."""
        self.terminate()
        start_thread(lambda: self.end(time.monotonic() + END_SECONDS))

    def terminate(self) -> None:
        """Ask it and its descendants to end."""
        signal_session(self._process, signal.SIGTERM)

    def end(self, until: float) -> None:
        """Wait for its end until that time (``time.monotonic``), then kill what is left."""
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        signal_session(self._process, KILL)


#: Programs that are running.
_running: list[BackgroundProgram] = []


def end_programs() -> None:
    """End all running programs and their descendants, who get a second to do so themselves."""
    programs, until = [*_running], time.monotonic() + END_SECONDS
    for program in programs:
        program.terminate()
    for program in programs:
        program.end(until)


class _Output:
    """The output of a program, as far as it is kept."""

    def __init__(self, kept: int, see: Callable[[bytes], object]) -> None:
        self.stdout, self.stderr, self.size = bytearray(), bytearray(), 0
        self._kept, self._see = kept, see

    def add(self, data: bytes, *, is_error: bool) -> None:
        """Add output: of stdout the beginning is kept, of stderr the end."""
        self._see(data)
        if is_error:
            self.stderr += data
            del self.stderr[: -self._kept]
            return
        self.size += len(data)
        self.stdout += data[: self._kept - len(self.stdout)]
