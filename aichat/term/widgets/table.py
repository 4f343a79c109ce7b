"""Tables: aligned for people on a terminal, tab-separated in a pipe."""

from collections.abc import Iterable, Sequence

from aichat.core.text.sanitize import sanitize_line


def format_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, terminal: bool, columns: int = 0
) -> str:
    """``rows`` under ``head``; in a pipe a tab stands between the cells and nothing is cut.

    On a terminal of so many ``columns`` the last cell gives way.
    """
    lines = [tuple(head), *(tuple(row) for row in rows)]
    if not terminal:
        return "".join("\t".join(_flatten(cell) for cell in line) + "\n" for line in lines)
    lines = [tuple(sanitize_line(cell) for cell in line) for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    room = columns - sum(widths[:-1]) - 2 * len(widths[:-1])
    if columns and widths[-1] > room > 0:
        lines = [(*line[:-1], _truncate(line[-1], room)) for line in lines]
        widths[-1] = room
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def _truncate(cell: str, width: int) -> str:
    return cell if len(cell) <= width else f"{cell[: width - 1]}…"


def _flatten(cell: str) -> str:
    """A cell that holds a tab or a newline would be two cells or two rows."""
    return cell.replace("\t", " ").replace("\n", " ")
