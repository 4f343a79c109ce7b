"""The outside world as one value: streams, environment, terminal facts, clock."""

import json
import os
import select
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from aichat.core.text.clock import Clock
from aichat.core.text.sanitize import sanitize, sanitize_json, sanitize_line
from aichat.core.text.theme import Role, Theme
from aichat.errors import SIGPIPE, AichatError, Fault, Interrupted, describe
from aichat.process.palette import Palette, is_dumb
from aichat.values import NamedTuple

#: The most columns that are believed, and the most digits of their number.
_MAX_COLUMNS, _MAX_DIGITS = 10_000, 18


class World(NamedTuple):
    """Everything outside that a command may touch. A closed stream is None."""

    environ: Mapping[str, str]
    stdin: BinaryIO | None
    stdout: BinaryIO | None
    stderr: BinaryIO | None
    stdin_tty: bool
    stdout_tty: bool
    clock: Clock
    encoding: str = "utf-8"  # of the terminal; pipes and files are always UTF-8
    stderr_tty: bool = False
    palette: Palette | None = None

    def with_config_dir(self, given: str) -> "World":
        """The same with its config in another folder."""
        folder = given if given.startswith("~") else str(Path(given).absolute())
        return self._replace(environ={**self.environ, "AICHAT_CONFIG_DIR": folder})

    @property
    def theme(self) -> Theme:
        """The theme for stdout."""
        return self._palette.theme(terminal=self.stdout_tty)

    @property
    def stderr_theme(self) -> Theme:
        """The theme for stderr."""
        return self._palette.theme(terminal=self.stderr_tty)

    @property
    def is_read_aloud(self) -> bool:
        """Whether a screen reader is used: then there are only plain lines, in words."""
        return (self.stdout_tty or self.stderr_tty) and self._palette.is_read_aloud

    @property
    def can_rewrite(self) -> bool:
        """Whether a line on stderr may be overwritten: on a terminal, without a screen reader."""
        able = self.stderr_tty and not is_dumb(self.environ) and not self.environ.get("CI")
        return able and not self.is_read_aloud

    @property
    def _palette(self) -> Palette:
        return self.palette or auto_palette(self.environ)

    def paint(self, text: str, role: Role) -> str:
        """Text for stdout, in the look of a role."""
        return self.theme.paint(text, role)

    def columns(self, *, stderr: bool = False) -> int:
        """The present width of the terminal on stdout or stderr; 80 if unknown."""
        given = self.environ.get("COLUMNS", "")
        if given.isdecimal() and len(given) <= _MAX_DIGITS and int(given) > 0:
            return min(int(given), _MAX_COLUMNS)
        stream = self.stderr if stderr else self.stdout
        try:
            return os.get_terminal_size(stream.fileno() if stream else 1).columns or 80
        except (OSError, ValueError):
            return 80

    def wrap(self, text: str, hang: int | None = None) -> str:
        """Our own text for stdout: wrapped to a terminal's width, else unchanged.

        Continuation lines are indented by ``hang`` columns, see ``core.text.wrap``.
        """
        if not self.stdout_tty:
            return text
        from aichat.core.text.wrap import wrap  # here, since pipes do not need it

        return wrap(text, self.columns(), hang)

    def print_lines(self, text: str, hang: int | None = None) -> None:
        """Print our own text to stdout, on a terminal sanitized and wrapped.

        Errors: as in ``write_text``.
        """
        self.write_text(self.wrap(sanitize(text) if self.stdout_tty else text, hang) + "\n")

    def print_entries(self, entries: Iterable[tuple[str, str]]) -> None:
        """Print texts beside their labels, styled by the caller, for the terminal on stdout.

        Errors: as in ``write_text``.
        """
        from aichat.core.text.wrap import wrap_entries

        self.write_text(wrap_entries(entries, self.columns()))

    def say(self, text: str, role: Role = "text") -> None:
        """Print one line to stderr; on a terminal it is wrapped, and has the look of a role."""
        line = sanitize_line(text)
        if self.stderr_tty:
            from aichat.core.text.line_look import paint_line

            line = paint_line(self.wrap_stderr(line), self.stderr_theme, role)
        self._write_stderr(f"{line}\n")

    def wrap_stderr(self, text: str) -> str:
        """A line for stderr: wrapped to a terminal's width, else unchanged."""
        if not self.stderr_tty:
            return text
        from aichat.core.text.wrap import wrap

        return wrap(sanitize(text), self.columns(stderr=True))

    def write_stderr(self, text: str) -> None:
        """Write text to stderr, sanitized for a terminal."""
        self._write_stderr(sanitize(text) if self.stderr_tty else text)

    def _write_stderr(self, text: str) -> None:
        """Write safe text; if even that fails there is nobody left to tell."""
        if self.stderr is None:
            return
        encoding = self.encoding if self.stderr_tty else "utf-8"
        try:
            write_all(self.stderr, text.encode(encoding, "replace"))
        except (OSError, ValueError):
            return

    def overwrite_line(self, line: str, role: Role = "text") -> None:
        """Replace the cursor's line on stderr, cut to the width, if it may be overwritten."""
        if self.stderr is None or not self.can_rewrite:
            return
        from aichat.core.text.cells import truncate

        room = self.columns(stderr=True) - 1  # after the last column \x1b[K would erase it
        shown = truncate(sanitize(line), room, mark="")
        try:
            painted = self.theme.paint(shown, role)
            write_all(self.stderr, f"\r{painted}\x1b[K".encode(self.encoding, "replace"))
        except (OSError, ValueError):
            return

    def report_fault(self, fault: Fault, program: str = "aichat: ") -> None:
        """Report an error: one line on what happened and, if helpful, one on what to do.

        On a terminal, after ``program``, it is labelled as an error, unless the user caused it;
        elsewhere programs read the lines.
        """
        is_users = bool(fault.signum) or fault.kind == "declined"
        label = "error: " if self.stderr_tty and not is_users else ""
        self.say(f"{program if self.stderr_tty else 'aichat: '}{label}{describe(fault)}")
        if fault.hint:
            self.say(f"  {fault.hint}", "dim")

    def write_text(self, text: str) -> None:
        """Write text to stdout at once, in a terminal's encoding, else in UTF-8.

        Errors: ``output`` (exit 13); ``Interrupted`` for a closed pipe.
        """
        encoding = self.encoding if self.stdout_tty else "utf-8"
        self.write_bytes(text.encode(encoding, "replace"))

    def printable(self, text: str) -> str:
        """Text for stdout: on a terminal, control characters are made visible."""
        return sanitize_json(text) if self.stdout_tty else text

    def write_json(self, value: Any) -> None:
        """Print one JSON document to stdout, as all commands do. Errors: as in ``write_text``."""
        self.write_text(self.printable(json.dumps(value, ensure_ascii=self.stdout_tty)) + "\n")

    def write_bytes(self, data: bytes) -> None:
        """Write bytes to stdout at once, unchanged. Errors: as in ``write_text``."""
        if self.stdout is None:
            raise AichatError(Fault("output", "stdout is closed"))
        try:
            write_all(self.stdout, data)
        except BrokenPipeError:
            raise Interrupted(SIGPIPE) from None
        except OSError as error:
            why = error.strerror or str(error)
            raise AichatError(Fault("output", f"cannot write the answer: {why}")) from error


