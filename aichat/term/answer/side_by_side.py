"""Drawing several answers: side by side if there is room, else one after the other.

Side by side, a row is final once every unfinished answer has reached it; until then the
last rows of each are live. So the scrollback gets every row once, and the cost of a
frame does not depend on the length of the answers.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, zip_longest

from rich.cells import cell_len
from rich.style import Style

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Image, TextDelta
from aichat.core.exchange.outcome import has_figures, usage_line
from aichat.core.message.media import Media
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Role
from aichat.errors import Fault
from aichat.process.signals import defer_signals, handle_stops
from aichat.process.world import World
from aichat.term.answer.drawn import DrawnSink
from aichat.term.answer.in_order import OrderedAnswers
from aichat.term.answer.renderer import (
    FRAME_COST_RATIO,
    MAX_FRAME_SECONDS,
    MIN_FRAME_SECONDS,
    Renderer,
    truncate_start,
)
from aichat.term.answer.screen import Screen
from aichat.term.answer.style import AnswerStyle, RenderStyle
from aichat.term.markdown.flow import fold_row, strip_row
from aichat.term.markdown.style import NO_STYLE, Row, make_styles, row_text
from aichat.term.terminal import terminal_size
from aichat.term.widgets.spinner import elapsed_text

#: The least columns of an answer beside others, and the separator between two.
MIN_ANSWER_COLUMNS = 36
_SEPARATOR = " │ "

#: The most live rows: more than a screen has.
_MAX_LIVE_ROWS = 60

#: How many of the other answers are listed while one is drawn.
_MAX_OTHERS = 4


def has_room(columns: int, count: int) -> bool:
    """Whether so many answers have room side by side."""
    return _column_width(columns, count) >= MIN_ANSWER_COLUMNS


def _column_width(columns: int, count: int) -> int:
    return max((columns - len(_SEPARATOR) * (count - 1)) // count, 2)


def outcome_lines(answer: Answer, *, quiet: bool) -> list[tuple[str, Role]]:
    """How an answer ended and, unless ``quiet``, its usage: lines and their roles."""
    fault = answer.fault
    told = fault is None or (fault.signum and answer.text)  # shown under the text
    lines: list[tuple[str, Role]] = []
    if fault and not told:
        lines.append((f"✗ {_fault_summary(fault)}", "error"))
    if has_figures(answer) and not quiet:
        lines.append((usage_line(answer), "dim"))
    return lines


def _fault_summary(fault: Fault) -> str:
    status = f" (HTTP {fault.status})" if fault.status else ""
    return f"{fault.kind.replace('_', ' ')}{status}"


class _ColumnScreen(Screen):
    """Collects a column's rows instead of writing them to the terminal."""

    def __init__(self) -> None:
        super().__init__(None, reflows=True)
        self.final: deque[Row] = deque()
        self.live: Sequence[Row] = ()

    def frame(self, final: Sequence[Row], live: Sequence[Row], columns: int) -> str:
        """Keep the rows, cut to the column's width."""
        for row in final:
            self.final += fold_row(row, columns)
        self.live = [piece for row in live for piece in fold_row(row, columns)]
        return ""

    def erase(self) -> str:
        """Nothing is live."""
        self.live = ()
        return ""


class ComparedAnswer(DrawnSink):
    """One of several answers, with its usage under it."""

    def close(self, answer: Answer) -> None:
        """The rest of it, and what it took."""
        with defer_signals():
            super().close(answer)
            below = outcome_lines(answer, quiet=self._style.quiet) if self._world.stdout_tty else ()
            for line, role in below:
                self._print_aside(line, role)
            self._renderer().close()


