"""Chat completions answers: every recorded one and every tape, cut anywhere, tell the same."""

import json
from typing import Any, NamedTuple

import pytest

from aichat import wires
from aichat.core.billing.usage import Usage
from aichat.core.exchange.event import (
    Event,
    Failure,
    Finish,
    ServerToolProgress,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.message.message import Reasoning
from tests.support.values import feeding
from tests.support.values.feeding import (
    CHAT,
    QUESTION,
    decode,
    decode_body,
    endpoint,
    fold_answer,
    sse_of,
)
from tests.wires.decoding import located, name_of, read_recording


class Fact(NamedTuple):
    """What a recorded answer holds. ``text`` is how it begins, ``length`` its characters."""

    file: str
    model: str
    finish: str | None
    usage: Usage
    text: str = ""
    length: int = 0
    reasoning: int = 0  # characters
    calls: tuple[tuple[str, str, str], ...] = ()  # id, name, arguments
    sources: int = 0
    citations: tuple[tuple[int, int | None, int | None], ...] = ()
    cost: int | None = None  # billionths of a dollar
    unknown: tuple[str, ...] = ()  # fields kept without being understood
    fault: str | None = None


SUM = '{"a":2,"b":3}'
FACTS = (
    Fact(
        "groq/chat-generate-text-with-required-tool-call-1.json",
        "llama-3.3-70b-versatile",
        "tool_calls",
        Usage(312, 11),
        calls=(("call_qc7n", "weather", '{"city": "New York"}'),),
    ),
    Fact(
        "groq/chat-test-groq-model-web-search-tool-stream.sse",
        "groq/compound",
        "stop",
        Usage(5003, 359, searches=1),
        text="The weather in San Francisco today is partly cloudy",
        length=200,
        reasoning=6255,
        sources=16,
    ),
    Fact(
        "groq/chat-test-tool-use-failed-error-streaming.sse",
        "openai/gpt-oss-120b",
        None,
        Usage(),
        reasoning=412,
        unknown=("error",),
        fault="malformed_tool_call",
    ),
    Fact(
        "groq/chat-testopenaicompatiblecommon-groq-kimi-k2-multi-tool-streaming.sse",
        "moonshotai/kimi-k2-instruct-0905",
        "tool_calls",
        Usage(201, 58),
        text="I'll perform both addition and multiplication",
        length=77,
        calls=(("functions.add:0", "add", SUM), ("functions.multiply:1", "multiply", SUM)),
    ),
    Fact(
        "moonshot/chat-kimi-k3-length-empty-content.json",
        "kimi-k3",
        "length",
        Usage(93, 16, reasoning=13),
        reasoning=59,
    ),
    Fact(
        "moonshot/chat-kimi-k3-stop-cached.json",
        "kimi-k3",
        "stop",
        Usage(93, 54, cached_input=93, reasoning=38),
        text="hello",
        length=5,
        reasoning=158,
    ),
    Fact(
        "openai/chat-testopenaicommon-openai-gpt-5-multi-tool-streaming.sse",
        "gpt-5-2025-08-07",
        "tool_calls",
        Usage(190, 379, cached_input=0, reasoning=320),
        calls=(
            ("call_8ElDxJj6u7IUDEwQIrwFbveM", "add", '{"a": 2, "b": 3}'),
            ("call_HEZOX3JzspqFubADMNdWn12E", "multiply", '{"a": 2, "b": 3}'),
        ),
    ),
    Fact(
        "perplexity/chat-agent-completion-with-perplexity-options.json",
        "sonar",
        "stop",
        Usage(24, 52),
        text="A notable recent development is",
        length=242,
        sources=15,
        citations=((1, 238, 241),),
        cost=5_080_000,
        unknown=("related_questions",),
    ),
    Fact(
        "perplexity/chat-chat-streaming-responses-perplexity-sonar-supports-streaming-responses.sse",
        "sonar",
        "stop",
        Usage(8, 5),
        text="1 2 3",
        length=5,
        sources=8,
        cost=5_010_000,
    ),
    Fact(
        "perplexity/chat-perplexity-sonar-reasoning-pro-streams-thinking-content-when-available.sse",
        "sonar-reasoning-pro",
        "stop",
        Usage(45, 390),
        text="I would ask: **“Will the answer",
        length=1659,
        sources=5,
        cost=9_210_000,
    ),
    Fact(
        "perplexity/chat-streaming-streaming-smoke.sse",
        "sonar",
        "stop",
        Usage(24, 16),
        text="A solar eclipse occurs when the Moon",
        length=83,
        sources=8,
        cost=5_040_000,
    ),
    Fact(
        "qwen/chat-alibaba-reasoning.jsonl",
        "qwen3-max",
        "stop",
        Usage(24, 1355, cached_input=0, reasoning=1084),
        text='The word **"strawberry"** contains **3**',
        length=816,
        reasoning=3301,
    ),
    Fact(
        "qwen/chat-alibaba-tool-callb.jsonl",
        "qwen3-max",
        "tool_calls",
        Usage(295, 22, cached_input=0),
        calls=(("call_eee11723464a4b9eb8cee71d", "weather", '{"location": "San Francisco"}'),),
    ),
    Fact(
        "qwen/chat-qwen38-flash-reasoning.json",
        "qwen3.8-flash",
        "stop",
        Usage(57, 18, cached_input=0, reasoning=14),
        text="hello",
        length=5,
        reasoning=58,
    ),
    Fact(
        "qwen/chat-qwen38-max-thinking-off.json",
        "qwen3.8-max",
        "stop",
        Usage(33, 1, cached_input=0),
        text="hello",
        length=5,
    ),
    Fact(
        "xai/chat-grok45-chat-reasoning.json",
        "grok-4.5",
        "stop",
        Usage(502, 21, cached_input=384, reasoning=20, searches=0),
        text="hello",
        length=5,
        reasoning=57,
        cost=477_200,
    ),
    Fact(
        "xai/chat-testopenaicompatiblecommon-xai-grok-code-fast-simple-streaming.sse",
        "grok-code-fast-1",
        "stop",
        Usage(213, 200, cached_input=192, reasoning=198, searches=0),
        text="Olá!",
        length=4,
        reasoning=46,
        cost=308_040,
    ),
    Fact(
        "xai/chat-testopenaicompatobjectgeneration-xai-grok-code-fast-simple-object.json",
        "grok-code-fast-1",
        "tool_calls",
        Usage(429, 546, cached_input=192, reasoning=502, searches=0),
        reasoning=438,
        calls=(("call_22831808", "Person", '{"age":30,"city":"Paris","name":"Alice"}'),),
        cost=870_240,
    ),
)
STREAMS = tuple(fact for fact in FACTS if not fact.file.endswith(".json"))


def decoder(_fact: Fact | None = None) -> wires.Decoder:
    return CHAT.make_decoder(QUESTION, endpoint())


def read(fact: Fact) -> list[Event]:
    return read_recording(fact.file, decoder())


def facts_of(events: list[Event]) -> dict[str, Any]:
    answer = fold_answer(events)
    parts = answer.message.parts
    unknown = [item for event in events if isinstance(event, UnknownItem) for item in event.item]
    return {
        "model": answer.model,
        "finish": answer.finish_reason,
        "usage": answer.usage,
        "length": len(answer.text),
        "reasoning": sum(len(part.text) for part in parts if isinstance(part, Reasoning)),
        "calls": tuple((p.id, p.name, p.arguments) for p in parts if p.type == "tool_call"),
        "sources": len(answer.sources),
        "citations": tuple((c.number, c.start, c.end) for c in answer.citations),
        "cost": answer.cost.amount if answer.cost else None,
        "unknown": tuple(unknown),
        "fault": answer.fault.kind if answer.fault else None,
    }


def body_of(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"id": "c1", "model": "m1", "choices": [choice], **more}).encode()


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_a_recorded_answer_is_read_as_it_was_given(fact: Fact) -> None:
    events = read(fact)
    assert facts_of(events) == {
        k: v for k, v in fact._asdict().items() if k not in ("file", "text")
    }
    assert fold_answer(events).text.startswith(fact.text)