#: Seconds between attempts if no system call can wait for a stream.
_PAUSE_SECONDS = 0.01


def write_all(stream: BinaryIO, data: bytes) -> None:
    """Write and flush.

    Another program on the same pipe or terminal may have made it non-blocking (Node does): then
    the rest is written once there is room. Errors: ``OSError`` of any other kind.
    """
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[stream.write(rest) or 0 :]
        except BlockingIOError as full:
            rest = rest[full.characters_written :]
            _wait_for_room(stream)
    while True:
        try:
            return stream.flush()
        except BlockingIOError:
            _wait_for_room(stream)


def _wait_for_room(stream: BinaryIO) -> None:
    if not hasattr(select, "poll"):
        time.sleep(_PAUSE_SECONDS)
        return
    room = select.poll()
    room.register(stream, select.POLLOUT)
    room.poll()


def auto_palette(environ: Mapping[str, str]) -> Palette:
    """The palette by the environment alone."""
    return Palette(environ, None, dict)


def _random() -> float:
    from random import random  # here, since only retries need it

    return random()  # noqa: S311  not for secrets


def system_world() -> World:
    """The process's own world."""
    return World(
        environ=os.environ,
        stdin=sys.stdin.buffer if sys.stdin else None,
        stdout=sys.stdout.buffer if sys.stdout else None,
        stderr=sys.stderr.buffer if sys.stderr else None,
        stdin_tty=bool(sys.stdin) and sys.stdin.isatty(),
        stdout_tty=bool(sys.stdout) and sys.stdout.isatty(),
        stderr_tty=bool(sys.stderr) and sys.stderr.isatty(),
        clock=Clock(time.time, time.monotonic, time.sleep, _random),
        encoding=sys.stdout.encoding if sys.stdout else "utf-8",
    )
