"""What each field of a chat completions chunk tells, event by event."""

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
    Logprobs,
    ReasoningDelta,
    RefusalDelta,
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
from aichat.core.message.media import Media, Url
from aichat.wires.chat.decode import ChatDecoder
from aichat.wires.shared.openai_usage import chat_usage
from tests.support.values.feeding import decode, feed_stream, sse_of

A, B = "https://a.example/", "https://b.example/"
STOP = Finish("stop", "stop")


def told(*choices: dict[str, Any], **more: Any) -> list[Event]:
    """What comes between the start and the end of an answer, of which each choice is a chunk."""
    chunks = [json.dumps({"choices": [choice], **more}) for choice in choices]
    end = json.dumps({"choices": [{"finish_reason": "stop"}]})
    first, *events, last = decode(sse_of(*chunks, end))
    assert (first, last.type) == (Start(), "finish")
    return events


def unknown(item: Any) -> UnknownItem:
    return UnknownItem("chat", item)


def by_field(text: str) -> ReasoningDelta:
    """Reasoning in a field that is not the usual one of Groq."""
    return ReasoningDelta(text, carrier="reasoning_content")


DELTAS: dict[str, tuple[dict[str, Any], list[Event]]] = {
    "text": ({"content": "a"}, [TextDelta("a")]),
    "text in parts": (
        {"content": [{"text": "a"}, "b", {"type": "x"}, 7]},
        [TextDelta("a"), TextDelta("b"), unknown({"type": "x"}), unknown(7)],
    ),
    "text that is none": ({"content": 7}, []),
    "reasoning": ({"reasoning_content": "r"}, [by_field("r")]),
    "reasoning by another name": ({"reasoning": "r"}, [ReasoningDelta("r")]),
    "reasoning twice": ({"reasoning": "r", "reasoning_content": "s"}, [ReasoningDelta("r")]),
    "reasoning twice, the other way": (
        {"reasoning_content": "s", "reasoning": "r"},
        [by_field("s")],
    ),
    "reasoning that is none": ({"reasoning": {"x": 1}}, []),
    "a refusal": ({"refusal": "no"}, [RefusalDelta("no")]),
    "what says nothing": ({"role": "assistant", "channel": "c", "content": "", "new": None}, []),
    "what nobody knows": ({"new": 1}, [unknown({"new": 1})]),
    "sound": (
        {"audio": {"data": "AA==", "transcript": "t"}},
        [Audio(Media("audio/*", b"\0", transcript="t")), TextDelta("t")],
    ),
    "sound without words": ({"audio": {"id": "x"}}, [Audio(Media("audio/*", b""))]),
    "a picture": (
        {"images": [{"image_url": {"url": "data:image/png;base64,AAE="}}, {"image_url": A}]},
        [Image(Media("image/png", b"\0\1")), Image(Media("image/*", Url(A)))],
    ),
    "an address that has a comma": (
        {"images": [{"image_url": "https://a.example/,x"}]},
        [Image(Media("image/*", Url("https://a.example/,x")))],
    ),
    "a data URL that has none": (
        {"images": [{"image_url": "data:x"}]},
        [Image(Media("image/*", Url("data:x")))],
    ),
    "citations": (
        {
            "annotations": [
                {
                    "type": "url_citation",
                    "url_citation": {"url": A, "title": "T", "start_index": 0, "end_index": 2},
                },
                {"type": "url_citation", "url": B},
                {"type": "file", "file": {"url": A}},
                {"type": "new"},
            ]
        },
        [
            Source(1, A, "T"),
            Source(2, B),
            unknown({"type": "new"}),
            Citation(1),
            Citation(2),
            Citation(1),
        ],
    ),
    "a tool of the server's": (
        {
            "executed_tools": [
                {"index": 0, "type": "search", "arguments": "q"},
                {
                    "index": 0,
                    "type": "search",
                    "arguments": "q",
                    "output": "o",
                    "search_results": {"results": [{"url": A, "title": "T"}]},
                },
                {},
            ]
        },
        [
            ServerToolProgress("0", "search", "start", "q"),
            ServerToolProgress("0", "search", "end", "q", "o"),
            Source(1, A, "T"),
            ServerToolProgress("", "tool", "start"),
        ],
    ),
}


