"""Copying what can still be read of a broken store into a new one.

A damaged page costs only the rows on it: a range that cannot be read is halved until
the rest of it can. The broken file itself is not touched: a copy is read.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from shutil import copyfile
from typing import Any

from aichat.core.text.json import is_json
from aichat.disk.history import schema

#: How many ranges may be unreadable before the rest is given up.
_MAX_FAILURES = 20_000

#: Rows read at once, and the most characters of a title made from a question.
_STEP, _TITLE = 1000, 60

#: Tables whose rows have no numeric id.
_UNNUMBERED = ("draft", "place", "job")

#: Bytes of a store's header, which is taken from the new store if it is lost.
_HEADER = 100

_Row = tuple[Any, ...]


def salvage(broken: Path, into: sqlite3.Connection) -> int:
    """Copy what can be read of ``broken`` into a new store, and count the conversations.

    Errors: ``sqlite3.Error`` and ``OSError`` if nothing can be read, or written.
    """
    copy = broken.with_name(f"{broken.name}.salvage")
    try:
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                schema.make_private(Path(f"{copy}{suffix}"))
                copyfile(f"{broken}{suffix}", f"{copy}{suffix}")
        with closing(_open_damaged(copy, into)) as source:
            return _Salvage(source, into, copy.stat().st_size).run()
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{copy}{suffix}").unlink(missing_ok=True)


def _open_damaged(copy: Path, sound: sqlite3.Connection) -> sqlite3.Connection:
    """Open the copy, with its header mended if SQLite does not recognise the file."""
    source = _connect_lenient(copy)
    try:
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError:
        source.close()
        _mend_header(copy, sound)
        source = _connect_lenient(copy)
    if _mend_schema(source, sound):
        source.close()
        source = _connect_lenient(copy)
    return source


def _mend_schema(source: sqlite3.Connection, sound: sqlite3.Connection) -> bool:
    """Describe tables anew whose description is damaged; False if nothing was changed.

    A single letter of it may hide every row, as in ``INTEGER RRIMARY KEY``. A table without its
    name is known by the page it begins on in a new store. An older store's are left as they are.
    """
    mended = False
    if schema.version_of(source) != schema.version_of(sound):
        return mended
    tables = "SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    named = "type = 'table' AND name = ?"
    for name, page, sql in sound.execute(tables).fetchall():
        query = f"SELECT sql FROM sqlite_schema WHERE {named}"  # noqa: S608
        theirs = source.execute(query, (name,)).fetchone()
        if theirs == (sql,):
            continue
        where, place = (named, name) if theirs else ("rootpage = ?", page)
        described = "UPDATE sqlite_schema SET type = 'table', name = ?, tbl_name = ?, sql = ?"
        source.execute(f"{described} WHERE {where}", (name, name, sql, place))
        mended = True
    return mended


def _connect_lenient(copy: Path) -> sqlite3.Connection:
    """A connection that ignores the unreadable parts of the schema."""
    source = schema.connect(copy, schema.BUSY_SECONDS)
    source.execute("PRAGMA writable_schema = ON")
    return source


def _mend_header(copy: Path, sound: sqlite3.Connection) -> None:
    """Give the copy the header of a new store, with its own size (SQLite's file format)."""
    header = bytearray(sound.serialize()[:_HEADER])
    page = int.from_bytes(header[16:18], "big")
    header[28:32] = (copy.stat().st_size // page).to_bytes(4, "big")
    header[32:40] = bytes(8)  # no free pages
    header[18:20] = b"\1\1"  # no log beside it
    Path(f"{copy}-wal").unlink(missing_ok=True)
    with copy.open("r+b") as file:
        file.write(header)


class _Salvage:
    """Copies from one store to another, row by row."""

    def __init__(self, source: sqlite3.Connection, into: sqlite3.Connection, size: int) -> None:
        self._source, self._into = source, into
        self._most_rows = size // 16  # a row has at least so many bytes
        self._failures = 0

    def run(self) -> int:
        """Copy everything in one transaction, and return the number of conversations."""
        self._into.execute("BEGIN IMMEDIATE")
        for table in ("turn", "spent", *_UNNUMBERED):
            self._copy(table)
        query = "SELECT DISTINCT conversation FROM turn"
        names = [row[0] for row in self._into.execute(query).fetchall()]
        for name in names:
            self._add_conversation(name)
        self._into.execute(
            "UPDATE conversation SET used = "
            "(SELECT max(id) FROM turn WHERE turn.conversation = conversation.id)"
        )
        self._into.execute("COMMIT")
        return len(names)

    def _copy(self, table: str) -> None:
        columns = self._shared_columns(table)
        rows = self._rows(table, columns)
        if table == "turn":
            rows = (row for row in rows if _is_turn(dict(zip(columns, row, strict=True))))
        self._insert(table, columns, rows)

    def _shared_columns(self, table: str) -> list[str]:
        """The columns that both stores have, except the id that the new one assigns."""
        own = () if table in _UNNUMBERED else ("id",)
        ours, theirs = (schema.columns(each, table) for each in (self._into, self._source))
        return [name for name in ours if name in theirs and name not in own]

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[_Row]) -> None:
        marks = ", ".join("?" * len(columns))
        query = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
        for row in rows:
            with suppress(sqlite3.IntegrityError, sqlite3.InterfaceError):
                self._into.execute(query, row)

    def _add_conversation(self, name: str) -> None:
        """Insert a conversation's own row, as it was or reconstructed from its turns."""
        numbers, first, last = self._into.execute(
            "SELECT group_concat(number), min(at), max(at) FROM turn WHERE conversation = ?",
            (name,),
        ).fetchone()
        kept = [*map(int, numbers.split(","))]
        about = (self._first_words(name), first, last, None)
        with suppress(sqlite3.DatabaseError):
            query = "SELECT title, created, updated, head FROM conversation WHERE id = ?"
            about = self._source.execute(query, (name,)).fetchone() or about
        title, created, updated, head = about
        self._insert(
            "conversation",
            ("id", "title", "created", "updated", "head", "turns"),
            [(name, title, created, updated, head if head in kept else max(kept), len(kept))],
        )

    def _first_words(self, name: str) -> str:
        query = "SELECT text FROM turn WHERE conversation = ? AND role = 'user' ORDER BY number"
        found = self._into.execute(query, (name,)).fetchone()
        return " ".join(found[0].split())[:_TITLE] if found else "recovered"

    def _rows(self, table: str, columns: list[str]) -> Iterator[_Row]:
        """Every row that can be read."""
        names = ", ".join(columns)
        if table in _UNNUMBERED:  # without ids: as far as it goes
            with suppress(sqlite3.DatabaseError):
                yield from self._source.execute(f"SELECT {names} FROM {table}")  # noqa: S608
            return
        query = f"SELECT {names} FROM {table} NOT INDEXED WHERE id BETWEEN ? AND ?"  # noqa: S608
        last = self._last_id(table)
        ranges = [(begin, begin + _STEP - 1) for begin in range(1, last + 1, _STEP)][::-1]
        while ranges and self._failures < _MAX_FAILURES:
            begin, end = ranges.pop()
            try:
                yield from self._source.execute(query, (begin, end)).fetchall()
            except sqlite3.DatabaseError:
                self._failures += 1
                if begin < end:
                    middle = (begin + end) // 2
                    ranges += [(middle + 1, end), (begin, middle)]

    def _last_id(self, table: str) -> int:
        with suppress(sqlite3.DatabaseError):
            found = self._source.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608
            return int(found[0] or 0)
        return self._most_rows


def _is_turn(found: dict[str, Any]) -> bool:
    """Whether a row is intact, since a damaged page may contain anything."""
    kinds = {"conversation": str, "number": int, "role": str, "at": float, "text": str}
    shaped = all(isinstance(found.get(name), kind) for name, kind in kinds.items())
    return shaped and isinstance(found.get("record"), str) and is_json(found["record"])
