"""Tables: aligned for people on a terminal, tab-separated in a pipe."""

from collections.abc import Iterable, Sequence

from aichat.core.text.cells import pad, text_width, truncate
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.wrap import MIN_ROOM, wrap_entries

#: The least columns to which a last cell is cut.
_MIN_CUT = 8


def format_table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    terminal: bool,
    columns: int = 0,
    cuts: bool = False,
) -> str:
    """``rows`` under ``head``; in a pipe cells are separated by tabs and nothing is cut.

    On a terminal of so many ``columns`` the last cell is wrapped or, with ``cuts``, cut.
    If that is still too wide, every cell is on a line of its own, after its head.
    """
    lines = [tuple(head), *(tuple(row) for row in rows)]
    if not terminal:
        return "".join("\t".join(_flatten(cell) for cell in line) + "\n" for line in lines)
    lines = [tuple(sanitize_line(cell) for cell in line) for line in lines]
    widths = [max(map(text_width, column)) for column in zip(*lines, strict=True)]
    room = columns - sum(width + 2 for width in widths[:-1])
    if not columns or widths[-1] <= room:
        return "".join(f"{_join_cells(line, widths)}\n" for line in lines)
    if room < (_MIN_CUT if cuts else MIN_ROOM):
        return _format_records(lines[0], lines[1:], columns)
    if cuts:
        return "".join(
            f"{_join_cells((*line[:-1], truncate(line[-1], room)), widths)}\n" for line in lines
        )
    return wrap_entries(((_join_cells(line[:-1], widths), line[-1]) for line in lines), columns)


def _join_cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(map(pad, cells, widths)).rstrip()


def _format_records(head: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> str:
    """A few lines for each row, with a blank line between rows."""
    return "\n".join(wrap_entries(zip(head, row, strict=True), columns) for row in rows)


def _flatten(cell: str) -> str:
    """A cell on one line, without tabs, which would make it two cells or two rows."""
    return cell.replace("\t", " ").replace("\n", " ")
