"""A progress line, shown after a second; on terminals only."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from aichat.process.stdin import format_size
from aichat.process.world import World

T = TypeVar("T")

_DELAY, _PERIOD = 1.0, 0.1  # seconds


class StatusLine:
    """A status line: ``is_due`` says whether to show it; ``clear`` removes it."""

    def __init__(self, world: World, *, shown: bool = True) -> None:
        self._world, self._enabled, self._is_shown = world, shown and world.stderr_tty, False
        self._next = world.clock.monotonic() + _DELAY

    @property
    def is_due(self) -> bool:
        """Whether there is a terminal, and enough time has passed."""
        return self._enabled and self._world.clock.monotonic() >= self._next

    def show(self, text: str) -> None:
        """Replace the line."""
        self._is_shown = True  # set first, since a signal may come while it is written
        self._world.overwrite_line(f"aichat: {text}")
        self._next = self._world.clock.monotonic() + _PERIOD

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._world.overwrite_line("")
            self._is_shown = False


def track_progress(world: World, doing: str, items: Iterable[T], total: int) -> Iterator[T]:
    """Iterate over ``items``, showing the progress out of ``total`` on stderr."""
    line = StatusLine(world)
    for number, item in enumerate(items, 1):
        if line.is_due:
            line.show(f"{doing} {number} of {total}")
        yield item
    line.clear()


class ByteProgress:
    """The progress of a transfer in bytes, with the total if known; ``finish`` removes the line."""

    def __init__(self, world: World, doing: str, total: int | None, *, shown: bool = True) -> None:
        self._line, self._doing, self._total = StatusLine(world, shown=shown), doing, total
        self._done_bytes = 0

    def add(self, size: int) -> None:
        """Count transferred bytes."""
        self._done_bytes += size
        if self._line.is_due:
            of = f" of {rounded_size(self._total)}" if self._total else ""
            self._line.show(f"{self._doing} {rounded_size(self._done_bytes)}{of}")

    def finish(self) -> None:
        """The transfer is over."""
        self._line.clear()


def rounded_size(size: int) -> str:
    """A size in megabytes, with one decimal."""
    return format_size(round(size, -5) if size >= 10**6 else size)
