"""Filters on a stream: without the secrets that its server was told, and bounded in size."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aichat.core.exchange.event import (
    Citation,
    Event,
    Finish,
    Image,
    MadeFile,
    Notice,
    RawItem,
    ReasoningDelta,
    RefusalDelta,
    ServerToolProgress,
    Source,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from aichat.core.text.redact import StreamMask, mask_strings
from aichat.values import NamedTuple

#: The model's own words, which go through a pipe unchanged.
SPOKEN = (TextDelta, ReasoningDelta, RefusalDelta)


class EventMask:
    """Cuts ``secrets`` out of events; those of the kinds ``but`` pass unchanged.

    A secret split across two deltas is found as well.
    """

    def __init__(self, secrets: Sequence[str], but: tuple[type, ...] = ()) -> None:
        self._secrets, self._but = secrets, but
        self._streams: dict[tuple[type, int], StreamMask] = {}

    def mask(self, events: Iterable[Event]) -> list[Event]:
        """The events without secrets."""
        if not self._secrets:
            return list(events)
        return [e if isinstance(e, self._but) else self._mask_event(e) for e in events]

    def _mask_event(self, event: Event) -> Event:
        if type(event) is TextDelta:
            return TextDelta(self._feed(event, event.part, event.text), event.part)
        if isinstance(event, ReasoningDelta):
            return event._replace(text=self._feed(event, event.part, event.text))
        if isinstance(event, RefusalDelta):
            return event._replace(text=self._feed(event, 0, event.text))
        if isinstance(event, ToolCallDelta):
            return event._replace(arguments=self._feed(event, event.slot, event.arguments))
        return mask_strings(event, self._secrets)

    def _feed(self, event: Any, part: int, text: str) -> str:
        key = (type(event), part)
        if key not in self._streams:
            self._streams[key] = StreamMask(self._secrets)
        return self._streams[key].feed(text)


class Limit(NamedTuple):
    """How many events of a kind there may be, and what they are called."""

    most: int
    name: str


#: Far more than any provider sends, yet far less than a screen, store or folder can bear.
EVENT_LIMITS: dict[type, Limit] = {
    ToolCallStart: Limit(1_000, "tool calls"),
    ServerToolProgress: Limit(10_000, "steps of the provider's tools"),
    Source: Limit(10_000, "sources"),
    Citation: Limit(100_000, "citations"),
    Image: Limit(1_000, "images"),
    MadeFile: Limit(1_000, "files"),
}


class EventLimiter:
    """Counts the events of one answer, and lets through what is within ``EVENT_LIMITS``."""

    def __init__(self) -> None:
        self._left = {kind: limit.most for kind, limit in EVENT_LIMITS.items()}
        self._dropped_slots: set[int] = set()  # calls beyond the limit

    def limit(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events within the limits; a notice replaces the first one of a kind beyond."""
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


class ForcedToolText:
    """Turns the arguments of a forced tool call into the answer's text.

    Raw items are left out: a call in them would wait for its result.
    """

    def __init__(self, tool: str) -> None:
        self._tool = tool
        self._slots: dict[int, bool] = {}  # of its calls, and whether any arguments have come

    def feed(self, events: Iterable[Event]) -> list[Event]:
        """The events, with calls of the tool as text."""
        return [said for event in events for said in self._read(event)]

    def _read(self, event: Event) -> Iterator[Event]:
        if isinstance(event, ToolCallStart) and event.name == self._tool:
            self._slots[event.slot] = False
        elif isinstance(event, ToolCallDelta | ToolCallEnd) and event.slot in self._slots:
            if isinstance(event, ToolCallDelta) or not self._slots[event.slot]:
                yield TextDelta(event.arguments)
            self._slots[event.slot] = True
        elif isinstance(event, Finish) and event.reason == "tool_calls" and self._slots:
            yield event._replace(reason="stop")
        elif not (isinstance(event, RawItem) and self._slots):
            yield event
