"""Long text in parts: cut where a reader draws breath, and nothing of it lost."""

import random
from collections.abc import Mapping

import pytest

from aichat.core.media.sentences import split_sentences

#: Two sentences of Chinese.
HI, BYE = "\u4f60\u597d\u3002", "\u518d\u89c1\u3002"

CASES: Mapping[str, tuple[str, int, list[str]]] = {
    "short": (" a b ", 5, ["a b"]),
    "nothing": ("  ", 5, []),
    "sentences": ("One. Two! Three?", 10, ["One. Two!", "Three?"]),
    "a number is none": ("It is 3.14 now. Yes.", 15, ["It is 3.14 now.", "Yes."]),
    "quotes": ('He said "no." Then more.', 16, ['He said "no."', "Then more."]),
    "clauses": ("one two, three four five", 12, ["one two,", "three four", "five"]),
    "words": ("one two three", 9, ["one two", "three"]),
    "no space": ("abcdefgh", 3, ["abc", "def", "gh"]),
    "Chinese": (
        "\u4f60\u597d\u3002\u518d\u89c1\u3002",
        4,
        ["\u4f60\u597d\u3002", "\u518d\u89c1\u3002"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_text_is_cut_where_it_ends(case: tuple[str, int, list[str]]) -> None:
    text, most, parts = case
    assert split_sentences(text, most) == parts


def test_nothing_is_lost_and_no_part_is_too_long() -> None:
    chance = random.Random(1)
    for _ in range(200):
        text = "".join(chance.choices("ab .,!?\n\u3002", k=chance.randrange(200)))
        parts = split_sentences(text, 17)
        assert "".join("".join(parts).split()) == "".join(text.split())
        assert all(0 < len(part) <= 17 for part in parts)
