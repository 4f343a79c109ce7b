"""Turns and events as JSON values, and back."""

import json
from typing import Any, get_args

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.conversation.serialize import (
    dump_conversation,
    dump_event,
    dump_json,
    dump_turn,
    identity,
    load_conversation,
    load_event,
    load_turn,
)
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange import event
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Citation, Event, Failure, Source, UsageUpdate
from aichat.core.message.media import Url
from aichat.core.message.message import Media, Message, Raw, Text, ToolResult
from aichat.core.message.tool_schema import Tool
from aichat.errors import Fault

ANSWER = Answer(
    "box",
    "m",
    Message("assistant", (Text("a"),), "box", "m"),
    "r1",
    usage=Usage(1, 2),
    cost=Cost(7, "CNY", True, "catalogue"),
    sources=(Source(1, "u"),),
    citations=(Citation(1, 0, 1),),
    fault=Fault("server", "m", status=500),
    detail=UsageDetail({"audio_input": 1}, "flex"),
    conversation="c1",
)
WHOLE = Turn(
    ANSWER.message,
    1.5,
    3,
    2,
    "partial",
    "work",
    "chat",
    (Tool("f", "d", {"type": "object"}, True),),
    ANSWER,
    ("a/b/c",),
)
VALUE = {
    "message": {
        "role": "assistant",
        "parts": [{"type": "text", "text": "a"}],
        "provider": "box",
        "model": "m",
    },
    "at": 1.5,
    "number": 3,
    "parent": 2,
    "status": "partial",
    "profile": "work",
    "wire": "chat",
    "tools": [{"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}],
    "answer": {
        "provider": "box",
        "model": "m",
        "response_id": "r1",
        "usage": {"input": 1, "output": 2},
        "cost": {"amount": 7, "currency": "CNY", "estimated": True, "source": "catalogue"},
        "sources": [{"number": 1, "url": "u"}],
        "citations": [{"number": 1, "start": 0, "end": 1}],
        "fault": {"kind": "server", "message": "m", "status": 500},
    },
    "instead_of": ["a/b/c"],
}


def test_a_turn_is_written_with_what_its_fields_say_and_no_more() -> None:
    assert dump_turn(WHOLE) == VALUE
    assert dump_turn(Turn(Message("user", ()), 0.0)) == {
        "message": {"role": "user", "parts": []},
        "at": 0.0,
    }


def test_a_turn_is_read_without_what_only_the_bill_and_the_place_had() -> None:
    kept = ANSWER._replace(detail=UsageDetail(), conversation=None)
    assert load_turn(VALUE) == WHOLE._replace(answer=kept)
    assert load_turn({**VALUE, "new": 1, "answer": {**VALUE["answer"], "new": 1}}).answer == kept  # type: ignore[dict-item]
    assert load_turn({"message": {"role": "user", "parts": []}, "at": 0}).answer is None


PARTS: list[tuple[Any, dict[str, Any]]] = [
    (Media("a/b", b"\0\1"), {"type": "media", "mime": "a/b", "data": "AAE="}),
    (Media("a/b", Url("https://u")), {"type": "media", "mime": "a/b", "url": "https://u"}),
    (
        ToolResult("i", "f", (Text("a"), Media("a/b", b"\0")), True),
        {
            "type": "tool_result",
            "id": "i",
            "name": "f",
            "parts": [
                {"type": "text", "text": "a"},
                {"type": "media", "mime": "a/b", "data": "AA=="},
            ],
            "is_error": True,
        },
    ),
    (
        Raw("chat", {"type": "x"}, replay=True),
        {"type": "raw", "wire": "chat", "item": {"type": "x"}, "replay": True},
    ),
    (Raw("aichat", {"type": "hologram", "x": 1}), {"type": "hologram", "x": 1}),
]


@pytest.mark.parametrize(("part", "value"), PARTS, ids=lambda v: getattr(v, "type", ""))
def test_a_part_is_written_and_read_whatever_it_holds(part: Any, value: dict[str, Any]) -> None:
    read = load_turn({"message": {"role": "user", "parts": [value]}, "at": 0}).message.parts
    assert read == (part,)
    if value["type"] != "hologram":
        written = dump_turn(Turn(Message("user", (part,)), 0))["message"]["parts"]
        assert written == [value]


FILLED: list[Event] = [
    UsageUpdate(Usage(1, 2), Cost(7, "CNY"), {"raw": 1}, UsageDetail({"audio_input": 1}, "flex")),
    Failure(Fault("server", "m", "h", status=500)),
]
#: Some value for each field, by the first word of its type.
SOME = {"str": "s", "int": 1, "bool": True, "Any": {"x": [1]}, "float": 1.5} | {
    "Media": Media("a/b", b"x")
}


def filled(kind: Any) -> Event:
    """An event of which every field says something."""
    fields = {name: hint for name, hint in kind.__annotations__.items() if name != "type"}
    words = {
        n: hint.__name__ if isinstance(hint, type) else str(hint) for n, hint in fields.items()
    }
    made: Event = kind(**{name: SOME[word.split()[0]] for name, word in words.items()})
    return made


OTHERS = [filled(kind) for kind in get_args(Event) if kind not in map(type, FILLED)]


@pytest.mark.parametrize("given", [*FILLED, *OTHERS], ids=lambda given: given.type)
def test_an_event_comes_back_from_its_record_as_it_was(given: Event) -> None:
    value = json.loads(json.dumps(dump_event(given)))
    assert value["type"] == given.type
    assert load_event(value) == given


def test_an_event_is_written_flat_with_what_its_fields_say() -> None:
    assert dump_event(FILLED[0]) == {
        "type": "usage",
        "usage": {"input": 1, "output": 2},
        "cost": {"amount": 7, "currency": "CNY"},
        "raw": {"raw": 1},
        "detail": {"counts": {"audio_input": 1}, "tier": "flex"},
    }
    assert dump_event(FILLED[1])["fault"] == {
        "kind": "server",
        "message": "m",
        "hint": "h",
        "status": 500,
    }
    assert dump_event(event.TextDelta("a")) == {"type": "text", "text": "a"}


def test_an_event_that_is_not_known_is_told_by_its_type() -> None:
    with pytest.raises(KeyError):
        load_event({"type": "hologram"})


ABOUT = Summary("c1", "Title", 1.0, 2.0, 3, 1, "m")
GIVEN = Conversation(ABOUT, (WHOLE,))


def test_a_conversation_is_exported_with_its_version_and_without_its_counts() -> None:
    value = dump_conversation(GIVEN)
    assert value == {
        "version": 1,
        "id": "c1",
        "title": "Title",
        "created": 1.0,
        "updated": 2.0,
        "head": 3,
        "turns": [VALUE],
    }
    assert load_conversation(value).about == ABOUT._replace(model=None)


@pytest.mark.parametrize(
    "change",
    [
        *({"id": 1}, {"title": None}, {"turns": [VALUE, VALUE]}, {"turns": None}, {"turns": [1]}),
        {"turns": [{**VALUE, "number": 0}]},
        {"turns": [{}]},
    ],
    ids=str,
)
def test_what_is_no_conversation_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^not a conversation$"):
        load_conversation({**dump_conversation(GIVEN), **change})


@pytest.mark.parametrize("value", [None, 1, "x", [], {}])
def test_what_is_no_object_is_no_conversation(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^not a conversation$"):
        load_conversation(value)


def test_json_is_written_short_readable_and_without_secrets() -> None:
    assert dump_json({"a": ["é", 1]}) == '{"a":["é",1]}'
    assert dump_json({"a": "\ud800é"}) == '{"a":"\\ud800\\u00e9"}'
    assert dump_json("gsk_0123456789WXYZ", ["gsk_0123456789WXYZ"]) == '"gsk…WXYZ"'


def test_turns_that_say_the_same_are_the_same() -> None:
    assert identity(WHOLE) == identity(WHOLE._replace())
    assert identity(WHOLE) != identity(WHOLE._replace(status="complete"))
