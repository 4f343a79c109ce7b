"""Importing other programs' conversations into the store, each only once."""

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from aichat.app.history.foreign_files import PROMPTS_HINT, Reader, files_in, open_sessions
from aichat.app.history.open import change_store
from aichat.core.conversation import serialize, validate
from aichat.core.conversation.foreign import chatgpt, export
from aichat.core.conversation.foreign.claude import is_claude, read_claude
from aichat.core.conversation.foreign.json_items import json_items
from aichat.core.conversation.foreign.tree import FindFile, ForeignTalk, make_conversation
from aichat.core.conversation.turn import Conversation, Summary
from aichat.core.message.message import text_of
from aichat.core.text.cells import truncate
from aichat.disk.files.archive import ExportArchive, is_export
from aichat.disk.history.store import Store
from aichat.errors import AichatError, usage_error
from aichat.process.world import World
from aichat.term.widgets.progress import StatusLine
from aichat.values import NamedTuple

#: The most conversations stored at once, and their characters, since they are held in memory.
_BATCH, _BATCH_TEXT = 200, 4 << 20

#: The most columns of an archive's error.
_MOST_WHY = 120


class ImportOutcome(NamedTuple):
    """How many conversations were imported or known, and what was left out, by kind."""

    imported: int
    already: int
    left_out: Counter[str]

    def lines(self) -> Iterator[str]:
        """The summary for people."""
        yield f"imported {self.imported}; {self.already} already there"
        for what, number in self.left_out.most_common():
            yield f"left out: {number} x {what}"


def import_export(world: World, store: Store, path: Path) -> ImportOutcome:
    """Import the new conversations of an export into the store.

    Whatever cannot be imported is counted and reported at the end. Errors: ``usage`` if the file
    is no export; ``output`` if the store cannot be changed.
    """
    left_out: Counter[str] = Counter()
    line = StatusLine(world)
    numbers, batch, size = Counter[bool](), list[Conversation](), 0
    for found in _conversations(path, left_out):
        new = _as_new(store, store.name_media(found))
        numbers[new is None] += 1
        batch += [new] if new else []
        size += sum(len(text_of(turn.message)) for turn in new.turns) if new else 0
        if len(batch) >= _BATCH or size >= _BATCH_TEXT:
            _add(store, batch)
            batch, size = [], 0
        if line.is_due:
            line.show(f"importing {numbers.total()}")
    _add(store, batch)
    line.clear()
    if not numbers:
        why = f"nothing of {path} could be imported: {', '.join(left_out)}"
        raise usage_error(why, PROMPTS_HINT)
    return ImportOutcome(numbers[False], numbers[True], left_out)


def import_session(store: Store, path: Path) -> tuple[str, Counter[str]]:
    """The id of the file's only conversation in the store, and what was left out of it.

    Errors: ``usage`` if there is none; ``output`` if the store cannot be changed.
    """
    left_out: Counter[str] = Counter()
    for found in _conversations(path, left_out):
        given = store.name_media(found)
        new = _as_new(store, given)
        if new is None:
            return _place_of(store, given), left_out
        _add(store, [new])
        return new.about.id, left_out
    raise usage_error(f"nothing of {path} could be imported: {', '.join(left_out)}")


def _add(store: Store, given: Sequence[Conversation]) -> None:
    change_store(lambda: store.add_conversations(given))


def _conversations(path: Path, left_out: Counter[str]) -> Iterator[Conversation]:
    """The conversations of a file; repeated ids and broken ones are counted."""
    seen = set[str]()
    for read in _readers(path, left_out):
        one = _convert(read, left_out)
        if one is not None and one.about.id in seen:
            left_out["conversation that is there twice"] += 1
        elif one is not None:
            seen.add(one.about.id)
            yield one
    if not seen and not left_out:
        left_out["it has no conversations"] += 1


