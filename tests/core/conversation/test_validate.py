"""What comes out of a file is what its types say, or it is not taken."""

import json
from collections.abc import Mapping
from typing import Any, Literal

import pytest
from hypothesis import given, settings

from aichat.core.billing.usage import Usage
from aichat.core.conversation import serialize
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.conversation.validate import has_type, is_valid
from tests.support.values.turns import paths

GOOD: dict[str, Any] = {
    "id": "abc",
    "title": "a title",
    "created": 1.5,
    "updated": 2,
    "head": 2,
    "turns": [
        {"at": 1, "number": 1, "message": {"role": "user", "parts": []}},
        {
            "at": 2,
            "number": 2,
            "parent": 1,
            "message": {"role": "assistant", "parts": []},
            "answer": {"provider": "groq", "model": "m", "cost": {"amount": 5}},
        },
    ],
}
TURN, ANSWER = ("turns", 1), ("turns", 1, "answer")

#: Where, and what cannot stand there.
BAD: list[tuple[tuple[str | int, ...], Any]] = [
    *(
        (("id",), name)
        for name in ("", ".", "..", "../../x", "/x", "a/b", "a\\b", "a\nb", "x" * 300)
    ),
    (("created",), "today"),
    (("created",), 1e300),
    (("updated",), 10**40),
    (("updated",), -1),
    (("head",), "2"),
    ((*TURN, "at"), "now"),
    ((*TURN, "at"), float("nan")),
    ((*TURN, "number"), 10**40),
    ((*TURN, "message", "role"), "root"),
    ((*TURN, "message", "parts"), [{"type": "text", "text": 5}]),
    ((*ANSWER, "model"), 5),
    ((*ANSWER, "usage"), {"input": "12"}),
    ((*ANSWER, "usage"), {"input": 10**40}),
    ((*ANSWER, "cost"), {"amount": "5"}),
    ((*ANSWER, "cost"), {"amount": 5, "currency": None}),
    ((*ANSWER, "total_s"), float("inf")),
]


def spoiled(path: tuple[str | int, ...], value: Any) -> Any:
    """The good conversation with ``value`` at ``path``."""
    found = json.loads(json.dumps(GOOD))
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return found


def test_a_conversation_of_ours_is_sound() -> None:
    assert is_valid(serialize.load_conversation(GOOD))
    assert is_valid(serialize.load_conversation(spoiled(("id",), "abc-2")))


@settings(max_examples=30, deadline=None)
@given(paths())
def test_whatever_is_exported_is_sound(path: tuple[Turn, ...]) -> None:
    assert is_valid(Conversation(Summary("abc", "a title", 1.5, 2.5, None, len(path)), path))


@pytest.mark.parametrize(("path", "value"), BAD, ids=lambda value: repr(value)[:40])
def test_what_cannot_stand_in_a_field_makes_it_unsound(
    path: tuple[str | int, ...], value: Any
) -> None:
    assert not is_valid(serialize.load_conversation(spoiled(path, value)))


def test_numbers_are_kept_in_bounds_and_true_is_none() -> None:
    assert has_type(1, float) and has_type(1, int) and has_type(None, int | None)
    assert not any(has_type(value, int) for value in (True, 1.0, 1 << 62, "1", None))


END = 253_402_214_400  # the year 10000, nearly
BORDERS: list[tuple[tuple[str | int, ...], Any, bool]] = [
    (("id",), "a" * 200, True),
    (("id",), "a" * 201, False),
    (("id",), "a\x00", False),
    (("created",), 0, True),
    (("created",), -0.5, False),
    (("created",), END - 1, True),
    (("created",), END, False),
    (("updated",), END, False),
    ((*TURN, "at"), END, False),
    (("head",), (1 << 62) - 1, True),
    (("head",), 1 << 62, False),
    (("head",), 1 - (1 << 62), True),
    (("head",), -(1 << 62), False),
    (("head",), None, True),
]


@pytest.mark.parametrize(("path", "value", "sound"), BORDERS, ids=lambda value: repr(value)[:40])
def test_a_value_is_sound_up_to_its_border(
    path: tuple[str | int, ...], value: Any, sound: bool
) -> None:
    assert is_valid(serialize.load_conversation(spoiled(path, value))) is sound


@pytest.mark.parametrize(
    ("value", "hint", "fits"),
    [
        ({"a": 1}, Mapping[str, int], True),
        ({"a": "1"}, Mapping[str, int], False),
        ([1], Mapping[str, int], False),
        ((1, 2), tuple[int, ...], True),
        ((1, "2"), tuple[int, ...], False),
        ([1], tuple[int, ...], False),
        ("a", Literal["a"], True),
        ("b", Literal["a"], False),
        (["a"], Literal["a"], False),
        (None, Any, True),
        (None, type(None), True),
        (0, type(None), False),
        (True, float, False),
        (1.5, int, False),
        (Usage(1), Usage, True),
        (Usage("1"), Usage, False),  # type: ignore[arg-type]
        ((1,), Usage, False),
    ],
)
def test_a_value_is_of_its_type_all_the_way_down(value: Any, hint: Any, fits: bool) -> None:
    assert has_type(value, hint) is fits
