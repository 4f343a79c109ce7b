"""The outside as one value: streams, environment, terminal facts, clock."""

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

#: More columns than any terminal has, and more digits than a sane number of them.
_MAX_COLUMNS, _MAX_DIGITS = 10_000, 18


class World(NamedTuple):
    """Everything outside that a command may touch. A closed stream is ``None``."""

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
        """The same with its config in another folder, for all that reads it."""
        folder = given if given.startswith("~") else str(Path(given).absolute())
        return self._replace(environ={**self.environ, "AICHAT_CONFIG_DIR": folder})

    @property
    def theme(self) -> Theme:
        """How what is written to stdout looks."""
        return self._palette.theme(terminal=self.stdout_tty)

    @property
    def stderr_theme(self) -> Theme:
        """How what is written to stderr looks."""
        return self._palette.theme(terminal=self.stderr_tty)

    @property
    def is_read_aloud(self) -> bool:
        """Whether somebody has a terminal read to them: lines then follow each other, in words."""
        return (self.stdout_tty or self.stderr_tty) and self._palette.is_read_aloud

    @property
    def can_rewrite(self) -> bool:
        """Whether a line on stderr may be written over: it is a terminal of somebody who looks."""
        able = self.stderr_tty and not is_dumb(self.environ) and not self.environ.get("CI")
        return able and not self.is_read_aloud

    @property
    def _palette(self) -> Palette:
        return self.palette or auto_palette(self.environ)

    def paint(self, text: str, role: Role) -> str:
        """Text for stdout in the look of a role."""
        return self.theme.paint(text, role)

    def columns(self, *, stderr: bool = False) -> int:
        """The columns that the terminal on stdout or on stderr has now; 80 where nobody knows."""
        given = self.environ.get("COLUMNS", "")
        if given.isdecimal() and len(given) <= _MAX_DIGITS and int(given) > 0:
            return min(int(given), _MAX_COLUMNS)
        stream = self.stderr if stderr else self.stdout
        try:
            return os.get_terminal_size(stream.fileno() if stream else 1).columns or 80
        except (OSError, ValueError):
            return 80

    def wrap(self, text: str, hang: int | None = None) -> str:
        """Lines of ours as stdout may have them: in a terminal's width, else as they are.

        What goes on below begins ``hang`` columns from the edge, see ``core.text.wrap``.
        """
        if not self.stdout_tty:
            return text
        from aichat.core.text.wrap import wrap  # here, for pipes do without it

        return wrap(text, self.columns(), hang)

    def print_lines(self, text: str, hang: int | None = None) -> None:
        """Lines of ours on stdout, on a terminal sanitized and wrapped.

        Errors: as of ``write_text``.
        """
        self.write_text(self.wrap(sanitize(text) if self.stdout_tty else text, hang) + "\n")

    def print_entries(self, entries: Iterable[tuple[str, str]]) -> None:
        """Texts beside their labels, styled by who calls, for the terminal on stdout.

        Errors: as of ``write_text``.
        """
        from aichat.core.text.wrap import wrap_entries

        self.write_text(wrap_entries(entries, self.columns()))

    def say(self, text: str, role: Role = "text") -> None:
        """One line on stderr; a terminal gets it in as many as it needs, in the look of a role."""
        line = sanitize_line(text)
        if self.stderr_tty:
            from aichat.core.text.line_look import paint_line

            line = paint_line(self.wrap_stderr(line), self.stderr_theme, role)
        self._write_stderr(f"{line}\n")

    def wrap_stderr(self, text: str) -> str:
        """A line as stderr may have it: in a terminal's width, else as it is."""
        if not self.stderr_tty:
            return text
        from aichat.core.text.wrap import wrap

        return wrap(sanitize(text), self.columns(stderr=True))

    def write_stderr(self, text: str) -> None:
        """Text on stderr as it is; a terminal is not driven by it."""
        self._write_stderr(sanitize(text) if self.stderr_tty else text)

    def _write_stderr(self, text: str) -> None:
        """Text that is safe to show; where even that fails there is nobody left to tell."""
        if self.stderr is None:
            return
        encoding = self.encoding if self.stderr_tty else "utf-8"
        try:
            write_all(self.stderr, text.encode(encoding, "replace"))
        except (OSError, ValueError):
            return

    def overwrite_line(self, line: str, role: Role = "text") -> None:
        """A line in place of the one the cursor is on, cut to it, where one may be written over."""
        if self.stderr is None or not self.can_rewrite:
            return
        from aichat.core.text.cells import truncate

        room = self.columns(stderr=True) - 1  # behind the last column \x1b[K would erase it
        shown = truncate(sanitize(line), room, mark="")
        try:
            painted = self.theme.paint(shown, role)
            write_all(self.stderr, f"\r{painted}\x1b[K".encode(self.encoding, "replace"))
        except (OSError, ValueError):
            return

    def report_fault(self, fault: Fault, program: str = "aichat: ") -> None:
        """An error: one line of what happened and, where it helps, one of what to do.

        On a terminal it is called one, after ``program``, but for what the user ended; elsewhere
        programs read the lines.
        """
        label = "error: " if self.stderr_tty and not fault.signum else ""
        self.say(f"{program if self.stderr_tty else 'aichat: '}{label}{describe(fault)}")
        if fault.hint:
            self.say(f"  {fault.hint}", "dim")

    def write_text(self, text: str) -> None:
        """Text to stdout, now, as its reader takes it: a terminal's encoding, else UTF-8.

        Errors: ``output`` (exit 13); a closed pipe is an interruption.
        """
        encoding = self.encoding if self.stdout_tty else "utf-8"
        self.write_bytes(text.encode(encoding, "replace"))

    def printable(self, text: str) -> str:
        """The text as stdout may have it: on a terminal, what would drive one is escaped."""
        return sanitize_json(text) if self.stdout_tty else text

    def write_json(self, value: Any) -> None:
        """One JSON document on stdout, as every command prints it. Errors: as of ``write_text``."""
        self.write_text(self.printable(json.dumps(value, ensure_ascii=self.stdout_tty)) + "\n")

    def write_bytes(self, data: bytes) -> None:
        """Bytes to stdout, now, as they are. Errors: as of ``write_text``."""
        if self.stdout is None:
            raise AichatError(Fault("output", "stdout is closed"))
        try:
            write_all(self.stdout, data)
        except BrokenPipeError:
            raise Interrupted(SIGPIPE) from None
        except OSError as error:
            why = error.strerror or str(error)
            raise AichatError(Fault("output", f"cannot write the answer: {why}")) from error


#: Seconds between two attempts where no system call waits for a stream.
_PAUSE_SECONDS = 0.01


def write_all(stream: BinaryIO, data: bytes) -> None:
    """Write and flush.

    A program that shares the pipe or the terminal may have set it to not block (Node does): what
    it does not take now it gets once there is room. Errors: ``OSError`` of any other kind.
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
    """The palette that the environment alone makes."""
    return Palette(environ, None, dict)


def _random() -> float:
    from random import random  # only retries take chances

    return random()  # noqa: S311  nothing secret


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
