"""Showing a call before it runs: what is shown is what runs, and nothing else can look the same.

Every character is shown as itself or as exactly one mark, so that the rows could be parsed back
into the same arguments. Untrusted text never begins a row: our gutter precedes it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unicodedata import category, combining

from aichat.core.http.url import split_url
from aichat.core.text.wrap import wrap_line
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool
from aichat.values import NamedTuple

#: Characters that count as printable and yet are invisible.
_BLANK = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0x180B, 0x180F), *range(0xE0100, 0xE01F0))))

#: The most consecutive spaces that stay unmarked.
_FEW_SPACES = 8


class Marks(NamedTuple):
    """Marks for what cannot be shown; a character without its own is shown by its number."""

    opening: str
    closing: str
    newline: str
    tab: str
    wraps: str  # before a continuation of the row above
    ascii_only: bool = False


UNICODE_MARKS = Marks("‹", "›", "⏎", "⇥", "↪ ")
ASCII_MARKS = Marks("{", "}", "", "", "^ ", ascii_only=True)


def marks_for(encoding: str) -> Marks:
    """The marks that a terminal of this encoding has signs for."""
    return UNICODE_MARKS if encoding.lower() in ("utf-8", "utf8") else ASCII_MARKS


def visible(text: str, marks: Marks = UNICODE_MARKS, *, strict: bool = False) -> str:
    """``text`` with a mark for everything that is invisible, or would control a terminal.

    ``strict``: non-ASCII characters also get their number, since letters may look alike.
    """
    if not text:
        return f"{marks.opening}empty{marks.closing}"
    shown = "".join(_visible_characters(text, marks, strict))
    return re.sub(rf" {{{_FEW_SPACES + 1},}}| +\Z", lambda m: _count_spaces(m[0], marks), shown)


def _count_spaces(spaces: str, marks: Marks) -> str:
    return f"{marks.opening}{len(spaces)} spaces{marks.closing}"


def _visible_characters(text: str, marks: Marks, strict: bool) -> Iterator[str]:
    """Each character; accents belong to a letter, and are as few as letters have."""
    room = 0
    for char in text:
        if char.isascii():
            room = _MOST_ACCENTS if char.isalnum() else 0
        elif category(char)[0] != "M":
            room = _MOST_ACCENTS if char.isalpha() else 0
        elif room and _is_accent(char):
            room -= 1
        else:  # else it would stand on what is ours, strike it out, or hide it
            yield _number(char, marks)
            continue
        yield _visible_character(char, marks, strict)


#: Marks that one letter may have: as many as those of Vietnam, of India and of Thailand.
_MOST_ACCENTS = 3

#: The class of marks that lie over a letter.
_OVERLAYS = 1


def _is_accent(char: str) -> bool:
    """Whether a mark stands beside its letter: above or below, not around or across it."""
    return category(char) != "Me" and combining(char) != _OVERLAYS


def _number(char: str, marks: Marks) -> str:
    return f"{marks.opening}U+{ord(char):04X}{marks.closing}"


def _visible_character(char: str, marks: Marks, strict: bool) -> str:
    own = {"\n": marks.newline, "\t": marks.tab}.get(char, "")
    if own:
        return own
    number = _number(char, marks)
    if char in (*marks[:4], marks.wraps[0]) or not char.isprintable() or char in _BLANK:
        return number
    if char.isascii():
        return char
    if marks.ascii_only:
        return number
    return char + number if strict else char


def shown_rows(
    tool: LocalTool,
    arguments: Mapping[str, Any],
    subject: Subject = Subject(),  # noqa: B008  immutable
    marks: Marks = UNICODE_MARKS,
) -> list[str]:
    """The arguments of a call in rows: a command's words alone, others under their names.

    A preview replaces its argument. Rows have any length; ``wrap_row`` fits them to a
    terminal.
    """
    rows: list[str] = []
    for key, value in _in_order(tool, arguments):
        if subject.preview and key == subject.preview_of:
            rows += (visible(line.removesuffix("\n"), marks) for line in subject.preview)
            continue
        if tool.subject == "argv" and key == "argv" and isinstance(value, list):
            rows += [visible(str(word), marks, strict=not n) for n, word in enumerate(value)]
            continue
        strict = key in tool.subject_keys and tool.subject in ("path", "url")
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        rows.append(f"{visible(key, marks, strict=True)}: {visible(text, marks, strict=strict)}")
        if tool.subject == "url" and strict and (host := _encoded_host(text)):
            rows.append(f"  its host is {visible(host, marks, strict=True)}")
    return rows


def _in_order(tool: LocalTool, arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arguments, with what the call is about first."""
    first = [key for key in tool.subject_keys if key in arguments]
    for key in (*first, *(key for key in arguments if key not in first)):
        yield key, arguments[key]


def _encoded_host(url: str) -> str:
    """The host of a URL as it is looked up, if that differs from how it is written; else empty."""
    host = ((parts := split_url(url)) and parts.hostname) or ""
    try:
        return "" if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""


def wrap_row(row: str, columns: int, marks: Marks = UNICODE_MARKS) -> list[str]:
    """A row wrapped into as many as it needs, without breaking a mark.

    Non-ASCII characters count as two columns, so that no terminal wraps a row by itself.
    """
    rows, line, room = [], "", columns
    for piece in _units(row, marks):
        width = len(piece) if piece.isascii() else sum(1 if c.isascii() else 2 for c in piece)
        if width > room and line:
            rows.append(line)
            line, room = marks.wraps, columns - 2 * len(marks.wraps)
        line, room = line + piece, room - width
    return [*rows, line]


def wrap_words(line: str, columns: int, marks: Marks = UNICODE_MARKS) -> list[str]:
    """A line that has foreign words in it, in rows that are broken between words.

    A row that goes on says so, and looks like none of ours, whatever stands in it.
    """
    wide = sum(not char.isascii() for char in line)  # may be wider than it says
    room = columns - len(marks.wraps)
    words = wrap_line(line, max(room - wide, _FEWEST), 0)
    first, *more = (part for row in words for part in wrap_row(row, room, marks))
    return [first, *(f"{marks.wraps}{row.removeprefix(marks.wraps)}" for row in more)]


#: Columns that a row has at least, however narrow the terminal says it is.
_FEWEST = 8


def _units(row: str, marks: Marks) -> list[str]:
    """What a row may not be broken within: a mark, a letter with its accents."""
    unit = re.compile(rf"\{marks.opening}[^{marks.closing}]*{marks.closing}|.", re.DOTALL)
    found: list[str] = []
    for piece in unit.findall(row):
        if found and not piece.isascii() and category(piece[0])[0] == "M":
            found[-1] += piece
        else:
            found.append(piece)
    return found


class Fold(NamedTuple):
    """The rows shown at first, and how many more there are, with how many characters."""

    rows: tuple[str, ...]
    more_rows: int = 0
    more_size: int = 0


#: The most rows of a call that are shown at first.
MOST_ROWS = 12


def fold_rows(rows: Iterable[str]) -> Fold:
    """The first rows of a call, and how much is left."""
    every = tuple(rows)
    if len(every) <= MOST_ROWS:
        return Fold(every)
    rest = every[MOST_ROWS - 1 :]
    return Fold(every[: MOST_ROWS - 1], len(rest), sum(map(len, rest)))
