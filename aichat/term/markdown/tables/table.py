"""Tables: rows are parsed once, and laid out when the table ends or gets too long to wait for."""

from collections.abc import Callable

from rich.cells import cell_len

from aichat.term.markdown.flow import Flow, split_word
from aichat.term.markdown.inline.spans import spans
from aichat.term.markdown.style import NO_STYLE, Row, Span, Styles
from aichat.term.markdown.tables.cells import cells
from aichat.term.markdown.tables.widths import EDGE, GAP, fit_columns

#: After this many characters of source the columns are fixed and each row is final at once.
FIXED_AFTER = 4096

#: Indentation of the continued value below its key.
_HANGING = 3

Cell = list[Span]


class _Columns:
    """The preferred width of each column, and its longest word."""

    def __init__(self, natural: list[int], least: list[int]) -> None:
        self.natural, self.least = natural, least

    def with_row(self, row: list[Cell]) -> "_Columns":
        """The same with one more row."""
        texts = ["".join(text for text, _ in cell) for cell in row]
        return _Columns(
            list(map(max, self.natural, map(_text_width, texts))),
            list(map(max, self.least, map(_word_width, texts))),
        )


class Table:
    """A table that grows line by line.

    If a column would break a word, each row is shown as keys and values instead.
    """

    def __init__(self, aligns: tuple[str, ...], width: int, look: Styles) -> None:
        self._aligns, self._width, self._look = aligns, width, look
        self._columns = _Columns([0] * len(aligns), [0] * len(aligns))
        self._head: list[Cell] = []
        self._pending: list[list[Cell]] = []  # rows not yet returned
        self._row_cache: dict[int, list[Row]] = {}  # their laid-out rows, for the widths below
        self._widths: tuple[int, ...] = ()
        self._gap, self._edge = GAP, EDGE
        self._size = 0  # characters of source so far
        self._given_count = 0

    @property
    def has_pending(self) -> bool:
        """Whether there are rows not yet returned."""
        return bool(self._pending)

    def resize(self, width: int) -> None:
        """Set the width for the rows not yet returned."""
        self._width = width

    def add(self, line: str) -> list[Row]:
        """Add a line; return the rows that are final now."""
        row = self._parse_cells(line)
        self._head = self._head or row
        if not self._fixed:
            self._columns = self._columns.with_row(row)
        self._pending.append(row)
        self._size += len(line)
        return self.end(more=True) if self._fixed else []

    def end(self, *, more: bool = False) -> list[Row]:
        """Return everything left; ``more``: rows may follow."""
        self._fit(self._columns)
        bare = not more and self._count == 1
        made = [row for n in range(len(self._pending)) for row in self._lay(n, bare=bare)]
        self._given_count += len(self._pending)
        self._pending, self._row_cache = [], {}
        return made

    def peek(self, line: str | None, height: int) -> list[Row]:
        """About ``height`` rows as if ``line`` were the last: the head and the end."""
        count = len(self._pending)
        row = self._parse_cells(line) if line else None
        self._fit(self._columns.with_row(row) if row and not self._fixed else self._columns)
        bare = self._count + bool(row) == 1
        tail = self._row(row, self._count, bare=bare) if row else []
        head = self._lay(0, bare=bare) if count and not self._given_count else []
        for number in range(count - 1, 0 if head else -1, -1):
            rows = self._lay(number)
            if len(head) + len(rows) + len(tail) > height:
                break
            tail = rows + tail
        return head + tail

    @property
    def _fixed(self) -> bool:
        return self._size > FIXED_AFTER

    @property
    def _count(self) -> int:
        return self._given_count + len(self._pending)

    def _parse_cells(self, line: str) -> list[Cell]:
        texts = cells(line, len(self._aligns))
        texts += [""] * (len(self._aligns) - len(texts))
        base = NO_STYLE if self._count else self._look.head
        return [spans(text, self._look, base) for text in texts]

    def _fit(self, columns: _Columns) -> None:
        fitted = fit_columns(tuple(columns.natural), tuple(columns.least), self._width)
        if fitted != (self._widths, self._gap, self._edge):
            (self._widths, self._gap, self._edge), self._row_cache = fitted, {}

    def _lay(self, number: int, *, bare: bool = False) -> list[Row]:
        """The screen rows of a pending row; ``bare``: a head with no rows below it."""
        place = self._given_count + number
        if place == 0:
            return self._row(self._pending[0], 0, bare=bare)
        if number not in self._row_cache:
            self._row_cache[number] = self._row(self._pending[number], place)
        return self._row_cache[number]

    def _row(self, row: list[Cell], place: int, *, bare: bool = False) -> list[Row]:
        wide = self._widths
        if not wide or (self._given_count and not self._has_room(row)):
            return self._key_rows(row, place, bare=bare)
        columns = [_column(cell, width) for cell, width in zip(row, wide, strict=True)]
        height = max(map(len, columns))
        if place == 0:  # the bottom line of the head stands on the rule
            columns = [[()] * (height - len(column)) + column for column in columns]
        rows = [self._join_row(columns, number) for number in range(height)]
        if place == 0:
            rule = "─" * (sum(wide) + self._gap * (len(wide) - 1))
            rows.append((*self._margin(self._edge), (rule, self._look.dim)))
        return rows

    def _margin(self, space: int) -> Row:
        return ((" " * space, NO_STYLE),) if space else ()

    def _has_room(self, row: list[Cell]) -> bool:
        """Whether every word of a row fits its fixed column."""
        none = [0] * len(row)
        return all(map(int.__le__, _Columns(none, none).with_row(row).least, self._widths))

    def _key_rows(self, row: list[Cell], place: int, *, bare: bool) -> list[Row]:
        """A row as keys, which are the cells of the head, and values."""
        if place == 0 and not bare:
            return []
        made: list[Row] = [()] if place > 1 else []
        flow = Flow(max(self._width - EDGE - _HANGING, 1))
        for key, value in zip(self._head or row, row, strict=True):
            if bare or value:
                rows = flow.peek(key if bare else [*key, (": ", self._look.head), *value])
                made += [
                    (*self._margin(EDGE + _HANGING * bool(number)), *one) if one else ()
                    for number, one in enumerate(rows)
                ]
        return made

    def _join_row(self, columns: list[list[Row]], number: int) -> Row:
        """One row of the screen, without trailing spaces."""
        made: list[Span] = []
        space = self._edge
        for column, width, align in zip(columns, self._widths, self._aligns, strict=True):
            row = column[number] if number < len(column) else ()
            free = width - sum(cell_len(text) for text, _ in row)
            before = _BEFORE[align](free)
            if row:
                made += [*self._margin(space + before), *row]
                space = 0
            space += self._gap + (free - before if row else width)
        return tuple(made)


_BEFORE: dict[str, Callable[[int], int]] = {
    "left": lambda _free: 0,
    "right": lambda free: free,
    "center": lambda free: free // 2,
}


def _text_width(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _word_width(text: str) -> int:
    """The width of the longest unbreakable piece of a text."""
    if text.isascii():
        return max(map(len, text.split()), default=0)
    return max((cell_len(one) for word in text.split() for one in split_word(word)), default=0)


def _column(cell: Cell, width: int) -> list[Row]:
    flow = Flow(width)
    return [*flow.feed(cell), *flow.end()]
