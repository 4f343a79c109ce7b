"""A microphone and a loudspeaker that stay open, by whichever way they are reached."""

from collections.abc import Callable, Mapping
from typing import Protocol

#: Bytes per sample, and pieces per second from the microphone.
SAMPLE_BYTES, PIECES = 2, 10

#: Takes samples.
Hear = Callable[[bytes], object]


class OpenMicrophone(Protocol):
    """Passes on what it hears, in pieces of a tenth of a second, from a thread, until ``close``."""

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself."""

    def close(self) -> str:
        """Stop, once everything heard was passed on, and return any message about why it ended."""


class SampleRecorder(Protocol):
    """A way to reach the microphone."""

    @property
    def name(self) -> str:
        """Its name."""

    def open(self, environ: Mapping[str, str], rate: int, hear: Hear) -> OpenMicrophone:
        """Start passing samples to ``hear``, ``rate`` per second. Errors: ``OSError``."""


class SamplePlayer(Protocol):
    """Plays samples as they come: signed, 16 bits, mono."""

    def write(self, samples: bytes, rate: int) -> None:
        """Add samples, ``rate`` per second; ignored once it has ended."""

    def wait(self) -> None:
        """Wait until everything was played. Errors: what a signal raises, after stopping."""

    def stop(self) -> None:
        """Silence, now."""


class LoudSpeaker:
    """Plays samples as they come, ``rate`` per second; ``monotonic`` returns seconds.

    ``begin`` starts a player. How much was heard is judged by the clock, as no player tells.
    """

    is_heard = True

    def __init__(
        self, begin: Callable[[], SamplePlayer], rate: int, monotonic: Callable[[], float]
    ) -> None:
        self._begin, self._rate = begin, rate
        self._monotonic, self._ends_at = monotonic, 0.0
        self._player: SamplePlayer | None = None

    def write(self, samples: bytes) -> None:
        """Add samples."""
        if self._player is None:
            self._player = self._begin()
        self._player.write(samples, self._rate)
        seconds = len(samples) / (SAMPLE_BYTES * self._rate)
        self._ends_at = max(self._ends_at, self._monotonic()) + seconds

    def ahead(self) -> float:
        """Seconds of sound not played yet."""
        return max(0.0, self._ends_at - self._monotonic())

    def stop(self) -> None:
        """Silence, now."""
        self._ends_at = 0.0
        if self._player:
            self._player.stop()
            self._player = None

    def close(self) -> None:
        """Play the rest, then close. Errors: what a signal raises, after stopping."""
        player, self._player = self._player, None
        if player:
            player.wait()
