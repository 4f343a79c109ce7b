"""Several answers drawn on a terminal: side by side where there is room, else in their order.

Side by side a row is final when every answer that still runs has come so far; until
then the last rows of each are live. So the scrollback gets every row once, and what a
frame costs does not depend on how long the answers are.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, zip_longest

from rich.cells import cell_len, chop_cells
from rich.style import Style

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, TextDelta
from aichat.core.exchange.outcome import figures
from aichat.core.text.sanitize import one_line
from aichat.errors import Fault
from aichat.process.signals import heed_stops, undisturbed
from aichat.process.world import World
from aichat.term.answer.drawn import DrawnSink, Taste
from aichat.term.answer.in_order import InOrder
from aichat.term.answer.renderer import LATEST, RATIO, SOONEST, Look, Renderer, end_of
from aichat.term.answer.screen import Screen
from aichat.term.markdown.flow import divide, stripped
from aichat.term.markdown.style import DIM, NONE, RULE, Row, plain
from aichat.term.terminal import size
from aichat.term.widgets.spinner import turn

#: Columns of text that an answer needs beside others, and what stands between two.
NARROWEST = 36
_BETWEEN = " │ "

#: Rows that are live, at most: more than a screen has are nobody's.
_MOST = 60

#: How many of the other answers are told of while one is drawn.
_OTHERS = 4

_BOLD = Style(bold=True)


def fits(columns: int, count: int) -> bool:
    """Whether so many answers have room side by side."""
    return _width(columns, count) >= NARROWEST


def _width(columns: int, count: int) -> int:
    return max((columns - len(_BETWEEN) * (count - 1)) // count, 2)


def took(answer: Answer, *, quiet: bool) -> list[tuple[str, str]]:
    """How an answer ended and, unless ``quiet``, what it took: lines and their styles."""
    fault = answer.fault
    told = fault is None or (fault.signum and answer.text)  # it stands under the text
    lines = [] if told or fault is None else [(f"✗ {_short(fault)}", "red")]
    if answer.total_s is not None and not quiet:
        lines.append((figures(answer), "dim"))
    return lines


def _short(fault: Fault) -> str:
    status = f" (HTTP {fault.status})" if fault.status else ""
    return f"{fault.kind.replace('_', ' ')}{status}"


class _Caught(Screen):
    """Where a column's rows go instead of to the terminal."""

    def __init__(self) -> None:
        super().__init__(None, reflows=True)
        self.final: deque[Row] = deque()
        self.live: Sequence[Row] = ()

    def frame(self, final: Sequence[Row], live: Sequence[Row], columns: int) -> str:
        """Keep them, none wider than the column."""
        for row in final:
            self.final += _pieces(row, columns)
        self.live = [piece for row in live for piece in _pieces(row, columns)]
        return ""

    def erase(self) -> str:
        """Nothing is live."""
        self.live = ()
        return ""


def _pieces(row: Row, width: int) -> list[Row]:
    """A row as rows that are not wider than ``width``."""
    text = plain(row)
    if cell_len(text) <= width:
        return [row]
    places, place = [], 0
    for piece in chop_cells(text, width)[:-1]:
        place += len(piece)
        places.append(place)
    return [stripped(piece) for piece in divide(list(row), places)]


class Entry(DrawnSink):
    """One of several answers: on a terminal what it took stands under it."""

    def close(self, answer: Answer) -> None:
        """The rest of it, and what it took."""
        with undisturbed():
            super().close(answer)
            below = took(answer, quiet=self._taste.quiet) if self._world.stdout_tty else ()
            for line, style in below:
                self._aside(line, style)
            self._renderer().close()


