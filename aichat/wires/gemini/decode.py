"""Reading a generateContent answer, streamed or whole.

Every chunk is a whole response; a finish reason is not the end, only the end
of the body is. What needs the whole text (byte offsets) is told last.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aichat.core.billing.usage import Usage, UsageDetail, parse_count, parse_counts, parse_tier
from aichat.core.exchange.citations import SourceNumbers
from aichat.core.exchange.event import (
    Audio,
    Citation,
    Event,
    Finish,
    Image,
    Logprobs,
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
from aichat.core.http import error_response
from aichat.core.http.sse import Frame
from aichat.core.text.json import dumps, get_object, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.shared.json_decoder import JsonDecoder

NAME = "gemini"  # of the wire, which raw items carry

_FILTERED = frozenset(
    (
        *("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION"),
        *("NO_IMAGE", "LANGUAGE"),
        *("ESCALATION", "MODEL_ARMOR", "PUP_LIMITED_DISABLED"),
    )
)
_FINISH = {"STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "pause"}
_FAULTS = {
    "MALFORMED_FUNCTION_CALL": "malformed_tool_call",
    "UNEXPECTED_TOOL_CALL": "malformed_tool_call",
    "TOO_MANY_TOOL_CALLS": "malformed_tool_call",
    "OTHER": "server",
    "MALFORMED_RESPONSE": "server",
    "MISSING_THOUGHT_SIGNATURE": "server",
}


class Decoder(JsonDecoder):
    """Reads one answer."""

    def __init__(self) -> None:
        super().__init__()
        self._started = self._heard = False
        self._finish: str | None = None
        self._why = self._token = None
        self._blocked: str | None = None
        self._text: list[str] = []
        self._parts: list[dict[str, Any]] = []  # as replay needs them, plain text joined
        self._calls = 0
        self._usage: dict[str, Any] = {}
        self._queries: list[str] = []
        self._sources = SourceNumbers()
        self._numbers: list[int] = []  # of the sources in the last list of them
        self._supports: list[tuple[Mapping[str, Any], tuple[int, ...]]] = []

    def _value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        chunks = list(objects(value if isinstance(value, list) else [value]))
        self._heard = self._heard or not chunks
        for chunk in chunks:
            if not self._over:
                self._chunk(chunk, events)

    def _chunk(self, chunk: Mapping[str, Any], events: list[Event]) -> None:
        self._heard = True
        if chunk.get("error"):
            told = error_response.parse_rejection(chunk) or error_response.Rejection(
                dumps(chunk)[:4096]
            )
            self._stop(error_response.classify(told), events)
            return
        if not self._started and not _KNOWN.isdisjoint(chunk):
            self._started = True
            events.append(
                Start(
                    text_or_none(chunk.get("responseId")), text_or_none(chunk.get("modelVersion"))
                )
            )
        feedback = get_object(chunk, "promptFeedback")
        self._blocked = text_or_none(feedback.get("blockReason")) or self._blocked
        for candidate in objects(chunk.get("candidates")):
            if not candidate.get("index"):  # only the first of several answers is ours
                self._candidate(candidate, events)
        self._see_usage(get_object(chunk, "usageMetadata"), events)
        self._keep_unknown(chunk, _KNOWN, events)

    def _candidate(self, candidate: Mapping[str, Any], events: list[Event]) -> None:
        for part in objects(get_object(candidate, "content").get("parts")):
            self._part(part, events)
        self._finish = text_or_none(candidate.get("finishReason")) or self._finish
        self._why = candidate.get("finishMessage") or self._why
        self._token = candidate.get("continuationToken") or self._token
        if candidate.get("logprobsResult"):
            events.append(Logprobs(candidate["logprobsResult"]))
        self._ground(get_object(candidate, "groundingMetadata"), events)
        self._keep_unknown(candidate, _KNOWN_CANDIDATE, events)
        context = get_object(candidate, "urlContextMetadata")
        for page in objects(context.get("urlMetadata")):
            if page.get("retrievedUrl"):
                self._sources.add({"url": page["retrievedUrl"]}, events)

    def _keep_unknown(
        self, found: Mapping[str, Any], known: frozenset[str], events: list[Event]
    ) -> None:
        events += [UnknownItem(NAME, {name: found[name]}) for name in found if name not in known]

    def _part(self, part: dict[str, Any], events: list[Event]) -> None:
        self._keep(part)
        known = False
        for name, reader in _PARTS.items():
            if name in part:
                known = True
                reader(self, part, events)
        if part.get("thoughtSignature") and "functionCall" not in part:
            events.append(ReasoningOpaque(str(part["thoughtSignature"])))
        elif not known:
            events.append(UnknownItem(NAME, part))

    def _keep(self, part: dict[str, Any]) -> None:
        """Plain text grows the last part; a signature stays on the part that it came with."""
        plain = part.keys() == {"text"} and bool(self._parts) and self._parts[-1].keys() == {"text"}
        if plain and isinstance(part["text"], str):
            self._parts[-1] = {"text": str(self._parts[-1]["text"]) + part["text"]}
        else:
            self._parts.append(part)

    def _words(self, part: Mapping[str, Any], events: list[Event]) -> None:
        text = part.get("text")
        if not isinstance(text, str) or not text:
            return
        if part.get("thought"):
            events.append(ReasoningDelta(text))
        else:
            self._text.append(text)
            events.append(TextDelta(text))

    def _call(self, part: Mapping[str, Any], events: list[Event]) -> None:
        """Calls come whole; older models give them no id."""
        call, slot = get_object(part, "functionCall"), self._calls
        self._calls += 1
        arguments = dumps(call.get("args") or {})
        call_id = str(call.get("id") or f"call_{slot}")
        signature = text_or_none(part.get("thoughtSignature"))
        name = str(call.get("name") or "")
        events.append(ToolCallStart(slot, call_id, name, signature=signature))
        events.append(ToolCallDelta(slot, arguments))
        events.append(ToolCallEnd(slot, arguments))

    def _code(self, part: Mapping[str, Any], events: list[Event]) -> None:
        code = str(get_object(part, "executableCode").get("code") or "")
        events.append(
            ServerToolProgress(f"code_{len(self._parts)}", "code_execution", "start", code)
        )

    def _ran(self, part: Mapping[str, Any], events: list[Event]) -> None:
        said = str(get_object(part, "codeExecutionResult").get("output") or "")
        place = f"code_{len(self._parts) - 1}"
        events.append(ServerToolProgress(place, "code_execution", "end", output=said))

    def _server_tool(self, part: Mapping[str, Any], events: list[Event]) -> None:
        phase = "start" if "toolCall" in part else "end"
        step = get_object(part, "toolCall") or get_object(part, "toolResponse")
        name = str(step.get("toolType") or step.get("name") or "tool")
        said = dumps(step)
        given, output = (said, "") if phase == "start" else ("", said)
        events.append(ServerToolProgress(str(step.get("id") or name), name, phase, given, output))

    def _media(self, part: Mapping[str, Any], events: list[Event]) -> None:
        inline = get_object(part, "inlineData")
        mime, data = str(inline.get("mimeType") or ""), str(inline.get("data") or "")
        if mime.startswith("audio/"):
            events.append(Audio(data))
        else:
            events.append(Image(mime or "image/*", data=data))

    def _ground(self, metadata: Mapping[str, Any], events: list[Event]) -> None:
        """Grounding comes in pieces, on any chunk: merged, never replaced."""
        asked = metadata.get("webSearchQueries")
        fresh = [q for q in asked if q not in self._queries] if isinstance(asked, list) else []
        if fresh:
            self._queries += fresh
            told = dumps(fresh)
            events.append(ServerToolProgress("google_search", "google_search", "end", told))
        numbers: list[int] = []
        for chunk in objects(metadata.get("groundingChunks")):
            page = next((v for v in chunk.values() if isinstance(v, dict) and v.get("uri")), None)
            number = self._sources.add({**page, "url": page["uri"]}, events) if page else 0
            numbers.append(number)
        if numbers:
            self._numbers = numbers  # a later piece may bring only what refers to these
        for support in objects(metadata.get("groundingSupports")):
            wanted = support.get("groundingChunkIndices")
            places = [i for i in wanted if isinstance(i, int)] if isinstance(wanted, list) else []
            cited = tuple(self._numbers[i] for i in places if 0 <= i < len(self._numbers))
            found = (get_object(support, "segment"), cited)
            if found not in self._supports:  # what is sent again as it grows
                self._supports.append(found)

    def _see_usage(self, raw: dict[str, Any], events: list[Event]) -> None:
        if raw and raw != self._usage:
            self._usage = raw
            events.append(UsageUpdate(_usage(raw, None), None, raw, _detail(raw)))

    def _cut(self, events: list[Event]) -> None:
        """The end of the body is the end of the answer, if it had finished."""
        if self._finish is None and self._blocked is None:
            kind = "protocol" if self._heard and not self._started else "truncated"
            self._stop(Fault(kind, "the stream ended before the answer did"), events)
            return
        events += self._citations()
        events += [RawItem(NAME, part) for part in self._parts]
        if self._queries and self._usage:
            usage = _usage(self._usage, len(self._queries))
            events.append(UsageUpdate(usage, None, self._usage, _detail(self._usage)))
        if self._finish in _FAULTS:
            why = str(self._why or f"the answer ended with {self._finish}")
            self._stop(Fault(_FAULTS[self._finish], why, code=self._finish), events)
            return
        self._over = True
        events += self._ending(self._finish or str(self._blocked))

    def _ending(self, raw: str) -> list[Event]:
        if self._finish is None or raw in _FILTERED or raw.startswith("IMAGE_"):
            return [Finish("content_filter", raw)]
        reason = _FINISH.get(raw)
        if reason is None:
            notice = Notice("unknown_finish", f"unknown finish reason {raw!r}: taken as a stop")
            return [notice, Finish("stop", raw)]
        if reason == "stop" and self._calls:
            reason = "tool_calls"
        return [Finish(reason, raw, str(self._token) if self._token else None)]

    def _citations(self) -> Iterable[Citation]:
        """Spans are given in UTF-8 bytes of the answer's text; ours are in code points."""
        data = "".join(self._text).encode("utf-8", "surrogatepass")
        for segment, numbers in self._supports:
            start, end = (
                parse_count(segment.get("startIndex")) or 0,
                parse_count(segment.get("endIndex")),
            )
            for number in filter(None, numbers):
                if end is None:
                    yield Citation(number, cited_text=text_or_none(segment.get("text")))
                else:
                    points = (_points(data, start), _points(data, end))
                    yield Citation(number, *points, text_or_none(segment.get("text")))


def _points(data: bytes, offset: int) -> int:
    return len(data[:offset].decode("utf-8", "ignore"))


def _usage(raw: Mapping[str, Any], searches: int | None) -> Usage:
    """Gemini counts thoughts beside the answer, and tool prompts beside the prompt."""
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


def _detail(raw: Mapping[str, Any]) -> UsageDetail:
    """Tokens of sound and pictures, which have prices of their own."""

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


_KNOWN = frozenset(
    ("candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback", "createTime")
)

_KNOWN_CANDIDATE = frozenset(
    (
        *("content", "index", "finishReason", "finishMessage", "continuationToken", "tokenCount"),
        *("groundingMetadata", "urlContextMetadata", "logprobsResult", "avgLogprobs"),
        *("safetyRatings", "citationMetadata"),
    )
)

_PARTS: dict[str, Callable[[Decoder, Mapping[str, Any], list[Event]], None]] = {
    "text": Decoder._words,
    "functionCall": Decoder._call,
    "executableCode": Decoder._code,
    "codeExecutionResult": Decoder._ran,
    "toolCall": Decoder._server_tool,
    "toolResponse": Decoder._server_tool,
    "inlineData": Decoder._media,
}
