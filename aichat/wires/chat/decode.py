"""Reading a chat completions answer, streamed or whole, in any server's dialect."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.exchange.citations import SourceNumbers, span
from aichat.core.exchange.event import (
    Citation,
    Event,
    Finish,
    Image,
    Logprobs,
    Notice,
    ReasoningDelta,
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
from aichat.core.message.media import Media, Url
from aichat.core.message.think_tags import ThinkSplitter
from aichat.core.text.json import objects, text_or_none
from aichat.errors import Fault
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import read_audio, read_image
from aichat.wires.shared.openai_usage import chat_usage

#: Finish reasons as servers spell them; an unknown one is told and taken as a stop.
FINISH_REASONS = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "refusal",
    "cancelled": "cancelled",
}

#: Fields that say nothing about the answer that is not said elsewhere.
_PLAIN_CHUNK = frozenset(
    (
        "id",
        "object",
        "created",
        "model",
        "choices",
        "system_fingerprint",
        "service_tier",
        "obfuscation",
        "status",
        "type",
    )
)
_USUAL_CHUNK = _PLAIN_CHUNK | {"usage"}
_REASONING_FIELDS = ("reasoning_content", "reasoning")
_SEARCH_TOOLS = frozenset(("search", "web_search", "browser_search"))


class _CallState:
    """One tool call as its fragments come in; ``slot`` is ours, ``index`` the server's."""

    def __init__(self, slot: int, index: object, call_id: str) -> None:
        self.slot, self.index = slot, index
        self.id = call_id
        self.name = ""
        self.pieces: list[str] = []


