"""Asking models again whose conversation did not fit, with its oldest part summarized."""

from collections.abc import Callable, Iterable
from functools import partial

from aichat.app.billing.remaining import rest_of_limit
from aichat.app.exchange.context import BudgetContext, estimate_cost, spend_watch
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.recovery.overflow import (
    Shortening,
    is_whole,
    plan_shortening,
    summary_options,
)
from aichat.app.exchange.several.entrant import Entrant, SentQuestion, WatchedAttempt
from aichat.app.history.recorder import Recorder
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.setup.targets import Targets
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Notice
from aichat.errors import AichatError, describe
from aichat.process.world import World
from aichat.values import NamedTuple

#: Takes the events of an exchange.
WriteEvents = Callable[[list[Event]], object]


class Shortener(NamedTuple):
    """How to ask one model again; ``show`` takes our own events, ``note`` lines for people.

    ``make`` makes an exchange, which ``start`` starts; that of a summary drops turns.
    """

    world: World
    options: AskOptions
    question: PreparedQuestion
    targets: Targets
    note: Callable[[str], object]
    show: Callable[[Iterable[Event]], object]
    make: Callable[[WatchedAttempt, bool], Exchange]
    start: Callable[[Exchange, WriteEvents], object]

    def goes_on(self, entrant: Entrant) -> bool:
        """Whether an entrant that has ended is asked again.

        Nobody is asked about money while answers are shown: what costs too much is not sent.
        """
        sent = entrant.sent_question
        try:
            if sent and entrant.summary and entrant.shortening:
                summary = entrant.end_summary(entrant.summary)
                return self._ask_with_summary(entrant, entrant.shortening, summary, sent)
            if sent and entrant.shortening is None:
                short = plan_shortening(self.question, sent.attempt, sent.answer())
                entrant.shortening = short
                return short is not None and self._ask_for_summary(entrant, short, sent.recorder)
        except AichatError as error:
            if error.fault.kind != "budget":
                raise
            self._tell(describe(error.fault))
        return False

    def _ask_for_summary(self, entrant: Entrant, short: Shortening, recorder: Recorder) -> bool:
        """Send the older part to be summarized, announcing the price."""
        options = summary_options(self.options)
        target, now = self.targets.endpoint_for(entrant.setup), self.world.clock.now()
        asked = short.summary_attempt(options, target, now)
        beside = recorder.next_recorder(beside=recorder.conversation)
        budget = self._budget(options, beside)
        self._tell(short.beginning(estimate_cost(budget, asked)))
        exchange = self.make((asked, spend_watch(budget, asked)), True)
        beside.begin(asked.pending.draft, asked.answerer(exchange.secrets), None, save=False)
        entrant.summary = SentQuestion(asked, exchange, beside)
        self.start(exchange, len)
        return True

    def _ask_with_summary(
        self, entrant: Entrant, short: Shortening, summary: Answer, sent: SentQuestion
    ) -> bool:
        """Send the question with its summary, if that is complete."""
        self._tell(short.ending(summary))
        rest = rest_of_limit(self.options, summary.cost)
        if rest is None or not is_whole(summary):
            return False
        target, now = self.targets.endpoint_for(entrant.setup), self.world.clock.now()
        again = short.final_attempt(summary, self.options, target, now)
        watch = spend_watch(self._budget(rest, sent.recorder), again)
        exchange = self.make((again, watch), False)
        sent.recorder.begin_fallback(short.answer, again.answerer(exchange.secrets))
        finish = partial(short.answered, summary=summary)
        entrant.sent_question = SentQuestion(again, exchange, sent.recorder, finish)
        self.start(exchange, sent.recorder.event_writer)
        return True

    def _tell(self, line: str) -> None:
        self.show([Notice("context", line)])

    def _budget(self, options: AskOptions, recorder: Recorder) -> BudgetContext:
        return BudgetContext(self.world, options, self.note, recorder, confirm=lambda _: False)
