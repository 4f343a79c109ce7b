"""Copying what can still be read of a broken store into a new one.

SQLite reads each table as far as it can; the rest is read from the pages themselves, so that a
damaged page costs only the rows on it. The broken file itself is not touched: a copy is read.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from shutil import copyfile
from typing import Any

from aichat.core.text.json import is_json
from aichat.disk.history import schema
from aichat.disk.history.damage.pages import read_rows

#: The most characters of a title made from a question.
_TITLE = 60

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
            return _Salvage(source, into, copy).run()
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{copy}{suffix}").unlink(missing_ok=True)


def _open_damaged(copy: Path, sound: sqlite3.Connection) -> sqlite3.Connection:
    """Open the copy, with its header and its descriptions mended where that is needed."""
    source = _connect_lenient(copy)
    try:
        with schema.damage_as_errors():
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            source.execute("PRAGMA wal_checkpoint (TRUNCATE)")  # the pages are read too
    except sqlite3.DatabaseError:
        source.close()
        _mend_header(copy, sound)
        source = _connect_lenient(copy)
    with suppress(sqlite3.DatabaseError), schema.damage_as_errors():
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

    def __init__(self, source: sqlite3.Connection, into: sqlite3.Connection, copy: Path) -> None:
        self._source, self._into, self._file = source, into, copy
        self._known: dict[str, set[int]] = {"turn": set(), "spent": set()}  # ids, by table
        self._cut_short = set[str]()  # the tables that SQLite cannot read to their end
        self._abouts: dict[str, _Row] = {}  # conversations' own rows, from their pages

    def run(self) -> int:
        """Copy everything in one transaction, and return the number of conversations."""
        self._into.execute("BEGIN IMMEDIATE")
        for table in (*self._known, *_UNNUMBERED):
            self._copy(table)
        self._copy_from_pages()
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
        """Copy a table's rows as far as SQLite reads them."""
        columns, known = self._shared_columns(table), self._known.get(table)
        place = "0" if known is None else "rowid"
        query = f"SELECT {place}, {', '.join(columns)} FROM {table} NOT INDEXED"  # noqa: S608
        try:
            with schema.damage_as_errors():
                for number, *row in self._source.execute(query):
                    if known is not None:
                        known.add(number)
                    if table != "turn" or _is_turn(dict(zip(columns, row, strict=True))):
                        self._insert(table, columns, [row])
        except sqlite3.DatabaseError:
            self._cut_short.add(table)

    def _copy_from_pages(self) -> None:
        """Copy the turns and counters that SQLite does not reach."""
        columns = {table: schema.columns(self._into, table) for table in self._known}
        turn, spent = columns["turn"], columns["spent"]
        (size,) = self._into.execute("PRAGMA page_size").fetchone()
        for name, values in read_rows(self._file, size):
            if name is None:
                if len(values) in _ABOUT and _is_about(values):
                    self._abouts[values[0]] = values
            elif len(values) == len(turn):
                row = dict(zip(turn, values, strict=True))
                row["at"] = _as_float(row["at"])
                if name not in self._known["turn"] and _is_turn(row):
                    self._insert("turn", turn[1:], [(*row.values(),)[1:]])
            elif _FIRST_SPENT <= len(values) <= len(spent) and "spent" in self._cut_short:
                row = dict(zip(spent, values, strict=False))
                if name not in self._known["spent"] and _is_spent(row):
                    self._insert("spent", [*row][1:], [(*row.values(),)[1:]])

    def _shared_columns(self, table: str) -> list[str]:
        """The columns that both stores have, except the id that the new one assigns."""
        own = () if table in _UNNUMBERED else ("id",)
        ours, theirs = schema.columns(self._into, table), list[str]()
        with suppress(sqlite3.DatabaseError), schema.damage_as_errors():
            theirs = schema.columns(self._source, table)
        return [name for name in ours if name in theirs and name not in own] or ours[len(own) :]

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
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
        about = self._abouts.get(name, (name, self._first_words(name), first, last, None))[1:5]
        with suppress(sqlite3.DatabaseError), schema.damage_as_errors():
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


#: How many columns the table of conversations had in each version, and the first counters had.
_ABOUT, _FIRST_SPENT = (6, 7), 19


def _as_float(value: Any) -> Any:
    """A number that SQLite keeps as an integer where it is whole."""
    return float(value) if isinstance(value, int) else value


def _is_about(found: _Row) -> bool:
    """Whether a row is a conversation's own."""
    name, title, created, updated, head, turns, *_ = found
    texts = isinstance(name, str) and isinstance(title, str)
    times = isinstance(_as_float(created), float) and isinstance(_as_float(updated), float)
    return texts and times and isinstance(head, int | None) and isinstance(turns, int)


def _is_spent(row: Mapping[str, Any]) -> bool:
    """Whether a row is an answer's counters."""
    texts = (row[name] for name in ("provider", "model", "ending"))
    timed = isinstance(_as_float(row["at"]), float)
    return timed and all(isinstance(text, str) for text in texts)


def _is_turn(found: Mapping[str, Any]) -> bool:
    """Whether a row is intact, since a damaged page may contain anything."""
    kinds = {"conversation": str, "number": int, "role": str, "at": float, "text": str}
    shaped = all(isinstance(found.get(name), kind) for name, kind in kinds.items())
    return shaped and isinstance(found.get("record"), str) and is_json(found["record"])
