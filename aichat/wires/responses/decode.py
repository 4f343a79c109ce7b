"""Decoding a Responses answer, streamed or whole: OpenAI, xAI, Perplexity, Groq, llama.cpp.

Everything is keyed by ``output_index``, since items overlap; an item is
authoritative only in its ``done`` event, which is also used for replay.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.billing.usage import parse_counts
from aichat.core.exchange.event import (
    Event,
    Failure,
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
    UnknownItem,
)
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame
from aichat.core.text.json import dumps, get_object, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.responses import WIRE_NAME
from aichat.wires.responses.calls import ClientCalls, initial_arguments
from aichat.wires.responses.items import (
    REDUNDANT_EVENTS,
    THOUGHT_STEPS,
    TOOL_PROGRESS,
    ItemState,
    content_index,
    image_mime,
    item_id,
    named_item,
    output_index,
    tool_input,
    tool_name,
)
from aichat.wires.shared.cited_text import CitedText
from aichat.wires.shared.endings import end_event
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import made_file, read_image
from aichat.wires.shared.openai_usage import responses_usage

_UNFINISHED_STATUSES = ("in_progress", "queued")


class ResponsesDecoder(JsonDecoder):
    """Decodes one answer; ``calls`` decides which of its items are calls for the client.

    ``limit`` is the output limit if the server does not report reaching it: then
    that many tokens mean that the answer was cut off.
    """

    def __init__(self, calls: ClientCalls, limit: int | None = None) -> None:
        self._calls, self._limit = calls, limit
        super().__init__()
        self._started = False
        self._items: dict[int, ItemState] = {}
        self._indexes: dict[str, int] = {}  # item id -> output index
        self._finished_ids: set[str] = set()
        self._cited = CitedText()
        self._searches = self._file_searches = 0
        self._containers: set[str] = set()  # those code was run in
        self._refused = False

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
        """Keep an unknown event; if none was ever of this wire, the server is not the API."""
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
        index = self._place(event)
        self._indexes[named_item(event)] = index
        self._open_item(index, get_object(event, "item"), events)

    def _open_item(self, index: int, item: Mapping[str, Any], events: list[Event]) -> ItemState:
        kind = str(item.get("type", ""))
        earlier = self._items.get(index)
        if earlier and earlier.kind != "done":  # a new item has its index, so it has ended
            events += self._calls.end(earlier, earlier.arguments)
        state = self._items[index] = ItemState(kind, item_id(item, index))
        state.initial_arguments = initial_arguments(item)
        if self._calls.is_ours(item):
            events += self._calls.open(state, item, index)
        elif kind.endswith("_call") and not self._calls.is_client_item(kind):
            events.append(ServerToolProgress(state.id, tool_name(item), "start", tool_input(item)))
        return state

    def _place(self, event: Mapping[str, Any]) -> int:
        """The output index of an event's item: by index, else by id, else the last one."""
        if isinstance(event.get("output_index"), int):
            return output_index(event)
        known = self._indexes.get(named_item(event))
        if known is None and event.get("type") == "response.output_item.added":
            return len(self._items)
        return known if known is not None else next(reversed(self._items), 0)

    def _read_text_delta(self, event: Mapping[str, Any], events: list[Event]) -> None:
        text = event.get("delta")
        if isinstance(text, str) and text:
            self._emit_text(self._place(event), content_index(event), text, events)
            self._emit_logprobs(event, events)

    def _emit_logprobs(self, told: Mapping[str, Any], events: list[Event]) -> None:
        if told.get("logprobs"):
            from aichat.wires.shared.logprobs import token_logprobs  # few ask for them

            events.append(token_logprobs(told["logprobs"]))

    def _emit_text(self, index: int, content: int, text: str, events: list[Event]) -> None:
        self._cited.begin((index, content))
        self._item_state(index).has_deltas = True
        self._cited.pieces.append(text)
        events.append(TextDelta(text, index))

    def _read_annotation(self, event: Mapping[str, Any], events: list[Event]) -> None:
        place = (self._place(event), content_index(event))
        self._item_state(place[0]).has_citations = True
        self._cite(place, get_object(event, "annotation"), events)

    def _cite(self, place: tuple[int, int], cited: Mapping[str, Any], events: list[Event]) -> None:
        if cited.get("url"):
            self._cited.cite(place, cited, events)
        elif cited.get("container_id") and cited.get("file_id"):
            address = f"containers/{cited['container_id']}/files/{cited['file_id']}"
            events.append(made_file(cited.get("filename"), address))
        else:
            events.append(UnknownItem(WIRE_NAME, cited))

    def _read_refusal(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("delta"):
            self._refused = self._item_state(self._place(event)).has_deltas = True
            events.append(RefusalDelta(str(event["delta"])))

    def _read_reasoning(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("delta"):
            self._item_state(self._place(event)).has_deltas = True
            events.append(ReasoningDelta(str(event["delta"]), self._place(event)))

    def _read_summary_part(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("summary_index"):
            events.append(ReasoningDelta("\n\n", self._place(event)))

    def _read_thought(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """Read Perplexity's progress: thoughts, queries and results apart from the output."""
        if event.get("thought"):
            events.append(ReasoningDelta(f"{event['thought']}\n"))
        asked = event.get("queries") or event.get("urls")
        if asked:
            tool = str(event.get("type")).rsplit(".", 1)[-1]
            call = str(event.get("call_id") or "")
            events.append(ServerToolProgress(call, tool, "progress", dumps(asked)))
        self._read_results(event.get("results"), events)

    def _read_results(self, results: Any, events: list[Event]) -> None:
        self._cited.has_marks = self._cited.has_marks or bool(results)
        self._cited.sources.add_all(results, events)

    def _read_arguments(self, event: Mapping[str, Any], events: list[Event]) -> None:
        state = self._item_state(self._place(event))
        if text := str(event.get("delta") or ""):
            state.pieces.append(text)
            if state.slot is not None:
                events.append(ToolCallDelta(state.slot, text))

    def _read_arguments_done(self, event: Mapping[str, Any], _events: list[Event]) -> None:
        if event.get("arguments"):
            self._item_state(self._place(event)).pieces = [str(event["arguments"])]

    def _read_partial_image(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if data := event.get("partial_image_b64"):
            events.append(read_image(image_mime(event), str(data), partial=True))

    def _read_item_done(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, item = self._place(event), get_object(event, "item")
        state = self._items.get(index)
        if state is None or (state.kind == "done" and not state.is_same(item)):
            state = self._open_item(index, item, events)
        elif state.kind == "done":  # a repetition
            return
        state.item = item
        kind = str(item.get("type", ""))
        if state.slot is None and self._calls.is_ours(item):
            events += self._calls.open(state, item, index)
        if state.slot is not None:
            events += self._calls.end(state, initial_arguments(item) or state.arguments)
            item = {**item, "call_id": state.call_id} if "call_id" in item else item
        elif closer := _CLOSERS.get(kind):
            closer(self, index, item, events)
        elif self._calls.is_client_item(kind):
            events += self._calls.end(state, "")
        elif kind.endswith("_call"):
            self._end_server_tool(index, item, events)
        state.kind = "done"
        self._finished_ids.add(state.id)
        events.append(RawItem(WIRE_NAME, item))

    def _close_message(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        """The whole message, where no delta told it."""
        state = self._item_state(index)
        shown, cited = state.has_deltas, state.has_citations
        for place, part in enumerate(objects(item.get("content"))):
            if part.get("text") and not shown:
                self._emit_text(index, place, str(part["text"]), events)
                self._emit_logprobs(part, events)
            if part.get("refusal") and not shown:
                self._refused = True
                events.append(RefusalDelta(str(part["refusal"])))
            for annotation in () if cited else objects(part.get("annotations")):
                self._cite((index, place), annotation, events)

    def _close_reasoning(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        if not self._item_state(index).has_deltas:
            told = [*objects(item.get("summary")), *objects(item.get("content"))]
            if text := "\n\n".join(str(part["text"]) for part in told if part.get("text")):
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
        self._file_searches += item.get("type") == "file_search_call"
        if container := text_or_none(item.get("container_id")):
            self._containers.add(container)
        output = item.get("outputs") or item.get("output") or item.get("error") or ""
        text = output if isinstance(output, str) else dumps(output)
        tool_id = self._item_state(index).id
        events.append(ServerToolProgress(tool_id, tool_name(item), "end", tool_input(item), text))
        self._cited.find(action.get("sources"))

    def _item_state(self, index: int) -> ItemState:
        return self._items.setdefault(index, ItemState("", str(index)))

    def _read_error(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """Read an error: ``error`` comes first, and ``response.failed`` may repeat it."""
        body = get_object(event, "response") if event.get("type") == "response.failed" else event
        self._read_usage(get_object(event, "response"), events)
        body = body if body.get("error") else event
        found = rejection.parse_rejection(body) or rejection.Rejection(
            dumps(event)[:4096] or "no reason given"
        )
        self._fail_with(error_response.classify(found), events)

    def _flush(self, events: list[Event]) -> None:
        self._cited.close(events)
        for state in self._items.values():
            if state.kind != "done":
                events += self._calls.end(state, state.arguments)
                state.kind = "done"

    def _end(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """Read the terminal event, or a whole answer: report what was not streamed."""
        response = get_object(event, "response")
        self._start(event, events)
        for index, item in enumerate(objects(response.get("output"))):
            state = self._items.get(index)
            is_told = state is not None and state.kind == "done"
            if not is_told and str(item.get("id") or "") not in self._finished_ids:
                self._read_item_done({"output_index": index, "item": item}, events)
        status = text_or_none(response.get("status")) or _status_of(event)
        if status == "failed" or response.get("error"):
            self._read_error({"type": "response.failed", "response": response}, events)
            return
        self._read_usage(response, events)
        if status in _UNFINISHED_STATUSES:
            self._fail_with(
                Fault("truncated", f"the answer is incomplete: {status}", code=status), events
            )
            return
        self._flush(events)
        ending = self._last_event(status, response)
        if isinstance(ending, Failure):
            self._fail_with(ending.fault, events)
            return
        self._ended = True
        events.append(ending._replace(model=text_or_none(response.get("model"))))

    def _read_usage(self, response: Mapping[str, Any], events: list[Event]) -> None:
        usage = response.get("usage")
        if isinstance(usage, dict):
            tools = get_object(response, "tool_usage")
            tier = text_or_none(response.get("service_tier"))
            told = responses_usage(usage, tools, self._searches or None, tier)
            extra = parse_counts(file_search=self._file_searches, tool_call=len(self._containers))
            detail = told.detail._replace(counts={**told.detail.counts, **extra})
            events.append(told._replace(detail=detail))

    def _last_event(self, status: str, response: Mapping[str, Any]) -> Finish | Failure:
        """The last event: by the reason if the answer is incomplete, else by its status."""
        why = get_object(response, "incomplete_details").get("reason")
        if status == "incomplete" and why is None:
            return Finish("length", status)
        event = end_event(
            str(why) if status == "incomplete" else status,
            has_calls=self._calls.count > 0,
            are_whole=self._calls.are_whole,
            refused=self._refused,
        )
        if isinstance(event, Finish) and event.reason == "stop" and self._is_at_limit(response):
            return event._replace(reason="length")
        return event

    def _is_at_limit(self, response: Mapping[str, Any]) -> bool:
        written = get_object(response, "usage").get("output_tokens")
        return self._limit is not None and isinstance(written, int) and written >= self._limit


def _status_of(event: Mapping[str, Any]) -> str:
    """The status in the name of the last event, for a response that has none itself."""
    named = str(event.get("type")).removeprefix("response.")
    return named if named in ("incomplete", "cancelled") else "completed"


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
