"""Cost grows as the text does: counted in calls, so that no clock can lie."""

import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

import pytest

from tests.term.documents import GIANTS, mixed
from tests.term.rendering import Stage, chunks


def calls(text: str, size: int) -> int:
    """How many functions run while a text streams."""
    count = 0

    def tell(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    stage = Stage()
    stage.renderer._write = lambda _text: None
    sys.setprofile(tell)
    try:
        stage.play(chunks(text, size), size / 800)
        stage.close()
    finally:
        sys.setprofile(None)
    assert not stage.broken
    return count


SUBJECTS: dict[str, Callable[[int], str]] = {"mixed": mixed, **GIANTS}


@pytest.mark.parametrize("name", SUBJECTS)
def test_twice_the_text_costs_at_most_about_twice(name: str) -> None:
    one, two = (calls(SUBJECTS[name](size), 400) for size in (5_000, 10_000))
    assert two <= 2.3 * one


@pytest.mark.long
@pytest.mark.parametrize("name", SUBJECTS)
def test_sixteen_times_the_text_costs_at_most_about_sixteen_times(name: str) -> None:
    one, many = (calls(SUBJECTS[name](size), 8) for size in (10_000, 160_000))
    assert many <= 16 * 1.3 * one


ALPHABET = 'a1 \n\t[]()*_`~#>|-+.<!&;:\\$="/日'
UNITS = [*ALPHABET, *(a + b for a in ALPHABET for b in ALPHABET if a != b)]

#: What a text of repeated units may stand in.
FRAMES = ("", "```python\n", "- ", "|a|b|\n|-|-|\n")

#: Texts that once took more than linear time.
GREEDY = ("a\n", "[\n", "\n[", " `", "\n", "- a\n", "word\n", "[a](")


def is_linear(counts: Sequence[int]) -> bool:
    """Whether what was counted at 1x, 2x and 4x grows no faster than that.

    A text may be cheaper than one half as long, which says nothing of the next.
    """
    one, two, four = counts
    return two <= 2.4 * one + 2000 and four <= 2.4 * max(two, 2 * one) + 2000


def check_growth(unit: str, frame: str, size: int) -> None:
    """Twice the text, and four times, cost about twice and four times as much.

    Where a way of drawing begins only at some length, as with a word of several rows, that is
    seen from there on: what is linear is so at twice those sizes.
    """
    counts: list[int] = []
    for begin in (size, 4 * size):
        text = frame + unit * (4 * begin // len(unit))
        counts = [calls(text[: times * begin], 4 * begin) for times in (1, 2, 4)]
        if is_linear(counts):
            return
    raise AssertionError((unit, frame, counts))


@pytest.mark.parametrize("unit", ["a\\", "a*"])
def test_a_word_of_many_pieces_is_linear_though_its_style_may_change(unit: str) -> None:
    one, four = (calls(unit * (size // 2), 40_000) for size in (5_000, 20_000))
    assert four <= 4.5 * one + 4000


@pytest.mark.parametrize("frame", FRAMES[:2])
@pytest.mark.parametrize("unit", GREEDY)
def test_what_was_greedy_is_linear(unit: str, frame: str) -> None:
    check_growth(unit, frame, 1_000)


def is_quick(unit: str, frame: str, size: int) -> bool:
    """Whether this thread's clock sees four times the text cost no more than five times as much.

    It may only say yes: counting calls takes five times as long, and is left for what it doubts.
    """
    text, seconds = frame + unit * (4 * size // len(unit)), []
    for length in (size, 4 * size):
        stage = Stage()
        stage.renderer._write = lambda _text: None
        begin = time.thread_time()
        stage.play(chunks(text[:length], 4 * size), 4 * size / 800)
        stage.close()
        seconds.append(time.thread_time() - begin)
        assert not stage.broken
    return seconds[1] <= 5 * seconds[0]


@pytest.mark.long
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("first", ALPHABET)
def test_every_unit_of_one_and_two_characters_is_linear(first: str, frame: str) -> None:
    for unit in UNITS:
        for text in (unit, f"{unit}\n") if unit[0] == first else ():
            if not is_quick(text, frame, 2_500):
                check_growth(text, frame, 2_500)


@pytest.mark.long
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_giant_is_the_same_however_it_comes(name: str) -> None:
    text = SUBJECTS[name](9_000)
    whole = Stage().play([text]).close()
    parts = Stage().play(chunks(text, 300), 1.0).close()
    assert not whole.broken and not parts.broken
    assert whole.terminal.cells() == parts.terminal.cells()
