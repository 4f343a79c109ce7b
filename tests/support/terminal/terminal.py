"""The real program on a pseudo-terminal: what it wrote, and what two terminals make of it.

``tests.term.vt`` refuses every sequence that is not one of ours; pyte, which
others wrote, sees the same bytes.
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

#: What is written to a terminal beside text: these, and newlines of a carriage return and a feed.
OUR_SEQUENCES = re.compile(rb"\x1b\[(?:[\d;]*m|\d+A|J|K|\?(?:7|2026)[hl])|\r\n|\r")
#: What ends a drawing.
_DRAWN = b"\x1b[?2026l"
_OPEN_ESCAPE = re.compile(r"\x1b(\[[\d;?]*|\][^\x1b]*\x1b?)?\Z")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Terminal:
    """``aichat`` with a terminal of its own; ``streams`` puts some of 0, 1, 2 elsewhere.

    ``loose`` keeps the strict terminal out of it, where not only we write.
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
        """The window is closed."""
        self.modes_after = termios.tcgetattr(self.master)
        os.close(self.master)
        self.master = -1

    def resize_window(self, columns: int, rows: int) -> None:
        packed = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, packed)

    def resize(self, columns: int, rows: int = 24) -> None:
        """Another size, of the window and of what stands in it."""
        self.read_available()
        self.resize_window(columns, rows)
        self.strict.resize(columns, rows)
        self.screen.resize(rows, columns)

    def type(self, text: str) -> None:
        """Keys."""
        os.write(self.master, text.encode())

    def read(self, seconds: float) -> bool:
        """Take one drawing, or what there is of it, waiting for so long; false at the end.

        A reader that comes late, on a busy machine, so sees each of them all the same.
        """
        if not self._unread:
            if not select.select([self.master], [], [], seconds)[0]:
                return True
            try:
                self._unread = os.read(self.master, 1 << 16)
            except OSError:  # everyone else has closed it
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
        """Read until something is so."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (
                f"{seconds} s passed: {self.shown_rows()} {self.raw[-300:]!r}"
            )
            if not self.read(0.02) and not done():
                raise AssertionError(f"it ended: {self.shown_rows()} {self.raw[-300:]!r}")
        return self

    def wait_for_text(self, text: str, seconds: float = 15) -> Self:
        """Read until a row has this in it."""
        return self.wait_until(lambda: any(text in row for row in self.shown_rows()), seconds)

    def read_available(self) -> None:
        """Read what is already there."""
        while self._unread or select.select([self.master], [], [], 0.02)[0]:
            if not self.read(0):
                break

    def wait_for_exit(self, seconds: float = 20) -> int:
        """Read until it ended; its exit code."""
        last = time.monotonic() + seconds
        while self.read(0.02):
            assert time.monotonic() < last, f"still there: {self.shown_rows()}"
        return self.process.wait(seconds)

    def kill(self, signum: signal.Signals) -> tuple[int, float]:
        """The exit code after a signal, and the seconds until it was there."""
        began = time.monotonic()
        self.process.send_signal(signum)
        code = self.wait_for_exit()
        return code, time.monotonic() - began

    def shown_rows(self) -> list[str]:
        """Every row of scrollback and screen, as pyte has it or, where it is kept, our own."""
        return self.pyte_rows() if self.loose else self.strict.text()

    def pyte_rows(self) -> list[str]:
        """The rows that pyte has."""
        width = self.screen.columns
        rows = ["".join(row[x].data for x in range(width)) for row in self.screen.history.top]
        rows = [row.rstrip() for row in [*rows, *self.screen.display]]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def text(self) -> str:
        """What was written, decoded."""
        return self.raw.decode("utf-8", "replace")

    def is_restored(self) -> bool:
        """Whether no mode is left changed: of the terminal's own, nor of its line."""
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
        """Control characters in the raw bytes that are not part of what is ours."""
        rest = OUR_SEQUENCES.sub(b"", self.raw).decode("utf-8", "replace")
        return _CONTROLS.findall(rest)
