"""Writing turns into the rows of the store, and reading them."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from aichat.core.billing.usage import Quantity, queue_seconds
from aichat.core.conversation import serialize
from aichat.core.conversation.turn import (
    FIRST_UNSTORED,
    Conversation,
    Draft,
    Turn,
    ending_of,
    number_path,
)
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import text_of
from aichat.core.text.redact import mask_secrets


def append_draft(
    connection: sqlite3.Connection, draft: Draft, secrets: Sequence[str]
) -> int | None:
    """Insert a draft's turns and return the last one's number; None if it was already stored.

    If the turn they follow was deleted meanwhile, they begin the conversation anew, with numbers
    that were never used.
    """
    if draft.key:
        taken = "INSERT OR IGNORE INTO draft (key) VALUES (?)"
        if not connection.execute(taken, (draft.key,)).rowcount:
            return None
    times = [turn.at for turn in draft.turns]
    connection.execute(
        "INSERT OR IGNORE INTO conversation (id, title, created, updated) VALUES (?, ?, ?, ?)",
        (draft.conversation, storable(mask_secrets(draft.title, secrets)), min(times), max(times)),
    )
    after = draft.parent if draft.parent and draft.parent < FIRST_UNSTORED else 0
    last = max(_last_number(connection, draft.conversation), after)
    parent = draft.parent if _has_turn(connection, draft.conversation, draft.parent) else None
    for turn in draft.turns:
        last += 1
        stored = turn._replace(number=last, parent=parent)
        _insert_turn(connection, draft.conversation, stored, secrets)
        parent = last
    connection.execute(
        "UPDATE conversation SET used = (SELECT max(used) + 1 FROM conversation), "
        "updated = max(updated, ?), turns = turns + ?, "
        "head = iif(?, ?, head) WHERE id = ?",
        (max(times), len(draft.turns), draft.leads, last, draft.conversation),
    )
    mark_places(connection, draft.conversation, draft.places)
    return last


def _last_number(connection: sqlite3.Connection, conversation: str) -> int:
    query = "SELECT coalesce(max(number), 0) FROM turn WHERE conversation = ?"
    number: int = connection.execute(query, (conversation,)).fetchone()[0]
    return number


def _has_turn(connection: sqlite3.Connection, conversation: str, number: int | None) -> bool:
    query = "SELECT 1 FROM turn WHERE conversation = ? AND number = ?"
    return connection.execute(query, (conversation, number)).fetchone() is not None


def mark_places(connection: sqlite3.Connection, conversation: str, places: Iterable[str]) -> None:
    """Note that a conversation was just used at these places."""
    mark = (
        "INSERT OR REPLACE INTO place (name, conversation, used) "
        "SELECT ?, id, used FROM conversation WHERE id = ?"
    )
    connection.executemany(mark, [(storable(name), conversation) for name in places])


def insert_branch(
    connection: sqlite3.Connection, conversation: str, turns: Sequence[Turn]
) -> list[Turn]:
    """Insert turns as a numbered path of their own, which the conversation then continues."""
    last = _last_number(connection, conversation)
    stored = number_path(turns, last + 1)
    for turn in stored:
        _insert_turn(connection, conversation, turn, counts=False)
    connection.execute(
        "UPDATE conversation SET used = (SELECT max(used) + 1 FROM conversation), "
        "turns = turns + ?, head = ? WHERE id = ?",
        (len(stored), stored[-1].number, conversation),
    )
    return stored


def _insert_turn(
    connection: sqlite3.Connection,
    conversation: str,
    turn: Turn,
    secrets: Sequence[str] = (),
    *,
    counts: bool = True,
) -> None:
    _insert_rows(connection, [_row(conversation, turn, secrets)])
    if turn.answer and counts:
        insert_counters(connection, conversation, turn, turn.answer)


def _row(conversation: str, turn: Turn, secrets: Sequence[str] = ()) -> tuple[Any, ...]:
    text, lifted = _split_text(turn)
    model = turn.message.model if turn.answer else None
    return (
        *(conversation, turn.number, turn.role, turn.at),
        storable(model) if model else model,
        *(mask_secrets(text, secrets), serialize.dump_json(lifted, secrets)),
    )


def _insert_rows(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert turns, many per statement, since each statement writes the search index once."""
    place = 0
    for size in _AT_ONCE:  # few sizes, since a connection caches statements with their values
        statement = _INSERT_TURNS + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * size)
        while place + size <= len(rows):
            some, place = rows[place : place + size], place + size
            connection.execute(statement, [value for row in some for value in row])


