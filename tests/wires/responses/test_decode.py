"""Responses answers: every recorded one and every tape, cut anywhere, tell the same."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aichat import providers, wires
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import answer_json
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
    Notice,
    RawItem,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.exchange.request import Request
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Raw, Reasoning, Refusal, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.wires.shared.history import object_text
from tests.support.values import feeding
from tests.support.values.feeding import (
    feed_body,
    feed_stream,
    fold_answer,
    make_decoder,
    problems_in,
    sse_of,
)
from tests.wires.decoding import TAPES, located, name_of, of_case, read_recording, read_tape, tapes

OPENAI, XAI, PERPLEXITY = (providers.load(name) for name in ("openai", "xai", "perplexity"))


class Fact(NamedTuple):
    """What a recorded answer holds. ``text`` is how it begins, ``length`` its characters."""

    file: str
    model: str
    finish: str | None
    usage: Usage
    text: str = ""
    length: int = 0
    reasoning: int = 0  # characters
    sealed: int = 0  # pieces of opaque reasoning
    refusal: str | None = None
    calls: tuple[tuple[str, str, str], ...] = ()  # id, name, arguments
    ran: int = 0  # server tools that came to an end
    sources: int = 0
    places: tuple[tuple[int, int | None, int | None], ...] = ()  # of citations
    items: int = 0  # kept for replay
    cost: int | None = None  # billionths of a dollar
    fault: str | None = None


LABELS = (
    ("call_REDACTED_1", "lookup_harbor_label", "{}"),
    ("call_REDACTED_2", "lookup_orchard_label", "{}"),
)
FACTS = (
    Fact(
        "openai/responses-openai-compaction-1.jsonl",
        "gpt-5.2-2025-12-11",
        "stop",
        Usage(51097, 2505, cached_input=49792, reasoning=0),
        text="### Testing strategies: unit vs integration",
        length=3483,
        items=2,
    ),
    Fact(
        "openai/responses-openai-web-search-tool-1.jsonl",
        "gpt-5-mini-2025-08-07",
        "stop",
        Usage(31073, 4416, cached_input=3712, reasoning=3712, searches=2),
        text="I checked today’s tech headlines",
        length=3645,
        ran=6,
        sources=28,
        places=(
            (1, 277, 411),
            (2, 497, 635),
            (3, 746, 910),
            (4, 1009, 1149),
            (5, 1216, 1305),
            (1, 1472, 1606),
            (2, 1713, 1851),
            (3, 1975, 2139),
            (4, 2257, 2397),
            (5, 2501, 2590),
            (6, 2695, 2844),
            (7, 3309, 3427),
        ),
        items=14,
    ),
    Fact(
        "openai/responses-refusal-matrix-responses-agent-streaming-refusal-surfaces.sse",
        "gpt-4o-2024-08-06",
        "refusal",
        Usage(43, 13, cached_input=0, cache_write=0, reasoning=0, searches=0),
        refusal="I'm very sorry, but I can't assist with that.",
        items=1,
    ),
    Fact(
        "openai/responses-responses-sessions-parallel-tool-calls-single-turn-streaming.sse",
        "gpt-4o-2024-08-06",
        "tool_calls",
        Usage(155, 46, cached_input=0, reasoning=0, searches=0),
        calls=LABELS,
        items=2,
    ),
    Fact(
        "openai/responses-stream-rate-limited-1.sse",
        "gpt-4o-2024-08-06",
        None,
        Usage(),
        fault="rate_limit",
    ),
    Fact(
        "openai/responses-streaming-grammar-incomplete-mid-tool-call.sse",
        "gpt-5.6-sol",
        "length",
        Usage(83, 16, cached_input=0, cache_write=0, reasoning=0, searches=0),
        calls=(("call_REDACTED_1", "add", '{"x":48151'),),
        items=1,
    ),
    Fact(
        "openai/responses-test-chat-tool-request-reject-1.sse",
        "gpt-4.1-2025-04-14",
        "stop",
        Usage(140, 7, cached_input=0, reasoning=0),
        text="Joe unknown Hadley red",
        length=22,
        items=1,
    ),
    Fact(
        "openai/responses-test-openai-responses-model-mcp-server-tool-with-connector.json",
        "o4-mini-2025-04-16",
        "stop",
        Usage(1065, 760, cached_input=0, reasoning=576),
        text="I’m sorry, I’m having trouble accessing your calendar",
        length=96,
        sealed=3,
        ran=2,
        items=7,
    ),
    Fact(
        "openai/responses-test-openai-responses-thinking-with-code-execution-tool-stream.sse",
        "gpt-5-2025-08-07",
        "stop",
        Usage(3727, 347, cached_input=3200, reasoning=128),
        text="123456^123 equals:\n1803021063040448075081409278659385728",
        length=646,
        reasoning=440,
        sealed=1,
        ran=3,
        items=5,
    ),
    Fact(
        "perplexity/agent-agent-search-stream.sse",
        "openai/gpt-5.6-luna",
        "stop",
        Usage(2754, 13, cached_input=2751, cache_write=0, reasoning=0, searches=1),
        text="The capital of France is Paris.[1]",
        length=34,
        reasoning=38,
        ran=1,
        sources=10,
        places=((1, 31, 34),),
        items=2,
        cost=2_640_000,
    ),
    Fact(
        "xai/responses-agent-tool-sessions-parallel-tool-calls-single-turn-streaming.sse",
        "grok-4.3",
        "tool_calls",
        Usage(352, 267, cached_input=320, reasoning=252),
        reasoning=203,
        calls=LABELS,
        items=3,
        cost=771_500,
    ),
    Fact(
        "xai/responses-response-identity-streaming-terminal-carries-identity.sse",
        "grok-4.3",
        "stop",
        Usage(199, 82, cached_input=192, reasoning=79),
        text="stream identity probe",
        length=21,
        reasoning=59,
        items=2,
        cost=252_150,
    ),
    Fact(
        "xai/responses-xai-web-search-tool-1.jsonl",
        "grok-4-fast-reasoning",
        "stop",
        # an item of 2025 without an action is a search all the same
        Usage(1875, 695, cached_input=1578, reasoning=397, searches=1),
        text="xAI is an American artificial intelligence company",
        length=1228,
        ran=1,
        sources=5,
        places=tuple((number, None, None) for number in range(1, 6)),
        items=2,
    ),
)
STREAMS = tuple(fact for fact in FACTS if not fact.file.endswith(".json"))


def decoder(fact: Fact) -> wires.Decoder:
    names = [name for _, name, _ in fact.calls]
    return make_decoder("responses", providers.load(fact.file.split("/")[0]), *names)


def read(fact: Fact) -> list[Event]:
    return read_recording(fact.file, decoder(fact))


def facts_of(events: list[Event]) -> dict[str, Any]:
    answer = fold_answer(events)
    parts = answer.message.parts
    thoughts = [part for part in parts if isinstance(part, Reasoning)]
    return {
        "model": answer.model,
        "finish": answer.finish_reason,
        "usage": answer.usage,
        "length": len(answer.text),
        "reasoning": sum(len(part.text) for part in thoughts),
        "sealed": sum(part.opaque is not None for part in thoughts),
        "refusal": answer_json(answer)["refusal"],
        "calls": tuple((p.id, p.name, p.arguments) for p in parts if p.type == "tool_call"),
        "ran": sum(part.type == "server_tool" and part.status == "end" for part in parts),
        "sources": len(answer.sources),
        "places": tuple((c.number, c.start, c.end) for c in answer.citations),
        "items": sum(isinstance(part, Raw) and part.replay for part in parts),
        "cost": answer.cost.amount if answer.cost else None,
        "fault": answer.fault.kind if answer.fault else None,
    }


def created(**more: Any) -> dict[str, Any]:
    return {"type": "response.created", "response": {"id": "r1", "model": "m1"}} | more


def said(text: str, part: int = 0) -> dict[str, Any]:
    kind = "response.output_text.delta"
    return {"type": kind, "output_index": 0, "content_index": part, "delta": text}


def ended(status: str = "completed", **response: Any) -> dict[str, Any]:
    whole = {"id": "r1", "model": "m1", "status": status, "output": [], **response}
    return {"type": f"response.{status}", "response": whole}


def told_of(*events: Any, provider: Any = OPENAI, tools: tuple[str, ...] = ()) -> list[Event]:
    stream = sse_of(*map(json.dumps, events), end="")
    return feed_stream(make_decoder("responses", provider, *tools), stream)


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
def test_the_text_is_the_deltas_joined(fact: Fact) -> None:
    lines = feeding.read_stream(located(fact.file)).split(b"\n")
    chunks = [json.loads(line[5:]) for line in lines if line.startswith(b"data:")]
    deltas = [c["delta"] for c in chunks if c["type"] == "response.output_text.delta"]
    assert fold_answer(read(fact)).text == "".join(deltas)


@pytest.mark.parametrize("fact", [f for f in FACTS if f.places], ids=name_of)
def test_a_recorded_span_holds_the_words_that_name_its_source(fact: Fact) -> None:
    answer = fold_answer(read(fact))
    urls = {source.number: source.url for source in answer.sources}
    spans = [c for c in answer.citations if c.start is not None]
    for cite in spans:
        words = answer.text[cite.start : cite.end]
        assert words == f"[{cite.number}]" or f"]({urls[cite.number]})" in words


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_the_items_kept_for_replay_are_those_of_the_server(fact: Fact) -> None:
    kept = [event.item for event in read(fact) if isinstance(event, RawItem)]
    path = located(fact.file)
    if path.suffix == ".json":
        assert kept == json.loads(path.read_text())["output"]
        return
    lines = feeding.read_stream(path).split(b"\n")
    chunks = [json.loads(line[5:]) for line in lines if line.startswith(b"data:")]
    assert kept == [c["item"] for c in chunks if c["type"] == "response.output_item.done"]


@pytest.mark.parametrize("fact", STREAMS, ids=name_of)
def test_a_recorded_stream_tells_the_same_with_and_without_event_lines(fact: Fact) -> None:
    data = feeding.read_stream(located(fact.file))
    assert feed_stream(decoder(fact), feeding.with_event_names(data)) == read_recording(
        fact.file, decoder(fact)
    )
    assert feed_stream(decoder(fact), feeding.without_event_names(data)) == read_recording(
        fact.file, decoder(fact)
    )


# status of the response -> neutral reason (reference, 2e and 11.4)
ENDINGS = [
    (ended(), "stop", "completed"),
    (ended("incomplete", incomplete_details={"reason": "max_output_tokens"}), "length", None),
    (ended("incomplete", incomplete_details={"reason": "content_filter"}), "content_filter", None),
    (ended("cancelled"), "cancelled", "cancelled"),
    (
        {"type": "response.completed", "response": {"status": "requires_action"}},
        "tool_calls",
        "requires_action",
    ),
]


@pytest.mark.parametrize(("end", "reason", "raw"), ENDINGS, ids=lambda v: str(v)[:40])
def test_a_status_has_one_neutral_name(end: dict[str, Any], reason: str, raw: str | None) -> None:
    finish = told_of(created(), said("Aye."), end)[-1]
    details = end["response"].get("incomplete_details", {})
    assert isinstance(finish, Finish)
    assert (finish.reason, finish.raw) == (reason, raw or details["reason"])


@pytest.mark.parametrize("why", ["max_messages", "steered", "something new", None])
def test_an_incomplete_answer_is_never_complete_whatever_the_reason(why: str | None) -> None:
    events = told_of(created(), said("Ti"), ended("incomplete", incomplete_details={"reason": why}))
    assert not fold_answer(events).is_complete


@pytest.mark.parametrize("why", ["steered", "something new"])
def test_a_reason_that_is_no_limit_is_not_taken_for_the_users_limit(why: str) -> None:
    events = told_of(created(), said("Ti"), ended("incomplete", incomplete_details={"reason": why}))
    assert fold_answer(events).finish_reason != "length"


@pytest.mark.parametrize("status", ["in_progress", "queued"])
def test_a_body_that_is_still_being_written_is_not_an_answer(status: str) -> None:
    body = {"id": "r1", "object": "response", "model": "m1", "status": status, "output": []}
    events = feed_body(make_decoder("responses", OPENAI), json.dumps(body).encode())
    assert not fold_answer(events).is_complete


TERMINAL = {"incomplete": "length", "cancelled": "cancelled", "completed": "stop"}


@pytest.mark.parametrize(("name", "reason"), TERMINAL.items())
def test_a_terminal_event_without_a_status_is_what_its_name_says(name: str, reason: str) -> None:
    events = told_of(created(), said("Ti"), {"type": f"response.{name}", "response": {"id": "r1"}})
    assert fold_answer(events).finish_reason == reason


USED = {"input_tokens": 10, "output_tokens": 5}


@pytest.mark.parametrize(
    ("raw", "beside", "usage", "cost"),
    [
        pytest.param(USED, {}, Usage(10, 5), None, id="what is not told is unknown, not 0"),
        pytest.param(
            USED
            | {
                "input_tokens_details": {
                    "cached_tokens": 6,
                    "cache_write_tokens": 3,
                    "cache_write_tokens_details": {"ttl_30m_tokens": 2, "ttl_12h_tokens": 1},
                },
                "output_tokens_details": {"reasoning_tokens": 4},
                "total_tokens": 15,
            },
            {"tool_usage": {"image_gen": {}, "web_search": {"num_requests": 2}}},
            Usage(10, 5, 6, 3, 4, 2),
            None,
            id="openai: every field",
        ),
        pytest.param(
            USED
            | {
                "cost_in_usd_ticks": 4_210_004,
                "num_sources_used": 0,
                "num_server_side_tools_used": 6,
                "server_side_tool_usage_details": {"web_search_calls": 1, "x_search_calls": 2},
                "context_details": {"input_tokens": 3, "output_tokens": 2},
            },
            {},
            Usage(10, 5, searches=3),
            Cost(421_000),
            id="xai: ticks are 1e-10 dollars, both searches count, the context does not",
        ),
        pytest.param(
            USED | {"server_side_tool_usage_details": {"web_search_calls": 0, "x_search_calls": 1}},
            {},
            Usage(10, 5, searches=1),
            None,
            id="xai: one x_search",
        ),
        pytest.param(
            USED | {"input_tokens_details": {"cached_tokens": 64}},
            {},
            Usage(74, 5, cached_input=64),
            None,
            id="xai: more cached than input means that the rest is told",
        ),
        pytest.param(
            USED | {"input_tokens_details": {"cached_tokens": 10}},
            {},
            Usage(10, 5, cached_input=10),
            None,
            id="all of the input may be cached",
        ),
        pytest.param(
            USED
            | {
                "input_tokens_details": {
                    "cache_read_input_tokens": 8,
                    "cached_tokens": 8,
                    "cache_creation_input_tokens": 1,
                },
                "tool_calls_details": {"search_web": {"invocation": 2, "cost_usd": 0.005}},
                "cost": {"currency": "USD", "input_cost": 0, "total_cost": 0.00264},
            },
            {},
            Usage(10, 5, 8, 1, searches=2),
            Cost(2_640_000),
            id="perplexity: every field, and the cost",
        ),
        pytest.param(
            {"input_tokens": "10", "output_tokens": -1, "input_tokens_details": [1]},
            {"tool_usage": "x"},
            Usage(),
            None,
            id="nonsense is unknown",
        ),
    ],
)
def test_usage_is_counted_in_one_way(
    raw: dict[str, Any], beside: dict[str, Any], usage: Usage, cost: Cost | None
) -> None:
    events = told_of(created(), said("Aye."), ended(usage=raw, **beside), provider=XAI)
    assert [(e.usage, e.cost) for e in events if isinstance(e, UsageUpdate)] == [(usage, cost)]


@pytest.mark.parametrize("kind", ["completed", "incomplete", "cancelled", "failed"])
def test_every_terminal_event_tells_its_usage(kind: str) -> None:
    events = told_of(created(), said("Aye."), ended(kind, usage=USED))
    assert fold_answer(events).usage == Usage(10, 5)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
@pytest.mark.parametrize(
    "pair", ['"input_tokens":{}', '"cost_in_usd_ticks":{}', '"cost":{{"total_cost":{}}}']
)
def test_a_count_beyond_all_numbers_is_unknown(pair: str, number: str) -> None:
    usage = "{" + pair.format(number) + "}"
    end = f'{{"type":"response.completed","response":{{"output":[],"usage":{usage}}}}}'
    answer = fold_answer(
        feed_stream(make_decoder("responses", XAI), sse_of(json.dumps(said("Hi")), end, end=""))
    )
    assert (answer.text, answer.usage, answer.cost) == ("Hi", Usage(), None)


@pytest.mark.parametrize("field", ["output_index", "content_index", "summary_index"])
@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
def test_an_index_beyond_all_numbers_is_never_our_bug(field: str, number: str) -> None:
    for kind in ("output_text", "refusal", "reasoning_text", "function_call_arguments"):
        text = f'{{"type":"response.{kind}.delta","delta":"Hi","{field}":{number}}}'
        assert (
            problems_in(feed_stream(make_decoder("responses", OPENAI), sse_of(text, end=""))) == []
        )


def test_a_queued_request_is_a_notice() -> None:
    queued = {"type": "response.queued", "response": {"id": "r1", "status": "queued"}}
    events = told_of(queued, created(), said("Aye."), ended())
    assert [e.kind for e in events if isinstance(e, Notice)] == ["queued"]


def test_the_preset_is_replaced_by_the_model_that_answered() -> None:
    first = {"type": "response.created", "response": {"id": "r1", "model": "fast"}}
    events = told_of(first, said("Aye."), ended(model="openai/luna"), provider=PERPLEXITY)
    assert fold_answer(events).model == "openai/luna"


def test_citations_that_only_the_finished_item_holds_are_told() -> None:
    cited = {"type": "url_citation", "url": "https://a.example/", "start_index": 0, "end_index": 4}
    part = {"type": "output_text", "text": "Aye.", "annotations": [cited]}
    done = {
        "type": "response.output_item.done",
        "output_index": 0,
        "item": {"id": "i0", "type": "message", "role": "assistant", "content": [part]},
    }
    events = told_of(created(), said("Aye."), done, ended())
    assert [e for e in events if isinstance(e, Citation)] == [Citation(1, 0, 4)]


@pytest.mark.parametrize("kind", ["reasoning_summary_text", "reasoning_text", "refusal"])
def test_an_empty_fragment_tells_nothing(kind: str) -> None:
    empty = {"type": f"response.{kind}.delta", "output_index": 0, "delta": ""}
    events = told_of(created(), empty)
    assert [type(event) for event in events[1:]] == [Failure]


# folding, and sending back ------------------------------------------------------------------

REPLAYED = {case: of_case(case) for case in tapes("responses") if "cut" not in case.name}


def sent(message: Message, provider: Any, model: str) -> list[Any]:
    """The ``input`` of a request that goes on after ``message``."""
    asks = Message("user", (Text("And now?"),))
    target = Endpoint(provider, "responses", provider.base_url)
    call = wires.load("responses").encode(Request(model, (message, asks)), target)
    items: list[Any] = json.loads(b"".join(call.body))["input"]
    return items[:-1]


def turn(events: list[Event], provider: str) -> Message:
    return fold_answer(events).message._replace(provider=provider, model="m")


@pytest.mark.parametrize("case", REPLAYED, ids=REPLAYED.values())
def test_a_turn_goes_back_to_its_own_model_as_it_came(case: Path) -> None:
    events = read_tape(case)
    kept = [event.item for event in events if isinstance(event, RawItem)]
    if not kept:
        assert not any(isinstance(p, Raw) and p.replay for p in fold_answer(events).message.parts)
        return
    name = case.parent.name
    if providers.load(name).quirks.replays_items:
        assert sent(turn(events, name), providers.load(name), "m") == kept


@pytest.mark.parametrize(("name", "model"), [("openai", "m2"), ("xai", "m")])
@pytest.mark.parametrize("case", REPLAYED, ids=REPLAYED.values())
def test_a_turn_goes_to_another_model_in_neutral_parts(case: Path, name: str, model: str) -> None:
    events = read_tape(case)
    by = "openai" if name == "xai" else name
    items = sent(turn(events, by), providers.load(name), model)
    said = fold_answer(events)
    refused = "".join(p.text for p in said.message.parts if isinstance(p, Refusal))
    told = "".join(item.get("content", "") for item in items)
    for part in said.message.parts:
        told = told.replace(f"[{part.label}]", "") if isinstance(part, Media) else told
    assert told in (said.text, refused)
    assert {item["type"] for item in items} <= {"message", "function_call"}
    assert not any("encrypted_content" in item or "id" in item for item in items)


def test_perplexity_gets_neutral_parts_back_since_its_body_is_strict() -> None:
    events = read_tape(TAPES / "responses" / "perplexity" / "search")
    items = sent(turn(events, "perplexity"), providers.load("perplexity"), "m")
    assert [item.keys() for item in items] == [{"type", "role", "content"}]


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_a_recorded_turn_goes_back_as_it_came(fact: Fact) -> None:
    events, name = read(fact), fact.file.split("/")[0]
    kept = [event.item for event in events if isinstance(event, RawItem)]
    for item in kept:
        if item.get("type") == "function_call":  # what is no object would be refused
            item["arguments"] = object_text(item["arguments"])
    if providers.load(name).quirks.replays_items:
        assert sent(turn(events, name), providers.load(name), "m")[: len(kept)] == kept


# nothing unknown raises; nothing unknown is lost ---------------------------------------------


def test_what_is_unknown_is_kept_as_it_came() -> None:
    strange = {"type": "response.weather.delta", "sky": ["grey", {"wind": 7}]}
    item = {"id": "i0", "type": "weather_report", "sky": "grey"}
    done = {"type": "response.output_item.done", "output_index": 0, "item": item}
    parts = fold_answer(told_of(created(), strange, done, ended())).message.parts
    assert parts == (Raw("responses", strange), Raw("responses", item, replay=True))
