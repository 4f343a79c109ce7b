"""A run over many inputs: in parallel as limits allow, storing each answer before it is shown."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aichat.app.calls.fan_out import Batch, JobGroup
from aichat.app.history.recorder import Recorder
from aichat.app.jobs.each.feed import RowFeed
from aichat.app.jobs.each.inputs import InputRow
from aichat.app.jobs.each.lane import EachQuestion, Lane, path_key, row_key
from aichat.app.jobs.each.money import RunBudget
from aichat.app.jobs.each.output import RowFormat, RowResult, answer_line
from aichat.app.jobs.each.tally import Tally
from aichat.app.question.input import Question
from aichat.core.conversation.turn import Turn, finish_turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.message.message import Message
from aichat.disk.jobs.run_rows import KeptRow, RunRows
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.term.widgets.progress import StatusLine
from aichat.values import NamedTuple

#: The most answers that wait for an earlier one to be shown.
_WINDOW = 10_000

#: Seconds between checks for new work, and between writes to the ledger.
_TICK, _LEDGER_SECONDS = 0.1, 1.0

#: Faults of the key, account or model, with which all other questions would fail too.
_HOPELESS = frozenset(("auth", "permission", "not_found"))

#: Faults of an unreachable provider, and how many in a row stop the run.
_GONE = frozenset(("network", "timeout", "server", "overloaded", "rate_limit"))
_MOST_GONE = 20


def row_id(key: bytes, nth: int) -> bytes:
    """The id of the ``nth`` of equal questions."""
    return key if nth == 1 else key + nth.to_bytes(4)


class RowTask(NamedTuple):
    """One input and one model; ``number`` is its index in the output."""

    number: int
    row: InputRow
    lane: Lane
    key: bytes
    nth: int  # index among those with equal content

    @property
    def id(self) -> str:
        """The task's id, derived from its question."""
        return self.kept_as.hex()

    @property
    def kept_as(self) -> bytes:
        """The key of its answer in the store: equal questions have one each."""
        return row_id(self.key, self.nth)


class RunTerms(NamedTuple):
    """The terms of a run; ``write`` outputs rows, ``tell`` lines for people.

    ``note`` gets each distinct notice of a question once.
    """

    world: World
    question: EachQuestion
    write: Callable[[str], object]
    tell: Callable[[str], object]
    form: RowFormat
    recorder: Recorder
    budget: RunBudget
    unordered: bool = False
    retry_failed: bool = False
    quiet: bool = False
    note: Callable[[Notice], object] = lambda _: None


