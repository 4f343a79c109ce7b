"""What the decoders of all wires share: frames in, events out, exactly one ending."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from aichat.core.exchange.event import Event, Failure, Finish, ReasoningDelta, TextDelta
from aichat.core.http.sse import Frame, is_keepalive
from aichat.core.message.think_tags import ThinkSplitter
from aichat.core.text.json import loads
from aichat.errors import Fault, broken_json
from aichat.wires.shared.data_uris import DataUriFilter


class JsonDecoder:
    """Decodes one answer whose frames are JSON; each wire defines what a value means.

    ``tagged``: reasoning may be in the text, between tags.
    """

    def __init__(self, *, tagged: bool = True) -> None:
        self._ended = False
        self._tags = ThinkSplitter() if tagged else None
        self._pictures, self._part = DataUriFilter(), 0

    def feed(self, frames: Iterable[Frame]) -> list[Event]:
        """The events that ``frames`` complete, with consecutive text merged.

        After the ending there are no more.
        """
        events: list[Event] = []
        count = 0
        for frame in frames:
            count += 1
            if self._ended:
                break
            data = frame.data
            if data.startswith("[DONE]"):
                self._read_done(events)
                continue
            if frame.event and is_keepalive(frame):
                continue
            try:
                value = loads(data)
            except ValueError:
                if frame.whole:  # half a value is an error, but at the end the stream was cut off
                    self._fail_with(broken_json(data), events)
                continue
            self._read_value(value, frame, events)
        self._end_frames(events)
        return self._pass_on([*_join_texts(events)] if count > 1 and len(events) > 1 else events)

    def close(self) -> list[Event]:
        """The last events, once the body has ended; none if the answer had ended before."""
        events: list[Event] = []
        if not self._ended:
            self._end_body(events)
        return self._pass_on(events)

    def _pass_on(self, events: list[Event]) -> list[Event]:
        """The events, filtered for passing on."""
        return self._without_pictures(self._without_tags(events))

    def _without_tags(self, events: list[Event]) -> list[Event]:
        """The events with text between reasoning tags turned into reasoning."""
        tags = self._tags
        if tags is None or tags.is_done:
            return events
        told: list[Event] = []
        for event in events:
            if isinstance(event, TextDelta):
                told += _split(tags.feed(event.text), event.part, tags.tag)
            else:
                if isinstance(event, Finish | Failure):
                    told += _split(tags.close(), 0, tags.tag)
                told.append(event)
        return told

    def _without_pictures(self, events: list[Event]) -> list[Event]:
        """The events with pictures in the text turned into pictures."""
        told: list[Event] = []
        for event in events:
            if isinstance(event, TextDelta):
                told += self._pictures.feed(event)
                self._part = event.part
            else:
                if isinstance(event, Finish | Failure):
                    told += self._pictures.close(self._part)
                told.append(event)
        return told

    def _read_value(self, value: Any, frame: Frame, events: list[Event]) -> None:
        """Read the value of one frame."""

    def _end_frames(self, events: list[Event]) -> None:
        """Finish the frames that arrived together."""

    def _read_done(self, events: list[Event]) -> None:
        """Read ``[DONE]``, which ends an answer only on the chat wire."""

    def _end_body(self, events: list[Event]) -> None:
        """The body ended before the answer did."""
        self._fail_with(
            Fault("truncated", "the stream ended before the answer was complete"), events
        )

    def _flush(self, events: list[Event]) -> None:
        """Report what must come before any ending: open calls, and text held back."""

    def _fail_with(self, fault: Fault, events: list[Event]) -> None:
        self._flush(events)
        self._ended = True
        events.append(Failure(fault))


def _join_texts(events: list[Event]) -> Iterator[Event]:
    for part, run in groupby(events, lambda e: e.part if type(e) is TextDelta else None):
        if part is None:
            yield from run
        else:
            yield TextDelta("".join([event.text for event in run]), part)  # type: ignore[union-attr]


def _split(told: tuple[str, str], part: int, tag: str | None) -> list[Event]:
    reasoning, text = told
    events: list[Event] = [ReasoningDelta(reasoning, part, tag)] if reasoning else []
    return [*events, TextDelta(text, part)] if text else events
