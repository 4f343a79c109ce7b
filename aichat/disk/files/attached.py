"""Attached files: identified by their first bytes, and read only while they are sent."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aichat.core.media.boxes import Blank, Read, with_blanks
from aichat.core.media.media_type import (
    HEAD_BYTES,
    archive_type,
    is_archive,
    media_type,
    old_office_type,
)
from aichat.errors import usage_error

#: Bytes read at once: a multiple of three, so that base64 needs no padding.
_PIECE_BYTES = 3 << 16

#: The most names in an archive that are visited.
_MAX_MEMBERS = 10_000


class AttachedFile:
    """The bytes of a regular file, read anew at each iteration.

    ``blanks`` are overwritten on the way. Errors while reading: ``usage``, also if the file's
    size has changed.
    """

    def __init__(self, path: Path, blanks: tuple[Blank, ...] = ()) -> None:
        self.path, self.blanks = path, blanks
        self.size = file_size(path)

    def __iter__(self) -> Iterator[bytes]:
        """All of it."""
        return with_blanks(self._pieces(), self.blanks) if self.blanks else self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        left = self.size
        try:
            with self.path.open("rb") as file:
                while left and (piece := file.read(min(left, _PIECE_BYTES))):
                    left -= len(piece)
                    yield piece
        except OSError as error:
            raise _read_error(self.path, error) from error
        if left:
            raise usage_error(f"{self.path} shrank while it was being sent")


@contextmanager
def open_reader(path: Path) -> Iterator[Read]:
    """A function that reads bytes of a file at any offset. Errors: ``usage``."""
    try:
        with path.open("rb") as file:

            def read(place: int, count: int) -> bytes:
                file.seek(place)
                return file.read(count)

            yield read
    except (OSError, ValueError) as error:
        raise _read_error(path, error) from error


def file_size(path: Path) -> int:
    """The bytes of a file. Errors: ``usage`` where it cannot be looked at."""
    try:
        return path.stat().st_size
    except (OSError, ValueError) as error:
        raise _read_error(path, error) from error


def read_file(path: Path) -> bytes:
    """The whole of a file. Errors: ``usage``."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _read_error(path, error) from error


def read_ends(path: Path, count: int) -> tuple[bytes, bytes]:
    """The first and the last ``count`` bytes. Errors: ``usage``."""
    try:
        with path.open("rb") as file:
            head = file.read(count)
            file.seek(max(0, os.fstat(file.fileno()).st_size - count))
            return head, file.read(count)
    except (OSError, ValueError) as error:
        raise _read_error(path, error) from error


def _read_error(path: Path, error: OSError | ValueError) -> Exception:
    why = error.strerror if isinstance(error, OSError) else error
    return usage_error(f"cannot read {path}: {why}")


def file_media_type(path: Path) -> str | None:
    """The type of a regular file by its content; None for text, and for what cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, ValueError):
        return None
    mime = media_type(head)
    if is_archive(mime):
        return _archive_type(path)
    return old_office_type(mime, path.name) or mime


def _archive_type(path: Path) -> str | None:
    """The document type of a zip archive; None if it is just an archive, or broken."""
    import zipfile  # few files are archives
    from zlib import error as ZlibError  # noqa: N812

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:_MAX_MEMBERS]
            said = b""
            if names[:1] == ["mimetype"]:
                with archive.open("mimetype") as member:
                    said = member.read(200)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ZlibError):
        return None
    return archive_type(names, said.decode("ascii", "replace").strip())
