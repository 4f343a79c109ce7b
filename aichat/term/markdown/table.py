"""Tables: rows are read once, and laid out when the table ends or is too long to wait for."""

from collections.abc import Callable
from functools import lru_cache

from rich.cells import cell_len
from rich.style import Style

from aichat.term.markdown import starts
from aichat.term.markdown.flow import Flow
from aichat.term.markdown.inline import spans
from aichat.term.markdown.style import BORDER, HEAD, NO_STYLE, Row, Span

#: After so many characters of source the columns are fixed and rows are final as they come.
FIXED_AFTER = 4096

#: What stands between two columns, and before the first.
_GAP, _EDGE = 2, 1

Cell = list[Span]


class Table:
    """A table that grows by lines of its source; ``base`` is the style of what it stands in."""

    def __init__(self, aligns: tuple[str, ...], width: int, base: Style) -> None:
        self._aligns, self._width, self._base = aligns, width, base
        self._natural = [0] * len(aligns)
        self._pending: list[list[Cell]] = []  # the rows that are not yet given
        self._row_cache: dict[int, list[Row]] = {}  # of them, for the widths below
        self._widths: tuple[int, ...] = ()
        self._size = 0  # characters of source so far
        self._given_count = 0

    @property
    def has_pending(self) -> bool:
        """Whether rows were read and not yet given."""
        return bool(self._pending)

    def resize(self, width: int) -> None:
        """Another width for the rows that are not yet given."""
        self._width = width

    def add(self, line: str) -> list[Row]:
        """One more line; what is final now."""
        cells = self._parse_cells(line)
        if not self._fixed:
            self._natural = self._max_widths(cells)
        self._pending.append(cells)
        self._size += len(line)
        return self.end() if self._fixed else []

    def end(self) -> list[Row]:
        """All that was not yet given."""
        self._fit(self._natural)
        made = [row for number in range(len(self._pending)) for row in self._lay(number)]
        self._given_count += len(self._pending)
        self._pending, self._row_cache = [], {}
        return made

    def peek(self, line: str | None, height: int) -> list[Row]:
        """About ``height`` rows, as if ``line`` were the last: the head and the end."""
        count = len(self._pending)
        cells = self._parse_cells(line) if line else None
        self._fit(self._max_widths(cells) if cells and not self._fixed else self._natural)
        tail = self._row(cells, head=not self._count) if cells else []
        head = self._lay(0) if count and not self._given_count else []
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
        texts = starts.cells(line)[: len(self._aligns)]
        texts += [""] * (len(self._aligns) - len(texts))
        base = self._base if self._count else self._base + HEAD
        return [spans(text, base) for text in texts]

    def _max_widths(self, cells: list[Cell]) -> list[int]:
        return [max(old, _cell_width(cell)) for old, cell in zip(self._natural, cells, strict=True)]

    def _fit(self, natural: list[int]) -> None:
        wide = column_widths(tuple(natural), self._width)
        if wide != self._widths:
            self._widths, self._row_cache = wide, {}

    def _lay(self, number: int) -> list[Row]:
        if number not in self._row_cache:
            head = not self._given_count and number == 0
            self._row_cache[number] = self._row(self._pending[number], head=head)
        return self._row_cache[number]

    def _row(self, cells: list[Cell], *, head: bool) -> list[Row]:
        wide = self._widths
        if not wide:
            return _rows_as_text(cells, self._width)
        columns = [_column(cell, width) for cell, width in zip(cells, wide, strict=True)]
        height = max(map(len, columns))
        if head:  # the head's last words stand on the rule
            columns = [[()] * (height - len(column)) + column for column in columns]
        rows = [self._join_row(columns, number) for number in range(height)]
        if head:
            rule = "─" * (sum(wide) + _GAP * (len(wide) - 1))
            rows.append(((" ", NO_STYLE), (rule, BORDER)))
        return rows

    def _join_row(self, columns: list[list[Row]], number: int) -> Row:
        """One row of the screen; spaces are only where something follows."""
        made: list[Span] = []
        space = _EDGE
        for column, width, align in zip(columns, self._widths, self._aligns, strict=True):
            row = column[number] if number < len(column) else ()
            free = width - sum(cell_len(text) for text, _ in row)
            before = _BEFORE[align](free)
            if row:
                made += [(" " * (space + before), NO_STYLE), *row]
                space = 0
            space += _GAP + (free - before if row else width)
        return tuple(made)


_BEFORE: dict[str, Callable[[int], int]] = {
    "left": lambda _free: 0,
    "right": lambda free: free,
    "center": lambda free: free // 2,
}


def _cell_width(cell: Cell) -> int:
    return max((cell_len(line) for line in "".join(t for t, _ in cell).split("\n")), default=0)


def _column(cell: Cell, width: int) -> list[Row]:
    flow = Flow(width)
    return [*flow.feed(cell), *flow.end()]


def _rows_as_text(cells: list[Cell], width: int) -> list[Row]:
    """A row of a table with more columns than the screen has room for: as text."""
    bar: Cell = [(" | ", BORDER)]
    whole = [span for number, cell in enumerate(cells) for span in (bar * bool(number)) + cell]
    return _column(whole, width)


@lru_cache(256)
def column_widths(natural: tuple[int, ...], room: int) -> tuple[int, ...]:
    """Columns that fit: the widest shrink first, as Rich shrinks them; none if nothing fits."""
    count = len(natural)
    # Rich counts a column's gap as the column's own, but for the last
    padded = [max(1, size) + (place < count - 1) for place, size in enumerate(natural)]
    room -= 2 * _EDGE + count - 1
    padded = [min(size, room) for size in padded]
    if sum(padded) > room:
        limit = _level(padded, room)
        padded = [min(old, new) for old, new in zip(padded, limit, strict=True)]
    made = tuple(size - (place < count - 1) for place, size in enumerate(padded))
    return made if min(made) > 0 and sum(padded) <= room else ()


def _level(sizes: list[int], room: int) -> list[int]:
    """Sizes cut down to ``room`` in all: the largest to the second largest, and so on."""
    while (excess := sum(sizes) - room) > 0:
        most = max(sizes)
        second = max((size for size in sizes if size != most), default=0)
        if not most - second:
            break
        largest = [size == most for size in sizes]
        left, count = excess, sum(largest)
        cut = []
        for size, is_largest in zip(sizes, largest, strict=True):
            less = min(excess, most - second, round(left / count)) if is_largest else 0
            left, count = left - less, count - is_largest
            cut.append(size - less)
        sizes = cut
    return sizes
