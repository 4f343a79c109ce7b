"""A conversation that no longer fits is asked with its oldest part summarized (``overflow``)."""

from collections.abc import Callable
from functools import partial

from aichat.app.exchange.again.json_answer import rest_of_limit
from aichat.app.exchange.context import TurnContext, Watch, estimate_cost, spend_watch
from aichat.app.exchange.show import WaitIndicator
from aichat.app.question.request import Attempt, PreparedQuestion, make_attempt
from aichat.app.setup.setup import Setup
from aichat.core.billing.money import format_cost
from aichat.core.cli.options import AskOptions
from aichat.core.config.precedence import ServerToolSettings
from aichat.core.conversation.short_form import REQUEST, ShortPath, plan_short_path
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer, ShortForm
from aichat.core.exchange.event import Event, Notice
from aichat.core.message.message import Message, Text
from aichat.core.text.numbers import count_of
from aichat.errors import AichatError, describe
from aichat.term.answer.plain import AnswerStart, Sink

#: What an answer is asked with that a summary is not.
_NOT_FOR_SUMMARIES = {
    "no_save": True,  # it is counted in the conversation, and no turn of it
    "background": False,
    "prefill": None,
    "logprobs": None,
    "quiet": True,
    "count": False,
}


#: Asks one endpoint: who is asked with what, what is shown, what ends it, who failed before.
Run = Callable[
    [TurnContext, WaitIndicator, Attempt, Watch | None, tuple[Attempt, Answer] | None], Answer
]


def ask_shortened(
    context: TurnContext,
    question: PreparedQuestion,
    first: tuple[Attempt, Answer],
    waiting: WaitIndicator,
    run: Run,
) -> tuple[Attempt, Answer]:
    """What is answered once the oldest part is a summary, where that is wanted and possible.

    ``first`` is what failed; ``run`` asks. Errors: ``budget`` where the question after it costs
    too much.
    """
    (failed, answer), now = first, context.world.clock.now()
    short = _plan(question, *first)
    if short is None:
        return first
    target = context.targets.endpoint_for(failed.setup)
    side = context._replace(
        options=_summary_options(context.options),
        sink=_UnseenSink(context.sink),
        recorder=context.recorder.next_recorder(beside=context.recorder.conversation),
        drops_turns=True,
    )
    asks = _summary_question(question, short, now)
    setup = _summary_setup(failed.setup)
    asked = make_attempt(asks, setup, side.options, target, now)
    summary = _run_summary(side, asked, short.question_count, waiting, run)
    rest = rest_of_limit(context.options, summary.cost) if summary else None
    if summary is None or rest is None:
        return first
    if summary.fault and summary.fault.signum:
        return failed, answer._replace(fault=summary.fault)
    again = _with_summary(question, short, summary)
    attempt = make_attempt(again, failed.setup, context.options, target, now)
    budget = context.budget_context._replace(options=rest)
    watch = waiting.run_paused(partial(spend_watch, budget, attempt))
    second = run(context, waiting, attempt._replace(notices=()), watch, first)
    return attempt, second._replace(short_form=ShortForm(short.turns, summary.text))


def _run_summary(
    side: TurnContext, asked: Attempt, count: int, waiting: WaitIndicator, run: Run
) -> Answer | None:
    """A summary, or what interrupted it; None where there is no whole one."""

    def tell(line: str) -> None:
        waiting.show([Notice("context", line)])

    about = estimate_cost(side.budget_context, asked)
    older = count_of(count, "question")
    why = f"the conversation no longer fits {asked.request.model}: summarizing the oldest"
    tell(f"{why} {older} first, {about.description}")
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
    if not summary.is_complete or not summary.text.strip():
        tell("there is no whole summary, so the question is not sent again")
        return None
    price = f", for {format_cost(summary.cost)}" if summary.cost else ""
    tell(f"the oldest {older} went as a summary{price}")
    return summary


class _UnseenSink:
    """Shows nothing of an answer but what is to be said of it."""

    is_live = False

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def begin(self, start: AnswerStart) -> None:
        """Nothing is shown."""

    def on_sent(self) -> None:
        """Nothing is shown."""

    def show(self, events: list[Event]) -> None:
        """Only what went another way than asked."""
        if notices := [event for event in events if isinstance(event, Notice)]:
            self._sink.show([*notices])

    def say(self, line: str) -> None:
        """A line of ours that is not of the answer."""
        self._sink.say(line)

    def close(self, answer: Answer) -> None:
        """Nothing is shown."""


def _summary_options(options: AskOptions) -> AskOptions:
    """What the summary is asked with: what is said on the command line is for the answer."""
    return options.with_changes(**_NOT_FOR_SUMMARIES)


def _summary_setup(setup: Setup) -> Setup:
    """Who writes the summary: the model that is asked, without what its provider runs for it."""
    return setup._replace(server_tools=ServerToolSettings())


def _summary_question(question: PreparedQuestion, short: ShortPath, now: float) -> PreparedQuestion:
    """The older part, with a question for a summary of it."""
    asked = Turn(Message("user", (Text(REQUEST),)), now)
    pending = question.pending._replace(path=(*short.older, asked), unfinished=None)
    return question._replace(pending=pending, tools=(), tools_off=False, schema=None)


def _with_summary(
    question: PreparedQuestion, short: ShortPath, summary: Answer
) -> PreparedQuestion:
    """The question after the summary, in the place of what was summarized."""
    path = short.with_summary(summary.text)
    return question._replace(pending=question.pending._replace(path=path))


def _plan(question: PreparedQuestion, attempt: Attempt, answer: Answer) -> ShortPath | None:
    """How what failed for its length is made short; None where that is not wanted, or no use."""
    mode = attempt.setup.config_file.config.store.get("overflow")
    is_full = answer.fault is not None and answer.fault.kind == "context_length"
    if mode != "compact" or not is_full or attempt.pending.unfinished:
        return None
    return plan_short_path(question.pending.path)
