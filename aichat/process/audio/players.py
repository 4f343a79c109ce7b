"""Playing sound with programs of the system. Source: the manual page of each."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue

from aichat.process.programs.environment import desktop_environment
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
