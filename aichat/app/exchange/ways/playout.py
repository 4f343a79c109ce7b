"""An answer told as fast as it is heard: whatever ends it, no more was told than was said."""

from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from aichat.core.exchange.event import Audio, Event, Failure, Finish, TextDelta
from aichat.core.media.sound.samples import SAMPLE_BYTES
from aichat.core.message.media import Media
from aichat.core.message.sound import DEFAULT_RATE

#: Bytes of sound in a second, and in what is handed over at once.
SECOND_BYTES = DEFAULT_RATE * SAMPLE_BYTES
_PIECE_BYTES = SECOND_BYTES // 10

#: Seconds of sound that are handed over before they are heard.
LEAD_SECONDS = 0.2

#: Characters that are said in a second, until all that is said is known.
_USUAL_PACE = 15.0


class Speaker(Protocol):
    """What sound goes to: samples as all protocols give them, ``DEFAULT_RATE`` a second.

    One that ``is_heard`` takes its time; a file takes all there is.
    """

    is_heard: bool

    def write(self, samples: bytes) -> None:
        """More of it."""

    def ahead(self) -> float:
        """Seconds of what was written that are not heard yet."""

    def stop(self) -> None:
        """Silence, now."""


class Playout:
    """Events in, and out of it those that are due; ``sent`` are the bytes of sound among them.

    Words are due when the sound that came with them is, at the pace that they are said at.
    """

    def __init__(self) -> None:
        self._sound: deque[bytes] = deque()
        self._text: deque[TextDelta] = deque()
        self._others: list[Event] = []
        self._end: list[Event] = []
        self._came = self._said = self._told = 0  # bytes of sound; characters that came, and went
        self._is_whole = False
        self._media = Media("audio/*", b"")
        self.sent = 0

    def add(self, events: list[Event]) -> None:
        """What came."""
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
        """Nothing more comes."""
        self._is_whole = True

    @property
    def is_done(self) -> bool:
        """Whether all of it was told."""
        return not (self._sound or self._text or self._others or self._end)

    def due(self, ahead: float) -> list[Event]:
        """What may be told now, at most one piece of sound; ``ahead`` are seconds yet unheard."""
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
        """Whether the sound that has been sent says a word."""
        if self._is_whole and not self._sound:
            return True
        pace = _USUAL_PACE
        if self._is_whole:
            pace = self._said * SECOND_BYTES / self._came
        return self._told + len(word.text) <= self.sent / SECOND_BYTES * pace


def _words(event: TextDelta) -> Iterator[TextDelta]:
    """Words with what stands before them."""
    heads = event.text.split(" ")
    texts = chain(heads[:1], (f" {word}" for word in heads[1:]))
    return (event._replace(text=text) for text in texts if text)
