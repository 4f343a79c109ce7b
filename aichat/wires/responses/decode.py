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
    Image,
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
    PROGRESS,
    QUIET,
    THOUGHTS,
    ItemState,
    content_index,
    image_mime,
    item_id,
    output_index,
    tool_input,
    tool_name,
)
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.openai_usage import responses_usage

NAME = "responses"  # of the wire, which raw items carry

_STATUSES = {"completed": "stop", "cancelled": "cancelled", "requires_action": "tool_calls"}
_INCOMPLETE = {"content_filter": "content_filter", "max_output_tokens": "length", "None": "length"}
_UNFINISHED = ("in_progress", "queued")
_CLIENT_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}


class Decoder(JsonDecoder):
    """Reads one answer. ``declared`` are the names of the tools that the request offered.

    ``limit`` is the output limit where the server does not tell that it was
    reached: then as many tokens as allowed mean a cut.
    """

    def __init__(self, declared: frozenset[str], limit: int | None = None) -> None:
        self._declared, self._limit = declared, limit
        super().__init__()
        self._started = False
        self._items: dict[int, ItemState] = {}
        self._bases: dict[tuple[int, int], int] = {}  # where each text part begins in the text
        self._text: list[str] = []
        self._length = 0
        self._calls = self._searches = 0
        self._refused = self._cited = self._marked = False
        self._sources = SourceNumbers()

    def _value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        if not isinstance(value, dict):
            self._strange(value, events)
        elif reader := _READERS.get(str(value.get("type"))):
            reader(self, value, events)
        else:
            self._other(value, events)

    def _other(self, event: dict[str, Any], events: list[Event]) -> None:
        kind = str(event.get("type") or "")
        if event.get("object") == "response" or "output" in event:
            self._end({"response": event}, events)
        elif event.get("error") or (event.get("code") and event.get("message")):
            self._fail(event, events)
        elif found := PROGRESS.fullmatch(kind):
            if found[2] not in ("in_progress", "completed", "partial_image"):
                place = str(event.get("item_id", ""))
                events.append(ServerToolProgress(place, found[1], "progress", output=found[2]))
        elif not QUIET.fullmatch(kind):
            self._strange(event, events)

    def _strange(self, event: Any, events: list[Event]) -> None:
        """Unknown events are kept; what was never an event of this wire is not the API."""
        events.append(UnknownItem(NAME, event))
        if not self._started and not (isinstance(event, dict) and text_or_none(event.get("type"))):
            self._stop(Fault("protocol", "not the API: an answer without output"), events)

    def _start(self, event: Mapping[str, Any], events: list[Event]) -> None:
        response = event.get("response")
        if isinstance(response, dict) and not self._started:
            self._started = True
            events.append(
                Start(text_or_none(response.get("id")), text_or_none(response.get("model")))
            )
        if event.get("type") == "response.queued":
            events.append(Notice("queued", "the provider has queued the request"))

    def _added(self, event: Mapping[str, Any], events: list[Event]) -> None:
        self._open(output_index(event), get_object(event, "item"), events)

    def _open(self, index: int, item: Mapping[str, Any], events: list[Event]) -> ItemState:
        kind = str(item.get("type", ""))
        state = self._items[index] = ItemState(kind, item_id(item, index))
        name = str(item.get("name") or "")
        # a call whose name the request did not declare is the provider's own
        if kind in _CLIENT_CALLS and name in self._declared:
            state.call = True
            self._calls += 1
            call_id = str(item.get("call_id") or item.get("id") or f"call_{index}")
            style = "custom" if kind == "custom_tool_call" else "function"
            state.given = text_or_none(item.get(_CLIENT_CALLS[kind])) or ""
            signature, own = (
                text_or_none(item.get("thought_signature")),
                text_or_none(item.get("id")),
            )
            events.append(ToolCallStart(index, call_id, name, own, signature, style))
        elif kind in _CLIENT_CALLS or kind.endswith("_call"):
            events.append(ServerToolProgress(state.id, tool_name(item), "start", tool_input(item)))
        return state

    def _text_delta(self, event: Mapping[str, Any], events: list[Event]) -> None:
        text = event.get("delta")
        if isinstance(text, str) and text:
            self._say(output_index(event), content_index(event), text, events)

    def _say(self, index: int, content: int, text: str, events: list[Event]) -> None:
        self._bases.setdefault((index, content), self._length)
        self._state(index).shown = True
        self._text.append(text)
        self._length += len(text)
        events.append(TextDelta(text, index))

    def _annotation(self, event: Mapping[str, Any], events: list[Event]) -> None:
        place = (output_index(event), content_index(event))
        self._state(place[0]).cited = True
        self._cite(place, get_object(event, "annotation"), events)

    def _cite(self, place: tuple[int, int], cited: Mapping[str, Any], events: list[Event]) -> None:
        if not cited.get("url"):
            events.append(UnknownItem(NAME, cited))
            return
        self._cited = True
        start, end = span(cited)
        base = self._bases.get(place, 0)
        title = cited.get("title")
        named = (
            {**cited, "title": None} if str(title).isdigit() else cited
        )  # xAI: the marker's number
        number = self._sources.add(named, events)
        if start is None or end is None:
            events.append(Citation(number))
        else:
            events.append(Citation(number, base + start, base + end))

    def _refusal(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("delta"):
            self._refused = self._state(output_index(event)).shown = True
            events.append(RefusalDelta(str(event["delta"])))

    def _reasoning(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("delta"):
            self._state(output_index(event)).shown = True
            events.append(ReasoningDelta(str(event["delta"]), output_index(event)))

    def _summary_part(self, event: Mapping[str, Any], events: list[Event]) -> None:
        if event.get("summary_index"):
            events.append(ReasoningDelta("\n\n", output_index(event)))

    def _thought(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """Perplexity's progress: thoughts, queries and results beside the output."""
        if event.get("thought"):
            events.append(ReasoningDelta(f"{event['thought']}\n"))
        asked = event.get("queries") or event.get("urls")
        if asked:
            tool = str(event.get("type")).rsplit(".", 1)[-1]
            call = str(event.get("call_id") or "")
            events.append(ServerToolProgress(call, tool, "progress", dumps(asked)))
        self._see_results(event.get("results"), events)

    def _see_results(self, results: Any, events: list[Event]) -> None:
        self._marked = self._marked or bool(results)
        self._sources.add_all(results, events)

    def _arguments(self, event: Mapping[str, Any], events: list[Event]) -> None:
        state = self._state(output_index(event))
        text = str(event.get("delta") or "")
        if state.call and text:
            state.pieces.append(text)
            events.append(ToolCallDelta(output_index(event), text))

    def _arguments_done(self, event: Mapping[str, Any], _events: list[Event]) -> None:
        if event.get("arguments"):
            self._state(output_index(event)).pieces = [str(event["arguments"])]

    def _picture(self, event: Mapping[str, Any], events: list[Event]) -> None:
        data = event.get("partial_image_b64")
        if data:
            events.append(Image(image_mime(event), str(data), partial=True))

    def _item_done(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, item = output_index(event), get_object(event, "item")
        state = self._items.get(index) or self._open(index, item, events)
        kind = str(item.get("type", ""))
        if state.call:
            whole = item.get(_CLIENT_CALLS.get(kind, "arguments")) or state.arguments
            events.append(ToolCallEnd(index, str(whole)))
        elif closer := _CLOSERS.get(kind):
            closer(self, index, item, events)
        elif kind.endswith("_call"):
            self._ran(index, item, events)
        state.kind = "done"
        events.append(RawItem(NAME, item))

    def _close_message(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        """The whole message, where no delta told it."""
        state = self._state(index)
        shown, cited = state.shown, state.cited
        for place, part in enumerate(objects(item.get("content"))):
            if part.get("text") and not shown:
                self._say(index, place, str(part["text"]), events)
            if part.get("refusal") and not shown:
                self._refused = True
                events.append(RefusalDelta(str(part["refusal"])))
            for annotation in () if cited else objects(part.get("annotations")):
                self._cite((index, place), annotation, events)

    def _close_reasoning(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        if not self._state(index).shown:
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
        events.append(ServerToolProgress(self._state(index).id, "search_web", "end", queries))
        self._see_results(item.get("results"), events)

    def _close_image(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        self._ran(index, {**item, "result": None}, events)
        if item.get("result"):
            events.append(Image(image_mime(item), str(item["result"])))

    def _ran(self, index: int, item: Mapping[str, Any], events: list[Event]) -> None:
        action = get_object(item, "action")
        self._searches += action.get("type") == "search" or (
            not action and item.get("type") == "web_search_call"
        )
        output = item.get("outputs") or item.get("output") or item.get("error") or ""
        text = output if isinstance(output, str) else dumps(output)
        tool_id = self._state(index).id
        events.append(ServerToolProgress(tool_id, tool_name(item), "end", tool_input(item), text))
        self._sources.add_all(action.get("sources"), events)

    def _state(self, index: int) -> ItemState:
        return self._items.setdefault(index, ItemState("", str(index)))

    def _fail(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """``error`` comes first and ``response.failed`` may repeat it: the first one counts."""
        body = get_object(event, "response") if event.get("type") == "response.failed" else event
        self._see_usage(get_object(event, "response"), events)
        body = body if body.get("error") else event
        found = error_response.parse_rejection(body) or error_response.Rejection(
            dumps(event)[:4096] or "no reason given"
        )
        self._stop(error_response.classify(found), events)

    def _before_end(self, events: list[Event]) -> None:
        for index, state in self._items.items():
            if state.call and state.kind != "done":
                events.append(ToolCallEnd(index, state.arguments))

    def _end(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """The terminal event, or a whole answer: what was not streamed is told now."""
        response = get_object(event, "response")
        self._start(event, events)
        for index, item in enumerate(objects(response.get("output"))):
            state = self._items.get(index)
            if state is None or state.kind != "done":
                self._item_done({"output_index": index, "item": item}, events)
        named = str(event.get("type")).removeprefix("response.")
        named = named if named in ("incomplete", "cancelled") else "completed"
        status = text_or_none(response.get("status")) or named
        if status == "failed" or response.get("error"):
            self._fail({"type": "response.failed", "response": response}, events)
            return
        self._see_usage(response, events)
        why = str(get_object(response, "incomplete_details").get("reason"))
        if status in _UNFINISHED or (status == "incomplete" and why not in _INCOMPLETE):
            told = why if status == "incomplete" else status
            self._stop(Fault("truncated", f"the answer is not whole: {told}", code=told), events)
            return
        self._before_end(events)
        if self._marked and not self._cited:
            events += self._sources.find_citations("".join(self._text))
        self._over = True
        events.append(self._finish(status, response))

    def _see_usage(self, response: Mapping[str, Any], events: list[Event]) -> None:
        usage = response.get("usage")
        if isinstance(usage, dict):
            tools = get_object(response, "tool_usage")
            tier = text_or_none(response.get("service_tier"))
            events.append(responses_usage(usage, tools, self._searches or None, tier))

    def _finish(self, status: str, response: Mapping[str, Any]) -> Finish:
        """The neutral reason; presets name the model that answered only here."""
        why, model = (
            get_object(response, "incomplete_details").get("reason"),
            text_or_none(response.get("model")),
        )
        if status == "incomplete":
            reason = _INCOMPLETE[str(why)]
            return Finish(reason, str(why or status), model=model)
        reason = _STATUSES.get(status, "stop")
        if reason == "stop" and self._spent(response):
            reason = "length"
        elif reason == "stop" and self._calls:
            reason = "tool_calls"
        elif reason == "stop" and self._refused:
            reason = "refusal"
        return Finish(reason, status, model=model)

    def _spent(self, response: Mapping[str, Any]) -> bool:
        written = get_object(response, "usage").get("output_tokens")
        return self._limit is not None and isinstance(written, int) and written >= self._limit


_Reader = Callable[[Decoder, Mapping[str, Any], list[Event]], None]

_READERS: dict[str, _Reader] = {
    "response.created": Decoder._start,
    "response.queued": Decoder._start,
    "response.output_item.added": Decoder._added,
    "response.output_item.done": Decoder._item_done,
    "response.output_text.delta": Decoder._text_delta,
    "response.output_text.annotation.added": Decoder._annotation,
    "response.refusal.delta": Decoder._refusal,
    "response.reasoning_summary_text.delta": Decoder._reasoning,
    "response.reasoning_text.delta": Decoder._reasoning,
    "response.reasoning_summary_part.added": Decoder._summary_part,
    **{f"response.reasoning.{step}": Decoder._thought for step in THOUGHTS},
    "response.function_call_arguments.delta": Decoder._arguments,
    "response.custom_tool_call_input.delta": Decoder._arguments,
    "response.function_call_arguments.done": Decoder._arguments_done,
    "response.image_generation_call.partial_image": Decoder._picture,
    "response.completed": Decoder._end,
    "response.incomplete": Decoder._end,
    "response.cancelled": Decoder._end,
    "response.done": Decoder._end,
    "response.failed": Decoder._fail,
    "error": Decoder._fail,
}

_CLOSERS: dict[str, Callable[[Decoder, int, Mapping[str, Any], list[Event]], None]] = {
    "message": Decoder._close_message,
    "reasoning": Decoder._close_reasoning,
    "search_results": Decoder._close_results,
    "image_generation_call": Decoder._close_image,
}
