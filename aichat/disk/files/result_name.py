"""Where results are written: where the user says, else under a name made from the prompt."""

import os
import re
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from aichat.disk.files.atomic import (
    check_new_target,
    check_target,
    close_unfinished,
    mode_of,
    move_into_place,
    open_temporary,
    resolve_target,
)
from aichat.disk.files.lock import try_lock
from aichat.disk.files.media import extension_of
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple

#: The most characters of a name from the prompt, and bytes that tell a file's type.
_MAX_SLUG, _HEAD_BYTES = 40, 4096


def result_path(output: str | None, words: str, suffix: str, *, force: bool) -> Path:
    """A writable path: ``output``, or a new file in it, or in the current folder.

    Errors: ``usage`` if it exists and may not be overwritten; ``output`` (exit 13).
    """
    path = expand_path(output) if output else Path()
    if output and not _is_folder(output, path):
        check_new_target(path, force=force)
        return path
    number = 1
    while (made := path / f"{_slug(words)}-{number}.{suffix}").exists():
        number += 1
    check_target(made)
    return made


class ResultPlace(NamedTuple):
    """Where results go: ``output`` as typed, or names made from ``words``.

    With ``force`` existing files may be overwritten. Of several files for ``cat.png`` the
    second is ``cat-2.png``.
    """

    output: str | None
    words: str
    force: bool = False
    files: int = 1

    def check(self) -> None:
        """Raise if nothing could be written later: ``usage`` or ``output`` (exit 13)."""
        for number in range(1, self.files + 1):
            if exact := self.exact_path(number):
                check_new_target(exact, force=self.force)
                if exact.exists() and not exact.is_file():
                    raise usage_error(f"{exact} is not a file that can be replaced")
            else:
                check_target(self.folder / "result")

    @property
    def folder(self) -> Path:
        """The folder for files without an exact path."""
        return expand_path(self.output) if self.output else Path()

    def exact_path(self, number: int) -> Path | None:
        """The typed path, for the file with this number; None if it is a folder."""
        if not self.output or _is_folder(self.output, self.folder):
            return None
        path = self.folder
        return path if self.files == 1 else path.with_stem(f"{path.stem}-{number}")

    def part_path(self, number: int, name: str) -> Path:
        """The path of a partial file with this number; ``name`` identifies the job."""
        exact = self.exact_path(number)
        if exact:
            return exact.with_name(f"{exact.name}.partial")
        return self.folder / f"{_slug(name)}-{number}.partial"

    def free_paths(self, number: int, suffix: str) -> Iterator[Path]:
        """Possible paths for the file with this number, the best first."""
        exact = self.exact_path(number)
        if exact:
            yield exact
            yield from (exact.with_stem(f"{exact.stem}-{n}") for n in count(2))
        yield from (self.folder / f"{_slug(self.words)}-{n}.{suffix}" for n in count(number))


class ResultFile:
    """A result being written: ``commit`` gives it its name, ``discard`` removes it.

    With a ``part`` it is written there, and ``keep`` leaves it for a later run, which then
    ``goes_on`` after what is there. Errors: ``output`` (exit 13).
    """

    def __init__(
        self,
        place: ResultPlace,
        number: int = 1,
        part: Path | None = None,
        *,
        goes_on: bool = False,
    ) -> None:
        self._place, self._number = place, number
        self.head = b""  # its first bytes
        self.size = 0  # bytes so far
        self._file: BinaryIO
        exact = place.exact_path(number)
        try:
            target = exact and resolve_target(exact)
            opened = part and self._open_part(part, goes_on=goes_on)
            self.is_part = bool(opened)
            near = target or place.folder / "result"
            self._file, self._temporary = opened or open_temporary(near)
        except OSError as error:
            raise _write_error(exact or place.folder, error) from error

    def _open_part(self, path: Path, *, goes_on: bool) -> tuple[BinaryIO, Path] | None:
        """Open the existing part; None if it is not a file of ours, or in use."""
        new = 0 if goes_on else os.O_CREAT | os.O_EXCL
        flags = os.O_RDWR | new | getattr(os, "O_NOFOLLOW", 0)
        try:
            handle = os.open(path, flags, 0o600)
        except OSError:
            return None
        file = os.fdopen(handle, "r+b")
        if not stat.S_ISREG(os.fstat(handle).st_mode) or not try_lock(handle):
            file.close()
            return None
        self.head = file.read(_HEAD_BYTES)
        self.size = file.seek(0, os.SEEK_END)
        return file, path

    def write(self, data: bytes) -> None:
        """The next piece. Errors: ``output``."""
        try:
            self._file.write(data)
            self._file.flush()  # a full disk is noticed here
        except OSError as error:
            raise _write_error(self._temporary, error) from error
        if len(self.head) < _HEAD_BYTES:
            self.head += data[: _HEAD_BYTES - len(self.head)]
        self.size += len(data)

    def restart(self) -> None:
        """Start over with an empty file."""
        self._file.seek(0)
        self._file.truncate()
        self.head, self.size = b"", 0

    def commit(self) -> Path:
        """Move the complete file to a free path, without a race, and return that.

        Errors: ``output``.
        """
        exact = self._place.exact_path(self._number)
        try:
            with self._file as file:
                if exact and self._place.force:
                    target = resolve_target(exact)  # keep a link
                    move_into_place(file, self._temporary, target, mode_of(target))
                    return exact
                return self._name_freely(file)
        except OSError as error:
            raise _write_error(exact or self._place.folder, error) from error

    def _name_freely(self, file: BinaryIO) -> Path:
        exact = self._place.exact_path(self._number)
        for path in self._place.free_paths(self._number, extension_of(self.head[:64])):
            target = resolve_target(path) if path == exact else path  # a link to no file yet
            if _claim(target):
                break
        try:
            move_into_place(file, self._temporary, target, mode_of(target))
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return path

    def keep(self) -> Path:
        """Leave the incomplete file for later, and return its path."""
        close_unfinished(self._file)
        return self._temporary

    def discard(self) -> None:
        """Remove the incomplete file."""
        close_unfinished(self._file)
        self._temporary.unlink(missing_ok=True)


def write_result(place: ResultPlace, data: bytes, number: int = 1) -> Path:
    """Write a whole file with this number, and return its path. Errors: ``output`` (exit 13)."""
    file = ResultFile(place, number)
    try:
        file.write(data)
        return file.commit()
    except BaseException:
        file.discard()
        raise


def _claim(path: Path) -> bool:
    """Reserve a path; False if it is taken. Errors: ``OSError``."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        return False
    return True


def _is_folder(output: str, path: Path) -> bool:
    return path.is_dir() or output.endswith("/")


def _write_error(path: Path, error: OSError) -> AichatError:
    return AichatError(Fault("output", f"cannot write {path}: {error.strerror or error}"))


def _slug(words: str) -> str:
    return re.sub(r"[\W_]+", "-", words.lower())[:_MAX_SLUG].strip("-") or "result"
