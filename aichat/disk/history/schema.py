"""The store's file: making, opening, upgrading it, and setting it aside if it is broken."""

import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from aichat.disk.files.atomic import make_private_folder
from aichat.disk.files.lock import try_lock
from aichat.errors import AichatError
from aichat.values import NamedTuple

FILE = "history.db"

#: The statements that upgrade each version to the next; a new version is a new entry at the end.
UPGRADES: tuple[Sequence[str], ...] = (
    (
        """CREATE TABLE conversation (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
            head INTEGER, turns INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
        "CREATE INDEX conversation_updated ON conversation (updated)",
        # text is what is searched, record is everything else
        """CREATE TABLE turn (
            id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, number INTEGER NOT NULL,
            role TEXT NOT NULL, at REAL NOT NULL, model TEXT, text TEXT NOT NULL,
            record TEXT NOT NULL, UNIQUE (conversation, number))""",
        # a draft is stored once, however often it is found
        "CREATE TABLE draft (key TEXT PRIMARY KEY) WITHOUT ROWID",
        """CREATE VIRTUAL TABLE words USING fts5 (
            text, content='turn', content_rowid='id', tokenize='unicode61 remove_diacritics 2')""",
        """CREATE TRIGGER turn_stored AFTER INSERT ON turn BEGIN
            INSERT INTO words (rowid, text) VALUES (new.id, new.text); END""",
        """CREATE TRIGGER turn_deleted AFTER DELETE ON turn BEGIN
            INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text); END""",
        # counters without text, which outlive their conversation, for budgets
        """CREATE TABLE spent (
            id INTEGER PRIMARY KEY, at REAL NOT NULL, conversation TEXT, provider TEXT NOT NULL,
            model TEXT NOT NULL, profile TEXT, ending TEXT NOT NULL, input INTEGER, output INTEGER,
            cached_input INTEGER, cache_write INTEGER, reasoning INTEGER, searches INTEGER,
            amount INTEGER, currency TEXT, estimated INTEGER, source TEXT,
            first_token_s REAL, total_s REAL)""",
        "CREATE INDEX spent_at ON spent (at)",
        "CREATE INDEX spent_conversation ON spent (conversation)",
    ),
    (  # how an answer was served, the retries before it, and what caching saved (billionths)
        "ALTER TABLE spent ADD COLUMN wire TEXT",
        "ALTER TABLE spent ADD COLUMN tier TEXT",
        "ALTER TABLE spent ADD COLUMN retries INTEGER",
        "ALTER TABLE spent ADD COLUMN queue_s REAL",
        "ALTER TABLE spent ADD COLUMN saved INTEGER",
    ),
    (  # which conversation was used last, regardless of the clock
        "ALTER TABLE conversation ADD COLUMN used INTEGER NOT NULL DEFAULT 0",
        """UPDATE conversation SET used =
            (SELECT coalesce(max(id), 0) FROM turn WHERE turn.conversation = conversation.id)""",
        "CREATE INDEX conversation_used ON conversation (used)",
    ),
    (  # the terminal panes and folders in which a conversation was used, and in what order
        """CREATE TABLE place (name TEXT NOT NULL, conversation TEXT NOT NULL,
            used INTEGER NOT NULL, PRIMARY KEY (name, conversation)) WITHOUT ROWID""",
    ),
    (  # what was made outside a conversation, and how much of it in which unit
        "ALTER TABLE spent ADD COLUMN kind TEXT",
        "ALTER TABLE spent ADD COLUMN unit TEXT",
        "ALTER TABLE spent ADD COLUMN units REAL",
        # long jobs that a provider works on by itself
        """CREATE TABLE job (
            provider TEXT NOT NULL, id TEXT NOT NULL, created REAL NOT NULL, state TEXT NOT NULL,
            kind TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (provider, id)) WITHOUT ROWID""",
    ),
    (  # identifies counters that may be inserted again
        "ALTER TABLE spent ADD COLUMN mark TEXT",
        "CREATE UNIQUE INDEX spent_mark ON spent (mark) WHERE mark IS NOT NULL",
    ),
)

#: The checksum of what describes the tables of a store of this version.
DESCRIPTIONS_SUM = 0xC6778E79

#: Seconds to wait for another process that holds the store: quietly, and in all.
QUIET_SECONDS, BUSY_SECONDS = 1.0, 5.0
WAITING_NOTICE = (
    f"the conversation store is locked by another process; waiting up to {BUSY_SECONDS:.0f} s"
)

#: SQLite's primary result codes that do not mean a broken file.
_HARMLESS_CODES = frozenset(
    (
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL),
        sqlite3.SQLITE_INTERRUPT,
    )
)


class OpenedStore(NamedTuple):
    """A connection to the store; ``newer``: made by a later version, so read-only."""

    connection: sqlite3.Connection
    newer: bool = False


def result_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


#: Errors of a store; RecursionError and OverflowError come from excessive values.
STORE_ERRORS = (sqlite3.Error, OSError, AichatError, RecursionError, OverflowError)


def describe_store_error(error: BaseException | None) -> str:
    """A store's error, in words."""
    why = getattr(error, "strerror", None) or str(error)
    return f"cannot write to the conversation store: {why}"


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the store."""
    return result_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def damage_as_errors() -> Iterator[None]:
    """Turn what else a damaged file causes into SQLite's errors.

    Its messages quote a damaged schema and cannot be decoded, or it asks for more memory than
    there is. Errors: ``sqlite3.DatabaseError``.
    """
    try:
        yield
    except (UnicodeDecodeError, MemoryError) as error:
        raise sqlite3.DatabaseError("its schema or its index is damaged") from error


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the file itself is at fault."""
    return isinstance(error, sqlite3.DatabaseError) and result_code(error) not in _HARMLESS_CODES


def open_store(folder: Path, tell: Callable[[str], None]) -> OpenedStore:
    """Open the store in ``folder``, made or upgraded if needed.

    Errors: ``sqlite3.Error``, for which ``is_broken`` recognises a broken file, and ``OSError``.
    """
    make_private_folder(folder)
    try:
        with damage_as_errors():
            return _open_file(folder, tell, QUIET_SECONDS)
    except sqlite3.DatabaseError as error:
        if not is_busy(error):
            raise
        tell(WAITING_NOTICE)
        return _open_file(folder, tell, BUSY_SECONDS - QUIET_SECONDS)


def open_to_read(folder: Path) -> OpenedStore | None:
    """Open the store read-only; None if there is none."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        connection = connect(path, BUSY_SECONDS)
        with damage_as_errors():
            _check(connection)
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise
        # no log can be made beside it, so only the main file is read
        uri = f"{path.absolute().as_uri()}?immutable=1"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        _check(connection)
    return OpenedStore(connection, newer=True)


def _open_file(folder: Path, tell: Callable[[str], None], seconds: float) -> OpenedStore:
    path = folder / FILE
    with suppress(FileExistsError):
        make_private(path)
    connection = connect(path, seconds)
    version = version_of(connection)
    if version < len(UPGRADES):
        with lock_folder(folder):
            _upgrade(connection, path, tell)
    _check(connection)
    if version <= len(UPGRADES) and not is_as_made(connection):
        raise sqlite3.DatabaseError("what describes its tables is damaged")
    connection.execute("PRAGMA synchronous = NORMAL")  # safe after a crash of ours, and fast
    connection.execute("PRAGMA wal_autocheckpoint = 250")  # pages the next start has to read
    return OpenedStore(connection, newer=version > len(UPGRADES))


def make_private(path: Path) -> None:
    """Make an empty private file for SQLite. Errors: ``OSError``, also if it exists."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _check(connection: sqlite3.Connection) -> None:
    """Raise if the file is not a store of ours; a newer one may look different."""
    if version_of(connection) <= len(UPGRADES):
        connection.execute("SELECT number FROM turn LIMIT 1").fetchone()


def connect(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection with explicit transactions."""
    connection = sqlite3.connect(path, seconds, isolation_level=None, check_same_thread=False)
    connection.text_factory = _read_text
    return connection


def _read_text(data: bytes) -> str:
    """Decode stored text, replacing damaged bytes."""
    return data.decode("utf-8", "replace")


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a store: the number of upgrades it has had."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _upgrade(connection: sqlite3.Connection, path: Path, tell: Callable[[str], None]) -> None:
    """Upgrade the file to this version, in one transaction, after making a copy."""
    version = version_of(connection)  # another process may have been faster
    if version >= len(UPGRADES):
        return
    if version == 0:
        _use_wal(connection)
    else:
        copy = path.with_name(f"{path.name}.v{version}")
        copy.unlink(missing_ok=True)
        make_private(copy)
        connection.execute("VACUUM INTO ?", (str(copy),))
        tell(f"upgrading the conversation store; a backup is in {copy}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in UPGRADES[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(UPGRADES)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise


def _use_wal(connection: sqlite3.Connection) -> None:
    """Use a write-ahead log, so that readers never wait, if the file system supports it."""
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    except sqlite3.OperationalError:
        mode = None
    if mode != "wal":
        connection.execute("PRAGMA journal_mode = DELETE")


def set_aside(folder: Path) -> Path | None:
    """Move a broken store out of the way; None if another process has done so."""
    with lock_folder(folder):
        path = folder / FILE
        try:
            with closing(connect(path, BUSY_SECONDS)) as connection, damage_as_errors():
                _check(connection)
                sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
                is_old = version_of(connection) != len(UPGRADES)
                if sound and (is_old or is_as_made(connection)):
                    return None
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
        aside = path.with_name(f"{FILE}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(FILE + suffix).rename(aside.with_name(aside.name + suffix))
        return aside


def is_as_made(connection: sqlite3.Connection) -> bool:
    """Whether every table, index and trigger is described as this version describes it.

    A single letter of it may hide rows, or let two be where only one may, and SQLite accepts it.
    What somebody has added, such as a view of their own, is left to them.
    """
    found = _descriptions(connection)
    if zlib.crc32(repr(found).encode()) == DESCRIPTIONS_SUM:
        return True
    with closing(sqlite3.connect(":memory:")) as made:  # another SQLite may word its own otherwise
        for statement in (statement for step in UPGRADES for statement in step):
            made.execute(statement)
        return {*_descriptions(made)} <= {*found}


def _descriptions(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    query = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY name"
    return [tuple(" ".join(text.split()) for text in row) for row in connection.execute(query)]


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The names of a table's columns; empty if there is no such table."""
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def erase(connection: sqlite3.Connection, conversations: Sequence[str]) -> bool:
    """Erase conversations from a store, every byte; False if a reader keeps the log.

    Their costs stay counted, without a conversation.
    """
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for name in conversations:
            connection.execute("DELETE FROM turn WHERE conversation = ?", (name,))
            connection.execute("DELETE FROM conversation WHERE id = ?", (name,))
            if columns(connection, "place"):  # a copy of an older store has none
                connection.execute("DELETE FROM place WHERE conversation = ?", (name,))
            forget = "UPDATE spent SET conversation = NULL WHERE conversation = ?"
            connection.execute(forget, (name,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise
    connection.execute("INSERT INTO words (words) VALUES ('optimize')")
    connection.execute("VACUUM")
    return not connection.execute("PRAGMA wal_checkpoint (TRUNCATE)").fetchone()[0]


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock a folder while a store is made, upgraded or set aside.

    Errors: ``TimeoutError``.
    """
    handle = os.open(folder / "history.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        deadline = time.monotonic() + BUSY_SECONDS
        while not try_lock(handle):
            if time.monotonic() > deadline:
                raise TimeoutError("another process is using the conversation store")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)
