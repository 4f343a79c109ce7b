"""Decoding a chat completions answer, streamed or whole, in any server's dialect."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.exchange.event import (
    Event,
    Failure,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    ServerToolProgress,
    Start,
    TextDelta,
    UnknownItem,
)
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame
from aichat.core.message.think_tags import ThinkSplitter
from aichat.core.text.json import dumps, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.chat.reasoning import FIELDS, LISTS, PARTS, ReasoningReader, is_thinking_part
from aichat.wires.chat.tool_calls import ToolCalls
from aichat.wires.shared import endings
from aichat.wires.shared.cited_text import CitedText
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import picture, read_audio
from aichat.wires.shared.openai_usage import chat_usage

#: Fields that tell nothing new about the answer.
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

#: Fields of a choice that only brings text; all but the first are null then.
_TEXT_CHOICE = frozenset(("delta", "index", "finish_reason", "logprobs"))
_SEARCH_TOOLS = frozenset(("search", "web_search", "browser_search"))


class ChatDecoder(JsonDecoder):
    """Decodes one answer, frame by frame; a whole answer is one frame.

    ``strip`` removes spaces at the beginning of the text; ``declared`` are the names of
    the tools in the request; ``reasoning`` is the usual field of reasoning.
    """

    def __init__(
        self,
        *,
        strip: bool = False,
        declared: frozenset[str] = frozenset(),
        reasoning: str = FIELDS[0],
    ) -> None:
        self._strip = strip
        self._think = ThinkSplitter()
        super().__init__(tagged=False)  # it has its own splitter
        self._started = False
        self._saw_json = self._saw_choices = False  # whether any JSON, and any choices, have come
        self._content_size = 0  # characters of all ``content``, for cumulative messages
        self._texts: list[str] = []  # of consecutive chunks with nothing else
        self._cited = CitedText()
        self._reasoning = ReasoningReader(reasoning)
        self._calls = ToolCalls(declared)
        self._finish_reason: str | None = None
        self._fault: Fault | None = None  # a choice's fault, reported when the answer ends
        self._refused = False
        self._searches = 0
        self._usage: dict[str, Any] = {}
        self._tier: str | None = None

    def _read_value(self, value: Any, frame: Frame, events: list[Event]) -> None:
        if not frame.event and self._take_text(value):  # the usual case
            return
        self._end_frames(events)
        self._saw_json = True
        if not isinstance(value, dict):
            events.append(UnknownItem("chat", value))
            return
        if frame.event == "error" or self._is_error(value):
            status = re.search(r"HTTP_STATUS/(\d{3})", frame.comment)
            self._read_error(value, int(status[1]) if status else None, events)
            return
        self._read_chunk(value, events)

    def _take_text(self, chunk: Any) -> bool:
        """Take a chunk that is only text by the fast path; False if it is not."""
        try:
            (choice,) = chunk["choices"]
            delta = choice["delta"]
            text = delta["content"]
        except (KeyError, TypeError, ValueError):
            return False
        if type(text) is not str or len(delta) != 1 or self._strip or not self._saw_choices:
            return False
        if chunk.get("usage") or not _USUAL_CHUNK.issuperset(chunk):
            return False
        if choice.get("index") or choice.get("finish_reason") or choice.get("logprobs"):
            return False
        if not _TEXT_CHOICE.issuperset(choice):
            return False
        self._texts.append(text)
        return True

    def _end_frames(self, events: list[Event]) -> None:
        if self._texts:
            text = "".join(self._texts)
            self._texts.clear()
            if text:
                self._read_content(text, events)

    def _read_done(self, events: list[Event]) -> None:
        self._end(events, done=True)

    def _end_body(self, events: list[Event]) -> None:
        self._end(events, done=False)

    def _is_error(self, chunk: Mapping[str, Any]) -> bool:
        return bool(chunk.get("error"))

    def _read_error(
        self, chunk: Mapping[str, Any], status: int | None, events: list[Event]
    ) -> None:
        found = rejection.parse_rejection(chunk) or rejection.Rejection(
            dumps(chunk)[:4096] or "no reason given"
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
        if choice.get("index"):  # of several answers only the first counts
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
            from aichat.wires.shared.logprobs import choice_logprobs  # few ask for them

            events.append(choice_logprobs(choice))
        if choice.get("usage"):
            self._read_usage(choice["usage"], events)
        if choice.get("finish_reason"):
            raw, native = str(choice["finish_reason"]), choice.get("native_finish_reason")
            self._finish_reason = endings.stronger_reason(raw, native)
        if choice.get("error"):
            self._read_choice_error(choice["error"], events)

    def _read_choice_error(self, error: Any, events: list[Event]) -> None:
        found = rejection.parse_rejection({"error": error})
        events.append(UnknownItem("chat", {"error": error}))
        self._fault = error_response.classify(
            found or rejection.Rejection(dumps(error)[:4096] or "no reason given")
        )

    def _delta_fields(self, choice: Mapping[str, Any]) -> Mapping[str, Any]:
        """The delta, or the whole message; Sonar sends both, with a cumulative message."""
        delta, message = choice.get("delta"), choice.get("message")
        delta = delta if isinstance(delta, dict) else {}
        if not isinstance(message, dict) or delta.get("content"):
            return delta
        # the fields of a whole message are in any order; reasoning came before the text
        first = {name: message[name] for name in (*FIELDS, *LISTS) if name in message}
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
                self._cited.pieces.append(content)
                events.append(TextDelta(content))
            else:
                self._emit_text(*self._think.feed(content), events)
            return
        for part in content if isinstance(content, list) else ():
            text = part.get("text") if isinstance(part, dict) else part
            if is_thinking_part(part):
                events += self._reasoning.read(PARTS, part)
            elif isinstance(text, str):
                self._read_content(text, events)
            elif found := picture(part):
                events.append(found)
            else:
                events.append(UnknownItem("chat", part))

    def _emit_text(self, reasoning: str, text: str, events: list[Event]) -> None:
        if reasoning:
            events.append(ReasoningDelta(reasoning, carrier=self._think.tag))
        if text:
            self._cited.pieces.append(text)
            events.append(TextDelta(text))

    def _read_refusal(self, text: Any, events: list[Event]) -> None:
        self._refused = True
        events.append(RefusalDelta(str(text)))

    def _read_tool_calls(self, calls: Any, events: list[Event]) -> None:
        for fragment in objects([calls] if isinstance(calls, dict) else calls):
            events += self._calls.feed(fragment)

    def _read_function_call(self, function: Any, events: list[Event]) -> None:
        """Read the format from before November 2023, which some servers still send."""
        self._read_tool_calls([{"index": 0, "function": function}], events)

    def _read_executed_tools(self, tools: Any, events: list[Event]) -> None:
        """Read Groq's own tools: each index comes first without, then with its output."""
        for tool in objects(tools):
            kind, output = str(tool.get("type") or "tool"), str(tool.get("output") or "")
            phase = "end" if output else "start"
            self._searches += output != "" and kind in _SEARCH_TOOLS
            call_id = str(tool.get("index", ""))
            given = str(tool.get("arguments") or "")
            events.append(ServerToolProgress(call_id, kind, phase, given, output))
            self._read_pages(tool, events)

    def _read_pages(self, tool: Mapping[str, Any], events: list[Event]) -> None:
        """Read what Groq's tools found; marks refer to a page they opened by the tool's index."""
        found = tool.get("search_results")
        pages = [*objects(found.get("results") if isinstance(found, dict) else ())]
        self._cited.sources.add_all(pages, events)
        place = tool.get("index")
        if len(pages) == 1 and pages[0].get("url") and isinstance(place, int):
            self._cited.sources.call(self._cited.sources.numbers[str(pages[0]["url"])], place)
            self._cited.has_marks = True

    def _read_annotations(self, items: Any, events: list[Event]) -> None:
        for item in objects(items):
            cited = item.get("url_citation") or item.get(str(item.get("type"))) or item
            if isinstance(cited, dict) and cited.get("url"):
                self._cited.cite((0, 0), cited, events)
            else:
                events.append(UnknownItem("chat", item))

    def _read_audio(self, audio: Any, events: list[Event]) -> None:
        for sound in objects([audio]):
            data, transcript = str(sound.get("data") or ""), str(sound.get("transcript") or "")
            events.append(read_audio("audio/*", data, transcript))
            if transcript and not self._cited.pieces:  # otherwise it repeats the text
                events.append(TextDelta(transcript))

    def _read_images(self, images: Any, events: list[Event]) -> None:
        for image in images if isinstance(images, list) else [images]:
            found = picture(image)
            events.append(found or UnknownItem("chat", image))

    def _read_chunk_fields(
        self, chunk: dict[str, Any], names: list[str], events: list[Event]
    ) -> None:
        """Read the fields beside the choices, in a fixed order; unknown ones are kept."""
        for name, reader in _CHUNK_READERS.items():
            if name in names and not self._ended:
                reader(self, chunk[name], events)
        if self._ended:
            return
        events += [
            UnknownItem("chat", {name: chunk[name]}) for name in names if name not in _CHUNK_READERS
        ]

    def _read_sources(self, items: Any, events: list[Event]) -> None:
        self._cited.has_marks = True
        self._cited.sources.add_all(items, events)

    def _read_groq(self, groq: Any, events: list[Event]) -> None:
        if not isinstance(groq, dict):
            return
        if groq.get("usage"):
            self._read_usage(groq["usage"], events)
        if groq.get("error"):
            self._fail_with(
                error_response.classify(rejection.Rejection(str(groq["error"]))), events
            )

    def _read_usage(self, raw: Any, events: list[Event]) -> None:
        if isinstance(raw, dict) and not raw.items() <= self._usage.items():
            self._usage = raw  # a repetition with less than is known changes nothing
            events.append(chat_usage(raw, self._searches or None, self._tier))

    def _flush(self, events: list[Event]) -> None:
        self._end_frames(events)
        self._emit_text(*self._think.close(), events)
        events += self._reasoning.close()
        events += self._calls.close()
        self._cited.close(events)

    def _end(self, events: list[Event], *, done: bool) -> None:
        """``[DONE]``, or the end of the body: without a finish reason the answer was cut off."""
        self._end_frames(events)
        output = self._content_size or self._calls.has_any
        raw, fault = self._finish_reason, self._fault
        if raw is None and fault is None and not (done and output):
            fault = Fault("truncated", "the stream ended before the answer was complete")
            if self._saw_json and not self._saw_choices:
                fault = Fault("protocol", "not the API: an answer without choices")
        if fault is None:
            self._flush(events)
            ending = self._last_event(raw)
            if isinstance(ending, Finish):
                self._ended = True
                events.append(ending)
                return
            fault = ending.fault
        self._fail_with(fault, events)

    def _last_event(self, raw: str | None) -> Finish | Failure:
        calls = self._calls
        event = endings.end_event(
            raw or "stop",
            has_calls=calls.has_any,
            are_whole=calls.are_whole,
            refused=self._refused,
        )
        if isinstance(event, Failure):
            return event
        if event.reason == "tool_calls" and not calls.has_any:  # for the server's own tools
            event = event._replace(reason="refusal" if self._refused else "stop")
        return event._replace(raw=raw)


