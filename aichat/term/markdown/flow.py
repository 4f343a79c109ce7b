"""Wrapping spans into rows incrementally, breaking where Rich breaks."""

import re
from itertools import groupby
from operator import itemgetter

from rich.cells import cell_len, chop_cells, split_graphemes

from aichat.term.markdown.style import Row, Span, row_text

#: A row left to the terminal to wrap is ended after this many characters or, once it has more
#: than ``_MAX_SPANS`` spans, after each ``_MOTLEY_ROW``.
MAX_ROW, _MAX_SPANS, _MOTLEY_ROW = 65_536, 1000, 4096

#: Terminal rows of an open row that a preview needs at most.
_PEEKED_ROWS = 24

_WORD = re.compile(r"\S+\s*")


def break_places(text: str, width: int) -> list[int]:
    """Where a line breaks: before words that do not fit, and after those too long for any row.

    Within a word it breaks only around wide characters, which count as words.
    """
    if len(text) <= width and text.isascii():
        return []
    places: list[int] = []
    used, indent = 0, len(text) - len(text.lstrip())
    for found in _WORD.finditer(text):
        start = found.start() if found.start() > indent else 0
        word = text[start : found.end()]
        size = cell_len(word.rstrip())
        if used + size <= width:
            used += cell_len(word)
        elif size <= width:
            places.append(start)
            used = cell_len(word)
        else:
            used = width
            for piece in split_word(word):
                size = cell_len(piece.rstrip())
                if used + size > width:
                    places.append(start)
                    used = 0
                used += max(cell_len(piece), width if size > width else 0)
                start += len(piece)
    return [place for place in places if place]


def split_word(word: str) -> list[str]:
    """Split a word where a line may break: around wide characters."""
    if word.isascii():
        return [word]
    pieces: list[str] = []
    wide = True
    for start, end, width in split_graphemes(word)[0]:
        if wide or width > 1:
            pieces.append(word[start:end])
        else:
            pieces[-1] += word[start:end]
        wide = width > 1
    return pieces


def fold_row(row: Row, width: int, most: int = MAX_ROW) -> list[Row]:
    """A row wrapped at ``width`` as a terminal wraps it: its last rows, at most ``most``."""
    text = row_text(row)
    if (len(text) <= width and text.isascii()) or cell_len(text) <= width:
        return [row]
    places = fold_places(text, width)[-most:]
    pieces = divide(list(row), places)
    return [strip_row(piece) for piece in pieces[-most:]]


def fold_places(text: str, width: int) -> list[int]:
    """Where a terminal of ``width`` columns wraps a text."""
    if text.isascii():
        return list(range(width, len(text), width))
    places, place = [], 0
    for piece in chop_cells(text, width)[:-1]:
        place += len(piece)
        places.append(place)
    return places


def _last_rows(row: list[Span], width: int) -> list[Span]:
    """The end of a row that the terminal wraps: what is on its last rows there."""
    size = sum(len(text) for text, _ in row)
    if size <= 2 * _PEEKED_ROWS * width:
        return row
    places = fold_places("".join(text for text, _ in row), width)
    return divide(row, places[-_PEEKED_ROWS:][:1])[-1]


def divide(spans: list[Span], places: list[int]) -> list[list[Span]]:
    """Cut spans at offsets into their joined text."""
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
    """A row without trailing spaces."""
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


def join_spans(spans: list[Span]) -> list[Span]:
    """Merge neighbours of one style, so that a growing row has few spans."""
    return [
        ("".join(text for text, _ in neighbours), style)
        for style, neighbours in groupby(spans, key=itemgetter(1))
    ]


def expand_tabs(spans: list[Span]) -> list[Span]:
    """Replace tabs by spaces, with tab stops every eight columns."""
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
    """Wraps text that arrives in pieces into rows of a width.

    A row is returned once a later word is on the next one; the open row waits. A word
    wider than a row gets a row of its own, which the terminal wraps, so that copying it
    adds no newline; if ``wraps`` is false, every line is such a row.
    """

    def __init__(self, width: int, *, wraps: bool = True) -> None:
        self._width, self._wraps = width, wraps
        self._open_row: list[Span] = []

    def resize(self, width: int) -> None:
        """Set the width, from the open row on."""
        self._width = width

    def copy(self) -> "Flow":
        """A copy with the same open row."""
        other = Flow(self._width, wraps=self._wraps)
        other._open_row = self._open_row
        return other

    def feed(self, spans: list[Span]) -> list[Row]:
        """Add spans; return the rows that are full. A newline in a span ends a row."""
        rows: list[Row] = []
        for number, line in enumerate(_split_lines(spans)):
            if number:
                rows += self.end()
            joined = join_spans([*self._open_row, *line])
            *full, self._open_row = self._break(expand_tabs(joined))
            if len(self._open_row) > _MAX_SPANS:
                places = fold_places(self.text, _MOTLEY_ROW // self._width * self._width)
                *folded, self._open_row = divide(self._open_row, places)
                full += folded
            rows += map(strip_row, full)
        return rows

    def _break(self, line: list[Span]) -> list[list[Span]]:
        text = "".join(text for text, _ in line)
        if len(text) > MAX_ROW:
            places = fold_places(text, MAX_ROW // self._width * self._width)
        else:
            places = break_places(text, self._width) if self._wraps else []
        return divide(line, places)

    def end(self) -> list[Row]:
        """Return the open row."""
        row, self._open_row = strip_row(self._open_row), []
        return [row]

    def peek(self, spans: list[Span]) -> list[Row]:
        """The rows as if the text ended with these spans.

        Of a word many rows long only the end is used, or each frame would cost all of it.
        """
        kept = self._open_row
        self._open_row = _last_rows(kept, self._width)
        rows = self.feed(spans)
        rows += self.end()
        self._open_row = kept
        return rows

    @property
    def text(self) -> str:
        """The text of the open row."""
        return "".join(text for text, _ in self._open_row)


def _split_lines(spans: list[Span]) -> list[list[Span]]:
    """Split spans at newlines, which are dropped."""
    lines: list[list[Span]] = [[]]
    for text, style in spans:
        first, *others = text.split("\n")
        if first:
            lines[-1].append((first, style))
        lines += [[(other, style)] if other else [] for other in others]
    return lines
