"""The package ``sounddevice`` without PortAudio: a microphone with given audio, a loudspeaker."""

import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

#: Samples that the loudspeaker takes at once, and seconds to play them.
FRAMES, SECONDS = 1200, 0.002


class PortAudioError(Exception):
    """As in the real package."""


class CallbackStop(Exception):  # noqa: N818  its name
    """As in the real package."""


class _Stream:
    """An open stream; a thread calls ``step`` until it returns false."""

    def __init__(self, wish: Mapping[str, Any], step: Callable[[], bool]) -> None:
        self.wish, self._step = wish, step
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.active = False

    def start(self) -> None:
        self.active = True
        self._thread.start()

    def abort(self) -> None:
        self._ends.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    close = abort

    def _run(self) -> None:
        while self._step() and not self._ends.wait(SECONDS):
            pass
        self.active = False
        self.wish.get("finished_callback", lambda: None)()


class SoundDevice:
    """The module: the microphone gives ``heard``, then ends or is silent; ``played`` is output."""

    PortAudioError, CallbackStop = PortAudioError, CallbackStop

    def __init__(self, heard: bytes = b"", *, ends: bool = False, lacks: str = "") -> None:
        self.heard, self.ends, self.lacks = heard, ends, lacks
        self.played = b""
        self.fault: PortAudioError | None = None  # raised on opening
        self.streams: list[_Stream] = []

    def query_devices(self, *, kind: str) -> Any:
        if kind == self.lacks:
            raise PortAudioError(f"no default {kind} device")
        return SimpleNamespace(name=kind)

    def RawInputStream(self, **wish: Any) -> _Stream:  # noqa: N802  its name
        size, rest = wish["blocksize"] * 2, self.heard

        def step() -> bool:
            nonlocal rest
            piece, rest = rest[:size], rest[size:]
            if piece:
                wish["callback"](memoryview(piece), len(piece) // 2, None, 0)
            return bool(rest) or not self.ends

        return self._open(wish, step)

    def RawOutputStream(self, **wish: Any) -> _Stream:  # noqa: N802  its name
        def step() -> bool:
            target = memoryview(bytearray(FRAMES * 2))
            try:
                wish["callback"](target, FRAMES, None, 0)
            except CallbackStop:
                return False
            self.played += bytes(target)
            return True

        return self._open(wish, step)

    def _open(self, wish: Mapping[str, Any], step: Callable[[], bool]) -> _Stream:
        if self.fault:
            raise self.fault
        self.streams.append(_Stream(wish, step))
        return self.streams[-1]
