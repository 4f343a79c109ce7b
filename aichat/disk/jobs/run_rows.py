"""The answers of one run over many inputs, each kept before it is shown.

A file of its own for each run, so that a run that ends at any moment has lost nothing but what
was under way, and memory does not grow with what has been answered.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from aichat.disk.files.atomic import make_private_folder
from aichat.disk.files.lock import try_lock
from aichat.errors import AichatError, Fault, usage_error

T = TypeVar("T")

#: Where they are, below the data folder.
FOLDER = "each"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (
    key BLOB PRIMARY KEY, failed INTEGER NOT NULL, line TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE seen (key BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
"""


class KeptRow(NamedTuple):
    """What came of one input: a line of JSON, and whether that is a failure."""

    line: str
    has_failed: bool


class RunRows:
    """The rows of a run, by key; None as its path: for as long as it is open.

    Errors: ``usage`` where another process has it open, ``output`` where it cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = _lock(path) if path else None
        self._connection = _checked(lambda: sqlite3.connect(str(path or ""), isolation_level=None))
        _checked(self._prepare)

    def _prepare(self) -> None:
        if self.path:
            self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA cache_size = -4096")  # KiB
        self._connection.executescript(_SCHEMA)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept yet."""
        found = _checked(lambda: self._connection.execute("SELECT 1 FROM answer LIMIT 1"))
        return found.fetchone() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)

    def count_of(self, key: bytes) -> int:
        """How often an input of this key has come in this process, this time included."""
        sql = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1"
        found: int = self._connection.execute(f"{sql} RETURNING times", (key,)).fetchone()[0]
        return found

    def find(self, key: bytes) -> KeptRow | None:
        """What came of an input, if anything has."""
        sql = "SELECT line, failed FROM answer WHERE key = ?"
        found = self._connection.execute(sql, (key,)).fetchone()
        return KeptRow(found[0], bool(found[1])) if found else None

    def keep(self, key: bytes, row: KeptRow) -> None:
        """Keep what came of one. Errors: ``output`` (exit 13)."""
        sql = "INSERT OR REPLACE INTO answer VALUES (?, ?, ?)"
        _checked(lambda: self._connection.execute(sql, (key, row.has_failed, row.line)))


def run_path(data: Path, source: str, question: str) -> Path:
    """Where the rows of a question about a source are, both as hexadecimal digests."""
    return data / FOLDER / f"{source[:16]}-{question[:16]}.db"


def other_runs(path: Path) -> Iterator[Path]:
    """The runs of other questions about the same source."""
    return (one for one in path.parent.glob(f"{path.name[:17]}*.db") if one != path)


def _lock(path: Path) -> int:
    make_private_folder(path.parent)
    try:
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _cannot_keep(error) from error
    if not try_lock(handle):
        os.close(handle)
        raise usage_error("the same command is running already", "wait for it, or stop it")
    return handle


def _checked(action: Callable[[], T]) -> T:
    try:
        return action()
    except sqlite3.Error as error:
        raise _cannot_keep(error) from error


def _cannot_keep(error: Exception) -> AichatError:
    return AichatError(Fault("output", f"cannot keep the answers: {error}"))
