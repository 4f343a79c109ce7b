"""The answers of one run over many inputs, each stored before it is shown.

Each run has its own file, so that one that ends at any moment has lost nothing but the
questions under way, and memory does not grow with the answers.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from aichat.core.text.json import parse_object
from aichat.disk.files.atomic import make_private_folder
from aichat.disk.files.lock import try_lock
from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple

T = TypeVar("T")

#: Their folder, within the data folder.
FOLDER = "each"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (
    key BLOB PRIMARY KEY, failed INTEGER NOT NULL, line TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch (id TEXT PRIMARY KEY, is_open INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS asked (
    batch TEXT NOT NULL, place INTEGER NOT NULL, key BLOB NOT NULL, row INTEGER NOT NULL,
    input TEXT NOT NULL, PRIMARY KEY (batch, place)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asked_key ON asked (key);
CREATE TABLE IF NOT EXISTS replaced (
    batch TEXT NOT NULL, key BLOB NOT NULL, texts TEXT NOT NULL,
    PRIMARY KEY (batch, key)) WITHOUT ROWID;
CREATE TEMP TABLE seen (key BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
"""


class KeptRow(NamedTuple):
    """The outcome of one input: a line of JSON, and whether that is a failure."""

    line: str
    has_failed: bool


class AskedRow(NamedTuple):
    """One question of a batch: its key, and the input's number and JSON.

    ``replaced`` is what placeholders in it stand for; it is stored until the answer is here.
    """

    key: bytes
    row: int
    input: str
    replaced: Mapping[str, str] = {}


class RunRows:
    """The rows of a run, by key; without a path they exist only while it is open.

    Errors: ``usage`` if another process has it open, ``output`` if it cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = _lock(path) if path else None
        if path:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = _checked(lambda: sqlite3.connect(str(path or ""), isolation_level=None))
        _checked(self._prepare)

    def _prepare(self) -> None:
        if self.path:
            self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA secure_delete = ON")  # for texts that were replaced
        self._connection.execute("PRAGMA cache_size = -4096")  # KiB
        self._connection.executescript(_SCHEMA)

    @property
    def is_empty(self) -> bool:
        """Whether there are no rows yet."""
        found = _checked(lambda: self._connection.execute("SELECT 1 FROM answer LIMIT 1"))
        return found.fetchone() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)

    def count_of(self, key: bytes) -> int:
        """How often an input with this key has occurred in this process, including now."""
        sql = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1"
        found: int = self._connection.execute(f"{sql} RETURNING times", (key,)).fetchone()[0]
        return found

    def count_anew(self) -> None:
        """Start counting over, since the inputs are read once more in this process."""
        self._connection.execute("DELETE FROM seen")

    def find(self, key: bytes) -> KeptRow | None:
        """The outcome of an input, if there is one."""
        sql = "SELECT line, failed FROM answer WHERE key = ?"
        found = self._connection.execute(sql, (key,)).fetchone()
        return KeptRow(found[0], bool(found[1])) if found else None

    def keep(self, key: bytes, row: KeptRow) -> None:
        """Store the outcome of an input. Errors: ``output`` (exit 13)."""
        sql = "INSERT OR REPLACE INTO answer VALUES (?, ?, ?)"
        _checked(lambda: self._connection.execute(sql, (key, row.has_failed, row.line)))

    # -- batches

    def add_asked(self, name: str, place: int, asked: AskedRow) -> None:
        """Store a question of a batch that is yet to be sent. Errors: ``output`` (exit 13)."""

        def insert() -> None:
            row = (name, place, *asked[:3])
            self._connection.execute("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", row)
            if asked.replaced:
                texts = (name, asked.key, json.dumps(asked.replaced))
                self._connection.execute("INSERT INTO replaced VALUES (?, ?, ?)", texts)

        _checked(insert)

    def begin_batch(self, name: str) -> None:
        """A batch is about to be sent: its questions are under way."""
        _checked(lambda: self._connection.execute("INSERT INTO batch VALUES (?, 1)", (name,)))

    def drop_unsent(self) -> None:
        """Forget the questions of batches that were never begun."""

        def remove() -> None:
            for table in ("asked", "replaced"):
                sql = f"DELETE FROM {table} WHERE batch NOT IN (SELECT id FROM batch)"  # noqa: S608
                self._connection.execute(sql)

        _checked(remove)

    def name_batch(self, name: str, batch: str) -> None:
        """Rename the batch ``name`` to the provider's own id."""

        def change() -> None:
            with self._transaction():
                self._connection.execute("UPDATE batch SET id = ? WHERE id = ?", (batch, name))
                for table in ("asked", "replaced"):
                    self._connection.execute(
                        f"UPDATE {table} SET batch = ? WHERE batch = ?",  # noqa: S608  all ours
                        (batch, name),
                    )

        _checked(change)

    def drop_batch(self, name: str) -> None:
        """Forget a batch."""

        def remove() -> None:
            with self._transaction():
                self._connection.execute("DELETE FROM asked WHERE batch = ?", (name,))
                self._forget_replaced(name)
                self._connection.execute("DELETE FROM batch WHERE id = ?", (name,))

        _checked(remove)

    def close_batch(self, batch: str) -> None:
        """Note that a batch has been collected."""

        def close() -> None:
            with self._transaction():
                sql = "UPDATE batch SET is_open = 0 WHERE id = ?"
                self._connection.execute(sql, (batch,))
                self._forget_replaced(batch)

        _checked(close)

    def _forget_replaced(self, batch: str) -> None:
        self._connection.execute("DELETE FROM replaced WHERE batch = ?", (batch,))

    def replaced_in(self, batch: str, key: bytes) -> Mapping[str, str]:
        """What the placeholders in a question of a batch stand for."""
        sql = "SELECT texts FROM replaced WHERE batch = ? AND key = ?"
        found = self._connection.execute(sql, (batch, key)).fetchone()
        return parse_object(found[0]) if found else {}

    def is_open(self, batch: str) -> bool:
        """Whether a batch has not been collected yet."""
        sql = "SELECT is_open FROM batch WHERE id = ?"
        found = self._connection.execute(sql, (batch,)).fetchone()
        return bool(found and found[0])

    def open_batches(self) -> list[str]:
        """The batches that have not been collected yet."""
        sql = "SELECT id FROM batch WHERE is_open ORDER BY id"
        return [found[0] for found in self._connection.execute(sql)]

    def is_under_way(self, key: bytes) -> bool:
        """Whether an open batch has this question."""
        sql = "SELECT 1 FROM asked JOIN batch ON id = batch WHERE key = ? AND is_open LIMIT 1"
        return self._connection.execute(sql, (key,)).fetchone() is not None

    def count_asked(self, batch: str) -> int:
        """How many questions a batch has."""
        sql = "SELECT COUNT(*) FROM asked WHERE batch = ?"
        found: int = self._connection.execute(sql, (batch,)).fetchone()[0]
        return found

    def is_asked_in(self, batch: str, key: bytes) -> bool:
        """Whether a batch has this question."""
        sql = "SELECT 1 FROM asked WHERE key = ? AND batch = ? LIMIT 1"
        return self._connection.execute(sql, (key, batch)).fetchone() is not None

    def asked_in(self, batch: str) -> Iterator[AskedRow]:
        """The questions of a batch, in the order of the inputs."""
        sql = "SELECT key, row, input FROM asked WHERE batch = ? ORDER BY place"
        return (AskedRow(*found) for found in self._connection.execute(sql, (batch,)))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def run_path(data: Path, source: str, question: str) -> Path:
    """The path for a question about a source, both as hexadecimal digests."""
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
