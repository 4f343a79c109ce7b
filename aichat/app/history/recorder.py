"""Keeping a conversation while it happens: it never costs an answer.

The question is stored before it is sent, the answer is journaled while it comes and
stored when it ends. What the store will not take is spilled to a file, with one
warning; the next run takes it in.
"""

import os
import sqlite3
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from aichat.core.conversation.turn import Draft, Turn, can_continue, finish_turn, name_from
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Image, Notice
from aichat.core.message.message import Message
from aichat.core.text.clock import Clock
from aichat.disk.cache import json_file, rate_limits
from aichat.disk.history import journal
from aichat.disk.history.schema import is_busy
from aichat.disk.history.store import Store
from aichat.disk.paths import data_dir
from aichat.errors import AichatError
from aichat.process.signals import defer_signals

#: What a store may fail with; RecursionError and OverflowError come from values without measure.
FAULTS = (sqlite3.Error, OSError, AichatError, RecursionError, OverflowError)


class Answerer(NamedTuple):
    """Who is asked, under which profile, and what must not be kept of it.

    ``instead_of``: provider, model and wire of the one that should have answered.
    """

    provider: str
    model: str
    wire: str
    profile: str | None = None
    secrets: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()


class Recorder:
    """Keeps one exchange. ``tell`` gets its warnings, at most one; ``quiet``: none."""

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock,
        tell: Callable[[str], None],
        *,
        quiet: bool = False,
    ) -> None:
        self._environ, self._clock = environ, clock
        self._tell, self._quiet = tell, quiet
        self._folder: Path | None = None
        self._store: Store | None = None
        self._opened = False
        self._saves = False
        self._trouble: BaseException | None = None  # since when the store takes nothing
        self._secrets: tuple[str, ...] = ()
        self._journal: journal.Journal | None = None
        self._asked: Draft | None = None
        self._begun: Turn | None = None
        self._key = self.new_id()
        self._beside = False
        self._told: set[str] = set()  # what was warned of, here and beside
        self.began: Draft | None = None  # the question, once it is to be sent
        self.added: tuple[Turn, ...] = ()  # what was asked; numbered where it is stored
        self.answered: Turn | None = None  # what came of it, likewise

    def another(self) -> "Recorder":
        """One for the next exchange, on the same store; where that failed, it is opened again."""
        made = Recorder(self._environ, self._clock, self._tell)
        if self._opened and not self._trouble:
            made._folder, made._store, made._opened = self._folder, self._store, True
        return made

    def new_id(self) -> str:
        """A name for a new conversation."""
        return name_from(os.urandom(10))

    @property
    def conversation(self) -> str | None:
        """Where the exchange is kept, if it is."""
        return self._asked.conversation if self._asked else None

    def store(self) -> Store | None:
        """The store, opened at first use, with what was left behind taken in.

        Where it takes nothing it can still be read; None where not even that.
        """
        if not self._opened:
            self._opened = True
            try:
                self._folder = data_dir(self._environ)
                self._store = Store(self._folder, self._warn)
                if self._store.is_writable:
                    journal.recover_answers(self._folder, self._store.append, self._warn)
            except FAULTS as error:
                self._trouble = error
                self._store = self._store or self._to_read(error)
        return self._store

    def _to_read(self, error: BaseException) -> Store | None:
        """The store as it is, for a conversation that goes on; a new one needs none."""
        if self._begun:
            return None
        store = None
        with suppress(*FAULTS):
            store = Store.open_read_only(self._folder) if self._folder else None
        if store is None:
            self._warn(trouble(error))
        return store

    def begin(self, asked: Draft, who: Answerer, cut: Turn | None, *, saves: bool) -> None:
        """Store the question; it is sent after this. Unless ``saves``, only counters are kept.

        ``cut`` is the answer that is to be finished.
        """
        parts = cut.message.parts if cut else ()
        self._begun = Turn(
            Message("assistant", parts, who.provider, who.model),
            self._clock.now(),
            profile=who.profile,
            wire=who.wire,
            answer=cut.answer if cut else None,
            instead_of=who.instead_of,
        )
        self._saves, self._quiet, self._secrets = saves, not saves, who.secrets
        self.began, self.added = asked, asked.turns
        store = self.store()
        if not saves:
            return
        self._asked = asked
        if asked.turns and store and not self._trouble:
            try:
                number = store.append(asked, self._secrets)
            except FAULTS as error:
                self._trouble = error
            else:
                self._asked = asked._replace(turns=(), parent=number)
                self.added = _numbered(asked, number)
        with suppress(*FAULTS):  # told in the end, and only if the store does not have it then
            folder = journal.folders(self._folder)[0]
            self._journal = journal.Journal(
                folder, self._key, self._asked, self._begun, self._secrets
            )

    def keep(self, image: Image) -> list[Event]:
        """A picture as a file of its own, and where that is; it stays inside where that fails."""
        if image.partial or not image.data:
            return [] if image.partial else [image]
        from aichat.disk.files import media

        folder = Path.cwd()
        if self._folder and self._asked:
            folder = media.folder_of(self._folder, self._asked.conversation)
        try:
            path = media.save(folder, f"aichat-{self._key}", a2b_base64(image.data))
        except (OSError, AichatError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            return [image, Notice("image", f"a picture was not saved: {why}")]
        saved = image._replace(data=None, url=str(path))
        return [saved, Notice("image", f"picture saved as {path}")]

    def beside(self, who: Answerer) -> "Recorder":
        """One for another answer to the question that was begun here."""
        made = self.another()
        made._told = self._told
        if asked := self._asked or self.began:
            made.begin(asked, who, None, saves=self._saves)
        return made

    def instead(self, failed: Answer, who: Answerer) -> None:
        """Keep what came of the one that was asked, and begin with another in its place."""
        if self._trouble is None:
            self.end(failed)
        elif self._journal:
            with suppress(OSError):
                self._journal.discard()
        asked, before = self._asked or self.began, (self.began, self.added)
        self._key, self._journal = self.new_id(), None
        if asked:
            self.begin(asked, who, None, saves=self._saves)
        self.began, self.added = before

    @property
    def hear(self) -> Callable[[list[Event]], object]:
        """Takes what the stream tells; fetched once, called for each of thousands."""
        return self._journal.record if self._journal else len

    def end(self, answer: Answer, *, beside: bool = False) -> None:
        """Store the answer, whole or as far as it came.

        The conversation goes on from it, unless it stands ``beside`` one that it goes on from.
        """
        if self._begun is None:
            return
        self._beside = beside
        turn = self.answered = finish_turn(self._begun, answer)
        if not self._saves:
            self._count(turn, answer)
        else:
            self._save(turn)
        if answer.limits:
            self._remember(turn.message, answer.limits)

    def _save(self, turn: Turn) -> None:
        with defer_signals():  # a second signal may end a wait for the store, and nothing else
            done = self._stored(turn, patient=False)
            if self._journal and not done:
                self._journal.flush()
        if not done and not self._stored(turn):
            kept = self._spilled(turn)
            fate = "kept in a file until the store takes it" if kept else "kept nowhere"
            self._warn(f"{trouble(self._trouble)}; this answer is {fate}")
        elif self._journal:
            with suppress(OSError):
                self._journal.discard()

    def _remember(self, message: Message, told: Mapping[str, str]) -> None:
        """How much more may be asked, for ``aichat models --show``."""
        seen = rate_limits.LimitsEntry(self._clock.now(), told)
        folder = json_file.cache_folder(self._environ)
        rate_limits.write(folder, message.provider or "", message.model or "", seen)

    def _count(self, turn: Turn, answer: Answer) -> None:
        if self._store and not self._trouble:
            with suppress(*FAULTS):
                self._store.add_counters(turn, answer)

    def _stored(self, turn: Turn, *, patient: bool = True) -> bool:
        if self._trouble or not (self._store and self._asked and turn.answer):
            return False
        turns = (*self._asked.turns, turn)
        follows = can_continue(turn.answer) and not self._beside
        try:
            draft = self._asked._replace(turns=turns, key=self._key, leads=follows)
            number = self._store.append(draft, self._secrets, patient=patient)
        except FAULTS as error:
            busy = isinstance(error, sqlite3.Error) and is_busy(error)
            self._trouble = error if patient or not busy else None
            return False
        self.answered = turn._replace(number=number or 0, parent=self._asked.parent)
        return True

    def _spilled(self, turn: Turn) -> bool:
        """Into the journal if there is one, else into a file wherever there is room."""
        if self._journal:
            with suppress(*FAULTS):
                self._journal.end(turn)
                return True
        with suppress(*FAULTS):
            if self._asked:
                return journal.save_whole(self._folder, self._key, self._asked, turn, self._secrets)
        return False

    def _warn(self, line: str) -> None:
        if not self._quiet and line not in self._told:
            self._told.add(line)
            self._tell(f"warning: {line}")


def _numbered(asked: Draft, last: int | None) -> tuple[Turn, ...]:
    """A draft's turns as they were stored, the last of them under that number."""
    if last is None:
        return asked.turns
    first = last - len(asked.turns) + 1
    parents = (asked.parent, *range(first, last))
    return tuple(
        turn._replace(number=first + n, parent=parent)
        for n, (turn, parent) in enumerate(zip(asked.turns, parents, strict=True))
    )


def trouble(error: BaseException | None) -> str:
    """What a store failed with, in words."""
    why = getattr(error, "strerror", None) or str(error)
    return f"the stored conversations cannot be written: {why}"
