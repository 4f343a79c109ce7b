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
    "a longer name": ("<thinking>x", "x", ""),
    "a longer tag": ("<thinker>x", "", "<thinker>x"),
    "capitals": ("<Think>Ebb.</THINK>Sail.", "Ebb.", "Sail."),
    "brackets": ("[THINK]Ebb.[/THINK]Sail.", "Ebb.", "Sail."),
    "triangles": ("◁think▷Ebb.◁/think▷Sail.", "Ebb.", "Sail."),
    "a prefix": ("<seed:think>Ebb.</seed:think>Sail.", "Ebb.", "Sail."),
    "bars": ("<|begin_of_thought|>Ebb.<|end_of_thought|>Sail.", "Ebb.", "Sail."),
    "channels": ("<|channel>thought\nEbb.\n<channel|>Sail.", "Ebb.\n", "Sail."),
    "only the closing tag": ("</think>\n\nSail.", "", "Sail."),
    "a closing tag after space": ("\n </thinking>Sail.", "", "Sail."),
    "a closing tag that nothing opened": ("Ebb.\n</think>\n\nSail.", "", "Ebb.\nSail."),
    "the same, set in": ("Ebb.\n  </thought>Sail.", "", "Ebb.\n  Sail."),
    "a closing tag within a line": ("Say </think> so.", "", "Say </think> so."),
    "a closing tag in code": ("```\n</think>\n```", "", "```\n</think>\n```"),
    "tags that are spoken of": ("Use <think>\n</think>.", "", "Use <think>\n</think>."),
    "the other name inside": ("<think>a</thinking></think>b", "a</thinking>", "b"),
    "only the first of two": ("a\n</think>\nb\n</think>\n", "", "a\nb\n</think>\n"),
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
    st.lists(
        st.sampled_from(["<think>", "</think>", "[/THINK]", "<", "think>", "\n", " ", "a", "```"]),
        max_size=8,
    )
)
def test_cutting_into_characters_changes_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert split(text) == split([text])


def test_text_is_told_at_once_when_it_cannot_be_a_tag() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("H") == ("", "H")
    assert splitter.feed("i <") == ("", "i <")
    assert not splitter.is_done


def test_reasoning_is_told_while_it_comes() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<think>Ebb") == ("Ebb", "")
    assert splitter.feed(" first</") == (" first", "")
    assert splitter.feed("b>") == ("</b>", "")
    assert not splitter.is_done
