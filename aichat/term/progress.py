"""A line that says how far something is, once it has taken a second; terminals only."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

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
