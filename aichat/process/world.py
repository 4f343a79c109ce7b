"""The outside as one value: streams, environment, terminal facts, clock."""

import json
import os
import random
import sys
import time
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

from aichat.core.text.clock import Clock
from aichat.core.text.sanitize import sanitize, sanitize_json
from aichat.errors import SIGPIPE, AichatError, Fault, Interrupted, describe


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether a terminal says that it knows no control sequence, or says nothing."""
    return environ.get("TERM", "dumb" if os.name == "posix" else "xterm") in ("", "dumb")


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

    def say(self, text: str) -> None:
        """One line on stderr."""
        self.write_stderr(text.replace("\n", " ") + "\n")

    def write_stderr(self, text: str) -> None:
        """Text on stderr as it is; where even that fails there is nobody left to tell."""
        if self.stderr is None:
            return
        encoding = self.encoding if self.stderr_tty else "utf-8"
        try:
            shown = sanitize(text) if self.stderr_tty else text
            self.stderr.write(shown.encode(encoding, "replace"))
            self.stderr.flush()
        except (OSError, ValueError):
            return

    def overwrite_line(self, line: str) -> None:
        """A line in place of the one the cursor is on, where stderr is a terminal."""
        if self.stderr is None or is_dumb(self.environ):
            return
        try:
            self.stderr.write(f"\r{sanitize(line)}\x1b[K".encode(self.encoding, "replace"))
            self.stderr.flush()
        except (OSError, ValueError):
            return

    def report_fault(self, fault: Fault) -> None:
        """An error: one line of what happened and, where it helps, one of what to do."""
        self.say(f"aichat: {describe(fault)}")
        if fault.hint:
            self.say(f"  {fault.hint}")

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
            self.stdout.write(data)
            self.stdout.flush()
        except BrokenPipeError:
            raise Interrupted(SIGPIPE) from None
        except OSError as error:
            why = error.strerror or str(error)
            raise AichatError(Fault("output", f"the answer cannot be written: {why}")) from error


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
        clock=Clock(time.time, time.monotonic, time.sleep, random.random),
        encoding=sys.stdout.encoding if sys.stdout else "utf-8",
    )
