"""A provider that means harm or is broken: thousands of good answers, each spoiled by a seed."""

import json
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.conversation import serialize
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import TextDelta, ToolCallEnd, ToolCallStart
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.request import Request
from aichat.core.http.sse import Frame, SseReader
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.values import NamedTuple
from tests.support.answering.answers_interactions import interaction_events, interaction_whole
from tests.support.running.program import RECORDED
from tests.support.values import spoiled
from tests.support.values.feeding import (
    QUESTION,
    feed_at_once,
    feed_stream,
    fold_answer,
    frames_of,
    make_decoder,
    problems_in,
    read_stream,
    sse_of,
)
from tests.wires.decoding import chunks_of, of_case, tape_decoder, whole_tapes

#: Who speaks each wire.
SPEAKERS = {
    "chat": "groq",
    "responses": "openai",
    "messages": "anthropic",
    "gemini": "gemini",
    "interactions": "gemini",
    "dashscope": "qwen",
}
#: What the recordings' index calls each.
INDEXED = {"native": "dashscope", "generate": "gemini", "agent": "responses"}

QUICK, ALL = 100, 3500  # cases of each wire


class Good(NamedTuple):
    """An answer as it should be: its payloads, and what reads it."""

    name: str
    decoder: Callable[[], wires.Decoder]
    chunks: Sequence[Any]
    streams: bool = True


@cache
def good_answers(wire: str) -> list[Good]:
    """Tapes, or for the wire that has none what its reference says."""
    if wire != "interactions":
        cases = (case for case in whole_tapes(wire) if all(map(_is_object, chunks_of(case))))
        return [
            Good(of_case(c), partial(tape_decoder, c), chunks_of(c), (c / "stream.sse").exists())
            for c in cases
        ]
    decoder = partial(make_decoder, wire, providers.load("gemini"))
    cited = {"type": "url_citation", "url": "https://a", "start_index": 0, "end_index": 5}
    calls = [("c1", "look", '{"at": 1}')]
    events = interaction_events(
        ["Hello ", "you."], reasoning=["Check."], calls=calls, annotations=[cited]
    )
    search = {"type": "google_search_call", "id": "s1", "arguments": {"queries": ["x"]}}
    found = {"type": "google_search_result", "call_id": "s1", "result": [{"url": "https://a"}]}
    searched = [
        {"event_type": "step.start", "index": 5, "step": search},
        {"event_type": "step.delta", "index": 5, "delta": found},
        {"event_type": "step.stop", "index": 5},
    ]
    reply = interaction_whole("Hi there", reasoning=["x"], calls=calls)
    whole = json.loads(b"".join(piece for piece in reply.body if isinstance(piece, bytes)))
    return [
        Good("events", decoder, events),
        Good("searched", decoder, [*events[:1], *searched, *events[1:]]),
        Good("whole", decoder, [whole], streams=False),
    ]


@cache
def recorded_answers(wire: str) -> list[Good]:
    """Answers that providers have given, as far as they are here and of a common size."""
    index = RECORDED / "index.json"
    cases = json.loads(index.read_text())["cases"] if index.exists() else []
    wanted = [c for c in cases if INDEXED.get(c["wire"], c["wire"]) == wire]
    return [_recorded(wire, c["file"]) for c in wanted if c["http_status"] in (None, 200)]


def _recorded(wire: str, file: str) -> Good:
    decoder = partial(make_decoder, wire, providers.load(file.split("/")[0]))
    path = RECORDED / file
    if path.suffix == ".json":
        return Good(file, decoder, [json.loads(path.read_bytes())], streams=False)
    told = (json.loads(f.data) for f in frames_of([read_stream(path)]) if f.data[:1] == "{")
    return Good(file, decoder, [*told][:200])


def _is_object(chunk: Any) -> bool:
    return isinstance(chunk, dict)


def read_spoiled(good: Good, chance: random.Random) -> list[Any]:
    """The events of an answer that was spoiled."""
    chunks = spoiled.spoil(chance, good.chunks)
    texts = [spoiled.write(chance, chunk) for chunk in chunks]
    decoder = good.decoder()
    if not good.streams:
        return decoder.feed([Frame(text) for text in texts[:1]]) + decoder.close()
    data = spoiled.break_bytes(chance, sse_of(*texts))
    return (feed_stream if chance.random() < 0.7 else feed_at_once)(decoder, data)