class ChatDecoder(JsonDecoder):
    """Reads one answer; fed frame by frame, whole answers being one frame.

    ``strip`` takes the spaces off the beginning of the text.
    """

    def __init__(self, *, strip: bool = False) -> None:
        self._strip = strip
        self._think = ThinkSplitter()
        super().__init__()
        self._started = False
        self._saw_json = self._saw_choices = False  # any JSON at all; any choices
        self._content_size = 0  # of everything in ``content``, for cumulative messages
        self._text: list[str] = []  # what was told as text, for markers
        self._reasoning_field = ""
        self._calls: list[_CallState] = []
        self._finish_reason: str | None = None
        self._refused = False
        self._sources = SourceNumbers()
        self._has_markers = False  # sources are cited by [n] in the text
        self._searches = 0
        self._usage: dict[str, Any] = {}
        self._tier: str | None = None

    def _read_value(self, value: Any, frame: Frame, events: list[Event]) -> None:
        self._saw_json = True
        if not isinstance(value, dict):
            events.append(UnknownItem("chat", value))
            return
        if frame.event == "error" or self._is_error(value):
            status = re.search(r"HTTP_STATUS/(\d{3})", frame.comment)
            self._read_error(value, int(status[1]) if status else None, events)
            return
        self._read_chunk(value, events)

    def _read_done(self, events: list[Event]) -> None:
        self._end(events, done=True)

    def _end_body(self, events: list[Event]) -> None:
        self._end(events, done=False)

    def _is_error(self, chunk: Mapping[str, Any]) -> bool:
        return bool(chunk.get("error"))

    def _read_error(
        self, chunk: Mapping[str, Any], status: int | None, events: list[Event]
    ) -> None:
        found = error_response.parse_rejection(chunk) or error_response.Rejection(
            json.dumps(chunk)[:4096]
        )
        events.append(UnknownItem("chat", chunk))
        fault = error_response.classify(found, status)
        self._fail_with(fault._replace(request_id=text_or_none(chunk.get("request_id"))), events)

    def _read_chunk(self, chunk: dict[str, Any], events: list[Event]) -> None:
        if not self._started:
            self._started = True
            events.append(Start(text_or_none(chunk.get("id")), text_or_none(chunk.get("model"))))
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                self._read_choice(choice, events)
        if chunk.get("usage") or not _USUAL_CHUNK.issuperset(chunk):
            self._tier = text_or_none(chunk.get("service_tier")) or self._tier
            beside = [name for name in chunk if name not in _PLAIN_CHUNK and chunk[name]]
            self._read_chunk_fields(chunk, beside, events)

    def _read_choice(self, choice: Mapping[str, Any], events: list[Event]) -> None:
        self._saw_choices = True
        if choice.get("index"):  # only the first of several answers is ours
            events.append(UnknownItem("chat", choice))
            return
        delta = choice.get("delta")
        if not isinstance(delta, dict) or "message" in choice:
            delta = self._delta_fields(choice)
        for name, value in delta.items():
            if value:
                reader = _DELTA_READERS.get(name)
                if reader:
                    reader(self, value, events)
                else:
                    events.append(UnknownItem("chat", {name: value}))
        if choice.get("logprobs"):
            events.append(Logprobs(choice["logprobs"]))
        if choice.get("usage"):
            self._read_usage(choice["usage"], events)
        if choice.get("finish_reason"):
            self._finish_reason = str(choice["finish_reason"])

    def _delta_fields(self, choice: Mapping[str, Any]) -> Mapping[str, Any]:
        """The delta, or the whole message; Sonar sends both, the message being cumulative."""
        delta, message = choice.get("delta"), choice.get("message")
        delta = delta if isinstance(delta, dict) else {}
        if not isinstance(message, dict) or delta.get("content"):
            return delta
        # a whole message names its fields in any order; reasoning came before the text
        first = {name: message[name] for name in _REASONING_FIELDS if name in message}
        content = message.get("content")
        if isinstance(content, str):
            message = {**message, "content": content[self._content_size :]}
        return first | message

    def _read_content(self, content: Any, events: list[Event]) -> None:
        if isinstance(content, str):
            if self._strip:
                content = content.lstrip(" ")
                self._strip = not content
            self._content_size += len(content)
            if self._think.is_done:
                self._text.append(content)
                events.append(TextDelta(content))
            else:
                self._emit_text(*self._think.feed(content), events)
            return
        for part in content if isinstance(content, list) else ():
            text = part.get("text") if isinstance(part, dict) else part
            if isinstance(text, str):
                self._read_content(text, events)
            else:
                events.append(UnknownItem("chat", part))

    def _emit_text(self, reasoning: str, text: str, events: list[Event]) -> None:
        if reasoning:
            events.append(ReasoningDelta(reasoning))
        if text:
            self._text.append(text)
            events.append(TextDelta(text))

    def _read_reasoning(self, field: str, text: Any, events: list[Event]) -> None:
        """Some servers send the same reasoning under both names: the first one counts."""
        self._reasoning_field = self._reasoning_field or field
        if field == self._reasoning_field and isinstance(text, str):
            events.append(ReasoningDelta(text))

    def _read_refusal(self, text: Any, events: list[Event]) -> None:
        self._refused = True
        events.append(RefusalDelta(str(text)))

    def _read_tool_calls(self, calls: Any, events: list[Event]) -> None:
        for fragment in objects(calls):
            self._read_call_fragment(fragment, events)

    def _read_function_call(self, function: Any, events: list[Event]) -> None:
        """The shape of before November 2023, which some servers still send."""
        self._read_tool_calls([{"index": 0, "function": function}], events)

    def _read_call_fragment(self, fragment: Mapping[str, Any], events: list[Event]) -> None:
        function = fragment.get("function") or fragment.get("custom")
        function = function if isinstance(function, dict) else {}
        call = self._find_call(fragment)
        if function.get("name") and not call.name:
            call.name = str(function["name"])
            kind = "custom" if fragment.get("type") == "custom" else "function"
            events.append(ToolCallStart(call.slot, call.id, call.name, kind=kind))
        arguments = function.get("arguments") or function.get("input") or ""
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        if arguments:
            call.pieces.append(arguments)
            events.append(ToolCallDelta(call.slot, arguments))

    def _find_call(self, fragment: Mapping[str, Any]) -> _CallState:
        """The call a fragment belongs to: by id, else the latest of its index, else the last."""
        index, call_id = fragment.get("index"), str(fragment.get("id") or "")
        if call_id:
            found = [c for c in self._calls if c.id == call_id]
        else:
            found = [c for c in self._calls if index is None or c.index == index]
        if found:
            return found[-1]
        slot = len(self._calls)
        self._calls.append(_CallState(slot, index, call_id or f"call_{slot}"))
        return self._calls[-1]

    def _read_executed_tools(self, tools: Any, events: list[Event]) -> None:
        """Groq's own tools: the same index comes first without, then with its output."""
        for tool in objects(tools):
            kind, output = str(tool.get("type") or "tool"), str(tool.get("output") or "")
            phase = "end" if output else "start"
            self._searches += output != "" and kind in _SEARCH_TOOLS
            call_id = str(tool.get("index", ""))
            given = str(tool.get("arguments") or "")
            events.append(ServerToolProgress(call_id, kind, phase, given, output))
            found = tool.get("search_results")
            self._sources.add_all(found.get("results") if isinstance(found, dict) else (), events)

    def _read_annotations(self, items: Any, events: list[Event]) -> None:
        for item in objects(items):
            cited = item.get("url_citation") or item.get(str(item.get("type"))) or item
            if isinstance(cited, dict) and cited.get("url"):
                number = self._sources.add(cited, events)
                events.append(Citation(number, *span(cited)))
            else:
                events.append(UnknownItem("chat", item))

    def _read_audio(self, audio: Any, events: list[Event]) -> None:
        for sound in objects([audio]):
            data, transcript = str(sound.get("data") or ""), str(sound.get("transcript") or "")
            events.append(read_audio("audio/*", data, transcript))

    def _read_images(self, images: Any, events: list[Event]) -> None:
        for image in objects(images):
            url = image.get("image_url")
            url = str(url.get("url") if isinstance(url, dict) else url)
            head, comma, data = url.partition(",")
            if comma and head.startswith("data:"):
                events.append(read_image(head[5:].partition(";")[0], data))
            else:
                events.append(Image(Media("image/*", Url(url))))

    def _read_chunk_fields(
        self, chunk: dict[str, Any], names: list[str], events: list[Event]
    ) -> None:
        """What stands beside the choices, in a fixed order; what nobody knows is kept."""
        for name, reader in _CHUNK_READERS.items():
            if name in names and not self._ended:
                reader(self, chunk[name], events)
        if self._ended:
            return
        events += [
            UnknownItem("chat", {name: chunk[name]}) for name in names if name not in _CHUNK_READERS
        ]

    def _read_sources(self, items: Any, events: list[Event]) -> None:
        self._has_markers = True
        self._sources.add_all(items, events)

    def _read_groq(self, groq: Any, events: list[Event]) -> None:
        if not isinstance(groq, dict):
            return
        if groq.get("usage"):
            self._read_usage(groq["usage"], events)
        if groq.get("error"):
            self._fail_with(
                error_response.classify(error_response.Rejection(str(groq["error"]))), events
            )

    def _read_usage(self, raw: Any, events: list[Event]) -> None:
        if isinstance(raw, dict) and not raw.items() <= self._usage.items():
            self._usage = raw  # what repeats less than is known already changes nothing
            events.append(chat_usage(raw, self._searches or None, self._tier))

    def _flush(self, events: list[Event]) -> None:
        self._emit_text(*self._think.close(), events)
        events += [
            ToolCallEnd(call.slot, "".join(call.pieces)) for call in self._calls if call.name
        ]

    def _end(self, events: list[Event], *, done: bool) -> None:
        """``[DONE]``, or the end of the body: only a finish reason tells a cut from an end."""
        output = self._content_size or self._calls
        if self._finish_reason is None and self._saw_json and not self._saw_choices:
            self._fail_with(Fault("protocol", "not the API: an answer without choices"), events)
            return
        if self._finish_reason is None and not (done and output):
            self._fail_with(Fault("truncated", "the stream ended before the answer did"), events)
            return
        self._flush(events)
        self._ended = True
        if self._has_markers:
            events += self._sources.find_citations("".join(self._text))
        raw = self._finish_reason
        if raw is not None and raw not in FINISH_REASONS:
            events.append(
                Notice("unknown_finish", f"unknown finish reason {raw!r}: taken as a stop")
            )
        events.append(Finish(self._neutral_reason(FINISH_REASONS.get(raw or "stop", "stop")), raw))

    def _neutral_reason(self, reason: str) -> str:
        """Servers say ``stop`` where tool calls or a refusal are the answer."""
        if reason not in ("stop", "tool_calls"):
            return reason
        if self._calls:
            return "tool_calls"
        return "refusal" if self._refused else "stop"


_Reader = Callable[[ChatDecoder, Any, list[Event]], None]

# search_results first: they have the titles that citations lack
_CHUNK_READERS: dict[str, _Reader] = {
    "x_groq": ChatDecoder._read_groq,
    "usage": lambda d, v, e: d._read_usage(v, e),  # another wire counts in other words
    "search_results": ChatDecoder._read_sources,
    "citations": ChatDecoder._read_sources,
    "images": ChatDecoder._read_images,
}

_DELTA_READERS: dict[str, _Reader] = {
    "content": ChatDecoder._read_content,
    "role": lambda _decoder, _value, _events: None,
    "channel": lambda _decoder, _value, _events: None,
    "reasoning_content": lambda d, v, e: d._read_reasoning("reasoning_content", v, e),
    "reasoning": lambda d, v, e: d._read_reasoning("reasoning", v, e),
    "refusal": ChatDecoder._read_refusal,
    "tool_calls": ChatDecoder._read_tool_calls,
    "function_call": ChatDecoder._read_function_call,
    "executed_tools": ChatDecoder._read_executed_tools,
    "annotations": ChatDecoder._read_annotations,
    "audio": ChatDecoder._read_audio,
    "images": ChatDecoder._read_images,
}
