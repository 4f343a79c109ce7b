"""A file that is written as it arrives, and gets its name only once it is complete."""

import os
from collections.abc import Callable
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, TypeVar

from aichat.disk.files.atomic import (
    begin_sync,
    close_unfinished,
    mode_of,
    move_into_place,
    open_partial,
    open_temporary,
    partial_of,
    resolve_target,
)
from aichat.errors import AichatError, Fault

T = TypeVar("T")

#: Pieces of fewer bytes are flushed at once, since no more are waiting: a full disk is noticed,
#: and nothing is lost if the program is killed.
_MORE_WAITS = 1 << 16

#: Bytes after which the disk starts to write them.
_SYNCED = 16 << 20


class PartialFile:
    """A file to become ``path``: ``commit`` moves it there, ``abandon`` leaves a ``.partial``.

    With ``in_sight`` it has that name from the start and replaces no other file: what cannot be
    recorded again is found even if the program was killed.
    A device or a pipe is written directly. Errors: ``output`` (exit 13), naming the file.
    """

    def __init__(self, path: Path, *, in_sight: bool = False) -> None:
        self._path = path
        self.size = self._synced = 0  # bytes so far, and those that the disk has started to write
        self._target, self._mode = self._translate_errors(
            lambda: (resolve_target(path), mode_of(path))
        )
        self._temporary: Path | None = None
        self._file: BinaryIO
        if path.exists() and not path.is_file():
            self._file = self._translate_errors(lambda: path.open("wb"))
        else:
            begin = open_partial if in_sight else open_temporary
            self._file, self._temporary = self._translate_errors(lambda: begin(self._target))
        self._in_sight = in_sight

    def write(self, data: bytes) -> None:
        """The next piece. Errors: ``output``."""
        try:
            self._write_out(data)
        except OSError as error:
            raise self._fault(error) from error
        self.size += len(data)
        if self._temporary and self.size - self._synced >= _SYNCED:
            begin_sync(self._file, self._synced, self.size)
            self._synced = self.size

    def write_over(self, head: bytes) -> None:
        """Overwrite the first bytes, except on a device or a pipe."""
        if self._temporary:
            self._translate_errors(lambda: self._write_over(head))

    def commit(self) -> None:
        """The file is complete: move it into place."""
        self._translate_errors(self._move_into_place)

    def abandon(self) -> Path | None:
        """The file is incomplete: return where it was left, if it is not empty."""
        close_unfinished(self._file)
        if not self._temporary:
            return None
        if not self.size:
            self._temporary.unlink(missing_ok=True)
            return None
        self._temporary.chmod(self._mode)
        if self._in_sight:
            return self._temporary
        place = partial_of(self._target)
        self._temporary.replace(place)
        return place

    def _write_out(self, data: bytes) -> None:
        self._file.write(data)
        if len(data) < _MORE_WAITS or not self._temporary:
            self._file.flush()

    def _write_over(self, head: bytes) -> None:
        self._file.flush()
        if hasattr(os, "pwrite"):  # half the calls, once for each piece of a recording
            os.pwrite(self._file.fileno(), head, 0)
            return
        self._file.seek(0)
        self._write_out(head)
        self._file.seek(0, SEEK_END)

    def _move_into_place(self) -> None:
        with self._file as file:
            if self._temporary:
                move_into_place(file, self._temporary, self._target, self._mode)

    def _translate_errors(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except (OSError, RuntimeError) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> AichatError:
        why = getattr(error, "strerror", None) or str(error)
        return AichatError(Fault("output", f"cannot write {self._path}: {why}"))
