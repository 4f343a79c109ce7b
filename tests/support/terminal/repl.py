"""A REPL on a real terminal: typed input, and output read from a screen."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyte

from tests.support.running.program import Program

COLUMNS, ROWS = 100, 30

#: The start of every prompt, which requests bracketed pastes.
PROMPT_START = b"\x1b[?2004h"

#: The bytes of keys.
KEYS = {"enter": "\r", "ctrl-c": "\x03", "ctrl-d": "\x04", "alt-enter": "\x1b\r", "tab": "\t"}


class Repl:
    """The program on a pty, and its screen."""

    def __init__(
        self,
        aichat: Program,
        *words: str,
        columns: int = COLUMNS,
        launcher: str = "",
        reports_cursor: bool = False,
    ) -> None:
        """``launcher`` runs it; ``reports_cursor``: the terminal reports its cursor's position."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        self.modes = termios.tcgetattr(slave)
        environ = {**aichat.environ, "TERM": "xterm-256color"}
        if not reports_cursor:
            environ["PROMPT_TOOLKIT_NO_CPR"] = "1"
        self.process = subprocess.Popen(
            [*([sys.executable, "-c", launcher] if launcher else []), *aichat.command(*words)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            cwd=aichat.home,
            preexec_fn=_take_terminal,
        )
        self._master, self._slave = master, slave
        self.raw = b""
        self._prompts_due = 1  # prompts that must have been shown
        self.screen = pyte.HistoryScreen(columns, ROWS, history=5000)
        self.screen.write_process_input = lambda text: os.write(master, text.encode())
        self._stream = pyte.ByteStream(self.screen)

    # what goes in

    def type(self, text: str) -> "Repl":
        """Type keys, reading output meanwhile so that long texts do not block."""
        data = text.encode()
        while data:
            _, writable, _ = select.select([], [self._master], [], 0.05)
            if writable:
                data = data[os.write(self._master, data[:4096]) :]
            self._read(0)
        return self

    def press(self, key: str) -> "Repl":
        return self.type(KEYS[key])

    def paste(self, text: str) -> "Repl":
        return self.type(f"\x1b[200~{text}\x1b[201~")

    def clear(self) -> "Repl":
        """Press Ctrl-C and wait for the new line, since earlier keys may be lost."""
        before = self.raw.count(PROMPT_START)
        self.press("ctrl-c")
        self.wait_until(
            lambda _: (
                self.raw.count(PROMPT_START) > before
                and self.screen.display[self.screen.cursor.y].rstrip() == ">"
            )
        )
        return self

    def send_line(self, text: str) -> "Repl":
        """Type a line and Enter; the next prompt is then a new one."""
        self._prompts_due = self.raw.count(PROMPT_START) + 1
        return self.type(text).press("enter")

    # what comes out

    def wait_until(self, done: str | Callable[[str], bool], seconds: float = 30) -> str:
        """The screen with its scrollback, once it contains ``done`` or ``done`` is true."""
        found = done if callable(done) else (lambda text: done in text)
        end = time.monotonic() + seconds
        while not found(shown := self.screen_text):
            assert time.monotonic() < end, f"waited for {done!r}:\n{shown}"
            self._read(0.05)
        return shown

    def wait_for_prompt(self, seconds: float = 30) -> str:
        """The screen, once the next prompt accepts input."""
        return self.wait_until(lambda _: self.is_prompting, seconds)

    @property
    def is_prompting(self) -> bool:
        """Whether the terminal is in raw mode, with a prompt on the cursor's line."""
        return (
            self.reads_keys
            and self.raw.count(PROMPT_START) >= self._prompts_due
            and any(row.startswith("> ") for row in self.screen.display)
        )

    @property
    def reads_keys(self) -> bool:
        """Whether the program reads single keys, not lines."""
        return not termios.tcgetattr(self._slave)[3] & termios.ISIG

    @property
    def screen_text(self) -> str:
        while self._read(0):
            pass
        top = ["".join(row[n].data for n in range(len(row))) for row in self.screen.history.top]
        return "\n".join(row.rstrip() for row in (*top, *self.screen.display)).rstrip()

    @property
    def is_quiet(self) -> bool:
        """Whether the terminal neither echoes nor waits for lines."""
        return not termios.tcgetattr(self._slave)[3] & (termios.ECHO | termios.ICANON)

    @property
    def is_restored(self) -> bool:
        """Whether the terminal's modes are restored."""
        return termios.tcgetattr(self._slave) == self.modes

    def signal(self, signum: int) -> None:
        os.killpg(self.process.pid, signum)

    def wait_for_exit(self, seconds: float = 30) -> int:
        """The exit code, after all output is on the screen."""
        until = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < until, self.screen_text
            self._read(0.02)
        while self._read(0):
            pass
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        data = os.read(self._master, 1 << 16)
        self.raw += data
        self._stream.feed(data)
        return bool(data)


def _take_terminal() -> None:
    """Start a session with the pty as its terminal, and signals as from a shell."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for signum in (signal.SIGINT, signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(signum, signal.SIG_DFL)


@contextmanager
def open_repl(aichat: Program, *words: str, reports_cursor: bool = False) -> Iterator[Repl]:
    """``aichat chat`` with a prompt."""
    made = Repl(aichat, "chat", *words, reports_cursor=reports_cursor)
    try:
        yield made
    finally:
        made.close()
