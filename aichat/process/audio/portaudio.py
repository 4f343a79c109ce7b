"""Microphone and loudspeaker by PortAudio, where no program of the system reaches them.

The package ``sounddevice``, the extra ``voice``, is imported here and nowhere else.
"""

from collections.abc import Mapping
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any, Literal

from aichat.process.audio.devices import PIECES, SAMPLE_BYTES, Hear
from aichat.process.threads import shield_threads, start_thread

#: Seconds between two looks at whether all was heard, and until what was heard was told.
_LOOK_SECONDS, _TELL_SECONDS = 0.1, 2.0


def find_portaudio(kind: Literal["input", "output"]) -> Any | None:
    """The package, where it is here and knows such a device."""
    try:
        import sounddevice
    except (ImportError, OSError):  # PortAudio itself may be missing
        return None
    try:
        sounddevice.query_devices(kind=kind)
    except (sounddevice.PortAudioError, ValueError):
        return None
    return sounddevice


class PortAudioRecorder:
    """The usual microphone of ``library``."""

    name = "sounddevice"

    def __init__(self, library: Any) -> None:
        self._library = library

    def open(self, _environ: Mapping[str, str], rate: int, hear: Hear) -> "PortAudioMicrophone":
        """As of any recorder."""
        return PortAudioMicrophone(self._library, rate, hear)


class PortAudioMicrophone:
    """One that is open. What it hears waits for a thread of ours: its own has to be quick."""

    def __init__(self, library: Any, rate: int, hear: Hear) -> None:
        self._hear, self._pieces = hear, SimpleQueue[bytes | None]()
        self._is_told = Event()
        try:
            with shield_threads():
                self._stream = library.RawInputStream(
                    samplerate=rate,
                    blocksize=rate // PIECES,
                    channels=1,
                    dtype="int16",
                    callback=lambda data, *_: self._pieces.put(bytes(data)),
                )
                self._stream.start()
        except library.PortAudioError as error:
            raise OSError(0, str(error)) from error
        start_thread(self._tell)

    @property
    def has_ended(self) -> bool:
        """As of any microphone."""
        return not self._stream.active

    def close(self) -> str:
        """As of any microphone; it says nothing."""
        self._stream.close()
        self._pieces.put(None)
        self._is_told.wait(_TELL_SECONDS)
        return ""

    def _tell(self) -> None:
        try:
            while (piece := self._pieces.get()) is not None:
                self._hear(piece)
        finally:
            self._is_told.set()


class PortAudioPlayer:
    """Samples to the usual loudspeaker of ``library``; there is silence where none are left."""

    def __init__(self, library: Any) -> None:
        self._library, self._stream = library, None
        self._samples, self._lock = bytearray(), Lock()
        self._is_whole, self._has_ended = False, Event()

    def write(self, samples: bytes, rate: int) -> None:
        """As of any player."""
        with self._lock:
            self._samples += samples
        if self._stream is None and not self._has_ended.is_set():
            self._stream = self._open(rate)

    def wait(self) -> None:
        """As of any player."""
        self._is_whole = True
        try:
            while self._stream and not self._has_ended.wait(_LOOK_SECONDS):
                pass
        finally:
            self.stop()

    def stop(self) -> None:
        """As of any player."""
        stream, self._stream = self._stream, None
        self._has_ended.set()
        if stream:
            stream.abort()
            stream.close()

    def _open(self, rate: int) -> Any:
        try:
            with shield_threads():
                stream = self._library.RawOutputStream(
                    samplerate=rate,
                    channels=1,
                    dtype="int16",
                    callback=self._fill,
                    finished_callback=self._has_ended.set,
                )
                stream.start()
        except self._library.PortAudioError:
            self._has_ended.set()
            return None
        return stream

    def _fill(self, target: Any, frames: int, *_: object) -> None:
        """What is due; called by a thread of PortAudio's."""
        size = frames * SAMPLE_BYTES
        with self._lock:
            due = bytes(self._samples[:size])
            del self._samples[:size]
        target[:] = due.ljust(size, b"\0")
        if self._is_whole and not due:
            raise self._library.CallbackStop
