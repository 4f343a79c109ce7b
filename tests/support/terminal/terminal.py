"""The real program on a pseudo-terminal: its output, as interpreted by two terminals.

``tests.term.vt`` refuses all sequences but ours; pyte, an independent
implementation, gets the same bytes.
"""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import pyte

from tests.support.running.program import Program
from tests.term import vt

#: The allowed sequences besides text, including newlines of carriage return and line feed.
OUR_SEQUENCES = re.compile(rb"\x1b\[(?:[\d;]*m|\d+A|J|K|\?(?:7|2026)[hl])|\r\n|\r")
#: The end of a frame.
_DRAWN = b"\x1b[?2026l"
_OPEN_ESCAPE = re.compile(r"\x1b(\[[\d;?]*|\][^\x1b]*\x1b?)?\Z")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Terminal:
    """``aichat`` on a terminal; ``streams`` redirects some of 0, 1, 2.

    ``loose`` disables the strict terminal, if others write too.
    """

    def __init__(
        self,
        aichat: Program,
        *words: str,
        size: tuple[int, int] = (80, 24),
        environ: Mapping[str, str | None] | None = None,
        streams: Mapping[str, Any] | None = None,
        loose: bool = False,
    ) -> None:
        self.size, self.loose = size, loose
        self.raw = self._unread = b""
        self.strict = vt.Terminal(*size, reflows=False)
        self.screen = pyte.HistoryScreen(*size, history=10_000, ratio=0.5)
        self._pyte = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = ""
        self.master, slave = os.openpty()
        self.resize_window(*size)
        self.modes_before = termios.tcgetattr(self.master)
        tty: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), slave)
        given = aichat.environ | {"TERM": "xterm-256color"} | dict(environ or {})
        self.process = subprocess.Popen(
            aichat.command(*words),
            **(tty | dict(streams or {})),
            env={name: value for name, value in given.items() if value is not None},
            cwd=aichat.home,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.master >= 0:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the window."""
        self.modes_after = termios.tcgetattr(self.master)
        os.close(self.master)
        self.master = -1

    def resize_window(self, columns: int, rows: int) -> None:
        packed = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, packed)

    def resize(self, columns: int, rows: int = 24) -> None:
        """Resize the window, including its content."""
        self.read_available()
        self.resize_window(columns, rows)
        self.strict.resize(columns, rows)
        self.screen.resize(rows, columns)

    def type(self, text: str) -> None:
        """Type keys."""
        os.write(self.master, text.encode())

    def read(self, seconds: float) -> bool:
        """Read one frame, or part of it, waiting at most ``seconds``; false at the end.

        So a late reader on a busy machine still sees each frame.
        """
        if not self._unread:
            if not select.select([self.master], [], [], seconds)[0]:
                return True
            try:
                self._unread = os.read(self.master, 1 << 16)
            except OSError:  # all others have closed it
                return False
        drawing, end, self._unread = self._unread.partition(_DRAWN)
        self.raw += drawing + end
        self._feed(self._decoder.decode(drawing + end))
        return bool(drawing + end)

    def _feed(self, text: str) -> None:
        text = self._partial + text
        found = _OPEN_ESCAPE.search(text)
        self._partial = found[0] if found else ""
        text = text.removesuffix(self._partial)
        self._pyte.feed(text)
        if not self.loose:
            self.strict.write(text, whole=False)

    def wait_until(self, done: Callable[[], object], seconds: float = 15) -> Self:
        """Read until ``done`` is true."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (
                f"{seconds} s passed: {self.shown_rows()} {self.raw[-300:]!r}"
            )
            if not self.read(0.02) and not done():
                raise AssertionError(f"it ended: {self.shown_rows()} {self.raw[-300:]!r}")
        return self

    def wait_for_text(self, text: str, seconds: float = 15) -> Self:
        """Read until a row contains ``text``."""
        return self.wait_until(lambda: any(text in row for row in self.shown_rows()), seconds)

    def read_available(self) -> None:
        """Read the pending output."""
        while self._unread or select.select([self.master], [], [], 0.02)[0]:
            if not self.read(0):
                break

    def wait_for_exit(self, seconds: float = 20) -> int:
        """Read until the program ends; returns the exit code."""
        last = time.monotonic() + seconds
        while self.read(0.02):
            assert time.monotonic() < last, f"still there: {self.shown_rows()}"
        return self.process.wait(seconds)

    def kill(self, signum: signal.Signals) -> tuple[int, float]:
        """Send a signal; returns the exit code, and the seconds until the end."""
        began = time.monotonic()
        self.process.send_signal(signum)
        code = self.wait_for_exit()
        return code, time.monotonic() - began

    def shown_rows(self) -> list[str]:
        """All rows of scrollback and screen, from our terminal or, if ``loose``, from pyte."""
        return self.pyte_rows() if self.loose else self.strict.text()

    def pyte_rows(self) -> list[str]:
        """The rows of pyte."""
        width = self.screen.columns
        rows = ["".join(row[x].data for x in range(width)) for row in self.screen.history.top]
        rows = [row.rstrip() for row in [*rows, *self.screen.display]]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def text(self) -> str:
        """The decoded output."""
        return self.raw.decode("utf-8", "replace")

    def is_restored(self) -> bool:
        """Whether all modes are restored, of the terminal and of its line discipline."""
        for mode in (b"?7", b"?2026"):
            on, off = self.raw.rfind(mode + b"h"), self.raw.rfind(mode + b"l")
            if max(on, off) >= 0 and (off > on) == (mode == b"?7"):
                return False
        styled = re.findall(rb"\x1b\[([\d;]*)m", self.raw)
        plain = not styled or styled[-1] in (b"", b"0")
        fresh = self.strict.column == 0 if not self.loose else self.screen.cursor.x == 0
        now = self.modes_after if self.master < 0 else termios.tcgetattr(self.master)
        return plain and fresh and now == self.modes_before

    def foreign_controls(self) -> list[str]:
        """Control characters in the output that are not part of our sequences."""
        rest = OUR_SEQUENCES.sub(b"", self.raw).decode("utf-8", "replace")
        return _CONTROLS.findall(rest)
