"""The journal: an answer is on disk as it arrives, and recovered if the program dies.

One file per answer: a line that says what it belongs to, then the events of the stream,
and last, if the store would not take it, the whole answer. A file is locked while its
program lives; the next run moves any unlocked ones into the store.
"""

import errno
import json
import os
import sqlite3
import stat
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import groupby
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from aichat.core.conversation import serialize
from aichat.core.conversation.turn import Draft, Turn, can_continue, finish_turn, with_words
from aichat.core.exchange.event import Event, Image, TextDelta
from aichat.core.exchange.filters.event_filter import EventMask
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.message.message import text_of
from aichat.core.text.redact import mask_secrets
from aichat.disk.files.atomic import make_private_folder, write_whole
from aichat.disk.files.lock import try_lock
from aichat.disk.history.records import storable
from aichat.disk.history.schema import STORE_ERRORS
from aichat.errors import AichatError, Fault

_FOLDER, _SUFFIX, _NEW_SUFFIX = "journal", ".journal", ".new"

#: Where an answer is whose file the next run takes in.
KEPT = "kept in a file until the store is available"

#: Errors that a damaged file causes, in its reader or in the store.
_DAMAGE_ERRORS = (
    *(ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError),
    *(sqlite3.InterfaceError, sqlite3.DataError, sqlite3.ProgrammingError),
)


def folders(data: Path | None) -> list[Path]:
    """Where journals may be: beside the store, or in a spare folder if the disk is full.

    Every store has its own spare folder; if the store's path is unknown, a shared one.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    names = ("TMPDIR", "TEMP", "TMP")  # as in tempfile, whose import costs more than a question
    spare = Path(next(filter(None, map(os.environ.get, names)), "/tmp")) / f"aichat-{user}"  # noqa: S108
    if data is None:
        return [_own_folder(spare)]
    place = zlib.crc32(os.fsencode(data.absolute()))
    return [data / _FOLDER, _own_folder(spare.with_name(f"{spare.name}-{place:08x}"))]


def _own_folder(plain: Path) -> Path:
    """A folder of that name, or an unpredictable one if another user has taken it."""
    if _is_private(plain) or not os.path.lexists(plain):
        return plain
    others = sorted(plain.parent.glob(f"{plain.name}-*"))
    unforeseen = plain.with_name(f"{plain.name}-{os.urandom(8).hex()}")
    return next(filter(_is_private, others), unforeseen)


class Journal:
    """The journal of one answer, without ``secrets``; a ``whole`` one includes its end.

    ``record`` writes events before they are shown; if that fails, ``end`` reports it. The file
    gets its name once it is locked and begun, so that no other run takes it for abandoned.
    Errors: ``OSError`` and ``output``.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        draft: Draft,
        answer: Turn,
        secrets: Iterable[str],
        *,
        whole: bool = False,
    ) -> None:
        self._secrets = tuple(secrets)
        self._mask = EventMask(self._secrets)
        self._lock, self._closed = threading.Lock(), False
        self._failed: Exception | None = None  # then the end writes the whole answer
        make_private_folder(folder)
        if not _is_private(folder):
            raise PermissionError(errno.EACCES, "others can write there", str(folder))
        self._path, new = folder / f"{key}{_SUFFIX}", folder / f"{key}{_NEW_SUFFIX}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
        self._handle = os.open(new, flags, 0o600)
        try:
            try_lock(self._handle)
            self._write(_first_line(key, draft, answer))
            if whole:
                self._write({"end": serialize.dump_turn(answer)})
            new.rename(self._path)
        except BaseException:
            self._close()
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise
        if whole:
            self._close()

    def record(self, events: list[Event]) -> None:
        """Write events: after this, not even a kill loses them."""
        with self._lock:
            if not events or self._failed or self._closed:
                return
            try:
                masked = self._mask.mask(_join_text(events))
                if masked:
                    self._write_line(_events_line(masked))
            except (OSError, *_DAMAGE_ERRORS) as error:
                self._failed = error

    def end(self, answer: Turn) -> None:
        """Write the whole answer, for the next run. Errors: those of writing the file."""
        with self._lock:
            if self._failed:
                raise self._failed
            os.write(self._handle, b"\n")  # the last line may be cut off
            self._write({"end": serialize.dump_turn(answer)})
            self._close()

    def discard(self) -> None:
        """Remove the journal, since the store has the answer."""
        with self._lock:
            self._path.unlink(missing_ok=True)
            self._close()

    def _close(self) -> None:
        self._closed = True
        os.close(self._handle)

    def _write(self, value: Any) -> None:
        self._write_line(serialize.dump_json(value, self._secrets))

    def _write_line(self, line: str) -> None:
        data = f"{line}\n".encode()
        while data:
            data = data[os.write(self._handle, data) :]


def _is_passing(event: Event) -> bool:
    """Whether an event will be replaced by a later one."""
    return type(event) is Image and event.partial


def _first_line(key: str, draft: Draft, answer: Turn) -> dict[str, Any]:
    """The first line of a journal: everything but the events."""
    turns = [serialize.dump_turn(turn) for turn in draft.turns]
    return {**draft._asdict(), "key": key, "turns": turns, "answer": serialize.dump_turn(answer)}


def _events_line(events: Sequence[Event]) -> str:
    """Events as JSON; usually just the next piece of text, in the tenth of an encoder's time."""
    first = events[0]
    if len(events) == 1 and type(first) is TextDelta and not first.part:
        line = f'[{{"type":"text","text":{encode_basestring(first.text)}}}]'
        if line.isascii() or storable(line) is line:
            return line
    return serialize.dump_json([*map(serialize.dump_event, events)])


