"""``overflow``: when a conversation no longer fits, ask with its oldest part summarized."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from aichat.app.billing.remaining import rest_of_limit
from aichat.app.exchange.context import TurnContext, Watch, estimate_cost, spend_watch
from aichat.app.exchange.show import WaitIndicator
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.request import Attempt, make_attempt
from aichat.core.billing.money import format_cost
from aichat.core.cli.options import AskOptions
from aichat.core.config.precedence import ServerToolSettings
from aichat.core.conversation.short_form import REQUEST, ShortPath, plan_short_path
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer, ShortForm, SummaryUse
from aichat.core.exchange.event import Event, Notice
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.numbers import count_of
from aichat.errors import AichatError, describe
from aichat.term.answer.plain import AnswerStart, Sink
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.billing.budget import Estimate

#: Options of an answer that do not apply to a summary.
_NOT_FOR_SUMMARIES = {
    "no_save": True,  # it counts in the conversation, but is no turn of it
    "background": False,
    "prefill": None,
    "logprobs": None,
    "quiet": True,
    "count": False,
}


#: Asks one endpoint: context, sign of life, attempt, watch, and what failed before.
Run = Callable[
    [TurnContext, WaitIndicator, Attempt, Watch | None, tuple[Attempt, Answer] | None], Answer
]


class Shortening(NamedTuple):
    """A question that did not fit, its failed answer, and the plan for shortening it."""

    question: PreparedQuestion
    attempt: Attempt
    answer: Answer
    path: ShortPath

    def summary_attempt(self, options: AskOptions, target: Endpoint, now: float) -> Attempt:
        """The request for a summary of the older part; ``options`` are those of summaries."""
        asked = Turn(Message("user", (Text(REQUEST),)), now)
        path = (*self.path.older, asked)
        pending = self.question.pending._replace(path=path, unfinished=None)
        asks = self.question._replace(pending=pending, tools=(), tools_off=False, schema=None)
        setup = self.attempt.setup._replace(server_tools=ServerToolSettings())
        return make_attempt(asks, setup, options, target, now)

    def final_attempt(
        self, summary: Answer, options: AskOptions, target: Endpoint, now: float
    ) -> Attempt:
        """The question, with the summary in place of what it covers."""
        path = self.path.with_summary(summary.text)
        again = self.question._replace(pending=self.question.pending._replace(path=path))
        made = make_attempt(again, self.attempt.setup, options, target, now)
        return made._replace(notices=())

    def beginning(self, about: "Estimate") -> str:
        """The line before the summary is requested."""
        why = f"the conversation no longer fits {self.attempt.request.model}"
        return f"{why}: summarizing the oldest {self._older} first, {about.description}"

    def ending(self, summary: Answer) -> str:
        """The line once it has arrived."""
        if not is_whole(summary):
            return "there is no whole summary, so the question is not sent again"
        price = f", for {format_cost(summary.cost)}" if summary.cost else ""
        return f"the oldest {self._older} went as a summary{price}"

    @property
    def _older(self) -> str:
        return count_of(self.path.question_count, "question")

    def answered(self, second: Answer, summary: Answer) -> Answer:
        """The answer after the summary, with facts about the summary."""
        form = ShortForm(self.path.turns, summary.text)
        used = SummaryUse(summary.usage, summary.cost)
        return second._replace(short_form=form, summary=used)


def plan_shortening(
    question: PreparedQuestion, attempt: Attempt, answer: Answer
) -> Shortening | None:
    """How to shorten a conversation that failed for its length; None if unwanted or no use."""
    mode = attempt.setup.config_file.config.store.get("overflow")
    is_full = answer.fault is not None and answer.fault.kind == "context_length"
    if mode != "compact" or not is_full or attempt.pending.unfinished:
        return None
    path = plan_short_path(question.pending.path)
    return Shortening(question, attempt, answer, path) if path else None


def is_whole(summary: Answer) -> bool:
    """Whether a summary is complete enough to replace the original."""
    return summary.is_complete and bool(summary.text.strip())


def ask_shortened(
    context: TurnContext,
    question: PreparedQuestion,
    first: tuple[Attempt, Answer],
    waiting: WaitIndicator,
    run: Run,
) -> tuple[Attempt, Answer]:
    """The answer after summarizing the oldest part, if that is wanted and possible.

    ``first`` is the failed attempt; ``run`` asks. Errors: ``budget`` if the question would then
    cost too much.
    """
    short, now = plan_shortening(question, *first), context.world.clock.now()
    if short is None:
        return first
    target = context.targets.endpoint_for(short.attempt.setup)
    side = context._replace(
        options=summary_options(context.options),
        sink=_UnseenSink(context.sink),
        recorder=context.recorder.next_recorder(beside=context.recorder.conversation),
        drops_turns=True,
    )
    asked = short.summary_attempt(side.options, target, now)
    summary = _run_summary(side, asked, short, waiting, run)
    rest = rest_of_limit(context.options, summary.cost) if summary else None
    if summary is None or rest is None:
        return first
    if summary.fault and summary.fault.signum:
        return short.attempt, short.answer._replace(fault=summary.fault)
    attempt = short.final_attempt(summary, context.options, target, now)
    budget = context.budget_context._replace(options=rest)
    watch = waiting.run_paused(partial(spend_watch, budget, attempt))
    second = run(context, waiting, attempt, watch, first)
    return attempt, short.answered(second, summary)


def _run_summary(
    side: TurnContext, asked: Attempt, short: Shortening, waiting: WaitIndicator, run: Run
) -> Answer | None:
    """The summary, or the interrupted one; None if it is not complete."""

    def tell(line: str) -> None:
        waiting.show([Notice("context", line)])

    tell(short.beginning(estimate_cost(side.budget_context, asked)))
    try:
        watch = waiting.run_paused(partial(spend_watch, side.budget_context, asked))
    except AichatError as error:
        if error.fault.kind != "budget":
            raise
        tell(describe(error.fault))
        return None
    summary = run(side, WaitIndicator(*side[:3:2], side.options.output), asked, watch, None)
    side.recorder.end(summary)
    if summary.fault and summary.fault.signum:
        return summary
    tell(short.ending(summary))
    return summary if is_whole(summary) else None


def summary_options(options: AskOptions) -> AskOptions:
    """The options of a summary: the command line's output options are for the answer."""
    return options.with_changes(**_NOT_FOR_SUMMARIES)


class _UnseenSink:
    """Shows nothing of an answer except notices."""

    is_live = False

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def begin(self, start: AnswerStart) -> None:
        """Show nothing."""

    def on_sent(self) -> None:
        """Show nothing."""

    def show(self, events: list[Event]) -> None:
        """Show notices only."""
        if notices := [event for event in events if isinstance(event, Notice)]:
            self._sink.show([*notices])

    def say(self, line: str) -> None:
        """A line of ours, outside the answer."""
        self._sink.say(line)

    def close(self, answer: Answer) -> None:
        """Show nothing."""
