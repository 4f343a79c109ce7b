"""Reading an interaction, streamed or whole: its steps, each told by its index.

Source: ai.google.dev/api; the types of google-genai 3.6.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.billing.usage import Usage, UsageDetail, parse_count, parse_tier
from aichat.core.exchange.citations import SourceNumbers
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
    Notice,
    RawItem,
    ReasoningDelta,
    ServerToolProgress,
    Start,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame
from aichat.core.text.json import dumps, get_object, objects, parse_object, text_or_none
from aichat.errors import Fault
from aichat.wires.shared.endings import end_event
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import read_audio, read_image

WIRE_NAME = "interactions"  # of the wire, which raw items carry

#: Statuses that are not an end, and what an end of each other is called.
_OPEN_STATUSES = frozenset(("in_progress", "queued", "idle"))
_REASONS = {"incomplete": "length", "budget_exceeded": "length"}


#: What is cited, by its kind: the fields that have its address, and its title.
_CITED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "url_citation": (("url",), ("title",)),
    "file_citation": (("document_uri", "file_name"), ("file_name",)),
    "place_citation": (("url", "place_id"), ("name",)),
}


class InteractionsDecoder(JsonDecoder):
    """Reads one answer; a step is kept as replay needs it, and told when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._steps: dict[int, dict[str, Any]] = {}  # those that are open
        self._arguments: dict[int, str] = {}
        self._texts: dict[int, str] = {}  # of each step, for its spans
        self._calls = 0
        self._sources = SourceNumbers()
        self._spans: list[tuple[int, Mapping[str, Any], int]] = []  # step, annotation, source

    def _read_value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        if not isinstance(value, dict):
            events.append(UnknownItem(WIRE_NAME, value))
        elif reader := _READERS.get(str(value.get("event_type"))):
            reader(self, value, events)
        elif value.get("error"):
            self._read_error(value, events)
        elif "status" in value:
            self._read_whole(value, events)
        else:
            events.append(UnknownItem(WIRE_NAME, value))

    def _read_whole(self, interaction: Mapping[str, Any], events: list[Event]) -> None:
        self._begin({"interaction": interaction}, events)
        for index, step in enumerate(objects(interaction.get("steps"))):
            if step.get("type") not in ("user_input", "function_result"):  # what was asked
                self._start_step({"index": index, "step": step}, events)
                self._end_step({"index": index}, events)
        self._end({"interaction": interaction}, events)

    def _read_error(self, value: Mapping[str, Any], events: list[Event]) -> None:
        found = rejection.parse_rejection(value) or rejection.Rejection(
            dumps(value)[:4096] or "no reason given"
        )
        self._fail_with(error_response.classify(found), events)

    def _begin(self, event: Mapping[str, Any], events: list[Event]) -> None:
        told = get_object(event, "interaction")
        if not self._started:
            self._started = True
            events.append(Start(text_or_none(told.get("id")), text_or_none(told.get("model"))))
        if told.get("status") == "queued":
            events.append(Notice("queued", "the provider has queued the request"))

    def _read_status(self, event: Mapping[str, Any], events: list[Event]) -> None:
        """A status that ends it comes again with the whole, unless that never comes."""
        if get_object(event, "usage"):
            self._read_usage(event, events)

    # -- steps

    def _start_step(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, step = _index(event), dict(get_object(event, "step"))
        kind = str(step.get("type"))
        self._steps[index] = step
        if kind == "function_call":
            self._calls += 1
            call_id = str(step.get("id") or f"call_{index}")
            events.append(ToolCallStart(index, call_id, str(step.get("name", ""))))
        elif kind.endswith(("_call", "_result")):
            events.append(_progress(step, index))
        given, step["content"] = step.get("content"), []
        for part in objects(given):
            self._read_content(index, part, events)
        for part in objects(step.get("summary")):
            events.append(ReasoningDelta(str(part.get("text") or ""), index))
        if not step["content"]:
            del step["content"]

    def _read_delta(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, delta = _index(event), get_object(event, "delta")
        step = self._steps.setdefault(index, {"type": "model_output"})
        kind = str(delta.get("type"))
        if kind == "thought_summary":
            part = get_object(delta, "content")
            _join(step.setdefault("summary", []), part)
            events.append(ReasoningDelta(str(part.get("text") or ""), index))
        elif kind in ("thought_signature", "signature"):
            step["signature"] = delta.get("signature")
        elif kind == "arguments_delta":
            piece = str(delta.get("arguments") or "")
            self._arguments[index] = self._arguments.get(index, "") + piece
            if step.get("type") == "function_call":
                events.append(ToolCallDelta(index, piece))
        elif kind == "text_annotation_delta":
            self._read_annotations(index, delta, events)
        elif kind in ("text", "image", "audio"):
            self._read_content(index, delta, events)
        else:
            step.update({name: value for name, value in delta.items() if name != "type"})
            if kind.endswith(("_call", "_result")) and kind == step.get("type"):
                events.append(_progress(step, index))

    def _read_content(self, index: int, part: Mapping[str, Any], events: list[Event]) -> None:
        kind, step = part.get("type"), self._steps[index]
        _join(step.setdefault("content", []), part)
        if kind == "text":
            text = str(part.get("text") or "")
            self._texts[index] = self._texts.get(index, "") + text
            if text:
                events.append(TextDelta(text, index))
            self._read_annotations(index, part, events)
        elif kind in _MEDIA_READERS and part.get("data"):
            read = _MEDIA_READERS[str(kind)]
            events.append(read(str(part.get("mime_type") or ""), str(part["data"])))

    def _read_annotations(self, index: int, part: Mapping[str, Any], events: list[Event]) -> None:
        for found in objects(part.get("annotations")):
            url, title = (
                next((found[n] for n in names if text_or_none(found.get(n))), None)
                for names in _CITED.get(str(found.get("type")), ((), ()))
            )
            if url:
                number = self._sources.add({"url": url, "title": title}, events)
                self._spans.append((index, found, number))

    def _end_step(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index = _index(event)
        step = self._steps.pop(index, None)
        if step is None:
            return
        if step.get("type") == "function_call":
            given = self._arguments.get(index) or dumps(step.get("arguments") or {})
            events.append(ToolCallEnd(index, given))
        if index in self._arguments:
            step["arguments"] = parse_object(self._arguments[index])
        events.append(RawItem(WIRE_NAME, step))

    # -- the end

    def _end(self, event: Mapping[str, Any], events: list[Event]) -> None:
        told = get_object(event, "interaction")
        self._begin(event, events)
        self._flush(events)
        self._read_usage(told, events)
        status = str(told.get("status") or "")
        if status in _OPEN_STATUSES:
            self._end_body(events)
            return
        if status == "requires_continuation":
            ending: Finish | Failure = Finish(
                "pause", status, text_or_none(told.get("continuation_token"))
            )
        else:
            why = "; ".join(str(e.get("message")) for e in objects(told.get("errors")))
            raw = _REASONS.get(status, status)
            ending = end_event(raw, has_calls=self._calls > 0, are_whole=True, message=why)
        if isinstance(ending, Failure):
            self._fail_with(ending.fault, events)
            return
        self._ended = True
        events.append(ending)

    def _flush(self, events: list[Event]) -> None:
        for index in sorted(self._steps):
            self._end_step({"index": index}, events)
        for index, found, number in self._spans:
            events.append(self._citation(index, found, number))
        self._spans = []

    def _citation(self, index: int, found: Mapping[str, Any], number: int) -> Citation:
        """Spans are given in UTF-8 bytes of their step's text; ours are in code points of all."""
        start, end = parse_count(found.get("start_index")) or 0, parse_count(found.get("end_index"))
        if end is None or end < start:
            return Citation(number)
        before = sum(len(text) for place, text in self._texts.items() if place < index)
        data = self._texts.get(index, "").encode("utf-8", "surrogatepass")
        first, last = (before + len(data[:n].decode("utf-8", "ignore")) for n in (start, end))
        return Citation(number, first, last)

    def _read_usage(self, told: Mapping[str, Any], events: list[Event]) -> None:
        raw = get_object(told, "usage")
        if raw:
            detail = UsageDetail(tier=parse_tier(told.get("service_tier")))
            events.append(UsageUpdate(parse_usage(raw), None, raw, detail))

    def _end_body(self, events: list[Event]) -> None:
        kind = "truncated" if self._started else "protocol"
        self._fail_with(Fault(kind, "the stream ended before the answer was complete"), events)


def _index(event: Mapping[str, Any]) -> int:
    found = event.get("index")
    return found if isinstance(found, int) else 0


def _progress(step: Mapping[str, Any], index: int) -> ServerToolProgress:
    """What a tool of the provider's was asked, or has answered."""
    kind = str(step.get("type"))
    is_call = kind.endswith("_call")
    tool = kind.removesuffix("_call" if is_call else "_result")
    place = str(step.get("call_id") or step.get("id") or index)
    if is_call:
        return ServerToolProgress(place, tool, "start", _words(step.get("arguments")))
    said = step.get("result")
    return ServerToolProgress(place, tool, "end", output=said if isinstance(said, str) else "")


def _words(arguments: Any) -> str:
    """What is searched, opened or run: the one argument that says it, else all of them."""
    if not isinstance(arguments, dict) or not arguments:
        return ""
    told = next((arguments[name] for name in ("queries", "urls", "code") if name in arguments), "")
    lines = told if isinstance(told, list) else [told]
    texts = [each for each in lines if isinstance(each, str) and each]
    return ", ".join(texts) or dumps(arguments)


def _join(parts: list[dict[str, Any]], part: Mapping[str, Any]) -> None:
    """Add a part, or its text to the part before it."""
    if parts and part.get("type") == parts[-1].get("type") == "text":
        parts[-1]["text"] = f"{parts[-1].get('text', '')}{part.get('text', '')}"
    else:
        parts.append(dict(part))


def parse_usage(raw: Mapping[str, Any]) -> Usage:
    """Thoughts are counted beside the answer, and what tools brought beside the prompt."""
    given, tools = (parse_count(raw.get(f"total_{n}_tokens")) for n in ("input", "tool_use"))
    said, thought = (parse_count(raw.get(f"total_{n}_tokens")) for n in ("output", "thought"))
    searches = [parse_count(each.get("count")) for each in objects(raw.get("grounding_tool_count"))]
    return Usage(
        input=None if given is None else given + (tools or 0),
        output=None if said is None and thought is None else (said or 0) + (thought or 0),
        cached_input=parse_count(raw.get("total_cached_tokens")),
        reasoning=thought,
        searches=sum(filter(None, searches)) if searches else None,
    )


_MEDIA_READERS: Mapping[str, Callable[[str, str], Event]] = {
    "image": read_image,
    "audio": read_audio,
}

_READERS: dict[str, Callable[[InteractionsDecoder, Mapping[str, Any], list[Event]], None]] = {
    "interaction.created": InteractionsDecoder._begin,
    "interaction.status_update": InteractionsDecoder._read_status,
    "step.start": InteractionsDecoder._start_step,
    "step.delta": InteractionsDecoder._read_delta,
    "step.stop": InteractionsDecoder._end_step,
    "interaction.completed": InteractionsDecoder._end,
    "error": InteractionsDecoder._read_error,
}
