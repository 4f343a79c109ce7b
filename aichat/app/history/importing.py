"""Conversations of other programs brought into the store: one after another, each but once."""

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aichat.app.history.open import change_store
from aichat.core.conversation import serialize, validate
from aichat.core.conversation.foreign.chatgpt import is_chatgpt, read_chatgpt
from aichat.core.conversation.foreign.claude import is_claude, read_claude
from aichat.core.conversation.foreign.json_items import json_items
from aichat.core.conversation.foreign.sessions import (
    is_session_line,
    read_agent_session,
    read_older_session,
)
from aichat.core.conversation.foreign.tree import FindFile, ForeignTalk, make_conversation
from aichat.core.conversation.turn import Conversation, Summary
from aichat.core.message.message import text_of
from aichat.core.text.json import parse_object
from aichat.disk.files.archive import ExportArchive
from aichat.disk.history.store import Store
from aichat.errors import AichatError, usage_error
from aichat.process.world import World
from aichat.term.widgets.progress import StatusLine
from aichat.values import NamedTuple

#: Endings of the older aichat's sessions.
_YAML = (".yaml", ".yml")

#: Conversations that are stored at once, and characters of theirs: they are in memory till then.
_BATCH, _BATCH_TEXT = 200, 4 << 20


class ImportOutcome(NamedTuple):
    """How many conversations came, were there, and what was left out of which kind."""

    imported: int
    already: int
    left_out: Counter[str]

    def lines(self) -> Iterator[str]:
        """The summary, for people."""
        yield f"imported {self.imported}; {self.already} already there"
        for what, number in self.left_out.most_common():
            yield f"left out: {number} x {what}"


def is_export(path: Path) -> bool:
    """Whether a file looks like conversations of another program, by how it begins."""
    if path.suffix in _YAML:
        return True
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    text = head.decode("utf-8-sig", "replace").lstrip()
    return text.startswith(("PK", "[")) or _is_session(text)


def _is_session(text: str) -> bool:
    """Whether it is a coding agent's session, and no export of ours."""
    return is_session_line(text) and not text.startswith('{"version"')


def import_export(world: World, store: Store, path: Path) -> ImportOutcome:
    """Bring the conversations of an export into the store, those that are new.

    What cannot come along is counted, and told in the end. Errors: ``usage`` for a file that
    is no export; ``output`` where the store takes no change.
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
        raise usage_error(f"nothing of {path} could be imported: {', '.join(left_out)}")
    return ImportOutcome(numbers[False], numbers[True], left_out)


def _add(store: Store, given: Sequence[Conversation]) -> None:
    change_store(lambda: store.add_conversations(given))


def _conversations(path: Path, left_out: Counter[str]) -> Iterator[Conversation]:
    """Those of a file; ids that come twice, and what is broken, are counted."""
    session = _session(path, left_out)
    if session is not None:
        one = _convert(session, left_out)
        yield from [one] if one else ()
        return
    seen = set[str]()
    with ExportArchive(path) as archive:
        try:
            for value in _values(archive, left_out):
                found = _read(value, archive.find, left_out)
                if found is not None and found.about.id in seen:
                    left_out["conversation that is there twice"] += 1
                elif found is not None:
                    seen.add(found.about.id)
                    yield found
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            raise usage_error(f"cannot read {path}: {error}") from error
    if not seen and not left_out:
        left_out["it has no conversations"] += 1


def _session(path: Path, left_out: Counter[str]) -> Callable[[], ForeignTalk] | None:
    """What reads the one session that a file is; None for an archive of many."""
    if path.suffix in _YAML:
        from aichat.disk.config.yaml_text import read_yaml

        try:
            text, at = path.read_text("utf-8-sig"), path.stat().st_mtime
        except (OSError, UnicodeDecodeError) as error:
            raise usage_error(f"cannot read {path}: {error}") from error
        return lambda: read_older_session(path.stem, read_yaml(text), at)
    with path.open("rb") as file:
        head = file.read(4096).decode("utf-8-sig", "replace").lstrip()
    return (lambda: read_agent_session(_lines(path, left_out))) if _is_session(head) else None


def _lines(path: Path, left_out: Counter[str]) -> Iterator[Mapping[str, Any]]:
    """The objects of a file with one on each line; a broken line is counted."""
    with path.open("rb") as file:
        for line in file:
            found = parse_object(line.decode("utf-8-sig", "replace"))
            if not found and line.strip():
                left_out["line that is broken"] += 1
            yield found


def _values(archive: ExportArchive, left_out: Counter[str]) -> Iterator[Any]:
    for pieces in archive.conversation_files():
        try:
            yield from json_items(pieces)
        except ValueError as error:
            left_out[f"rest of a file: {error}"] += 1


def _read(value: Any, find: FindFile, left_out: Counter[str]) -> Conversation | None:
    """One conversation; None for what is none, which is counted."""
    return _convert(lambda: _talk(value, find), left_out)


def _convert(read: Callable[[], ForeignTalk], left_out: Counter[str]) -> Conversation | None:
    """The conversation that is read; None where it is none, which is counted."""
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
    if isinstance(value, dict) and is_chatgpt(value):
        return read_chatgpt(value, find)
    if isinstance(value, dict) and is_claude(value):
        return read_claude(value, find)
    raise ValueError("of no known format")


def is_stored(store: Store, given: Conversation) -> bool:
    """Whether the store has all of its turns."""
    same = store.find_by_id(given.about.id)
    return same is not None and _has_turns(store, same, given)


def _has_turns(store: Store, about: Summary, given: Conversation) -> bool:
    here = set(map(serialize.identity, store.name_media(store.conversation(about)).turns))
    return all(serialize.identity(turn) in here for turn in given.turns)


def _as_new(store: Store, given: Conversation) -> Conversation | None:
    """The conversation under an id that is free; None where the store has all of it.

    What was imported in an older state stays as it is.
    """
    name, number = given.about.id, 1
    while same := store.find_by_id(name):
        if _has_turns(store, same, given):
            return None
        number += 1
        name = f"{given.about.id}-{number}"
    return given._replace(about=given.about._replace(id=name))