def _readers(path: Path, left_out: Counter[str]) -> Iterator[Reader]:
    """A reader for each conversation of a file, an export's folder, or a folder of files."""
    if path.is_dir() and not is_export(path):
        for file in files_in(path):
            try:
                yield from _readers(file, left_out)
            except AichatError as error:
                left_out[error.fault.message] += 1
        return
    sessions = None if path.is_dir() else open_sessions(path, left_out)
    yield from _archived(path, left_out) if sessions is None else sessions


def _archived(path: Path, left_out: Counter[str]) -> Iterator[Reader]:
    """A reader for each conversation of an archive."""
    with ExportArchive(path) as archive:
        try:
            for value in _values(archive, left_out):
                yield partial(_talk, value, archive.find)
        except (
            *(OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error),
        ) as error:
            why = truncate(str(error), _MOST_WHY)  # it may quote pages of the archive
            raise usage_error(f"cannot read {path}: {why}") from error


def _values(archive: ExportArchive, left_out: Counter[str]) -> Iterator[Any]:
    left_out.update(f"{name}, which the archive lacks" for name in archive.missing_files())
    for pieces in archive.conversation_files():
        try:
            yield from json_items(pieces)
        except ValueError as error:
            left_out[f"rest of a file: {error}"] += 1


def _convert(read: Callable[[], ForeignTalk], left_out: Counter[str]) -> Conversation | None:
    """The converted conversation; None if it is invalid, which is counted."""
    try:
        talk = read()
        found = make_conversation(talk)
        if not validate.is_valid(found):
            raise ValueError("a field of it is not what it has to be")
    except (ValueError, AichatError) as error:
        why = error.fault.message if isinstance(error, AichatError) else error
        left_out[f"conversation: {why}"] += 1
        return None
    left_out.update(talk.left_out)
    return found


def _talk(value: Any, find: FindFile) -> ForeignTalk:
    if isinstance(value, dict) and chatgpt.is_chatgpt(value):
        return chatgpt.read_chatgpt(value, find)
    if isinstance(value, dict) and is_claude(value):
        return read_claude(value, find)
    raise ValueError("of no known format")


def is_stored(store: Store, given: Conversation) -> bool:
    """Whether the store has all its turns."""
    same = store.find_by_id(given.about.id)
    return same is not None and _has_turns(store, same, given)


def _has_turns(store: Store, about: Summary, given: Conversation) -> bool:
    return _is_part(given, store.name_media(store.conversation(about)))


def _is_part(given: Conversation, whole: Conversation) -> bool:
    """Whether ``whole`` has all turns of ``given``."""
    known = set(map(serialize.identity, whole.turns))
    return all(serialize.identity(turn) in known for turn in given.turns)


def _came_from_here(store: Store, given: Conversation) -> bool:
    """Whether ``given`` comes from our own ChatGPT export of a stored conversation.

    That export keeps less of each turn, so the stored one is compared as it would be exported.
    """
    name = given.about.id.removeprefix(chatgpt.PREFIX)
    about = store.find_by_id(name) if name != given.about.id else None
    if about is None:
        return False
    stored = store.conversation(about)
    media = {PurePath(name).stem: Path(path) for path, name in export.media_files(stored)}

    def find(name: str) -> bytes | None:
        try:
            return media[name].read_bytes()
        except (KeyError, OSError):
            return None

    exported = export.chatgpt_conversation(stored)
    for find_file in (find, lambda _: None):  # only archives contain media
        again = chatgpt.read_chatgpt(exported, find_file)
        if again.turns and _is_part(given, store.name_media(make_conversation(again))):
            return True
    return False


def _as_new(store: Store, given: Conversation) -> Conversation | None:
    """The conversation under a free id; None if the store has all of it.

    An older import of it stays unchanged.
    """
    if _came_from_here(store, given):
        return None
    name = _place_of(store, given)
    free = store.find_by_id(name) is None
    return given._replace(about=given.about._replace(id=name)) if free else None


def _place_of(store: Store, given: Conversation) -> str:
    """The id under which the store has all of it, else the first free one."""
    name, number = given.about.id, 1
    while (same := store.find_by_id(name)) and not _has_turns(store, same, given):
        number += 1
        name = f"{given.about.id}-{number}"
    return name
