"""Runs over many inputs that nobody has gone on with for long: found, and removed."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from aichat.disk.files.lock import try_lock
from aichat.disk.jobs.run_rows import FOLDER
from aichat.values import NamedTuple


class OldRun(NamedTuple):
    """One run: its file, when it was last added to (seconds since 1970), and what it has."""

    path: Path
    used: float
    answers: int


def old_runs(data: Path, before: float) -> list[OldRun]:
    """Those not used since, the oldest first; without any that a batch is under way of."""
    found = (_read(path) for path in (data / FOLDER).glob("*.db"))
    return sorted((run for run in found if run and run.used < before), key=lambda run: run.used)


def remove_run(run: OldRun) -> bool:
    """Remove one, unless it is being gone on with just now. Errors: ``OSError``."""
    lock = run.path.with_suffix(".lock")
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not try_lock(handle):
            return False
        for path in (*_files(run.path), lock):
            path.unlink(missing_ok=True)
        return True
    finally:
        os.close(handle)


def _files(path: Path) -> Iterator[Path]:
    return (path.with_name(path.name + end) for end in ("", "-wal", "-shm"))


def _read(path: Path) -> OldRun | None:
    """What is known of a run; None for one that goes on, and for what is none."""
    used = max(file.stat().st_mtime for file in _files(path) if file.exists())
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        is_open = connection.execute("SELECT 1 FROM batch WHERE is_open LIMIT 1").fetchone()
        count = connection.execute("SELECT count(*) FROM answer").fetchone()[0]
        return None if is_open else OldRun(path, used, count)
    return OldRun(path, used, 0)
