"""Gemini's answers: every recorded one and every tape, cut anywhere, tell the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat import wires
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
    Image,
    Logprobs,
    RawItem,
    ServerToolProgress,
    TextDelta,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.exchange.outcome import with_fault
from aichat.core.message.media import Media
from aichat.core.message.message import Reasoning, ServerTool, ToolCall
from aichat.providers import gemini
from tests.support.values import feeding
from tests.support.values.feeding import fold_answer, problems_in, sse_of
from tests.wires.decoding import TAPES, located, name_of, read_tape, replaced


class Fact(NamedTuple):
    """What a recorded answer holds; ``words`` are those that its citations span."""

    file: str
    model: str
    response_id: str
    finish: str
    usage: Usage
    text: str = ""
    reasoning: int = 0  # characters
    calls: tuple[tuple[str, str, str, str], ...] = ()  # id, name, arguments, signature's beginning
    sources: tuple[str, ...] = ()  # titles
    words: tuple[tuple[int, str], ...] = ()  # number of the source, what was said of it
    ran: tuple[tuple[str, str], ...] = ()  # server tools and their phase
    parts: tuple[str, ...] = ()  # what is kept for replay, by its fields


FACTS = (
    Fact(
        "gemini/generate-cassettes-test-web-search-tool-stream-google-gemini-2-5-flash.sse",
        "gemini-2.5-flash",
        "qzp5aa74Ebrjz7IPur-ksAQ",
        "stop",
        Usage(285, 479, reasoning=430, searches=1),
        text="On January 1, 2026, the price of Bitcoin traded at $88,151.80.",
        sources=("morningstar.com",),
        words=((1, "On January 1, 2026, the price of Bitcoin traded at $88,151.80."),),
        ran=(("google_search", "end"),),
        parts=("text",),
    ),
    Fact(
        "gemini/generate-chat-history-chat-appends-reasoning-tool-turns-to-caller-history.json",
        "gemini-2.5-flash",
        "id_REDACTED_1",
        "tool_calls",
        Usage(144, 105, reasoning=88),
        reasoning=627,
        calls=(("call_0", "get_weather", '{"city": "Tokyo, Japan"}', "signature_REDACTED_1"),),
        parts=("text thought", "functionCall thoughtSignature"),
    ),
    Fact(
        "gemini/generate-minal-matrix-two-terminal-stream-keeps-the-text-after-the-first-finish.sse",
        "gemini-2.5-flash",
        "id_REDACTED_1",
        "stop",
        Usage(665, 304, reasoning=211),
        text="The first number is 121932631112635269.\nThe second number is 63.",
        ran=(("code_execution", "start"), ("code_execution", "end")) * 2,
        parts=(*("executableCode", "codeExecutionResult") * 2, "text"),
    ),
    Fact(
        "gemini/generate-test-google-web-fetch.sse",
        "gemini-3.5-flash",
        "aYFfavXOBYDQjrEP1JudsA4",
        "stop",
        Usage(1487, 215, reasoning=170),
        text="The first movie listed on that page is ***The Phantom Menace***.",
        sources=("Star Wars films (static HTML) • rvest",),
        words=((1, "The first movie listed on that page is ***The Phantom Menace***"),),
        parts=("text", "text thoughtSignature"),
    ),
    Fact(
        "gemini/generate-test-streaming-reasoning-with-multiple-tool-calls.sse",
        "gemini-3.5-flash",
        "FyIhav7bJNyw4-EP6eCsqA0",
        "tool_calls",
        Usage(71, 126, reasoning=93),
        calls=(
            ("dv8szvqe", "get_weather", '{"location": "Boston"}', "EvsDCvgDAQw51sfO"),
            ("j80tal12", "get_weather", '{"location": "New Delhi"}', ""),
        ),
        parts=("functionCall thoughtSignature", "functionCall", "text"),
    ),
    Fact(
        "gemini/generate-test-tools-with-gemini-3-thought-signatures.json",
        "gemini-3-flash-preview",
        "6XJFadi3PJOx-sAPgJ3S6Qs",
        "tool_calls",
        Usage(60, 48, reasoning=32),
        calls=(("call_0", "multiply", '{"y": 3, "x": 5}', "Et0BCtoBAXLI2nwM"),),
        parts=("functionCall thoughtSignature", "text"),
    ),
    Fact(
        "gemini/generate-testgooglethinking-gemini-2-5-flash-thinking-streaming.sse",
        "gemini-2.5-flash",
        "zwCzaYWfAbnoz7IPmc_m6Q4",
        "tool_calls",
        Usage(54, 76, reasoning=62),
        reasoning=327,
        calls=(("call_0", "weather", '{"location": "Florence, Italy"}', "CiQBvj72+y6VX8BA"),),
        parts=("text thought", "functionCall thoughtSignature"),
    ),
)
EVERY_FACT = pytest.mark.parametrize("fact", FACTS, ids=name_of)


def decoder(_fact: Fact | None = None) -> wires.Decoder:
    return feeding.make_decoder("gemini", gemini.PROVIDER)


def decode(*pieces: bytes) -> list[Event]:
    return feeding.feed_stream(decoder(), *pieces)


def decode_body(body: bytes) -> list[Event]:
    return feeding.feed_body(decoder(), body)


def read(path: Path) -> list[Event]:
    data = path.read_bytes()
    return decode(data) if path.suffix == ".sse" else decode_body(data)


def chunks_of(path: Path) -> list[dict[str, Any]]:
    """The responses that a file holds, as the server sent them."""
    data = path.read_text(encoding="utf-8")
    if path.suffix == ".sse":
        return [json.loads(line[6:]) for line in data.splitlines() if line.startswith("data: ")]
    body = json.loads(data)
    return body if isinstance(body, list) else [body]


def parts_of(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [c["candidates"][0].get("content", {}).get("parts", ()) for c in chunks]
    return [part for parts in found for part in parts]


def kept(events: list[Event]) -> list[dict[str, Any]]:
    return [event.item for event in events if isinstance(event, RawItem)]


def case_of(name: str) -> list[Event]:
    """The events of a tape."""
    return read_tape(TAPES / "gemini" / name)


def calls_of(answer: Answer) -> Iterator[tuple[str, str, str, str]]:
    for part in answer.message.parts:
        if isinstance(part, ToolCall):
            yield part.id, part.name, part.arguments, part.signature or ""


# --- recorded answers


@EVERY_FACT
def test_a_recorded_answer_is_read_as_it_was_given(fact: Fact) -> None:
    events = read(located(fact.file))
    answer = fold_answer(events)
    reasoning = [part.text for part in answer.message.parts if isinstance(part, Reasoning)]
    assert (answer.model, answer.response_id, answer.finish_reason, answer.usage, answer.fault) == (
        fact.model,
        fact.response_id,
        fact.finish,
        fact.usage,
        None,
    )
    assert (answer.text, sum(map(len, reasoning))) == (fact.text, fact.reasoning)
    assert tuple(source.title for source in answer.sources) == fact.sources
    assert tuple((e.tool, e.phase) for e in events if isinstance(e, ServerToolProgress)) == fact.ran
    assert tuple(" ".join(item) for item in kept(events)) == fact.parts


@EVERY_FACT
def test_a_recorded_call_has_its_arguments_and_the_signature_it_came_with(fact: Fact) -> None:
    calls = list(calls_of(fold_answer(read(located(fact.file)))))
    assert [call[:3] for call in calls] == [told[:3] for told in fact.calls]
    for (*_, signature), (*_, begins) in zip(calls, fact.calls, strict=True):
        assert bool(signature) == bool(begins)
        assert signature.startswith(begins)


@EVERY_FACT
def test_a_recorded_citation_spans_the_words_it_is_about(fact: Fact) -> None:
    answer = fold_answer(read(located(fact.file)))
    words = tuple((c.number, answer.text[c.start : c.end]) for c in answer.citations)
    assert words == fact.words
    assert all(c.cited_text == answer.text[c.start : c.end] for c in answer.citations)


@EVERY_FACT
def test_recorded_usage_adds_up_to_the_servers_own_total(fact: Fact) -> None:
    path = located(fact.file)
    usage = fold_answer(read(path)).usage
    total = chunks_of(path)[-1]["usageMetadata"]["totalTokenCount"]
    assert (usage.input or 0) + (usage.output or 0) == total


@EVERY_FACT
def test_what_is_kept_of_a_recorded_answer_loses_nothing_and_moves_no_signature(
    fact: Fact,
) -> None:
    path = located(fact.file)
    sent, replayed = parts_of(chunks_of(path)), kept(read(path))
    assert [p for p in sent if p.keys() != {"text"}] == [p for p in replayed if set(p) != {"text"}]
    assert "".join(p.get("text", "") for p in sent) == "".join(p.get("text", "") for p in replayed)


# --- tapes


# --- finish reasons

EXITS = {
    "STOP": ("stop", None, None),
    "MAX_TOKENS": ("length", "length", 9),
    "CONTINUATION": ("pause", "pause", 9),
    "SAFETY": ("content_filter", "content_filter", 10),
    "RECITATION": ("content_filter", "content_filter", 10),
    "BLOCKLIST": ("content_filter", "content_filter", 10),
    "PROHIBITED_CONTENT": ("content_filter", "content_filter", 10),
    "SPII": ("content_filter", "content_filter", 10),
    "IMAGE_SAFETY": ("content_filter", "content_filter", 10),
    "IMAGE_PROHIBITED_CONTENT": ("content_filter", "content_filter", 10),
    "IMAGE_RECITATION": ("content_filter", "content_filter", 10),
    "IMAGE_OTHER": ("content_filter", "content_filter", 10),
    "LANGUAGE": ("content_filter", "content_filter", 10),
    "NO_IMAGE": ("content_filter", "content_filter", 10),
    "MALFORMED_FUNCTION_CALL": (None, "malformed_tool_call", 7),
    "UNEXPECTED_TOOL_CALL": (None, "malformed_tool_call", 7),
    "TOO_MANY_TOOL_CALLS": (None, "malformed_tool_call", 7),
    "OTHER": (None, "server", 7),
    "MALFORMED_RESPONSE": (None, "server", 7),
    "MISSING_THOUGHT_SIGNATURE": (None, "server", 7),
}


def finished(reason: str | None, *parts: dict[str, Any], **candidate: Any) -> dict[str, Any]:
    content = {"parts": list(parts or ({"text": "Yes."},)), "role": "model"}
    end = {} if reason is None else {"finishReason": reason}
    return {"candidates": [{"content": content, **end, "index": 0, **candidate}]}


def told_of(*chunks: Any) -> list[Event]:
    return decode(sse_of(*map(json.dumps, chunks), end=""))


def exit_of(events: list[Event]) -> tuple[str | None, str | None, int | None]:
    """Finish reason, kind of fault and exit code of an answer that no limit was set for."""
    answer = with_fault(fold_answer(events), user_limited=False)
    fault = answer.fault
    return answer.finish_reason, fault and fault.kind, fault and fault.exit_code


@pytest.mark.parametrize(("raw", "ending"), EXITS.items())
def test_a_finish_reason_has_its_neutral_name_and_exit_code(
    raw: str, ending: tuple[str | None, str | None, int | None]
) -> None:
    events = told_of(finished(raw))
    assert exit_of(events) == ending
    assert fold_answer(events).text == "Yes."
    last = events[-1]
    assert (last.raw if isinstance(last, Finish) else last.fault.code) == raw


def test_every_reason_that_the_official_sdk_knows_but_stop_is_not_a_whole_answer() -> None:
    types = pytest.importorskip("google.genai.types")
    known = {reason.value for reason in types.FinishReason} - {
        "STOP",
        "FINISH_REASON_UNSPECIFIED",
    }
    assert known >= EXITS.keys() - {"STOP"}
    assert {reason for reason in known if exit_of(told_of(finished(reason)))[2] is None} == set()


def test_a_prompt_is_blocked_for_whatever_reason_with_exit_10() -> None:
    types = pytest.importorskip("google.genai.types")
    for reason in (*(reason.value for reason in types.BlockedReason), "NEW_REASON"):
        events = told_of({"promptFeedback": {"blockReason": reason}})
        assert exit_of(events) == ("content_filter", "content_filter", 10)
        assert events[-1] == Finish("content_filter", reason)


def test_why_an_answer_failed_is_told_in_the_servers_words() -> None:
    (failure,) = [e for e in case_of("malformed-function-call") if isinstance(e, Failure)]
    assert failure.fault.message == "Malformed function call: print(default_api.port("


def test_an_unknown_finish_reason_is_no_whole_answer() -> None:
    last = told_of(finished("NEW_REASON"))[-1]
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.code) == ("truncated", "NEW_REASON")


@pytest.mark.parametrize("reason", ["MAX_TOKENS", "SAFETY", "CONTINUATION"])
def test_a_call_in_an_answer_that_did_not_stop_is_no_end_in_tool_calls(reason: str) -> None:
    call = {"functionCall": {"name": "now", "args": {}}}
    assert exit_of(told_of(finished(reason, call)))[0] == EXITS[reason][0]


def test_the_token_that_continues_an_answer_is_kept() -> None:
    assert fold_answer(case_of("continuation")).continuation == "dG9r"


# --- parts


def test_server_code_that_ran_is_one_step_with_what_went_in_and_what_came_out() -> None:
    answer = fold_answer(case_of("text-after-the-first-finish"))
    steps = [part for part in answer.message.parts if isinstance(part, ServerTool)]
    assert [(s.tool, s.input, s.output) for s in steps] == [
        ("code_execution", "print(6*7)\n", "42\n")
    ]


def test_a_server_step_is_no_call_for_us() -> None:
    assert list(calls_of(fold_answer(case_of("server-steps")))) == []


def test_calls_without_an_id_have_ids_of_their_own() -> None:
    ids = [call[0] for call in calls_of(fold_answer(case_of("calls-without-id-in-one-chunk")))]
    assert len(set(ids)) == 2
    assert all(ids)


def test_sound_in_pieces_is_put_together() -> None:
    answer = fold_answer(case_of("inline-audio-in-pieces"))
    assert [p.data for p in answer.message.parts if isinstance(p, Media)] == [b"\0\1\2\3"]


def test_a_picture_is_told_with_its_type() -> None:
    images = [e for e in case_of("inline-image") if isinstance(e, Image)]
    assert images == [Image(Media("image/png", b"\x89PNG\r\n\x1a\n"))]


def test_log_probabilities_are_told() -> None:
    content = {"chosenCandidates": [{"token": "Yes", "logProbability": -0.1}]}
    events = told_of(finished("STOP", logprobsResult=content))
    told = [{"token": "Yes", "logprob": -0.1, "top": []}]
    assert [event.content for event in events if isinstance(event, Logprobs)] == [told]


@pytest.mark.parametrize("place", ["top", "candidate", "part"])
def test_an_unknown_field_is_kept(place: str) -> None:
    new = {"new_field": {"x": 1}}
    beside = new if place == "candidate" else {}
    chunk = finished("STOP", {"text": "Hi"}, *([new] if place == "part" else []), **beside)
    events = told_of(chunk | (new if place == "top" else {}))
    assert [event.item for event in events if isinstance(event, UnknownItem)] == [new]
    assert fold_answer(events).text == "Hi"


def test_unknown_fields_are_told_in_the_order_they_came_in() -> None:
    names = [f"new_{name}" for name in "qwertyuiop"]
    events = told_of(finished("STOP") | dict.fromkeys(names, 1))
    assert [[*event.item] for event in events if isinstance(event, UnknownItem)] == [
        [name] for name in names
    ]


def test_a_signature_without_thoughts_is_no_reasoning_to_show() -> None:
    events = told_of(finished("STOP", {"text": "Hi"}, {"text": "", "thoughtSignature": "QUJD"}))
    assert answer_json(fold_answer(events))["reasoning"] is None


# --- grounding

SAID = "Ænø 🌊 high at six, küste 🇩🇰 low at noon."


def grounded(said: str, start: int | None, end: int | None, *indices: int) -> list[Citation]:
    """The citations of one support over ``said``, given in bytes."""
    segment = {"startIndex": start, "endIndex": end}
    metadata = {
        "groundingChunks": [
            {"web": {"uri": f"https://{n}.example/", "title": str(n)}} for n in range(3)
        ],
        "groundingSupports": [
            {
                "segment": {k: v for k, v in segment.items() if v is not None},
                "groundingChunkIndices": indices,
            }
        ],
    }
    events = told_of(finished("STOP", {"text": said}, groundingMetadata=metadata))
    assert problems_in(events) == []
    return [event for event in events if isinstance(event, Citation)]


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), st.data())
def test_bytes_become_code_points_in_any_script(said: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(said)))
    end = data.draw(st.integers(start, len(said)))
    first = len(said[:start].encode())
    cites = grounded(said, first or None, len(said[:end].encode()), 0)
    assert [(c.start, c.end) for c in cites] == [(start, end)]


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        pytest.param(None, 10_000, (0, len(SAID)), id="an end beyond the text"),
        pytest.param(9_000, 10_000, (len(SAID), len(SAID)), id="nowhere in the text"),
        pytest.param(0, 2, (0, 1), id="the first letter"),
        pytest.param(None, None, (None, None), id="no place at all"),
    ],
)
def test_a_place_that_does_not_fit_the_text_is_no_bug_of_ours(
    start: int | None, end: int | None, span: tuple[int | None, int | None]
) -> None:
    (cite,) = grounded(SAID, start, end, 0)
    assert (cite.start, cite.end) == span


@pytest.mark.parametrize(
    ("indices", "numbers"),
    [((0, 2), [1, 3]), ((7,), []), ((-1,), []), ((), []), ((1, 9, 0), [2, 1])],
)
def test_a_support_names_its_sources_by_their_place(
    indices: tuple[int, ...], numbers: list[int]
) -> None:
    assert [cite.number for cite in grounded(SAID, None, 2, *indices)] == numbers


def test_a_span_counts_from_the_start_of_the_answer_and_not_of_the_thoughts() -> None:
    chunks = [{"web": {"uri": "https://a.example/", "title": "A"}}]
    support = {"segment": {"startIndex": 5, "endIndex": 10}, "groundingChunkIndices": [0]}
    metadata = {"groundingChunks": chunks, "groundingSupports": [support]}
    events = told_of(
        finished(None, {"text": "Wait, let me see.", "thought": True}),
        finished("STOP", {"text": "Ebb. Flow."}, groundingMetadata=metadata),
    )
    answer = fold_answer(events)
    assert [answer.text[c.start : c.end] for c in answer.citations] == ["Flow."]


@pytest.mark.parametrize("kind", ["web", "maps", "retrievedContext"])
def test_a_source_of_any_kind_is_told(kind: str) -> None:
    page = {"uri": "https://a.example/", "title": "A"}
    events = told_of(finished("STOP", groundingMetadata={"groundingChunks": [{kind: page}]}))
    assert [(s.url, s.title) for s in fold_answer(events).sources] == [("https://a.example/", "A")]


# --- bodies that are no answer, usage that is none


def test_broken_json_in_the_middle_ends_the_answer() -> None:
    events = decode(sse_of(json.dumps(finished(None)), "{oops", json.dumps(finished("STOP"))))
    assert fold_answer(events).text == "Yes."
    assert exit_of(events) == (None, "protocol", 7)


def test_a_sentinel_that_other_wires_send_is_passed_over() -> None:
    assert decode(sse_of(json.dumps(finished("STOP"))))[-1] == Finish("stop", "STOP")


USAGES: dict[str, tuple[dict[str, Any], Usage]] = {
    "thoughts are beside the answer": (
        {"promptTokenCount": 9, "candidatesTokenCount": 5, "thoughtsTokenCount": 21},
        Usage(9, 26, reasoning=21),
    ),
    "thoughts without an answer": (
        {"promptTokenCount": 9, "thoughtsTokenCount": 21},
        Usage(9, 21, reasoning=21),
    ),
    "tool prompts are beside the prompt": (
        {"promptTokenCount": 9, "toolUsePromptTokenCount": 100, "candidatesTokenCount": 5},
        Usage(109, 5),
    ),
    "cached tokens are inside the prompt": (
        {"promptTokenCount": 9, "cachedContentTokenCount": 4},
        Usage(9, cached_input=4),
    ),
    "a told 0 is 0": (
        {"promptTokenCount": 9, "candidatesTokenCount": 0, "thoughtsTokenCount": 0},
        Usage(9, 0, reasoning=0),
    ),
    "nonsense is unknown": (
        {"promptTokenCount": "9", "candidatesTokenCount": -1, "thoughtsTokenCount": True},
        Usage(),
    ),
}


@pytest.mark.parametrize(("raw", "usage"), USAGES.values(), ids=USAGES)
def test_usage_is_counted_in_one_way(raw: dict[str, Any], usage: Usage) -> None:
    events = told_of(finished("STOP") | {"usageMetadata": raw})
    seen = [event for event in events if isinstance(event, UsageUpdate)]
    assert [(event.usage, event.raw) for event in seen] == [(usage, raw)]


def test_searches_are_counted_once_each() -> None:
    usage = {"usageMetadata": {"promptTokenCount": 9}}
    metadata = [{"webSearchQueries": asked} for asked in (["a"], ["a", "b"], ["b"], None)]
    chunks = [finished("STOP", groundingMetadata=each) | usage for each in metadata]
    assert fold_answer(told_of(*chunks)).usage.searches == 2


# --- nonsense

# Every field the decoder looks at, so that nonsense can be put in the place of each.
PARTS: list[dict[str, Any]] = [
    {"text": "r", "thought": True, "thoughtSignature": "c2ln"},
    {"text": "Hi", "thoughtSignature": "c2ln"},
    {"functionCall": {"id": "a", "name": "f", "args": {"x": 1}}, "thoughtSignature": "c2ln"},
    {"executableCode": {"language": "PYTHON", "code": "1"}},
    {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
    {"toolCall": {"id": "s", "toolType": "T", "args": {}}},
    {"toolResponse": {"id": "s", "toolType": "T", "response": {}}},
    {"inlineData": {"mimeType": "image/png", "data": "AAEC"}},
    {"inlineData": {"mimeType": "audio/wav", "data": "AAEC"}},
]
CHUNK: dict[str, Any] = {
    "candidates": [
        {
            "content": {"parts": PARTS, "role": "model"},
            "finishReason": "STOP",
            "finishMessage": "m",
            "continuationToken": "t",
            "index": 0,
            "logprobsResult": {"chosenCandidates": []},
            "groundingMetadata": {
                "webSearchQueries": ["q"],
                "groundingChunks": [{"web": {"uri": "https://a.example/", "title": "A"}}],
                "groundingSupports": [
                    {
                        "segment": {"startIndex": 0, "endIndex": 1, "text": "H", "partIndex": 0},
                        "groundingChunkIndices": [0],
                    }
                ],
            },
            "urlContextMetadata": {
                "urlMetadata": [{"retrievedUrl": "https://b.example/", "urlRetrievalStatus": "S"}]
            },
        }
    ],
    "promptFeedback": {"blockReason": ""},
    "usageMetadata": {
        "promptTokenCount": 9,
        "candidatesTokenCount": 1,
        "thoughtsTokenCount": 1,
        "toolUsePromptTokenCount": 1,
        "cachedContentTokenCount": 1,
    },
    "modelVersion": "m1",
    "responseId": "r1",
    "error": None,
}
BROKEN = CHUNK | {
    "error": {
        "code": 429,
        "message": "m",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"reason": "R", "violations": [{"quotaId": "PerDay"}]}],
    }
}
WRONG = replaced(CHUNK, ("candidates", 0, "finishReason"), "OTHER")
SHAPES = {"answer": CHUNK, "error": BROKEN, "failure": WRONG}


def test_the_chunk_that_nonsense_is_put_into_is_read_to_its_end() -> None:
    events = told_of(CHUNK)
    assert problems_in(events) == []
    assert events[-1] == Finish("tool_calls", "STOP", "t")
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Hi"]
