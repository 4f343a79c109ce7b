"""A long array is read item by item, however its text is cut."""

import json
import tracemalloc
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


def test_the_text_of_a_long_item_is_not_kept_beside_it() -> None:
    size = 4_000_000
    pieces = (piece for piece in ('["', *["x" * 1000] * (size // 1000), '", "', "y", '"]'))
    items = json_items(pieces)
    tracemalloc.start()
    try:
        assert len(next(items)) == size
        assert tracemalloc.get_traced_memory()[0] < 1.25 * size  # the item itself
    finally:
        tracemalloc.stop()
    assert [*items] == ["y"]
