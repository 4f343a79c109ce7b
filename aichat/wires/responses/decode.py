"""Reading a Responses answer, streamed or whole: OpenAI, xAI, Perplexity, Groq, llama.cpp.

Everything is keyed by ``output_index``, since items overlap; an item is
authoritative only in its ``done`` event, which is also what replay needs.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.exchange.citations import SourceNumbers, span
from aichat.core.exchange.event import (
    Citation,
    Event,
    Finish,
    Notice,
    RawItem,
    ReasoningDelta,
    ReasoningOpaque,
    RefusalDelta,
    ServerToolProgress,
    Start,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
)
from aichat.core.http import error_response
from aichat.core.http.sse import Frame
from aichat.core.text.json import dumps, get_object, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.responses.items import (
    REDUNDANT_EVENTS,
    THOUGHT_STEPS,
    TOOL_PROGRESS,
    ItemState,
    content_index,
    image_mime,
    item_id,
    output_index,
    tool_input,
    tool_name,
)
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import read_image
from aichat.wires.shared.openai_usage import responses_usage

WIRE_NAME = "responses"  # of the wire, which raw items carry

_FINISH_REASONS = {"completed": "stop", "cancelled": "cancelled", "requires_action": "tool_calls"}
_INCOMPLETE_REASONS = {
    "content_filter": "content_filter",
    "max_output_tokens": "length",
    "None": "length",
}
_UNFINISHED_STATUSES = ("in_progress", "queued")
_CLIENT_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}


class ResponsesDecoder(JsonDecoder):
    """Reads one answer. ``declared`` are the names of the tools that the request offered.

    ``limit`` is the output limit where the server does not tell that it was
    reached: then as many tokens as allowed mean a cut.
    """

    def __init__(self, declared: frozenset[str], limit: int | None = None) -> None:
        self._declared, self._limit = declared, limit
        super().__init__()
        self._started = False
        self._items: dict[int, ItemState] = {}
        self._text_starts: dict[
            tuple[int, int], int
        ] = {}  # where each text part begins in the text
        self._text: list[str] = []
        self._length = 0
        self._calls = self._searches = 0
        self._refused = self._has_citations = self._has_markers = False
        self._sources = SourceNumbers()

    def _read_value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        if not isinstance(value, dict):
            self._read_unknown(value, events)
        elif reader := _READERS.get(str(value.get("type"))):
            reader(self, value, events)
        else:
            self._read_other(value, events)

    def _read_other(self, event: dict[str, Any], events: list[Event]) -> None:
        kind = str(event.get("type") or "")
        if event.get("object") == "response" or "output" in event:
            self._end({"response": event}, events)
        elif event.get("error") or (event.get("code") and event.get("message")):
            self._read_error(event, events)
        elif found := TOOL_PROGRESS.fullmatch(kind):
            if found[2] not in ("in_progress", "completed", "partial_image"):
                place = str(event.get("item_id", ""))
                events.append(ServerToolProgress(place, found[1], "progress", output=found[2]))
        elif not REDUNDANT_EVENTS.fullmatch(kind):
            self._read_unknown(event, events)

    def _read_unknown(self, event: Any, events: list[Event]) -> None:
        """Unknown events are kept; what was never an event of this wire is not the API."""
        events.append(UnknownItem(WIRE_NAME, event))
        if not self._started and not (isinstance(event, dict) and text_or_none(event.get("type"))):
            self._fail_with(Fault("protocol", "not the API: an answer without output"), events)

    def _start(self, event: Mapping[str, Any], events: list[Event]) -> None:
        response = event.get("response")
        if isinstance(response, dict) and not self._started:
            self._started = True
            events.append(
                Start(text_or_none(response.get("id")), text_or_none(response.get("model")))
            )
        if event.get("type") == "response.queued":
            events.append(Notice("queued", "the provider has queued the request"))

    def _read_item_added(self, event: Mapping[str, Any], events: list[Event]) -> None:
        self._open_item(output_index(event), get_object(event, "item"), events)

    def _open_item(self, index: int, item: Mapping[str, Any], events: list[Event]) -> ItemState:
        kind = str(item.get("type", ""))
        state = self._items[index] = ItemState(kind, item_id(item, index))
        name = str(item.get("name") or "")
        # a call whose name the request did not declare is the provider's own
        if kind in _CLIENT_CALLS and name in self._declared:
            state.is_call = True
            self._calls += 1
            call_id = str(item.get("call_id") or item.get("id") or f"call_{index}")
            style = "custom" if kind == "custom_tool_call" else "function"
            state.initial_arguments = text_or_none(item.get(_CLIENT_CALLS[kind])) or ""
            signature, own = (
                text_or_none(item.get("thought_signature")),
                text_or_none(item.get("id")),
            )
            events.append(ToolCallStart(index, call_id, name, own, signature, style))
        elif kind in _CLIENT_CALLS or kind.endswith("_call"):
            events.append(ServerToolProgress(state.id, tool_name(item), "start", tool_input(item)))
        return state

    def _read_text_delta(self, event: Mapping[str, Any], events: list[Event]) -> None:
        text = event.get("delta")
        if isinstance(text, str) and text:
            self._emit_text(output_index(event), content_index(event), text, events)

    def _emit_text(self, index: int, content: int, text: str, events: list[Event]) -> None:
        self._text_starts.setdefault((index, content), self._length)
        self._item_state(index).has_deltas = True
        self._text.append(text)
        self._length += len(text)
        events.append(TextDelta(text, index))

    def _read_annotation(self, event: Mapping[str, Any], events: list[Event]) -> None:
        place = (output_index(event), content_index(event))
        self._item_state(place[0]).has_citations = True
        self._cite(place, get_object(event, "annotation"), events)

    def _cite(self, place: tuple[int, int], cited: Mapping[str, Any], events: list[Event]) -> None:
        if not cited.get("url"):
            events.append(UnknownItem(WIRE_NAME, cited))
            return
        self._has_citations = True
        start, end = span(cited)
        base = self._text_starts.get(place, 0)
        title = cited.get("title")
        named = (
            {**cited, "title": None} if str(title).isdigit() else cited
        )  # xAI: the marker's number
        number = self._sources.add(named, events)
        if start is None or end is None:
            events.append(Citation(number))
        else:
            events.append(Citation(number, base + start, base + end))

    def _read_refusal(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("delta"):
            self._refused = self._item_state(output_index(event)).has_deltas = True
            events.append(RefusalDelta(str(event["delta"])))

    def _read_reasoning(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("delta"):
            self._item_state(output_index(event)).has_deltas = True
            events.append(ReasoningDelta(str(event["delta"]), output_index(event)))

    def _read_summary_part(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("summary_index"):
            events.append(ReasoningDelta("\n\n", output_index(event)))

    def _read_thought(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """Perplexity's progress: thoughts, queries and results beside the output."""
        if event.get("thought"):
            events.append(ReasoningDelta(f"{event['thought']}\n"))
        asked = event.get("queries") or event.get("urls")
        if asked:
            tool = str(event.get("type")).rsplit(".", 1)[-1]
            call = str(event.get("call_id") or "")
            events.append(ServerToolProgress(call, tool, "progress", dumps(asked)))
        self._read_results(event.get("results"), events)

    def _read_results(self, results: Any, events: list[Event]) -> None:
        self._has_markers = self._has_markers or bool(results)
        self._sources.add_all(results, events)

    def _read_arguments(self, event: Mapping[str, Any], events: list[Event]) -> None:
        state = self._item_state(output_index(event))
        text = str(event.get("delta") or "")
        if state.is_call and text:
            state.pieces.append(text)
            events.append(ToolCallDelta(output_index(event), text))

    def _read_arguments_done(self, event: Mapping[str, Any], _events: list[Event]) -> None:
        if event.get("arguments"):
            self._item_state(output_index(event)).pieces = [str(event["arguments"])]

    def _read_partial_image(self, event: Mapping[str, Any], events: list[Event]) -> None:
        data = event.get("partial_image_b64")
        if data:
            events.append(read_image(image_mime(event), str(data), partial=True))

    def _read_item_done(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, item = output_index(event), get_object(event, "item")
        state = self._items.get(index) or self._open_item(index, item, events)
        kind = str(item.get("type", ""))
        if state.is_call:
            whole = item.get(_CLIENT_CALLS.get(kind, "arguments")) or state.arguments
            events.append(ToolCallEnd(index, str(whole)))
        elif closer := _CLOSERS.get(kind):
            closer(self, index, item, events)
        elif kind.endswith("_call"):
            self._end_server_tool(index, item, events)
        state.kind = "done"
        events.append(RawItem(WIRE_NAME, item))

    def _close_message(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        """The whole message, where no delta told it."""
        state = self._item_state(index)
        shown, cited = state.has_deltas, state.has_citations
        for place, part in enumerate(objects(item.get("content"))):
            if part.get("text") and not shown:
                self._emit_text(index, place, str(part["text"]), events)
            if part.get("refusal") and not shown:
                self._refused = True
                events.append(RefusalDelta(str(part["refusal"])))
            for annotation in () if cited else objects(part.get("annotations")):
                self._cite((index, place), annotation, events)

    def _close_reasoning(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        if not self._item_state(index).has_deltas:
            told = [*objects(item.get("summary")), *objects(item.get("content"))]
            text = "\n\n".join(str(part["text"]) for part in told if part.get("text"))
            if text:
                events.append(ReasoningDelta(text, index))
        if item.get("encrypted_content"):
            opaque = str(item["encrypted_content"])
            events.append(ReasoningOpaque(opaque, index, text_or_none(item.get("id"))))

    def _close_results(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        self._searches += 1
        queries = dumps(item.get("queries") or [])
        events.append(ServerToolProgress(self._item_state(index).id, "search_web", "end", queries))
        self._read_results(item.get("results"), events)

    def _close_image(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        self._end_server_tool(index, {**item, "result": None}, events)
        if item.get("result"):
            events.append(read_image(image_mime(item), str(item["result"])))

    def _end_server_tool(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        action = get_object(item, "action")
        self._searches += action.get("type") == "search" or (
            not action and item.get("type") == "web_search_call"
        )
        output = item.get("outputs") or item.get("output") or item.get("error") or ""
        text = output if isinstance(output, str) else dumps(output)
        tool_id = self._item_state(index).id
        events.append(ServerToolProgress(tool_id, tool_name(item), "end", tool_input(item), text))
        self._sources.add_all(action.get("sources"), events)

    def _item_state(self, index: int) -> ItemState:
        return self._items.setdefault(index, ItemState("", str(index)))

    def _read_error(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """``error`` comes first and ``response.failed`` may repeat it: the first one counts."""
        body = get_object(event, "response") if event.get("type") == "response.failed" else event
        self._read_usage(get_object(event, "response"), events)
        body = body if body.get("error") else event
        found = error_response.parse_rejection(body) or error_response.Rejection(
            dumps(event)[:4096] or "no reason given"
        )
        self._fail_with(error_response.classify(found), events)

    def _flush(self, events: list[Event]) -> None:
        for index, state in self._items.items():
            if state.is_call and state.kind != "done":
                events.append(ToolCallEnd(index, state.arguments))

    def _end(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """The terminal event, or a whole answer: what was not streamed is told now."""
        response = get_object(event, "response")
        self._start(event, events)
        for index, item in enumerate(objects(response.get("output"))):
            state = self._items.get(index)
            if state is None or state.kind != "done":
                self._read_item_done({"output_index": index, "item": item}, events)
        named = str(event.get("type")).removeprefix("response.")
        named = named if named in ("incomplete", "cancelled") else "completed"
        status = text_or_none(response.get("status")) or named
        if status == "failed" or response.get("error"):
            self._read_error({"type": "response.failed", "response": response}, events)
            return
        self._read_usage(response, events)
        why = str(get_object(response, "incomplete_details").get("reason"))
        if status in _UNFINISHED_STATUSES or (
            status == "incomplete" and why not in _INCOMPLETE_REASONS
        ):
            told = why if status == "incomplete" else status
            self._fail_with(
                Fault("truncated", f"the answer is not whole: {told}", code=told), events
            )
            return
        self._flush(events)
        if self._has_markers and not self._has_citations:
            events += self._sources.find_citations("".join(self._text))
        self._ended = True
        events.append(self._finish_event(status, response))

    def _read_usage(self, response: Mapping[str, Any], events: list[Event]) -> None:
        usage = response.get("usage")
        if isinstance(usage, dict):
            tools = get_object(response, "tool_usage")
            tier = text_or_none(response.get("service_tier"))
            events.append(responses_usage(usage, tools, self._searches or None, tier))

    def _finish_event(self, status: str, response: Mapping[str, Any]) -> Finish:
        """The neutral reason; presets name the model that answered only here."""
        why, model = (
            get_object(response, "incomplete_details").get("reason"),
            text_or_none(response.get("model")),
        )
        if status == "incomplete":
            reason = _INCOMPLETE_REASONS[str(why)]
            return Finish(reason, str(why or status), model=model)
        reason = _FINISH_REASONS.get(status, "stop")
        if reason == "stop" and self._is_at_limit(response):
            reason = "length"
        elif reason == "stop" and self._calls:
            reason = "tool_calls"
        elif reason == "stop" and self._refused:
            reason = "refusal"
        return Finish(reason, status, model=model)

    def _is_at_limit(self, response: Mapping[str, Any]) -> bool:
        written = get_object(response, "usage").get("output_tokens")
        return self._limit is not None and isinstance(written, int) and written >= self._limit


_Reader = Callable[[ResponsesDecoder, Mapping[str, Any], list[Event]], None]

_READERS: dict[str, _Reader] = {
    "response.created": ResponsesDecoder._start,
    "response.queued": ResponsesDecoder._start,
    "response.output_item.added": ResponsesDecoder._read_item_added,
    "response.output_item.done": ResponsesDecoder._read_item_done,
    "response.output_text.delta": ResponsesDecoder._read_text_delta,
    "response.output_text.annotation.added": ResponsesDecoder._read_annotation,
    "response.refusal.delta": ResponsesDecoder._read_refusal,
    "response.reasoning_summary_text.delta": ResponsesDecoder._read_reasoning,
    "response.reasoning_text.delta": ResponsesDecoder._read_reasoning,
    "response.reasoning_summary_part.added": ResponsesDecoder._read_summary_part,
    **{f"response.reasoning.{step}": ResponsesDecoder._read_thought for step in THOUGHT_STEPS},
    "response.function_call_arguments.delta": ResponsesDecoder._read_arguments,
    "response.custom_tool_call_input.delta": ResponsesDecoder._read_arguments,
    "response.function_call_arguments.done": ResponsesDecoder._read_arguments_done,
    "response.image_generation_call.partial_image": ResponsesDecoder._read_partial_image,
    "response.completed": ResponsesDecoder._end,
    "response.incomplete": ResponsesDecoder._end,
    "response.cancelled": ResponsesDecoder._end,
    "response.done": ResponsesDecoder._end,
    "response.failed": ResponsesDecoder._read_error,
    "error": ResponsesDecoder._read_error,
}

_CLOSERS: dict[str, Callable[[ResponsesDecoder, int, Mapping[str, Any], list[Event]], None]] = {
    "message": ResponsesDecoder._close_message,
    "reasoning": ResponsesDecoder._close_reasoning,
    "search_results": ResponsesDecoder._close_results,
    "image_generation_call": ResponsesDecoder._close_image,
}
