"""Running calls with limits: sources in parallel, one source's calls in parallel or in turn.

The main thread waits, so that a signal ends everything at once: a call that does not stop is
abandoned, and its late result ignored.
"""

import queue
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from aichat.app.tools.approval import Verdict
from aichat.app.tools.source import CallControl, Errand, Progress
from aichat.app.tools.toolkit import PlannedCall
from aichat.core.exchange.event import Event, ToolProgress
from aichat.core.tools.tool import LONGEST_SECONDS, ToolOutcome, text_outcome
from aichat.errors import AichatError
from aichat.process.threads import start_thread
from aichat.values import NamedTuple

#: Seconds between checks of the clock while calls run, and between progress updates of one.
_LOOK_SECONDS, _PROGRESS_SECONDS = 0.1, 0.1

#: What a source may raise when a model calls it with odd values.
_FAULTS = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


class CallEnd(NamedTuple):
    """The outcome of a call, and the seconds it took."""

    outcome: ToolOutcome
    seconds: float


class _Running:
    """A call under way; it times out at ``until``, which progress postpones."""

    def __init__(
        self,
        planned: PlannedCall,
        tell: Callable[[Progress], object],
        at_terminal: Callable[[Errand], Any],
    ) -> None:
        self.planned, self.began = planned, time.monotonic()
        self.until = self.began + planned.tool.seconds
        self.told_at = float("-inf")
        self.control = CallControl(tell, at_terminal)

    def heed_progress(self) -> bool:
        """Postpone the time-out on progress; return whether to pass that on."""
        now = time.monotonic()
        longest = self.began + max(LONGEST_SECONDS, self.planned.tool.seconds)
        self.until = min(now + self.planned.tool.seconds, longest)
        if now - self.told_at < _PROGRESS_SECONDS:
            return False
        self.told_at = now
        return True

    def put_off(self, seconds: float) -> None:
        """Postpone the time-out by time spent waiting for something else."""
        self.began += seconds
        self.until += seconds

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


class _TerminalErrand(NamedTuple):
    """A call's action at the terminal, and where its result is awaited."""

    work: Errand
    done: "queue.SimpleQueue[Any]"


_News = Progress | ToolOutcome | _TerminalErrand


class CallRunner:
    """Runs allowed calls; ``ends`` is filled with the outcome of each, by number.

    ``show`` gets progress, ``on_end`` each end as it comes; ``freed`` frees the terminal
    for a while. ``check`` is called regularly: what it raises ends everything.
    """

    def __init__(
        self,
        verdicts: Sequence[Verdict],
        ends: dict[int, CallEnd],
        show: Callable[[list[Event]], object],
        on_end: Callable[[int, CallEnd], object],
        freed: Callable[[], AbstractContextManager[None]] = nullcontext,
        check: Callable[[], object] = lambda: None,
    ) -> None:
        self._verdicts, self._show, self._on_end, self._freed = verdicts, show, on_end, freed
        self._news: queue.SimpleQueue[tuple[int, _News]] = queue.SimpleQueue()
        self._running: dict[int, _Running] = {}
        self._waiting: list[int] = []  # from sources that run one at a time
        self._ends, self._check = ends, check

    def run(self) -> None:
        """Run them all. Errors: ``Interrupted``, after cancelling what still runs."""
        for number, verdict in enumerate(self._verdicts):
            if verdict.outcome:
                self._end(number, CallEnd(verdict.outcome, 0.0))
            else:
                self._waiting.append(number)
        try:
            self._start_next()
            while self._running:
                self._heed(_LOOK_SECONDS)
                self._check()
        except BaseException:
            self._cancel_all()
            raise

    def _start_next(self) -> None:
        """Start those that need not wait for another of their source."""
        busy = {id(run.planned.source) for run in self._running.values()}
        for number in [*self._waiting]:
            planned = self._verdicts[number].planned
            source = planned.source
            if source is None or (id(source) in busy and not source.is_parallel):
                continue
            busy.add(id(source))
            self._waiting.remove(number)
            run = _Running(planned, partial(self._put, number), partial(self._ask, number))
            self._running[number] = run
            start_thread(partial(self._work, number, run))

    def _put(self, number: int, news: _News) -> None:
        self._news.put((number, news))

    def _ask(self, number: int, work: Errand) -> Any:
        """In a thread: let the main thread do it; if the call is over, nothing happens."""
        errand = _TerminalErrand(work, queue.SimpleQueue())
        run = self._running.get(number)
        if run is None:
            return None
        run.control.on_cancel(lambda: errand.done.put(None))
        self._put(number, errand)
        return errand.done.get()

    def _run_errand(self, errand: _TerminalErrand) -> None:
        """Do what a call needs the terminal for, while no call's time runs."""
        began, found = time.monotonic(), None
        try:
            with self._freed():
                found = errand.work()
        finally:
            errand.done.put(found)
        for run in self._running.values():
            run.put_off(time.monotonic() - began)

    def _work(self, number: int, run: _Running) -> None:
        """In a thread: run the call, and report its end, whatever it is."""
        outcome = text_outcome("the tool failed", "error")
        planned = run.planned
        try:
            if planned.source:
                outcome = planned.source.call(planned.tool, planned.arguments, run.control)
        except AichatError as error:
            said = filter(None, (error.fault.message, error.fault.hint))
            outcome = text_outcome("; ".join(said), "error")
        except _FAULTS as error:
            outcome = text_outcome(f"the tool failed: {error or type(error).__name__}", "error")
        finally:
            self._put(number, outcome)

    def _heed(self, seconds: float) -> None:
        """Handle the next message, and end what takes too long."""
        try:
            number, news = self._news.get(timeout=seconds)
        except queue.Empty:
            pass
        else:
            if run := self._running.get(number):
                self._heed_news(number, run, news)
        for number, run in [*self._running.items()]:
            if time.monotonic() > run.until:
                run.control.cancel()
                took = f"not done after {run.seconds:.0f} s"
                self._finish(number, text_outcome(took, "timeout"))

    def _heed_news(self, number: int, run: _Running, news: _News) -> None:
        if isinstance(news, ToolOutcome):
            self._finish(number, news)
        elif isinstance(news, _TerminalErrand):
            self._run_errand(news)
        elif run.heed_progress():
            self._show([ToolProgress(run.planned.call.id, *news)])

    def _finish(self, number: int, outcome: ToolOutcome) -> None:
        run = self._running.pop(number)
        self._end(number, CallEnd(outcome, run.seconds))
        self._start_next()

    def _end(self, number: int, end: CallEnd) -> None:
        self._ends[number] = end
        self._on_end(number, end)

    def _cancel_all(self) -> None:
        """Stop what runs, and mark the rest as not run."""
        for run in self._running.values():
            run.control.cancel()
        for number, run in self._running.items():
            text = "cancelled by the user: it may have been done in part"
            self._ends[number] = CallEnd(text_outcome(text, "cancelled"), run.seconds)
        for number in range(len(self._verdicts)):
            unrun = CallEnd(text_outcome("not run: the user stopped the turn", "cancelled"), 0.0)
            self._ends.setdefault(number, unrun)