_Reader = Callable[[ChatDecoder, Any, list[Event]], None]

# search_results first: they have the titles that citations lack
_CHUNK_READERS: dict[str, _Reader] = {
    "x_groq": ChatDecoder._read_groq,
    "usage": lambda d, v, e: d._read_usage(v, e),  # another wire overrides it
    "search_results": ChatDecoder._read_sources,
    "citations": ChatDecoder._read_sources,
    "images": ChatDecoder._read_images,
}


def _reasoning_reader(carrier: str) -> _Reader:
    return lambda decoder, value, events: events.extend(decoder._reasoning.read(carrier, value))


_DELTA_READERS: dict[str, _Reader] = {
    **{name: _reasoning_reader(name) for name in (*FIELDS, *LISTS)},
    "content": ChatDecoder._read_content,
    "role": lambda _decoder, _value, _events: None,
    "channel": lambda _decoder, _value, _events: None,
    "refusal": ChatDecoder._read_refusal,
    "tool_calls": ChatDecoder._read_tool_calls,
    "function_call": ChatDecoder._read_function_call,
    "executed_tools": ChatDecoder._read_executed_tools,
    "annotations": ChatDecoder._read_annotations,
    "audio": ChatDecoder._read_audio,
    "images": ChatDecoder._read_images,
    "image": ChatDecoder._read_images,
    "image_url": ChatDecoder._read_images,
    "error": ChatDecoder._read_choice_error,
}
