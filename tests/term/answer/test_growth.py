"""What stands beside the text, and texts in columns, cost as much as they are long."""

import io
import sys
import time
from collections.abc import Callable
from types import FrameType

import pytest

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, ReasoningDelta, TextDelta
from aichat.core.message.message import Message, Text, ToolCall
from aichat.core.text.clock import Clock
from aichat.process.world import World
from aichat.term.answer.drawn import DrawnSink
from aichat.term.answer.side_by_side import ColumnBoard
from aichat.term.answer.style import AnswerStyle
from tests.term.markdown.test_growth import ALPHABET, GREEDY, UNITS, is_linear


class Sheet(io.BytesIO):
    """What was written, on no terminal that could be asked."""

    def fileno(self) -> int:
        raise OSError


def paper(now: Callable[[], float]) -> World:
    sheet, clock = Sheet(), Clock(now, now, lambda _seconds: None, lambda: 0.5)
    return World({"TERM": "xterm"}, None, sheet, sheet, False, True, clock, stderr_tty=True)


def play(kind: str, text: str, worked: Callable[[], float] = lambda: 0.0) -> None:
    """Draw a text, 800 pieces of it a second, and the seconds that drawing took."""
    moment = [0.0]
    world = paper(lambda: moment[0] + worked())
    answer = Answer("p", "m", Message("assistant", (Text("x"),)))
    style = AnswerStyle(reasoning="show" if kind == "reasoning" else "fold")
    event = TextDelta if kind == "columns" else ReasoningDelta
    if kind == "arguments":
        message = Message("assistant", (ToolCall("1", "f", text),))
        answer = answer._replace(message=message)
    events: list[Event] = (
        []
        if kind == "arguments"
        else [event(text[n : n + PIECE]) for n in range(0, len(text), PIECE)]
    )
    if kind in ("columns", "thoughts in columns"):
        board = ColumnBoard(world, style, ["a", "b"])
        for place, one in enumerate(events):
            moment[0] = place / 800
            board.show(0, [one])
            board.show(1, [one])
        board.close(0, answer)
        board.close(1, answer)
        return
    sink = DrawnSink(world, style)
    for place, one in enumerate(events):
        moment[0] = place / 800
        sink.show([one])
    sink.close(answer)


#: Characters that come at once.
PIECE = 5

#: Seconds that one function may take: frames are drawn as often as they leave time for.
CALL_SECONDS = 1e-6


def calls(kind: str, text: str) -> int:
    """How many functions run meanwhile."""
    count = 0

    def tell(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(tell)
    try:
        play(kind, text, lambda: count * CALL_SECONDS)
    finally:
        sys.setprofile(None)
    return count


def check_growth(kind: str, unit: str, size: int) -> None:
    """Twice the text, and four times, cost about twice and four times as much.

    What is unfinished is drawn with each frame, up to some size: where that has not been
    reached, it is looked at four times as much.
    """
    counts: list[int] = []
    for begin in (size, 4 * size):
        text = unit * (4 * begin // len(unit))
        counts = [calls(kind, text[: times * begin]) for times in (1, 2, 4)]
        if is_linear(counts):
            return
    raise AssertionError((kind, unit, counts))


KINDS = ("reasoning", "thoughts in columns", "arguments", "columns")


@pytest.mark.parametrize("unit", GREEDY[:2])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_greedy_is_linear(kind: str, unit: str) -> None:
    check_growth(kind, unit, 1_000)


@pytest.mark.long
@pytest.mark.parametrize("first", ALPHABET)
@pytest.mark.parametrize("kind", KINDS)
def test_every_unit_of_one_and_two_characters_is_linear(kind: str, first: str) -> None:
    for unit in UNITS:
        if unit[0] == first:
            check_growth(kind, unit, 1_500)
            check_growth(kind, f"{unit}\n", 1_500)


def seconds(kind: str, text: str) -> float:
    begin = time.process_time()
    play(kind, text)
    return time.process_time() - begin


@pytest.mark.long
def test_a_line_of_reasoning_is_not_copied_for_every_byte_of_it() -> None:
    """Copying calls no function: only time shows it, four times as much and not sixteen."""
    one, four = (min(seconds("reasoning", "a" * n) for _ in range(2)) for n in (50_000, 200_000))
    assert four <= 9 * one