class AnswerColumn(ComparedAnswer):
    """One of several answers, drawn into rows; its owner calls ``tick``."""

    def __init__(
        self, world: World, style: AnswerStyle, name: str, room: Callable[[], tuple[int, int]]
    ) -> None:
        super().__init__(world, style)
        self._room, self._screen = room, _ColumnScreen()
        self.name, self.is_done = name, False
        self.pictures: list[Media] = []  # which do not fit into a column
        width = room()[0]
        look = make_styles(style.drawn.theme)
        self._dim = look.dim
        head = fold_row(((sanitize_line(name), look.head),), width)[0]
        self._screen.final += [head, (("─" * width, look.dim),)]
        self._renderer()

    @property
    def rows(self) -> deque[Row]:
        """The final rows that have not been taken yet."""
        return self._screen.final

    def make_renderer(self, style: RenderStyle) -> Renderer:
        """A renderer that writes into the column."""
        return Renderer(self._show_raw, self._room, self._now, style, self._screen)

    def _print_picture(self, event: Image) -> None:
        """A picture takes whole rows, which a column does not have."""
        if not event.partial:
            self.pictures.append(event.media)

    def _show_raw(self, text: str) -> None:
        """Text that is not drawn, because drawing failed."""
        rows = text.removesuffix("\n").split("\n") if text else []
        self._screen.frame([((row, NO_STYLE),) if row else () for row in rows], (), self._room()[0])

    def close(self, answer: Answer) -> None:
        """The end of it, once."""
        with defer_signals():
            if not self.is_done:
                super().close(answer)
            self.is_done = True

    def tail(self, count: int, width: int) -> list[Row]:
        """At most so many of its last rows that are not final yet."""
        live = list(self._screen.live)
        more = len(self.rows) + len(live) - count
        if more <= 0:
            return [*self.rows, *live]
        kept = max(count - 1 - len(live), 0)
        rows = list(islice(reversed(self.rows), kept))[::-1]
        above = f"⋮ {len(self.rows) - kept} rows"
        return [fold_row(((above, self._dim),), width)[0], *rows, *live][:count]

    def status(self, width: int) -> Row:
        """Its status, while it is running."""
        if self.is_done:
            return ()
        text, told = self._status()
        line = text + truncate_start(sanitize_line(told), width - cell_len(text)) if told else text
        return fold_row(((line, self._dim),), width)[0] if line else ()

    def tick(self) -> None:
        """Bring the live rows up to date, if it is time."""
        self._renderer().tick()


class ColumnBoard:
    """Answers side by side."""

    shows_figures = True

    def __init__(self, world: World, style: AnswerStyle, names: Sequence[str]) -> None:
        self._world, self._now, self._count = world, world.clock.monotonic, len(names)
        self._wrap, drawn = style.drawn.columns, style.drawn._replace(wrap=0)
        style = style._replace(drawn=drawn)
        self._columns = [AnswerColumn(world, style, name, self._room) for name in names]
        self._screen = Screen(drawn.colour_system, reflows=drawn.reflows)
        self._style, look = style, make_styles(drawn.theme)
        self._separator, self._head = (_SEPARATOR, look.dim), look.head
        self._next = float("-inf")
        handle_stops(self._pause)
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
        """The terminal has echoed Ctrl-C into our rows."""
        with defer_signals():
            self._world.write_text(self._screen.erase())

    def end(self) -> None:
        """Make everything final; pictures are shown below, under names."""
        self._draw()
        handle_stops(None)
        for column in self._columns:
            self._print_pictures(column)

    def _print_pictures(self, column: AnswerColumn) -> None:
        if not column.pictures:
            return
        from aichat.term.answer.images.show import picture_drawing  # few answers have any

        columns = terminal_size(self._world)[0]
        made = (picture_drawing(self._world, self._style, media) for media in column.pictures)
        for drawing in filter(None, made):
            head = fold_row(((sanitize_line(column.name), self._head),), columns)[0]
            above = self._screen.frame([(), head, *drawing.rows], (), columns)
            self._world.write_text(above + drawing.sequence)

    def _room(self) -> tuple[int, int]:
        """The size of a column: columns of text, and rows."""
        columns, rows = terminal_size(self._world)
        width = _column_width(columns, self._count)
        return min(width, max(self._wrap, MIN_ANSWER_COLUMNS)) if self._wrap else width, rows

    def _draw(self) -> None:
        with defer_signals():
            begin = self._now()
            columns, height = terminal_size(self._world)
            width = self._room()[0]
            text = self._screen.frame(*self._frame(width, height), columns)
            if text:
                self._world.write_text(text)
            end = self._now()
            self._next = end + min(
                max(FRAME_COST_RATIO * (end - begin), MIN_FRAME_SECONDS), MAX_FRAME_SECONDS
            )

    def _frame(self, width: int, height: int) -> tuple[list[Row], list[Row]]:
        """The rows that have become final, and those that are live."""
        running = [column for column in self._columns if not column.is_done]
        for column in running:
            column.tick()
        counts = [len(column.rows) for column in running or self._columns]
        ready = min(counts) if running else max(counts)
        final = [
            self._join_cells([_pop_row(c.rows) for c in self._columns], width) for _ in range(ready)
        ]
        if not running:
            return final, []
        tails = [c.tail(min(height - 1, _MAX_LIVE_ROWS) - 1, width) for c in self._columns]
        rows = [self._join_cells(row, width) for row in zip_longest(*tails, fillvalue=())]
        return final, [*rows, self._join_cells([c.status(width) for c in self._columns], width)]

    def _join_cells(self, cells: Sequence[Row], width: int) -> Row:
        """Cells of the columns as one row."""
        row: list[tuple[str, Style]] = []
        for number, cell in enumerate(cells):
            if number:
                row.append(self._separator)
            for piece in fold_row(cell, width)[:1]:
                row += piece
                gap = width - cell_len(row_text(piece))
                if gap > 0:
                    row.append((" " * gap, NO_STYLE))
        return strip_row(row)

    @contextmanager
    def _pause(self) -> Iterator[None]:
        """Leave the terminal as it was while the program is stopped."""
        self._world.write_text(self._screen.erase())
        yield


