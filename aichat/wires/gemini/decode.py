"""Decoding a generateContent answer, streamed or whole.

Every chunk is a whole response; not a finish reason, but only the end of the body
is the end. What needs the whole text (byte offsets) comes last.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Any

from aichat.core.billing.usage import Usage, UsageDetail, parse_count, parse_counts, parse_tier
from aichat.core.exchange.citations import SourceNumbers
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
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
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame
from aichat.core.text.json import dumps, get_object, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.gemini import WIRE_NAME
from aichat.wires.shared.call_ids import CallIds
from aichat.wires.shared.endings import end_event
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import read_audio, read_image


class GeminiDecoder(JsonDecoder):
    """Decodes one answer."""

    def __init__(self) -> None:
        super().__init__()
        self._started = self._saw_json = False
        self._finish_reason: str | None = None
        self._finish_message = self._continuation = None
        self._block_reason: str | None = None
        self._text: list[str] = []
        self._parts: list[dict[str, Any]] = []  # for replay, with plain text joined
        self._growing: list[str] = []  # the last of them, if it is plain text
        self._calls = 0
        self._ids = CallIds()
        self._usage: dict[str, Any] = {}
        self._queries: dict[str, Any] = {}  # by their JSON, since they may be anything
        self._sources = SourceNumbers()
        self._source_numbers: list[int] = []  # of the sources in the last list
        self._supports: dict[str, tuple[Mapping[str, Any], tuple[int, ...]]] = {}

    def _read_value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        chunks = list(objects(value if isinstance(value, list) else [value]))
        self._saw_json = self._saw_json or not chunks
        for chunk in chunks:
            if not self._ended:
                self._read_chunk(chunk, events)

    def _read_chunk(self, chunk: Mapping[str, Any], events: list[Event]) -> None:
        self._saw_json = True
        if chunk.get("error"):
            self._read_error(chunk, events)
            return
        if not self._started and not _KNOWN_FIELDS.isdisjoint(chunk):
            self._started = True
            events.append(
                Start(
                    text_or_none(chunk.get("responseId")), text_or_none(chunk.get("modelVersion"))
                )
            )
        feedback = get_object(chunk, "promptFeedback")
        self._block_reason = text_or_none(feedback.get("blockReason")) or self._block_reason
        for candidate in objects(chunk.get("candidates")):
            if not candidate.get("index"):  # of several answers only the first counts
                self._read_candidate(candidate, events)
        if self._ended:
            return
        self._read_usage(get_object(chunk, "usageMetadata"), events)
        self._emit_unknown(chunk, _KNOWN_FIELDS, events)

    def _read_error(self, chunk: Mapping[str, Any], events: list[Event]) -> None:
        found = rejection.parse_rejection(chunk) or rejection.Rejection(
            dumps(chunk)[:4096] or "no reason given"
        )
        self._fail_with(error_response.classify(found), events)

    def _read_candidate(self, candidate: Mapping[str, Any], events: list[Event]) -> None:
        for part in objects(get_object(candidate, "content").get("parts")):
            self._read_part(part, events)
        if candidate.get("error"):
            self._read_error({"error": candidate["error"]}, events)
            return
        self._finish_reason = text_or_none(candidate.get("finishReason")) or self._finish_reason
        self._finish_message = candidate.get("finishMessage") or self._finish_message
        self._continuation = candidate.get("continuationToken") or self._continuation
        if candidate.get("logprobsResult"):
            from aichat.wires.shared.logprobs import candidate_logprobs  # few ask for them

            events.append(candidate_logprobs(get_object(candidate, "logprobsResult")))
        self._read_grounding(get_object(candidate, "groundingMetadata"), events)
        self._emit_unknown(candidate, _KNOWN_CANDIDATE_FIELDS, events)
        context = get_object(candidate, "urlContextMetadata")
        for page in objects(context.get("urlMetadata")):
            if page.get("retrievedUrl"):
                self._sources.add({"url": page["retrievedUrl"]}, events)

    def _emit_unknown(
        self, found: Mapping[str, Any], known: frozenset[str], events: list[Event]
    ) -> None:
        events += [
            UnknownItem(WIRE_NAME, {name: found[name]}) for name in found if name not in known
        ]

    def _read_part(self, part: dict[str, Any], events: list[Event]) -> None:
        self._keep_part(part)
        known = False
        for name, reader in _PART_READERS.items():
            if name in part:
                known = True
                reader(self, part, events)
        if part.get("thoughtSignature") and "functionCall" not in part:
            events.append(ReasoningOpaque(str(part["thoughtSignature"])))
        elif not known:
            events.append(UnknownItem(WIRE_NAME, part))

    def _keep_part(self, part: dict[str, Any]) -> None:
        """Append plain text to the last part; a signature stays with its own part."""
        if part.keys() == {"text"} and isinstance(part["text"], str):
            self._parts += [] if self._growing else [part]
            self._growing.append(part["text"])
        else:
            self._close_part()
            self._parts.append(part)

    def _close_part(self) -> None:
        if self._growing:
            self._parts[-1] = {"text": "".join(self._growing)}
            self._growing = []

    def _read_text(self, part: Mapping[str, Any], events: list[Event]) -> None:
        text = part.get("text")
        if not isinstance(text, str) or not text:
            return
        if part.get("thought"):
            events.append(ReasoningDelta(text))
        else:
            self._text.append(text)
            events.append(TextDelta(text))

    def _read_call(self, part: Mapping[str, Any], events: list[Event]) -> None:
        """Read a call, which comes whole; older models give it no id."""
        call, slot = get_object(part, "functionCall"), self._calls
        if not call.get("name"):
            events.append(Notice("tool_call", "the model called a tool without naming it"))
            return
        self._calls += 1
        given = call.get("args") or {}
        arguments = given if isinstance(given, str) else dumps(given)
        call_id = self._ids.claim(str(call.get("id") or f"call_{slot}"))
        if call.get("id"):
            call["id"] = call_id  # for replay too
        signature = text_or_none(part.get("thoughtSignature"))
        name = str(call.get("name") or "")
        events.append(ToolCallStart(slot, call_id, name, signature=signature))
        events.append(ToolCallDelta(slot, arguments))
        events.append(ToolCallEnd(slot, arguments))

    def _read_code(self, part: Mapping[str, Any], events: list[Event]) -> None:
        code = str(get_object(part, "executableCode").get("code") or "")
        events.append(
            ServerToolProgress(f"code_{len(self._parts)}", "code_execution", "start", code)
        )

    def _read_code_result(self, part: Mapping[str, Any], events: list[Event]) -> None:
        said = str(get_object(part, "codeExecutionResult").get("output") or "")
        place = f"code_{len(self._parts) - 1}"
        events.append(ServerToolProgress(place, "code_execution", "end", output=said))

    def _read_server_tool(self, part: Mapping[str, Any], events: list[Event]) -> None:
        phase = "start" if "toolCall" in part else "end"
        step = get_object(part, "toolCall") or get_object(part, "toolResponse")
        name = str(step.get("toolType") or step.get("name") or "tool")
        said = dumps(step)
        given, output = (said, "") if phase == "start" else ("", said)
        events.append(ServerToolProgress(str(step.get("id") or name), name, phase, given, output))

    def _read_media(self, part: Mapping[str, Any], events: list[Event]) -> None:
        inline = get_object(part, "inlineData")
        if part.get("thought"):
            return  # an interim sketch, which is replayed but is not part of the answer
        mime, data = str(inline.get("mimeType") or ""), str(inline.get("data") or "")
        if mime.startswith("audio/"):
            events.append(read_audio(mime, data))
        else:
            events.append(read_image(mime or "image/*", data))

    def _read_grounding(self, metadata: Mapping[str, Any], events: list[Event]) -> None:
        """Read grounding, which comes in pieces on any chunk: merge, never replace."""
        asked = metadata.get("webSearchQueries")
        queries = {dumps(q): q for q in asked} if isinstance(asked, list) else {}
        fresh = [query for key, query in queries.items() if key not in self._queries]
        if fresh:
            self._queries |= queries
            told = dumps(fresh)
            events.append(ServerToolProgress("google_search", "google_search", "end", told))
        numbers: list[int] = []
        for chunk in objects(metadata.get("groundingChunks")):
            page = next((v for v in chunk.values() if isinstance(v, dict) and v.get("uri")), None)
            number = self._sources.add({**page, "url": page["uri"]}, events) if page else 0
            numbers.append(number)
        if numbers:
            self._source_numbers = numbers  # a later piece may only refer to these
        for support in objects(metadata.get("groundingSupports")):
            wanted = support.get("groundingChunkIndices")
            places = [i for i in wanted if isinstance(i, int)] if isinstance(wanted, list) else []
            cited = tuple(
                self._source_numbers[i] for i in places if 0 <= i < len(self._source_numbers)
            )
            found = (get_object(support, "segment"), cited)
            self._supports.setdefault(dumps(found), found)  # repeated as it grows

    def _read_usage(self, raw: dict[str, Any], events: list[Event]) -> None:
        if raw and raw != self._usage:
            self._usage = raw
            events.append(read_usage(raw))

    def _end_body(self, events: list[Event]) -> None:
        """End the answer with the body, if it had a finish reason."""
        if self._finish_reason is None and self._block_reason is None:
            kind = "protocol" if self._saw_json and not self._started else "truncated"
            self._fail_with(Fault(kind, "the stream ended before the answer was complete"), events)
            return
        self._close_part()
        events += self._citations()
        events += [RawItem(WIRE_NAME, part) for part in self._parts]
        if self._queries and self._usage:
            events.append(read_usage(self._usage, len(self._queries)))
        ending = self._last_event()
        if isinstance(ending, Failure):
            self._fail_with(ending.fault, events)
            return
        self._ended = True
        events.append(ending)

    def _last_event(self) -> Finish | Failure:
        if self._finish_reason is None:
            return Finish("content_filter", self._block_reason)
        said = str(self._finish_message or "")
        event = end_event(
            self._finish_reason, has_calls=self._calls > 0, are_whole=True, message=said
        )
        if isinstance(event, Failure):
            return event
        return event._replace(token=str(self._continuation) if self._continuation else None)

    def _citations(self) -> Iterable[Citation]:
        """The citations: spans come in UTF-8 bytes of a part; ours are in code points of it all."""
        text = "".join(self._text)
        begins = [0, *accumulate(len(_shown_text(part)) for part in self._parts)]
        for segment, numbers in self._supports.values():
            said = text_or_none(segment.get("text"))
            part = min(parse_count(segment.get("partIndex")) or 0, len(self._parts))
            start, end = segment_span(text, begins[part], segment) or (None, None)
            for number in filter(None, numbers):
                yield Citation(number, start, end, said)


def _shown_text(part: Mapping[str, Any]) -> str:
    text = part.get("text")
    return text if isinstance(text, str) and not part.get("thought") else ""


def segment_span(text: str, begin: int, segment: Mapping[str, Any]) -> tuple[int, int] | None:
    """The span of a segment in ``text``, whose part begins at ``begin``, in code points.

    The words that come with it decide, since a stream splits parts differently.
    """
    said = segment.get("text")
    start, end = parse_count(segment.get("startIndex")) or 0, parse_count(segment.get("endIndex"))
    if end is None or end < start:
        return None
    readings = [_byte_span(text, base, start, end) for base in dict.fromkeys((begin, 0))]
    fitting = (span for span in readings if said in (None, "", text[slice(*span)]))
    if found := next(fitting, None):
        return found
    if isinstance(said, str) and text.count(said) == 1:
        return text.index(said), text.index(said) + len(said)
    return readings[0]


def _byte_span(text: str, base: int, start: int, end: int) -> tuple[int, int]:
    """A span given in UTF-8 bytes after ``base``, in code points."""
    data = text[base:].encode("utf-8", "surrogatepass")
    return base + _code_points(data, start), base + _code_points(data, end)


def _code_points(data: bytes, offset: int) -> int:
    return len(data[:offset].decode("utf-8", "ignore"))


def read_usage(raw: Mapping[str, Any], searches: int | None = None) -> UsageUpdate:
    """The usage of an answer."""
    return UsageUpdate(_usage(raw, searches), raw=raw, detail=_usage_detail(raw))


def _usage(raw: Mapping[str, Any], searches: int | None) -> Usage:
    """The tokens: Gemini counts thoughts apart from the answer, tool prompts from the prompt."""
    prompt, tools = (
        parse_count(raw.get("promptTokenCount")),
        parse_count(raw.get("toolUsePromptTokenCount")),
    )
    answer, thoughts = (
        parse_count(raw.get("candidatesTokenCount")),
        parse_count(raw.get("thoughtsTokenCount")),
    )
    return Usage(
        input=None if prompt is None else prompt + (tools or 0),
        output=None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0),
        cached_input=parse_count(raw.get("cachedContentTokenCount")),
        reasoning=thoughts,
        searches=searches,
    )


def _usage_detail(raw: Mapping[str, Any]) -> UsageDetail:
    """The tokens of sound and pictures, which have prices of their own."""

    def of(field: str, modality: str) -> int:
        parts = objects(raw.get(field))
        return sum(
            parse_count(p.get("tokenCount")) or 0 for p in parts if p.get("modality") == modality
        )

    return UsageDetail(
        parse_counts(
            audio_input=of("promptTokensDetails", "AUDIO"),
            audio_cached=of("cacheTokensDetails", "AUDIO"),
            audio_output=of("candidatesTokensDetails", "AUDIO"),
            image_input=of("promptTokensDetails", "IMAGE"),
            image_cached=of("cacheTokensDetails", "IMAGE"),
            image_output=of("candidatesTokensDetails", "IMAGE"),
            video_input=of("promptTokensDetails", "VIDEO"),
        ),
        parse_tier(raw.get("serviceTier")),
    )


_KNOWN_FIELDS = frozenset(
    ("candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback", "createTime")
)

_KNOWN_CANDIDATE_FIELDS = frozenset(
    (
        *("content", "index", "finishReason", "finishMessage", "continuationToken", "tokenCount"),
        *("groundingMetadata", "urlContextMetadata", "logprobsResult", "avgLogprobs"),
        *("safetyRatings", "citationMetadata"),
    )
)

_PART_READERS: dict[str, Callable[[GeminiDecoder, Mapping[str, Any], list[Event]], None]] = {
    "text": GeminiDecoder._read_text,
    "functionCall": GeminiDecoder._read_call,
    "executableCode": GeminiDecoder._read_code,
    "codeExecutionResult": GeminiDecoder._read_code_result,
    "toolCall": GeminiDecoder._read_server_tool,
    "toolResponse": GeminiDecoder._read_server_tool,
    "inlineData": GeminiDecoder._read_media,
}
