"""Recording a conversation as it happens, without ever losing an answer over it.

The question is stored before it is sent, or journaled if the store does not accept it; the
answer is journaled as it streams and stored when it ends. What the store does not accept is
spilled to a file, with one warning; the next run takes it in.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from aichat.core.billing.usage import Quantity
from aichat.core.conversation.turn import (
    Draft,
    Turn,
    can_continue,
    finish_turn,
    name_from,
    with_words,
)
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Audio, Event, Image, MadeFile
from aichat.core.message.message import Message
from aichat.core.text.clock import Clock
from aichat.disk.cache import json_file, rate_limits
from aichat.disk.history import journal
from aichat.disk.history.schema import STORE_ERRORS, describe_store_error, is_busy
from aichat.disk.history.store import Store
from aichat.disk.paths import data_dir
from aichat.process.place import NOWHERE, WorkPlace
from aichat.process.signals import defer_signals
from aichat.process.threads import run_in_thread
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.history.answer_media import MediaKeeper


class Answerer(NamedTuple):
    """The model that is asked, the profile, and the secrets that must not be stored.

    ``instead_of``: provider, model and wire of the one that should have answered.
    """

    provider: str
    model: str
    wire: str
    profile: str | None = None
    secrets: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()


class Recorder:
    """Records one exchange. ``tell`` gets at most one warning; ``quiet``: none.

    ``place`` is where the conversation is held.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock,
        tell: Callable[[str], None],
        *,
        quiet: bool = False,
        place: WorkPlace = NOWHERE,
    ) -> None:
        self.place = place
        self.beside: str | None = None  # a conversation that it counts in without being stored
        self._environ, self._clock = environ, clock
        self._tell, self._quiet = tell, quiet
        self._folder: Path | None = None
        self._store: Store | None = None
        self._store_opened = False
        self._opening: Callable[[], Store] | None = None  # set if it is opened ahead
        self._unsaid: list[str] = []  # messages yet to be told
        self._save_enabled = False
        self._store_error: BaseException | None = None  # why the store accepts nothing
        self._secrets: tuple[str, ...] = ()
        self._journal: journal.Journal | None = None
        self._begins_journal = False  # with the answer, if no earlier
        self._draft: Draft | None = None
        self._pending_turn: Turn | None = None
        self._key = self.new_id()
        self._media: MediaKeeper | None = None  # of the incoming answer
        self._mirror: Path | None = None
        self._is_sibling = False
        self._warnings: set[str] = set()  # all warnings given, here and by siblings
        self.question: Draft | None = None  # the question, once it is about to be sent
        self.question_turns: tuple[Turn, ...] = ()  # the stored question; numbered if in the store
        self.answer_turn: Turn | None = None  # the stored answer, likewise
        self.answers: list[Answer] = []  # all that were counted, also of siblings

    def next_recorder(self, beside: str | None = None) -> "Recorder":
        """A recorder for the next exchange on the same store, reopened if that had failed.

        What is not to be saved counts in the conversation ``beside``.
        """
        made = Recorder(self._environ, self._clock, self._tell, place=self.place)
        made.beside = beside
        if self._opening:
            self.store()
        if self._store_opened and not self._store_error:
            made._folder, made._store, made._store_opened = self._folder, self._store, True
        return made

    def new_id(self) -> str:
        """An id for a new conversation."""
        return name_from(os.urandom(10))

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now()

    @property
    def conversation(self) -> str | None:
        """The conversation that the exchange is stored in, if any."""
        return self._draft.conversation if self._draft else None

    def store(self) -> Store | None:
        """The store, opened at first use, with spilled data taken in.

        If it cannot be changed it can still be read; None if not even that.
        """
        if not self._store_opened:
            self._store_opened = True
            try:
                self._store = self._open_now()
                if self._store.is_writable:
                    journal.recover_answers(self._store.folder, self._store.append, self._warn)
            except STORE_ERRORS as error:
                self._store_error = error
                self._store = self._store or self._open_read_only(error)
        return self._store

    def open_ahead(self) -> None:
        """Start opening it in a thread, which holds back its messages."""
        if not (self._store_opened or self._opening):
            self._opening = self._open  # what it tells is held back from here on
            self._opening = run_in_thread(self._open, Exception)

    def _open_now(self) -> Store:
        """Errors: those of ``STORE_ERRORS``."""
        if self._opening is None:
            return self._open()
        try:
            return self._opening()
        finally:
            self._opening = None
            for line in self._unsaid:
                self._warn(line)

    def _open(self) -> Store:
        self._folder = data_dir(self._environ)
        return Store(self._folder, self._warn)

    def _open_read_only(self, error: BaseException) -> Store | None:
        """The store as it is, to continue a conversation; a new one needs none."""
        if self._pending_turn:
            return None
        store = None
        with suppress(*STORE_ERRORS):
            store = Store.open_read_only(self._folder) if self._folder else None
        if store is None:
            self._warn(describe_store_error(error))
        return store

    def begin(
        self,
        draft: Draft,
        who: Answerer,
        unfinished: Turn | None,
        *,
        save: bool,
        mirror: Path | None = None,
    ) -> None:
        """Store the question; it is sent after this. Unless ``save``, only usage is kept.

        ``unfinished`` is an answer to finish; ``mirror`` a folder with a file for each
        conversation.
        """
        parts = unfinished.message.parts if unfinished else ()
        self._pending_turn = Turn(
            Message("assistant", parts, who.provider, who.model),
            self._clock.now(),
            profile=who.profile,
            wire=who.wire,
            answer=unfinished.answer if unfinished else None,
            instead_of=who.instead_of,
        )
        self._save_enabled, self._quiet, self._secrets = save, not save, who.secrets
        self._mirror = mirror
        self.question, self.question_turns = draft, draft.turns
        store = self.store()
        if not save:
            return
        draft = draft._replace(places=self.place.names)
        if store and not self._store_error:
            draft = draft._replace(turns=tuple(map(store.keep_media, draft.turns)))
        self._draft = draft
        waits = draft.is_spoken  # for its transcript
        if draft.turns and not waits and store and not self._store_error:
            try:
                number = store.append(draft, self._secrets)
            except STORE_ERRORS as error:
                self._store_error = error
            else:
                self._draft = draft._replace(turns=(), parent=number)
                self.question_turns = draft.numbered_turns(number)
        self._begins_journal = True
        if self._draft.turns:
            self.begin_journal()

    def begin_journal(self) -> None:
        """Begin the answer's journal, if one is needed and not begun: a sent question waits for it.

        A failure is told at the end, if the store does not have the answer by then.
        """
        if not self._begins_journal:
            return
        self._begins_journal = False
        with suppress(*STORE_ERRORS):
            if self._draft and self._pending_turn:
                folder, awaited = journal.folders(self._folder)[0], self._pending_turn
                self._journal = journal.Journal(
                    folder, self._key, self._draft, awaited, self._secrets
                )

    def keep_media(self, events: list[Event]) -> list[Event]:
        """Events with their media saved as files: beside the store, or else in this folder."""
        if self._media is None:
            if not any(isinstance(event, Audio | Image | MadeFile) for event in events):
                return events
            from aichat.app.history.answer_media import MediaKeeper  # few answers have any

            folder = self._folder if self._draft else None
            self._media = MediaKeeper(folder, f"aichat-{self._key}")
        return self._media.keep(events)

    def begin_sibling(self, who: Answerer) -> "Recorder":
        """A recorder for another answer to the same question."""
        made = self.next_recorder()
        made._warnings, made.answers = self._warnings, self.answers
        if asked := self._draft or self.question:
            made.begin(asked, who, None, save=self._save_enabled, mirror=self._mirror)
        return made

    def begin_fallback(self, failed: Answer, who: Answerer) -> None:
        """Store what came from the one that failed, and begin with another in its place."""
        if self._store_error is None:
            self.end(failed)
        elif self._journal:
            with suppress(OSError):
                self._journal.discard()
        asked, before = self._draft or self.question, (self.question, self.question_turns)
        self._key, self._journal, self._media = self.new_id(), None, None
        if asked:
            self.begin(asked, who, None, save=self._save_enabled, mirror=self._mirror)
        self.question, self.question_turns = before

    @property
    def event_writer(self) -> Callable[[list[Event]], object]:
        """Takes streamed events; looked up once, called for each of thousands."""
        return self._write_events if self._save_enabled else len

    def _write_events(self, events: list[Event]) -> None:
        self.begin_journal()
        if self._journal:
            self._journal.record(events)

    def end(self, answer: Answer, *, sibling: bool = False) -> None:
        """Store the answer, as far as it got.

        The conversation continues from it, unless it is a ``sibling`` of that answer.
        """
        if self._pending_turn is None:
            return
        self._is_sibling = sibling
        self.answers.append(answer)
        self._write_down(answer.heard)
        turn = self.answer_turn = finish_turn(self._pending_turn, answer)
        if not self._save_enabled:
            self._count_usage(turn, answer)
        else:
            self._save_turn(turn)
        if answer.limits:
            self._cache_rate_limits(turn.message, answer.limits)

    def _write_down(self, heard: str | None) -> None:
        """Add the transcript to a spoken question."""
        if self.question and self.question.is_spoken:
            self.question = with_words(self._draft or self.question, heard)
            self.question_turns = self.question.turns
            self._draft = self.question if self._draft else None

    def keep(self, turn: Turn) -> Turn:
        """Store what follows the answer but is no question: it has happened in any case.

        It is numbered then, unless it could not be stored, or nothing is to be.
        """
        answered = self.answer_turn.number if self.answer_turn else 0
        if not (self._store and self._draft and answered) or self._store_error:
            return turn
        draft = self._draft._replace(turns=(turn,), parent=answered, key=None, leads=True)
        with defer_signals():
            try:
                number = self._store.append(draft, self._secrets)
            except STORE_ERRORS as error:
                self._store_error = error
                return turn
        return turn._replace(number=number or 0, parent=answered)

    def _save_turn(self, turn: Turn) -> None:
        if self._mirror and self._store:
            from aichat.app.history.mirror import Mirror  # few keep one

            self._store.on_change = Mirror(self._mirror, self._warn).write
        with defer_signals():  # a second signal may end a wait for the store, and nothing else
            done = self._store_turn(turn, patient=False)
        if not done and not self._store_turn(turn):
            why = describe_store_error(self._store_error)
            self._warn(f"{why}; this answer was {self._spill_turn(turn)}")
        elif self._journal:
            with suppress(OSError):
                self._journal.discard()

    def _cache_rate_limits(self, message: Message, headers: Mapping[str, str]) -> None:
        """Cache how much more may be asked, for ``aichat models --show``."""
        seen = rate_limits.LimitsEntry(self._clock.now(), headers)
        folder = json_file.cache_folder(self._environ)
        rate_limits.write(folder, message.provider or "", message.model or "", seen)

    def count(
        self,
        ended: Sequence[tuple[Turn, Answer]],
        made: Quantity | None = None,
        marks: Iterable[str | None] = repeat(None),
    ) -> bool:
        """Record paid usage for ``aichat cost`` and budgets; if that fails there is one warning.

        It belongs to no conversation. ``made`` is a paid quantity that is no answer. What has one
        of ``marks`` is counted only once. Returns whether everything is recorded.
        """
        try:
            if ended and (store := self.store()):
                store.add_all_counters(ended, made, marks)
            error = self._store_error
        except STORE_ERRORS as failed:
            error = failed
        if ended and error and (why := describe_store_error(error)) not in self._warnings:
            self._warn(f"{why}; aichat cost lacks what this took")
        return not (ended and error)

    def _count_usage(self, turn: Turn, answer: Answer) -> None:
        if self._store and not self._store_error:
            with suppress(*STORE_ERRORS):
                self._store.add_counters(turn, answer, self.beside)

    def _store_turn(self, turn: Turn, *, patient: bool = True) -> bool:
        if self._store_error or not (self._store and self._draft and turn.answer):
            return False
        follows = can_continue(turn.answer) and not self._is_sibling
        turn = self._store.keep_media(turn)
        turns = (*self._draft.turns, turn)
        try:
            draft = self._draft._replace(turns=turns, key=self._key, leads=follows)
            number = self._store.append(draft, self._secrets, patient=patient)
        except STORE_ERRORS as error:
            busy = isinstance(error, sqlite3.Error) and is_busy(error)
            self._store_error = error if patient or not busy else None
            return False
        asked = number - 1 if number and self._draft.turns else None
        if asked:
            self.question_turns = self._draft.numbered_turns(asked)
        self.answer_turn = turn._replace(number=number or 0, parent=asked or self._draft.parent)
        return True

    def _spill_turn(self, turn: Turn) -> str:
        """Save it to the journal if there is one, else to a file, else as text; say where."""
        with suppress(*STORE_ERRORS):
            if self._journal:
                self._journal.end(turn)
                return journal.KEPT
        return journal.spill(self._folder, self._key, self._draft, turn, self._secrets)

    def _warn(self, line: str) -> None:
        if self._opening:
            self._unsaid.append(line)
        elif not self._quiet and line not in self._warnings:
            self._warnings.add(line)
            self._tell(f"warning: {line}")
