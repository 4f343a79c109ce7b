"""What could be completed, the best first."""

from itertools import pairwise

import pytest

from aichat.core.cli.candidate import (
    Candidate,
    Choice,
    filter_choices,
    match_candidates,
    split_matches,
)

CHOICES = [Choice(*given) for given in (("chat", "a"), ("attach", "b"), ("ACT", "c"))]
CHOICES += [Choice("count", "d"), Choice("cache", "e")]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["chat", "attach", "ACT", "count", "cache"]),
        ("c", ["chat", "count", "cache", "attach", "ACT"]),
        ("CH", ["chat", "attach", "cache"]),
        ("ct", ["ACT", "chat", "count"]),
        ("act", ["ACT"]),
        ("tac", ["attach"]),
        ("ttt", []),
    ],
)
def test_beginnings_come_before_parts_and_those_before_scattered_letters(
    typed: str, names: list[str]
) -> None:
    found = [*match_candidates(typed, CHOICES)]
    assert [candidate.text for candidate in found] == names
    assert all(candidate.replaces == len(typed) for candidate in found)


def test_a_candidate_keeps_its_help_and_what_it_was_found_by() -> None:
    assert [*match_candidates("cou", CHOICES)] == [Candidate("count", 3, "d", None, "cou")]


def test_what_is_shown_in_place_of_the_text_is_matched_too() -> None:
    titled = Choice("k3f9", "2 h ago", "Semaphores in C")
    assert [*match_candidates("sem", [titled])] == [
        Candidate("k3f9", 3, "2 h ago", "Semaphores in C", "sem")
    ]
    assert [one.text for one in match_candidates("k3", [Choice("ak3", "", "x"), titled])] == [
        "k3f9",
        "ak3",
    ]


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("", [0, 1, 2]),
        ("oss gpt", [0, 1]),
        ("oss 20b", [1, 0]),  # 120b has it too, but does not begin so
        ("oss 120", [0]),
        ("GPT OSS", [0, 1]),
        ("key", [2]),
        ("title", [2]),
        ("oss sonnet", []),
    ],
)
def test_words_in_any_order_filter_what_there_is(typed: str, places: list[int]) -> None:
    choices = [
        Choice("groq/gpt-oss-120b"),
        Choice("groq/gpt-oss-20b"),
        Choice("s", "no key", "Title"),
    ]
    assert filter_choices(typed, choices) == places


@pytest.mark.parametrize(
    ("typed", "shown", "marked"),
    [
        ("oss", "gpt-oss-20b", "....ooo...."),
        ("20 gp", "gpt-oss-20b", "oo......oo."),
        ("GSB", "gpt-oss-20b", "o....o....o"),
        ("zz", "gpt", "..."),
        ("", "gpt", "..."),
        ("i", "\u0130i", ".."),  # a letter that is two in lower case
    ],
)
def test_the_typed_part_is_told_from_the_rest(typed: str, shown: str, marked: str) -> None:
    pieces = split_matches(typed, shown)
    assert (
        "".join("o" * len(piece) if is_typed else "." * len(piece) for piece, is_typed in pieces)
        == marked
    )
    assert "".join(piece for piece, _ in pieces) == shown
    assert all(one[1] is not other[1] for one, other in pairwise(pieces))
