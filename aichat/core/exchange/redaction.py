"""Secrets that a server says back, taken out of an answer.

The model's own words stay as they came where they are shown, since a pipe gets an answer's
bytes; what is written down on the way has no secrets in them either.
"""

from collections.abc import Iterable

from aichat.core.exchange.event import (
    Event,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
)
from aichat.core.text.redact import PieceRedactor, redact_value

_WORDS = (TextDelta, ReasoningDelta, RefusalDelta)


class EventRedactor:
    """Masks ``secrets`` in what a stream tells, its words left alone unless ``of_words``."""

    def __init__(self, secrets: Iterable[str], *, of_words: bool = False) -> None:
        self._secrets, self._of_words = tuple(secrets), of_words
        self._pieces: dict[tuple[str, int], PieceRedactor] = {}

    def redact(self, events: list[Event]) -> list[Event]:
        """The events without secrets."""
        if not self._secrets:
            return events
        return [self._redact_event(event) for event in events]

    def _redact_event(self, event: Event) -> Event:
        if isinstance(event, _WORDS):
            return self._redact_words(event) if self._of_words else event
        if isinstance(event, ToolCallDelta):
            arguments = self._piece(event.type, event.slot).feed(event.arguments)
            return event._replace(arguments=arguments)
        masked: Event = redact_value(event, self._secrets)
        return masked

    def _redact_words(self, event: TextDelta | ReasoningDelta | RefusalDelta) -> Event:
        part = 0 if isinstance(event, RefusalDelta) else event.part
        return event._replace(text=self._piece(event.type, part).feed(event.text))

    def _piece(self, kind: str, part: int) -> PieceRedactor:
        return self._pieces.setdefault((kind, part), PieceRedactor(self._secrets))