def wrong_in(wire: str, events: list[Any]) -> list[str]:
    """What no answer may have, whoever gave it."""
    wrong = list(problems_in(events))
    answer = fold_answer(events)
    counts = [*answer.usage, *answer.detail.counts.values()]
    wrong += [f"counts {counts}" for n in counts if n is not None and not n >= 0][:1]
    if answer.cost is not None and not (0 <= answer.cost.amount < 10**25):
        wrong.append(f"cost {answer.cost}")
    return wrong + _wrong_once_stored(wire, answer)


def _wrong_once_stored(wire: str, answer: Answer) -> list[str]:
    """It is stored, comes back the same, and goes out again as UTF-8."""
    told = json.loads(serialize.dump_json(serialize.dump_message(answer.message)))
    message = serialize.load_message(told)
    stored = json.loads(serialize.dump_json(serialize.dump_answer(answer)))
    wrong = [] if serialize.load_answer(stored, message).text == answer.text else ["other text"]
    question = Message("user", (Text("And then?"),))
    request = Request("m", (*QUESTION.messages, message, question))
    provider = providers.load(SPEAKERS[wire])
    call = wires.load(wire).encode(request, Endpoint(provider, wire, provider.base_url))
    body = b"".join(piece for piece in call.body if isinstance(piece, bytes))
    return wrong + ([] if isinstance(json.loads(body.decode()), dict) else ["no body"])


def check(wire: str, answers: Sequence[Good], seeds: Iterable[int]) -> None:
    """No seed may show anything that is wrong."""
    for seed in seeds:
        chance = random.Random(seed)
        good = chance.choice(answers)
        begun = time.process_time()
        wrong = wrong_in(wire, read_spoiled(good, chance))
        assert wrong == [], (seed, good.name)
        assert time.process_time() - begun < 5, (seed, good.name)


@pytest.mark.parametrize("wire", SPEAKERS)
def test_what_a_hostile_provider_sends_is_never_our_bug(wire: str) -> None:
    check(wire, good_answers(wire), range(QUICK))


@pytest.mark.long
@pytest.mark.parametrize("wire", SPEAKERS)
def test_twenty_thousand_spoiled_answers_are_never_our_bug(wire: str) -> None:
    check(wire, good_answers(wire) + recorded_answers(wire), range(QUICK, QUICK + ALL))


@pytest.mark.parametrize("wire", SPEAKERS)
def test_lies_about_tokens_and_money_change_no_text(wire: str) -> None:
    for seed, good in enumerate(good_answers(wire)):
        if not good.streams:
            continue
        honest = feed_stream(good.decoder(), sse_of(*map(json.dumps, good.chunks)))
        chunks = json.loads(json.dumps(list(good.chunks)))
        lies = spoiled.lie_in_numbers(random.Random(seed), chunks)
        told = feed_stream(good.decoder(), sse_of(*map(json.dumps, lies)))
        assert _text(told) == _text(honest), good.name


