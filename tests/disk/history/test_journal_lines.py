"""A line of the journal that is just text, which thousands are, is written by hand."""

import json

import pytest

from aichat.core.conversation import serialize
from aichat.core.exchange.event import ReasoningDelta, TextDelta
from aichat.core.exchange.filters.event_filter import EventMask
from aichat.disk.history.journal import _events_line


@pytest.mark.parametrize(
    "text", ["", "plain", 'a "b" \\c\n\t\0\x1f\x7f', "é你\u2028\U0001f600", "\ud800x"]
)
@pytest.mark.parametrize("part", [0, 2])
def test_a_line_of_text_is_what_the_encoder_writes(text: str, part: int) -> None:
    event = TextDelta(text, part)
    line = _events_line([event])
    assert line == serialize.dump_json([serialize.dump_event(event)])
    assert [serialize.load_event(each) for each in json.loads(line.encode())] == [event]


def test_several_events_make_one_line() -> None:
    events = [ReasoningDelta("why"), TextDelta("so")]
    assert [serialize.load_event(each) for each in json.loads(_events_line(events))] == events


def test_a_masked_event_keeps_its_other_fields() -> None:
    mask = EventMask(("secret-1234567",))
    given = [TextDelta("my secret-1234567 is", 3), ReasoningDelta("secret-1234567", 1, "c")]
    text, thought = mask.mask(given)
    assert text == TextDelta("my sec…4567 is", 3)
    assert thought == ReasoningDelta("sec…4567", 1, "c")