@pytest.mark.parametrize(("delta", "events"), DELTAS.values(), ids=DELTAS)
def test_a_field_of_a_delta_tells_its_events(delta: dict[str, Any], events: list[Event]) -> None:
    assert told({"delta": delta}) == events
    if "reasoning_content" not in delta:  # which comes first in a message, whatever its place
        assert told({"message": delta}) == events


CALLS: dict[str, tuple[list[dict[str, Any]], list[Event]]] = {
    "whole": (
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}],
        [ToolCallStart(0, "a", "f"), ToolCallDelta(0, "{}"), ToolCallEnd(0, "{}")],
    ),
    "without an id": (
        [{"function": {"name": "f"}}],
        [ToolCallStart(0, "call_0", "f"), ToolCallEnd(0, "")],
    ),
    "arguments as an object": (
        [{"id": "a", "function": {"name": "f", "arguments": {"é": 1}}}],
        [ToolCallStart(0, "a", "f"), ToolCallDelta(0, '{"é": 1}'), ToolCallEnd(0, '{"é": 1}')],
    ),
    "of a custom kind": (
        [{"id": "a", "type": "custom", "custom": {"name": "f", "input": "x"}}],
        [
            ToolCallStart(0, "a", "f", kind="custom"),
            ToolCallDelta(0, "x"),
            ToolCallEnd(0, "x"),
        ],
    ),
}


@pytest.mark.parametrize(("fragments", "events"), CALLS.values(), ids=CALLS)
def test_a_call_is_put_together(fragments: list[dict[str, Any]], events: list[Event]) -> None:
    assert told(*({"delta": {"tool_calls": [fragment]}} for fragment in fragments)) == events


def test_a_call_in_the_shape_of_before_is_one() -> None:
    assert told({"delta": {"function_call": {"name": "f", "arguments": "{}"}}}) == [
        ToolCallStart(0, "call_0", "f"),
        ToolCallDelta(0, "{}"),
        ToolCallEnd(0, "{}"),
    ]


CHOICES: dict[str, tuple[dict[str, Any], list[Event]]] = {
    "another answer": ({"index": 1, "delta": {"content": "x"}}, []),
    "log probabilities": (
        {"delta": {}, "logprobs": {"content": [{"token": "a", "logprob": -0.1, "bytes": [97]}]}},
        [Logprobs([{"token": "a", "logprob": -0.1, "top": []}])],
    ),
    "usage": (
        {"delta": {}, "usage": {"prompt_tokens": 1}},
        [UsageUpdate(Usage(1), None, {"prompt_tokens": 1})],
    ),
    "a delta beside a message of other words": (
        {"delta": {"content": "a"}, "message": {"content": "b"}},
        [TextDelta("a")],
    ),
    "a delta that says nothing": (
        {"delta": {"content": ""}, "message": {"content": "b"}},
        [TextDelta("b")],
    ),
    "a message that is none": ({"delta": {"refusal": "n"}, "message": 7}, [RefusalDelta("n")]),
    "a delta that is none": ({"delta": 7}, []),
    "a message whose reasoning stands last": (
        {"message": {"content": "b", "reasoning_content": "r"}},
        [by_field("r"), TextDelta("b")],
    ),
}


@pytest.mark.parametrize(("choice", "events"), CHOICES.values(), ids=CHOICES)
def test_a_field_of_a_choice_tells_its_events(choice: dict[str, Any], events: list[Event]) -> None:
    found = [unknown(choice)] if choice.get("index") else events
    assert told(choice) == found


def test_a_message_that_grows_tells_what_is_new() -> None:
    assert told(*({"message": {"content": text}} for text in ("a", "ab", "abc"))) == [
        TextDelta("a"),
        TextDelta("b"),
        TextDelta("c"),
    ]


