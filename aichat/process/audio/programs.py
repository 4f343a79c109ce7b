"""Playing, recording and converting sound with programs of the system.

Source: the manual page of each.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from threading import Event
from typing import BinaryIO

from aichat.process.audio.devices import PIECES, SAMPLE_BYTES, Hear
from aichat.process.programs import desktop_environment, tool_environment
from aichat.process.threads import start_thread, unshielded
from aichat.values import NamedTuple

#: Seconds between checks whether a player has ended.
_LOOK_SECONDS = 0.1


class Player(NamedTuple):
    """A program and its arguments: for a file, and for samples piped to it.

    Samples are signed, 16 bits, mono; ``{rate}`` is the number per second.
    """

    program: str
    file: tuple[str, ...]
    samples: tuple[str, ...] = ()


#: In the order in which they are looked for.
PLAYERS = (
    Player(
        "ffplay",
        ("-nodisp", "-autoexit", "-loglevel", "error"),
        (
            *("-nodisp", "-autoexit", "-loglevel", "error", "-f", "s16le"),
            *("-ar", "{rate}", "-ch_layout", "mono", "-"),
        ),
    ),
    Player(
        "mpv",
        ("--no-video", "--really-quiet"),
        (
            *("--no-video", "--really-quiet", "--demuxer=rawaudio"),
            *("--demuxer-rawaudio-rate={rate}", "--demuxer-rawaudio-channels=1"),
            *("--demuxer-rawaudio-format=s16le", "-"),
        ),
    ),
    Player("afplay", ()),
    Player(
        "pw-cat",
        ("-p",),
        ("-p", "--raw", "--rate", "{rate}", "--channels", "1", "--format", "s16", "-"),
    ),
    Player("pw-play", ()),
    Player("aplay", ("-q",), ("-q", "-t", "raw", "-f", "S16_LE", "-r", "{rate}", "-c", "1")),
    Player(
        "play",
        ("-q",),
        ("-q", "-t", "raw", "-r", "{rate}", "-e", "signed", "-b", "16", "-c", "1", "-"),
    ),
)


def find_player(
    find: Callable[[str], str | None] = shutil.which, *, streams: bool = False
) -> Player | None:
    """The first player that is installed; with ``streams``, one that plays samples as they come."""
    able = (player for player in PLAYERS if player.samples or not streams)
    return next((player for player in able if find(player.program)), None)


class Playback:
    """Sound being played. ``stop`` ends it at once; ``wait`` lets it finish.

    A thread holds what is written until the player takes it, since sound arrives faster.
    """

    def __init__(self, player: Player, environ: Mapping[str, str]) -> None:
        self._player, self._environ = player, environ
        self._process: subprocess.Popen[bytes] | None = None
        self._pieces: SimpleQueue[bytes | None] = SimpleQueue()

    @property
    def can_stream(self) -> bool:
        """Whether it can play samples as they come."""
        return bool(self._player.samples)

    @property
    def has_begun(self) -> bool:
        """Whether a player was started."""
        return self._process is not None

    def write(self, samples: bytes, rate: int) -> None:
        """Add samples; ignored once the player has ended."""
        if self._process is None:
            arguments = (text.format(rate=rate) for text in self._player.samples)
            self._start([self._player.program, *arguments], subprocess.PIPE)
            start_thread(self._feed)
        self._pieces.put(samples)

    def play_file(self, path: str) -> None:
        """Play a file."""
        self._start([self._player.program, *self._player.file, path], subprocess.DEVNULL)

    def wait(self) -> None:
        """Wait until it was played. Errors: what a signal raises, after stopping."""
        self._pieces.put(None)
        try:
            while self._process and self._process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_LOOK_SECONDS)
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop playing."""
        self._pieces.put(None)
        if self._process and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            self._process.kill()

    def _start(self, command: list[str], stdin: int) -> None:
        with suppress(OSError), unshielded():
            self._process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=desktop_environment(self._environ),
                start_new_session=True,  # Ctrl-C is for us, and ends it by ``stop``
            )

    def _feed(self) -> None:
        """Pass on what is written until it ends, or the player does."""
        pipe = self._process.stdin if self._process else None
        with suppress(OSError, ValueError):
            while pipe and (piece := self._pieces.get()) is not None:
                pipe.write(piece)
                pipe.flush()
        with suppress(OSError):
            if pipe:
                pipe.close()


# -- recorded


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


#: Seconds that a recorder gets to end, and the most bytes of its message.
_STOP_SECONDS, _MAX_WORDS = 2.0, 4096


# -- converted

#: The most bytes that a conversion may produce, and seconds that it may take.
_MOST_MADE, _MOST_SECONDS = 200_000_000, 120.0

#: Seconds that decoding hours of sound may take.
_DECODING_SECONDS = 3600.0

#: ffmpeg's name for each input format: given explicitly, so that it never reads a playlist.
_READS = {
    "audio/aac": "aac",
    "audio/aiff": "aiff",
    "audio/flac": "flac",
    "audio/mp4": "mov",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
}
_WRITES = {
    "audio/mpeg": ("-f", "mp3", "-b:a", "128k"),
    "audio/wav": ("-f", "wav", "-c:a", "pcm_s16le"),
}


#: Videos, of which only the sound is read.
_FILMS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "audio/webm": "matroska",
}


def can_convert(mime: str) -> bool:
    """Whether sound of this type can be converted here."""
    return mime in _READS and shutil.which("ffmpeg") is not None


def can_decode(mime: str) -> bool:
    """Whether a file of this type, perhaps a video, can be decoded to samples here."""
    return mime in {**_READS, **_FILMS} and shutil.which("ffmpeg") is not None


def convert(path: Path, mime: str, target: str) -> bytes:
    """The sound of a file converted to another type, without its metadata.

    Errors: ``ValueError`` with a reason.
    """
    made = _run_ffmpeg(path, mime, ("-fs", str(_MOST_MADE), *_WRITES[target]), _MOST_SECONDS)
    if len(made) >= _MOST_MADE:
        raise ValueError(f"it would have more than {_MOST_MADE / 10**6:g} MB")
    return made


def decode(path: Path, mime: str, target: BinaryIO) -> None:
    """Write the samples of a file, as from a microphone, to ``target``. Errors: ``ValueError``."""
    form = ("-ac", "1", "-ar", str(RECORDED_RATE), "-f", "s16le")
    _run_ffmpeg(path, mime, form, _DECODING_SECONDS, target)


def _run_ffmpeg(
    path: Path, mime: str, form: tuple[str, ...], seconds: float, target: BinaryIO | None = None
) -> bytes:
    """Run ffmpeg on the sound of a file; its output is returned, or written to ``target``."""
    command = [
        *("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error"),
        *("-protocol_whitelist", "file,pipe", "-f", {**_READS, **_FILMS}[mime]),
        *("-i", f"file:{path}", "-vn", "-sn", "-dn", "-map_metadata", "-1", *form, "pipe:1"),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=target or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=tool_environment(os.environ),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"not done within {seconds:.0f} s") from None
    except OSError as error:
        raise ValueError(error.strerror or "ffmpeg cannot be started") from error
    if done.returncode or not (done.stdout or (target and os.fstat(target.fileno()).st_size)):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ValueError(lines[-1] if lines else f"ffmpeg ended with {done.returncode}")
    return done.stdout or b""
