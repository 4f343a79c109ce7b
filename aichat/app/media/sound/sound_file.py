"""Writes speech to a file."""

from pathlib import Path
from types import TracebackType

from aichat.core.media.sound.wav import ENDLESS, wav_header
from aichat.core.message.sound import DEFAULT_RATE
from aichat.disk.files.partial import PartialFile


class SoundFile:
    """A WAV file of all samples written to it, which is moved into place at the end.

    A device or pipe gets them at once, with a header without a length.
    It has no queue of unplayed samples. Errors: ``output``.
    """

    is_heard = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: PartialFile | None = None  # opened with the first samples
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
        """Append samples."""
        if self._file is None:
            self._file = PartialFile(self._path)
            self._file.write(wav_header(ENDLESS, DEFAULT_RATE))
        self._file.write(samples)
        self.size += len(samples)

    def ahead(self) -> float:
        """Always 0: nothing waits to be played."""
        return 0.0

    def stop(self) -> None:
        """Does nothing, since samples are written at once."""