def _pop_row(rows: deque[Row]) -> Row:
    return rows.popleft() if rows else ()


class AnswerSection(ComparedAnswer):
    """One of several answers, drawn under its name; ``others`` returns the others' status."""

    def __init__(
        self, world: World, style: AnswerStyle, name: str, others: Callable[[], list[str]]
    ) -> None:
        super().__init__(world, style)
        self._others = others
        self._renderer().print_line(name, "strong")

    def tick(self) -> None:
        """Update its own status and the others'."""
        if self.is_live:
            with defer_signals():
                self._tick()

    def pause(self) -> None:
        """Restore the terminal."""
        self._renderer().pause()

    def _status(self) -> tuple[str, str]:
        text, told = super()._status()
        others = () if self._style.quiet else self._others()
        return "\n".join(filter(None, (*others, text))), told


class SectionBoard:
    """Answers one after the other, in the order given."""

    def __init__(self, world: World, style: AnswerStyle, names: Sequence[str]) -> None:
        self._world, self._style, self._names = world, style, names
        self.shows_figures = world.stdout_tty
        self._started_at = world.clock.monotonic()
        self._char_counts = [0] * len(names)  # characters
        self._finished: dict[int, Answer] = {}
        self._answers = OrderedAnswers(len(names), self._open_section)
        handle_stops(self._pause)

    def show(self, number: int, events: list[Event]) -> None:
        """A batch of one of them."""
        self._char_counts[number] += sum(len(e.text) for e in events if isinstance(e, TextDelta))
        self._answers.show(number, events)

    def close(self, number: int, answer: Answer) -> None:
        """The end of one of them."""
        self._finished[number] = answer
        self._answers.close(number, answer)

    def tick(self) -> None:
        """A frame of the current answer."""
        if self._answers.current < len(self._names):
            self._section.tick()

    def interrupt(self) -> None:
        """Handled when the section is closed."""

    def end(self) -> None:
        """All have ended."""
        handle_stops(None)

    def _open_section(self, number: int) -> AnswerSection:
        with defer_signals():
            if number:
                self._world.write_text("\n")
            name = self._names[number]
            self._section = AnswerSection(
                self._world, self._style, name, lambda: self._others(number)
            )
        return self._section

    def _others(self, number: int) -> list[str]:
        """A line for each answer that is not drawn yet."""
        rest = range(number + 1, len(self._names))
        lines = [f"{self._state(n)}  {self._names[n]}" for n in rest[:_MAX_OTHERS]]
        return [*lines, f"and {len(rest) - _MAX_OTHERS} more"] if len(rest) > _MAX_OTHERS else lines

    def _state(self, number: int) -> str:
        answer = self._finished.get(number)
        if answer is None:
            turning = elapsed_text(self._world, self._world.clock.monotonic() - self._started_at)
            said = self._char_counts[number]
            return f"{turning}, {said:,} characters" if said else turning
        if answer.fault:
            return f"✗ {_fault_summary(answer.fault)}"
        return f"✓ {answer.total_s:.1f} s" if answer.total_s is not None else "✓"

    @contextmanager
    def _pause(self) -> Iterator[None]:
        self._section.pause()
        yield
