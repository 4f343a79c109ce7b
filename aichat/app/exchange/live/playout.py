"""Pacing an answer by its speech, so that no more text is shown than was heard."""

from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from aichat.core.exchange.event import Audio, Event, Failure, Finish, TextDelta
from aichat.core.media.sound.samples import SAMPLE_BYTES
from aichat.core.message.media import Media
from aichat.core.message.sound import DEFAULT_RATE

#: Bytes per second of sound, and per piece handed over.
SECOND_BYTES = DEFAULT_RATE * SAMPLE_BYTES
_PIECE_BYTES = SECOND_BYTES // 10

#: Seconds of sound handed over before they are heard.
LEAD_SECONDS = 0.2

#: Characters per second of speech, until the whole text is known.
_USUAL_PACE = 15.0


class Speaker(Protocol):
    """Where sound goes: samples as all protocols send them, ``DEFAULT_RATE`` per second.

    One that ``is_heard`` plays in real time; a file takes all at once.
    """

    is_heard: bool

    def write(self, samples: bytes) -> None:
        """Add sound."""

    def ahead(self) -> float:
        """Seconds of written sound that are not heard yet."""

    def stop(self) -> None:
        """Stop playing at once."""


class Playout:
    """Takes events, and returns those that are due; ``sent`` counts the bytes of sound returned.

    Text is due together with its sound, at the pace of the speech.
    """

    def __init__(self) -> None:
        self._sound: deque[bytes] = deque()
        self._text: deque[TextDelta] = deque()
        self._others: list[Event] = []
        self._end: list[Event] = []
        self._came = self._said = self._told = 0  # bytes of sound; characters added and returned
        self._is_whole = False
        self._media = Media("audio/*", b"")
        self.sent = 0

    def add(self, events: list[Event]) -> None:
        """Add events."""
        for event in events:
            if isinstance(event, Audio):
                self._add_sound(event)
            elif isinstance(event, TextDelta):
                self._said += len(event.text)
                self._text.extend(_words(event))
            elif isinstance(event, Finish | Failure) or self._end:
                self._end.append(event)
            else:
                self._others.append(event)

    def close(self) -> None:
        """No more events will come."""
        self._is_whole = True

    @property
    def is_done(self) -> bool:
        """Whether everything has been returned."""
        return not (self._sound or self._text or self._others or self._end)

    def due(self, ahead: float) -> list[Event]:
        """The events due now, with at most one piece of sound; ``ahead``: seconds still unheard."""
        events, self._others = self._others, []
        if self._sound and ahead < LEAD_SECONDS:
            data = self._sound.popleft()
            self.sent += len(data)
            events.append(Audio(self._media._replace(source=data)))
        while self._text and self._is_said(self._text[0]):
            word = self._text.popleft()
            self._told += len(word.text)
            events.append(word)
        if self._is_whole and not (self._sound or self._text):
            events += self._end
            self._end = []
        return events

    def _add_sound(self, event: Audio) -> None:
        data = event.media.data or b""
        self._media = event.media
        self._came += len(data)
        pieces = range(0, len(data), _PIECE_BYTES)
        self._sound.extend(data[place : place + _PIECE_BYTES] for place in pieces)

    def _is_said(self, word: TextDelta) -> bool:
        """Whether the sound sent so far includes a word."""
        if self._is_whole and not self._sound:
            return True
        pace = _USUAL_PACE
        if self._is_whole:
            pace = self._said * SECOND_BYTES / self._came
        return self._told + len(word.text) <= self.sent / SECOND_BYTES * pace


def _words(event: TextDelta) -> Iterator[TextDelta]:
    """Words, each with the space before it."""
    heads = event.text.split(" ")
    texts = chain(heads[:1], (f" {word}" for word in heads[1:]))
    return (event._replace(text=text) for text in texts if text)
