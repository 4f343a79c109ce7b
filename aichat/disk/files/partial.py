"""A file that is written as it comes, and takes its place only once it is whole."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from aichat.disk.files.atomic import beside, mode_of, settle
from aichat.errors import AichatError, Fault

T = TypeVar("T")


class Landing:
    """What is on its way to ``path``: ``keep`` puts it there, ``leave`` beside it, as ``.partial``.

    A device or a pipe is written to at once. Errors: ``output`` (exit 13), naming the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = 0  # bytes so far
        self._target, self._mode = self._tried(lambda: (path.resolve(), mode_of(path)))
        self._temporary: Path | None = None
        self._file: BinaryIO
        if path.exists() and not path.is_file():
            self._file = self._tried(lambda: path.open("wb"))
        else:
            self._file, self._temporary = self._tried(lambda: beside(self._target))

    def write(self, data: bytes) -> None:
        """The next piece."""
        self._tried(lambda: self._written(data))
        self.size += len(data)

    def keep(self) -> None:
        """It is whole."""
        self._tried(self._kept)

    def leave(self) -> Path | None:
        """It is not whole: where it lies now, if there is anything of it."""
        with suppress(OSError):  # what could not be written is not there
            self._file.close()
        if not self._temporary:
            return None
        if not self.size:
            self._temporary.unlink(missing_ok=True)
            return None
        place = self._target.with_name(f"{self._target.name}.partial")
        self._temporary.chmod(self._mode)
        self._temporary.replace(place)
        return place

    def _written(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()  # a disk that is full says so now

    def _kept(self) -> None:
        with self._file as file:
            if self._temporary:
                settle(file, self._temporary, self._target, self._mode)

    def _tried(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise AichatError(Fault("output", f"cannot write {self._path}: {why}")) from error
