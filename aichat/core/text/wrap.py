"""Wrapping our own lines to the terminal's width, between words and with a hanging indent.

A word is never broken, nor is a command in the text: one that is longer than the line gets
its own, and the terminal breaks it where it must, so that it can be copied whole.
"""

import re
from collections.abc import Iterable

from aichat.core.text.cells import pad, text_width

#: Columns that continuation lines are indented.
HANG = 2

#: The columns that text needs beside its label; with fewer it goes below.
MIN_ROOM = 20

#: What may follow the name of a program or command: options, PLACEHOLDERS, names and paths.
_MORE = (
    r"(?: (?:-C|--show|-m|-p) (?:\"\$\([^)]{0,80}\)\"|[^ ,;)]+)| --?[\w-]+| \[[^]]{0,80}\]"
    r"| [A-Z][A-Z=_.]*(?![a-z])| [^ ,;)]*[/=][^ ,;)]*)*"
)

#: Commands in our texts, whose words stay together.
_COMMANDS = (
    r"aichat (?:keys (?:set|remove|import) [^ ,;)]+|api [^ ,;)]+"
    r"|(?:keys|profiles|history|completion) [a-z]+|[a-z]+)" + _MORE,
    r"/[a-z]+" + _MORE,
    r"pip install(?: --[\w-]+)* [^ ,;)]+",
    r"chmod [^ ]+ (?:'[^']{0,300}'|[^ ]+)",
    r"timedatectl [^ ]+ [^ ,;)]+",
)

#: What else stays together: a quoted path, or a number with its unit.
_PAIRS = (r"'[/~][^']{0,300}'", r"~?\d[\d.,]* (?:ms|s|[kMG]?B|USD|CNY|tokens/s)(?![^ ,;)])")

#: What stays on one line: a command with surrounding punctuation, a pair, or one word.
_UNIT = re.compile(rf"( *)((?:{'|'.join(_PAIRS)}|[$(\[`'\"]*(?:{'|'.join(_COMMANDS)}))[^ ]*|[^ ]+)")


def wrap(text: str, columns: int, hang: int | None = None) -> str:
    """``text`` in lines of at most so many columns; line breaks are kept, tabs become spaces.

    Continuation lines are indented by ``hang`` columns; by default, and if that leaves little
    room, by a little more than the line itself.
    """
    return "\n".join(
        row for line in text.split("\n") for row in wrap_line(line.expandtabs(), columns, hang)
    )


def wrap_line(line: str, columns: int, hang: int | None = None) -> list[str]:
    """One line of text, wrapped as by ``wrap``."""
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
    """``text`` at column ``hang`` beside its label, or below it if there is little room.

    If the text has several lines, continuations of each are indented a little more.
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
    """Labels and their texts in two columns, each entry ending with a newline."""
    entries = [*entries]
    hang = max((text_width(label) for label, _ in entries), default=0) + 2
    return "".join(f"{wrap_entry(label, text, hang, columns)}\n" for label, text in entries)


def wrap_items(items: Iterable[str], columns: int, hang: int = 0) -> list[str]:
    """Short items two spaces apart, wrapped only between items."""
    rows = [""]
    for item in items:
        if rows[-1].strip() and text_width(rows[-1]) + 2 + text_width(item) > columns:
            rows.append(" " * hang)
        rows[-1] += ("  " if rows[-1].strip() else "") + item
    return rows
