"""Putting back in a stream what was redacted in the request, even across deltas."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
    Logprobs,
    Notice,
    ReasoningDelta,
    RefusalDelta,
    Source,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    UsageUpdate,
)
from aichat.core.message.private.placeholders import Placeholders, begun_placeholder

#: Events that may come between two deltas of one text.
_BETWEEN = (Citation, Logprobs, Notice, Source, UsageUpdate)


class EventRestorer:
    """Puts back what ``placeholders`` stand for, in the events of one request.

    If a placeholder may begin at the end of a delta, that end waits for the next one.
    ``in_json``: the text is a JSON document.
    """

    def __init__(self, placeholders: Placeholders, *, in_json: bool = False) -> None:
        self._placeholders, self._in_json = placeholders, in_json
        self._waiting: TextDelta | ReasoningDelta | RefusalDelta | ToolCallDelta | None = None
        self._seen = 0  # characters of the answer as it arrived
        self._places, self._shifts = [0], [0]  # from where on, how much longer it is

    def feed(self, events: Iterable[Event]) -> list[Event]:
        """The events with what is private put back."""
        return [told for event in events for told in self._restore(event)]

    def flush(self) -> list[Event]:
        """The events still held back, at the end of the stream."""
        waiting, self._waiting = self._waiting, None
        return [waiting] if waiting else []

    def _restore(self, event: Event) -> Iterator[Event]:
        if isinstance(event, TextDelta | ReasoningDelta | RefusalDelta):
            yield from self._grow(event, event.text, "text")
        elif isinstance(event, ToolCallDelta):
            yield from self._grow(event, event.arguments, "arguments")
        elif isinstance(event, ToolCallEnd):
            yield from self.flush()
            whole = self._placeholders.restore(event.arguments, in_json=True)
            yield event._replace(arguments=whole)
        elif isinstance(event, Finish | Failure):
            yield from self.flush()
            yield event
        else:
            yield from () if isinstance(event, _BETWEEN) else self.flush()
            yield self._shifted(event) if isinstance(event, Citation) else self._whole(event)

    def _grow(self, event: Any, more: str, field: str) -> Iterator[Event]:
        """A delta of a text, preceded by what was held back of the same text."""
        waited, text = self._waiting, more
        if waited is not None and _same_text(waited, event):
            text = getattr(waited, field) + more
        else:
            yield from self.flush()
        begun = begun_placeholder(text)
        ready = text[: len(text) - len(begun)]
        self._waiting = event._replace(**{field: begun}) if begun else None
        in_json = isinstance(event, ToolCallDelta) or self._in_json
        restored = self._placeholders.restore(ready, in_json=in_json)
        if isinstance(event, TextDelta):
            self._note(ready)
        if restored:
            yield event._replace(**{field: restored})

    def _note(self, came: str) -> None:
        """Remember from where on the answer is longer or shorter than it arrived."""
        for end, growth in self._placeholders.growths(came, in_json=self._in_json):
            self._places.append(self._seen + end)
            self._shifts.append(self._shifts[-1] + growth)
        self._seen += len(came)

    def _shifted(self, event: Citation) -> Citation:
        """A citation with its positions in the restored text."""

        def moved(place: int | None) -> int | None:
            if place is None:
                return None
            return place + self._shifts[max(bisect_right(self._places, place) - 1, 0)]

        cited = event.cited_text and self._placeholders.restore(event.cited_text)
        return event._replace(start=moved(event.start), end=moved(event.end), cited_text=cited)

    def _whole(self, value: Any) -> Any:
        """An event, or a value in one, restored at any depth."""
        if isinstance(value, str):
            in_json = value.lstrip().startswith(("{", "["))
            return self._placeholders.restore(value, in_json=in_json)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(self._whole, value))
        if isinstance(value, Mapping):
            return {self._whole(key): self._whole(below) for key, below in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self._whole, value))
        return value


def _same_text(one: Any, other: Any) -> bool:
    """Whether two deltas belong to one text."""
    if type(one) is not type(other):
        return False
    if isinstance(one, ToolCallDelta):
        return bool(one.slot == other.slot)
    return getattr(one, "part", 0) == getattr(other, "part", 0)
