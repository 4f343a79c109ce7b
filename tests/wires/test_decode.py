"""Every wire's answers, however they are cut or spoiled: tapes, recordings, and nonsense."""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.exchange.answer import answer_json
from aichat.core.exchange.event import Event, Failure, Finish, Start, TextDelta
from tests.support.running.program import RECORDED
from tests.support.values import feeding
from tests.support.values.feeding import (
    feed_at_once,
    feed_body,
    feed_stream,
    fold_answer,
    join_texts,
    problems_in,
    sse_of,
)
from tests.wires.chat import test_decode as chat
from tests.wires.dashscope import test_dashscope as dashscope
from tests.wires.decoding import (
    ANYTHING,
    NONSENSE,
    TAPES,
    chunks_of,
    located,
    name_of,
    of_case,
    places,
    read_recording,
    read_tape,
    replaced,
    spots,
    tape_decoder,
    tapes,
    whole_tapes,
)
from tests.wires.gemini import test_decode as gemini
from tests.wires.messages import test_decode as messages
from tests.wires.responses import test_decode as responses

#: The tests of each wire's own: they have its recordings as facts, and a decoder for each.
OWN: dict[str, Any] = {
    "chat": chat,
    "dashscope": dashscope,
    "gemini": gemini,
    "messages": messages,
    "responses": responses,
}
#: What the recordings' index calls a wire.
INDEXED = {
    "chat": {"chat"},
    "dashscope": {"native"},
    "gemini": {"generate"},
    "messages": {"messages"},
    "responses": {"responses", "agent"},
}
FACTS = [(wire, fact) for wire, own in OWN.items() for fact in own.FACTS]
STREAMS = [(wire, fact) for wire, fact in FACTS if not fact.file.endswith(".json")]
CASES = [case for wire in OWN for case in tapes(wire)]
STREAMED = [case for case in CASES if (case / "stream.sse").exists()]

EVERY_WIRE = pytest.mark.parametrize("wire", OWN)
EVERY_FACT = pytest.mark.parametrize(("wire", "fact"), FACTS, ids=name_of)
EVERY_STREAM = pytest.mark.parametrize(("wire", "fact"), STREAMS, ids=name_of)
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=of_case)
EVERY_STREAMED = pytest.mark.parametrize("case", STREAMED, ids=of_case)
LINE_ENDS = pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])


def told(case: Path, *pieces: bytes) -> list[Event]:
    """What a stream tells that comes in these pieces, to a tape's decoder."""
    return feed_stream(tape_decoder(case), *pieces)


def told_of(case: Path, *chunks: Any) -> list[Event]:
    """What payloads tell to a tape's decoder."""
    return told(case, sse_of(*map(json.dumps, chunks), end=""))


# --- recordings


@EVERY_WIRE
def test_every_recorded_answer_is_in_a_table(wire: str) -> None:
    cases = json.loads(located("index.json").read_text())["cases"]
    answers = [c for c in cases if c["wire"] in INDEXED[wire] and c["http_status"] in (None, 200)]
    assert {case["file"] for case in answers} == {fact.file for fact in OWN[wire].FACTS}
    assert all((RECORDED / case["file"]).exists() for case in answers)


@EVERY_FACT
def test_a_recorded_answer_begins_once_and_ends_once(wire: str, fact: Any) -> None:
    events = read_recording(fact.file, OWN[wire].decoder(fact))
    assert problems_in(events) == []
    assert [type(event) for event in events].count(Start) == 1
    assert isinstance(events[0], Start)


@pytest.mark.parametrize("seed", range(2))
@EVERY_STREAM
def test_a_recorded_stream_tells_the_same_cut_at_random(wire: str, fact: Any, seed: int) -> None:
    pieces = feeding.random_cuts(feeding.read_stream(located(fact.file)), seed)
    decoder = OWN[wire].decoder
    assert feed_stream(decoder(fact), *pieces) == read_recording(fact.file, decoder(fact))


@LINE_ENDS
@EVERY_STREAM
def test_a_recorded_stream_tells_the_same_frame_by_frame(wire: str, fact: Any, end: bytes) -> None:
    data = feeding.with_line_end(feeding.read_stream(located(fact.file)), b"\n")
    pieces = [feeding.with_line_end(piece, end) for piece in feeding.split_frames(data)]
    decoder = OWN[wire].decoder
    assert feed_stream(decoder(fact), *pieces) == read_recording(fact.file, decoder(fact))