def _text(events: Iterable[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


# --- much of a kind, which must not take the square of its time

WORDS = "word " * 20


def chat(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _note(n: int, **place: Any) -> dict[str, Any]:
    return {"type": "url_citation", "url": f"http://a/{n}", "title": "x", **place}


def _annotation(n: int, **place: Any) -> dict[str, Any]:
    kind = "response.output_text.annotation.added"
    return {"type": kind, "output_index": 0, "annotation": _note(n, **place)}


def _said(text: str, **place: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text, **place}


def _item(n: int) -> dict[str, Any]:
    return {"type": "response.output_item.added", "item": {"id": f"b{n}", "type": "message"}}


def _step(n: int, **delta: Any) -> dict[str, Any]:
    return {"event_type": "step.delta", "index": n, "delta": delta}


def _grounding(count: int) -> list[dict[str, Any]]:
    pages = [{"web": {"uri": f"http://a/{n}", "title": "x"}} for n in range(count)]
    spans = [
        {"segment": {"startIndex": 5 * n, "endIndex": 5 * n + 4}, "groundingChunkIndices": [n]}
        for n in range(count)
    ]
    grounding = {"groundingChunks": pages, "groundingSupports": spans}
    parts = [{"text": "w\u00f6rd " * count}]
    candidate = {"content": {"parts": parts}, "groundingMetadata": grounding}
    return [{"candidates": [{**candidate, "finishReason": "STOP"}]}]


DONE = {"type": "response.completed", "response": {"status": "completed", "output": []}}

#: How many, of which wire, and the payloads of an answer that has so many.
FLOODS: Mapping[str, tuple[int, str, Callable[[int], list[dict[str, Any]]]]] = {
    "calls without a name": (
        15000,
        "chat",
        lambda count: [
            chat({"tool_calls": [{"index": n, "function": {"arguments": "{}"}}]})
            for n in range(count)
        ],
    ),
    "citations in the text": (
        2000,
        "responses",
        lambda count: (
            [
                event
                for n in range(count)
                for event in (
                    _said(WORDS),
                    _annotation(n, start_index=90 * n, end_index=90 * n + 5),
                )
            ]
            + [DONE]
        ),
    ),
    "citations behind the text": (
        1000,
        "responses",
        lambda count: (
            [
                event
                for n in range(count)
                for event in (_annotation(n, start_index=10**7, end_index=10**7 + 5), _said(WORDS))
            ]
            + [DONE]
        ),
    ),
    "links that are cited": (
        2500,
        "responses",
        lambda count: (
            [
                event
                for n in range(count)
                for event in (_said(f"[x](http://a/{n}) and {WORDS}"), _annotation(n))
            ]
            + [DONE]
        ),
    ),
    "items without a place": (
        12000,
        "responses",
        lambda count: (
            [event for n in range(count) for event in (_said("w ", item_id=f"a{n}"), _item(n))]
            + [DONE]
        ),
    ),
    "grounding": (7000, "gemini", _grounding),
    "citations of many steps": (
        7000,
        "interactions",
        lambda count: [
            event
            for n in range(count)
            for event in (
                _step(n, type="text", text=WORDS),
                _step(
                    n,
                    type="text_annotation_delta",
                    annotations=[_note(n, start_index=0, end_index=4)],
                ),
            )
        ],
    ),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_much_of_a_kind_does_not_take_the_square_of_its_time(flood: str) -> None:
    count, wire, payloads = FLOODS[flood]
    assert _seconds_for(wire, payloads(count)) < 1.5  # of CPU; the square of it took more


def _seconds_for(wire: str, payloads: Sequence[Mapping[str, Any]]) -> float:
    decoder = make_decoder(wire, providers.load(SPEAKERS[wire]))
    data, reader = sse_of(*map(json.dumps, payloads)), SseReader()
    builder, begun = AnswerBuilder("box", "m"), time.process_time()
    for at in range(0, len(data), 4096):
        builder.add(decoder.feed(reader.feed(data[at : at + 4096])))
    builder.add(decoder.feed(reader.close()) + decoder.close())
    builder.answer()
    return time.process_time() - begun


# --- what was found by it


def test_a_step_whose_place_is_taken_is_over() -> None:
    call = {"type": "function_call", "id": "c", "name": "look"}
    events = [
        *interaction_events()[:1],
        {"event_type": "step.start", "index": 0, "step": call},
        _step(0, type="arguments_delta", arguments='{"a": 1}'),
        {"event_type": "step.start", "index": 0, "step": call},
        _step(0, type="arguments_delta", arguments='{"b": 2}'),
        *interaction_events(calls=[])[-1:],
    ]
    decoder = make_decoder("interactions", providers.load("gemini"))
    told = feed_stream(decoder, sse_of(*map(json.dumps, events)))
    assert [e.arguments for e in told if isinstance(e, ToolCallEnd)] == ['{"a": 1}', '{"b": 2}']
    assert [e.id for e in told if isinstance(e, ToolCallStart)] == ["c", "c_1"]


def test_an_item_that_is_done_twice_is_told_once_and_another_in_its_place_too() -> None:
    def done(arguments: str, **more: Any) -> dict[str, Any]:
        item = {"type": "function_call", "name": "look", "arguments": arguments, **more}
        return {"type": "response.output_item.done", "output_index": 0, "item": item}

    for id_ in ({}, {"id": "fc_1", "call_id": "call_1"}):
        events = [done("[1]", **id_), done("[1]", **id_), done("[2]", id="other"), DONE]
        decoder = make_decoder("responses", providers.load("openai"))
        told = feed_stream(decoder, sse_of(*map(json.dumps, events)))
        assert [e.arguments for e in told if isinstance(e, ToolCallEnd)] == ["[1]", "[2]"]
        assert problems_in(told) == []