class Column(Entry):
    """One of several answers, drawn into rows; whoever has it looks at the clock."""

    def __init__(
        self, world: World, taste: Taste, name: str, room: Callable[[], tuple[int, int]]
    ) -> None:
        super().__init__(world, lambda: taste)
        self._room, self._caught = room, _Caught()
        self.over = False
        width = room()[0]
        head = _pieces(((one_line(name), _BOLD),), width)[0]
        self._caught.final += [head, (("─" * width, RULE),)]
        self._renderer()

    @property
    def rows(self) -> deque[Row]:
        """The rows that are final and have not been taken."""
        return self._caught.final

    def made(self, look: Look) -> Renderer:
        """A renderer that writes into the column."""
        return Renderer(self._say_raw, self._room, self._now, look, self._caught)

    def _say_raw(self, text: str) -> None:
        """What is not drawn, because drawing failed."""
        rows = text.removesuffix("\n").split("\n") if text else []
        self._caught.frame([((row, NONE),) if row else () for row in rows], (), self._room()[0])

    def close(self, answer: Answer) -> None:
        """The end of it, once."""
        with undisturbed():
            if not self.over:
                super().close(answer)
            self.over = True

    def tail(self, count: int, width: int) -> list[Row]:
        """The last rows of what is not final beside the others, at most so many."""
        live = list(self._caught.live)
        more = len(self.rows) + len(live) - count
        if more <= 0:
            return [*self.rows, *live]
        kept = max(count - 1 - len(live), 0)
        rows = list(islice(reversed(self.rows), kept))[::-1]
        above = f"⋮ {len(self.rows) - kept} rows"
        return [_pieces(((above, DIM),), width)[0], *rows, *live][:count]

    def status(self, width: int) -> Row:
        """How it goes, while it does."""
        if self.over:
            return ()
        text, told = self._status()
        line = text + end_of(one_line(told), width - cell_len(text)) if told else text
        return _pieces(((line, DIM),), width)[0] if line else ()

    def tick(self) -> None:
        """Bring the live rows up to date, if it is time."""
        self._renderer().tick()


class Columns:
    """Answers side by side."""

    figures = True

    def __init__(self, world: World, taste: Taste, names: Sequence[str]) -> None:
        self._world, self._now, self._count = world, world.clock.monotonic, len(names)
        self._wrap = taste.wrap
        taste = taste._replace(wrap=0)
        self._columns = [Column(world, taste, name, self._room) for name in names]
        self._screen = Screen(taste.colours, reflows=taste.reflows)
        self._next = float("-inf")
        heed_stops(self._stopped)
        self._draw()

    def show(self, number: int, events: list[Event]) -> None:
        """A batch of one of them."""
        self._columns[number].show(events)
        self.tick()

    def close(self, number: int, answer: Answer) -> None:
        """The end of one of them."""
        self._columns[number].close(answer)
        self._draw()

    def tick(self) -> None:
        """A frame, if it is time."""
        if self._now() >= self._next:
            self._draw()

    def interrupt(self) -> None:
        """The terminal has echoed the Ctrl-C into the picture."""
        with undisturbed():
            self._world.text(self._screen.erase())

    def end(self) -> None:
        """All of it is final."""
        self._draw()
        heed_stops(None)

    def _room(self) -> tuple[int, int]:
        """What a column has: columns of text, and rows."""
        columns, rows = size(self._world)
        width = _width(columns, self._count)
        return min(width, max(self._wrap, NARROWEST)) if self._wrap else width, rows

    def _draw(self) -> None:
        with undisturbed():
            begin = self._now()
            columns, height = size(self._world)
            width = self._room()[0]
            text = self._screen.frame(*self._frame(width, height), columns)
            if text:
                self._world.text(text)
            end = self._now()
            self._next = end + min(max(RATIO * (end - begin), SOONEST), LATEST)

    def _frame(self, width: int, height: int) -> tuple[list[Row], list[Row]]:
        """Rows that have become final, and those that are live."""
        running = [column for column in self._columns if not column.over]
        for column in running:
            column.tick()
        counts = [len(column.rows) for column in running or self._columns]
        ready = min(counts) if running else max(counts)
        final = [self._beside([_taken(c.rows) for c in self._columns], width) for _ in range(ready)]
        if not running:
            return final, []
        tails = [c.tail(min(height - 1, _MOST) - 1, width) for c in self._columns]
        rows = [self._beside(row, width) for row in zip_longest(*tails, fillvalue=())]
        return final, [*rows, self._beside([c.status(width) for c in self._columns], width)]

    def _beside(self, cells: Sequence[Row], width: int) -> Row:
        """Cells of the columns as one row."""
        row: list[tuple[str, Style]] = []
        for number, cell in enumerate(cells):
            if number:
                row.append((_BETWEEN, RULE))
            for piece in _pieces(cell, width)[:1]:
                row += piece
                gap = width - cell_len(plain(piece))
                if gap > 0:
                    row.append((" " * gap, NONE))
        return stripped(row)

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        """Leave the terminal as it was while the program is stopped."""
        self._world.text(self._screen.erase())
        yield


