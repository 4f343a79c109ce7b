"""A microphone and a loudspeaker that stay open, by programs of the system."""

import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress

from aichat.process.audio.programs import Playback, Player, RunningRecorder, SoundRecorder
from aichat.process.threads import start_thread

#: Bytes of a sample, and pieces of what is heard in a second.
_SAMPLE_BYTES, _PIECES = 2, 10


class LoudSpeaker:
    """Samples that are played as they come, ``rate`` a second; ``monotonic`` gives seconds.

    How much of them is heard is told by the clock: no player says.
    """

    is_heard = True

    def __init__(
        self, player: Player, environ: Mapping[str, str], rate: int, monotonic: Callable[[], float]
    ) -> None:
        self._player, self._environ, self._rate = player, environ, rate
        self._monotonic, self._ends_at = monotonic, 0.0
        self._playback: Playback | None = None

    def write(self, samples: bytes) -> None:
        """More of it."""
        if self._playback is None:
            self._playback = Playback(self._player, self._environ)
        self._playback.write(samples, self._rate)
        seconds = len(samples) / (_SAMPLE_BYTES * self._rate)
        self._ends_at = max(self._ends_at, self._monotonic()) + seconds

    def ahead(self) -> float:
        """Seconds of what was written that are not heard yet."""
        return max(0.0, self._ends_at - self._monotonic())

    def stop(self) -> None:
        """Silence, now."""
        self._ends_at = 0.0
        if self._playback:
            self._playback.stop()
            self._playback = None

    def close(self) -> None:
        """The last of it is heard. Errors: what a signal raises, and it is silent then."""
        playback, self._playback = self._playback, None
        if playback:
            playback.wait()


class OpenMicrophone:
    """What is said, told in pieces of a tenth of a second by a thread, until ``close``.

    Errors: ``OSError`` where the program cannot be started.
    """

    def __init__(
        self,
        recorder: SoundRecorder,
        environ: Mapping[str, str],
        rate: int,
        hear: Callable[[bytes], object],
    ) -> None:
        self._size, self._hear = rate * _SAMPLE_BYTES // _PIECES, hear
        self._recorder = RunningRecorder(recorder, environ, rate, subprocess.PIPE)
        start_thread(self._listen)

    @property
    def has_ended(self) -> bool:
        """Whether the program has gone, and hears nothing more."""
        return self._recorder.process.poll() is not None

    def close(self) -> str:
        """Hear no more; what the program said."""
        return self._recorder.end()

    def _listen(self) -> None:
        pipe = self._recorder.process.stdout
        with suppress(OSError, ValueError):
            while pipe and (piece := pipe.read(self._size)):
                self._hear(piece)
