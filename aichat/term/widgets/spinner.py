"""A sign of life on stderr's terminal while there is nothing else to see."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil

from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Role
from aichat.process.signals import defer_signals, handle_stops
from aichat.process.threads import start_thread
from aichat.process.world import World
from aichat.values import NamedTuple

#: Seconds of silence before it appears, and between two updates.
SPINNER_DELAY, TICK_SECONDS = 0.2, 0.05
_FRAMES, _FRAMES_ASCII = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"

_WAY_OUT = "Ctrl-C stops"


class Pause(NamedTuple):
    """A wait between two attempts: until when by the clock, and why in a word or two."""

    until: float = float("-inf")
    reason: str = ""


def elapsed_text(world: World, silent: float) -> str:
    """The spinner after so many seconds, beside a name."""
    return f"{_spinner_frame(world, silent)} {silent:.0f} s"


def waiting_text(world: World, who: str, silent: float) -> str:
    """The line after waiting for ``who`` for so many seconds."""
    return _join_parts(world, who, silent, f"{silent:.0f} s")


def countdown_text(world: World, who: str, silent: float, left: float, reason: str) -> str:
    """The line while waiting for another attempt."""
    why = f" ({reason})" if reason else ""
    return _join_parts(world, who, silent, f"retrying in {ceil(left)} s{why}")


def _join_parts(world: World, who: str, silent: float, doing: str) -> str:
    """The parts that fit into a row; ``who`` may be empty."""
    from aichat.core.text.cells import text_width  # here, since pipes do not need it

    separator = " - " if _is_ascii(world) else " · "
    frame = _spinner_frame(world, silent)
    told = [sanitize_line(who), doing, _WAY_OUT] if who else [doing]
    while len(told) > 1 and text_width(f"{frame} {separator.join(told)}") >= world.columns():
        told.pop()
    return f"{frame} {separator.join(told)}"


def _is_ascii(world: World) -> bool:
    return world.encoding.lower().replace("-", "") != "utf8"


def _spinner_frame(world: World, silent: float) -> str:
    turns = _FRAMES_ASCII if _is_ascii(world) else _FRAMES
    return turns[int(silent * 10) % len(turns)]


class Spinner:
    """Turns in its own thread between ``start`` and ``stop``, while we wait for ``who``.

    ``note`` is the latest news, shown dim in the rest of the row.
    """

    def __init__(self, world: World, who: str = "") -> None:
        self._world, self._now = world, world.clock.monotonic
        self._enabled = world.can_rewrite
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._is_shown = False
        self._started_at, self._pause = self._now(), Pause()
        self.who, self.note = who, ""

    def start(self, wait: float = 0, reason: str = "") -> None:
        """Start it, to appear after a moment; ``wait``: seconds to count down."""
        if self._enabled:
            self._stopping = threading.Event()
            self._pause = Pause(self._now() + wait, reason)
            handle_stops(self._clear)
            start_thread(partial(self._run, self._stopping))

    def stop(self) -> None:
        """Stop it, and remove its line."""
        with defer_signals(), self._clear():
            self._stopping.set()
        if self._enabled:
            handle_stops(None)

    @contextmanager
    def _clear(self) -> Iterator[None]:
        """A context in which it is hidden."""
        with self._lock:
            if self._is_shown:
                self._world.overwrite_line("")
                self._is_shown = False
            yield

    def _run(self, over: threading.Event) -> None:
        while not over.wait(TICK_SECONDS):
            now = self._now()
            silent, left = now - self._started_at, self._pause.until - now
            with self._lock:
                if silent >= SPINNER_DELAY and not over.is_set():
                    self._is_shown = True
                    role: Role = "dim" if self.note else "text"
                    self._world.overwrite_line(self._text(silent, left), role)

    def _text(self, silent: float, left: float) -> str:
        if left > 0:
            return countdown_text(self._world, self.who, silent, left, self._pause.reason)
        told = waiting_text(self._world, self.who, silent)
        return f"{told}  {sanitize_line(self.note)}" if self.note else told
