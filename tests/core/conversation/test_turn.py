"""Conversations as trees of turns: paths, open calls, joined answers, and their records."""

import json
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.conversation import serialize
from aichat.core.conversation import turn as conversation
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.media import Media
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.errors import Fault
from tests.support.values.turns import answers, messages, paths, turns

CALL, OTHER = ToolCall("c_1", "depth", "{}"), ToolCall("c_2", "tide", "{}")
RESULT = ToolResult("c_1", "depth", (Text("9 m"),))
RAW, THOUGHT = Raw("messages", {"a": 1}, replay=True), Reasoning("Hm.", "sig")


def turn(role: Any, *parts: Part, number: int = 1, parent: int | None = None, **more: Any) -> Turn:
    return Turn(Message(role, parts, "openai", "m"), 0.0, number, parent, **more)


def answer(*parts: Part, finish: str | None = "stop", fault: Fault | None = None) -> Answer:
    said = Message("assistant", parts, "openai", "m")
    return Answer("openai", "m", said, finish_reason=finish, fault=fault)


# -- records


@settings(max_examples=150, deadline=None)
@given(turns())
def test_a_turn_comes_back_from_its_record_as_it_was(given_turn: Turn) -> None:
    text = serialize.dump_json(serialize.dump_turn(given_turn))
    assert serialize.load_turn(json.loads(text)) == given_turn
    text.encode()


@settings(max_examples=30, deadline=None)
@given(turns())
def test_a_record_is_the_same_however_often_it_is_made(given_turn: Turn) -> None:
    text = serialize.dump_json(serialize.dump_turn(given_turn))
    again = serialize.load_turn(json.loads(text))
    assert serialize.dump_json(serialize.dump_turn(again)) == text == serialize.identity(again)


@settings(max_examples=30, deadline=None)
@given(paths(), st.text(), st.text())
def test_a_conversation_comes_back_from_its_export(
    path: tuple[Turn, ...], name: str, title: str
) -> None:
    about = Summary(name, title, 1.5, 2.5, path[-1].number if path else None, len(path))
    text = serialize.dump_json(serialize.dump_conversation(Conversation(about, path)))
    assert serialize.load_conversation(json.loads(text)) == Conversation(about, path)


@settings(max_examples=30, deadline=None)
@given(turns(), st.dictionaries(st.text(min_size=5), st.integers(), max_size=3))
def test_what_a_later_version_adds_to_a_record_is_passed_over(
    given_turn: Turn, more: dict[str, int]
) -> None:
    fields = serialize.dump_turn(given_turn)
    later = {f"later {name}": value for name, value in more.items()}
    assert serialize.load_turn({**fields, **later}) == given_turn


def test_an_answer_of_which_no_counts_are_known_comes_back_with_unknown_ones() -> None:
    failed = turn("assistant", answer=answer(finish=None, fault=Fault("server", "no")))
    loaded = serialize.load_turn(serialize.dump_turn(failed))
    assert loaded == failed
    assert loaded.answer and loaded.answer.usage.input is None


def test_a_part_of_a_later_version_is_kept_and_never_sent_back() -> None:
    value = {"role": "user", "parts": [{"type": "hologram", "x": 1}]}
    loaded = serialize.load_message(value)
    assert loaded.parts == (Raw("aichat", {"type": "hologram", "x": 1}),)


NOT_CONVERSATIONS: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "no turns": {"id": "a", "title": "b", "created": 1, "updated": 1},
    "turns that are none": {"id": "a", "title": "b", "created": 1, "updated": 1, "turns": [1]},
    "a turn without a message": {"id": "a", "title": "b", "turns": [{"at": 1}]},
    "an id that is a number": {"id": 1, "title": "b", "created": 1, "updated": 1, "turns": []},
}


@pytest.mark.parametrize("name", NOT_CONVERSATIONS)
def test_what_is_no_conversation_is_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="not a conversation"):
        serialize.load_conversation(NOT_CONVERSATIONS[name])


# -- paths

NUMBERS = st.integers(0, 12)
TREES = st.dictionaries(NUMBERS, st.none() | NUMBERS, max_size=12)


@settings(max_examples=300, deadline=None)
@given(TREES, st.none() | NUMBERS, st.randoms())
def test_a_path_follows_parents_once_each_through_any_tree_or_circle(
    tree: dict[int, int | None], end: int | None, shuffle: random.Random
) -> None:
    given_turns = [turn("user", number=n, parent=parent) for n, parent in tree.items()]
    shuffle.shuffle(given_turns)
    path = conversation.path_to(given_turns, end)
    numbers = [each.number for each in path]
    assert len(set(numbers)) == len(numbers)
    assert (numbers[-1:] == [end]) == (end in tree)
    for before, after in pairwise(path):
        assert after.parent == before.number
    if path:
        first = path[0].parent
        assert first is None or first not in tree or first in numbers


