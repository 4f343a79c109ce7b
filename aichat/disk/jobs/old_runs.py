"""Finding and removing abandoned runs over many inputs."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from aichat.disk.files.lock import try_lock
from aichat.disk.jobs.run_rows import FOLDER
from aichat.values import NamedTuple


class OldRun(NamedTuple):
    """One run: its file, when it was last written (seconds since 1970), and how much it has."""

    path: Path
    used: float
    answers: int


def old_runs(data: Path, before: float) -> list[OldRun]:
    """Runs not used since ``before``, the oldest first, except those with an open batch."""
    found = (_read(path) for path in (data / FOLDER).glob("*.db"))
    return sorted((run for run in found if run and run.used < before), key=lambda run: run.used)


def remove_run(run: OldRun) -> bool:
    """Remove a run, unless it is in use. Errors: ``OSError``."""
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
    """Read a run; None for one with an open batch, and for other files."""
    used = max(file.stat().st_mtime for file in _files(path) if file.exists())
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        is_open = connection.execute("SELECT 1 FROM batch WHERE is_open LIMIT 1").fetchone()
        count = connection.execute("SELECT count(*) FROM answer").fetchone()[0]
        return None if is_open else OldRun(path, used, count)
    return OldRun(path, used, 0)
