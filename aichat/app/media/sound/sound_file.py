"""What is said, written to a file."""

from pathlib import Path
from types import TracebackType

from aichat.core.media.sound.samples import SAMPLE_BYTES
from aichat.core.media.sound.wav import ENDLESS, wav_header
from aichat.core.message.sound import DEFAULT_RATE
from aichat.disk.files.partial import PartialFile
from aichat.errors import AichatError, Fault


class SoundFile:
    """A WAV file of all that is written to it; it takes its place once this is left.

    Until then it is a ``.partial`` beside it, which players open at any time: it says how long
    it is by now. It stays that where another file has come to be there meanwhile, but with
    ``force``. A device or a pipe gets all at once, and is not told how long it will be.
    Nothing of it is ever unheard. Errors: ``output``, which says where it is.
    """

    is_heard = False

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self._path, self._force = path, force
        self._file: PartialFile | None = None  # once there is a sound
        self.size = 0

    def __enter__(self) -> "SoundFile":
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            if self._path.is_file() and not self._force:
                why = f"cannot write {self._path}: another file has come to be there"
                raise AichatError(Fault("output", why))
            self._file.commit()
        except AichatError as error:
            place = self._file.abandon()
            error.fault = error.fault._replace(hint=f"what was said is in {place}")
            raise

    def write(self, samples: bytes) -> None:
        """More of it."""
        if self._file is None:
            self._file = PartialFile(self._path, in_sight=True)
            self._file.write(wav_header(ENDLESS, DEFAULT_RATE))
        self._file.write(samples)
        self.size += len(samples)
        self._file.write_over(wav_header(self.size - self.size % SAMPLE_BYTES, DEFAULT_RATE))

    def ahead(self) -> float:
        """Everything is heard at once."""
        return 0.0

    def stop(self) -> None:
        """What is written is written."""
