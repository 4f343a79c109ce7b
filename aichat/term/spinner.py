"""A sign of life on stderr's terminal while nothing else is there to be seen."""

import threading

from aichat.term.world import World, undisturbed

#: Seconds of silence before it turns, and between two looks at the clock.
SILENCE, PERIOD = 0.2, 0.05
_TURNS, _TURNS_ASCII = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"


def turn(world: World, silent: float) -> str:
    """How it looks after so many seconds."""
    plain = world.encoding.lower().replace("-", "") != "utf8"
    turns = _TURNS_ASCII if plain else _TURNS
    return f"{turns[int(silent * 10) % len(turns)]} {silent:.0f} s"


class Spinner:
    """Turns in a thread of its own between ``start`` and ``stop``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._shown = False

    def start(self) -> None:
        """It turns, once it has been silent for a moment."""
        if self._world.stderr_tty and self._world.environ.get("TERM") != "dumb":
            self._over = threading.Event()
            turning = threading.Thread(target=self._run, args=(self._over,), daemon=True)
            turning.start()

    def stop(self) -> None:
        """It is gone, and so is its line."""
        with undisturbed(), self._lock:
            self._over.set()
            if self._shown:
                self._world.overwrite("")
                self._shown = False

    def _run(self, over: threading.Event) -> None:
        now = self._world.clock.monotonic
        began = now()
        while not over.wait(PERIOD):
            silent = now() - began
            with self._lock:
                if silent >= SILENCE and not over.is_set():
                    self._shown = True
                    self._world.overwrite(turn(self._world, silent))
