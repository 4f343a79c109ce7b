"""Copies of the store: backups from before an upgrade, or broken ones set aside."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from aichat.disk.history import journal, schema


def find_copies(folder: Path) -> list[Path]:
    """All copies of the store, and journals that could not be read."""
    found = [*folder.glob(f"{schema.FILE}.v*"), *folder.glob(f"{schema.FILE}.corrupt-*")]
    return [*sorted(found), *journal.unreadable_files(folder)]


def erase_from(copy: Path, conversations: Sequence[str]) -> bool:
    """Erase conversations from an intact copy; False if it is broken or not writable."""
    if not copy.name.startswith(f"{schema.FILE}.v"):
        return False
    with suppress(sqlite3.Error, OSError), closing(schema.connect(copy, 1.0)) as connection:
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            return False
        schema.erase(connection, conversations)
        return True
    return False