# -- how an answer ended

STATUS: dict[str, tuple[Answer, str, bool]] = {
    "whole": (answer(Text("a")), "complete", True),
    "calls": (answer(CALL, finish="tool_calls"), "complete", True),
    "nothing said": (answer(), "complete", False),
    "only thoughts": (answer(THOUGHT), "complete", False),
    "at its limit": (answer(Text("a"), finish="length"), "partial", True),
    "paused": (answer(RAW, finish="pause"), "partial", True),
    "cut": (answer(Text("a"), finish=None, fault=Fault("truncated", "")), "partial", True),
    "failed": (answer(finish=None, fault=Fault("server", "")), "failed", False),
    "stopped": (
        answer(Text("a"), finish="cancelled", fault=Fault("interrupted", "")),
        "interrupted",
        True,
    ),
    "stopped at once": (
        answer(finish="cancelled", fault=Fault("interrupted", "")),
        "interrupted",
        False,
    ),
    "refused": (answer(Refusal("no"), finish="refusal"), "failed", True),
    "filtered": (answer(Text("a"), finish="content_filter"), "failed", True),
    "a picture": (answer(Media("image/png", b"x")), "complete", True),
}


@pytest.mark.parametrize("name", STATUS)
def test_an_answer_has_a_status_and_leads_on_if_there_is_something_in_it(name: str) -> None:
    given_answer, status, leads = STATUS[name]
    assert conversation.status_of(given_answer) == status
    assert conversation.can_continue(given_answer) is leads


# -- open calls

