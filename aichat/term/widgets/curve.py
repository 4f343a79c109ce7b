"""A curve made of characters: how a number changed over time."""

from collections.abc import Mapping, Sequence

from aichat.term.widgets.chart import ChartStyle

#: The rows of the curve, and the least columns.
_ROWS, _MIN_COLUMNS = 10, 20

#: The point of each series, in Unicode and in ASCII.
_POINTS, _PLAIN_POINTS = ("•", "○"), ("*", "o")

#: A series: a number for each step.
Series = Sequence[tuple[int, float]]


def draw_curve(series: Mapping[str, Series], style: ChartStyle) -> str:
    """Up to two series over their steps, by name; empty if there are fewer than two points.

    Several steps in one column are averaged.
    """
    told = {name: points for name, points in series.items() if points}
    values = [value for points in told.values() for _, value in points]
    if len(values) < 2 or style.columns < _MIN_COLUMNS:
        return ""
    low, high = min(values), max(values)
    labels = [f"{high:.3g}", f"{low:.3g}"]
    margin = max(map(len, labels))
    width = style.columns - margin - 3
    last = max(step for points in told.values() for step, _ in points)
    grid = [[" "] * width for _ in range(_ROWS)]
    marks = _POINTS if style.blocks else _PLAIN_POINTS
    for part, points in enumerate(told.values()):
        mark = style.theme.paint_part(marks[part % 2], part)
        for column, value in _columns(points, last, width):
            row = round((high - value) / (high - low) * (_ROWS - 1)) if high > low else _ROWS - 1
            grid[row][column] = mark
    return _framed(grid, labels, margin, last, style) + _legend(told, marks, style)


def _columns(points: Series, last: int, width: int) -> list[tuple[int, float]]:
    """The mean of each column."""
    found: dict[int, list[float]] = {}
    for step, value in points:
        found.setdefault(step * (width - 1) // max(last, 1), []).append(value)
    return [(column, sum(values) / len(values)) for column, values in found.items()]


def _framed(
    grid: Sequence[Sequence[str]], labels: Sequence[str], margin: int, last: int, style: ChartStyle
) -> str:
    side, corner, line = ("│", "└", "─") if style.blocks else ("|", "+", "-")
    edge = style.theme.paint(side, "dim")
    sides = [labels[0], *[""] * (len(grid) - 2), labels[-1]]
    rows = [
        f"{style.theme.paint(label.rjust(margin), 'dim')} {edge}{''.join(cells).rstrip()}"
        for label, cells in zip(sides, grid, strict=True)
    ]
    width = len(grid[0])
    steps = f"step 0{str(last).rjust(width - len('step 0'))}"
    under = [f"{' ' * margin} {corner}{line * width}", f"{' ' * margin}  {steps}"]
    return "".join(f"{row}\n" for row in [*rows, *(style.theme.paint(x, "dim") for x in under)])


def _legend(told: Mapping[str, Series], marks: Sequence[str], style: ChartStyle) -> str:
    names = (
        f"{style.theme.paint_part(marks[part % 2], part)} {name}" for part, name in enumerate(told)
    )
    return f"{'  '.join(names)}\n"
