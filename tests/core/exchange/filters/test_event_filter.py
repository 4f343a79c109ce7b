"""Counts of what one answer brings."""

import pytest

from aichat.core.exchange.event import (
    Citation,
    Event,
    Image,
    MadeFile,
    Notice,
    ServerToolProgress,
    Source,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from aichat.core.exchange.filters.event_filter import EVENT_LIMITS, EventLimiter
from aichat.core.message.media import Media

MADE = {
    ToolCallStart: lambda n: ToolCallStart(n, f"call_{n}", "look"),
    ServerToolProgress: lambda n: ServerToolProgress(f"s{n}", "web_search", "start"),
    Source: lambda n: Source(n, f"https://example.org/{n}"),
    Citation: lambda n: Citation(n),
    Image: lambda n: Image(Media("image/png", b"x")),
    MadeFile: lambda n: MadeFile(Media("a/b", b"x")),
}


def limited(events: list[Event], size: int) -> list[Event]:
    """What passes, fed in pieces of that size."""
    limiter = EventLimiter()
    return [e for n in range(0, len(events), size) for e in limiter.limit(events[n : n + size])]


@pytest.mark.parametrize("kind", EVENT_LIMITS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("size", [1, 999_999])
def test_what_is_within_passes_and_the_rest_is_told_once(kind: type, size: int) -> None:
    count = EVENT_LIMITS[kind].most
    events = [MADE[kind](n) for n in range(count)]
    assert limited(events, size) == events
    more = [*events, *(MADE[kind](n) for n in range(count, count + 3)), TextDelta("on")]
    *within, notice, text = limited(more, size)
    assert within == events
    assert isinstance(notice, Notice)
    assert f"{count:,} {EVENT_LIMITS[kind].name}" in notice.message
    assert text == TextDelta("on")


def test_the_arguments_of_a_call_that_was_left_out_go_with_it() -> None:
    count = EVENT_LIMITS[ToolCallStart].most
    calls = [
        event
        for n in range(count + 2)
        for event in (ToolCallStart(n, f"c{n}", "f"), ToolCallDelta(n, "{"), ToolCallEnd(n, "{}"))
    ]
    passed = limited(calls, 7)
    assert [e for e in passed if not isinstance(e, Notice)] == calls[: 3 * count]