class EachRun:
    """Asks every lane about all inputs; ``tally`` has the figures."""

    def __init__(
        self,
        terms: RunTerms,
        lanes: Sequence[Lane],
        rows: RunRows,
        tally: Tally,
        group: JobGroup[Answer | Notice],
    ) -> None:
        self._terms, self._lanes, self._rows = terms, lanes, rows
        self.tally, self._group = tally, group
        self._fingerprints = [lane.fingerprint for lane in lanes]
        self._waiting: list[deque[tuple[RowTask, Question]]] = [deque() for _ in lanes]
        self._running: dict[int, RowTask] = {}
        self._order: deque[RowTask] = deque()  # not shown yet
        self._ready: set[int] = set()
        self._count = 0
        self._stopped: Fault | None = None
        self._gone = 0  # consecutive faults of an unreachable provider
        self._told: set[str] = set()
        self._ended: list[tuple[Turn, Answer]] = []  # not in the ledger yet
        self._ledger_at = terms.world.clock.monotonic() + _LEDGER_SECONDS
        self._line = StatusLine(terms.world, shown=not terms.quiet)

    def run(self, feed: RowFeed) -> Fault | None:
        """Ask about all inputs; returns the fault that stopped the run early, if any.

        Errors: ``usage`` for an unreadable input, ``output`` for rows that cannot be written; in
        both cases requests in flight are completed and stored first.
        """
        error = None
        try:
            while True:
                try:
                    self._begin(feed)
                except AichatError as failed:
                    feed.end()
                    error = error or failed
                if not (self._running or self._has_waiting or self._may_read(feed)):
                    break
                self._take(self._group.next_batch(self._tick))
                self._show_progress()
        finally:
            self._line.clear()
            self._write_ledger()
        if error:
            raise error
        return self._stopped

    @property
    def _has_waiting(self) -> bool:
        return not self._stopped and any(self._waiting)

    def _may_read(self, feed: RowFeed) -> bool:
        return not (self._stopped or feed.has_ended)

    @property
    def _tick(self) -> float:
        """Seconds until there may be room for another request."""
        return min(_TICK, *(lane.gate.wait or _TICK for lane in self._lanes))

    @property
    def _now(self) -> float:
        return self._terms.world.clock.monotonic()

    # -- starting

    def _begin(self, feed: RowFeed) -> None:
        """Start as many questions as there is room for, until an answer has to be stored."""
        while not (self._stopped or self._group.has_batches):
            begun = False
            for lane, waiting in zip(self._lanes, self._waiting, strict=True):
                if not lane.gate.has_room() or self._group.has_batches:  # in this order
                    continue
                if not waiting and len(self._order) < _WINDOW:
                    self._read_next(feed, waiting)
                if waiting and self._has_money(*waiting[0]):
                    self._start(lane, *waiting.popleft())
                    begun = True
            if not begun:
                return

    def _read_next(self, feed: RowFeed, wanted: deque[tuple[RowTask, Question]]) -> None:
        """Read inputs until each free lane has a question."""
        while not wanted and len(self._order) < _WINDOW:
            row = feed.next()
            if row is None:
                return
            if not self._count:
                self._terms.write(self._terms.form.head(row))
            if lack := self._terms.form.lack(row):
                self._terms.tell(lack)
            self._add(row)

    def _add(self, row: InputRow) -> None:
        question = self._terms.question.read(row)
        for number, lane in enumerate(self._lanes):
            fingerprint = self._fingerprints[number]
            if isinstance(question, AichatError):
                key = path_key(fingerprint, row)
            else:
                key = row_key(fingerprint, question)
            self._count += 1
            task = RowTask(self._count, row, lane, key, self._rows.count_of(key))
            if not self._terms.unordered:
                self._order.append(task)
            if isinstance(question, AichatError):
                self._take_unread(task, question)
                continue
            kept = self._rows.find(task.kept_as)
            if kept and not (kept.has_failed and self._terms.retry_failed):
                self._take_kept(task, kept)
            else:
                self._waiting[number].append((task, question))

    def _take_unread(self, task: RowTask, error: AichatError) -> None:
        """Count an unreadable file as a failed row, which every run tries again."""
        answer = task.lane.failed_answer(error)
        self.tally.take_failure(error.fault, task.row.number)
        kept = KeptRow(answer_line(answer, task.lane.options.output), has_failed=True)
        self._rows.keep(task.kept_as, kept)
        self._show(task, kept)

    def _take_kept(self, task: RowTask, kept: KeptRow) -> None:
        """Show the result stored by an earlier run."""
        if not self.tally.count:
            where = f" (remove {self._rows.path} to ask them all again)" if self._rows.path else ""
            self._terms.tell(f"going on where it was stopped{where}")
        if kept.has_failed:
            self.tally.take_failure(_fault_of(json.loads(kept.line)["error"]), task.row.number)
        else:
            self.tally.take_kept()
        self._show(task, kept)

    def _start(self, lane: Lane, task: RowTask, question: Question) -> None:
        self._running[task.number] = task
        budget = self._terms.budget
        budget.begin(task.number, lane)
        self._group.run(task.number, lane.begin(task.number, question, task.id[:16], budget))

    def _has_money(self, task: RowTask, question: Question) -> bool:
        """Whether a question may be sent now; the run stops if nothing is left for it."""
        budget, estimate = self._terms.budget, partial(task.lane.estimate, question)
        if budget.has_to_wait(task.number, task.lane, estimate):
            return False
        fault = budget.lack(task.number, task.lane, estimate)
        if fault:
            self._stop(fault)
        return fault is None

    def _stop(self, fault: Fault) -> None:
        self._stopped = self._stopped or fault

    # -- results

    def _take(self, batch: Batch[Answer | Notice] | None) -> None:
        while batch:
            if batch.bug:
                raise batch.bug
            task = self._running[batch.number]
            for event in batch.events:
                if isinstance(event, Notice):
                    self._take_notice(event)
                else:
                    self._take_answer(task, event)
            if batch.is_last:
                del self._running[batch.number]
                self._terms.budget.end(batch.number)
            batch = self._group.next_batch(0) if self._running else None

    def _take_notice(self, notice: Notice) -> None:
        if notice.reason == "" and notice.message not in self._told:
            self._told.add(notice.message)
            self._terms.note(notice)

    def _take_answer(self, task: RowTask, answer: Answer) -> None:
        self._terms.budget.end(task.number, answer)
        fault = answer.fault
        if fault and (fault.kind == "quota" or (fault.kind in _HOPELESS and self._is_first)):
            self._stop(fault)
            return
        if fault and fault.kind == "budget":
            self._stop(fault)
        self._heed_loss(fault)
        self._count_use(task, answer)
        self.tally.take_answer(answer, task.row.number)
        kept = KeptRow(answer_line(answer, task.lane.options.output), fault is not None)
        self._rows.keep(task.kept_as, kept)
        self._show(task, kept)

    def _heed_loss(self, fault: Fault | None) -> None:
        """Stop if the provider has become unreachable; the rest can be asked later."""
        self._gone = self._gone + 1 if fault and fault.kind in _GONE else 0
        if fault and self._gone >= _MOST_GONE:
            hint = "what is missing is asked by the same command, what failed with --retry-failed"
            why = f"{self._gone} questions in a row failed: {fault.message}"
            self._stop(fault._replace(message=why, hint=hint))

    @property
    def _is_first(self) -> bool:
        return not (self.tally.answered or self.tally.kept)

    # -- output and totals

    def _show(self, task: RowTask, kept: KeptRow) -> None:
        """Write a row, after all earlier inputs unless ``unordered``."""
        if self._terms.unordered:
            self._write(task, kept)
            return
        self._ready.add(task.number)
        while self._order and self._order[0].number in self._ready:
            first = self._order.popleft()
            self._ready.discard(first.number)
            found = kept if first is task else self._rows.find(first.kept_as)
            if found:
                self._write(first, found)

    def _write(self, task: RowTask, kept: KeptRow) -> None:
        self._line.clear()
        self._terms.write(self._terms.form.row(RowResult(task.id, task.row, kept.line)))

    def _count_use(self, task: RowTask, answer: Answer) -> None:
        lane, clock = task.lane, self._terms.world.clock
        message = Message("assistant", (), answer.provider, answer.model)
        started = Turn(message, clock.now(), profile=lane.setup.profile, wire=lane.target.wire)
        self._ended.append((finish_turn(started, answer), answer))
        if clock.monotonic() >= self._ledger_at:
            self._write_ledger()

    def _write_ledger(self) -> None:
        """Write the usage to the ledger for ``aichat cost``."""
        ended, self._ended = self._ended, []
        self._ledger_at = self._now + _LEDGER_SECONDS
        self._terms.recorder.count(ended)

    def _show_progress(self) -> None:
        if self._line.is_due:
            self._line.show(self.tally.progress(self._now))


def _fault_of(error: dict[str, Any]) -> Fault:
    """The fault in a stored failure."""
    return Fault(error["kind"], error["message"])
