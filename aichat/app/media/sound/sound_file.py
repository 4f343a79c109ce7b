"""What is said, written to a file."""

from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO

from aichat.core.media.sound.wav import wav_header
from aichat.core.message.sound import DEFAULT_RATE
from aichat.disk.files.partial import PartialFile

#: Bytes that are kept in memory until it is known how many there are: they stand before them.
_SPOOL_BYTES = 16 << 20


class SoundFile:
    """A WAV file of all that is written to it; it is there once this is left.

    Nothing of it is ever unheard. Errors: ``output``.
    """

    is_heard = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115  see ``__exit__``
        self.size = 0

    def __enter__(self) -> "SoundFile":
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        with self._file:
            if self.size:
                self._save()

    def write(self, samples: bytes) -> None:
        """More of it."""
        self._file.write(samples)
        self.size += len(samples)

    def ahead(self) -> float:
        """Everything is heard at once."""
        return 0.0

    def stop(self) -> None:
        """What is written is written."""

    def _save(self) -> None:
        made = PartialFile(self._path)
        self._file.seek(0)
        try:
            made.write(wav_header(self.size, DEFAULT_RATE))
            while piece := self._file.read(1 << 18):
                made.write(piece)
        except BaseException:
            made.abandon()
            raise
        made.commit()
