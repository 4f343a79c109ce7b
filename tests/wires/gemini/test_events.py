"""What each field of a generateContent chunk tells, event by event."""

import json
from typing import Any

import pytest

from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.event import (
    Audio,
    Citation,
    Event,
    Failure,
    Finish,
    Image,
    RawItem,
    ReasoningDelta,
    ReasoningOpaque,
    ServerToolProgress,
    Source,
    Start,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.message.media import Media
from tests.wires.gemini.test_decode import finished, told_of

A, B = "https://a.example/", "https://b.example/"


def told(*parts: dict[str, Any], **candidate: Any) -> list[Event]:
    """What comes between the start and the end, but for the parts that are kept."""
    events = told_of(finished("STOP", *(parts or ({"text": ""},)), **candidate))
    first, *between, last = events
    assert (first, last.type) == (Start(), "finish")
    if len(parts) == 1:
        assert [event.item for event in between if isinstance(event, RawItem)] == [*parts]
    return [event for event in between if not isinstance(event, RawItem)]


def unknown(item: Any) -> UnknownItem:
    return UnknownItem("gemini", item)


PARTS: dict[str, tuple[dict[str, Any], list[Event]]] = {
    "text": ({"text": "a"}, [TextDelta("a")]),
    "text that is none": ({"text": 7}, []),
    "a thought": ({"text": "a", "thought": True}, [ReasoningDelta("a")]),
    "a signature": (
        {"text": "a", "thoughtSignature": "s"},
        [TextDelta("a"), ReasoningOpaque("s")],
    ),
    "a signature alone": ({"thoughtSignature": "s"}, [ReasoningOpaque("s")]),
    "a call": (
        {"functionCall": {"id": "a", "name": "f", "args": {"é": 1}}, "thoughtSignature": "s"},
        [
            ToolCallStart(0, "a", "f", signature="s"),
            ToolCallDelta(0, '{"é": 1}'),
            ToolCallEnd(0, '{"é": 1}'),
        ],
    ),
    "code": (
        {"executableCode": {"code": "1"}},
        [ServerToolProgress("code_1", "code_execution", "start", "1")],
    ),
    "code of nothing": (
        {"executableCode": {}},
        [ServerToolProgress("code_1", "code_execution", "start")],
    ),
    "what code gave": (
        {"codeExecutionResult": {"output": "2"}},
        [ServerToolProgress("code_0", "code_execution", "end", output="2")],
    ),
    "code that gave nothing": (
        {"codeExecutionResult": {}},
        [ServerToolProgress("code_0", "code_execution", "end")],
    ),
    "a step": (
        {"toolCall": {"id": "i", "toolType": "T", "args": {}}},
        [
            ServerToolProgress(
                "i", "T", "start", json.dumps({"id": "i", "toolType": "T", "args": {}})
            )
        ],
    ),
    "a step's end": (
        {"toolResponse": {"name": "N"}},
        [ServerToolProgress("N", "N", "end", output='{"name": "N"}')],
    ),
    "a step without a name": (
        {"toolCall": {}},
        [ServerToolProgress("tool", "tool", "start", "{}")],
    ),
    "a picture": (
        {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
        [Image(Media("image/png", b"\0"))],
    ),
    "a picture of no type": ({"inlineData": {"data": "AA=="}}, [Image(Media("image/*", b"\0"))]),
    "nothing to see": ({"inlineData": {}}, [Image(Media("image/*", b""))]),
    "sound": (
        {"inlineData": {"mimeType": "audio/wav", "data": "AA=="}},
        [Audio(Media("audio/wav", b"\0"))],
    ),
    "what nobody knows": ({"new": 1}, [unknown({"new": 1})]),
}


@pytest.mark.parametrize(("part", "events"), PARTS.values(), ids=PARTS)
def test_a_part_tells_its_events(part: dict[str, Any], events: list[Event]) -> None:
    assert told(part) == events


def test_code_and_what_it_gave_are_one_step() -> None:
    ids = [
        event.id
        for event in told({"text": "a"}, {"executableCode": {}}, {"codeExecutionResult": {}})
        if isinstance(event, ServerToolProgress)
    ]
    assert ids == ["code_2", "code_2"]


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ([{"text": "a"}, {"text": "b"}], [{"text": "ab"}]),
        ([{"text": "a"}, {"text": "b", "thought": True}], 2),
        ([{"text": "a", "thought": True}, {"text": "b"}], 2),
        ([{"text": "a"}, {"text": 7}], 2),
        ([{"text": "a"}, {"functionCall": {}}, {"text": "b"}], 3),
    ],
)
def test_plain_text_is_kept_as_one_part(parts: list[dict[str, Any]], kept: Any) -> None:
    events = told_of(finished("STOP", *parts))
    found = [event.item for event in events if isinstance(event, RawItem)]
    assert found == (parts if isinstance(kept, int) else kept)


WEB = [{"web": {"uri": A, "title": "T"}}, {"new": 1}, {"maps": {"uri": B}}]


def support(start: Any, end: Any, *numbers: Any, text: Any = "t") -> dict[str, Any]:
    segment = {"startIndex": start, "endIndex": end, "text": text}
    return {"segment": segment, "groundingChunkIndices": list(numbers)}


