"""Uploads and the like that were begun at a provider, so that another run can resume them.

One private file each, ``begun/KEY.json``, since whoever has the URL of an upload may add to it.
It is locked by the process that began it, and removed once that has its answer.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from aichat.core.text.json import parse_object
from aichat.disk.files.atomic import make_private_folder
from aichat.disk.files.lock import try_lock
from aichat.errors import AichatError
from aichat.values import NamedTuple

_FOLDER = "begun"

#: Seconds after which one is not resumed any more, and the most bytes of a note.
LONGEST_LIFE, _MAX_BYTES = 7 * 86400.0, 1 << 20


class Begun(NamedTuple):
    """The provider's id, when it expires (seconds since 1970), and the ids of the parts it has."""

    address: str
    expires: float
    parts: tuple[str, ...] = ()


class BegunNote:
    """The note of something that was begun; without a ``file`` nothing is kept."""

    def __init__(self, file: BinaryIO | None, path: Path) -> None:
        self._file, self._path = file, path

    def find(self, now: float) -> Begun | None:
        """What an earlier run began; None if that has expired, or is in any doubt."""
        if self._file is None:
            return None
        with suppress(OSError, ValueError):
            self._file.seek(0)
            found = _parse(self._file.read(_MAX_BYTES).decode())
            return found if found and now < found.expires <= now + LONGEST_LIFE else None
        return None

    def keep(self, begun: Begun) -> None:
        """Write down how far it is, if possible."""
        data = json.dumps(begun._asdict()).encode()
        if self._file is None or len(data) > _MAX_BYTES:
            return
        with suppress(OSError):
            self._file.seek(0)
            self._file.truncate()  # if a crash cuts it off here, it is begun anew
            self._file.write(data)
            self._file.flush()

    def drop(self) -> None:
        """Make sure that it is not resumed."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)

    def close(self) -> None:
        """Close it, and remove its file if there is nothing to keep."""
        if self._file is None:
            return
        with suppress(OSError):
            if not self._file.seek(0, os.SEEK_END):
                self._path.unlink()
        with suppress(OSError):
            self._file.close()


def _parse(text: str) -> Begun | None:
    told = parse_object(text)
    address, expires, parts = (told.get(name) for name in Begun._fields)
    if not (isinstance(address, str) and address and isinstance(expires, int | float)):
        return None
    if not (isinstance(parts, list) and all(isinstance(part, str) and part for part in parts)):
        return None
    return Begun(address, float(expires), tuple(parts))


@contextmanager
def open_note(cache: Path, key: str) -> Iterator[BegunNote]:
    """The note with this key (hexadecimal), locked by this process while it is open.

    If another process has it, or it cannot be written, nothing is kept.
    """
    path = cache / _FOLDER / f"{key}.json"
    note = BegunNote(_open(path), path)
    try:
        yield note
    finally:
        note.close()


def _open(path: Path) -> BinaryIO | None:
    with suppress(OSError, AichatError):
        make_private_folder(path.parent)
        _remove_old(path.parent)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        with suppress(OSError):
            if try_lock(file.fileno()):
                return file
        file.close()
    return None


def _remove_old(folder: Path) -> None:
    """Remove notes that were never resumed."""
    for path in folder.iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - LONGEST_LIFE:
                path.unlink()