CHUNKS: dict[str, tuple[dict[str, Any], list[Event]]] = {
    "sources, in the order that has titles": (
        {"citations": [A, B], "search_results": [{"url": B, "title": "T"}]},
        [Source(1, B, "T"), Source(2, A)],
    ),
    "pictures": ({"images": [{"image_url": A}]}, [Image(Media("image/*", Url(A)))]),
    "usage inside x_groq": (
        {"x_groq": {"id": "r", "usage": {"prompt_tokens": 1}}},
        [UsageUpdate(Usage(1), None, {"prompt_tokens": 1})],
    ),
    "x_groq that is none": ({"x_groq": 7}, []),
    "usage that is none": ({"usage": 7}, []),
    "usage with its tier": (
        {"usage": {"prompt_tokens": 1}, "service_tier": "flex"},
        [UsageUpdate(Usage(1), None, {"prompt_tokens": 1}, UsageDetail({}, "flex"))],
    ),
    "what nobody knows, in its order": (
        {"zebra": 1, "ant": 2, "nothing": None},
        [unknown({"zebra": 1}), unknown({"ant": 2})],
    ),
    "what says nothing": (
        {
            **dict.fromkeys(("object", "created", "system_fingerprint", "service_tier"), "x"),
            **dict.fromkeys(("obfuscation", "status", "type"), "x"),
        },
        [],
    ),
}


@pytest.mark.parametrize(("fields", "events"), CHUNKS.values(), ids=CHUNKS)
def test_what_stands_beside_the_choices_tells_its_events(
    fields: dict[str, Any], events: list[Event]
) -> None:
    assert told({"delta": {}}, **fields) == events


def test_markers_name_the_sources_where_there_are_any() -> None:
    assert told({"delta": {"content": "Ebb [1]."}}, citations=[A]) == [
        TextDelta("Ebb [1]."),
        Source(1, A),
        Citation(1, 4, 7),
    ]
    assert told({"delta": {"content": "Ebb [1]."}}) == [TextDelta("Ebb [1].")]


REASONS = {
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


def ended(delta: dict[str, Any], reason: Any) -> list[Event]:
    return decode(sse_of(json.dumps({"choices": [{"delta": delta, "finish_reason": reason}]})))


@pytest.mark.parametrize(("raw", "reason"), REASONS.items())
def test_a_finish_reason_is_one_of_ours(raw: str, reason: str) -> None:
    plain = "stop" if reason == "tool_calls" else reason  # there are no calls
    assert ended({"content": "a"}, raw)[-1] == Finish(plain, raw)
    kept = reason if reason not in ("stop", "tool_calls") else "refusal"
    assert ended({"refusal": "n"}, raw)[-1] == Finish(kept, raw)


ENDS: dict[str, tuple[list[str], str, str, str]] = {
    # frames, the line that ends the stream -> kind and words of the fault
    "no choices": (['{"id":"x"}'], "", "protocol", "not the API: an answer without choices"),
    "no choices but an end": (
        ["{}"],
        "data: [DONE]\n\n",
        "protocol",
        "not the API: an answer without choices",
    ),
    "no end": (
        ['{"choices":[{"delta":{"content":"a"}}]}'],
        "",
        "truncated",
        "the stream ended before the answer was complete",
    ),
    "an end of nothing": (
        ['{"choices":[{"delta":{}}]}'],
        "data: [DONE]\n\n",
        "truncated",
        "the stream ended before the answer was complete",
    ),
    "nothing": (
        [],
        "data: [DONE]\n\n",
        "truncated",
        "the stream ended before the answer was complete",
    ),
}


@pytest.mark.parametrize(("frames", "end", "kind", "words"), ENDS.values(), ids=ENDS)
def test_an_answer_that_does_not_end_is_a_fault(
    frames: list[str], end: str, kind: str, words: str
) -> None:
    last = decode(sse_of(*frames, end=end))[-1]
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.message) == (kind, words)


@pytest.mark.parametrize("delta", [{"content": "a"}, {"tool_calls": [{"function": {"name": "f"}}]}])
def test_done_ends_what_said_something(delta: dict[str, Any]) -> None:
    assert isinstance(ended(delta, None)[-1], Finish)


