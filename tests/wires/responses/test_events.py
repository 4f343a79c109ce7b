"""What each event of a Responses answer tells."""

from typing import Any

import pytest

from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
    Image,
    Notice,
    RawItem,
    ReasoningDelta,
    ReasoningOpaque,
    RefusalDelta,
    ServerToolProgress,
    Source,
    Start,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
)
from aichat.core.message.media import Media
from aichat.wires.shared.openai_usage import responses_usage
from tests.support.values.feeding import feed_body
from tests.support.values.feeding import make_decoder as decoder_of
from tests.wires.responses.test_decode import OPENAI, created, ended, said, told_of

A, B = "https://a.example/", "https://b.example/"


def told(*events: dict[str, Any], last: dict[str, Any] | None = None) -> list[Event]:
    """What comes between the start and the end."""
    first, *between, end = told_of(created(), *events, last or ended(), tools=("f",))
    assert first == Start("r1", "m1")
    assert isinstance(end, Finish)
    return between


def of(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **fields}


def added(index: int = 0, **item: Any) -> dict[str, Any]:
    return of("output_item.added", output_index=index, item=item)


def done(index: int = 0, **item: Any) -> dict[str, Any]:
    return of("output_item.done", output_index=index, item=item)


def kept(**item: Any) -> RawItem:
    return RawItem("responses", item)


def unknown(item: Any) -> UnknownItem:
    return UnknownItem("responses", item)


