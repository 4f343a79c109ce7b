"""Locks that end with their process: on open files, and on folders while a file is changed."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aichat.disk.files.atomic import make_private_folder
from aichat.errors import AichatError, Fault

#: Seconds that another process may take for its change.
_SECONDS = 10.0


def try_lock(handle: int) -> bool:
    """Lock an open file until it is closed or the process ends; False if another one holds it."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # no such locks on this system: SQLite's own have to do
        return True
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def try_lock_if_able(handle: int) -> bool:
    """The same; True where the file system has no locks."""
    try:
        return try_lock(handle)
    except OSError:
        return True


@contextmanager
def lock_changes(folder: Path) -> Iterator[None]:
    """Lock ``folder``, which is made if needed, so that one process at a time changes its files.

    Where folders cannot be locked, nothing is. Errors: ``output`` (exit 13).
    """
    make_private_folder(folder)
    handle = _open_folder(folder)
    try:
        deadline = time.monotonic() + _SECONDS
        while handle is not None and not try_lock_if_able(handle):
            if time.monotonic() > deadline:
                raise AichatError(Fault("output", f"another process is changing {folder}"))
            time.sleep(0.01)
        yield
    finally:
        if handle is not None:
            with suppress(OSError):  # nothing was written by it
                os.close(handle)


def _open_folder(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:  # Windows cannot open folders
        return None
