"""One exchange, from what was prepared to what is stored: ``ask`` has one, ``chat`` many."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from aichat.app.calls.terms import call_options
from aichat.app.exchange import show
from aichat.app.exchange.adapt import fit_request, with_successor
from aichat.app.exchange.exchange import Exchange
from aichat.app.history.recorder import Answerer, Recorder
from aichat.app.question.prepare import PreparedQuestion, is_strict
from aichat.app.question.thread import PendingTurns, build_request
from aichat.app.setup.endpoint import connection_options
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import TransportOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Notice
from aichat.core.exchange.outcome import can_fall_back, with_fault
from aichat.core.exchange.output_limit import has_user_limit
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import uncatalogued
from aichat.disk.history.store import Store
from aichat.errors import AichatError, Interrupted, describe
from aichat.process.world import World
from aichat.term.answer.plain import EventSink, Sink


class TurnContext(NamedTuple):
    """What one exchange is carried out with.

    ``say`` takes lines for people; ``finish_answer`` has the last word on what is shown;
    ``fallbacks`` are those that may answer in place of one that cannot; ``confirm`` asks the
    user, where that is not done on the terminal as it is.
    """

    world: World
    values: Mapping[str, Any]
    sink: Sink
    recorder: Recorder
    say: Callable[[str], object]
    finish_answer: Callable[[Answer], Answer] = lambda answer: answer
    fallbacks: "FallbackAttempts | None" = None
    confirm: Callable[[str], bool | None] | None = None

    @property
    def budget_context(self) -> "BudgetContext":
        """Who asks."""
        return BudgetContext(self.world, self.values, self.say, self.recorder.store, self.confirm)


class Attempt(NamedTuple):
    """One endpoint and what it is asked; ``notices`` are of what it does not take.

    ``at`` is when, in seconds since 1970: prices are of a day.
    """

    setup: Setup
    pending: PendingTurns
    request: Request
    target: Endpoint
    notices: list[Notice]
    at: float
    watch: Callable[[list[Event]], object] | None = None  # ends it where it becomes too dear

    @property
    def name(self) -> str:
        """Provider and model, as the user could ask for them."""
        return f"{self.target.provider.id}/{self.request.model}"

    def answerer(self, secrets: tuple[str, ...], instead_of: tuple[str, ...] = ()) -> Answerer:
        """Who it is, for the record."""
        provider, model, wire = self.identity
        return Answerer(provider, model, wire, self.setup.profile, secrets, instead_of)

    def load_prices(self) -> None:
        """Look the prices up while the answer is awaited: at its end that would keep people."""
        from aichat.app.billing import answer_cost

        answer_cost.load_prices(self.target, self.request.model)

    def billed_answer(self, exchange: Exchange) -> Answer:
        """The answer as it has come, with its cost."""
        from aichat.app.billing.answer_cost import (
            with_cost,  # what costs time, and no request waits for
        )

        plan = self.setup.value("tier")
        return with_cost(exchange.answer(), self.request, self.target, plan, self.at)

    @property
    def identity(self) -> tuple[str, str, str]:
        """Provider, model and wire."""
        return self.target.provider.id, self.request.model, self.target.wire


class BudgetContext(NamedTuple):
    """Who asks: the user is told by ``say``, and asked by ``confirm`` or on the terminal."""

    world: World
    values: Mapping[str, Any]
    say: Callable[[str], object]
    store: Callable[[], Store | None]
    confirm: Callable[[str], bool | None] | None = None


#: Given one that failed, and who is told of those that cannot be asked: the others.
FallbackAttempts = Callable[[Attempt, Callable[[str], object]], Iterable[Attempt]]


def make_attempt(
    prepared: PreparedQuestion, target: Endpoint, now: float, values: Mapping[str, Any]
) -> Attempt:
    """What ``target`` is asked. Errors: what it does not take, where that may not be dropped."""
    asked, request, target = complete_request(prepared, target, now)
    request, notices = fit_request(request, target, strict=is_strict(prepared.setup, values))
    return Attempt(prepared.setup, asked, request, target, notices, now)


def final_answer(exchange: Exchange, attempt: Attempt) -> Answer:
    """The answer as it came, with its cost, judged."""
    answer = with_fault(
        attempt.billed_answer(exchange),
        user_limited=has_user_limit(attempt.request, attempt.target),
    )
    configured = attempt.setup.provider_table.get("models", ())
    names = partial(uncatalogued.names, attempt.setup.environ, attempt.target.provider, configured)
    return with_successor(answer, attempt.target, names)


def is_saved(setup: Setup, values: Mapping[str, Any]) -> bool:
    """Whether conversations are stored."""
    return setup.config_file.config.store.get("save", True) and not values["no_save"]


class StreamHooks(NamedTuple):
    """What an exchange begins with, and the answer as far as it has come, with its cost."""

    begin: Callable[[], None]
    billed_answer: Callable[[], Answer]


def carry_out(context: TurnContext, prepared: PreparedQuestion, target: Endpoint) -> Answer:
    """Send what is prepared, show the answer while it comes, store it, and give it as shown.

    Another endpoint answers where this one cannot and the profile names one. A fault of
    the provider is in the answer. Errors: what makes sending impossible, or showing;
    ``Interrupted`` only where the reader is gone.
    """
    way = with_spend_limits(
        context.budget_context,
        make_attempt(prepared, target, context.world.clock.now(), context.values),
    )
    waiting = show.WaitIndicator(context.world, context.sink, context.values)
    with waiting:
        answer = _run_attempt(context, way, waiting)
        if context.fallbacks and can_fall_back(answer):
            answer = _try_fallbacks(context, context.fallbacks, (way, answer), waiting)
    return _close_turn(context, answer)


def with_spend_limits(context: BudgetContext, attempt: Attempt) -> Attempt:
    """The same within what it may cost, where that is limited; it may have to be asked about.

    Errors: ``budget`` where it would cost more.
    """
    world, values, says, store, confirm = context
    setup = attempt.setup
    if values["max_cost"] is None and not (values["count"] or setup.value("budget")):
        return attempt
    from aichat.app.billing import budget  # looks at the store, and at every price
    from aichat.term.widgets import confirm as asking

    reach = connection_options(setup, values["timeout"], stream=False)
    case = budget.SpendCheck(
        *(world, setup, attempt.request, attempt.target, reach, store),
        lambda line: says(f"aichat: {line}"),
        confirm or partial(asking.confirm, world),
    )
    return attempt._replace(watch=budget.spend_watcher(case, values))


def _try_fallbacks(
    context: TurnContext,
    fallbacks: FallbackAttempts,
    first: tuple[Attempt, Answer],
    waiting: show.WaitIndicator,
) -> Answer:
    """What the first of the others says that can answer at all."""
    missed, answer = first

    def note(line: str) -> None:
        waiting.show([Notice("fallback", line)])

    for other in fallbacks(missed, note):
        why = describe(answer.fault) if answer.fault else ""
        try:
            other = waiting.run_paused(partial(with_spend_limits, context.budget_context, other))
        except AichatError as error:
            if error.fault.kind != "budget":
                raise
            note(describe(error.fault))
            continue
        note(f"{why}; {other.name} is asked instead")
        answer = _run_attempt(context, other, waiting, (missed, answer))
        if not can_fall_back(answer):
            break
    return answer


def _run_attempt(
    context: TurnContext,
    attempt: Attempt,
    waiting: show.WaitIndicator,
    failed: tuple[Attempt, Answer] | None = None,
) -> Answer:
    """Ask one endpoint, in place of one that could not answer if there is such."""
    world, values, sink, recorder, says = context[:5]
    reach = call_options(
        attempt.setup,
        TransportOptions(**{n: values[n] for n in TransportOptions._fields}),
        partial(waiting.say, says),
    )
    reach = reach._replace(save_image=recorder.save_image, watch=attempt.watch)

    def sent() -> None:
        waiting.on_sent()
        attempt.load_prices()

    reach = reach._replace(on_sent=sent)
    exchange = Exchange(attempt.request, attempt.target, world.clock, reach)

    def begin() -> None:
        if failed:
            recorder.begin_fallback(
                failed[1], attempt.answerer(exchange.secrets, failed[0].identity)
            )
        else:
            saves = is_saved(attempt.setup, values)
            who, asked = attempt.answerer(exchange.secrets), attempt.pending
            recorder.begin(asked.draft, who, asked.unfinished, save=saves)
        if isinstance(sink, EventSink):
            provider, model, wire = attempt.identity
            sink.begin(
                provider=provider, model=model, wire=wire, conversation=recorder.conversation
            )
        sink.show([*attempt.notices])

    _stream(
        exchange, waiting, recorder, StreamHooks(begin, lambda: attempt.billed_answer(exchange))
    )
    return final_answer(exchange, attempt)


def _close_turn(context: TurnContext, answer: Answer) -> Answer:
    answer = answer._replace(conversation=context.recorder.conversation)
    shown = context.finish_answer(answer)
    try:
        context.sink.close(shown)  # first: the store may keep us waiting
    except AichatError:
        if not (shown.fault and shown.fault.signum):  # a terminal that is gone says so by a signal
            raise
    finally:
        context.recorder.end(answer)
    return shown


def complete_request(
    prepared: PreparedQuestion, target: Endpoint, now: float
) -> tuple[PendingTurns, Request, Endpoint]:
    """What is stored, what is asked, and the endpoint with the system prompt in its place."""
    asked, request = build_request(prepared.pending, prepared.request, target, now)
    target, system = with_system(target, prepared.system)
    return asked, request._replace(messages=(*system, *request.messages)), target


def _stream(
    exchange: Exchange,
    waiting: show.WaitIndicator,
    recorder: Recorder,
    hooks: StreamHooks,
) -> None:
    """Show the answer while it comes; whatever ends it, what has come is kept."""
    try:
        hooks.begin()
        hear = recorder.event_writer
        for batch in exchange:
            waiting.show(batch)
            hear(batch)
    except Interrupted as interrupted:
        exchange.interrupt(interrupted.signum)
        if interrupted.is_closed_pipe:
            recorder.end(hooks.billed_answer())
            raise
    except AichatError as error:
        exchange.fail(error.fault)
        recorder.end(hooks.billed_answer())
        raise


def with_system(endpoint: Endpoint, system: str | None) -> tuple[Endpoint, tuple[Message, ...]]:
    """The endpoint and the system message, which takes the place of the examples' own."""
    if not system:
        return endpoint, ()
    message = Message("system", (Text(system),))
    if not endpoint.preamble:
        return endpoint, (message,)
    return endpoint._replace(preamble=(message, *endpoint.preamble[1:])), ()
