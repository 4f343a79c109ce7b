"""Decoding an interaction, streamed or whole: its steps, each with an index.

Source: ai.google.dev/api; the types of google-genai 3.6.
"""

from collections.abc import Callable, Iterable, Mapping
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
from aichat.wires.interactions import WIRE_NAME
from aichat.wires.shared.call_ids import CallIds
from aichat.wires.shared.endings import end_event
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import read_audio, read_image

#: Statuses that are not final, and the finish reason for each final one.
_OPEN_STATUSES = frozenset(("in_progress", "queued", "idle"))
_REASONS = {"incomplete": "length", "budget_exceeded": "length"}


#: For each kind of citation, the fields with its URL and its title.
_CITED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "url_citation": (("url",), ("title",)),
    "file_citation": (("document_uri", "file_name"), ("file_name",)),
    "place_citation": (("url", "place_id"), ("name",)),
}


class InteractionsDecoder(JsonDecoder):
    """Decodes one answer; a step is kept for replay, and reported when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._steps: dict[int, dict[str, Any]] = {}  # the open ones
        self._arguments: dict[int, list[str]] = {}
        self._texts: dict[int, list[str]] = {}  # of each step, for citation spans
        self._calls: set[int] = set()  # the open steps that are calls for us
        self._ids = CallIds()
        self._has_calls = False
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
            if step.get("type") not in ("user_input", "function_result"):  # echoes of the request
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
        """Read a status; a final one is repeated with the whole answer, unless that never comes."""
        if get_object(event, "usage"):
            self._read_usage(event, events)

    # -- steps

    def _start_step(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, step = _index(event), _fields(get_object(event, "step"))
        kind = str(step.get("type"))
        self._end_step({"index": index}, events)  # an earlier one with this index has ended
        self._steps[index] = step
        if kind == "function_call":
            self._start_call(index, step, events)
        elif kind.endswith(("_call", "_result")):
            events.append(_progress(step, index))
        for part in step.pop("content", ()):
            self._read_content(index, part, events)
        for part in step.pop("summary", ()):
            self._read_thought(index, part, events)

    def _start_call(self, index: int, step: dict[str, Any], events: list[Event]) -> None:
        name = text_or_none(step.get("name"))
        if name is None:
            events.append(Notice("tool_call", "the model called a tool without naming it"))
            return
        self._has_calls = True
        step["id"] = self._ids.claim(text_or_none(step.get("id")) or f"call_{index}")
        self._calls.add(index)
        events.append(ToolCallStart(index, step["id"], name))

    def _read_delta(self, event: Mapping[str, Any], events: list[Event]) -> None:
        index, delta = _index(event), get_object(event, "delta")
        step = self._steps.setdefault(index, {"type": "model_output"})
        kind = str(delta.get("type"))
        if kind == "thought_summary":
            self._read_thought(index, get_object(delta, "content"), events)
        elif kind in ("thought_signature", "signature"):
            step["signature"] = delta.get("signature")
        elif kind == "arguments_delta":
            piece = str(delta.get("arguments") or "")
            self._arguments.setdefault(index, []).append(piece)
            if index in self._calls:
                events.append(ToolCallDelta(index, piece))
        elif kind == "text_annotation_delta":
            self._read_annotations(index, delta, events)
        elif kind in ("text", "image", "audio"):
            self._read_content(index, delta, events)
        else:
            step.update({**_fields(delta), "type": step.get("type")})
            if kind.endswith(("_call", "_result")) and kind == step.get("type"):
                events.append(_progress(step, index))

    def _read_thought(self, index: int, part: Mapping[str, Any], events: list[Event]) -> None:
        _join(self._steps[index], "summary", part)
        events.append(ReasoningDelta(str(part.get("text") or ""), index))

    def _read_content(self, index: int, part: Mapping[str, Any], events: list[Event]) -> None:
        kind, step = str(part.get("type")), self._steps[index]
        _join(step, "content", part)
        if kind == "text":
            text = str(part.get("text") or "")
            self._texts.setdefault(index, []).append(text)
            if text:
                events.append(TextDelta(text, index))
            self._read_annotations(index, part, events)
        elif kind in _MEDIA_READERS and part.get("data"):
            read = _MEDIA_READERS[kind]
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
        told = "".join(self._arguments.pop(index, ()))
        if index in self._calls:
            self._calls.remove(index)
            events.append(ToolCallEnd(index, told or dumps(step.get("arguments") or {})))
        if told:
            step["arguments"] = parse_object(told)
        for part in (part for name in _PART_FIELDS for part in objects(step.get(name))):
            if part.get("type") == "text" and isinstance(part.get("text"), list):
                part["text"] = "".join(map(str, part["text"]))
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
            ending = end_event(raw, has_calls=self._has_calls, are_whole=True, message=why)
        if isinstance(ending, Failure):
            self._fail_with(ending.fault, events)
            return
        self._ended = True
        events.append(ending)

    def _flush(self, events: list[Event]) -> None:
        for index in sorted(self._steps):
            self._end_step({"index": index}, events)
        spans, self._spans = self._spans, []
        if spans:
            events += self._citations(spans)

    def _citations(self, spans: Iterable[tuple[int, Mapping[str, Any], int]]) -> Iterable[Citation]:
        """The citations: spans come in UTF-8 bytes of a step; ours are in code points of it all."""
        texts, base = dict[int, tuple[int, bytes]](), 0
        for index in sorted(self._texts):
            text = "".join(self._texts[index])
            texts[index] = base, text.encode("utf-8", "surrogatepass")
            base += len(text)
        for index, found, number in spans:
            start, end = (parse_count(found.get(f"{name}_index")) for name in ("start", "end"))
            if end is None or end < (start or 0) or index not in texts:
                yield Citation(number)
                continue
            before, data = texts[index]
            first, last = (len(data[:n].decode("utf-8", "ignore")) for n in (start or 0, end))
            yield Citation(number, before + first, before + last)

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
    """The progress of a provider's tool: its input or its output."""
    kind = str(step.get("type"))
    is_call = kind.endswith("_call")
    tool = kind.removesuffix("_call" if is_call else "_result")
    place = str(step.get("call_id") or step.get("id") or index)
    if is_call:
        return ServerToolProgress(place, tool, "start", _words(step.get("arguments")))
    said = step.get("result")
    return ServerToolProgress(place, tool, "end", output=said if isinstance(said, str) else "")


