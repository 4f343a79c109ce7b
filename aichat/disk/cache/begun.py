"""What has begun at a provider, so that another run knows of what was ended in the middle.

One file each, ``begun/KEY.json``, for its owner alone: whoever has the address of an upload may
add to it. It is locked by the process that began it, and gone once that has its answer.
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

#: Seconds after which nobody goes on with one, and bytes of what is kept of it.
_LONGEST_LIFE, _MAX_BYTES = 7 * 86400.0, 1 << 20


class Begun(NamedTuple):
    """How a provider calls it, until when (seconds since 1970), and the ids of the parts it has."""

    address: str
    expires: float
    parts: tuple[str, ...] = ()


class BegunNote:
    """What is kept of one thing that has begun; without a ``file`` nothing is."""

    def __init__(self, file: BinaryIO | None, path: Path) -> None:
        self._file, self._path = file, path

    def find(self, now: float) -> Begun | None:
        """What an earlier run began; None where that is over, or in any doubt."""
        if self._file is None:
            return None
        with suppress(OSError, ValueError):
            self._file.seek(0)
            found = _parse(self._file.read(_MAX_BYTES).decode())
            return found if found and now < found.expires <= now + _LONGEST_LIFE else None
        return None

    def keep(self, begun: Begun) -> None:
        """Remember how far it is, as well as that can be done."""
        data = json.dumps(begun._asdict()).encode()
        if self._file is None or len(data) > _MAX_BYTES:
            return
        with suppress(OSError):
            self._file.seek(0)
            self._file.truncate()  # what a crash cuts off here is begun anew
            self._file.write(data)
            self._file.flush()

    def drop(self) -> None:
        """Nobody is to go on with it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)

    def close(self) -> None:
        """Let go of it, and of its file where there is nothing to keep."""
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
    """The note of what has this key (hexadecimal), for this process alone while it is open.

    Where another process has it, or it cannot be kept, nothing is.
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
    """What nobody came back to."""
    for path in folder.iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _LONGEST_LIFE:
                path.unlink()
