"""Messages answers: every recorded one and every tape, cut anywhere, tell the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import answer_json
from aichat.core.exchange.event import (
    Event,
    Failure,
    Finish,
    RawItem,
    Start,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Raw, Text, ToolCall
from aichat.core.provider.endpoint import Endpoint
from tests.support.values import feeding
from tests.support.values.feeding import (
    feed_body,
    feed_stream,
    fold_answer,
    make_decoder,
    problems_in,
    sse_of,
)
from tests.wires.decoding import located, name_of, of_case, read_recording, read_tape, tapes
from tests.wires.responses.test_decode import Fact, facts_of

ANTHROPIC, XAI, LOCAL = (providers.load(name) for name in ("anthropic", "xai", "local"))

FACTS = (
    Fact(
        "anthropic/messages-anthropic-tool-search-deferred-bm25-2.json",
        "claude-sonnet-4-5-20250929",
        "tool_calls",
        Usage(1398, 213, cached_input=0, cache_write=0, searches=0),
        text="Perfect! I can see the current structure",
        length=226,
        calls=(
            (
                "toolu_019oFKxH7xzoKZtBX1mBGHeJ",
                "executeEditorOperation",
                '{"noteId": "d10aa585-982b-4bd9-984e-420f9b3717f7", "operations": '
                '[{"op": "insert_node", "at": {"type": "path", "path": [1]}, '
                '"type": "bulletedListItem", "text": "bye"}]}',
            ),
        ),
        ran=1,
        items=3,
    ),
    Fact(
        "anthropic/messages-opus-4-8-web-search-with-dynamic-filtering-succeeds.json",
        "claude-opus-4-8",
        "length",
        Usage(22205, 1552, cached_input=0, cache_write=0, reasoning=0, searches=2),
        text="I'll search for the current stock prices and P/E ratios of both AAPL and GOOGL.",
        length=2212,
        ran=4,
        sources=17,
        items=25,
    ),
    Fact(
        "anthropic/messages-raw-stream-capture-matrix-raw-exposes-stop-sequence.sse",
        "claude-haiku-4-5-20251001",
        "stop",
        Usage(18, 1, cached_input=0, cache_write=0),
    ),
    Fact(
        "anthropic/messages-reasoning-tool-roundtrip-streaming.sse",
        "claude-sonnet-4-6",
        "tool_calls",
        Usage(671, 113, cached_input=0, cache_write=0, reasoning=41),
        text="Sure! Let me check the current weather in Tokyo right away!",
        length=59,
        reasoning=116,
        sealed=1,
        calls=(("toolu_REDACTED_1", "get_weather", '{"city": "Tokyo, Japan"}'),),
        items=3,
    ),
    Fact(
        "anthropic/messages-test-anthropic-advisor-tool-stream.sse",
        "claude-sonnet-5",
        "stop",
        Usage(2411, 145, cached_input=0, cache_write=0, reasoning=47, searches=0),
        text='The task asks "What\'s 2+2?"',
        length=190,
        sealed=1,
        ran=1,
        items=5,
    ),
    Fact(
        "anthropic/messages-test-anthropic-web-fetch-tool-stream.sse",
        "claude-sonnet-4-20250514",
        "stop",
        Usage(7244, 153, cached_input=0, cache_write=0, searches=0),
        text="Pydantic AI is a Python agent framework",
        length=167,
        reasoning=194,
        sealed=1,
        ran=1,
        sources=1,
        items=4,
    ),
)
STREAMS = tuple(fact for fact in FACTS if not fact.file.endswith(".json"))


def decoder(_fact: Fact | None = None) -> wires.Decoder:
    return make_decoder("messages", ANTHROPIC)


def read(fact: Fact) -> list[Event]:
    return read_recording(fact.file, decoder())


def started(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": "msg_1", "model": "m1", "usage": usage}}


def block(index: int, *deltas: dict[str, Any], **raw: Any) -> list[dict[str, Any]]:
    begin = {"type": "content_block_start", "index": index, "content_block": raw}
    between = [{"type": "content_block_delta", "index": index, "delta": d} for d in deltas]
    return [begin, *between, {"type": "content_block_stop", "index": index}]


def said(text: str, index: int = 0) -> list[dict[str, Any]]:
    return block(index, {"type": "text_delta", "text": text}, type="text", text="")


def stopped(reason: Any = "end_turn", usage: Any = None, **delta: Any) -> list[dict[str, Any]]:
    end = {"type": "message_delta", "delta": {"stop_reason": reason, **delta}, "usage": usage or {}}
    return [end, {"type": "message_stop"}]


def told_of(*events: Any) -> list[Event]:
    return feed_stream(decoder(), sse_of(*map(json.dumps, events), end=""))


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_a_recorded_answer_is_read_as_it_was_given(fact: Fact) -> None:
    events = read(fact)
    assert facts_of(events) == {
        k: v for k, v in fact._asdict().items() if k not in ("file", "text")
    }
    assert fold_answer(events).text.startswith(fact.text)
    assert problems_in(events) == []


def test_no_recorded_answer_holds_anything_unknown() -> None:
    assert [e for fact in FACTS for e in read(fact) if isinstance(e, UnknownItem)] == []


@pytest.mark.parametrize("fact", STREAMS, ids=name_of)
def test_text_and_reasoning_are_the_deltas_joined(fact: Fact) -> None:
    lines = feeding.read_stream(located(fact.file)).split(b"\n")
    chunks = [json.loads(line[5:]) for line in lines if line.startswith(b"data:")]
    deltas = [chunk["delta"] for chunk in chunks if chunk["type"] == "content_block_delta"]
    answer = answer_json(fold_answer(read(fact)))
    assert answer["text"] == "".join(delta.get("text", "") for delta in deltas)
    assert (answer["reasoning"] or "") == "".join(delta.get("thinking", "") for delta in deltas)


@pytest.mark.parametrize("fact", [f for f in FACTS if f not in STREAMS], ids=name_of)
def test_the_blocks_kept_for_replay_are_those_of_the_server(fact: Fact) -> None:
    kept = [event.item for event in read(fact) if isinstance(event, RawItem)]
    assert kept == json.loads(located(fact.file).read_text())["content"]


@pytest.mark.parametrize("fact", STREAMS, ids=name_of)
def test_the_streamed_blocks_kept_for_replay_are_whole(fact: Fact) -> None:
    kept = [event.item for event in read(fact) if isinstance(event, RawItem)]
    answer = fold_answer(read(fact))
    assert "".join(b["text"] for b in kept if b["type"] == "text") == answer.text
    thoughts = [b["thinking"] for b in kept if b["type"] == "thinking"]
    assert "".join(thoughts) == (answer_json(answer)["reasoning"] or "")
    calls = [part for part in answer.message.parts if isinstance(part, ToolCall)]
    asked = [b["input"] for b in kept if b["type"] == "tool_use"]
    assert asked == [json.loads(call.arguments) for call in calls]


@pytest.mark.parametrize("fact", STREAMS, ids=name_of)
def test_a_recorded_stream_tells_the_same_without_event_lines(fact: Fact) -> None:
    data = feeding.read_stream(located(fact.file))
    assert feed_stream(decoder(), feeding.without_event_names(data)) == read_recording(
        fact.file, decoder()
    )


# every stop reason of the reference, 6e and 11.4
REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "refusal": "refusal",
}


@pytest.mark.parametrize("whole", [False, True], ids=["stream", "body"])
@pytest.mark.parametrize(("raw", "reason"), REASONS.items())
def test_a_stop_reason_has_one_neutral_name(raw: str, reason: str, whole: bool) -> None:
    body = {"type": "message", "id": "msg_1", "content": [], "stop_reason": raw}
    events = feed_body(decoder(), json.dumps(body).encode())
    events = events if whole else told_of(started(), *said("Aye."), *stopped(raw))
    assert events[-1] == Finish(reason, raw)


@pytest.mark.parametrize("whole", [False, True], ids=["stream", "body"])
def test_a_full_context_window_is_the_fault_that_it_is_elsewhere(whole: bool) -> None:
    raw = "model_context_window_exceeded"
    body = {"type": "message", "content": [{"type": "text", "text": "Aye."}], "stop_reason": raw}
    events = feed_body(decoder(), json.dumps(body).encode())
    events = events if whole else told_of(started(), *said("Aye."), *stopped(raw))
    assert (events[-1].fault.kind, events[-1].fault.exit_code) == ("context_length", 5)
    assert fold_answer(events).text == "Aye."


def test_a_stop_reason_of_tomorrow_is_no_whole_answer() -> None:
    last = told_of(started(), *said("Aye."), *stopped("moonset"))[-1]
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.code) == ("truncated", "moonset")


def test_a_refusal_tells_its_reason_and_its_category() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
    answer = fold_answer(told_of(started(), *said("I "), *stopped("refusal", stop_details=details)))
    refusals = [part for part in answer.message.parts if part.type == "refusal"]
    assert [(part.text, part.category) for part in refusals] == [("Not this.", "cyber")]
    assert (answer.text, answer.finish_reason, answer.is_complete) == ("I ", "refusal", False)


FIRST = {
    "input_tokens": 14,
    "cache_creation_input_tokens": 20,
    "cache_read_input_tokens": 900,
    "output_tokens": 1,
}


@pytest.mark.parametrize(
    ("last", "usage"),
    [
        pytest.param({}, Usage(934, 1, 900, 20), id="what stands at the start stays"),
        pytest.param({"output_tokens": 64}, Usage(934, 64, 900, 20), id="the last output counts"),
        pytest.param(
            {"input_tokens": 5000, "output_tokens": 64},
            Usage(5920, 64, 900, 20),
            id="the last input counts, its caches stay",
        ),
        pytest.param(
            {
                "input_tokens": 1,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "output_tokens": 2,
            },
            Usage(1, 2, 0, 0),
            id="zeros replace too",
        ),
        pytest.param(
            {
                "output_tokens": 64,
                "output_tokens_details": {"thinking_tokens": 31},
                "server_tool_use": {"web_search_requests": 3},
                "cache_creation": {"ephemeral_5m_input_tokens": 20},
                "iterations": [{"input_tokens": 9999, "output_tokens": 9999}],
            },
            Usage(934, 64, 900, 20, 31, 3),
            id="thinking is inside the output, iterations are inside the rest",
        ),
        pytest.param(
            {"input_tokens": None, "output_tokens": None}, Usage(934, 1, 900, 20), id="null"
        ),
    ],
)
def test_usage_is_replaced_and_its_buckets_added(last: dict[str, Any], usage: Usage) -> None:
    events = told_of(started(**FIRST), *said("Aye."), *stopped(usage=last))
    assert fold_answer(events).usage == usage


def test_usage_that_is_not_told_is_unknown() -> None:
    events = told_of(started(), *said("Aye."), *stopped())
    assert [e for e in events if isinstance(e, UsageUpdate)] == []
    only = told_of(started(output_tokens=3), *said("Aye."), *stopped())
    assert fold_answer(only).usage == Usage(None, 3)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", '"7"', "[7]", "true"])
@pytest.mark.parametrize("field", [*FIRST, "output_tokens_details", "server_tool_use"])
def test_a_count_that_is_no_number_is_unknown(field: str, number: str) -> None:
    start = f'{{"type":"message_start","message":{{"usage":{{"{field}":{number}}}}}}}'
    stream = sse_of(start, *map(json.dumps, [*said("Hi"), *stopped()]), end="")
    answer = fold_answer(feed_stream(decoder(), stream))
    assert (answer.text, answer.usage) == ("Hi", Usage())


def test_a_second_start_begins_the_answer_anew() -> None:
    call = block(0, {"type": "input_json_delta", "partial_json": '{"po'}, type="tool_use", id="t")
    again = started(input_tokens=5, output_tokens=1)
    events = told_of(started(**FIRST), *call[:-1], again, *said("Aye."), *stopped())
    answer = fold_answer(events)
    assert [type(event) for event in events].count(Start) == 1
    assert (answer.text, answer.finish_reason) == ("Aye.", "stop")
    assert (answer.usage.output, answer.usage.input) == (1, 925)


def test_a_call_whose_block_is_never_closed_is_told_whole_all_the_same() -> None:
    piece = {"type": "input_json_delta", "partial_json": "{}"}
    call = block(0, piece, type="tool_use", id="t", name="f", input={})
    assert problems_in(told_of(started(), *call[:-1], *stopped("tool_use"))) == []
    again = told_of(started(), *call[:-1], started(), *said("Aye."), *stopped())
    assert problems_in(again) == []


@pytest.mark.parametrize("kind", ["text_delta", "thinking_delta"])
def test_an_empty_fragment_tells_nothing(kind: str) -> None:
    name = kind.removesuffix("_delta")
    events = told_of(started(), block(0, {"type": kind, name: ""}, type=name)[1])
    assert [type(event) for event in events] == [Start, Failure]


def test_the_request_id_of_an_error_inside_the_stream_is_kept() -> None:
    error = {"type": "overloaded_error", "message": "Overloaded"}
    fault = told_of(started(), {"type": "error", "error": error, "request_id": "req_1"})[-1].fault
    assert (fault.kind, fault.message, fault.request_id) == ("overloaded", "Overloaded", "req_1")


# folding, and sending back ------------------------------------------------------------------

BROKEN = ("cut", "broken-json", "error", "second-start")
REPLAYED = {
    case: of_case(case) for case in tapes("messages") if not any(w in case.name for w in BROKEN)
}


def sent(message: Message, provider: Any, model: str) -> list[Any]:
    """The ``messages`` of a request that goes on after ``message``."""
    asks = Message("user", (Text("And now?"),))
    target = Endpoint(provider, "messages", provider.base_url)
    call = wires.load("messages").encode(Request(model, (message, asks)), target)
    turns: list[Any] = json.loads(b"".join(call.body))["messages"]
    return turns[:-1]


def turn(events: list[Event], provider: str) -> Message:
    return fold_answer(events).message._replace(provider=provider, model="m")


@pytest.mark.parametrize("case", REPLAYED, ids=REPLAYED.values())
def test_a_turn_goes_back_to_its_own_model_as_it_came(case: Path) -> None:
    name, events = case.parent.name, read_tape(case)
    told_items = json.loads((case / "events.json").read_text())
    blocks = [event["item"] for event in told_items if event["type"] == "item"]
    turns = sent(turn(events, name), providers.load(name), "m")
    assert [b for each in turns for b in each["content"] if blocks] == blocks


@pytest.mark.parametrize(("name", "model"), [("anthropic", "m2"), ("xai", "m")])
@pytest.mark.parametrize("case", REPLAYED, ids=REPLAYED.values())
def test_a_turn_goes_to_another_model_in_neutral_parts(case: Path, name: str, model: str) -> None:
    events = read_tape(case)
    turns = sent(turn(events, "anthropic"), providers.load(name), model)
    content = [b for each in turns for b in each["content"]]
    parts = fold_answer(events).message.parts
    calls = [part for part in parts if isinstance(part, ToolCall)]
    assert {b["type"] for b in content} <= {"text", "tool_use"}
    assert not any("citations" in b for b in content)
    shown = [part.text for part in parts if part.type in ("text", "refusal")]
    assert "".join(b["text"] for b in content if b["type"] == "text") == "".join(shown)
    assert [(b["id"], b["name"]) for b in content if b["type"] == "tool_use"] == [
        (call.id, call.name) for call in calls
    ]


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_a_recorded_turn_goes_back_as_it_came(fact: Fact) -> None:
    events = read(fact)
    kept = [event.item for event in events if isinstance(event, RawItem)]
    turns = sent(turn(events, "anthropic"), ANTHROPIC, "m")
    assert [b for each in turns for b in each["content"]] == kept


# nothing unknown raises; nothing unknown is lost ---------------------------------------------


def test_tool_input_nested_too_deep_is_never_our_bug() -> None:
    for depth in (10, 300, *range(850, 1000, 2), 100_000):
        piece = {"type": "input_json_delta", "partial_json": "[" * depth + "]" * depth}
        call = block(0, piece, type="tool_use", id="t", name="f", input={})
        assert problems_in(told_of(started(), *call, *stopped("tool_use"))) == []


def test_what_is_unknown_is_kept_as_it_came() -> None:
    strange, block_of_tomorrow = {"type": "weather", "sky": ["grey"]}, {"type": "hologram", "x": 1}
    events = told_of(started(), strange, *block(0, **block_of_tomorrow), *stopped())
    raw = [part for part in fold_answer(events).message.parts if isinstance(part, Raw)]
    assert Raw("messages", strange) in raw
    assert Raw("messages", block_of_tomorrow, replay=True) in raw
