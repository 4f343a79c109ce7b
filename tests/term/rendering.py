"""Running the renderer on a terminal of our own, and Rich as the measure of it."""

import random
from collections.abc import Iterable, Iterator

from aichat.term.answer.renderer import Renderer
from aichat.term.answer.style import RenderStyle
from tests.term.vt import Cell, Terminal

LOOK = RenderStyle()


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """A renderer, its terminal and its clock."""

    def __init__(self, columns: int = 80, rows: int = 24, look: RenderStyle = LOOK) -> None:
        self.terminal = Terminal(columns, rows)
        self.clock = Clock()
        self.renderer = Renderer(self.terminal.write, self.size, self.clock, look)

    def size(self) -> tuple[int, int]:
        return self.terminal.columns, self.terminal.rows

    def play(self, chunks: Iterable[str], seconds: float = 0.01) -> "Stage":
        """Feed chunks, one every so many seconds."""
        for chunk in chunks:
            self.renderer.feed(chunk)
            self.clock.now += seconds
            self.renderer.tick()
        return self

    def close(self) -> "Stage":
        self.renderer.close()
        return self

    @property
    def broken(self) -> bool:
        return self.renderer._broken


def chunks(text: str, size: int) -> Iterator[str]:
    """The text in pieces of a size; 0 means sizes that are random, but always the same."""
    dice = random.Random(len(text))
    place = 0
    while place < len(text):
        step = size or dice.choice((1, 2, 3, 5, 8, 13, 40, 200))
        yield text[place : place + step]
        place += step


def once(text: str, columns: int = 80, look: RenderStyle = LOOK) -> list[tuple[Cell, ...]]:
    """What remains of a text that was shown at once."""
    stage = Stage(columns, 24, look).play([text]).close()
    assert not stage.broken
    return stage.terminal.cells()


def streamed(
    text: str, size: int, columns: int = 80, look: RenderStyle = LOOK
) -> list[tuple[Cell, ...]]:
    """What remains of a text that was streamed."""
    stage = Stage(columns, 24, look).play(chunks(text, size)).close()
    assert not stage.broken
    return stage.terminal.cells()


def lines(rows: list[tuple[Cell, ...]]) -> list[str]:
    """Rows as text."""
    return ["".join(cell.text for cell in row) for row in rows]
