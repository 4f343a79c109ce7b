"""Spans into rows of a width, breaking where Rich breaks, a piece at a time."""

import re

from rich.cells import cell_len, chop_cells

from aichat.term.markdown.style import Row, Span

_WORD = re.compile(r"\s*\S+\s*")


def break_places(text: str, width: int) -> list[int]:
    """Where a line is broken: before words that do not fit, and inside those that never do."""
    if len(text) <= width and text.isascii():
        return []
    places: list[int] = []
    used = 0
    for found in _WORD.finditer(text):
        word, start = found[0], found.start()
        size = cell_len(word.rstrip())
        if used + size <= width:
            used += cell_len(word)
        elif size > width:
            *whole, rest = chop_cells(word, width) or [word]
            for piece in whole:
                places.append(start)
                start += len(piece)
            places.append(start)
            used = cell_len(rest)
        elif used and start:
            places.append(start)
            used = cell_len(word)
    return [place for place in places if place]


def divide(spans: list[Span], places: list[int]) -> list[list[Span]]:
    """Spans cut at offsets of their whole text."""
    rows: list[list[Span]] = [[]]
    begin, upcoming = 0, iter([*places, -1])
    place = next(upcoming)
    for text, style in spans:
        end, start = begin + len(text), 0
        while 0 <= place < end:
            if place - begin > start:
                rows[-1].append((text[start : place - begin], style))
            rows.append([])
            start, place = place - begin, next(upcoming)
        if start < len(text):
            rows[-1].append((text[start:], style))
        begin = end
    return rows


def strip_row(spans: list[Span]) -> Row:
    """A row without the spaces at its end."""
    kept = list(spans)
    while kept:
        text, style = kept[-1]
        short = text.rstrip()
        if short:
            if short != text:
                kept[-1] = (short, style)
            break
        kept.pop()
    return tuple(kept)


def wrap(spans: list[Span], width: int) -> list[list[Span]]:
    """One line's spans as rows; the last row keeps the spaces at its end."""
    return divide(spans, break_places("".join(text for text, _ in spans), width))


def expand_tabs(spans: list[Span]) -> list[Span]:
    """Spans with tabs as spaces up to the next eighth column."""
    if not any("\t" in text for text, _ in spans):
        return spans
    made, column = [], 0
    for text, style in spans:
        pieces = []
        for before, tab, _ in re.findall(r"([^\t]*)(\t?)()", text):
            column += cell_len(before)
            space = 8 - column % 8 if tab else 0
            column += space
            pieces.append(before + " " * space)
        made.append(("".join(pieces), style))
    return made


class Flow:
    """Text that comes in pieces, laid into rows of a width.

    A row is given when a later word stands on the next one; the open row waits.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._open_row: list[Span] = []

    def resize(self, width: int) -> None:
        """Another width, from the open row on."""
        self._width = width

    def copy(self) -> "Flow":
        """Another one with the same open row."""
        other = Flow(self._width)
        other._open_row = self._open_row
        return other

    def feed(self, spans: list[Span]) -> list[Row]:
        """The rows that are full. A newline in a span ends a row."""
        rows: list[Row] = []
        for number, line in enumerate(_split_lines(spans)):
            if number:
                rows += self.end()
            *full, self._open_row = wrap(expand_tabs(self._open_row + line), self._width)
            rows += map(strip_row, full)
        return rows

    def end(self) -> list[Row]:
        """The open row."""
        row, self._open_row = strip_row(self._open_row), []
        return [row]

    def peek(self, spans: list[Span]) -> list[Row]:
        """The rows as they would be if the text ended with these spans."""
        kept = self._open_row
        rows = self.feed(spans)
        rows += self.end()
        self._open_row = kept
        return rows

    @property
    def text(self) -> str:
        """The text of the open row."""
        return "".join(text for text, _ in self._open_row)


def _split_lines(spans: list[Span]) -> list[list[Span]]:
    """Spans cut at newlines, which vanish."""
    lines: list[list[Span]] = [[]]
    for text, style in spans:
        first, *others = text.split("\n")
        if first:
            lines[-1].append((first, style))
        lines += [[(other, style)] if other else [] for other in others]
    return lines
