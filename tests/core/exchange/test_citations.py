"""Sources and the numbers they have."""

from typing import Any

import pytest

from aichat.core.exchange.citations import SourceNumbers, span
from aichat.core.exchange.event import Citation, Event, Source

A, B = "https://a.example/", "https://b.example/"


def added(*items: dict[str, Any]) -> tuple[SourceNumbers, list[Event]]:
    numbers, events = SourceNumbers(), list[Event]()
    for item in items:
        numbers.add(item, events)
    return numbers, events


def test_a_source_is_told_once_with_all_that_is_said_of_it() -> None:
    whole = {"url": A, "title": "T", "snippet": "S", "date": "2026-01-01"}
    other = {"url": B, "name": "N", "content": "C", "date": 7}
    _, events = added(whole, whole, other)
    assert events == [Source(1, A, "T", "S", "2026-01-01"), Source(2, B, "N", "C", None)]


def test_a_title_that_comes_later_is_told_and_only_the_first() -> None:
    _, events = added({"url": A}, {"url": A}, {"url": A, "title": "T"}, {"url": A, "title": "U"})
    assert events == [Source(1, A), Source(1, A, "T")]


@pytest.mark.parametrize(
    ("given", "number"),
    [(1, 2), (2, 2), (3, 3), (999, 999), (1000, 2), (0, 2), (-1, 2), ("3", 2), (None, 2)],
)
def test_a_given_number_is_taken_where_it_is_free_and_has_three_digits(
    given: Any, number: int
) -> None:
    numbers, events = added({"url": A})
    assert numbers.add({"url": B, "id": given}, events) == number


def test_a_marker_names_a_source_by_the_servers_number_and_else_by_ours() -> None:
    numbers, _ = added({"url": A, "id": 7}, {"url": B, "id": 7})
    assert [*numbers.find_citations("é[7] [8] [1] [0007] [8")] == [
        Citation(7, 1, 4),
        Citation(8, 5, 8),
    ]


def test_of_a_list_what_names_an_address_is_taken() -> None:
    numbers, events = SourceNumbers(), list[Event]()
    numbers.add_all([A, {"url": B}, {"url": ""}, {"title": "x"}, ""], events)
    numbers.add_all("https://c.example/", events)
    numbers.add_all(None, events)
    assert [event.url for event in events if isinstance(event, Source)] == [A, B]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 1, (0, 1)),
        (3, 3, (3, 3)),
        (0, 0, (None, None)),
        (4, 3, (None, None)),
        (-1, 3, (None, None)),
        (None, 3, (None, None)),
        (1, None, (None, None)),
        ("1", 3, (None, None)),
        (1, "3", (None, None)),
    ],
)
def test_a_span_says_something_or_is_none(start: Any, end: Any, found: Any) -> None:
    assert span({"start_index": start, "end_index": end}) == found
