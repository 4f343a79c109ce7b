"""Copies of the store: made before an upgrade, or set aside because they were broken."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from aichat.disk.history import journal, schema


def find_copies(folder: Path) -> list[Path]:
    """The copies of the store, and the answers that could not be read."""
    found = [*folder.glob(f"{schema.FILE}.v*"), *folder.glob(f"{schema.FILE}.corrupt-*")]
    return [*sorted(found), *journal.unreadable_files(folder)]


def erase_from(copy: Path, conversations: Sequence[str]) -> bool:
    """Take conversations out of a sound copy, every byte; False where it is none or takes none."""
    if not copy.name.startswith(f"{schema.FILE}.v"):
        return False
    with suppress(sqlite3.Error, OSError), closing(schema.connect(copy, 1.0)) as connection:
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            return False
        schema.erase(connection, conversations)
        return True
    return False
