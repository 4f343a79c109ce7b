"""Folding events into the answer they make up."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aichat.core.billing.usage import UNKNOWN_USAGE
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import (
    OUTPUT_EVENTS,
    Audio,
    Citation,
    Event,
    Failure,
    Finish,
    Heard,
    Image,
    Logprobs,
    MadeFile,
    RawItem,
    ReasoningDelta,
    ReasoningOpaque,
    RefusalDelta,
    ServerToolProgress,
    Source,
    Start,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.message.media import Media
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    ToolCall,
)
from aichat.errors import Fault

#: Faults that end our waiting for an answer, but not the answer itself.
_OUR_ENDINGS = frozenset(("interrupted", "network", "timeout", "truncated"))

_NO_TEXT, _NO_REASONING = Text(""), Reasoning("")


class AnswerBuilder:
    """Builds one answer. ``has_output`` becomes true with the first thing worth showing."""

    def __init__(self, provider: str, model: str) -> None:
        self.has_output = False
        self._provider, self._model = provider, model
        self._start = Start()
        self._open: list[tuple[tuple[str, int], Part, list[str]]] = []  # parts in order
        self._part: int | None = None  # of the text that is still growing, and its pieces
        self._pieces: list[str] = []
        self._calls: dict[int, int] = {}  # slot of a tool call -> its index in _open
        self._tools: dict[str, int] = {}  # id of a server tool -> its index in _open
        self._usage = UsageUpdate(UNKNOWN_USAGE)
        self._sources: dict[int, Source] = {}
        self._citations: list[Citation] = []
        self._audio: list[Media] = []
        self._logprobs: list[Any] = []
        self._finish: Finish | None = None
        self._heard: str | None = None
        self.fault: Fault | None = None

    def add(self, events: Iterable[Event]) -> None:
        """Add more events of the stream."""
        for event in events:
            if not self.has_output:
                self.has_output = isinstance(event, OUTPUT_EVENTS)
            if type(event) is TextDelta and event.part == self._part:
                self._pieces.append(event.text)  # the common case, thousands of times
                continue
            taker = _HANDLERS.get(type(event))
            if taker:
                taker(self, event)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the answer so far."""
        return tuple(self._sources.values())

    def fail(self, fault: Fault) -> None:
        """End the answer in ``fault``."""
        self.fault = fault

    def answer(self, first_token_s: float | None = None, total_s: float | None = None) -> Answer:
        """The answer so far."""
        parts = tuple(_close_part(part, pieces) for _, part, pieces in self._open)
        if self._audio:
            parts += (_join_audio(self._audio),)
        finish = self._finish or Finish("")
        return Answer(
            provider=self._provider,
            model=finish.model or self._start.model or self._model,
            message=Message("assistant", parts, self._provider, self._model),
            response_id=self._start.response_id,
            finish_reason=finish.reason or None,
            raw_finish=finish.raw,
            continuation=finish.token,
            usage=self._usage.usage,
            cost=self._usage.cost,
            raw_usage=self._usage.raw,
            detail=self._usage.detail,
            sources=self.sources,
            citations=tuple(self._citations),
            first_token_s=first_token_s,
            total_s=total_s,
            fault=self.fault,
            background=self._start.background and self._goes_on(),
            logprobs=tuple(self._logprobs),
            heard=self._heard,
        )

    def _goes_on(self) -> bool:
        """Whether only we stopped, and the provider goes on."""
        if self.fault:
            return self.fault.kind in _OUR_ENDINGS
        return self._finish is None

    def _append_text(self, key: tuple[str, int], empty: Part, text: str) -> None:
        """Append text to the open part of this key, or to a new one."""
        if not self._open or self._open[-1][0] != key:
            self._part = None
            self._open.append((key, empty, []))
        self._open[-1][2].append(text)

    def _add_text(self, event: TextDelta) -> None:
        self._append_text(("text", event.part), _NO_TEXT, event.text)
        self._part, self._pieces = event.part, self._open[-1][2]

    def _add_part(self, kind: str, part: Part) -> int:
        self._part = None
        self._open.append(((kind, len(self._open)), part, []))
        return len(self._open) - 1

    def _add_reasoning(self, event: ReasoningDelta) -> None:
        empty = Reasoning("", carrier=event.carrier) if event.carrier else _NO_REASONING
        self._append_text(("reasoning", event.part), empty, event.text)

    def _add_opaque(self, event: ReasoningOpaque) -> None:
        """Add state that belongs to the reasoning just read, or stands alone."""
        key = ("reasoning", event.part)
        if not self._open or self._open[-1][0] != key:
            self._part = None
            self._open.append((key, _NO_REASONING, []))
        _, _, pieces = self._open[-1]
        part = Reasoning("", event.data, event.id, event.redacted)
        self._open[-1] = (("reasoning_closed", len(self._open)), part, pieces)

    def _add_refusal(self, event: RefusalDelta) -> None:
        self._append_text(("refusal", 0), Refusal("", event.category), event.text)

    def _start_call(self, event: ToolCallStart) -> None:
        call = ToolCall(event.id, event.name, "", event.item_id, event.signature, event.kind)
        self._calls[event.slot] = self._add_part("tool_call", call)

    def _extend_call(self, event: ToolCallDelta) -> None:
        if event.slot in self._calls:
            self._open[self._calls[event.slot]][2].append(event.arguments)

    def _end_call(self, event: ToolCallEnd) -> None:
        if event.slot in self._calls:
            self._open[self._calls[event.slot]][2][:] = [event.arguments]

    def _add_server_tool(self, event: ServerToolProgress) -> None:
        part = ServerTool(
            event.id, event.tool, event.input, event.output, event.phase, event.opaque
        )
        if event.id in self._tools:
            place = self._tools[event.id]
            before = self._open[place][1]
            if isinstance(before, ServerTool):
                part = part._replace(input=part.input or before.input)
            self._open[place] = (self._open[place][0], part, [])
        else:
            self._tools[event.id] = self._add_part("server_tool", part)

    def _add_image(self, event: Image) -> None:
        if not event.partial:
            self._add_part("media", event.media)

    def _add_file(self, event: MadeFile) -> None:
        self._add_part("media", event.media)

    def _add_audio(self, event: Audio) -> None:
        self._audio.append(event.media)

    def _add_unknown(self, event: UnknownItem) -> None:
        self._add_part("raw", Raw(event.wire, event.item))

    def _add_item(self, event: RawItem) -> None:
        self._add_part("raw", Raw(event.wire, event.item, replay=True))


