"""What a turn returns: the answer, whole or as far as it got."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from aichat.core.billing.money import BILLION, Cost, total_cost
from aichat.core.billing.usage import NO_DETAIL, UNKNOWN_USAGE, Usage, UsageDetail
from aichat.core.exchange.event import Citation, Source
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Reasoning, Refusal, Text, ToolCall, text_of
from aichat.errors import Fault
from aichat.values import NamedTuple

#: The finish reasons of a complete answer.
COMPLETE_REASONS = frozenset(("stop", "tool_calls"))


class SchemaOutcome(NamedTuple):
    """How an answer was made to match a schema, and whether it had to be corrected once."""

    mode: str
    repaired: bool = False


class ToolRun(NamedTuple):
    """A tool call of a turn and its outcome; ``result`` is as the model got it."""

    call: ToolCall
    round: int
    status: str
    result: str
    seconds: float


class ShortForm(NamedTuple):
    """How a conversation that no longer fits was sent: ``text`` in place of the first ``turns``."""

    turns: int
    text: str


class SummaryUse(NamedTuple):
    """What the summary before an answer used; it is counted separately."""

    usage: Usage
    cost: Cost | None


class StepAnswer(NamedTuple):
    """The answer to one step of a prompt, and what it used."""

    provider: str
    model: str
    text: str
    usage: Usage
    cost: Cost | None


class Answer(NamedTuple):
    """One answer and everything known about it; times are in seconds."""

    provider: str
    model: str
    message: Message
    response_id: str | None = None
    finish_reason: str | None = None
    raw_finish: str | None = None
    continuation: str | None = None
    usage: Usage = UNKNOWN_USAGE
    cost: Cost | None = None
    raw_usage: Any = None
    sources: tuple[Source, ...] = ()
    citations: tuple[Citation, ...] = ()
    first_token_s: float | None = None
    total_s: float | None = None
    fault: Fault | None = None
    request_id: str | None = None
    conversation: str | None = None  # the one it is stored in
    retries: int = 0  # failed attempts before this one
    limits: Mapping[str, str] = {}  # its rate-limit headers
    detail: UsageDetail = NO_DETAIL  # for the bill
    saved: int | None = None  # billionths of the cost's currency that caching saved
    background: bool = False  # the provider is still working on it, under its id
    rounds: int = 0  # how often the model was asked, if it had local tools
    tool_runs: tuple[ToolRun, ...] = ()  # the local calls of all rounds

    schema: SchemaOutcome | None = None
    value: Any = None  # what matches the schema; not stored, since it is in the text
    logprobs: tuple[Any, ...] = ()  # of the text's tokens, if asked for; not stored
    short_form: ShortForm | None = None  # if older turns were sent as a summary
    summary: SummaryUse | None = None  # if that was made for this answer; not stored
    steps: tuple[StepAnswer, ...] = ()  # all steps of a prompt with several; not stored
    heard: str | None = None  # what the user said, if it was spoken

    @property
    def text(self) -> str:
        """The answer's text."""
        return text_of(self.message)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """What it wants to have run."""
        return tuple(part for part in self.message.parts if isinstance(part, ToolCall))

    @property
    def images(self) -> tuple[Media, ...]:
        """The pictures in it."""
        return tuple(part for part in self._media if part.kind == "image")

    @property
    def audio(self) -> tuple[Media, ...]:
        """The sound in it."""
        return tuple(part for part in self._media if part.kind == "audio")

    @property
    def files(self) -> tuple[Media, ...]:
        """All other media that came with it."""
        return tuple(part for part in self._media if part.kind not in ("image", "audio"))

    @property
    def _media(self) -> tuple[Media, ...]:
        return tuple(part for part in self.message.parts if isinstance(part, Media))

    @property
    def whole_cost(self) -> Cost | None:
        """Its cost, with that of a summary made for it; None if either is unknown."""
        costs = (self.cost, self.summary.cost) if self.summary else (self.cost,)
        return total_cost(costs)

    @property
    def is_complete(self) -> bool:
        """Whether the model finished by itself."""
        return self.fault is None and self.finish_reason in COMPLETE_REASONS


