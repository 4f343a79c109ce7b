"""Microphone and loudspeaker via PortAudio, where no program of the system reaches them.

The package ``sounddevice`` (the extra ``voice``) is imported here and nowhere else.
"""

from collections.abc import Mapping
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any, Literal

from aichat.process.audio.devices import PIECES, SAMPLE_BYTES, Hear
from aichat.process.threads import shield_threads, start_thread

#: Seconds between checks whether all was played, and to wait until all was passed on.
_LOOK_SECONDS, _TELL_SECONDS = 0.1, 2.0


def find_portaudio(kind: Literal["input", "output"]) -> Any | None:
    """The package, if it is installed and there is such a device."""
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
    """The default microphone of ``library``."""

    name = "sounddevice"

    def __init__(self, library: Any) -> None:
        self._library = library

    def open(self, _environ: Mapping[str, str], rate: int, hear: Hear) -> "PortAudioMicrophone":
        """As for any recorder."""
        return PortAudioMicrophone(self._library, rate, hear)


class PortAudioMicrophone:
    """An open microphone. It queues sound for a thread of ours, since its own has to be quick."""

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
        """As for any microphone; there is no message."""
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
    """Plays samples on the default loudspeaker of ``library``, and silence while it has none."""

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
        """Fill the buffer with what is due; called by a thread of PortAudio."""
        size = frames * SAMPLE_BYTES
        with self._lock:
            due = bytes(self._samples[:size])
            del self._samples[:size]
        target[:] = due.ljust(size, b"\0")
        if self._is_whole and not due:
            raise self._library.CallbackStop