def _words(arguments: Any) -> str:
    """What is searched, opened or run: the main argument, else all of them."""
    if not isinstance(arguments, dict) or not arguments:
        return ""
    told = next((arguments[name] for name in ("queries", "urls", "code") if name in arguments), "")
    lines = told if isinstance(told, list) else [told]
    texts = [each for each in lines if isinstance(each, str) and each]
    return ", ".join(texts) or dumps(arguments)


def _join(step: dict[str, Any], name: str, part: Mapping[str, Any]) -> None:
    """Add a part to a step, or its text to the part before it."""
    parts = step.setdefault(name, [])
    last = parts[-1] if parts else {}
    if part.get("type") != "text":
        parts.append(dict(part))
    elif last.get("type") == "text" and isinstance(last.get("text"), list):
        last["text"].append(str(part.get("text", "")))
    else:
        parts.append({**part, "text": [str(part.get("text", ""))]})


#: Fields with parts; while a step is open, the ``text`` of a part is a list of pieces.
_PART_FIELDS = ("content", "summary")


def _fields(told: Mapping[str, Any]) -> dict[str, Any]:
    """A step's fields, with only objects where parts belong."""
    return {
        name: [dict(part) for part in objects(value)] if name in _PART_FIELDS else value
        for name, value in told.items()
    }


def parse_usage(raw: Mapping[str, Any]) -> Usage:
    """The tokens: thoughts are counted apart from the answer, tool results from the prompt."""
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
