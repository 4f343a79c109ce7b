"""The terminal while nobody reads from it: keys are kept, unseen, for the next prompt."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aichat.process.signals import hook_stops
from aichat.process.world import World

try:
    import termios
except ImportError:  # Windows, where the terminal itself echoes nothing
    termios = None  # type: ignore[assignment]


@contextmanager
def without_echo(world: World) -> Iterator[Callable[[], Callable[[], object]]]:
    """A context without echo, line mode or flushing; signals work, and all is restored after it.

    Yields a function that restores the terminal for a moment: call it before running another
    program, and its result afterwards.
    """
    if termios is None or world.stdin is None or not world.stdin_tty:
        yield lambda: lambda: None
        return
    handle = world.stdin.fileno()
    before = termios.tcgetattr(handle)
    quiet = _silent_mode(before)

    def put(mode: list[Any]) -> None:
        with suppress(termios.error):  # a terminal that is gone has no modes
            termios.tcsetattr(handle, termios.TCSANOW, mode)

    def lift() -> Callable[[], None]:
        put(before)
        return lambda: put(quiet)

    put(quiet)
    try:
        with hook_stops(lambda: put(before), lambda: put(quiet)):
            yield lift
    finally:
        put(before)


def _silent_mode(mode: list[Any]) -> list[Any]:
    """The mode; without NOFLSH, Ctrl-C would discard what was typed before it."""
    local = mode[3] & ~(termios.ECHO | termios.ICANON) | termios.ISIG | termios.NOFLSH
    return [*mode[:3], local, *mode[4:]]
