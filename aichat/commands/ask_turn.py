"""One exchange, from what was prepared to what is stored: ``ask`` has one, ``chat`` many."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from aichat.commands import ask_show
from aichat.commands.ask_conversation import Asked, request_of
from aichat.commands.ask_request import Prepared, strict
from aichat.core.answer import Answer
from aichat.core.compose import with_system
from aichat.core.endpoint import Endpoint
from aichat.core.outcome import judged
from aichat.core.request import Request
from aichat.errors import AichatError, Interrupted, usage_error
from aichat.exchange import Exchange, Terms
from aichat.fitting import fitted, own_limit, succeeded
from aichat.recorder import Answerer, Recorder
from aichat.resolve import Setup, link
from aichat.term.plain import EventSink, Sink
from aichat.term.world import World


class Turn(NamedTuple):
    """What one exchange is carried out with.

    ``says`` takes lines for people; ``end`` has the last word on what is shown.
    """

    world: World
    values: Mapping[str, Any]
    sink: Sink
    recorder: Recorder
    says: Callable[[str], object]
    end: Callable[[Answer], Answer] = lambda answer: answer


class Ends(NamedTuple):
    """What an exchange begins with, and the answer as far as it has come, with its cost."""

    begin: Callable[[], None]
    so_far: Callable[[], Answer]


def carry_out(turn: Turn, prepared: Prepared, target: Endpoint) -> Answer:
    """Send what is prepared, show the answer while it comes, store it, and give it as shown.

    A fault of the provider is in the answer. Errors: what makes sending impossible,
    or showing; ``Interrupted`` only where the reader is gone.
    """
    world, values, sink, recorder, says, _ = turn
    setup = prepared.setup
    asked, request, target = request_for(prepared, target, world.clock.now())
    request, notices = fitted(request, target, strict=strict(setup, values))
    waiting = ask_show.Waiting(world, sink, values)
    reach = terms(setup, values, partial(waiting.say, says))._replace(on_sent=waiting.sent)
    exchange = Exchange(request, target, world.clock, reach)
    who = Answerer(target.provider.id, request.model, target.wire, setup.profile, exchange.secrets)
    saves = setup.loaded.config.store.get("save", True) and not values["no_save"]

    def begin() -> None:
        recorder.begin(asked.draft, who, asked.cut, saves=saves)
        if isinstance(sink, EventSink):
            facts = {"provider": who.provider, "model": who.model, "wire": who.wire}
            sink.begin(**facts, conversation=recorder.conversation)
        sink.show([*notices])

    def so_far() -> Answer:
        from aichat.billing import billed  # what costs time and is needed only now

        plan = setup.value("tier")
        return billed(exchange.answer(), request, target, plan, world.clock.now())

    with waiting:
        _stream(exchange, waiting, recorder, Ends(begin, so_far))
    answer = judged(so_far(), own_limit=own_limit(request, target))
    configured = setup.table.get("models", ())
    return _ended(turn, succeeded(answer, target, request.model, configured))


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
    waiting: ask_show.Waiting,
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
        if interrupted.closed_pipe:
            recorder.end(ends.so_far())
            raise
    except AichatError as error:
        exchange.fail(error.fault)
        recorder.end(ends.so_far())
        raise


def terms(setup: Setup, values: Mapping[str, Any], say: Callable[[str], object]) -> Terms:
    """The terms on which the net is used; ``say`` is told every step, if that is wanted."""
    reach = link(setup, values["timeout"], stream=not values["no_stream"])
    retries = 2 if values["retries"] is None else values["retries"]
    if retries < 0 or (values["timeout"] is not None and values["timeout"] <= 0):
        raise usage_error("--retries and --timeout take numbers above 0")
    debug = (lambda line: say(f"aichat: debug: {line}")) if values["debug"] else None
    drops = setup.loaded.config.store.get("overflow", "drop") == "drop"
    return Terms(reach, retries, drops, debug)
