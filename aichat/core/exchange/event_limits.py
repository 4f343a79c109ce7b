"""How much of one kind an answer may bring: what is beyond it is told once, and left out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aichat.core.exchange.event import (
    Citation,
    Event,
    Image,
    Notice,
    ServerToolProgress,
    Source,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)


class Limit(NamedTuple):
    """How many there may be, and what they are called."""

    most: int
    name: str


#: Far more than any provider sends, far less than a screen, a store or a folder can bear.
EVENT_LIMITS: dict[type, Limit] = {
    ToolCallStart: Limit(1_000, "tool calls"),
    ServerToolProgress: Limit(10_000, "steps of the provider's tools"),
    Source: Limit(10_000, "sources"),
    Citation: Limit(100_000, "citations"),
    Image: Limit(1_000, "images"),
}


class EventLimiter:
    """Counts what one answer brings, and lets pass what is within ``EVENT_LIMITS``."""

    def __init__(self) -> None:
        self._left = {kind: limit.most for kind, limit in EVENT_LIMITS.items()}
        self._dropped_slots: set[int] = set()  # calls beyond the limit: what follows goes with them

    def limit(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events within the limits; a notice in place of the first of a kind beyond."""
        for event in events:
            kind = type(event)
            if isinstance(event, ToolCallDelta | ToolCallEnd):
                if event.slot not in self._dropped_slots:
                    yield event
            elif kind not in self._left or self._left[kind] > 0:
                yield event
                if kind in self._left:
                    self._left[kind] -= 1
            else:
                yield from self._drop(event)

    def _drop(self, event: Event) -> Iterator[Event]:
        kind = type(event)
        if self._left[kind] == 0:
            self._left[kind] = -1
            limit = EVENT_LIMITS[kind]
            yield Notice("limit", f"more than {limit.most:,} {limit.name}: the rest is left out")
        if isinstance(event, ToolCallStart):
            self._dropped_slots.add(event.slot)
