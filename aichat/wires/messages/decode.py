"""Decoding a Messages answer, streamed or whole: Anthropic, xAI, llama.cpp."""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.billing.usage import Usage, UsageDetail, parse_count, parse_counts, parse_tier
from aichat.core.exchange.citations import SourceNumbers
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Notice,
    RawItem,
    ReasoningDelta,
    ReasoningOpaque,
    ServerToolProgress,
    Start,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.exchange.event import RefusalDelta as Refused
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame
from aichat.core.text.json import dumps, get_object, is_json, loads, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.shared.call_ids import CallIds
from aichat.wires.shared.endings import end_event, neutral_reason
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import made_file
from aichat.wires.shared.openai_usage import provider_cost

_IGNORED_EVENTS = frozenset(("ping", "message_stop"))


class _BlockState:
    """One content block as it streams in; ``raw`` becomes the item for replay."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.kind = str(raw.get("type", ""))
        self.pieces: dict[str, list[str]] = {}
        self.citations: list[Any] = []
        self.has_whole_input = False  # it came with the block; fragments would replace it
        self.text_start = 0  # where its text begins in the answer

    def add(self, field: str, text: str) -> None:
        """Add a fragment to one of its fields."""
        self.pieces.setdefault(field, []).append(text)

    def text(self, field: str) -> str:
        """A field, so far."""
        return "".join(self.pieces.get(field, ()))


class MessagesDecoder(JsonDecoder):
    """Decodes one answer."""

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._blocks: dict[int, _BlockState] = {}
        self._usage: dict[str, Any] = {}
        self._stop_reason: str | None = None
        self._stop_details: Mapping[str, Any] = {}
        self._length = 0
        self._sources = SourceNumbers()
        self._ids = CallIds()
        self._has_calls = self._has_broken_call = False

    def _end_body(self, events: list[Event]) -> None:
        """End the answer with the body, if it had a stop reason."""
        if self._stop_reason:
            self._end({}, events)
        else:
            super()._end_body(events)

    def _read_value(self, event: Any, _frame: Frame, events: list[Event]) -> None:
        kind = text_or_none(event.get("type")) if isinstance(event, dict) else None
        if reader := _READERS.get(kind or ""):
            reader(self, event, events)
        elif isinstance(event, dict) and event.get("error"):
            self._read_error(event, events)
        elif kind not in _IGNORED_EVENTS:
            events.append(UnknownItem("messages", event))
            if kind is None and not self._started:
                self._fail_with(Fault("protocol", "not the API: an answer without content"), events)

    def _start(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """Read a start; a second one, which only faulty proxies send, starts the answer over."""
        message = get_object(event, "message")
        if not self._started:
            self._started = True
            events.append(
                Start(text_or_none(message.get("id")), text_or_none(message.get("model")))
            )
        self._flush(events)
        self._blocks.clear()
        self._read_usage(get_object(message, "usage"), events)

    def _open_block(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index = _block_index(event)
        if index in self._blocks and self._blocks[index].kind != "closed":
            self._emit_block_end(index, self._blocks[index], events)
        block = self._blocks[index] = _BlockState(get_object(event, "content_block"))
        block.text_start = self._length
        if opener := _OPENERS.get(block.kind):
            opener(self, index, block, events)
        elif block.kind.endswith("_tool_result"):
            self._read_tool_result(block.raw, events)
        elif block.kind not in _SILENT_BLOCKS:
            events.append(UnknownItem("messages", block.raw))

    def _open_text(self, index: int, block: _BlockState, events: list[Event]) -> None:
        if block.raw.get("text"):
            self._read_text(index, block, {"text": block.raw["text"]}, events)
        for citation in objects(block.raw.get("citations")):
            self._read_citation(index, block, {"citation": citation}, events)

    def _open_thinking(self, index: int, block: _BlockState, events: list[Event]) -> None:
        if block.raw.get("thinking"):
            self._read_thinking(index, block, {"thinking": block.raw["thinking"]}, events)
        if block.raw.get("signature"):
            block.add("signature", str(block.raw["signature"]))

    def _open_redacted_thinking(self, index: int, block: _BlockState, events: list[Event]) -> None:
        data = str(block.raw.get("data") or "")
        events.append(ReasoningOpaque(data, index, redacted=True))

    def _open_tool(self, index: int, block: _BlockState, events: list[Event]) -> None:
        name = str(block.raw.get("name") or "")
        call_id = self._ids.claim(str(block.raw.get("id") or f"call_{index}"))
        block.raw["id"] = call_id
        if name:
            events.append(ToolCallStart(index, call_id, name))
            self._has_calls = True
        else:
            block.kind = "nameless"
            events.append(Notice("tool_call", "the model called a tool without naming it"))
        self._take_input(index, block)

    def _open_server_tool(self, index: int, block: _BlockState, events: list[Event]) -> None:
        self._take_input(index, block)
        name, given = str(block.raw.get("name") or "tool"), block.text("input")
        events.append(ServerToolProgress(str(block.raw.get("id") or index), name, "start", given))

    def _take_input(self, _index: int, block: _BlockState) -> None:
        """Take input that came whole with its block, as in an answer that was not streamed."""
        if block.raw.get("input"):
            given = block.raw["input"]
            block.add("input", given if isinstance(given, str) else dumps(given))
            block.has_whole_input = True

    def _read_tool_result(self, raw: Mapping[str, Any], events: list[Event]) -> None:
        content = raw.get("content")
        name = str(raw.get("type", "")).removesuffix("_tool_result")
        said = dumps(content) if content else ""
        events.append(ServerToolProgress(str(raw.get("tool_use_id", "")), name, "end", output=said))
        self._sources.add_all(content, events)
        if isinstance(content, dict):
            self._sources.add_all([content], events)
            files = (item for item in objects(content.get("content")) if item.get("file_id"))
            events += [made_file(None, f"files/{item['file_id']}") for item in files]

    def _read_delta(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, delta = _block_index(event), get_object(event, "delta")
        block = self._blocks.setdefault(index, _BlockState({"type": "text"}))
        if reader := _DELTA_READERS.get(str(delta.get("type"))):
            reader(self, index, block, delta, events)
        else:
            events.append(UnknownItem("messages", delta))

    def _read_text(
        self, index: int, block: _BlockState, delta: Mapping[str, Any], events: list[Event]
    ) -> None:
        text = str(delta.get("text") or "")
        if text:
            block.add("text", text)
            self._length += len(text)
            events.append(TextDelta(text, index))

    def _read_thinking(
        self, index: int, block: _BlockState, delta: Mapping[str, Any], events: list[Event]
    ) -> None:
        text = str(delta.get("thinking") or "")
        if text:
            block.add("thinking", text)
            events.append(ReasoningDelta(text, index))

    def _read_signature(
        self, _index: int, block: _BlockState, delta: Mapping[str, Any], _events: list[Event]
    ) -> None:
        block.add("signature", str(delta.get("signature") or ""))

    def _read_json(
        self, index: int, block: _BlockState, delta: Mapping[str, Any], events: list[Event]
    ) -> None:
        text = str(delta.get("partial_json") or "")
        if block.has_whole_input and text:
            block.pieces["input"] = []
            block.has_whole_input = False
        block.add("input", text)
        if text and block.kind == "tool_use":
            events.append(ToolCallDelta(index, text))

    def _read_compaction(
        self, _index: int, block: _BlockState, delta: Mapping[str, Any], _events: list[Event]
    ) -> None:
        """Read the summary of dropped context, which comes whole and must be sent back."""
        block.raw.update({k: v for k, v in delta.items() if k != "type" and v is not None})

    def _read_citation(
        self, _index: int, block: _BlockState, delta: Mapping[str, Any], events: list[Event]
    ) -> None:
        """Read a citation, which covers its whole text block, whose end is known once it closes."""
        cited = get_object(delta, "citation")
        block.citations.append(cited)
        if not cited.get("url"):
            events.append(UnknownItem("messages", cited))

    def _close_block(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index = _block_index(event)
        if index in self._blocks:
            self._emit_block_end(index, self._blocks[index], events)

    def _emit_block_end(self, index: int, block: _BlockState, events: list[Event]) -> None:
        if block.text("signature"):
            events.append(ReasoningOpaque(block.text("signature"), index))
        if block.kind == "tool_use":
            self._end_call(index, block.text("input") or "{}", events)
        elif block.kind == "server_tool_use":
            name = str(block.raw.get("name") or "tool")
            call = str(block.raw.get("id") or index)
            events.append(ServerToolProgress(call, name, "progress", block.text("input")))
        for cited in block.citations:
            if cited.get("url"):
                number = self._sources.add(cited, events)
                said, opaque = (
                    text_or_none(cited.get("cited_text")),
                    text_or_none(cited.get("encrypted_index")),
                )
                events.append(Citation(number, block.text_start, self._length, said, opaque))
        events.append(RawItem("messages", _replay_block(block)))
        block.kind = "closed"

    def _read_message_delta(self, event: Mapping[str, Any], events: list[Event]) -> None:
        delta = get_object(event, "delta")
        self._stop_reason = text_or_none(delta.get("stop_reason")) or self._stop_reason
        self._stop_details = get_object(delta, "stop_details") or self._stop_details
        self._read_usage(get_object(event, "usage"), events)
        if delta.get("container"):  # kept, since code can be run there again
            events.append(UnknownItem("messages", {"container": delta["container"]}))

    def _read_usage(self, raw: Mapping[str, Any], events: list[Event]) -> None:
        """Read usage: later values replace earlier ones; absent ones stay."""
        if raw:
            self._usage.update({name: value for name, value in raw.items() if value is not None})
            used = dict(self._usage)
            events.append(UsageUpdate(_usage(used), provider_cost(used), used, _usage_detail(used)))

    def _read_message(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """Read a whole answer in one body."""
        self._start({"message": event}, events)
        for index, raw in enumerate(objects(event.get("content"))):
            self._open_block({"index": index, "content_block": raw}, events)
            self._emit_block_end(index, self._blocks[index], events)
        self._stop_reason = text_or_none(event.get("stop_reason"))
        self._stop_details = get_object(event, "stop_details")
        self._end({}, events)

    def _end(self, _event: Mapping[str, Any], events: list[Event]) -> None:
        raw = self._stop_reason
        if raw is None:
            self._fail_with(Fault("truncated", "the answer ended without a stop reason"), events)
            return
        why = self._stop_details.get("explanation") or self._stop_details.get("category")
        if neutral_reason(raw) == "refusal" and why:
            events.append(Refused(str(why), text_or_none(self._stop_details.get("category"))))
        self._flush(events)
        ending = end_event(raw, has_calls=self._has_calls, are_whole=not self._has_broken_call)
        if isinstance(ending, Failure):
            self._fail_with(ending.fault, events)
            return
        self._ended = True
        events.append(ending)

    def _read_error(self, event: Mapping[str, Any], events: list[Event]) -> None:
        found = rejection.parse_rejection(event) or rejection.Rejection(
            dumps(event)[:4096] or "no reason given"
        )
        fault = error_response.classify(found)
        self._fail_with(fault._replace(request_id=text_or_none(event.get("request_id"))), events)

    def _flush(self, events: list[Event]) -> None:
        for index, block in self._blocks.items():
            if block.kind == "tool_use":
                block.kind = "closed"
                self._end_call(index, block.text("input"), events)

    def _end_call(self, index: int, arguments: str, events: list[Event]) -> None:
        self._has_broken_call = self._has_broken_call or not is_json(arguments)
        events.append(ToolCallEnd(index, arguments))


def _usage(raw: Mapping[str, Any]) -> Usage:
    """The tokens: Anthropic's counts exclude each other, ours include each other."""
    read, write = (
        parse_count(raw.get("cache_read_input_tokens")),
        parse_count(raw.get("cache_creation_input_tokens")),
    )
    fresh = parse_count(raw.get("input_tokens"))
    tools = get_object(raw, "server_tool_use")
    return Usage(
        input=None if fresh is None else fresh + (read or 0) + (write or 0),
        output=parse_count(raw.get("output_tokens")),
        cached_input=read,
        cache_write=write,
        reasoning=parse_count(get_object(raw, "output_tokens_details").get("thinking_tokens")),
        searches=parse_count(tools.get("web_search_requests")),
    )


