"""One exchange, from what was prepared to what is stored: ``ask`` has one, ``chat`` many."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from aichat.app.calls.terms import terms
from aichat.app.exchange import show
from aichat.app.exchange.adapt import fitted, succeeded
from aichat.app.exchange.exchange import Exchange
from aichat.app.history.recorder import Answerer, Recorder
from aichat.app.question.prepare import Prepared, strict
from aichat.app.question.thread import Asked, request_of
from aichat.app.setup.endpoint import link
from aichat.app.setup.setup import Setup
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


class Turn(NamedTuple):
    """What one exchange is carried out with.

    ``says`` takes lines for people; ``end`` has the last word on what is shown;
    ``others`` are those that may answer in place of one that cannot; ``confirm`` asks the
    user, where that is not done on the terminal as it is.
    """

    world: World
    values: Mapping[str, Any]
    sink: Sink
    recorder: Recorder
    says: Callable[[str], object]
    end: Callable[[Answer], Answer] = lambda answer: answer
    others: "Others | None" = None
    confirm: Callable[[str], bool | None] | None = None

    @property
    def asker(self) -> "Asker":
        """Who asks."""
        return Asker(self.world, self.values, self.says, self.recorder.store, self.confirm)


class Way(NamedTuple):
    """One endpoint and what it is asked; ``notices`` are of what it does not take.

    ``at`` is when, in seconds since 1970: prices are of a day.
    """

    setup: Setup
    asked: Asked
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
        provider, model, wire = self.who
        return Answerer(provider, model, wire, self.setup.profile, secrets, instead_of)

    def foresee(self) -> None:
        """Look the prices up while the answer is awaited: at its end that would keep people."""
        from aichat.app.billing import answer_cost

        answer_cost.foresee(self.target, self.request.model)

    def so_far(self, exchange: Exchange) -> Answer:
        """The answer as it has come, with its cost."""
        from aichat.app.billing.answer_cost import (
            billed,  # what costs time, and no request waits for
        )

        plan = self.setup.value("tier")
        return billed(exchange.answer(), self.request, self.target, plan, self.at)

    @property
    def who(self) -> tuple[str, str, str]:
        """Provider, model and wire."""
        return self.target.provider.id, self.request.model, self.target.wire


class Asker(NamedTuple):
    """Who asks: the user is told by ``says``, and asked by ``confirm`` or on the terminal."""

    world: World
    values: Mapping[str, Any]
    says: Callable[[str], object]
    store: Callable[[], Store | None]
    confirm: Callable[[str], bool | None] | None = None


#: Given one that failed, and who is told of those that cannot be asked: the others.
Others = Callable[[Way, Callable[[str], object]], Iterable[Way]]


def way_of(prepared: Prepared, target: Endpoint, now: float, values: Mapping[str, Any]) -> Way:
    """What ``target`` is asked. Errors: what it does not take, where that may not be dropped."""
    asked, request, target = request_for(prepared, target, now)
    request, notices = fitted(request, target, strict=strict(prepared.setup, values))
    return Way(prepared.setup, asked, request, target, notices, now)


def concluded(exchange: Exchange, way: Way) -> Answer:
    """The answer as it came, with its cost, judged."""
    answer = with_fault(way.so_far(exchange), user_limited=has_user_limit(way.request, way.target))
    configured = way.setup.table.get("models", ())
    names = partial(uncatalogued.names, way.setup.environ, way.target.provider, configured)
    return succeeded(answer, way.target, names)


def is_saved(setup: Setup, values: Mapping[str, Any]) -> bool:
    """Whether conversations are stored."""
    return setup.loaded.config.store.get("save", True) and not values["no_save"]


class Ends(NamedTuple):
    """What an exchange begins with, and the answer as far as it has come, with its cost."""

    begin: Callable[[], None]
    so_far: Callable[[], Answer]


def carry_out(turn: Turn, prepared: Prepared, target: Endpoint) -> Answer:
    """Send what is prepared, show the answer while it comes, store it, and give it as shown.

    Another endpoint answers where this one cannot and the profile names one. A fault of
    the provider is in the answer. Errors: what makes sending impossible, or showing;
    ``Interrupted`` only where the reader is gone.
    """
    way = within(turn.asker, way_of(prepared, target, turn.world.clock.now(), turn.values))
    waiting = show.Waiting(turn.world, turn.sink, turn.values)
    with waiting:
        answer = _attempt(turn, way, waiting)
        if turn.others and can_fall_back(answer):
            answer = _fallen_back(turn, turn.others, (way, answer), waiting)
    return _ended(turn, answer)


def within(asker: Asker, way: Way) -> Way:
    """The same within what it may cost, where that is limited; it may have to be asked about.

    Errors: ``budget`` where it would cost more.
    """
    world, values, says, store, confirm = asker
    setup = way.setup
    if values["max_cost"] is None and not (values["count"] or setup.value("budget")):
        return way
    from aichat.app.billing import budget  # looks at the store, and at every price
    from aichat.term.widgets import confirm as asking

    reach = link(setup, values["timeout"], stream=False)
    case = budget.Case(
        *(world, setup, way.request, way.target, reach, store),
        lambda line: says(f"aichat: {line}"),
        confirm or partial(asking.confirm, world),
    )
    return way._replace(watch=budget.watch(case, values))


def _fallen_back(
    turn: Turn, others: Others, first: tuple[Way, Answer], waiting: show.Waiting
) -> Answer:
    """What the first of the others says that can answer at all."""
    missed, answer = first

    def note(line: str) -> None:
        waiting.show([Notice("fallback", line)])

    for other in others(missed, note):
        why = describe(answer.fault) if answer.fault else ""
        try:
            other = waiting.paused(partial(within, turn.asker, other))
        except AichatError as error:
            if error.fault.kind != "budget":
                raise
            note(describe(error.fault))
            continue
        note(f"{why}; {other.name} is asked instead")
        answer = _attempt(turn, other, waiting, (missed, answer))
        if not can_fall_back(answer):
            break
    return answer


def _attempt(
    turn: Turn, way: Way, waiting: show.Waiting, missed: tuple[Way, Answer] | None = None
) -> Answer:
    """Ask one endpoint, in place of one that could not answer if there is such."""
    world, values, sink, recorder, says = turn[:5]
    reach = terms(way.setup, values, partial(waiting.say, says))
    reach = reach._replace(keeps=recorder.keep, watch=way.watch)

    def sent() -> None:
        waiting.sent()
        way.foresee()

    reach = reach._replace(on_sent=sent)
    exchange = Exchange(way.request, way.target, world.clock, reach)

    def begin() -> None:
        if missed:
            recorder.instead(missed[1], way.answerer(exchange.secrets, missed[0].who))
        else:
            saves = is_saved(way.setup, values)
            who, asked = way.answerer(exchange.secrets), way.asked
            recorder.begin(asked.draft, who, asked.cut, saves=saves)
        if isinstance(sink, EventSink):
            provider, model, wire = way.who
            sink.begin(
                provider=provider, model=model, wire=wire, conversation=recorder.conversation
            )
        sink.show([*way.notices])

    _stream(exchange, waiting, recorder, Ends(begin, lambda: way.so_far(exchange)))
    return concluded(exchange, way)


def _ended(turn: Turn, answer: Answer) -> Answer:
    answer = answer._replace(conversation=turn.recorder.conversation)
    shown = turn.end(answer)
    try:
        turn.sink.close(shown)  # first: the store may keep us waiting
    except AichatError:
        if not (shown.fault and shown.fault.signum):  # a terminal that is gone says so by a signal
            raise
    finally:
        turn.recorder.end(answer)
    return shown


def request_for(
    prepared: Prepared, target: Endpoint, now: float
) -> tuple[Asked, Request, Endpoint]:
    """What is stored, what is asked, and the endpoint with the system prompt in its place."""
    asked, request = request_of(prepared.asked, prepared.request, target, now)
    target, system = with_system(target, prepared.system)
    return asked, request._replace(messages=(*system, *request.messages)), target


def _stream(
    exchange: Exchange,
    waiting: show.Waiting,
    recorder: Recorder,
    ends: Ends,
) -> None:
    """Show the answer while it comes; whatever ends it, what has come is kept."""
    try:
        ends.begin()
        hear = recorder.hear
        for batch in exchange:
            waiting.show(batch)
            hear(batch)
    except Interrupted as interrupted:
        exchange.interrupt(interrupted.signum)
        if interrupted.is_closed_pipe:
            recorder.end(ends.so_far())
            raise
    except AichatError as error:
        exchange.fail(error.fault)
        recorder.end(ends.so_far())
        raise


def with_system(endpoint: Endpoint, system: str | None) -> tuple[Endpoint, tuple[Message, ...]]:
    """The endpoint and the system message, which takes the place of the examples' own."""
    if not system:
        return endpoint, ()
    message = Message("system", (Text(system),))
    if not endpoint.preamble:
        return endpoint, (message,)
    return endpoint._replace(preamble=(message, *endpoint.preamble[1:])), ()
