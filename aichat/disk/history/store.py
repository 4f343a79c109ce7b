"""The store of all conversations, and how they are found again."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from typing import Any, TypeVar

from aichat.core.billing.usage import Quantity
from aichat.core.conversation.turn import Conversation, Draft, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.disk.history import kept_media, records, schema
from aichat.disk.history.damage import repair
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

T = TypeVar("T")

#: Marks around a search's hits, for whoever shows them.
HIT_START, HIT_END = "\x02", "\x03"


class SearchHit(NamedTuple):
    """One turn that a search found; ``HIT_START`` and ``HIT_END`` enclose the hits in it."""

    conversation: str
    title: str
    number: int
    role: str
    at: float
    excerpt: str


class Store:
    """An open store. ``is_writable``: False if a later version made it.

    Its errors are ``sqlite3.Error`` and ``OSError``; ``tell`` gets messages about delays and
    files set aside. ``on_change`` gets the ids of conversations that have changed.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.folder, self._tell = folder, tell
        self.on_change: Callable[[Store, Sequence[str]], object] = _change_nothing
        self._connection, newer = repair.open_store(folder, tell)
        self.is_writable = not newer

    @classmethod
    def open_read_only(cls, folder: Path) -> "Store | None":
        """Open the store read-only; None if there is none."""
        opened = schema.open_to_read(folder)
        if opened is None:
            return None
        store = cls.__new__(cls)
        store.folder, store._tell = folder, lambda _: None
        store.on_change = _change_nothing
        store._connection, store.is_writable = opened.connection, False
        return store

    # what is written

    def append(
        self, draft: Draft, secrets: Sequence[str] = (), *, patient: bool = True
    ) -> int | None:
        """Store a draft's turns and return the last one's number; None if it was already stored.

        The ``secrets`` are not stored. Unless ``patient``, it waits only a moment for others.
        Media become files, which the turns name.
        """
        draft = draft._replace(turns=tuple(map(self._with_names, draft.turns)))
        number = self._write(
            lambda: records.append_draft(self._connection, draft, secrets), patient=patient
        )
        self.on_change(self, (draft.conversation,))
        return number

    def add_conversations(
        self,
        given: Sequence[Conversation],
        progress: Callable[[Sequence[Conversation]], Iterable[Conversation]] = iter,
    ) -> None:
        """Store whole conversations, all or none, each under its own id, which must be free.

        They are iterated through ``progress``, which may show how far it is.
        """
        given = [*map(self.name_media, given)]
        self._write(lambda: records.insert_conversations(self._connection, progress(given)))
        self.on_change(self, [each.about.id for each in given])

    def add_counters(self, turn: Turn, answer: Answer, conversation: str | None = None) -> None:
        """Store only the counters of a turn's answer, and no text.

        It was an aside to a ``conversation``, or belongs to none.
        """
        counted = (conversation, turn, answer)
        self._write(lambda: records.insert_counters(self._connection, *counted))

    def add_all_counters(
        self,
        ended: Sequence[tuple[Turn, Answer]],
        made: Quantity | None = None,
        marks: Iterable[str | None] = repeat(None),
    ) -> None:
        """Store the counters of many answers that belong to no conversation.

        ``made``: what each cost was for, if not an answer. An answer with one of ``marks`` is
        counted only once.
        """

        def insert() -> None:
            for (turn, answer), mark in zip(ended, marks, strict=False):
                records.insert_counters(self._connection, None, turn, answer, made, mark)

        self._write(insert)

    def rename(self, conversation: str, title: str) -> None:
        """Rename a conversation."""
        change = (
            "UPDATE conversation SET title = ? WHERE id = ?",
            (records.storable(title), conversation),
        )
        self._write(lambda: self._connection.execute(*change))
        self.on_change(self, (conversation,))

    def set_head(self, conversation: str, number: int | None) -> None:
        """Let a conversation continue from another of its turns, or from its beginning."""
        change = ("UPDATE conversation SET head = ? WHERE id = ?", (number, conversation))
        self._write(lambda: self._connection.execute(*change))
        self.on_change(self, (conversation,))

    def fork(self, about: Summary, turns: Sequence[Turn], places: Sequence[str] = ()) -> None:
        """Store ``turns`` as a new conversation; their costs are already counted.

        ``places`` are where it is used.
        """
        given = [Conversation(about, tuple(map(self._with_names, turns)))]

        def insert() -> None:
            records.insert_conversations(self._connection, given, is_fork=True)
            records.mark_places(self._connection, about.id, places)

        self._write(insert)
        self.on_change(self, (about.id,))

    def add_branch(self, conversation: str, turns: Sequence[Turn]) -> list[Turn]:
        """Store ``turns`` as another beginning of a conversation, which continues from the last.

        Their costs are already counted. They are returned with their numbers.
        """
        named = [*map(self._with_names, turns)]
        stored = self._write(lambda: records.insert_branch(self._connection, conversation, named))
        self.on_change(self, (conversation,))
        return [*map(self._with_paths, stored)]

    def keep_media(self, turn: Turn) -> Turn:
        """A turn with its media stored as files."""
        return self._with_paths(kept_media.with_names(self.folder, turn))

    def name_media(self, given: Conversation) -> Conversation:
        """An imported conversation with its media stored as files, which it names."""
        return given._replace(turns=tuple(map(self._with_names, given.turns)))

    def _with_names(self, turn: Turn) -> Turn:
        return kept_media.with_names(self.folder, turn)

    def _with_paths(self, turn: Turn) -> Turn:
        return kept_media.with_paths(self.folder, turn)

    def media_of(self, conversation: str | None = None) -> set[str]:
        """The media files that are named by one conversation, or by all."""
        query = "SELECT record FROM turn WHERE record LIKE '%media/%'"
        if conversation is None:
            rows = self.rows(query)
        else:  # found by its key: many may be asked for, one after the other
            rows = self.rows(f"{query} AND conversation = ?", (conversation,))
        return {name for (record,) in rows for name in kept_media.names_in(record)}

    def delete(self, conversations: Sequence[str]) -> None:
        """Erase conversations, every byte of them, from the file and its log.

        Errors: ``output`` if the log keeps some.
        """
        self._write(lambda: None)  # waits patiently, and replaces a broken file first
        if not schema.erase(self._connection, conversations):
            raise AichatError(
                Fault(
                    "output",
                    "another process is reading the store: its log still contains the text",
                )
            )

    def write(self, action: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``action``, for other modules that store something here, in one transaction."""
        return self._write(lambda: action(self._connection))

    def _write(self, action: Callable[[], T], *, patient: bool = True) -> T:
        """Run in one transaction: wait for other processes, and replace a broken file once."""
        if not self.is_writable:
            raise sqlite3.OperationalError("a newer version of aichat wrote this store")
        try:
            with schema.damage_as_errors():
                return self._transaction(action)
        except sqlite3.DatabaseError as error:
            if schema.is_busy(error) and patient:
                self._tell(schema.WAITING_NOTICE)
                rest = schema.BUSY_SECONDS - schema.QUIET_SECONDS
                self._connection.execute(f"PRAGMA busy_timeout = {rest * 1000:.0f}")
            elif schema.result_code(error) in (*_DAMAGE_CODES, sqlite3.SQLITE_ERROR):
                self._replace()
            else:
                raise
        return self._transaction(action)

    def _replace(self) -> None:
        """Replace a broken file by what can be read of it, or rebuild the search index."""
        self._connection = repair.replace_store(self.folder, self._tell).connection
        self._connection.execute("INSERT INTO words (words) VALUES ('rebuild')")

    def _transaction(self, action: Callable[[], T]) -> T:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            done = action()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise
        return done

    # what is read

    def summaries(
        self, limit: int | None = None, since: float | None = None, *, oldest: bool = False
    ) -> Iterator[Summary]:
        """Conversations, the last one used first, or the oldest first."""
        order = "ASC" if oldest else "DESC"
        rows = self.rows(
            f"{_SUMMARY} WHERE updated >= ? ORDER BY updated {order}, id {order} LIMIT ?",
            (since or 0, -1 if limit is None else limit),
        )
        return map(_summary, rows)

    def find_conversations(self, name: str) -> list[Summary]:
        """The conversations that ``name`` may mean: an id, ``last``, a title, an id's beginning."""
        if name == "last":  # by order of use, since the clock may have been wrong
            last = f"{_SUMMARY} ORDER BY used DESC, updated DESC, id DESC LIMIT 1"
            with suppress(sqlite3.OperationalError):  # an older, read-only store
                return list(map(_summary, self.rows(last)))
            return list(self.summaries(1))
        for condition in ("id = ?", "title = ? COLLATE NOCASE", "id >= ? AND id < ? || '~'"):
            values = (name,) * condition.count("?")
            order = "ORDER BY updated DESC LIMIT 5"
            rows = self.rows(f"{_SUMMARY} WHERE {condition} {order}", values)
            found = list(map(_summary, rows))
            if found:
                return found
        return []

    def find_by_id(self, name: str) -> Summary | None:
        """The conversation with exactly this id."""
        return next(map(_summary, self.rows(f"{_SUMMARY} WHERE id = ?", (name,))), None)

    def find_answer(self, answer_id: str) -> Summary | None:
        """The conversation with an answer that has this provider id, the last if there are several.

        It reads all turns, which is fine as only a person asks for it.
        """
        told = f'"response_id":{json.dumps(answer_id, ensure_ascii=False)}'
        asked = "SELECT conversation FROM turn WHERE instr(record, ?) ORDER BY id DESC LIMIT 1"
        rows = self.rows(f"{_SUMMARY} WHERE id = ({asked})", (told,))
        return next(map(_summary, rows), None)

    def last_used_at(self, place: str) -> Summary | None:
        """The conversation last used in a pane or folder."""
        last = f"{_SUMMARY} JOIN place ON place.conversation = conversation.id AND name = ? "
        with suppress(sqlite3.OperationalError):  # an older, read-only store
            rows = self.rows(f"{last} ORDER BY place.used DESC LIMIT 1", (place,))
            return next(map(_summary, rows), None)
        return None

    def titles(self) -> list[str]:
        """Every title, the latest first."""
        rows = self.rows("SELECT CAST(title AS TEXT) FROM conversation ORDER BY updated DESC")
        return [row[0] for row in rows]

    def conversation(self, about: Summary) -> Conversation:
        """A conversation with all its turns, except unreadable ones, which are reported."""
        rows = self.rows(_TURNS.format(""), (about.id,))
        if len(rows) < about.turns:
            rows = self._rows_beside_index(about, rows)
        turns = []
        for number, text, record in rows:
            try:
                turns.append(self._with_paths(records.load_turn(number, text, record)))
            except DAMAGE_ERRORS:
                self._tell(f"turn {number} of conversation {about.id} cannot be read; skipped")
        return Conversation(about, tuple(turns))

    def _rows_beside_index(
        self, about: Summary, found: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """All of its turns, where the index has ``found`` fewer than were counted.

        An index that lacks some is made anew: SQLite does not notice by itself.
        """
        rows = self.rows(_TURNS.format("NOT INDEXED"), (about.id,))
        if len(rows) <= len(found):
            return found
        if self.is_writable:
            self._tell("an index of the conversation store was damaged, and was made anew")
            with suppress(sqlite3.Error):
                self._connection.execute("REINDEX")
        return rows

    def search(self, query: str, limit: int) -> list[SearchHit]:
        """The latest turns with all words of ``query``, which match as prefixes."""
        found = self.rows(_SEARCH, (HIT_START, HIT_END, _match_expression(query), limit))
        if not found:  # try substrings, for languages without spaces too
            pattern = "%" + query.translate({ord(c): f"\\{c}" for c in "\\%_"}) + "%"
            scanned = self.rows(_SCAN, (pattern, limit))
            found = [(*row[:-1], _excerpt(row[-1], query)) for row in scanned]
        return [SearchHit(*row) for row in found]

    def sizes(self) -> list[tuple[str, int]]:
        """Every conversation's id and size in bytes, the oldest first."""
        return self.rows(
            "SELECT c.id, coalesce(sum(length(t.text) + length(t.record)), 0) "
            "FROM conversation c LEFT JOIN turn t ON t.conversation = c.id "
            "GROUP BY c.id ORDER BY c.updated, c.id"
        )

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of an SQL query, in a repaired file if it was broken."""
        try:
            with schema.damage_as_errors():
                return self._connection.execute(query, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            if not (self.is_writable and schema.is_broken(error)):
                raise
        self._replace()
        return self._connection.execute(query, parameters).fetchall()

    @property
    def file_size(self) -> int:
        """The size of the file."""
        return (self.folder / schema.FILE).stat().st_size


def _change_nothing(_store: Store, _conversations: Sequence[str]) -> None:
    """The default for ``on_change``."""


#: Result codes of a broken file, or of a broken search index.
_DAMAGE_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT)

#: Errors that a damaged record causes in its reader.
DAMAGE_ERRORS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)

#: Cast to the columns' types, since a flipped bit may turn a text into bytes or a number.
_SUMMARY = (
    "SELECT CAST(id AS TEXT), CAST(title AS TEXT), CAST(created AS REAL), CAST(updated AS REAL), "
    "CAST(head AS INTEGER), CAST(turns AS INTEGER), (SELECT CAST(model AS TEXT) FROM turn "
    "WHERE conversation = conversation.id AND model IS NOT NULL ORDER BY number DESC LIMIT 1) "
    "FROM conversation"
)

_TURNS = "SELECT number, text, record FROM turn {} WHERE conversation = ? ORDER BY number"

_SEARCH = """
    SELECT t.conversation, CAST(c.title AS TEXT), t.number, t.role, t.at,
    snippet(words, 0, ?, ?, '…', 24) FROM words JOIN turn t ON t.id = words.rowid
    JOIN conversation c ON c.id = t.conversation
    WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?"""

_SCAN = """
    SELECT t.conversation, CAST(c.title AS TEXT), t.number, t.role, t.at, t.text
    FROM turn t JOIN conversation c ON c.id = t.conversation
    WHERE t.text LIKE ? ESCAPE '\\' ORDER BY t.id DESC LIMIT ?"""


def _summary(row: tuple[Any, ...]) -> Summary:
    return Summary(*row)


def _match_expression(query: str) -> str:
    """A search in FTS5's syntax: every word as a prefix."""
    words = (word.replace('"', '""') for word in query.split())
    return " ".join(f'"{word}"*' for word in words) or '""'


def _excerpt(text: str, query: str) -> str:
    """The text around the first hit."""
    place = text.lower().find(query.lower())
    if place < 0:
        return text[:120]
    end = place + len(query)
    before, after = text[max(place - 60, 0) : place], text[end : end + 60]
    return f"{'…' if place > 60 else ''}{before}{HIT_START}{text[place:end]}{HIT_END}{after}"
