"""A line that says how far something is, once it has taken a second; terminals only."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from aichat.process.stdin import format_size
from aichat.process.world import World

T = TypeVar("T")

_DELAY, _PERIOD = 1.0, 0.1  # seconds


class StatusLine:
    """The line: ``is_due`` says whether it is time for it; ``clear`` takes it away."""

    def __init__(self, world: World, *, shown: bool = True) -> None:
        self._world, self._enabled, self._is_shown = world, shown and world.stderr_tty, False
        self._next = world.clock.monotonic() + _DELAY

    @property
    def is_due(self) -> bool:
        """Whether there is a terminal, and time enough has gone by."""
        return self._enabled and self._world.clock.monotonic() >= self._next

    def show(self, text: str) -> None:
        """Put it in place of the one before."""
        self._is_shown = True  # first: a signal may come while it is written
        self._world.overwrite_line(f"aichat: {text}")
        self._next = self._world.clock.monotonic() + _PERIOD

    def clear(self) -> None:
        """Nothing of it is left."""
        if self._is_shown:
            self._world.overwrite_line("")
            self._is_shown = False


def track_progress(world: World, doing: str, items: Iterable[T], total: int) -> Iterator[T]:
    """``items``, with the place among ``total`` on stderr while they are gone through."""
    line = StatusLine(world)
    for number, item in enumerate(items, 1):
        if line.is_due:
            line.show(f"{doing} {number} of {total}")
        yield item
    line.clear()


class ByteProgress:
    """How many bytes have gone, of how many if that is known; ``finish`` takes the line away."""

    def __init__(self, world: World, doing: str, total: int | None, *, shown: bool = True) -> None:
        self._line, self._doing, self._total = StatusLine(world, shown=shown), doing, total
        self._done_bytes = 0

    def add(self, size: int) -> None:
        """Bytes that have gone."""
        self._done_bytes += size
        if self._line.is_due:
            of = f" of {rounded_size(self._total)}" if self._total else ""
            self._line.show(f"{self._doing} {rounded_size(self._done_bytes)}{of}")

    def finish(self) -> None:
        """It is over."""
        self._line.clear()


def rounded_size(size: int) -> str:
    """So many bytes, to a tenth of a megabyte."""
    return format_size(round(size, -5) if size >= 10**6 else size)