CALL = {"type": "function_call", "call_id": "c", "id": "i", "name": "f"}
CITED = {"type": "url_citation", "url": A, "title": "T", "start_index": 1, "end_index": 2}
EVENTS: dict[str, tuple[list[dict[str, Any]], list[Event]]] = {
    "text": ([said("a")], [TextDelta("a", 0)]),
    "text that is none": ([said("") | {"delta": 7}, said("")], []),
    "a refusal": ([of("refusal.delta", delta="n")], [RefusalDelta("n")]),
    "a refusal of nothing": ([of("refusal.delta")], []),
    "reasoning": (
        [of("reasoning_text.delta", output_index=2, delta="r")],
        [ReasoningDelta("r", 2)],
    ),
    "a summary in parts": (
        [
            of("reasoning_summary_part.added", output_index=1, summary_index=0),
            of("reasoning_summary_text.delta", output_index=1, delta="r"),
            of("reasoning_summary_part.added", output_index=1, summary_index=1),
        ],
        [ReasoningDelta("r", 1), ReasoningDelta("\n\n", 1)],
    ),
    "a citation": (
        [said("ab"), of("output_text.annotation.added", annotation=CITED)],
        [TextDelta("ab", 0), Source(1, A, "T"), Citation(1, 1, 2)],
    ),
    "a citation in a second part": (
        [
            said("ab"),
            said("cd", 1),
            of("output_text.annotation.added", content_index=1, annotation=CITED),
        ],
        [TextDelta("ab", 0), TextDelta("cd", 0), Source(1, A, "T"), Citation(1, 3, 4)],
    ),
    "a citation without a place": (
        [of("output_text.annotation.added", annotation={"url": A, "title": "7"})],
        [Source(7, A), Citation(7)],
    ),
    "a citation of no page": (
        [of("output_text.annotation.added", annotation={"file_id": "x"})],
        [unknown({"file_id": "x"})],
    ),
    "a call": (
        [
            added(**CALL),
            of("function_call_arguments.delta", output_index=0, delta="{"),
            of("function_call_arguments.delta", output_index=0, delta=""),
            of("function_call_arguments.delta", output_index=0, delta="}"),
            done(**CALL, arguments="{ }"),
        ],
        [
            ToolCallStart(0, "c", "f", "i"),
            ToolCallDelta(0, "{"),
            ToolCallDelta(0, "}"),
            ToolCallEnd(0, "{ }"),
            kept(**CALL, arguments="{ }"),
        ],
    ),
    "a call without a number of its own": (
        [done(type="function_call", id="i", name="f", thought_signature="s")],
        [
            ToolCallStart(0, "i", "f", "i", "s"),
            ToolCallEnd(0, ""),
            kept(type="function_call", id="i", name="f", thought_signature="s"),
        ],
    ),
    "a call without any": (
        [done(3, type="function_call", name="f")],
        [
            ToolCallStart(3, "call_3", "f"),
            ToolCallEnd(3, ""),
            kept(type="function_call", name="f"),
        ],
    ),
    "a custom call": (
        [
            added(type="custom_tool_call", call_id="c", name="f", input="x"),
            done(type="custom_tool_call", call_id="c", name="f"),
        ],
        [
            ToolCallStart(0, "c", "f", kind="custom"),
            ToolCallEnd(0, "x"),
            kept(type="custom_tool_call", call_id="c", name="f"),
        ],
    ),
    "arguments that are told whole": (
        [
            added(**CALL),
            of("function_call_arguments.done", output_index=0, arguments="{}"),
            of("function_call_arguments.done", output_index=0),
            done(**CALL),
        ],
        [ToolCallStart(0, "c", "f", "i"), ToolCallEnd(0, "{}"), kept(**CALL)],
    ),
    "a search": (
        [
            added(type="web_search_call", id="s", action={"query": "q"}),
            of("web_search_call.in_progress", item_id="s"),
            of("web_search_call.searching", item_id="s"),
            of("web_search_call.completed", item_id="s"),
            done(
                type="web_search_call",
                id="s",
                action={"type": "search", "query": "q", "sources": [{"url": A}]},
            ),
        ],
        [
            ServerToolProgress("s", "web_search", "start", "q"),
            ServerToolProgress("s", "web_search", "progress", output="searching"),
            ServerToolProgress("s", "web_search", "end", "q"),
            kept(
                type="web_search_call",
                id="s",
                action={"type": "search", "query": "q", "sources": [{"url": A}]},
            ),
            Source(1, A),
        ],
    ),
    "code, and what it gave": (
        [done(type="code_interpreter_call", code="1", outputs=[{"logs": "2"}])],
        [
            ServerToolProgress("0", "code_interpreter", "start", "1"),
            ServerToolProgress("0", "code_interpreter", "end", "1", '[{"logs": "2"}]'),
            kept(type="code_interpreter_call", code="1", outputs=[{"logs": "2"}]),
        ],
    ),
    "a server's call by name": (
        [done(type="mcp_call", name="n", arguments="a", error="e", call_id="k")],
        [
            ServerToolProgress("k", "n", "start", "a"),
            ServerToolProgress("k", "n", "end", "a", "e"),
            kept(type="mcp_call", name="n", arguments="a", error="e", call_id="k"),
        ],
    ),
    "a picture": (
        [
            of("image_generation_call.partial_image", partial_image_b64="AA=="),
            of("image_generation_call.partial_image"),
            done(type="image_generation_call", result="AAE=", output_format="webp"),
        ],
        [
            Image(Media("image/png", b"\0"), partial=True),
            ServerToolProgress("0", "image_generation", "start"),
            ServerToolProgress("0", "image_generation", "end"),
            Image(Media("image/webp", b"\0\1")),
            kept(type="image_generation_call", result="AAE=", output_format="webp"),
        ],
    ),
    "a message that was not streamed": (
        [
            done(
                type="message",
                content=[{"text": "ab", "annotations": [CITED]}, {"refusal": "n"}, {"text": "c"}],
            )
        ],
        [
            TextDelta("ab", 0),
            Source(1, A, "T"),
            Citation(1, 1, 2),
            RefusalDelta("n"),
            TextDelta("c", 0),
            kept(
                type="message",
                content=[{"text": "ab", "annotations": [CITED]}, {"refusal": "n"}, {"text": "c"}],
            ),
        ],
    ),
    "reasoning that was not streamed": (
        [
            done(
                type="reasoning",
                id="i",
                summary=[{"text": "a"}, {}],
                content=[{"text": "b"}],
                encrypted_content="e",
            )
        ],
        [
            ReasoningDelta("a\n\nb", 0),
            ReasoningOpaque("e", 0, "i"),
            kept(
                type="reasoning",
                id="i",
                summary=[{"text": "a"}, {}],
                content=[{"text": "b"}],
                encrypted_content="e",
            ),
        ],
    ),
    "results": (
        [
            done(type="search_results", queries=["q"], results=[{"url": A, "id": 3}]),
            said("x [3]", 9),
        ],
        [
            ServerToolProgress("0", "search_web", "end", '["q"]'),
            Source(3, A),
            kept(type="search_results", queries=["q"], results=[{"url": A, "id": 3}]),
            TextDelta("x [3]", 0),
            Citation(3, 2, 5),
        ],
    ),
    "thoughts of a search": (
        [
            of("reasoning.started", thought="t"),
            of("reasoning.search_queries", queries=["q"], call_id="k"),
            of("reasoning.fetch_url_queries", urls=[A]),
            of("reasoning.search_results", results=[{"url": B}]),
        ],
        [
            ReasoningDelta("t\n"),
            ServerToolProgress("k", "search_queries", "progress", '["q"]'),
            ServerToolProgress("", "fetch_url_queries", "progress", f'["{A}"]'),
            Source(1, B),
        ],
    ),
    "progress of a tool of tomorrow": (
        [
            of("sketch_call.partial_image", item_id="s"),
            of("sketch_call.drawing", item_id="s"),
            of("sketch_call.drawing"),
        ],
        [
            ServerToolProgress("s", "sketch", "progress", output="drawing"),
            ServerToolProgress("", "sketch", "progress", output="drawing"),
        ],
    ),
    "a queue": ([of("queued")], [Notice("queued", "the provider has queued the request")]),
    "an event of tomorrow": ([of("new.thing", x=1)], [unknown(of("new.thing", x=1))]),
}