@pytest.mark.parametrize("fact", STREAMS, ids=name_of)
def test_the_text_is_the_deltas_joined(fact: Fact) -> None:
    lines = feeding.read_stream(located(fact.file)).split(b"\n")
    data = [line[5:].strip() for line in lines if line.startswith(b"data:")]
    chunks = [json.loads(d) for d in data if d != b"[DONE]"]
    deltas = [c.get("delta", {}) for chunk in chunks for c in chunk.get("choices", ())]
    assert fold_answer(read(fact)).text == "".join(d.get("content") or "" for d in deltas)


REASONS = {
    "stop": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


@pytest.mark.parametrize(("raw", "reason"), REASONS.items())
def test_a_finish_reason_has_one_neutral_name(raw: str, reason: str) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    calls = {"tool_calls": [call]} if reason == "tool_calls" else {}
    events = decode_body(body_of({"content": "Yes.", **calls}, raw))
    assert events[-1] == Finish(reason, raw)


@pytest.mark.parametrize("raw", ["stop", "tool_calls", "function_call"])
def test_an_answer_with_tool_calls_ends_in_tool_calls(raw: str) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    assert decode_body(body_of({"tool_calls": [call]}, raw))[-1] == Finish("tool_calls", raw)


def test_a_limit_reached_inside_a_tool_call_is_a_limit() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "now", "arguments": '{"a'}}
    assert decode_body(body_of({"tool_calls": [call]}, "length"))[-1] == Finish("length", "length")


