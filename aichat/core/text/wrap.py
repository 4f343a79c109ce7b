"""Lines of ours in a terminal's width: broken between words, each rest under a hanging indent.

A word is never broken, nor is a command that the text names: one that is longer than the
line stands alone, and the terminal breaks it where it must, so that it can be copied whole.
"""

import re
from collections.abc import Iterable

from aichat.core.text.cells import pad, text_width

#: Columns that the rest of a line is deeper than its beginning.
HANG = 2

#: Columns that text needs beside its label; with fewer it stands below.
MIN_ROOM = 20

#: What follows the name of a program or of a command: options, PLACEHOLDERS, names and paths.
_MORE = (
    r"(?: (?:-C|--show|-m|-p) (?:\"\$\([^)]{0,80}\)\"|[^ ,;)]+)| --?[\w-]+| \[[^]]{0,80}\]"
    r"| [A-Z][A-Z=_.]*(?![a-z])| [^ ,;)]*[/=][^ ,;)]*)*"
)

#: Commands that our texts name: words that stay together.
_COMMANDS = (
    r"aichat (?:keys (?:set|remove|import) [^ ,;)]+|api [^ ,;)]+"
    r"|(?:keys|profiles|history|completion) [a-z]+|[a-z]+)" + _MORE,
    r"/[a-z]+" + _MORE,
    r"pip install(?: --[\w-]+)* [^ ,;)]+",
    r"chmod [^ ]+ (?:'[^']{0,300}'|[^ ]+)",
    r"timedatectl [^ ]+ [^ ,;)]+",
)

#: What else stays together: a quoted path, and a number with its unit.
_PAIRS = (r"'[/~][^']{0,300}'", r"~?\d[\d.,]* (?:ms|s|[kMG]?B|USD|CNY|tokens/s)(?![^ ,;)])")

#: What stands on one line: a command with the marks around it, a pair, or one word.
_UNIT = re.compile(rf"( *)((?:{'|'.join(_PAIRS)}|[$(\[`'\"]*(?:{'|'.join(_COMMANDS)}))[^ ]*|[^ ]+)")


def wrap(text: str, columns: int, hang: int | None = None) -> str:
    """``text`` in lines of at most so many columns; the ends of its lines stay, tabs are blanks.

    What is left of a line goes on ``hang`` columns from the edge; by default, and where that
    leaves little room, a little deeper than the line began.
    """
    return "\n".join(
        row for line in text.split("\n") for row in wrap_line(line.expandtabs(), columns, hang)
    )


def wrap_line(line: str, columns: int, hang: int | None = None) -> list[str]:
    """One line of a text, as ``wrap`` breaks it."""
    if text_width(line) <= columns:
        return [line]
    begin = len(line) - len(line.lstrip(" "))
    if hang is None or columns - hang < MIN_ROOM:
        hang = begin + HANG
    rows, row, used = [], "", 0
    for found in _UNIT.finditer(line):
        space, unit = found.groups()
        size = len(space) + text_width(unit)
        if row and used + size > columns:
            rows.append(row)
            space, size = " " * hang, hang + text_width(unit)
            row, used = "", 0
        row, used = row + space + unit, used + size
    return [*rows, row]


def wrap_entry(label: str, text: str, hang: int, columns: int) -> str:
    """``text`` at column ``hang`` beside its label; below it where there is little room beside.

    If the text has several lines, what goes on of one of them is a little deeper.
    """
    lines = text.expandtabs().split("\n")
    begin = len(label) - len(label.lstrip(" ")) + HANG
    below = [row for line in lines for row in wrap_line(" " * begin + line, columns)]
    deeper = HANG if len(lines) > 1 else 0
    beside = [row for line in lines for row in wrap_line(line, columns - hang, deeper)]
    room = columns - hang
    too_wide = not _fit(beside[:1], room) or (not _fit(beside, room) and _fit(below, columns))
    if text_width(label) >= hang or room < MIN_ROOM or too_wide:
        return "\n".join([*([wrap(label, columns)] if label.strip() else []), *below])
    heads = [pad(label, hang), *[" " * hang] * (len(beside) - 1)]
    return "\n".join(f"{head}{row}".rstrip() for head, row in zip(heads, beside, strict=True))


def _fit(rows: Iterable[str], columns: int) -> bool:
    return all(text_width(row) <= columns for row in rows)


def wrap_entries(entries: Iterable[tuple[str, str]], columns: int) -> str:
    """Labels and their texts in two columns, each entry ended by a newline."""
    entries = [*entries]
    hang = max((text_width(label) for label, _ in entries), default=0) + 2
    return "".join(f"{wrap_entry(label, text, hang, columns)}\n" for label, text in entries)


def wrap_items(items: Iterable[str], columns: int, hang: int = 0) -> list[str]:
    """Short things two blanks apart, broken only between them."""
    rows = [""]
    for item in items:
        if rows[-1].strip() and text_width(rows[-1]) + 2 + text_width(item) > columns:
            rows.append(" " * hang)
        rows[-1] += ("  " if rows[-1].strip() else "") + item
    return rows