OPEN: dict[str, tuple[list[Turn], list[ToolCall]]] = {
    "none without turns": ([], []),
    "those of the last answer": ([turn("assistant", CALL, OTHER)], [CALL, OTHER]),
    "without those that were answered": (
        [turn("assistant", CALL, OTHER), turn("tool", RESULT)],
        [OTHER],
    ),
    "not those of an earlier answer": (
        [turn("assistant", CALL), turn("assistant", Text("a"))],
        [],
    ),
    "not those of an answer that was cut": ([turn("assistant", CALL, status="partial")], []),
    "the same id again": (
        [turn("assistant", CALL), turn("tool", RESULT), turn("assistant", CALL)],
        [CALL],
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_open_calls_are(name: str) -> None:
    path, calls = OPEN[name]
    assert list(conversation.open_calls(path)) == calls


# -- the question that got no answer

ASKED = turn("user", Text("a"), number=1)
LOST: dict[str, tuple[list[Turn], list[int]]] = {
    "nothing was asked": ([], []),
    "asked and never answered": ([ASKED], [1]),
    "answered with nothing": (
        [ASKED, turn("assistant", number=2, parent=1, answer=answer())],
        [1],
    ),
    "answered": (
        [ASKED, turn("assistant", Text("b"), number=2, parent=1, answer=answer(Text("b")))],
        [],
    ),
    "answered the second time": (
        [
            ASKED,
            turn("assistant", number=2, parent=1, answer=answer()),
            turn("assistant", Text("b"), number=3, parent=1, answer=answer(Text("b"))),
        ],
        [],
    ),
    "the last one, after others": (
        [
            ASKED,
            turn("assistant", Text("b"), number=2, parent=1, answer=answer(Text("b"))),
            turn("user", Text("c"), number=3, parent=2),
        ],
        [1, 2, 3],
    ),
    "left behind by one that was answered": (
        [
            ASKED,
            turn("user", Text("c"), number=2),
            turn("assistant", Text("d"), number=3, parent=2, answer=answer(Text("d"))),
        ],
        [],
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_a_question_is_lost_where_nothing_came_back_for_it(name: str) -> None:
    given_turns, numbers = LOST[name]
    found = conversation.unanswered_path(tuple(given_turns))
    assert [each.number for each in found] == numbers


# -- joined answers

CUT = turn("assistant", THOUGHT, RAW, Text("Once "), status="partial")
PAUSED = CUT._replace(answer=answer(Text("Once "), finish="pause"))
REST = Message("assistant", (THOUGHT, RAW, Text("upon"), CALL), "openai", "m")


def test_a_joined_answer_has_no_items_since_none_of_them_holds_it_whole() -> None:
    assert conversation.join_messages(CUT, REST).parts == (Text("Once upon"), CALL)


def test_an_answer_that_its_provider_resumed_keeps_every_item_in_order() -> None:
    whole = conversation.join_messages(PAUSED, REST)
    assert whole.parts == (THOUGHT, RAW, Text("Once "), THOUGHT, RAW, Text("upon"), CALL)


@settings(max_examples=100, deadline=None)
@given(messages("assistant"), messages("assistant"), st.data())
def test_no_text_is_lost_or_doubled_where_answers_are_joined(
    first: Message, rest: Message, data: st.DataObject
) -> None:
    known = data.draw(st.none() | answers(first))
    cut = Turn(first, 0.0, 1, answer=known)
    whole = conversation.join_messages(cut, rest)
    said = [p.text for p in (*first.parts, *rest.parts) if isinstance(p, Text)]
    assert "".join(p.text for p in whole.parts if isinstance(p, Text)) == "".join(said)


# -- names

TITLES = {
    "short": ("Hello", "Hello"),
    "blanks and lines": ("  a\n\n\tb  ", "a b"),
    "nothing": ("", ""),
    "exactly sixty": ("x" * 60, "x" * 60),
    "one more": ("x" * 61, "x" * 59 + "…"),
    "many words": ("ab " * 100, ("ab " * 20)[:59].rstrip() + "…"),
}


@pytest.mark.parametrize("name", TITLES)
def test_a_title_is_the_first_words_on_one_line(name: str) -> None:
    text, title = TITLES[name]
    assert conversation.title_from(text) == title


@given(st.text(max_size=200))
def test_a_title_is_never_long_and_never_has_lines(text: str) -> None:
    title = conversation.title_from(text)
    assert len(title) <= 60 and len(title.splitlines()) <= 1 and title == title.strip()


@given(st.binary(min_size=10, max_size=10))
def test_a_name_is_ten_characters_that_are_not_taken_for_others(random: bytes) -> None:
    name = conversation.name_from(random)
    assert len(name) == 10 and name.isascii() and name.isalnum() and name == name.lower()
    assert not set("01ilo") & set(name)


# -- borders


@pytest.mark.parametrize(
    ("number", "stored"), [(0, False), (1, True), (10**12 - 1, True), (10**12, False)]
)
def test_a_turn_is_stored_that_has_a_stores_number(number: int, stored: bool) -> None:
    one = turn("user", number=number)
    assert conversation.unstored_turns([one]) == (() if stored else (one,))


@pytest.mark.parametrize(
    ("status", "unfinished"),
    [("complete", False), ("partial", True), ("interrupted", True), ("failed", False)],
)
def test_an_answer_that_was_cut_could_go_on(status: Any, unfinished: bool) -> None:
    assert conversation.is_unfinished(turn("assistant", status=status)) is unfinished


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (" a  b\nc ", "a b c"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 58 + " yz", "x" * 58 + "…"),
        ("", ""),
        ("a " * 70, "a " * 29 + "a…"),
    ],
)
def test_a_title_has_60_characters_at_most(text: str, title: str) -> None:
    assert conversation.title_from(text) == title


def test_a_name_has_a_sign_for_a_byte_and_none_that_looks_like_another() -> None:
    every = conversation.name_from(bytes(range(256)))
    assert every[:31] == "23456789abcdefghjkmnpqrstuvwxyz"
    assert every == (every[:31] * 9)[:256]


STATUSES = {
    "complete": answer(Text("a")),
    "complete with calls": answer(CALL, finish="tool_calls"),
    "interrupted": answer(Text("a"), fault=Fault("interrupted", "")),
    "partial": answer(Text("a"), finish=None, fault=Fault("truncated", "")),
    "partial at a limit": answer(Text("a"), finish="length"),
    "failed": answer(finish=None, fault=Fault("server", "")),
    "failed by a refusal": answer(Text("a"), finish="refusal"),
    "failed by a filter": answer(Text("a"), finish="content_filter"),
}


@pytest.mark.parametrize(("name", "given_answer"), STATUSES.items(), ids=STATUSES)
def test_an_answer_has_the_status_of_its_end(name: str, given_answer: Answer) -> None:
    assert conversation.status_of(given_answer) == name.split()[0]


@pytest.mark.parametrize(
    ("parts", "finish", "can"),
    [
        *(((part,), "stop", True) for part in (Text("a"), Refusal("n"), CALL, Media("a/b", b"x"))),
        *(((part,), "stop", False) for part in (THOUGHT, RAW)),
        *(((), "stop", False), ((), "pause", True)),
    ],
)
def test_a_conversation_goes_on_from_an_answer_with_something_in_it(
    parts: tuple[Part, ...], finish: str, can: bool
) -> None:
    assert conversation.can_continue(answer(*parts, finish=finish)) is can
