"""What is said, written to a file."""

from pathlib import Path
from types import TracebackType

from aichat.core.media.sound.wav import ENDLESS, wav_header
from aichat.core.message.sound import DEFAULT_RATE
from aichat.disk.files.partial import PartialFile


class SoundFile:
    """A WAV file of all that is written to it; it takes its place once this is left.

    A device or a pipe gets it at once, and is not told how long it will be.
    Nothing of it is ever unheard. Errors: ``output``.
    """

    is_heard = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: PartialFile | None = None  # once there is a sound
        self.size = 0

    def __enter__(self) -> "SoundFile":
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._file:
            try:
                self._file.write_over(wav_header(self.size, DEFAULT_RATE))
            except BaseException:
                self._file.abandon()
                raise
            self._file.commit()

    def write(self, samples: bytes) -> None:
        """More of it."""
        if self._file is None:
            self._file = PartialFile(self._path)
            self._file.write(wav_header(ENDLESS, DEFAULT_RATE))
        self._file.write(samples)
        self.size += len(samples)

    def ahead(self) -> float:
        """Everything is heard at once."""
        return 0.0

    def stop(self) -> None:
        """What is written is written."""
