"""Checking the store without changing it."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from aichat.disk.history import schema
from aichat.disk.history.copies import find_copies
from aichat.values import NamedTuple


class StoreHealth(NamedTuple):
    """The store's file: ``wrong`` is what SQLite finds amiss; sizes are in bytes."""

    path: Path
    size: int
    conversations: int
    turns: int
    mode: int
    newer: bool
    wrong: str
    left: Sequence[Path]  # copies, and answers that were not taken in


def check_store(folder: Path) -> StoreHealth | None:
    """The store in ``folder``; None where there is none. Errors: ``sqlite3.Error``, ``OSError``."""
    path = folder / schema.FILE
    opened = schema.open_to_read(folder)
    if opened is None:
        return None
    with closing(opened.connection) as connection:

        def one(query: str) -> int:
            found: int = connection.execute(query).fetchone()[0]
            return found

        newer = one("PRAGMA user_version") > len(schema.UPGRADES)
        words = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        is_current = schema.version_of(connection) == len(schema.UPGRADES)
        if words == "ok" and is_current and not schema.is_as_made(connection):
            words = "what describes its tables is not as it was made"
        conversations = 0 if newer else one("SELECT count(*) FROM conversation")
        turns = 0 if newer else one("SELECT count(*) FROM turn")
    return StoreHealth(
        path,
        path.stat().st_size,
        conversations,
        turns,
        path.stat().st_mode & 0o777,
        newer,
        "" if words == "ok" else words,
        find_copies(folder),
    )


def is_writable(folder: Path) -> bool:
    """Whether a store could be made or changed in ``folder``, or in the nearest folder there is."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    file = folder / schema.FILE
    return os.access(folder, os.W_OK | os.X_OK) and (not file.exists() or os.access(file, os.W_OK))
