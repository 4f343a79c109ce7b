"""``<think>`` at the start of a text is reasoning, wherever the deltas are cut."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.message.think_tags import ThinkSplitter

# text, its reasoning, what is left
TEXTS = {
    "no tag": ("Hello", "", "Hello"),
    "reasoning and text": ("<think>Ebb.</think>Sail.", "Ebb.", "Sail."),
    "lines around the tags belong to them": ("<think>\nEbb.\n</think>\n\nSail.", "Ebb.\n", "Sail."),
    "space before the tag": (" \n<think>Ebb.</think>Sail.", "Ebb.", "Sail."),
    "empty reasoning": ("<think>\n\n</think>\n\nSail.", "", "Sail."),
    "a tag after the start is text": ("So <think>Ebb.</think>", "", "So <think>Ebb.</think>"),
    "a second block is text": ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
    "never closed": ("<think>Ebb </think", "Ebb </think", ""),
    "only the beginning of the tag": ("<thi", "", "<thi"),
    "a longer tag": ("<thinking>x", "", "<thinking>x"),
    "something like a closing tag": ("<think>a</b></ think></think>c", "a</b></ think>", "c"),
    "space that no tag follows": ("  Hello", "", "  Hello"),
    "only space": (" \n ", "", " \n "),
    "nothing": ("", "", ""),
}


def split(pieces: Iterable[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    told = [splitter.feed(piece) for piece in pieces]
    told.append(splitter.close())
    return "".join(r for r, _ in told), "".join(t for _, t in told)


@pytest.mark.parametrize(("text", "reasoning", "rest"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_split_the_same_at_every_cut(text: str, reasoning: str, rest: str) -> None:
    assert split([text]) == (reasoning, rest)
    assert split(text) == (reasoning, rest)
    for place in range(len(text)):
        assert split([text[:place], text[place:]]) == (reasoning, rest)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "think>", "\n", " ", "a"]), max_size=8)
)
def test_cutting_into_characters_changes_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert split(text) == split([text])


def test_text_is_told_at_once_when_it_cannot_be_a_tag() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("H") == ("", "H")
    assert splitter.is_done


def test_reasoning_is_told_while_it_comes() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<think>Ebb") == ("Ebb", "")
    assert splitter.feed(" first</") == (" first", "")
    assert splitter.feed("b>") == ("</b>", "")
    assert not splitter.is_done