def _close_part(part: Part, pieces: list[str]) -> Part:
    """The part with its pieces of text joined."""
    text = "".join(pieces)
    if isinstance(part, ToolCall):
        return part._replace(arguments=text)
    if isinstance(part, Text | Reasoning | Refusal):
        return part._replace(text=text)
    return part


def _join_audio(pieces: Sequence[Media]) -> Media:
    """The pieces of sound as one part, with the type of the first; or the file with all of them."""
    whole = next((piece for piece in pieces if piece.data is None), None)
    if whole:
        return whole
    data = b"".join(piece.data or b"" for piece in pieces)
    return pieces[0]._replace(
        source=data, transcript="".join(piece.transcript or "" for piece in pieces)
    )


_HANDLERS: dict[type, Callable[[AnswerBuilder, Any], None]] = {
    TextDelta: AnswerBuilder._add_text,
    Start: lambda fold, event: setattr(fold, "_start", event),
    ReasoningDelta: AnswerBuilder._add_reasoning,
    ReasoningOpaque: AnswerBuilder._add_opaque,
    RefusalDelta: AnswerBuilder._add_refusal,
    ToolCallStart: AnswerBuilder._start_call,
    ToolCallDelta: AnswerBuilder._extend_call,
    ToolCallEnd: AnswerBuilder._end_call,
    ServerToolProgress: AnswerBuilder._add_server_tool,
    UsageUpdate: lambda fold, event: setattr(fold, "_usage", event),
    Source: lambda fold, event: fold._sources.update({event.number: event}),
    Logprobs: lambda fold, event: fold._logprobs.extend(event.content),
    Citation: lambda fold, event: fold._citations.append(event),
    Image: AnswerBuilder._add_image,
    Audio: AnswerBuilder._add_audio,
    Heard: lambda fold, event: setattr(fold, "_heard", event.text),
    MadeFile: AnswerBuilder._add_file,
    UnknownItem: AnswerBuilder._add_unknown,
    RawItem: AnswerBuilder._add_item,
    Finish: lambda fold, event: setattr(fold, "_finish", event),
    Failure: lambda fold, event: fold.fail(event.fault),
}
