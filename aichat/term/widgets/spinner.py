"""A sign of life on stderr's terminal while nothing else is there to be seen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil

from aichat.process.signals import heed_stops, undisturbed
from aichat.process.threads import beside
from aichat.process.world import World, is_dumb

#: Seconds of silence before it turns, and between two looks at the clock.
SILENCE, PERIOD = 0.2, 0.05
_TURNS, _TURNS_ASCII = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"


def turn(world: World, silent: float) -> str:
    """How it looks after so many seconds."""
    return f"{_turned(world, silent)} {silent:.0f} s"


def counted(world: World, silent: float, left: float) -> str:
    """How it looks while it is waited for another attempt."""
    return f"{_turned(world, silent)} trying again in {ceil(left)} s"


def _turned(world: World, silent: float) -> str:
    plain = world.encoding.lower().replace("-", "") != "utf8"
    turns = _TURNS_ASCII if plain else _TURNS
    return turns[int(silent * 10) % len(turns)]


class Spinner:
    """Turns in a thread of its own between ``start`` and ``stop``."""

    def __init__(self, world: World) -> None:
        self._world, self._now = world, world.clock.monotonic
        self._able = world.stderr_tty and not is_dumb(world.environ)
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._shown = False
        self._began = self._until = self._now()

    def start(self, wait: float = 0) -> None:
        """It turns, once it has been silent for a moment; ``wait``: seconds to count down."""
        if self._able:
            self._over = threading.Event()
            self._until = self._now() + wait
            heed_stops(self._clear)
            beside(partial(self._run, self._over))

    def stop(self) -> None:
        """It is gone, and so is its line."""
        with undisturbed(), self._clear():
            self._over.set()
        if self._able:
            heed_stops(None)

    @contextmanager
    def _clear(self) -> Iterator[None]:
        """Without it, for as long as this lasts."""
        with self._lock:
            if self._shown:
                self._world.overwrite("")
                self._shown = False
            yield

    def _run(self, over: threading.Event) -> None:
        while not over.wait(PERIOD):
            now = self._now()
            silent, left = now - self._began, self._until - now
            with self._lock:
                if silent >= SILENCE and not over.is_set():
                    self._shown = True
                    told = counted(self._world, silent, left) if left > 0 else None
                    self._world.overwrite(told or turn(self._world, silent))
