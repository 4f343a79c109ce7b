"""One turn, from the prepared question to the stored answer: ``ask`` has one, ``chat`` many."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aichat import wires
from aichat.app.calls.caller import CallOptions
from aichat.app.calls.options import CallHooks, call_options
from aichat.app.calls.refusals import refusal_memory
from aichat.app.exchange.context import TurnContext, Watch, spend_watch
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.final_answer import (
    billed_answer,
    check_extract,
    final_answer,
    load_prices,
)
from aichat.app.exchange.show import WaitIndicator
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.request import Attempt, make_attempt
from aichat.app.setup.endpoint import connection_options
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Image, Notice
from aichat.core.exchange.outcome import can_fall_back
from aichat.core.exchange.request import Request
from aichat.core.message.media import Url
from aichat.core.message.message import Part, Text, has_media, text_of
from aichat.core.provider.realtime import is_realtime
from aichat.core.text.clock import Clock
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Interrupted, describe
from aichat.process.world import World
from aichat.term.answer.plain import AnswerStart

#: Characters of a request that fit into a socket's buffer, and a guess for other parts.
_SOON_CHARACTERS, _GUESSED_CHARACTERS = 32_000, 1_000

if TYPE_CHECKING:
    from aichat.app.exchange.recovery.fallback import Fallback
    from aichat.core.message.json_schema.output import AnswerSchema


def is_saved(setup: Setup, options: AskOptions) -> bool:
    """Whether conversations are stored."""
    saves: bool = setup.config_file.config.store.get("save", True)
    return saves and not options.conversation.no_save


def mirror_folder(setup: Setup) -> Path | None:
    """The folder of the Markdown mirror; a relative path starts at the config folder."""
    folder = setup.config_file.config.store.get("mirror")
    return setup.folder / expand_path(folder) if folder else None


def carry_out(context: TurnContext, question: PreparedQuestion, setup: Setup) -> Answer:
    """Send a prepared question, show the answer as it streams, store it, and return it as shown.

    If this endpoint cannot answer, the profile's fallbacks are tried. A fault of the provider
    is in the answer. Errors: whatever makes sending or showing impossible; ``Interrupted``
    only if the reader is gone.
    """
    world, options, sink = context[:3]
    fallback = _fallback(context, question, setup)
    target = context.targets.endpoint_for(setup)
    attempt = make_attempt(question, setup, options, target, world.clock.now())
    if context.review:
        attempt = attempt._replace(notices=(*attempt.notices, *context.review(attempt)))
    if options.conversation.cached:
        attempt = _with_stored_answer(context, attempt)
    stands = context.settle is not None
    if context.settle and not is_soon_written(attempt.request):
        context.settle()
        stands = False
    watch = None if attempt.stored else spend_watch(context.budget_context, attempt)
    waiting, began = WaitIndicator(world, sink, options.output, stands), world.clock.monotonic()
    with waiting:
        answer = _run_attempt(context, waiting, attempt, watch)
        if answer.fault and answer.fault.kind == "context_length":
            from aichat.app.exchange.recovery.overflow import ask_shortened  # few are that long

            first = (attempt, answer)
            attempt, answer = ask_shortened(context, question, first, waiting, _run_attempt)
        if fallback and can_fall_back(answer):
            attempt, answer = _try_fallbacks(context, fallback, (attempt, answer), waiting)
        shown = stored = answer
        if question.schema:
            shown, stored = _hold_to_schema(context, question.schema, (attempt, answer), waiting)
    shown = _close_turn(context, shown, stored)
    if options.conversation.cached and shown.fault is None:
        _remember_answer(context, attempt)
    if not (shown.fault and shown.fault.signum):
        notify_of_end(world, options, setup, world.clock.monotonic() - began)
    return shown


def is_soon_written(request: Request) -> bool:
    """Whether a request can be written without blocking."""
    messages = request.messages
    if any(map(has_media, messages)):
        return False
    size = sum(_size(part) for message in messages for part in message.parts)
    return size < _SOON_CHARACTERS


def _size(part: Part) -> int:
    """The approximate number of characters of a part."""
    return len(part.text) if isinstance(part, Text) else _GUESSED_CHARACTERS


def _with_stored_answer(context: TurnContext, attempt: Attempt) -> Attempt:
    from aichat.app.exchange import stored_answer  # few ask for it

    return stored_answer.with_stored_answer(attempt, context.world, context.recorder)


def _remember_answer(context: TurnContext, attempt: Attempt) -> None:
    from aichat.app.exchange import stored_answer

    stored_answer.remember_answer(attempt, context.world, context.recorder)


def notify_of_end(world: World, options: AskOptions, setup: Setup, seconds: float) -> None:
    """Notify the user of the end, if it took long."""
    limit = setup.config_file.config.ui.get("notify")
    if options.output.quiet or not world.stdout_tty or limit == 0:
        return
    from aichat.term.widgets.notify import NOTIFY_SECONDS, notify

    if seconds > (NOTIFY_SECONDS if limit is None else limit):
        notify(world, f"the answer has ended, after {seconds:.0f} s")


def _fallback(context: TurnContext, question: PreparedQuestion, setup: Setup) -> "Fallback | None":
    """The fallbacks, if any. Errors: ``config``, before anything has failed."""
    if setup.conduct.fallback is None:
        return None
    from aichat.app.exchange.recovery.fallback import Fallback, fallback_names

    world, options = context.world, context.options
    return Fallback(world, options, context.targets, question, setup, fallback_names(setup))


def _try_fallbacks(
    context: TurnContext,
    fallback: "Fallback",
    first: tuple[Attempt, Answer],
    waiting: WaitIndicator,
) -> tuple[Attempt, Answer]:
    """The answer of the first fallback that can answer."""
    failed, answer = first
    asked = failed

    def note(line: str) -> None:
        waiting.show([Notice("fallback", line)])

    for other in fallback.attempts(failed, note):
        why = describe(answer.fault) if answer.fault else ""
        try:
            watch = waiting.run_paused(partial(spend_watch, context.budget_context, other))
        except AichatError as error:
            if error.fault.kind != "budget":
                raise
            note(describe(error.fault))
            continue
        note(f"{why}; {other.name} is used instead")
        answer = _run_attempt(context, waiting, other, watch, (failed, answer))
        asked = other
        if not can_fall_back(answer):
            break
    return asked, answer


def _hold_to_schema(
    context: TurnContext,
    asked: "AnswerSchema",
    first: tuple[Attempt, Answer],
    waiting: WaitIndicator,
) -> tuple[Answer, Answer]:
    """The answers to show and to store; one that does not match the schema is corrected."""
    from aichat.app.exchange.recovery.correction import settle  # few ask for it

    attempt, answer = first

    def tell(line: str) -> None:
        waiting.show([Notice("schema", line)])

    def send(request: Request, options: AskOptions) -> Answer | None:
        again = attempt._replace(request=request, notices=())
        budget = context.budget_context._replace(options=options, unrecorded=answer.cost)
        try:
            watch = waiting.run_paused(partial(spend_watch, budget, again))
        except AichatError as error:
            if error.fault.kind != "budget":
                raise
            tell(describe(error.fault))
            return None
        return _run_attempt(context, waiting, again, watch, first)

    return settle(answer, asked, context.options, attempt.request, tell, send)


def _run_attempt(
    context: TurnContext,
    waiting: WaitIndicator,
    attempt: Attempt,
    watch: Watch | None,
    failed: tuple[Attempt, Answer] | None = None,
) -> Answer:
    """Ask one endpoint and show its answer as it streams; what has arrived is kept in any case.

    ``failed`` is the attempt that failed before, and its answer.
    """
    recorder, clock = context.recorder, context.world.clock
    memory = refusal_memory(context.world, attempt.target, attempt.request.model)
    on_sent = partial(_on_sent, context, waiting, attempt)
    pool = context.targets.pool
    place = _media_placer(context, waiting, attempt)
    keep = media_keeper(recorder.keep_media, context.options, attempt)
    hooks = CallHooks(on_sent, keep, watch, None, memory, pool, place)
    options = call_options(attempt.setup, context.options.transport, waiting.say, hooks)
    options = options._replace(drop_old_turns=options.drop_old_turns or context.drops_turns)
    exchange = _exchange(context, attempt, clock, options)
    try:
        _begin(context, waiting, attempt, exchange.secrets, failed)
        write_events = recorder.event_writer
        for batch in exchange:
            write_events(batch)
            waiting.show(batch)
    except Interrupted as interrupted:
        exchange.interrupt(interrupted.signum)
        if interrupted.is_closed_pipe:
            recorder.end(billed_answer(exchange, attempt))
            raise
    except AichatError as error:
        exchange.fail(error.fault)
        recorder.end(billed_answer(exchange, attempt))
        raise
    return final_answer(exchange, attempt)


KeepMedia = Callable[[list[Event]], list[Event]]


def media_keeper(keep: KeepMedia, options: AskOptions, attempt: Attempt) -> KeepMedia:
    """``keep``, extended to media for which the provider gives a URL."""

    def fetch(events: list[Event]) -> list[Event]:
        if any(isinstance(e, Image) and isinstance(e.media.source, Url) for e in events):
            from aichat.app.media.results import fetch_results  # few answers have any

            timeout = options.transport.timeout
            terms = connection_options(attempt.setup, timeout, stream=False)
            events = fetch_results(events, attempt.target, terms)
        return keep(events)

    return fetch


def _media_placer(
    context: TurnContext, waiting: WaitIndicator, attempt: Attempt
) -> Callable[[Request], Request] | None:
    """The uploader, which shows its progress in place of the sign of life."""
    if not any(map(has_media, attempt.request.messages)):
        return None
    from aichat.app.media.files.placer import media_placer  # most questions show nothing

    asked = (attempt.setup, attempt.target, attempt.request)
    place = media_placer(context.world, context.options, asked, waiting.say)
    return place and (lambda request: waiting.run_paused(partial(place, request)))


def _exchange(
    context: TurnContext, attempt: Attempt, clock: Clock, options: CallOptions
) -> Exchange:
    """The exchange that asks, or starts a background answer, or fetches one."""
    request, target, answer_id = attempt.request, attempt.target, attempt.background_id
    if attempt.stored:
        from aichat.app.exchange.stored_answer import StoredAnswer

        return StoredAnswer(attempt.stored, request, target, clock, options)
    if is_realtime(target.wire):
        from aichat.app.exchange.live.exchange import (
            LiveExchange,  # it loads what speaks on sockets
        )

        return LiveExchange(context.live, request, target, clock, options)
    if not (answer_id or context.options.conversation.background):
        return Exchange(request, target, clock, options)
    from aichat.app.exchange import background  # few answers are

    if answer_id:
        return background.BackgroundAnswer(answer_id, request, target, clock, options)
    request = background.in_background(request, target)
    return background.BackgroundStart(request, target, clock, options)


def _on_sent(context: TurnContext, waiting: WaitIndicator, attempt: Attempt) -> None:
    context.recorder.begin_journal()
    if context.settle:
        context.settle()
    waiting.on_sent()
    wires.load_decoder(attempt.target.wire)
    load_prices(attempt)


def _begin(
    context: TurnContext,
    waiting: WaitIndicator,
    attempt: Attempt,
    secrets: tuple[str, ...],
    failed: tuple[Attempt, Answer] | None,
) -> None:
    """Store the question, and tell the sink which model is asked."""
    recorder, sink = context.recorder, context.sink
    if failed:
        other = failed[0].identity if failed[0].identity != attempt.identity else ()
        recorder.begin_fallback(failed[1], attempt.answerer(secrets, other))
    else:
        saves, pending = is_saved(attempt.setup, context.options), attempt.pending
        who, mirror = attempt.answerer(secrets), mirror_folder(attempt.setup)
        recorder.begin(pending.draft, who, pending.unfinished, save=saves, mirror=mirror)
    cut = attempt.pending.unfinished
    begun = text_of(cut.message) if cut and not failed else ""
    waiting.begin(AnswerStart(*attempt.identity, recorder.conversation, begun))
    sink.show([*attempt.notices])


def _close_turn(context: TurnContext, answer: Answer, stored: Answer) -> Answer:
    """Show the end of the answer, and store it; the stored one may contain less."""
    conversation = context.recorder.conversation
    answer = answer._replace(conversation=conversation)
    shown = check_extract(answer, context.options.output)
    if context.live:
        context.live.limits.answers.append(shown)
    try:
        context.sink.close(shown)  # first, since the store may keep us waiting
    except AichatError:
        if not (shown.fault and shown.fault.signum):  # after a signal the terminal may be gone
            raise
    finally:
        context.recorder.end(stored._replace(conversation=conversation))
    return shown
