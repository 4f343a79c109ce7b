"""Sources and the numbers they have."""

from typing import Any

import pytest

from aichat.core.exchange.citations import (
    SourceNumbers,
    fit_span,
    is_mark,
    link_marks,
    mark_message,
    source_line,
    span,
)
from aichat.core.exchange.event import Citation, Event, Source
from aichat.core.message.message import Message, Part, Reasoning, Text

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


# -- spans, in whatever units they come

TEXTS = {
    "emoji": "Tides \U0001f30a\U0001f30a come ([a](https://a.example/)) twice.",
    "CJK": "\u6f6e\u6c50\u306f ([a](https://a.example/)) \u6765\u308b",
    "combining": "Cafe\u0301 \U0001f469\u200d\U0001f680 ([a](https://a.example/)).",
    "numbered": "\U0001f600 yes [[1]](https://a.example/) and on",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_mark_is_found_in_code_points_and_in_utf_16_units(name: str) -> None:
    text = TEXTS[name]
    start = text.index("([") if "([" in text else text.index("[[")
    end = text.index("/)") + (3 if "([" in text else 2)
    assert is_mark(text[start:end])
    units = [len(text[:place].encode("utf-16-le")) // 2 for place in (start, end)]
    assert fit_span(text, start, end) == (start, end)
    assert fit_span(text, units[0], units[1]) == (start, end)


def test_what_is_no_mark_is_whole_words_in_one_of_the_units() -> None:
    text = "\U0001f30a Leith has tides"
    assert fit_span(text, 2, 7) == (2, 7)  # Leith, in code points
    assert fit_span(text, 3, 8) == (2, 7)  # and in units
    assert fit_span(text, 4, 6) is None
    assert fit_span(f"{text} in", 3, 9) == fit_span(f"{text} in", 3, 3 + 5 + 1) is None


def test_where_units_agree_nothing_is_asked() -> None:
    assert fit_span("caf\u00e9 au lait", 1, 3) == (1, 3)
    assert fit_span("abc", 1, 9) is None
    assert fit_span("abc \U0001f30a", 1, 2) == (1, 2)  # nothing strange before it


MARKS = {
    "([a](https://a/))": True,
    "[[1]](https://a/)": True,
    " ([a](https://a/); [b](https://b/)) ": True,
    "[12]": True,
    "[ref_3]": True,
    "[web:4]": True,
    "\u30101\u2020L3-L9\u3011": True,
    "[a]": False,
    "see [a](https://a/)": False,
    "1": False,
    "": False,
}


@pytest.mark.parametrize("text", MARKS)
def test_a_mark_says_nothing_itself(text: str) -> None:
    assert is_mark(text) is MARKS[text]


def test_marks_of_every_kind_name_a_source_but_not_in_code() -> None:
    numbers, _ = added({"url": A}, {"url": B})
    text = "x [1] y [ref_2] z [web:1] \u30102\u2020L1\u3011 `a[1]` [9]\n```\nb[2]\n```\n[2]"
    found = [(c.number, text[c.start : c.end]) for c in numbers.find_citations(text)]
    assert found == [
        (1, "[1]"),
        (2, "[ref_2]"),
        (1, "[web:1]"),
        (2, "\u30102\u2020L1\u3011"),
        (2, "[2]"),
    ]


def test_a_source_can_go_by_another_number_that_nothing_else_has() -> None:
    numbers, _ = added({"url": A}, {"url": B})
    numbers.call(2, 7)
    numbers.call(2, 1)
    assert [c.number for c in numbers.find_citations("[7][1]")] == [2, 1]


def test_a_link_to_a_source_is_a_mark() -> None:
    text = f"a [[1]]({A}) b ([x]({A})) c [t]({B}) {A}"
    assert [text[a:b] for a, b in link_marks(text, A)] == [f"[[1]]({A})", f"([x]({A}))"]
    cut = f"]({A}) [[1]]({A})"  # a label that began in another part
    assert [cut[a:b] for a, b in link_marks(cut, A)] == [f"[[1]]({A})"]


# -- a text with marks

CITED: dict[str, tuple[tuple[Part, ...], tuple[Citation, ...], tuple[str, ...]]] = {
    "behind what is cited": ((Text("Ab. Cd."),), (Citation(1, 0, 3),), ("Ab.<1> Cd.",)),
    "several sources of one place": (
        (Text("Ab."),),
        (Citation(1, 0, 3), Citation(2, 0, 3), Citation(1, 1, 3)),
        ("Ab.<1><2>",),
    ),
    "in place of the model's own": (
        (Text(f"Ab ([a]({A})). [1]"),),
        (Citation(1, 3, 10 + len(A)), Citation(2, 12 + len(A), 15 + len(A))),
        ("Ab <1>. <2>",),
    ),
    "in the part that it is in": (
        (Text("Ab."), Reasoning("x"), Text("\U0001f30a Cd")),
        (Citation(1, 0, 3), Citation(2, 5, 7)),
        ("Ab.<1>", "\U0001f30a Cd<2>"),
    ),
    "not where it is not known": (
        (Text("Ab."),),
        (Citation(1), Citation(2, 0, 9), Citation(3, 3, 1)),
        ("Ab.",),
    ),
    "by a mark that holds another": (
        (Text(f"Ab[[1]]({A}) cd ef"),),
        (Citation(1, 2, 9 + len(A)), Citation(2, 3, 6), Citation(3, 0, 7 + len(A))),
        ("Ab<1> cd ef",),
    ),
    "once, where a mark is cited too": (
        (Text("Ab[1]"),),
        (Citation(1, 0, 5), Citation(1, 2, 5)),
        ("Ab<1>",),
    ),
}


@pytest.mark.parametrize("name", CITED)
def test_a_message_is_marked(name: str) -> None:
    parts, citations, texts = CITED[name]
    marked = mark_message(Message("assistant", parts), citations, "<{}>".format)
    assert tuple(part.text for part in marked.parts if isinstance(part, Text)) == texts
    assert len(marked.parts) == len(parts)


def test_a_source_is_listed_on_one_line() -> None:
    assert source_line(Source(2, A, "a\n b")) == f"[2] a b  {A}"
    assert source_line(Source(3, B)) == f"[3] {B}"