@pytest.mark.parametrize(
    "beside", [{"usage": {"prompt_tokens": 1}}, {"citations": ["u"]}, {"new": 1}]
)
def test_an_error_in_x_groq_is_the_last_word_whatever_stands_beside_it(
    beside: dict[str, Any],
) -> None:
    chunk = {"choices": [{"delta": {"content": "Hi"}}], "x_groq": {"error": "over capacity"}}
    events = decode(sse_of(json.dumps(chunk | beside)))
    assert [e for e in events if isinstance(e, Finish | Failure)] == events[-1:]
    assert events[-1].fault.kind == "server"


def test_groqs_usage_keeps_its_details_where_the_root_lacks_them() -> None:
    brief = {"prompt_tokens": 88, "completion_tokens": 19, "total_tokens": 107}
    whole = brief | {"completion_tokens_details": {"reasoning_tokens": 6}}
    chunk = json.loads(body_of({"content": "Sail."}))
    events = decode(sse_of(json.dumps(chunk | {"x_groq": {"usage": whole}, "usage": brief})))
    assert fold_answer(events).usage == Usage(88, 19, reasoning=6)


BRIEF = {"prompt_tokens": 10, "completion_tokens": 5}
SEPARATE = {"prompt_tokens": 33, "completion_tokens": 7163, "total_tokens": 7196}


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        pytest.param(BRIEF, Usage(10, 5), id="what is not told is unknown, not 0"),
        pytest.param(
            {**BRIEF, "completion_tokens_details": {"reasoning_tokens": 0}},
            Usage(10, 5, reasoning=0),
            id="a told 0 is 0",
        ),
        pytest.param(
            {**BRIEF, "total_tokens": 18, "completion_tokens_details": {"reasoning_tokens": 3}},
            Usage(10, 8, reasoning=3),
            id="xai counts reasoning beside the completion",
        ),
        pytest.param(
            {**BRIEF, "total_tokens": 15, "completion_tokens_details": {"reasoning_tokens": 3}},
            Usage(10, 5, reasoning=3),
            id="openai counts reasoning inside the completion",
        ),
        pytest.param(
            {**SEPARATE, "reasoning_tokens": 73997, "num_search_queries": 18},
            Usage(33, 81160, reasoning=73997, searches=18),
            id="sonar counts reasoning beside the completion and outside the total",
        ),
        pytest.param(
            {**BRIEF, "cached_tokens": 4, "prompt_tokens_details": {"cached_tokens": 4}},
            Usage(10, 5, cached_input=4),
            id="moonshot tells its cached tokens twice",
        ),
        pytest.param(
            {**BRIEF, "prompt_tokens_details": {"cache_creation_input_tokens": 7}},
            Usage(10, 5, cache_write=7),
            id="qwen's explicit cache",
        ),
        pytest.param(
            {**BRIEF, "plugins": {"search": {"count": 2}}},
            Usage(10, 5, searches=2),
            id="qwen's searches",
        ),
        pytest.param(
            {"prompt_tokens": "10", "completion_tokens": -1, "total_tokens": True},
            Usage(),
            id="nonsense is unknown",
        ),
    ],
)
def test_usage_is_counted_in_one_way(raw: dict[str, Any], usage: Usage) -> None:
    events = decode_body(body_of({"content": "Hi"}, usage=raw))
    assert [e.usage for e in events if isinstance(e, UsageUpdate)] == [usage]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