@EVERY_WIRE
def test_a_recorded_stream_tells_the_same_byte_by_byte(wire: str) -> None:
    streams = [fact for name, fact in STREAMS if name == wire]
    fact = min(streams, key=lambda each: located(each.file).stat().st_size)
    data, decoder = feeding.read_stream(located(fact.file)), OWN[wire].decoder
    pieces = feeding.cut_at(data, range(len(data)))
    assert feed_stream(decoder(fact), *pieces) == read_recording(fact.file, decoder(fact))


# --- tapes


@EVERY_CASE
def test_a_tape_tells_its_events(case: Path) -> None:
    events = read_tape(case)
    assert feeding.as_objects(events) == json.loads((case / "events.json").read_text())
    assert problems_in(events) == []


@EVERY_STREAMED
def test_a_tape_tells_the_same_however_it_is_cut(case: Path) -> None:
    data, whole = (case / "stream.sse").read_bytes(), read_tape(case)
    for end in (b"\n", b"\r\n", b"\r"):
        stream = feeding.with_line_end(data, end)
        assert told(case, *feeding.cut_at(stream, range(len(stream)))) == whole
        assert told(case, *feeding.random_cuts(stream, seed=1)) == whole
    if data.endswith(b"\n\n"):
        assert told(case, data[:-1]) == whole


@EVERY_STREAMED
def test_a_tape_tells_the_same_when_it_comes_at_once(case: Path) -> None:
    events = feed_at_once(tape_decoder(case), (case / "stream.sse").read_bytes())
    assert join_texts(events) == join_texts(read_tape(case))


def has_text_after_text(events: list[Event]) -> bool:
    return any(isinstance(a, TextDelta) and type(a) is type(b) for a, b in pairwise(events))


@pytest.mark.parametrize("wire", sorted(OWN.keys() - {"dashscope"}))  # which reads as chat does
def test_text_of_frames_that_come_at_once_is_one_event(wire: str) -> None:
    case = next(c for c in STREAMED if c in tapes(wire) and has_text_after_text(read_tape(c)))
    events = feed_at_once(tape_decoder(case), (case / "stream.sse").read_bytes())
    assert events and not has_text_after_text(events)


@EVERY_STREAMED
def test_a_tape_cut_off_anywhere_never_raises_and_ends_once(case: Path) -> None:
    data = (case / "stream.sse").read_bytes()
    for place in range(0, len(data), 29):
        assert problems_in(told(case, data[:place])) == []


#: A tape, and what stands in it where the answer says that it is whole.
ENDS = {
    "chat/openai/tool-calls-in-fragments": b'"finish_reason":"tool',
    "dashscope/incremental-text": b'"stop"',
    "gemini/parallel-calls-with-one-signature": b"finishReason",
    "messages/anthropic/text": b"event: message_delta",
    "responses/openai/text": b"event: response.completed",
}


@pytest.mark.parametrize(("name", "end"), ENDS.items(), ids=ENDS)
def test_a_stream_cut_before_its_end_is_truncated_wherever_it_is_cut(name: str, end: bytes) -> None:
    case = TAPES / name
    data = (case / "stream.sse").read_bytes()
    ends = [told(case, data[:place])[-1] for place in range(data.index(end))]
    assert {end.fault.kind for end in ends if isinstance(end, Failure)} == {"truncated"}
    assert not any(isinstance(end, Finish) for end in ends)


# --- what is no answer


@EVERY_WIRE
@pytest.mark.parametrize("body", [b'{"hello":"world"}', b"[]", b'"hello"', b"", b"nothing", b"1"])
def test_a_body_that_is_no_answer_is_not_the_api(wire: str, body: bytes) -> None:
    *_, last = feed_body(tape_decoder(tapes(wire)[0]), body)
    assert isinstance(last, Failure)
    assert last.fault.kind == "protocol"


@EVERY_WIRE
@pytest.mark.parametrize("depth", [100, 100_000])
def test_json_nested_without_end_is_a_fault_of_the_protocol(wire: str, depth: int) -> None:
    events = told(tapes(wire)[0], sse_of("[" * depth, end=""))
    assert [e.fault.kind for e in events if isinstance(e, Failure)] == ["protocol"]


