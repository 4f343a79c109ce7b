"""A line that says how far something is, once it has taken a second; terminals only."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from aichat.term.stdin import size_text
from aichat.term.world import World

T = TypeVar("T")

_PATIENCE, _PERIOD = 1.0, 0.1  # seconds


def told(world: World, doing: str, items: Iterable[T], total: int) -> Iterator[T]:
    """``items``, with the place among ``total`` on stderr while they are gone through."""
    now = world.clock.monotonic
    due, shown = now() + _PATIENCE, False
    for number, item in enumerate(items, 1):
        if world.stderr_tty and now() >= due:
            world.overwrite(f"aichat: {doing} {number} of {total}")
            due, shown = now() + _PERIOD, True
        yield item
    if shown:
        world.overwrite("")


class Meter:
    """How many bytes have gone, of how many if that is known; ``done`` takes the line away."""

    def __init__(self, world: World, doing: str, total: int | None, *, shown: bool = True) -> None:
        self._world, self._doing, self._total = world, doing, total
        self._able = shown and world.stderr_tty
        self._due = world.clock.monotonic() + _PATIENCE
        self._gone, self._shown = 0, False

    def add(self, size: int) -> None:
        """Bytes that have gone."""
        self._gone += size
        now = self._world.clock.monotonic
        if self._able and now() >= self._due:
            of = f" of {_rounded(self._total)}" if self._total else ""
            self._world.overwrite(f"aichat: {self._doing} {_rounded(self._gone)}{of}")
            self._due, self._shown = now() + _PERIOD, True

    def done(self) -> None:
        """It is over."""
        if self._shown:
            self._world.overwrite("")
            self._shown = False


def _rounded(size: int) -> str:
    return size_text(round(size, -5) if size >= 10**6 else size)
