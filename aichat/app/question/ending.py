"""How a request ends: with a question, or with a cut-off answer to continue."""

from aichat import wires
from aichat.app.question.thread import PendingTurns, pending_from_path
from aichat.core.conversation.turn import Turn, is_paused
from aichat.core.exchange.request import Settings
from aichat.core.message.message import Message, Text, ToolCall, text_of
from aichat.core.provider.endpoint import Endpoint
from aichat.values import NamedTuple

#: The question for a provider that cannot continue an answer by itself.
_CONTINUE_PROMPT = "Continue exactly where your last answer stopped. Do not repeat any of it."


class RequestEnding(NamedTuple):
    """How a request ends: its turns, and the means of continuing a cut-off answer.

    ``pending`` is the question as it is stored.
    """

    pending: PendingTurns
    path: tuple[Turn, ...]
    prefill: str | None = None
    continuation: str | None = None


def request_ending(
    pending: PendingTurns, model: str, settings: Settings, target: Endpoint, now: float
) -> RequestEnding:
    """End a request: with the question, or continuing an answer by prefill, by token or in words.

    What was sent as a summary before is sent so again.
    """
    ending = _ending(pending, model, settings, target, now)
    if not any(turn.answer and turn.answer.short_form for turn in ending.path):
        return ending
    from aichat.core.conversation.short_form import shortened  # few conversations are that long

    return ending._replace(path=shortened(ending.path))


def _ending(
    pending: PendingTurns, model: str, settings: Settings, target: Endpoint, now: float
) -> RequestEnding:
    cut = pending.unfinished
    if cut is None:
        return RequestEnding(pending, pending.path)
    if cut.answer and cut.answer.background:  # all of it will come again
        empty = cut.message._replace(parts=())
        return RequestEnding(pending._replace(unfinished=cut._replace(message=empty)), pending.path)
    own = (cut.message.provider, cut.message.model) == (target.provider.id, model)
    if own and is_paused(cut):
        token = cut.answer.continuation if cut.answer else None
        path = pending.path if token else (*pending.path, cut)
        return RequestEnding(pending, path, continuation=token)
    start = _prefill_turn(cut)
    text = text_of(start.message)
    if text and _takes_prefill(settings, target):
        return RequestEnding(pending._replace(unfinished=start), pending.path, prefill=text)
    words = Turn(Message("user", (Text(_CONTINUE_PROMPT),)), now)
    path = (*pending.path, cut, words)
    return RequestEnding(pending_from_path(pending.draft, path), path)


def _takes_prefill(settings: Settings, target: Endpoint) -> bool:
    """Whether a model continues a prefill: not if it reasons first."""
    if "prefill" in wires.load(target.wire).unsupported:
        return False
    thinks = settings.effort not in (None, "none") or settings.show_reasoning
    return target.provider.takes_prefill or (target.card.prefill and not thinks)


def _prefill_turn(unfinished: Turn) -> Turn:
    """A cut-off answer as a prefill: without incomplete calls and trailing space."""
    others = [part for part in unfinished.message.parts if not isinstance(part, Text | ToolCall)]
    parts = (*others, Text(text_of(unfinished.message).rstrip()))
    return unfinished._replace(message=unfinished.message._replace(parts=parts), answer=None)
