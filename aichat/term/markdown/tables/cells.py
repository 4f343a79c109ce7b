r"""Splitting the lines of a table into cells; ``\|`` is a pipe within a cell.

As in GFM, section 4.10, except that no text is lost: a pipe in code or in a formula belongs
to the cell if the row is then as wide as the head, and the last cell takes any surplus.
"""

import re

from aichat.term.markdown.inline.formulas import FORMULA

_DELIMITERS = re.compile(r"(?!-[ \t])[-:|][-:|\s]+$")
_DELIMITER = re.compile(r":?-+:?$")

_CODE = r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)"

#: What to skip when looking for the pipes between cells, likeliest reading first.
_READINGS = (
    re.compile(r"\\\||\|"),
    re.compile(rf"\\\||\||{_CODE}"),
    re.compile(rf"\\\||\||{_CODE}|{FORMULA}|\$\$.*?\$\$|\\\(.*?\\\)|\\\[.*?\\\]"),
)


def cells(line: str, columns: int) -> list[str]:
    """The cells of a row, at most ``columns``."""
    found = _read(line, _READINGS[0])
    if len(found) == columns:
        return found
    fitting = _fitting(line, columns)
    if fitting or len(found) < columns:
        return fitting or found
    readings = (_read(line, pattern) for pattern in reversed(_READINGS))
    found = next((most for most in readings if len(most) > columns), found)
    return [*found[: columns - 1], " | ".join(found[columns - 1 :])]


def has_columns(line: str, columns: int) -> bool:
    """Whether a line can be read as a row of ``columns`` cells."""
    return len(_read(line, _READINGS[0])) == columns or bool(_fitting(line, columns))


def _fitting(line: str, columns: int) -> list[str]:
    if "`" not in line and "$" not in line and "\\" not in line:
        return []
    readings = (_read(line, pattern) for pattern in _READINGS[1:])
    return next((found for found in readings if len(found) == columns), [])


def _read(line: str, pattern: re.Pattern[str]) -> list[str]:
    pieces, start = [], 0
    line = line.strip()
    for found in pattern.finditer(line):
        if found[0] == "|":
            pieces.append(line[start : found.start()])
            start = found.end()
    made = [cell.replace("\\|", "|").strip() for cell in (*pieces, line[start:])]
    if made and not made[0]:
        made.pop(0)
    if made and not made[-1]:
        made.pop()
    return made


def alignments(text: str) -> tuple[str, ...]:
    """The alignments in the delimiter row of a table; empty if the line is none."""
    if not _DELIMITERS.match(text):
        return ()
    columns = [column.strip() for column in text.split("|")]
    inner = columns[bool(not columns[0]) : len(columns) - bool(not columns[-1])]
    if not all(map(_DELIMITER.match, inner)):
        return ()
    return tuple(_ALIGN[column[0] == ":", column[-1] == ":"] for column in inner)


_ALIGN = {
    (False, False): "left",
    (True, False): "left",
    (False, True): "right",
    (True, True): "center",
}
