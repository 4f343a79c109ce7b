"""Shows an answer at the pace of its playback, so that no more is shown than was heard."""

from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from aichat.core.exchange.event import Audio, Event, Failure, Finish, TextDelta
from aichat.core.media.sound.samples import SAMPLE_BYTES
from aichat.core.message.media import Media
from aichat.core.message.sound import DEFAULT_RATE

#: Bytes of audio per second, and per piece handed over.
SECOND_BYTES = DEFAULT_RATE * SAMPLE_BYTES
_PIECE_BYTES = SECOND_BYTES // 10

#: Seconds of audio handed over ahead of playback.
LEAD_SECONDS = 0.2

#: The assumed characters per second, until the whole text is known.
_USUAL_PACE = 15.0


class Speaker(Protocol):
    """An output for audio: samples in the common format, ``DEFAULT_RATE`` per second.

    If ``is_heard`` it plays in real time; a file accepts everything at once.
    """

    is_heard: bool

    def write(self, samples: bytes) -> None:
        """Add samples."""

    def ahead(self) -> float:
        """Seconds of written audio that are not yet played."""

    def stop(self) -> None:
        """Stop at once."""


class Playout:
    """Queues events until they are due; ``sent`` is the number of bytes of audio released.

    Text is due together with its audio, at the pace of speech.
    """

    def __init__(self) -> None:
        self._sound: deque[bytes] = deque()
        self._text: deque[TextDelta] = deque()
        self._others: list[Event] = []
        self._end: list[Event] = []
        self._came = self._said = self._told = 0  # bytes of audio; characters in and out
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
        """Note the end of the events."""
        self._is_whole = True

    @property
    def is_done(self) -> bool:
        """Whether all events were released."""
        return not (self._sound or self._text or self._others or self._end)

    def due(self, ahead: float) -> list[Event]:
        """The events due now, with at most one piece of audio; ``ahead`` is in unplayed seconds."""
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
        """Whether the released audio includes a word."""
        if self._is_whole and not self._sound:
            return True
        pace = _USUAL_PACE
        if self._is_whole:
            pace = self._said * SECOND_BYTES / self._came
        return self._told + len(word.text) <= self.sent / SECOND_BYTES * pace


def _words(event: TextDelta) -> Iterator[TextDelta]:
    """The words of a text, each with the space before it."""
    heads = event.text.split(" ")
    texts = chain(heads[:1], (f" {word}" for word in heads[1:]))
    return (event._replace(text=text) for text in texts if text)