NESTED = {
    "messages": [
        '{"type":"content_block_start","content_block":{"type":"x_tool_result","content":%s}}',
        '{"type":"content_block_start","content_block":{"type":"tool_use","input":{"a":%s}}}',
        '{"type":"message","content":[{"type":"mcp_tool_use","input":{"a":%s}}]}',
        '{"type":"content_block_delta","delta":{"type":"text_delta","text":%s}}',
    ],
    "responses": [
        '{"type":"response.output_item.done","output_index":0,"item":{"type":"x_call","output":%s}}',
        '{"type":"response.output_item.added","item":{"type":"function_call","arguments":%s}}',
        '{"type":"response.reasoning.search_queries","queries":%s}',
        '{"type":"response.completed","response":{"output":[{"type":"search_results","queries":%s}]}}',
    ],
}
ANYWHERE = ['{"type":"error","error":{"message":%s}}', '{"type":"error","details":%s}', "%s"]


@pytest.mark.parametrize(
    ("wire", "place"), [(wire, text) for wire in NESTED for text in NESTED[wire] + ANYWHERE]
)
def test_json_nested_too_deep_is_never_our_bug(wire: str, place: str) -> None:
    for depth in (10, *range(124, 134), 300, *range(850, 1000, 30), 100_000):
        nested = "[" * depth + "]" * depth
        events = told(tapes(wire)[0], sse_of(place % nested, end=""))
        assert [e for e in events if isinstance(e, Finish | Failure)] == events[-1:], depth


# --- nonsense


@EVERY_WIRE
@pytest.mark.parametrize(
    "share", [0, 1, 2, *(pytest.param(share, marks=pytest.mark.long) for share in range(3, 8))]
)
def test_nonsense_in_any_field_of_a_tape_is_never_our_bug(wire: str, share: int) -> None:
    for case, number, path in [*spots(wire)][share::8]:
        chunks = chunks_of(case)
        for nonsense in NONSENSE:
            spoiled = replaced(chunks[number], path, nonsense)
            events = told_of(case, *chunks[:number], spoiled, *chunks[number + 1 :])
            assert problems_in(events) == [], (case.name, number, path, nonsense)


SHAPES = [(wire, shape) for wire, own in OWN.items() for shape in getattr(own, "SHAPES", ())]


@pytest.mark.parametrize(("wire", "shape"), SHAPES)
def test_nonsense_beside_every_other_field_is_never_our_bug(wire: str, shape: str) -> None:
    """In a chunk that has all fields at once, which no tape has."""
    chunk = OWN[wire].SHAPES[shape]
    for path in places(chunk):
        for nonsense in NONSENSE:
            events = OWN[wire].told_of(replaced(chunk, path, nonsense))
            assert problems_in(events) == [], (path, nonsense)


@EVERY_WIRE
@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), ANYTHING)
def test_anything_in_any_field_is_never_our_bug(
    wire: str, chance: random.Random, value: Any
) -> None:
    case = chance.choice(whole_tapes(wire))
    chunks = chunks_of(case)
    number = chance.randrange(len(chunks))
    path = chance.choice([(), *places(chunks[number])])
    chunks[number] = replaced(chunks[number], path, value)
    assert problems_in(told_of(case, *chunks)) == []


@EVERY_WIRE
@settings(max_examples=60, deadline=None)
@given(ANYTHING)
def test_any_json_at_all_ends_in_one_event(wire: str, value: Any) -> None:
    assert problems_in(told_of(tapes(wire)[0], value)) == []


@EVERY_WIRE
@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_events_lost_repeated_or_in_another_order_are_never_our_bug(
    wire: str, chance: random.Random
) -> None:
    case = chance.choice([case for case in STREAMED if case.relative_to(TAPES).parts[0] == wire])
    frames = feeding.split_frames((case / "stream.sse").read_bytes())
    frames = [frame for each in frames for frame in [each] * chance.choice((0, 1, 1, 2))]
    chance.shuffle(frames)
    events = told(case, *frames)
    assert [e for e in events if isinstance(e, Finish | Failure)] == events[-1:]
    assert isinstance(answer_json(fold_answer(events))["text"], str)
