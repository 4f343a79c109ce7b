"""Recording sound with programs of the system. Source: the manual page of each."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from threading import Event

from aichat.process.audio.devices import PIECES, SAMPLE_BYTES, Hear
from aichat.process.programs.environment import desktop_environment
from aichat.process.threads import start_thread, unshielded
from aichat.values import NamedTuple

#: Seconds that a recorder gets to end, and the most bytes of its message.
_STOP_SECONDS, _MAX_WORDS = 2.0, 4096


class SoundRecorder(NamedTuple):
    """A program and its arguments for writing samples from the microphone to stdout.

    ``{rate}`` is the number per second.
    """

    name: str
    arguments: tuple[str, ...]

    def command(self, rate: int) -> list[str]:
        """The command line."""
        return [self.name, *(text.format(rate=rate) for text in self.arguments)]

    def open(self, environ: Mapping[str, str], rate: int, hear: Hear) -> "ProgramMicrophone":
        """As of any recorder."""
        return ProgramMicrophone(self.command(rate), environ, rate, hear)


#: Samples per second to record.
RECORDED_RATE = 16_000

_FFMPEG_INPUT = ("avfoundation", ":0") if sys.platform == "darwin" else ("pulse", "default")

#: In the order in which they are looked for.
RECORDERS = (
    SoundRecorder(
        "pw-record",
        ("--rate", "{rate}", "--channels", "1", "--format", "s16", "--raw", "-"),
    ),
    SoundRecorder("parec", ("--format=s16le", "--rate={rate}", "--channels=1")),
    SoundRecorder("arecord", ("-q", "-t", "raw", "-f", "S16_LE", "-r", "{rate}", "-c", "1")),
    SoundRecorder(
        "rec",
        (
            *("-q", "-t", "raw", "-r", "{rate}"),
            *("-e", "signed", "-b", "16", "-c", "1", "-"),
        ),
    ),
    SoundRecorder(
        "ffmpeg",
        (
            *("-loglevel", "error", "-f", _FFMPEG_INPUT[0], "-i", _FFMPEG_INPUT[1]),
            *("-ac", "1", "-ar", "{rate}", "-f", "s16le", "-"),
        ),
    ),
)


def find_recorder(find: Callable[[str], str | None] = shutil.which) -> SoundRecorder | None:
    """The first recorder that is installed."""
    return next((recorder for recorder in RECORDERS if find(recorder.name)), None)


class ProgramMicrophone:
    """A microphone read by a program. Errors: ``OSError`` if it cannot be started."""

    def __init__(
        self, command: list[str], environ: Mapping[str, str], rate: int, hear: Hear
    ) -> None:
        self._size, self._hear = rate * SAMPLE_BYTES // PIECES, hear
        self._words = TemporaryFile()  # noqa: SIM115  see ``close``
        self._is_told = Event()
        with unshielded():
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env=desktop_environment(environ),
                start_new_session=True,  # Ctrl-C is for us, and ends it by ``close``
            )
        start_thread(self._listen)

    @property
    def has_ended(self) -> bool:
        """As of any microphone."""
        return self._process.poll() is not None

    def close(self) -> str:
        """As for any microphone; the message is what the program wrote to stderr."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
            self._process.kill()
        self._process.wait()
        self._is_told.wait(_STOP_SECONDS)  # a child of it may still hold the pipe
        with self._words as words:
            words.seek(0)
            return words.read(_MAX_WORDS).decode("utf-8", "replace")

    def _listen(self) -> None:
        pipe = self._process.stdout
        try:
            with suppress(OSError, ValueError):
                while pipe and (piece := pipe.read(self._size)):
                    self._hear(piece)
        finally:
            self._is_told.set()
