"""What a server says, without the secrets that it was told: one place for all of an answer."""

from collections.abc import Iterable, Sequence
from typing import Any

from aichat.core.exchange.event import (
    Event,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
)
from aichat.core.text.redact import StreamMask, mask_strings

#: The model's own words, which pass through a pipe as they are.
SPOKEN = (TextDelta, ReasoningDelta, RefusalDelta)


class EventMask:
    """Cuts ``secrets`` out of events; those of the kinds ``but`` pass unchanged.

    A secret that is split over two pieces of one text is found as well.
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
        if isinstance(event, TextDelta | ReasoningDelta):
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
