"""Charts made of characters: bars over an axis, sparklines, tables of numbers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, count

from aichat.core.text.cells import pad, text_width, truncate
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Theme
from aichat.process.palette import is_dumb
from aichat.process.world import World
from aichat.values import NamedTuple

#: Tell parts apart without colours.
_FILLS = ("█", "▓", "▒", "░")
_PLAIN_FILLS = ("#", "=", "+", "-")
_EIGHTHS = " ▏▎▍▌▋▊▉"
_STEPS, _PLAIN_STEPS = "▁▂▃▄▅▆▇█", "_.:-=+*#"

#: The least columns for a bar (below that there are none), and for a label.
_MIN_BAR, _MIN_LABEL = 10, 10


class ChartStyle(NamedTuple):
    """What the terminal can show; ``blocks``: more than ASCII."""

    columns: int
    theme: Theme
    blocks: bool

    @property
    def max_parts(self) -> int:
        """How many parts can be told apart."""
        return len(self.fills)

    @property
    def fills(self) -> Sequence[str]:
        """The characters that bars are made of."""
        if self.theme.series:
            return ("█" if self.blocks else "#",) * len(self.theme.series)
        return _FILLS if self.blocks else _PLAIN_FILLS

    @property
    def ellipsis(self) -> str:
        """The sign for cut text."""
        return "…" if self.blocks else "~"


def chart_style(world: World) -> ChartStyle:
    """What a terminal can show."""
    able = world.encoding.lower() in ("utf-8", "utf8") and not is_dumb(world.environ)
    return ChartStyle(max(world.columns(), 20), world.theme, able)


class Bar(NamedTuple):
    """A row: its ``parts`` by number, a ``note`` and values over time for a sparkline."""

    label: str
    parts: Mapping[int, int]
    note: str
    spark: Sequence[int] = ()

    @property
    def value(self) -> int:
        """Its length."""
        return sum(self.parts.values())


def draw_chart(
    bars: Sequence[Bar], text: Callable[[int], str], style: ChartStyle, spark_label: str = ""
) -> str:
    """The bars over their axis; ``text`` formats a value, ``spark_label`` heads the sparklines.

    If room is short, the sparklines are dropped first, then the bars.
    """
    labels = [sanitize_line(bar.label) for bar in bars]
    notes = max(text_width(bar.note) for bar in bars)
    spark = max(len(bar.spark) for bar in bars)
    tail = notes + 1 + (spark + 2 if spark else 0)
    label = max(map(text_width, labels))
    label = min(label, max(style.columns - tail - 3 * _MIN_BAR, _MIN_LABEL))
    room = style.columns - label - tail - 2
    if room < _MIN_BAR and spark:
        spark, room = 0, room + spark + 2
    rows = []
    most = max(bar.value for bar in bars)
    for bar, name in zip(bars, labels, strict=True):
        row = pad(truncate(name, label, style.ellipsis), label)
        if room >= _MIN_BAR:
            edge = style.theme.paint("│" if style.blocks else "|", "dim")
            row += f" {edge}{_draw_bar(bar, most, room, style)}"
        row += f" {pad(bar.note, notes, right=True)}"
        if spark:
            row += f"  {style.theme.paint(sparkline(bar.spark, style).rstrip(), 'dim')}"
        rows.append(row.rstrip())
    axis = _axis(most, room, text, style) if room >= _MIN_BAR and most else []
    under = [f"{' ' * (label + 1)}{style.theme.paint(line, 'dim')}" for line in axis]
    if under and spark >= len(spark_label):
        under[0] += f"{' ' * (notes + 3)}{style.theme.paint(spark_label, 'dim')}"
    return "".join(f"{row}\n" for row in [*rows, *under])


def _draw_bar(bar: Bar, most: int, room: int, style: ChartStyle) -> str:
    """A bar, its last cell in eighths if possible; small values stay visible."""
    parts = bar.parts.values()
    if not bar.value:
        return " " * room
    exact = {style.fills[kind] for kind in bar.parts} == {"█"}  # the last cell may be any eighth
    eighths = max(bar.value * 8 * room // most, 1)
    whole, rest = divmod(eighths, 8) if exact else (max((eighths + 4) // 8, 1), 0)
    ends = [(2 * end * whole + bar.value) // (2 * bar.value) for end in accumulate(parts)]
    pieces = [
        style.fills[kind] * (end - begin)
        for kind, begin, end in zip(bar.parts, [0, *ends], ends, strict=False)
    ]
    pieces[-1] += _EIGHTHS[rest].strip()
    inked = (style.theme.paint_part(piece, n) for piece, n in zip(pieces, bar.parts, strict=True))
    return "".join(inked) + " " * (room - sum(map(len, pieces)))


def _axis(most: int, room: int, text: Callable[[int], str], style: ChartStyle) -> list[str]:
    """The axis, and the labels of its ticks below it."""
    step = _step(most, room, text)
    places = [(n * step * room // most, text(n * step)) for n in range(most // step + 1)]
    corner, line, tick = ("└", "─", "┴") if style.blocks else ("+", "-", "+")
    axis = [corner, *line * room]
    numbers = ""
    for place, words in places:
        axis[place] = tick if place else corner
        start = max(place - (len(words) - 1 if place + len(words) > room else len(words) // 2), 0)
        numbers = f"{numbers:<{start}}{words}"
    return ["".join(axis), numbers]


def _step(most: int, room: int, text: Callable[[int], str]) -> int:
    """The least of 1, 2, 5, 10, 20, ... that leaves room for the labels of its ticks."""
    steps = (int(f"{factor}{'0' * power}") for power in count() for factor in (1, 2, 5))
    return next(
        step for step in steps if (most // step) * (len(text(most // step * step)) + 3) <= room
    )


def sparkline(heights: Sequence[int], style: ChartStyle) -> str:
    """A row of small bars, one per height; a blank for zero."""
    steps, most = (_STEPS if style.blocks else _PLAIN_STEPS), max(heights, default=0)
    return "".join(
        steps[min(height * len(steps) // most, len(steps) - 1)] if height else " "
        for height in heights
    )


def legend(names: Iterable[str], style: ChartStyle) -> list[str]:
    """Which part is which."""
    return [
        f"{style.theme.paint_part(style.fills[kind], kind)} {sanitize_line(name)}"
        for kind, name in enumerate(names)
    ]


class ChartColumn(NamedTuple):
    """A column of numbers; if room is short, the column of least ``priority`` goes first."""

    head: str
    cells: Sequence[str]
    priority: int = 9


def draw_number_table(
    labels: Sequence[str], given: Sequence[ChartColumn], style: ChartStyle, last: int = 0
) -> str:
    """Right-aligned columns of numbers after labels; the ``last`` rows are set apart.

    The first of ``labels`` heads their own column.
    """
    names = [sanitize_line(label) for label in labels]
    chosen = [column for column in given if any(cell.strip("-") for cell in column.cells)]
    while True:
        widths = [max(map(text_width, (column.head, *column.cells))) for column in chosen]
        room = style.columns - sum(widths) - 2 * len(widths)
        if room >= min(max(map(text_width, names)), style.columns // 3) or not chosen:
            break
        chosen.remove(min(chosen, key=lambda column: column.priority))
    label = min(max(map(text_width, names)), room)
    table = zip(*(column.cells for column in chosen), strict=True) if chosen else ()
    body = [[column.head for column in chosen], *table]
    lines = []
    for n, (name, cells) in enumerate(zip(names, body, strict=False)):
        row = pad(truncate(name, label, style.ellipsis), label) + "".join(
            f"  {pad(cell, size, right=True)}" for cell, size in zip(cells, widths, strict=True)
        )
        strong = n == 0 or n >= len(names) - last
        lines.append(style.theme.paint(row.rstrip(), "heading") if strong else row.rstrip())
    return "".join(f"{line}\n" for line in lines)