@pytest.mark.parametrize("field", ["prompt_tokens", "cost_in_usd_ticks", "total_cost"])
def test_a_count_beyond_all_numbers_is_unknown(field: str, number: str) -> None:
    pair = f'"{field}":{number}' if field != "total_cost" else f'"cost":{{"total_cost":{number}}}'
    choice = '{"delta":{"content":"Hi"},"finish_reason":"stop"}'
    stream = sse_of(f'{{"choices":[{choice}],"usage":{{{pair}}}}}')
    answer = fold_answer(decode(stream))
    assert (answer.text, answer.usage.input, answer.cost) == ("Hi", None, None)


@pytest.mark.parametrize(
    "indexes", [(None, None), (1, None), (1, 1), (0, 0), (2, 1), (0, None, 0), (1, None, None)]
)
def test_every_tool_call_has_a_slot_of_its_own(indexes: tuple[int | None, ...]) -> None:
    calls = [
        {"id": f"id{n}", "function": {"name": "f", "arguments": str(n)}}
        | ({} if index is None else {"index": index})
        for n, index in enumerate(indexes)
    ]
    chunks = [{"choices": [{"delta": {"tool_calls": [call]}}]} for call in calls]
    events = decode(sse_of(*map(json.dumps, chunks)))
    starts = [event for event in events if isinstance(event, ToolCallStart)]
    assert len({start.slot for start in starts}) == len(calls)
    told = [(p.id, p.arguments) for p in fold_answer(events).message.parts if p.type == "tool_call"]
    assert told == [(f"id{n}", str(n)) for n in range(len(calls))]


def test_what_a_search_found_is_told_once_each() -> None:
    found = {"url": "https://a.example/", "title": "A", "snippet": "s"}
    chunk = {"choices": [{"delta": {"content": "."}}], "search_results": [found]}
    answer = fold_answer(decode(sse_of(*[json.dumps(chunk)] * 3)))
    assert [(s.number, s.url) for s in answer.sources] == [(1, "https://a.example/")]


def test_a_search_counts_once_although_groq_tells_it_twice() -> None:
    fact = next(fact for fact in FACTS if "web-search" in fact.file)
    phases = [(e.tool, e.phase) for e in read(fact) if isinstance(e, ServerToolProgress)]
    assert phases == [("search", "start"), ("search", "end")]


# Every field the decoder looks at, so that nonsense can be put in the place of each.
SAID: dict[str, Any] = {
    "role": "assistant",
    "content": "Hi",
    "reasoning": "r",
    "reasoning_content": "r",
    "refusal": "no",
    "tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}],
    "function_call": {"name": "f", "arguments": "{}"},
    "executed_tools": [
        {
            "index": 0,
            "type": "search",
            "output": "o",
            "search_results": {"results": [{"url": "https://a.example"}]},
        }
    ],
    "annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}],
    "audio": {"data": "", "transcript": "t"},
    "images": [{"image_url": {"url": "data:image/png;base64,"}}],
}
CHOICE: dict[str, Any] = {
    "index": 0,
    "logprobs": {"content": []},
    "finish_reason": "stop",
    "usage": {"prompt_tokens": 1},
}
CHUNK: dict[str, Any] = {
    "id": "c1",
    "model": "m1",
    "usage": {
        "prompt_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 1},
        "plugins": {"search": {"count": 1}},
        "cost": {"total_cost": 0.1},
    },
    "x_groq": {"usage": {"prompt_tokens": 1}, "error": ""},
    "citations": ["https://a.example"],
    "search_results": [{"url": "https://a.example", "title": "t"}],
    "images": [{"image_url": "https://a.example"}],
    "error": None,
}
SHAPES = {
    "delta": CHUNK | {"choices": [CHOICE | {"delta": SAID}]},
    "message": CHUNK | {"choices": [CHOICE | {"message": SAID}]},
    "both": CHUNK | {"choices": [CHOICE | {"delta": {"content": ""}, "message": SAID}]},
}


def told_of(*chunks: Any) -> list[Event]:
    return decode(sse_of(*map(json.dumps, chunks)))
