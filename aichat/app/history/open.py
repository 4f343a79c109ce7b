"""Shared by the commands that read stored conversations."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from aichat.core.conversation.turn import Conversation, Summary
from aichat.disk.history import journal
from aichat.disk.history.schema import STORE_ERRORS
from aichat.disk.history.store import Store
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, Fault, config_error, suggestion, usage_error
from aichat.process.world import World

T = TypeVar("T")


def open_store(world: World) -> Store:
    """The store, with spilled data taken in; read-only if it cannot be written.

    Errors: ``config`` if it cannot be read either.
    """
    folder = data_dir(world.environ)

    def tell(line: str) -> None:
        world.say(f"aichat: warning: {line}")

    try:
        store = Store(folder, tell)
    except (sqlite3.Error, OSError, AichatError) as error:
        store = _open_read_only(error, world)
    if store.is_writable:
        store.on_change = partial(_mirror_change, world, tell)
        try:
            journal.recover_answers(folder, store.append, tell)
        except STORE_ERRORS as error:
            tell(f"cannot recover unsaved answers yet: {error}")
    return store


def _mirror_change(
    world: World, tell: Callable[[str], None], store: Store, ids: Sequence[str]
) -> None:
    """On the first change of a store, begin mirroring, if that is wanted."""
    from aichat.app.history.mirror import configured_mirror  # most only read the store

    mirror = configured_mirror(world.environ, tell)
    store.on_change = mirror.write if mirror else lambda _store, _ids: None
    store.on_change(store, ids)


def _open_read_only(error: Exception, world: World) -> Store:
    try:
        store = Store.open_read_only(data_dir(world.environ))
    except (sqlite3.Error, OSError):
        store = None
    if store is None:
        raise config_error(f"cannot read the conversation store: {error}") from error
    return store


def read_sound(world: World, store: Store, about: Summary, kind: str) -> Conversation | None:
    """A conversation as far as it is readable and fits ``kind``; the rest is reported."""
    from aichat.app.history.export import without_damage  # which imports all that pages need

    try:
        given = store.conversation(about)
    except sqlite3.Error as error:
        world.say(f"aichat: warning: {about.id} cannot be read and was left out: {error}")
        return None
    sound = without_damage(given, kind)
    if gone := len(given.turns) - len(sound.turns):
        world.say(f"aichat: warning: damaged turns of {about.id} were left out: {gone}")
    return sound


def change_store(action: Callable[[], T]) -> T:
    """Change the store. Errors: ``output`` (exit 13) if that fails."""
    try:
        return action()
    except (sqlite3.Error, OSError) as error:
        why = f"cannot change the conversation store: {error}"
        raise AichatError(Fault("output", why)) from error


def find_conversation(store: Store, name: str) -> Summary:
    """The conversation called ``name``. Errors: ``usage`` if there is none, or several."""
    found = store.find_conversations(name) if name else []
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"{about.id} ({about.title})" for about in found[:3])
        raise usage_error(f"'{name}' matches several conversations: {some}", "use an id")
    if name == "last":
        raise usage_error("no conversations yet")
    known = suggestion(name, store.titles())
    raise usage_error(f"no conversation '{name}'{known}", "see: aichat history list")


#: SQLite's largest integer.
_MOST_ROWS = 2**63 - 1


def row_limit(given: int | None, default: int) -> int:
    """The value of ``--limit``. Errors: ``usage`` below 1."""
    limit = default if given is None else given
    if limit < 1:
        raise usage_error("--limit must be at least 1")
    return min(limit, _MOST_ROWS)