def _join_text(events: list[Event]) -> Iterable[Event]:
    """The events that will not be replaced, with consecutive text merged."""
    texts = [event.text for event in events if type(event) is TextDelta and not event.part]
    if len(texts) == len(events):  # the usual case
        return (TextDelta("".join(texts)),)
    return _join_runs([event for event in events if not _is_passing(event)])


def _join_runs(events: list[Event]) -> Iterator[Event]:
    for part, run in groupby(events, lambda e: e.part if type(e) is TextDelta else None):
        if part is None:
            yield from run
        else:
            yield TextDelta("".join([event.text for event in run]), part)  # type: ignore[union-attr]


def recover_answers(
    data: Path, store: Callable[[Draft], object], tell: Callable[[str], None] = lambda _: None
) -> int:
    """Pass every abandoned draft to ``store``, and count them.

    A file that cannot be read is set aside, and reported to ``tell``. Errors: whatever
    ``store`` raises; then the file is kept.
    """
    return sum(_recover_file(path, store, tell) for path in _abandoned_files(data))


def _recover_file(
    path: Path, store: Callable[[Draft], object], tell: Callable[[str], None]
) -> bool:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            if not try_lock(file.fileno()) or not path.exists():
                return False  # its program is alive, or another one has just recovered it
            data = file.read()
        except OSError:
            return False
        try:
            store(_parse_draft(data))
        except sqlite3.IntegrityError:
            return False  # the file or the store is at fault: leave it for later
        except _DAMAGE_ERRORS:
            aside = path.with_name(f"{path.name}.corrupt")
            tell(f"cannot read an unsaved answer; its file was set aside as {aside}")
            with suppress(OSError):
                path.rename(aside)
            return False
        with suppress(OSError):  # a draft is stored only once anyway
            path.unlink()
    return True


def _abandoned_files(data: Path) -> list[Path]:
    found: list[Path] = []
    with suppress(OSError):
        for folder in (*folders(data), *folders(None)):
            if _is_private(folder):
                found += sorted(folder.glob(f"*{_SUFFIX}"))
                _remove_unnamed(folder)
    return found


def _remove_unnamed(folder: Path) -> None:
    """Remove files that never got a name: nothing had been sent by then."""
    for path in folder.glob(f"*{_NEW_SUFFIX}"):
        with suppress(OSError), path.open("rb") as file:
            if try_lock(file.fileno()):
                path.unlink(missing_ok=True)


def _is_private(folder: Path) -> bool:
    """Whether a folder exists and is this user's alone, since anyone may make one in /tmp.

    The one beside the store is as private as the store.
    """
    try:
        about = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or about.st_uid == os.getuid()
    alone = stat.S_ISDIR(about.st_mode) and mine and not about.st_mode & 0o077
    return alone or folder.name == _FOLDER


def unreadable_files(data: Path) -> list[Path]:
    """Journals that could not be read."""
    places = filter(_is_private, (*folders(data), *folders(None)))
    return [path for folder in places for path in folder.glob(f"*{_SUFFIX}.corrupt")]


def _parse_draft(data: bytes) -> Draft:
    """The draft in a journal, without a line that a crash cut off."""
    lines = [line for line in data.split(b"\n")[:-1] if line]
    head = json.loads(lines[0])
    asked = tuple(map(serialize.load_turn, head.pop("turns")))
    begun = serialize.load_turn(head.pop("answer"))
    last = json.loads(lines[-1])
    whole = isinstance(last, dict) and "end" in last
    answer = serialize.load_turn(last["end"]) if whole else _fold_lines(begun, lines[1:])
    follows = answer.answer is not None and can_continue(answer.answer)
    places = tuple(head.pop("places", ()))
    draft = Draft(**{**head, "turns": asked, "leads": follows, "places": places})
    draft = with_words(draft, answer.answer.heard if answer.answer else None)
    return draft._replace(turns=(*draft.turns, answer))


def _fold_lines(begun: Turn, lines: list[bytes]) -> Turn:
    """The answer, as far as it was written."""
    provider, model = begun.message.provider or "", begun.message.model or ""
    fold = AnswerBuilder(provider, model)
    for line in lines:
        fold.add([serialize.load_event(value) for value in json.loads(line)])
    answer = fold.answer()
    if answer.finish_reason is None and answer.fault is None:
        fault = Fault("truncated", "aichat exited before the answer was complete")
        answer = answer._replace(fault=fault)
    return finish_turn(begun, answer)


def spill(
    data: Path | None, key: str, draft: Draft | None, answer: Turn, secrets: Sequence[str]
) -> str:
    """Keep a whole answer that the store refuses, at least its text; returns where, as words."""
    with suppress(*STORE_ERRORS):
        if draft and _save_whole(data, key, draft, answer, secrets):
            return KEPT
    text = mask_secrets(text_of(answer.message), secrets)
    path = _save_text(data, key, text) if text else None
    return f"kept as plain text in {path}" if path else "not saved"


def _save_whole(
    data: Path | None, key: str, draft: Draft, answer: Turn, secrets: Iterable[str]
) -> bool:
    """Write a whole answer to any folder that accepts it, in place of its journal."""
    places = folders(data)
    for folder in places:
        with suppress(OSError, AichatError):
            Journal(folder, key, draft, answer, secrets, whole=True)
            for other in places:
                if other != folder and _is_private(other):
                    (other / f"{key}{_SUFFIX}").unlink(missing_ok=True)
            return True
    return False


def _save_text(data: Path | None, key: str, text: str) -> Path | None:
    """Write at least the text of an answer to any folder that accepts it, and return its path."""
    for folder in folders(data):
        path = folder / f"{key}.txt"
        with suppress(OSError, AichatError):
            make_private_folder(folder)
            if _is_private(folder):
                write_whole(path, text.encode("utf-8", "replace"), private=True)
                return path
    return None
