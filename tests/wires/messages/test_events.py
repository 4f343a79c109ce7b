"""What each block of a Messages answer tells, event by event."""

import json
from typing import Any

import pytest

from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.event import (
    Citation,
    Event,
    Failure,
    Finish,
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
    UsageUpdate,
)
from tests.wires.messages.test_decode import block, said, started, stopped, told_of

A, B = "https://a.example/", "https://b.example/"
START = Start("msg_1", "m1")


def told(*events: Any) -> list[Event]:
    """What comes between the start and the end."""
    first, *between, last = told_of(started(), *events, *stopped())
    calls = any(isinstance(event, ToolCallStart) for event in between)
    assert (first, last) == (START, Finish("tool_calls" if calls else "stop", "end_turn"))
    return between


def unknown(item: Any) -> UnknownItem:
    return UnknownItem("messages", item)


def kept(item: Any) -> RawItem:
    return RawItem("messages", item)


def delta(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"{kind}_delta", **fields}


CITED = {"url": A, "title": "T", "cited_text": "c", "encrypted_index": "e"}
BLOCKS: dict[str, tuple[list[dict[str, Any]], list[Event]]] = {
    "text": (
        said("a"),
        [TextDelta("a", 0), kept({"type": "text", "text": "a"})],
    ),
    "text that came at once": (
        block(2, type="text", text="a"),
        [TextDelta("a", 2), kept({"type": "text", "text": "a"})],
    ),
    "text with a citation": (
        block(0, delta("citations", citation=CITED), delta("text", text="ab"), type="text"),
        [
            TextDelta("ab", 0),
            Source(1, A, "T"),
            Citation(1, 0, 2, "c", "e"),
            kept({"type": "text", "text": "ab", "citations": [CITED]}),
        ],
    ),
    "citations that came at once": (
        block(0, type="text", text="ab", citations=[CITED, {"type": "x"}]),
        [
            TextDelta("ab", 0),
            unknown({"type": "x"}),
            Source(1, A, "T"),
            Citation(1, 0, 2, "c", "e"),
            kept({"type": "text", "text": "ab", "citations": [CITED, {"type": "x"}]}),
        ],
    ),
    "thoughts": (
        block(
            1,
            delta("thinking", thinking="h"),
            delta("signature", signature="s"),
            delta("signature"),
            type="thinking",
        ),
        [
            ReasoningDelta("h", 1),
            ReasoningOpaque("s", 1),
            kept({"type": "thinking", "thinking": "h", "signature": "s"}),
        ],
    ),
    "thoughts that came at once": (
        block(1, type="thinking", thinking="h", signature="s"),
        [
            ReasoningDelta("h", 1),
            ReasoningOpaque("s", 1),
            kept({"type": "thinking", "thinking": "h", "signature": "s"}),
        ],
    ),
    "sealed thoughts": (
        block(1, type="redacted_thinking", data="d"),
        [
            ReasoningOpaque("d", 1, redacted=True),
            kept({"type": "redacted_thinking", "data": "d"}),
        ],
    ),
    "sealed thoughts of nothing": (
        block(1, type="redacted_thinking"),
        [ReasoningOpaque("", 1, redacted=True), kept({"type": "redacted_thinking"})],
    ),
    "a call": (
        block(
            1,
            delta("input_json", partial_json='{"a"'),
            delta("input_json", partial_json=""),
            delta("input_json", partial_json=":1}"),
            type="tool_use",
            id="t",
            name="f",
        ),
        [
            ToolCallStart(1, "t", "f"),
            ToolCallDelta(1, '{"a"'),
            ToolCallDelta(1, ":1}"),
            ToolCallEnd(1, '{"a":1}'),
            kept({"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}),
        ],
    ),
    "a call that came at once": (
        block(1, type="tool_use", id="t", name="f", input={"a": 1}),
        [
            ToolCallStart(1, "t", "f"),
            ToolCallEnd(1, '{"a": 1}'),
            kept({"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}),
        ],
    ),
    "a call of broken JSON": (
        block(1, delta("input_json", partial_json="{"), type="tool_use", id="t", name="f"),
        [
            ToolCallStart(1, "t", "f"),
            ToolCallDelta(1, "{"),
            ToolCallEnd(1, "{"),
            kept({"type": "tool_use", "id": "t", "name": "f", "input": {}}),
        ],
    ),
    "a tool of the server's": (
        block(
            1,
            delta("input_json", partial_json='{"q":1}'),
            type="server_tool_use",
            id="s",
            name="web_search",
        ),
        [
            ServerToolProgress("s", "web_search", "start"),
            ServerToolProgress("s", "web_search", "progress", '{"q":1}'),
            kept({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": 1}}),
        ],
    ),
    "a tool of another server's": (
        block(1, type="mcp_tool_use", input={"q": 1}),
        [
            ServerToolProgress("1", "tool", "start", '{"q": 1}'),
            kept({"type": "mcp_tool_use", "input": {"q": 1}}),
        ],
    ),
    "what a search gave": (
        block(1, type="web_search_tool_result", tool_use_id="s", content=[{"url": A}, {"url": B}]),
        [
            ServerToolProgress(
                "s", "web_search", "end", output=json.dumps([{"url": A}, {"url": B}])
            ),
            Source(1, A),
            Source(2, B),
            kept(
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "s",
                    "content": [{"url": A}, {"url": B}],
                }
            ),
        ],
    ),
    "what a fetch gave": (
        block(1, type="web_fetch_tool_result", content={"url": A}),
        [
            ServerToolProgress("", "web_fetch", "end", output=json.dumps({"url": A})),
            Source(1, A),
            kept({"type": "web_fetch_tool_result", "content": {"url": A}}),
        ],
    ),
    "what gave nothing": (
        block(1, type="x_tool_result"),
        [ServerToolProgress("", "x", "end"), kept({"type": "x_tool_result"})],
    ),
    "a summary": (
        block(1, delta("compaction", content="c", other=None), type="compaction"),
        [kept({"type": "compaction", "content": "c"})],
    ),
    "a block of tomorrow": (
        block(1, type="new"),
        [unknown({"type": "new"}), kept({"type": "new"})],
    ),
    "a piece of tomorrow": (
        block(1, {"type": "new"}, type="text"),
        [unknown({"type": "new"}), kept({"type": "text"})],
    ),
    "a piece of no block": (
        [{"type": "content_block_delta", "index": 4, "delta": delta("text", text="a")}],
        [TextDelta("a", 4)],
    ),
    "an end of no block": ([{"type": "content_block_stop", "index": 4}], []),
    "a block without a place": (
        [{"type": "content_block_start", "content_block": {"type": "text", "text": "a"}}],
        [TextDelta("a", 0)],
    ),
    "a ping": ([{"type": "ping"}], []),
    "an event of tomorrow": ([{"type": "new"}], [unknown({"type": "new"})]),
}


@pytest.mark.parametrize(("events", "found"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_tells_its_events(events: list[dict[str, Any]], found: list[Event]) -> None:
    assert told(*events) == found


def test_a_citation_spans_its_own_block_of_the_text() -> None:
    events = told(*said("ab"), *block(1, type="text", text="cd", citations=[CITED]))
    assert [event for event in events if isinstance(event, Citation)] == [
        Citation(1, 2, 4, "c", "e")
    ]


@pytest.mark.parametrize(
    ("details", "refusals"),
    [
        ({"explanation": "e", "category": "c"}, [RefusalDelta("e", "c")]),
        ({"category": "c"}, [RefusalDelta("c", "c")]),
        ({"explanation": "e"}, [RefusalDelta("e")]),
        ({}, []),
    ],
)
def test_a_refusal_says_why(details: dict[str, str], refusals: list[Event]) -> None:
    events = told_of(started(), *stopped("refusal", stop_details=details))
    assert events[1:] == [*refusals, Finish("refusal", "refusal")]
    other = told_of(started(), *stopped("end_turn", stop_details=details))
    assert other[1:] == [Finish("stop", "end_turn")]


FAULTS: dict[str, tuple[list[Any], tuple[str, str, str | None]]] = {
    "no reason": (
        [started(), {"type": "message_stop"}],
        ("truncated", "the answer ended without a stop reason", None),
    ),
    "no end": ([started()], ("truncated", "the stream ended before the answer was complete", None)),
    "no room": (
        [started(), *stopped("model_context_window_exceeded")],
        ("context_length", "the context window is full", "model_context_window_exceeded"),
    ),
    "an error": (
        [started(), {"type": "error", "error": {"type": "overloaded_error", "message": "m"}}],
        ("overloaded", "m", "overloaded_error"),
    ),
    "an error without words": (
        [started(), {"type": "error", "x": 1}],
        ("server", '{"type": "error", "x": 1}', None),
    ),
}


@pytest.mark.parametrize(("events", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_ends_in_a_fault_says_which(events: list[Any], fault: tuple[Any, ...]) -> None:
    *_, last = told_of(*events)
    assert isinstance(last, Failure)
    assert (last.fault.kind, last.fault.message, last.fault.code) == fault


USAGES: list[tuple[dict[str, Any], Usage, UsageDetail]] = [
    ({"input_tokens": 1}, Usage(1), UsageDetail()),
    ({"input_tokens": 1, "cache_read_input_tokens": 2}, Usage(3, None, 2), UsageDetail()),
    ({"input_tokens": 1, "cache_creation_input_tokens": 4}, Usage(5, None, None, 4), UsageDetail()),
    ({"cache_read_input_tokens": 2}, Usage(None, None, 2), UsageDetail()),
    ({"output_tokens_details": {"thinking_tokens": 3}}, Usage(reasoning=3), UsageDetail()),
    ({"server_tool_use": {"web_search_requests": 3}}, Usage(searches=3), UsageDetail()),
    (
        {"cache_creation": {"ephemeral_1h_input_tokens": 3}},
        Usage(),
        UsageDetail({"write_1h": 3}),
    ),
    ({"speed": "fast", "service_tier": "standard"}, Usage(), UsageDetail({}, "fast")),
    ({"speed": "standard", "service_tier": "priority"}, Usage(), UsageDetail({}, "priority")),
]


@pytest.mark.parametrize(("raw", "usage", "detail"), USAGES, ids=str)
def test_usage_is_told_with_what_has_a_price_of_its_own(
    raw: dict[str, Any], usage: Usage, detail: UsageDetail
) -> None:
    (found,) = [e for e in told_of(started(**raw)) if isinstance(e, UsageUpdate)]
    assert found == UsageUpdate(usage, None, raw, detail)
