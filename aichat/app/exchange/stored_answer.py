"""Answers from the store, for exactly the same request."""

from collections.abc import Iterator
from typing import Any

from aichat.app.calls.caller import CallOptions, as_sent
from aichat.app.exchange.exchange import Exchange
from aichat.app.history.recorder import Recorder
from aichat.app.question.request import Attempt
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import NO_DETAIL, Usage
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import (
    Event,
    Finish,
    Notice,
    ReasoningDelta,
    ServerToolProgress,
    Start,
    TextDelta,
    ToolCallEnd,
    ToolCallStart,
)
from aichat.core.exchange.request import Request
from aichat.core.message.message import Part, Reasoning, ServerTool, Text, ToolCall, has_media
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.core.text.dates import format_time
from aichat.disk.cache import answers
from aichat.disk.cache.json_file import cache_folder
from aichat.errors import usage_error
from aichat.net.transport.tape import exchange_name
from aichat.process.world import World


def check_cached(options: AskOptions) -> None:
    """Raise (``usage``) for options that ``--cached`` does not go with."""
    conversation = options.conversation
    others = {"--background": conversation.background, "--resume": conversation.resume}
    others |= {"--live": options.transport.live}
    if found := next((name for name, given in others.items() if given), None):
        raise usage_error(f"--cached and {found} cannot be combined")


def with_stored_answer(attempt: Attempt, world: World, recorder: Recorder) -> Attempt:
    """``attempt`` with a stored answer, if the same was asked with ``--cached`` before."""
    name = _name(attempt)
    place = answers.read(cache_folder(world.environ), name) if name else None
    store = recorder.store() if place else None
    about = store.find_by_id(place.conversation) if store and place else None
    if store is None or about is None or place is None:
        return attempt
    turns = store.conversation(about).turns
    found = next((turn for turn in turns if turn.number == place.number), None)
    return attempt._replace(stored=found) if found and _is_reusable(found) else attempt


def remember_answer(attempt: Attempt, world: World, recorder: Recorder) -> None:
    """Remember where the answer was stored, for the same request."""
    turn, conversation = recorder.answer_turn, recorder.conversation
    if not (turn and turn.number and conversation and _is_reusable(turn)) or attempt.stored:
        return
    if name := _name(attempt):
        place = answers.AnswerPlace(conversation, turn.number)
        answers.write(cache_folder(world.environ), name, place)


def _name(attempt: Attempt) -> str:
    """The name of the request; empty if it depends on files that are not uploaded yet."""
    if any(map(has_media, attempt.request.messages)):
        from aichat.app.media.files.placer import preview_uploads  # most questions show nothing

        if preview_uploads(attempt.request, attempt.target)[1]:
            return ""
    given = attempt.call()
    sent = as_sent(given, attempt.target)
    if sent is given:
        return exchange_name(given)
    # two questions may leave as the same, and are not: what was replaced counts too
    return f"{exchange_name(sent)}-{exchange_name(given).rpartition('-')[2]}"


def _is_reusable(turn: Turn) -> bool:
    """Whether an answer is complete, text only, and was not changed afterwards."""
    answer = turn.answer
    whole = answer is not None and answer.is_complete and not has_media(turn.message)
    return whole and not (answer and answer.schema and answer.schema.repaired)


class StoredAnswer(Exchange):
    """Replays a stored answer as events; nothing is sent."""

    def __init__(
        self,
        stored: Turn,
        request: Request,
        endpoint: Endpoint,
        clock: Clock,
        options: CallOptions,
    ) -> None:
        super().__init__(request, endpoint, clock, options)
        self._stored, self._prefill = stored, None  # already in its text

    def __iter__(self) -> Iterator[list[Event]]:
        when = format_time(self._stored.at)
        why = f"the answer to the same question of {when}, from the store: nothing was sent"
        yield self._process_events([Notice("cached", why), *_answer_events(self._stored)])

    def answer(self) -> Answer:
        """The answer, at no cost; if interrupted, as far as it got."""
        told, stored = super().answer(), self._stored.answer
        if stored is None or told.fault:
            return told
        return stored._replace(
            usage=Usage(0, 0),
            cost=Cost(0, source="store"),
            saved=0,
            raw_usage=None,
            detail=NO_DETAIL,
            first_token_s=told.first_token_s,
            total_s=told.total_s,
            request_id=None,
            retries=0,
            limits={},
            rounds=0,
            tool_runs=(),
        )


def _answer_events(stored: Turn) -> Iterator[Event]:
    """The events for a stored answer."""
    answer = stored.answer
    if answer is None:
        return
    yield Start(answer.response_id, answer.model)
    for place, part in enumerate(stored.message.parts):
        yield from _part_events(place, part)
    yield from answer.sources
    yield from answer.citations
    yield Finish(answer.finish_reason or "stop", answer.raw_finish)


def _part_events(place: int, part: Part) -> Iterator[Any]:
    if isinstance(part, Text):
        yield TextDelta(part.text, place)
    elif isinstance(part, Reasoning):
        yield ReasoningDelta(part.text, place)
    elif isinstance(part, ToolCall):
        yield ToolCallStart(place, part.id, part.name, kind=part.kind)
        yield ToolCallEnd(place, part.arguments)
    elif isinstance(part, ServerTool):
        yield ServerToolProgress(part.id, part.tool, "end", part.input, part.output)
