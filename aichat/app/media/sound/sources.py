"""Live audio as samples: from a microphone, or from a growing file."""

import os
import stat
from collections.abc import Iterable, Iterator
from itertools import chain
from threading import Event
from typing import Protocol

from aichat.app.media.sound.recording import deaf_error, open_microphone, recorder_of
from aichat.core.media.sound.samples import Resampler, known_wav_head, mono_samples
from aichat.core.media.sound.wav import ENDLESS, WavHead
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process.audio.devices import Hear
from aichat.process.world import World

#: Seconds between checks of a file, and without growth until it counts as ended.
_LOOK_SECONDS, _IDLE_SECONDS = 0.1, 3.0

#: The most bytes of a header.
_MOST_HEAD = 1 << 16


class SoundSource(Protocol):
    """A source of live audio: ``run`` passes it to ``hear`` until it ends, or ``end`` is called.

    ``run`` is called in one thread, ``end`` may be called in any.
    """

    @property
    def is_ended(self) -> bool:
        """Whether ``end`` was called."""

    def run(self, hear: Hear, rate: int) -> None:
        """Pass on all audio, ``rate`` samples per second. Errors: ``usage`` if unreadable."""

    def end(self) -> None:
        """Stop listening."""


class _Ending:
    """The flag that ends a source."""

    def __init__(self) -> None:
        self._ending = Event()

    @property
    def is_ended(self) -> bool:
        """As in ``SoundSource``."""
        return self._ending.is_set()

    def end(self) -> None:
        """As in ``SoundSource``."""
        self._ending.set()


class MicrophoneSource(_Ending):
    """Audio from the microphone."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world, self._recorder = world, recorder_of("--live")

    def run(self, hear: Hear, rate: int) -> None:
        """As in ``SoundSource``. Errors: ``usage``."""
        microphone = open_microphone(self._recorder, self._world, rate, hear)
        while not (self._ending.wait(_LOOK_SECONDS) or microphone.has_ended):
            pass
        is_lost = not self.is_ended
        words = microphone.close()
        if is_lost:
            raise deaf_error(f"{self._recorder.name} hears nothing", words)


class WavSource(_Ending):
    """A WAV file that may still be growing, or a pipe; it ends when it stops growing."""

    def __init__(self, name: str, handle: int) -> None:
        super().__init__()
        self._name, self._handle = name, handle
        state = os.fstat(handle)
        self._is_file = stat.S_ISREG(state.st_mode)
        self._whole: int | None = None  # its size in bytes, if the header has it

    def run(self, hear: Hear, rate: int) -> None:
        """As in ``SoundSource``. Errors: ``usage``."""
        pieces, begun = self._pieces(), b""
        for piece in pieces:
            begun += piece
            if b"data" in begun[12:-4] or len(begun) > _MOST_HEAD:
                break
        try:
            head = known_wav_head(begun)
        except ValueError as error:
            raise usage_error(f"{self._name}: {error}", "--live takes a WAV file") from None
        size = int.from_bytes(begun[head.begin - 4 : head.begin], "little")
        self._whole = head.begin + size if 0 < size < ENDLESS else None
        resampler = Resampler(head.rate, rate)
        for samples in _samples(chain([begun[head.begin :]], pieces), head):
            hear(resampler.feed(samples))
        hear(resampler.close())

    def _pieces(self) -> Iterator[bytes]:
        """The file's contents, and what is appended to it."""
        idle, read = 0.0, 0
        while not self.is_ended:
            if piece := os.read(self._handle, 1 << 16):
                idle = 0.0
                read += len(piece)
                yield piece
            elif not self._is_file or idle > _IDLE_SECONDS or self._is_whole(read):
                return
            else:
                idle += _LOOK_SECONDS
                self._ending.wait(_LOOK_SECONDS)

    def _is_whole(self, read: int) -> bool:
        """Whether the header announced a size, and all of it was read."""
        return self._whole is not None and read >= self._whole


def _samples(pieces: Iterable[bytes], head: WavHead) -> Iterator[bytes]:
    """Pieces of a file as whole samples, wherever the pieces are cut."""
    rest = b""
    for piece in pieces:
        data = rest + piece
        whole = len(data) // head.frame_bytes * head.frame_bytes
        rest = data[whole:]
        yield mono_samples(data[:whole], head)


def open_source(world: World, name: str | None) -> SoundSource:
    """The named file, stdin for ``-``, or by default the microphone. Errors: ``usage``."""
    if name is None:
        return MicrophoneSource(world)
    try:
        if name == "-":
            return WavSource("stdin", world.stdin.fileno() if world.stdin else -1)
        return WavSource(name, os.open(expand_path(name), os.O_RDONLY))
    except OSError as error:
        raise usage_error(f"cannot read {name}: {error.strerror}") from error