def _taken(rows: deque[Row]) -> Row:
    return rows.popleft() if rows else ()


class Section(Entry):
    """One of several answers, drawn under its name; ``others`` tells how the others go."""

    def __init__(
        self, world: World, taste: Taste, name: str, others: Callable[[], list[str]]
    ) -> None:
        super().__init__(world, lambda: taste)
        self._others = others
        self._renderer().print_line(name, "bold")

    def tick(self) -> None:
        """How it goes, and the others."""
        if self.live:
            with undisturbed():
                self._tick()

    def pause(self) -> None:
        """Leave the terminal as it was."""
        self._renderer().pause()

    def _status(self) -> tuple[str, str]:
        text, told = super()._status()
        others = () if self._taste.quiet else self._others()
        return "\n".join(filter(None, (*others, text))), told


class Sections:
    """Answers one after the other, in the order given."""

    def __init__(self, world: World, taste: Taste, names: Sequence[str]) -> None:
        self._world, self._taste, self._names = world, taste, names
        self.figures = world.stdout_tty
        self._began = world.clock.monotonic()
        self._said = [0] * len(names)  # characters
        self._ended: dict[int, Answer] = {}
        self._answers = InOrder(len(names), self._opened)
        heed_stops(self._stopped)

    def show(self, number: int, events: list[Event]) -> None:
        """A batch of one of them."""
        self._said[number] += sum(len(e.text) for e in events if isinstance(e, TextDelta))
        self._answers.show(number, events)

    def close(self, number: int, answer: Answer) -> None:
        """The end of one of them."""
        self._ended[number] = answer
        self._answers.close(number, answer)

    def tick(self) -> None:
        """A frame of the one whose turn it is."""
        if self._answers.place < len(self._names):
            self._section.tick()

    def interrupt(self) -> None:
        """The section sees to it when it is closed."""

    def end(self) -> None:
        """All have ended."""
        heed_stops(None)

    def _opened(self, number: int) -> Section:
        with undisturbed():
            if number:
                self._world.text("\n")
            name = self._names[number]
            self._section = Section(self._world, self._taste, name, lambda: self._others(number))
        return self._section

    def _others(self, number: int) -> list[str]:
        """A line for each of those that are not drawn yet."""
        rest = range(number + 1, len(self._names))
        lines = [f"{self._state(n)}  {self._names[n]}" for n in rest[:_OTHERS]]
        return [*lines, f"and {len(rest) - _OTHERS} more"] if len(rest) > _OTHERS else lines

    def _state(self, number: int) -> str:
        answer = self._ended.get(number)
        if answer is None:
            turning = turn(self._world, self._world.clock.monotonic() - self._began)
            said = self._said[number]
            return f"{turning}, {said:,} characters" if said else turning
        if answer.fault:
            return f"✗ {_short(answer.fault)}"
        return f"✓ {answer.total_s:.1f} s" if answer.total_s is not None else "✓"

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        self._section.pause()
        yield
