"""Reading the ``logs.db`` of ``llm``, one conversation after another."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from aichat.errors import usage_error

#: The first bytes of an SQLite file.
SQLITE_HEAD = b"SQLite format 3\x00"

#: The most bytes of an attachment, and messages of a conversation, that are read.
_MAX_ATTACHMENT, _MAX_MESSAGES = 256 << 20, 100_000

Row = Mapping[str, Any]

#: Queries for the rows that belong to a response, by their name in it.
_BESIDE = {
    "fragments": "SELECT f.content AS text FROM prompt_fragments p "
    'JOIN fragments f ON f.id = p.fragment_id WHERE p.response_id = ? ORDER BY p."order"',
    "attachments": "SELECT a.type, a.url, iif(length(a.content) < {most}, a.content, NULL) "
    "AS content FROM prompt_attachments p JOIN attachments a ON a.id = p.attachment_id "
    'WHERE p.response_id = ? ORDER BY p."order"',
    "tool_calls": "SELECT name, arguments, tool_call_id FROM tool_calls "
    "WHERE response_id = ? ORDER BY id",
    "tool_results": "SELECT output, tool_call_id FROM tool_results "
    "WHERE response_id = ? ORDER BY id",
}
_TABLES = {
    "fragments": ("prompt_fragments", "fragments"),
    "attachments": ("prompt_attachments", "attachments"),
    "tool_calls": ("tool_calls",),
    "tool_results": ("tool_results",),
}

#: The tables of the newer format.
_NEWER = frozenset(("threads", "turns", "messages", "parts"))

#: The messages from the end of a thread's turns up to their beginnings.
_MESSAGES = """WITH RECURSIVE chain (hash) AS (
    SELECT tip_message_hash FROM turns WHERE thread_id = ?1
    UNION SELECT tip_message_hash FROM threads WHERE id = ?1
    UNION SELECT m.parent_hash FROM messages m JOIN chain ON m.hash = chain.hash
        WHERE m.parent_hash IS NOT NULL)
    SELECT m.hash, m.parent_hash, m.role FROM messages m JOIN chain ON m.hash = chain.hash
    ORDER BY m.rowid LIMIT ?2"""


class LlmLog:
    """An open log: a context manager. Errors: ``usage`` if it is none, or cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path, self._stack = path, ExitStack()
        try:
            self._connection = self._open()
            self._tables = self._read_tables()
        except sqlite3.Error as error:
            self._stack.close()
            raise self._unreadable(error) from error
        if not (self._tables >= _NEWER or "responses" in self._tables):
            self._stack.close()
            raise usage_error(f"{path} is a database, and no log of llm")

    def __enter__(self) -> "LlmLog":
        return self

    def __exit__(self, *about: object) -> None:
        self._stack.close()

    def _open(self) -> sqlite3.Connection:
        """Open the file, or a copy if another program has locked it."""
        try:
            return self._connect(self._path)
        except sqlite3.Error:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            for ending in ("", "-wal", "-shm"):
                source = self._path.with_name(self._path.name + ending)
                if source.exists():
                    shutil.copyfile(source, folder / ("log" + ending))
            return self._connect(folder / "log")

    def _connect(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)
        self._stack.callback(connection.close)
        connection.row_factory = _as_mapping
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection

    def _read_tables(self) -> set[str]:
        """The names of its tables, since a view could be an endless query."""
        tables = self._rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {row["name"] for row in tables}

    def _rows(self, query: str, *given: object) -> list[Row]:
        return self._connection.execute(query, given).fetchall()

    def _unreadable(self, error: Exception) -> Exception:
        return usage_error(f"cannot read {self._path}: {error}")

    # what is in it

    def threads(self) -> Iterator[tuple[Row, list[Row], list[Row]]]:
        """The conversations in the newer format, each with its turns and messages."""
        if not self._tables >= _NEWER:
            return
        for about in self._each("SELECT * FROM threads ORDER BY rowid"):
            asked = "SELECT * FROM turns WHERE thread_id = ? ORDER BY rowid"
            turns = self._query(asked, about["id"])
            messages = self._query(_MESSAGES, about["id"], _MAX_MESSAGES)
            full = [self._with_parts(message) for message in messages]
            if turns or full:
                yield about, turns, full

    def _with_parts(self, message: Row) -> Row:
        parts = "SELECT type, text, payload FROM parts WHERE message_hash = ? ORDER BY position"
        return {**message, "parts": self._query(parts, message["hash"])}

    def conversations(self) -> Iterator[tuple[Row, list[Row]]]:
        """Those in the older format, unless continued in the newer; each with its rows."""
        if "responses" not in self._tables:
            return
        listed, column = "SELECT id, NULL AS name FROM responses ORDER BY rowid", "id"
        if "conversations" in self._tables:
            listed, column = "SELECT id, name FROM conversations ORDER BY rowid", "conversation_id"
        known = "SELECT 1 FROM turns WHERE thread_id = ? LIMIT 1"
        for about in self._each(listed):
            if "turns" in self._tables and self._query(known, about["id"]):
                continue
            asked = f"SELECT * FROM responses WHERE {column} = ? ORDER BY datetime_utc, rowid"  # noqa: S608  ours
            rows = [self._with_beside(row) for row in self._query(asked, about["id"])]
            if rows:
                yield about, rows

    def _with_beside(self, row: Row) -> Row:
        found: dict[str, Any] = {**row}
        for name, query in _BESIDE.items():
            known = self._tables.issuperset(_TABLES[name])
            rows = self._query(query.format(most=_MAX_ATTACHMENT), row["id"]) if known else []
            found[name] = [one["text"] for one in rows] if name == "fragments" else rows
        return found

    def attachment(self, name: str) -> Row | None:
        """A row of ``attachments`` by its id."""
        query = (
            "SELECT type, url, iif(length(content) < ?, content, NULL) AS content "
            "FROM attachments WHERE id = ?"
        )
        return next(iter(self._query(query, _MAX_ATTACHMENT, name)), None)

    def fragment(self, number: int) -> str:
        """A text of ``fragments`` by its number; empty if it is gone."""
        found = self._query("SELECT content FROM fragments WHERE id = ?", number)
        return str(found[0]["content"]) if found else ""

    def _each(self, query: str) -> Iterator[Row]:
        try:
            yield from self._connection.execute(query)
        except sqlite3.Error as error:
            raise self._unreadable(error) from error

    def _query(self, query: str, *given: object) -> list[Row]:
        try:
            return self._rows(query, *given)
        except (sqlite3.Error, OverflowError) as error:
            raise self._unreadable(error) from error


def _as_mapping(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