@pytest.mark.parametrize(("events", "found"), EVENTS.values(), ids=EVENTS)
def test_an_event_tells_what_it_says(events: list[dict[str, Any]], found: list[Event]) -> None:
    assert told(*events) == found


FAULTS: dict[str, tuple[list[Any], tuple[str, str, str | None]]] = {
    "an error": (
        [{"type": "error", "code": "rate_limit_exceeded", "message": "m"}],
        ("rate_limit", "m", "rate_limit_exceeded"),
    ),
    "a failed answer": (
        [of("failed", response={"error": {"code": "server_error", "message": "m"}})],
        ("server", "m", "server_error"),
    ),
    "an error without words": (
        [{"type": "error", "x": 1}],
        ("server", '{"type": "error", "x": 1}', None),
    ),
    "an end that is an error": (
        [ended("completed", error={"code": "server_error", "message": "m"})],
        ("server", "m", "server_error"),
    ),
    "no end": ([], ("truncated", "the stream ended before the answer was complete", None)),
    "still writing": (
        [of("completed", response={"status": "in_progress"})],
        ("truncated", "the answer is incomplete: in_progress", "in_progress"),
    ),
    "cut for another reason": (
        [ended("incomplete", incomplete_details={"reason": "steered"})],
        ("truncated", "the answer ended for an unknown reason: 'steered'", "steered"),
    ),
}


@pytest.mark.parametrize(("events", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_ends_in_a_fault_says_which(events: list[Any], fault: tuple[Any, ...]) -> None:
    *_, last = told_of(created(), *events)
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.message, last.fault.code) == fault


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([7], "protocol"),
        ([{"x": 1}], "protocol"),
        ([{"type": ""}], "protocol"),
        ([{"type": "new"}], "truncated"),
        ([created(), {"x": 1}], "truncated"),
    ],
)
def test_what_was_never_an_event_is_not_the_api(events: list[Any], kind: str) -> None:
    *_, kept_item, last = told_of(*events)
    assert kept_item == unknown(events[-1])
    assert isinstance(last, Failure)
    assert last.fault.kind == kind
    words = "not the API: an answer without output"
    assert (last.fault.message == words) is (kind == "protocol")


def test_a_call_that_is_never_done_is_told_as_far_as_it_came() -> None:
    delta = of("function_call_arguments.delta", output_index=0, delta="{")
    events = told_of(created(), added(**CALL), delta, tools=("f",))
    assert events[-2] == ToolCallEnd(0, "{")


def test_a_whole_answer_is_read_as_one() -> None:
    body = b'{"id":"r","model":"m","output":[{"type":"message","content":[{"text":"a"}]}]}'
    events = feed_body(decoder_of("responses", OPENAI), body)
    assert [event.type for event in events] == ["start", "text", "item", "finish"]
    assert events[-1] == Finish("stop", "completed", model="m")


DETAILS: list[tuple[dict[str, Any], Usage, dict[str, int]]] = [
    (
        {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 5}},
        Usage(5, cached_input=5),
        {},
    ),
    (
        {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 6}},
        Usage(11, cached_input=6),
        {},
    ),
    ({"input_tokens_details": {"cached_tokens": 6}}, Usage(cached_input=6), {}),
    ({"input_tokens_details": {"audio_tokens": 2}}, Usage(), {"audio_input": 2}),
    ({"output_tokens_details": {"audio_tokens": 2}}, Usage(), {"audio_output": 2}),
    ({"server_side_tool_usage_details": {"web_search_calls": 1}}, Usage(searches=1), {}),
    ({"server_side_tool_usage_details": {"x_search_calls": 0}}, Usage(searches=0), {}),
    ({"tool_calls_details": {"search_web": {"invocation": 2}}}, Usage(searches=2), {}),
]


@pytest.mark.parametrize(("raw", "usage", "counts"), DETAILS, ids=str)
def test_usage_is_told_with_what_has_a_price_of_its_own(
    raw: dict[str, Any], usage: Usage, counts: dict[str, int]
) -> None:
    found = responses_usage(raw, {}, None, "flex")
    assert (found.usage, found.detail, found.raw) == (usage, UsageDetail(counts, "flex"), raw)


@pytest.mark.parametrize(
    ("tools", "seen", "found"),
    [({"web_search": {"num_requests": 2}}, 9, 2), ({}, 9, 9), ({}, None, None)],
)
def test_the_billed_searches_count_before_those_that_were_seen(
    tools: dict[str, Any], seen: int | None, found: int | None
) -> None:
    assert responses_usage({}, tools, seen).usage.searches == found
