"""Cost grows as the text does: counted in calls, so that no clock can lie."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from aichat.term.answer.renderer import RenderStyle
from tests.term.documents import GIANTS, mixed
from tests.term.rendering import Stage, chunks


def calls(text: str, size: int) -> int:
    """How many functions run while a text streams."""
    count = 0

    def tell(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    stage = Stage(look=RenderStyle(None))
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
    one, two = (calls(SUBJECTS[name](size), 800) for size in (20_000, 40_000))
    assert two <= 2.3 * one


@pytest.mark.long
@pytest.mark.parametrize("name", SUBJECTS)
def test_sixteen_times_the_text_costs_at_most_about_sixteen_times(name: str) -> None:
    one, many = (calls(SUBJECTS[name](size), 8) for size in (10_000, 160_000))
    assert many <= 16 * 1.3 * one


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_giant_is_the_same_however_it_comes(name: str) -> None:
    text = SUBJECTS[name](9_000)
    whole = Stage().play([text]).close()
    parts = Stage().play(chunks(text, 300), 1.0).close()
    assert not whole.broken and not parts.broken
    assert whole.terminal.cells() == parts.terminal.cells()
