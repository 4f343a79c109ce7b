"""Two texts, word by word: both can be put together again, and equal words stay together."""

import random

from aichat.core.conversation.word_diff import DiffPiece, likeness, word_diff
from tests.support.running.marks import one_test_of

CASES = {
    "equal": ("a b", "a b", [("same", "a b")]),
    "both empty": ("", "", []),
    "one empty": ("", "a", [("new", "a")]),
    "a word": ("a b c", "a x c", [("same", "a"), ("gone", " b"), ("new", " x"), ("same", " c")]),
    "more": ("a", "a b", [("same", "a"), ("new", " b")]),
    "a line": ("a\nb\n", "a\nc\nb\n", [("same", "a\n"), ("new", "c\n"), ("same", "b\n")]),
    "blanks": (" a ", " a", [("same", " a"), ("gone", " ")]),
    "other scripts": (
        "\u00e9 \u4f60 \U0001f600",
        "\u00e9 \U0001f600",
        [("same", "\u00e9"), ("gone", " \u4f60"), ("same", " \U0001f600")],
    ),
}


@one_test_of(*CASES.items())
def test_what_is_gone_and_what_is_new_is_told(_: str, case: tuple[str, str, object]) -> None:
    before, after, expected = case
    assert [(piece.kind, piece.text) for piece in word_diff(before, after)] == expected


def test_both_texts_are_in_the_difference_whole() -> None:
    draw = random.Random(7)
    for _ in range(60):
        before, after = ("".join(draw.choices("ab \n", k=draw.randrange(40))) for _ in range(2))
        pieces = word_diff(before, after)
        assert "".join(p.text for p in pieces if p.kind != "new") == before
        assert "".join(p.text for p in pieces if p.kind != "gone") == after


def test_a_text_without_measure_is_compared_as_a_whole() -> None:
    words = "a " * 40_000
    assert [p.kind for p in word_diff(f"{words}x", f"{words}y")] == ["gone", "new"]


def test_likeness_is_of_both_texts() -> None:
    assert likeness([]) == likeness(word_diff("a b", "a b")) == 1.0
    assert likeness(word_diff("aaa", "bbb")) == 0.0
    assert likeness([DiffPiece("same", "ab"), DiffPiece("new", "cd")]) == 4 / 6
