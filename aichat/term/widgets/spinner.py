"""A sign of life on stderr's terminal while nothing else is there to be seen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil

from aichat.process.palette import is_dumb
from aichat.process.signals import defer_signals, handle_stops
from aichat.process.threads import start_thread
from aichat.process.world import World

#: Seconds of silence before it turns, and between two looks at the clock.
SPINNER_DELAY, TICK_SECONDS = 0.2, 0.05
_FRAMES, _FRAMES_ASCII = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"


def spinner_text(world: World, silent: float) -> str:
    """How it looks after so many seconds."""
    return f"{_spinner_frame(world, silent)} {silent:.0f} s"


def countdown_text(world: World, silent: float, left: float) -> str:
    """How it looks while it is waited for another attempt."""
    return f"{_spinner_frame(world, silent)} retrying in {ceil(left)} s"


def _spinner_frame(world: World, silent: float) -> str:
    plain = world.encoding.lower().replace("-", "") != "utf8"
    turns = _FRAMES_ASCII if plain else _FRAMES
    return turns[int(silent * 10) % len(turns)]


class Spinner:
    """Turns in a thread of its own between ``start`` and ``stop``."""

    def __init__(self, world: World) -> None:
        self._world, self._now = world, world.clock.monotonic
        self._enabled = world.stderr_tty and not is_dumb(world.environ)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._is_shown = False
        self._started_at = self._retry_at = self._now()

    def start(self, wait: float = 0) -> None:
        """It turns, once it has been silent for a moment; ``wait``: seconds to count down."""
        if self._enabled:
            self._stopping = threading.Event()
            self._retry_at = self._now() + wait
            handle_stops(self._clear)
            start_thread(partial(self._run, self._stopping))

    def stop(self) -> None:
        """It is gone, and so is its line."""
        with defer_signals(), self._clear():
            self._stopping.set()
        if self._enabled:
            handle_stops(None)

    @contextmanager
    def _clear(self) -> Iterator[None]:
        """Without it, for as long as this lasts."""
        with self._lock:
            if self._is_shown:
                self._world.overwrite_line("")
                self._is_shown = False
            yield

    def _run(self, over: threading.Event) -> None:
        while not over.wait(TICK_SECONDS):
            now = self._now()
            silent, left = now - self._started_at, self._retry_at - now
            with self._lock:
                if silent >= SPINNER_DELAY and not over.is_set():
                    self._is_shown = True
                    told = countdown_text(self._world, silent, left) if left > 0 else None
                    self._world.overwrite_line(told or spinner_text(self._world, silent))