def answer_json(answer: Answer) -> dict[str, Any]:
    """The ``--json`` object: always the same shape, with None for what is unknown."""
    message = answer.message
    document = {
        "version": 1,
        "provider": answer.provider or None,
        "model": answer.model or None,
        "response_id": answer.response_id,
        "text": answer.text,
        "reasoning": _join_parts(message, Reasoning),
        "refusal": _join_parts(message, Refusal),
        "citations": _citations(answer),
        "tool_calls": [
            *map(_run_json, answer.tool_runs),
            *(_call_json(part) for part in message.parts if _is_left(part, answer.tool_runs)),
        ],
        "images": [{"mime": image.mime, "path": image.address} for image in answer.images],
        **_sound_and_files(answer),
        "finish_reason": answer.finish_reason,
        "complete": answer.is_complete,
        "usage": answer.usage._asdict(),
        "cost": cost_json(answer.whole_cost, answer.saved),
        "timing": {"first_token_s": answer.first_token_s, "total_s": answer.total_s},
        "conversation": answer.conversation,
        **({"background": True} if answer.background else {}),
        "error": fault_json(answer.fault) if answer.fault else None,
    }
    if answer.logprobs:
        document["logprobs"] = list(answer.logprobs)
    if answer.summary and answer.short_form:
        usage, cost = answer.summary
        told = {"turns": answer.short_form.turns, "usage": usage._asdict()}
        document["summary"] = told | {"cost": cost_json(cost)}
    if answer.schema:
        document |= {"json": answer.value, "schema": answer.schema._asdict()}
    if answer.steps:
        document["steps"] = [*map(_step_json, answer.steps)]
    return document | ({"rounds": answer.rounds} if answer.rounds else {})


def _step_json(step: StepAnswer) -> dict[str, Any]:
    return step._asdict() | {"usage": step.usage._asdict(), "cost": cost_json(step.cost)}


def _is_left(part: Part, runs: tuple[ToolRun, ...]) -> TypeGuard[ToolCall]:
    """Whether it is a tool call that was not run."""
    return isinstance(part, ToolCall) and all(run.call != part for run in runs)


def _call_json(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def _run_json(run: ToolRun) -> dict[str, Any]:
    return _call_json(run.call) | {name: getattr(run, name) for name in ToolRun._fields[1:]}


def _sound_and_files(answer: Answer) -> dict[str, Any]:
    """The fields that only an answer with such media has."""
    audio = [
        {"mime": each.mime, "path": each.address, "transcript": each.transcript}
        for each in answer.audio
    ]
    files = [{"mime": each.mime, "path": each.address, "name": each.name} for each in answer.files]
    return ({"audio": audio} if audio else {}) | ({"files": files} if files else {})


def fault_json(fault: Fault) -> dict[str, Any]:
    """The ``error`` of ``--json``."""
    names = ("kind", "message", "hint", "status", "code", "request_id", "retry_after")
    return {name: getattr(fault, name) for name in names} | {"exit": fault.exit_code}


def cost_json(cost: Cost | None, saved: int | None = None) -> dict[str, Any]:
    """Money in the currency's own unit, to the last of its nine decimals.

    ``saved`` is what caching saved, negative if it cost more.
    """
    if cost is None:
        return dict.fromkeys(("amount", "currency", "estimated", "source", "saved"))
    spared = None if saved is None else saved / BILLION
    return cost._asdict() | {"amount": cost.amount / BILLION, "saved": spared}


def _join_parts(message: Message, kind: type[Reasoning | Refusal | Text]) -> str | None:
    found = [part.text for part in message.parts if isinstance(part, kind)]
    return "".join(found) or None


def _citations(answer: Answer) -> list[dict[str, Any]]:
    """Every cited span with its source, then the sources that no span cites."""
    sources = {source.number: source for source in answer.sources}
    cited = {citation.number for citation in answer.citations}
    spans = [*answer.citations, *(Citation(n) for n in sources if n not in cited)]
    return [_citation(span, sources.get(span.number)) for span in spans]


def _citation(span: Citation, source: Source | None) -> dict[str, Any]:
    url, title = (source.url, source.title) if source else (None, None)
    place = {"index": span.number, "url": url, "title": title, "start": span.start, "end": span.end}
    return place | ({"redirect": source.redirect} if source and source.redirect else {})
