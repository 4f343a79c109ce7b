"""A microphone and a loudspeaker that stay open, whatever they are reached by."""

from collections.abc import Callable, Mapping
from typing import Protocol

#: Bytes of a sample, and pieces of what is heard in a second.
SAMPLE_BYTES, PIECES = 2, 10

#: Takes samples.
Hear = Callable[[bytes], object]


class OpenMicrophone(Protocol):
    """What is said, told in pieces of a tenth of a second by a thread, until ``close``."""

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself, and nothing more is heard."""

    def close(self) -> str:
        """Hear no more; what it said of why. All that was heard has been told then."""


class SampleRecorder(Protocol):
    """A way to the microphone."""

    @property
    def name(self) -> str:
        """What it is called."""

    def open(self, environ: Mapping[str, str], rate: int, hear: Hear) -> OpenMicrophone:
        """Begin to tell ``hear`` what is said, ``rate`` samples a second. Errors: ``OSError``."""


class SamplePlayer(Protocol):
    """Plays samples as they come: signed, of 16 bits, of one channel."""

    def write(self, samples: bytes, rate: int) -> None:
        """More of them, ``rate`` a second; one that has ended hears no more."""

    def wait(self) -> None:
        """Until all was heard. Errors: what a signal raises, and it is silent then."""

    def stop(self) -> None:
        """Silence, now."""


class LoudSpeaker:
    """Samples that are played as they come, ``rate`` a second; ``monotonic`` gives seconds.

    ``begin`` starts a player. How much is heard is told by the clock: no player says.
    """

    is_heard = True

    def __init__(
        self, begin: Callable[[], SamplePlayer], rate: int, monotonic: Callable[[], float]
    ) -> None:
        self._begin, self._rate = begin, rate
        self._monotonic, self._ends_at = monotonic, 0.0
        self._player: SamplePlayer | None = None

    def write(self, samples: bytes) -> None:
        """More of it."""
        if self._player is None:
            self._player = self._begin()
        self._player.write(samples, self._rate)
        seconds = len(samples) / (SAMPLE_BYTES * self._rate)
        self._ends_at = max(self._ends_at, self._monotonic()) + seconds

    def ahead(self) -> float:
        """Seconds of what was written that are not heard yet."""
        return max(0.0, self._ends_at - self._monotonic())

    def stop(self) -> None:
        """Silence, now."""
        self._ends_at = 0.0
        if self._player:
            self._player.stop()
            self._player = None

    def close(self) -> None:
        """The last of it is heard. Errors: what a signal raises, and it is silent then."""
        player, self._player = self._player, None
        if player:
            player.wait()
