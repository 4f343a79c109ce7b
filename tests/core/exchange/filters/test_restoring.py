"""What was replaced comes back in every event, wherever a piece of it ends."""

from collections.abc import Sequence

import pytest

from aichat.core.exchange.event import (
    Citation,
    Event,
    Finish,
    Logprobs,
    RawItem,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from aichat.core.exchange.filters.restoring import EventRestorer
from aichat.core.message.private.placeholders import Placeholders, Redaction

EMAIL, SECRET = "bob@example.com", 'k"ey-1'
CAME = "Dear [EMAIL_1], see [1] and [SECRET_1][EMAIL\\_1] [EMAIL_9] [END"
MEANT = f"Dear {EMAIL}, see [1] and {SECRET}{EMAIL} [EMAIL_9] [END"


@pytest.fixture
def placeholders() -> Placeholders:
    made = Placeholders(Redaction(("email",), (SECRET,)))
    made.conceal([EMAIL, SECRET])
    return made


def text_in(events: Sequence[Event]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextDelta | ReasoningDelta))


@pytest.mark.parametrize("kind", [TextDelta, ReasoningDelta])
def test_a_text_is_restored_at_whatever_two_places_it_is_cut(
    placeholders: Placeholders, kind: type[TextDelta]
) -> None:
    for first in range(len(CAME)):
        for second in range(first, len(CAME), 7):
            pieces = (CAME[:first], CAME[first:second], CAME[second:])
            restorer = EventRestorer(placeholders)
            told = [e for piece in pieces for e in restorer.feed([kind(piece)])]
            assert text_in([*told, *restorer.feed([Finish("stop")])]) == MEANT


def test_no_more_waits_than_may_begin_a_placeholder(placeholders: Placeholders) -> None:
    restorer = EventRestorer(placeholders)
    assert restorer.feed([TextDelta("see [a](b) [EMA")]) == [TextDelta("see [a](b) ")]
    assert restorer.feed([TextDelta("rk")]) == [TextDelta("[EMArk")]
    assert restorer.feed([TextDelta("[" + "E" * 9)]) == [TextDelta("[" + "E" * 9)]


def test_arguments_are_restored_as_json(placeholders: Placeholders) -> None:
    whole = '{"to": "[EMAIL_1]", "key": "[SECRET_1]"}'
    meant = f'{{"to": "{EMAIL}", "key": "k\\"ey-1"}}'
    events = [ToolCallStart(0, "c", "f"), *(ToolCallDelta(0, c) for c in whole)]
    told = EventRestorer(placeholders).feed([*events, ToolCallEnd(0, whole)])
    assert "".join(e.arguments for e in told if isinstance(e, ToolCallDelta)) == meant
    assert told[-1] == ToolCallEnd(0, meant)


def test_a_document_stays_one(placeholders: Placeholders) -> None:
    restorer = EventRestorer(placeholders, in_json=True)
    assert text_in(restorer.feed([TextDelta('{"a":"[SECRET_1]"}')])) == '{"a":"k\\"ey-1"}'


def test_what_comes_between_two_pieces_does_not_part_them(placeholders: Placeholders) -> None:
    between: tuple[Event, ...] = (Logprobs([]), Citation(1, 0, 4))
    told = EventRestorer(placeholders).feed([TextDelta("a [EMA"), *between, TextDelta("IL_1]")])
    assert text_in(told) == f"a {EMAIL}"


def test_what_waits_is_told_before_what_ends_it(placeholders: Placeholders) -> None:
    ends: tuple[Event, ...]
    ends = (Finish("stop"), ToolCallStart(0, "c", "f"), RefusalDelta("no"), TextDelta("", 1))
    for after in ends:
        told = EventRestorer(placeholders).feed([TextDelta("a [EM"), after])
        assert told[:2] == [TextDelta("a "), TextDelta("[EM")]
    restorer = EventRestorer(placeholders)
    restorer.feed([TextDelta("[EM")])
    assert restorer.flush() == [TextDelta("[EM")]
    assert restorer.flush() == []


def test_citations_stay_with_the_words_that_they_are_of(placeholders: Placeholders) -> None:
    came, cited = "x [EMAIL_1] yes [EMAIL_1]", ("x", "[EMAIL_1]", "yes", "[EMAIL_1]")
    restorer, places, at = EventRestorer(placeholders), [], 0
    for one in cited:
        at = came.index(one, at)
        places.append((at, at + len(one)))
        at += len(one)
    told = restorer.feed([TextDelta(came[:15]), TextDelta(came[15:])])
    text = text_in(told)
    moved = restorer.feed([Citation(1, *place, "of [EMAIL_1]") for place in places])
    found = [text[e.start : e.end] for e in moved if isinstance(e, Citation)]
    assert found == ["x", EMAIL, "yes", EMAIL]
    assert moved[0].cited_text == f"of {EMAIL}"  # type: ignore[union-attr]
    assert restorer.feed([Citation(1)]) == [Citation(1)]


def test_items_that_their_provider_wants_back_are_restored_too(placeholders: Placeholders) -> None:
    item = {"text": ["[EMAIL_1]"], "arguments": '{"a":"[SECRET_1]"}', "n": 1}
    meant = {"text": [EMAIL], "arguments": '{"a":"k\\"ey-1"}', "n": 1}
    assert EventRestorer(placeholders).feed([RawItem("chat", item)]) == [RawItem("chat", meant)]
