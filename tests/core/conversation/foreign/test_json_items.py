"""A long array is read item by item, however its text is cut."""

import json
from typing import Any

import pytest

from aichat.core.conversation.foreign.json_items import json_items


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
@pytest.mark.parametrize(
    "items",
    [[], [{"a": '],["\\'}, 12, 345], [[1, [2]], "x", None, True, 1.5e3], ["é\U0001f600" * 50]],
)
def test_items_come_as_they_are(items: list[Any], size: int) -> None:
    for text in (json.dumps(items), f"\ufeff {json.dumps(items, indent=2)}\n"):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert list(json_items(pieces)) == items


@pytest.mark.parametrize(
    ("text", "items", "why"),
    [
        ("{}", [], "not a JSON array"),
        ("", [], "breaks off"),
        ('[1, {"a": 2}, {"b"', [1, {"a": 2}], "breaks off"),
        ("[1, 2", [1], "breaks off"),
        ("[1, nope, 2]", [1], "breaks off"),
    ],
)
def test_what_breaks_off_gives_what_came_before(text: str, items: list[Any], why: str) -> None:
    found = []
    with pytest.raises(ValueError, match=why):
        for item in json_items([text]):
            found.append(item)
    assert found == items
