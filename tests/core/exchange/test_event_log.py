"""Events as the lines of ``--events``."""

from typing import Any

import pytest

from aichat.core.billing.usage import Usage
from aichat.core.exchange.event import (
    Audio,
    Citation,
    Event,
    Failure,
    Finish,
    Image,
    Logprobs,
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
    UsageUpdate,
)
from aichat.core.exchange.event_log import EventLog
from aichat.core.message.media import LocalFile, Media
from aichat.errors import Fault

LINES: dict[str, tuple[Event, dict[str, Any]]] = {
    "text": (TextDelta("a", 3), {"type": "text", "text": "a"}),
    "reasoning": (ReasoningDelta("a"), {"type": "reasoning", "text": "a"}),
    "refusal": (RefusalDelta("a", "c"), {"type": "refusal", "text": "a"}),
    "a server's tool with its output": (
        ServerToolProgress("i", "search", "end", "in", "out"),
        {"type": "server_tool", "name": "search", "phase": "end", "detail": "out"},
    ),
    "a server's tool with its input": (
        ServerToolProgress("i", "search", "start", "in"),
        {"type": "server_tool", "name": "search", "phase": "start", "detail": "in"},
    ),
    "a source": (
        Source(1, "u", "t", "s"),
        {"type": "source", "index": 1, "url": "u", "title": "t"},
    ),
    "a citation": (Citation(1, 2, 3), {"type": "citation", "index": 1, "start": 2, "end": 3}),
    "a picture": (
        Image(Media("m", LocalFile("u"))),
        {"type": "image", "mime": "m", "path": "u", "partial": False},
    ),
    "sound": (
        Audio(Media("m", LocalFile("u"), transcript="Hi")),
        {"type": "audio", "mime": "m", "path": "u", "transcript": "Hi"},
    ),
    "usage": (
        UsageUpdate(Usage(1, 2, 3, 4, 5, 6)),
        {
            "type": "usage",
            "input": 1,
            "output": 2,
            "cached_input": 3,
            "cache_write": 4,
            "reasoning": 5,
            "searches": 6,
        },
    ),
    "a notice": (Notice("k", "m", 1.0), {"type": "notice", "kind": "k", "message": "m"}),
}
SILENT: list[Event] = [
    *(
        Start(),
        ReasoningOpaque("x"),
        Audio(Media("audio/*", b"x")),
        Logprobs(1),
        UnknownItem("w", 1),
    ),
    *(RawItem("w", 1), Finish("stop"), Failure(Fault("server", "m"))),
]


@pytest.mark.parametrize(("event", "line"), LINES.values(), ids=LINES)
def test_an_event_is_a_flat_object_with_its_type_first(event: Event, line: dict[str, Any]) -> None:
    (told,) = EventLog().feed([event])
    assert told == line
    assert next(iter(told)) == "type"


@pytest.mark.parametrize("event", SILENT, ids=lambda event: event.type)
def test_what_only_we_need_is_not_told(event: Event) -> None:
    assert EventLog().feed([event]) == []


def test_a_call_is_told_once_and_whole_however_it_came() -> None:
    log = EventLog()
    assert log.feed([ToolCallStart(0, "i", "f"), ToolCallStart(1, "j", "g")]) == []
    assert log.feed([ToolCallDelta(1, "{"), ToolCallEnd(1, "{}"), ToolCallEnd(7, "{}")]) == [
        {"type": "tool_call", "id": "j", "name": "g", "arguments": "{}"}
    ]
    assert log.feed([ToolCallEnd(0, "[]")]) == [
        {"type": "tool_call", "id": "i", "name": "f", "arguments": "[]"}
    ]
