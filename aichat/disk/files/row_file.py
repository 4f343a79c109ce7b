"""A file that rows are added to; rows it already has are not written again."""

import os
import stat
import time
from pathlib import Path
from typing import BinaryIO, Self

from aichat.disk.files.atomic import close_unfinished
from aichat.disk.files.lock import try_lock_if_able
from aichat.errors import AichatError, Fault, usage_error

#: Seconds after which written rows are synced to disk.
_SYNC_SECONDS = 1.0


class RowFile:
    """Rows in a file: those it already begins with are skipped.

    A pipe or a device has no rows, and is never read.
    From the first different row on the file is rewritten; ``is_new``: this run has written
    only a head so far, so no row in the file may be lost.
    Errors: ``usage`` if the very first row differs: the file belongs to something else;
    ``output`` (exit 13) if it cannot be written.
    """

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self._path = path
        try:
            self._file = _open(path)
        except OSError as error:
            raise self._fault(error) from error
        self._has_rows = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
        self._is_beginning, self._is_compared = True, self._has_rows
        if self._has_rows:
            if not try_lock_if_able(self._file.fileno()):
                self._file.close()
                raise usage_error(f"{path} is being written by another run", "use another --output")
            if is_new and self._file.readline() and self._file.read(1):
                raise self._other_file()
            self._file.seek(0)
        self._next_sync = time.monotonic() + _SYNC_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        close_unfinished(self._file)  # everything written was flushed, or has failed

    def write(self, text: str) -> None:
        """Add rows, whole. Errors: ``output``."""
        try:
            if text:
                self._write(text.encode("utf-8", "replace"))
        except OSError as error:
            raise self._fault(error) from error

    def end(self) -> None:
        """Cut off anything after the last row. Errors: ``output``."""
        if not self._has_rows or (self._is_compared and self._is_beginning):
            return  # nothing was written, or it is no file
        try:
            self._file.truncate()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._fault(error) from error

    def _write(self, data: bytes) -> None:
        if self._is_compared:
            place = self._file.tell()
            found = self._file.read(len(data))
            if found == data:
                self._is_beginning = False
                return
            if found and self._is_beginning and not data.startswith(found):
                raise self._other_file()
            self._file.seek(place)
            self._file.truncate()
            self._is_compared = False
        self._file.write(data)
        self._file.flush()
        if self._has_rows and time.monotonic() >= self._next_sync:
            os.fsync(self._file.fileno())
            self._next_sync = time.monotonic() + _SYNC_SECONDS

    def _other_file(self) -> AichatError:
        hint = "use another --output, or remove it"
        return usage_error(f"{self._path} has something else in it", hint)

    def _fault(self, error: OSError) -> AichatError:
        return AichatError(Fault("output", f"cannot write {self._path}: {error.strerror}"))


def _open(path: Path) -> BinaryIO:
    """Open a file for reading and writing, anything else for writing only."""
    if path.exists() and not path.is_file():
        return path.open("wb", buffering=0)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