def _usage_detail(raw: Mapping[str, Any]) -> UsageDetail:
    """Details: ``speed`` and ``service_tier`` tell the tier; a cache lasts 5 minutes or 1 hour."""
    written = get_object(raw, "cache_creation")
    return UsageDetail(
        parse_counts(write_1h=written.get("ephemeral_1h_input_tokens")),
        parse_tier(raw.get("speed"), raw.get("service_tier")),
    )


def _replay_block(block: _BlockState) -> dict[str, Any]:
    """The block as the server wants it back."""
    raw = dict(block.raw)
    for field in ("text", "thinking", "signature"):
        if block.text(field):
            raw[field] = block.text(field)
    if "input" in block.pieces:
        try:
            raw["input"] = loads(block.text("input") or "{}")
        except ValueError:
            raw["input"] = {}
    if block.citations:
        raw["citations"] = block.citations
    return raw


def _block_index(event: Mapping[str, Any]) -> int:
    index = event.get("index")
    return index if isinstance(index, int) else 0


_SILENT_BLOCKS = frozenset(("compaction",))

_READERS: dict[str, Callable[[MessagesDecoder, Mapping[str, Any], list[Event]], None]] = {
    "message_start": MessagesDecoder._start,
    "content_block_start": MessagesDecoder._open_block,
    "content_block_delta": MessagesDecoder._read_delta,
    "content_block_stop": MessagesDecoder._close_block,
    "message_delta": MessagesDecoder._read_message_delta,
    "message_stop": MessagesDecoder._end,
    "message": MessagesDecoder._read_message,
    "error": MessagesDecoder._read_error,
}

_OPENERS: dict[str, Callable[[MessagesDecoder, int, _BlockState, list[Event]], None]] = {
    "text": MessagesDecoder._open_text,
    "thinking": MessagesDecoder._open_thinking,
    "redacted_thinking": MessagesDecoder._open_redacted_thinking,
    "tool_use": MessagesDecoder._open_tool,
    "server_tool_use": MessagesDecoder._open_server_tool,
    "mcp_tool_use": MessagesDecoder._open_server_tool,
}

_DELTA_READERS: dict[
    str, Callable[[MessagesDecoder, int, _BlockState, Mapping[str, Any], list[Event]], None]
] = {
    "text_delta": MessagesDecoder._read_text,
    "thinking_delta": MessagesDecoder._read_thinking,
    "signature_delta": MessagesDecoder._read_signature,
    "input_json_delta": MessagesDecoder._read_json,
    "citations_delta": MessagesDecoder._read_citation,
    "compaction_delta": MessagesDecoder._read_compaction,
}