def test_an_error_keeps_its_request_and_what_it_was() -> None:
    error = {"error": {"message": "m", "code": "rate_limit_exceeded"}, "request_id": "r"}
    first, last = decode(sse_of(json.dumps(error)))
    assert first == unknown(error)
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.message, last.fault.request_id) == ("rate_limit", "m", "r")


def test_an_error_without_words_is_told_as_it_is() -> None:
    last = decode(b'event: error\ndata: {"x": 1}\n\n')[-1]
    assert isinstance(last, Failure)
    assert last.fault.message == '{"x": 1}'


def test_what_is_no_object_is_kept() -> None:
    events = decode(sse_of("7", '{"choices":[{"finish_reason":"stop"}]}'))
    assert events == [unknown(7), Start(), STOP]


@pytest.mark.parametrize(
    ("texts", "shown"), [([" ", " a", " b"], "a b"), (["a"], "a"), (["  "], "")]
)
def test_spaces_before_the_answer_are_taken_off_once(texts: list[str], shown: str) -> None:
    chunks = [json.dumps({"choices": [{"delta": {"content": text}}]}) for text in texts]
    events = feed_stream(ChatDecoder(strip=True), sse_of(*chunks))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == shown


DETAILS: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({"prompt_tokens_details": {"audio_tokens": 3}}, {"audio_input": 3}),
    ({"prompt_tokens_details": {"image_tokens": 3}}, {"image_input": 3}),
    ({"prompt_tokens_details": {"video_tokens": 3}}, {"video_input": 3}),
    ({"completion_tokens_details": {"image_tokens": 3}}, {"image_output": 3}),
    ({"completion_tokens_details": {"audio_tokens": 3}}, {"audio_output": 3}),
    (
        {"prompt_tokens_details": {"cached_tokens_details": {"audio_tokens": 3}}},
        {"audio_cached": 3},
    ),
    ({"citation_tokens": 3}, {"citation": 3}),
    (
        {"prompt_tokens_details": {"cache_creation": {"ephemeral_1h_input_tokens": 3}}},
        {"write_1h": 3},
    ),
    (
        {"prompt_tokens_details": {"cache_write_tokens_details": {"ttl_12h_tokens": 3}}},
        {"write_12h": 3},
    ),
]


@pytest.mark.parametrize(("raw", "counts"), DETAILS, ids=lambda value: str(value)[:50])
def test_what_has_a_price_of_its_own_is_counted(
    raw: dict[str, Any], counts: dict[str, int]
) -> None:
    assert chat_usage(raw, None).detail == UsageDetail(counts)


@pytest.mark.parametrize(
    ("raw", "searches", "found"),
    [
        ({"num_search_queries": 2}, None, 2),
        ({"plugins": {"search": {"count": 3}}}, None, 3),
        ({"num_sources_used": 4}, None, 4),
        ({"num_sources_used": 4, "plugins": {"search": {"count": 3}}}, None, 3),
        ({"num_search_queries": 2}, 5, 5),
        ({}, None, None),
    ],
)
def test_searches_are_the_billed_ones_unless_some_were_seen(
    raw: dict[str, Any], searches: int | None, found: int | None
) -> None:
    assert chat_usage(raw, searches).usage.searches == found


@pytest.mark.parametrize(
    ("raw", "cost"),
    [
        ({"cost_in_usd_ticks": 14}, 1),
        ({"cost_in_usd_ticks": 15}, 2),
        ({"cost_in_usd_ticks": 0, "cost": {"total_cost": 1}}, 0),
        ({"cost": {"total_cost": 0.5}}, 500_000_000),
        ({"cost": {"total_cost": 0}}, 0),
        *(({"cost": {"total_cost": bad}}, None) for bad in (True, "1", -1, 10**15, None)),
        ({}, None),
    ],
)
def test_money_is_in_billionths_whatever_it_came_in(raw: dict[str, Any], cost: int | None) -> None:
    found = chat_usage(raw, None).cost
    assert (found and found.amount) == cost