#: How many turns one statement inserts.
_AT_ONCE = (256, 64, 8, 1)

_INSERT_TURNS = "INSERT INTO turn (conversation, number, role, at, model, text, record) VALUES "


def _split_text(turn: Turn) -> tuple[str, dict[str, Any]]:
    """The turn's text, and its record without that text, if it can be restored."""
    text = text_of(turn.message)
    stored = storable(text)
    fields = serialize.dump_turn(turn)
    texts = [part for part in fields["message"]["parts"] if part["type"] == "text"]
    if len(texts) == 1 and stored == text:
        del texts[0]["text"]
    return stored, fields


def load_turn(number: int, text: str, stored: str) -> Turn:
    """Read a turn from its row. Errors: ``DAMAGE_ERRORS`` for a damaged record."""
    fields = json.loads(stored)
    for part in fields["message"]["parts"]:
        if part["type"] == "text":
            part.setdefault("text", text)
    return serialize.load_turn({**fields, "number": number})


def storable(text: str) -> str:
    """Text that SQLite accepts, without lone surrogates; itself if it has none."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def storable_row(row: Iterable[Any]) -> list[Any]:
    """The values of a row, with its texts made storable."""
    return [storable(value) if isinstance(value, str) else value for value in row]


#: The most turns, and characters of them, inserted at once.
_ROWS, _ROWS_TEXT = 1000, 4 << 20

_INSERT_COUNTERS = "INSERT OR REPLACE INTO spent VALUES (NULL" + ", ?" * 27 + ")"


def insert_counters(
    connection: sqlite3.Connection,
    conversation: str | None,
    turn: Turn,
    answer: Answer,
    made: Quantity | None = None,
    mark: str | None = None,
) -> None:
    """Insert the counters of an answer, or of something ``made`` outside a conversation.

    Counters with the same ``mark`` are stored only once.
    """
    cost = answer.cost
    money = (cost.amount, cost.currency, cost.estimated, cost.source) if cost else (None,) * 4
    row: Iterable[Any] = (
        *(turn.at, conversation, answer.provider, answer.model, turn.profile, ending_of(answer)),
        *answer.usage,
        *money,
        *(answer.first_token_s, answer.total_s),
        *(
            turn.wire,
            answer.detail.tier,
            answer.retries,
            queue_seconds(answer.raw_usage),
            answer.saved,
        ),
        *(made or (None,) * 3),
        mark,
    )
    connection.execute(_INSERT_COUNTERS, storable_row(row))


def insert_conversations(
    connection: sqlite3.Connection, given: Iterable[Conversation], *, is_fork: bool = False
) -> None:
    """Insert whole conversations; a fork's answers are already counted, and it is the last used."""
    rows, size = list[tuple[Any, ...]](), 0
    for about, turns in given:
        connection.execute(
            "INSERT INTO conversation (id, title, created, updated, head, turns, used) VALUES "
            "(?, ?, ?, ?, ?, ?, iif(?, (SELECT coalesce(max(used), 0) + 1 FROM conversation), 0))",
            (
                *(about.id, storable(about.title), about.created, about.updated, about.head),
                *(len(turns), is_fork),
            ),
        )
        for turn in turns:
            if len(rows) >= _ROWS or size >= _ROWS_TEXT:
                _insert_rows(connection, rows)
                rows, size = [], 0
            ours = turn.answer is not None and turn.answer.provider  # imported ones are free
            known = is_fork or not ours or _is_counted(connection, about.id, turn)
            rows.append(_row(about.id, turn))
            size += sum(map(len, rows[-1][-2:]))
            if turn.answer and not known:
                insert_counters(connection, about.id, turn, turn.answer)
    if rows:
        _insert_rows(connection, rows)


def _is_counted(connection: sqlite3.Connection, conversation: str, turn: Turn) -> bool:
    """Whether an answer is already counted in another conversation, which this is a copy of.

    Counters that outlived this conversation are deleted, since they are inserted again.
    """
    same = (turn.at, storable(turn.answer.model) if turn.answer else None)
    connection.execute(
        "DELETE FROM spent WHERE conversation IS NULL AND at = ? AND model = ?", same
    )
    query = "SELECT 1 FROM spent WHERE at = ? AND model = ? AND conversation != ? LIMIT 1"
    return connection.execute(query, (*same, conversation)).fetchone() is not None
