"""Reading JSON that nobody vouches for."""

import json
from typing import Any

import pytest

from aichat.core.text.json import (
    dumps,
    get_object,
    loads,
    objects,
    parse_object,
    reject_constant,
    text_or_none,
    to_utf8,
)


@pytest.mark.parametrize("text", ['{"a":1}', ' {"a":1}\n', "[1]", '"x"', "1 ", "NaN"])
def test_json_is_read_whatever_surrounds_it(text: str) -> None:
    assert repr(loads(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", ["", "{", '{"a":1}x', '{"a":1} {}', "1 2", "x"])
def test_what_is_no_json_is_refused_as_the_library_does(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 1"):
        loads(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a":1}', {"a": 1}),
        ("", {}),
        ("[1]", {}),
        ("1", {}),
        ("{", {}),
        ("[" * 100_000, {}),
    ],
    ids=["object", "nothing", "list", "number", "broken", "deep"],
)
def test_an_object_is_found_or_is_empty(text: str, found: dict[str, Any]) -> None:
    assert parse_object(text) == found


@pytest.mark.parametrize(("value", "found"), [({"x": 1}, {"x": 1}), ([1], {}), (None, {})])
def test_an_object_within_is_found_or_is_empty(value: Any, found: dict[str, Any]) -> None:
    assert get_object({"a": value}, "a") == found
    assert get_object({}, "a") == {}


@pytest.mark.parametrize(
    ("items", "found"),
    [([{"a": 1}, 2, None, {}], [{"a": 1}, {}]), ({"a": {}}, []), (None, []), ("ab", [])],
)
def test_of_a_list_the_objects_are_taken(items: Any, found: list[Any]) -> None:
    assert [*objects(items)] == found


@pytest.mark.parametrize(("value", "text"), [("a", "a"), ("", None), (1, None), (None, None)])
def test_a_text_says_something_or_is_none(value: Any, text: str | None) -> None:
    assert text_or_none(value) == text


def test_a_value_is_written_as_it_reads_and_never_raises() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert dumps({"é": "\n"}) == '{"é": "\\n"}'
    assert dumps(deep) in ("", "[" * 100_001 + "]" * 100_001)  # some Pythons have the room


def test_what_json_does_not_have_is_named() -> None:
    with pytest.raises(ValueError, match=r"^NaN$"):
        json.loads("[NaN]", parse_constant=reject_constant)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a\ud83db", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\udcff", "\ufffd"),
        ("é🌊", "é🌊"),
    ],
)
def test_half_a_character_is_sent_as_one_that_stands_for_it(text: str, sent: str) -> None:
    assert to_utf8(text) == sent.encode() and dumps([text]) == f'["{sent}"]'
