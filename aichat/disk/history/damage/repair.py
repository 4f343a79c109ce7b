"""Replacing a broken store by a new one, with everything that can still be read."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aichat.core.text.numbers import count_of
from aichat.disk.history import schema


def open_store(folder: Path, tell: Callable[[str], None]) -> schema.OpenedStore:
    """Open the store in ``folder``, made, upgraded or replaced if needed; ``tell`` is informed.

    Errors: ``sqlite3.Error`` and ``OSError``.
    """
    try:
        return schema.open_store(folder, tell)
    except sqlite3.DatabaseError as error:
        if not schema.is_broken(error):
            raise
    return replace_store(folder, tell)


def replace_store(folder: Path, tell: Callable[[str], None]) -> schema.OpenedStore:
    """Set a broken store aside, unless another process has, and open a new one."""
    from aichat.disk.history.damage.salvage import salvage  # rarely needed

    aside = schema.set_aside(folder)
    opened = schema.open_store(folder, tell)
    if aside:
        count = 0
        with suppress(sqlite3.Error, OSError, ValueError):
            count = salvage(aside, opened.connection)
        if opened.connection.in_transaction:
            opened.connection.rollback()
        found = f"{count_of(count, 'conversation') if count else 'nothing'} could be recovered"
        tell(f"cannot read the conversation store; {found}, and it was set aside as {aside}")
    return opened
