"""Writes speech to a file."""

from pathlib import Path
from types import TracebackType

from aichat.core.media.sound.samples import SAMPLE_BYTES
from aichat.core.media.sound.wav import ENDLESS, wav_header
from aichat.core.message.sound import DEFAULT_RATE
from aichat.disk.files.partial import PartialFile
from aichat.errors import AichatError, Fault

#: Bytes of samples that the header may be behind: half a second.
_BEHIND = DEFAULT_RATE * SAMPLE_BYTES // 2


class SoundFile:
    """A WAV file of all samples written to it, which is moved into place at the end.

    Until then it is a ``.partial`` beside it, playable at any time, since its header has the
    length of a moment ago. It remains so if another file has appeared meanwhile, unless
    ``force``. A device or pipe gets samples at once, with a header without a length.
    It has no queue of unplayed samples. Errors: ``output``, which says where it is.
    """

    is_heard = False

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self._path, self._force = path, force
        self._file: PartialFile | None = None  # opened with the first samples
        self.size = self._told = 0  # bytes of samples; as many as the header tells of

    def __enter__(self) -> "SoundFile":
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self._tell_size(self._file)
            if self._path.is_file() and not self._force:
                why = f"cannot write {self._path}: another file has come to be there"
                raise AichatError(Fault("output", why))
            self._file.commit()
        except AichatError as error:
            place = self._file.abandon()
            error.fault = error.fault._replace(hint=f"what was said is in {place}")
            raise

    def write(self, samples: bytes) -> None:
        """Append samples."""
        if self._file is None:
            self._file = PartialFile(self._path, in_sight=True)
            self._file.write(wav_header(ENDLESS, DEFAULT_RATE))
        self._file.write(samples)
        self.size += len(samples)
        if self.size >= self._told + _BEHIND:
            self._tell_size(self._file)

    def _tell_size(self, file: PartialFile) -> None:
        self._told = self.size
        file.write_over(wav_header(self.size - self.size % SAMPLE_BYTES, DEFAULT_RATE))

    def ahead(self) -> float:
        """Always 0: nothing waits to be played."""
        return 0.0

    def stop(self) -> None:
        """Does nothing, since samples are written at once."""
