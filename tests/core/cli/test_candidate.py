"""What could be completed, the best first."""

import pytest

from aichat.core.cli.candidate import Candidate, match_candidates

CHOICES = [("chat", "a"), ("attach", "b"), ("ACT", "c"), ("count", "d"), ("cache", "e")]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["ACT", "attach", "cache", "chat", "count"]),
        ("c", ["cache", "chat", "count", "ACT", "attach"]),
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


def test_a_candidate_keeps_its_help() -> None:
    assert [*match_candidates("cou", CHOICES)] == [Candidate("count", 3, "d")]