SPANS: dict[str, tuple[dict[str, Any], list[Citation]]] = {
    "bytes": (support(1, 5, 0), [Citation(1, 1, 3, "t")]),
    "from the beginning": (support(None, 3, 0), [Citation(1, 0, 2, "t")]),
    "no end": (support(1, None, 0), [Citation(1, cited_text="t")]),
    "an end before its beginning": (support(5, 1, 0), [Citation(1, cited_text="t")]),
    "nothing between": (support(1, 1, 0), [Citation(1, 1, 1, "t")]),
    "no words": (support(1, 5, 0, text=""), [Citation(1, 1, 3)]),
    "two sources, one of which is none": (
        support(1, 5, 2, 1, 0, 3, -1, "0"),
        [Citation(2, 1, 3, "t"), Citation(1, 1, 3, "t")],
    ),
}


@pytest.mark.parametrize(("given", "citations"), SPANS.values(), ids=SPANS)
def test_a_support_cites_its_sources(given: dict[str, Any], citations: list[Citation]) -> None:
    metadata = {"groundingChunks": WEB, "groundingSupports": [given, given]}
    events = told({"text": "aé"}, {"text": "éb"}, groundingMetadata=metadata)
    assert events[2:4] == [Source(1, A, "T"), Source(2, B)]
    assert events[4:] == citations


def test_searches_are_a_step_of_the_servers() -> None:
    events = told(groundingMetadata={"webSearchQueries": ["a", "é"]})
    assert events == [ServerToolProgress("google_search", "google_search", "end", '["a", "é"]')]


def test_a_page_that_was_read_is_a_source() -> None:
    pages = [{"retrievedUrl": A}, {"urlRetrievalStatus": "x"}]
    assert told(urlContextMetadata={"urlMetadata": pages}) == [Source(1, A)]


KNOWN = {
    **dict.fromkeys(("finishMessage", "tokenCount", "avgLogprobs", "safetyRatings"), "x"),
    "citationMetadata": {},
}


def test_what_stands_beside_a_candidate_and_says_nothing_is_passed_over() -> None:
    assert told(**KNOWN) == []
    events = told_of(finished("STOP") | {"createTime": "x"})
    assert not [event for event in events if isinstance(event, UnknownItem)]


@pytest.mark.parametrize(
    "field", ["candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback"]
)
def test_an_answer_begins_with_the_first_field_of_it(field: str) -> None:
    value = "x" if field in ("modelVersion", "responseId") else {}
    first, last = told_of({field: value})
    ids = {"modelVersion": (None, "x"), "responseId": ("x", None)}.get(field, (None, None))
    assert first == Start(*ids)
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.message) == (
        "truncated",
        "the stream ended before the answer was complete",
    )


def test_a_second_candidate_is_not_ours() -> None:
    chunk = finished("STOP", {"text": "a"})
    chunk["candidates"].append({"index": 1, "content": {"parts": [{"text": "b"}]}})
    assert [event for event in told_of(chunk) if isinstance(event, TextDelta)] == [TextDelta("a")]


DETAILS = {
    "audio_input": ("promptTokensDetails", "AUDIO"),
    "audio_cached": ("cacheTokensDetails", "AUDIO"),
    "audio_output": ("candidatesTokensDetails", "AUDIO"),
    "image_input": ("promptTokensDetails", "IMAGE"),
    "image_cached": ("cacheTokensDetails", "IMAGE"),
    "image_output": ("candidatesTokensDetails", "IMAGE"),
    "video_input": ("promptTokensDetails", "VIDEO"),
}


@pytest.mark.parametrize(("name", "place"), DETAILS.items(), ids=DETAILS)
def test_what_has_a_price_of_its_own_is_counted(name: str, place: tuple[str, str]) -> None:
    field, modality = place
    parts = [{"modality": modality, "tokenCount": n} for n in (3, 4, None)]
    raw = {"serviceTier": "FLEX", field: [*parts, {"modality": "TEXT", "tokenCount": 9}]}
    (usage,) = [e for e in told_of({"usageMetadata": raw}) if isinstance(e, UsageUpdate)]
    assert usage == UsageUpdate(Usage(), None, raw, UsageDetail({name: 7}, "flex"))


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ({"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}, "rate_limit", "m"),
        ({"code": 500}, "server", "500"),
        (7, "server", '{"error": 7}'),
    ],
)
def test_an_error_in_the_stream_is_told_in_its_words(error: Any, kind: str, words: str) -> None:
    *_, last = told_of({"error": error}, finished("STOP"))
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.message) == (kind, words)


ENDINGS = {
    "OTHER": ("server", "the provider ended the answer with 'OTHER'"),
    "MALFORMED_FUNCTION_CALL": (
        "malformed_tool_call",
        "the provider ended the answer with 'MALFORMED_FUNCTION_CALL'",
    ),
}


@pytest.mark.parametrize(("reason", "fault"), ENDINGS.items())
def test_an_ending_without_words_is_named(reason: str, fault: tuple[str, str]) -> None:
    *_, last = told_of(finished(reason))
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.message, last.fault.code) == (*fault, reason)


@pytest.mark.parametrize(
    "reason", ["ESCALATION", "MODEL_ARMOR", "PUP_LIMITED_DISABLED", "IMAGE_NEW", "NO_IMAGE", "SPII"]
)
def test_a_filter_is_one_whatever_its_name(reason: str) -> None:
    assert told_of(finished(reason))[-1] == Finish("content_filter", reason)
