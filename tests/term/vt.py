"""A small strict terminal: it knows what the renderer may send and refuses all else."""

import re
from typing import NamedTuple

from rich.cells import split_graphemes

_SEQUENCE = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])")
#: A notice of the desktop, and the marks around prompts and answers.
_COMMAND = re.compile(
    r"\x1b\](?:9;[^\x00-\x1f]+|777;notify;[^\x00-\x1f]+|133;(?:[ABC]|D;\d+))\x1b\\"
)
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")


class Cell(NamedTuple):
    """A character with what belongs to it, in how many columns, in what style."""

    text: str
    width: int
    style: str


class Line:
    """A row; ``wrapped`` says that it goes on in the next by the terminal's own doing."""

    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self.wrapped = False

    @property
    def width(self) -> int:
        return sum(cell.width for cell in self.cells)


class Terminal:
    """Screen and scrollback; refuses (``AssertionError``) sequences that nobody may send."""

    def __init__(self, columns: int, rows: int, *, reflows: bool = True) -> None:
        self.columns, self.rows, self.reflows = columns, rows, reflows
        self.lines = [Line()]
        self.row = self.column = 0  # the row counts from the first line of the scrollback
        self.top = 0
        self.style = ""
        self.wraps = True
        self.held = False
        self.written = self.bells = 0
        self.takes_notices = False  # bells, and what is told to the terminal itself

    def write(self, text: str, *, whole: bool = True) -> None:
        self.written += len(text.encode())
        place = 0
        while place < len(text):
            found = _TEXT.match(text, place)
            if found:
                self._print(found[0])
            else:
                found = _COMMAND.match(text, place) if self.takes_notices else None
                if not found and (found := _SEQUENCE.match(text, place)):
                    self._sequence(*found.groups())
                elif not found:
                    self._control(text[place])
            place = found.end() if found else place + 1
        assert not (whole and self.held) or place == 0, "an update must end in its own write"

    def _control(self, char: str) -> None:
        if char == "\a" and self.takes_notices:
            self.bells += 1
            return
        assert char in "\n\r", f"control {char!r}"
        self.column = 0  # the kernel makes a newline of both
        if char == "\n":
            self._down()

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append(Line())
        self.top = max(self.top, self.row - self.rows + 1)

    def _sequence(self, private: str, numbers: str, final: str) -> None:
        what = f"{private}{final}"
        assert what in ("A", "J", "K", "m", "?h", "?l"), f"sequence {what} {numbers}"
        if what == "A":
            self.row = max(self.top, self.row - int(numbers or 1))
        elif what == "J":
            assert numbers == ""
            del self.lines[self.row + 1 :]
            self._cut(self.lines[self.row])
        elif what == "K":
            assert numbers == ""
            self._cut(self.lines[self.row])
        elif what == "m":
            self.style = "" if numbers in ("", "0") else numbers
        else:
            self._mode(int(numbers), what == "?h")

    def _mode(self, number: int, on: bool) -> None:
        assert number in (7, 2026), number
        if number == 7:
            self.wraps = on
        else:
            assert on != self.held
            self.held = on

    def _cut(self, line: Line) -> None:
        kept, width = [], 0
        for cell in line.cells:
            if width >= self.column:
                break
            kept.append(cell)
            width += cell.width
        line.cells, line.wrapped = kept, False

    def _print(self, text: str) -> None:
        for start, end, width in split_graphemes(text)[0]:
            if self.column + width > self.columns:
                if not self.wraps:
                    continue
                self.lines[self.row].wrapped = True
                self.column = 0
                self._down()
            line = self.lines[self.row]
            if line.width > self.column:
                self._cut(line)
            assert line.width == self.column, "a hole in a row"
            line.cells.append(Cell(text[start:end], width, self.style))
            self.column += width

    def resize(self, columns: int, rows: int) -> None:
        """Another size; a terminal that reflows breaks its rows anew."""
        if self.reflows and columns != self.columns:
            self._reflow(columns)
        self.columns, self.rows = columns, rows
        self.top = max(0, len(self.lines) - rows)

    def _reflow(self, columns: int) -> None:
        made: list[Line] = []
        row, joined = 0, Line()
        for number, line in enumerate(self.lines):
            if number == self.row:
                row, offset = len(made), joined.width + self.column
            joined.cells += line.cells
            if line.wrapped:
                continue
            pieces = _broken(joined, columns)
            if row == len(made) and number >= self.row:
                row += min(max(0, offset - 1) // columns, len(pieces) - 1)
                self.column = min(offset - (row - len(made)) * columns, columns)
                self.row, row = row, -1
            made += pieces
            joined = Line()
        self.lines = made

    def cells(self) -> list[tuple[Cell, ...]]:
        """Every row of scrollback and screen, spaces at their ends gone, and none blank at the end.

        A style on a space that shows nothing does not count.
        """
        rows = [_trimmed(line.cells) for line in self.lines]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def text(self) -> list[str]:
        """The same without styles."""
        return ["".join(cell.text for cell in row) for row in self.cells()]

    def logical_text(self) -> list[str]:
        """The same, with the rows that the terminal broke put together."""
        text = "".join(
            "".join(cell.text for cell in line.cells) + "\n" * (not line.wrapped)
            for line in self.lines
        )
        return [line.rstrip() for line in text.rstrip().split("\n")]


def _broken(line: Line, columns: int) -> list[Line]:
    made = [Line()]
    for cell in line.cells:
        if made[-1].width + cell.width > columns:
            made[-1].wrapped = True
            made.append(Line())
        made[-1].cells.append(cell)
    return made


def _trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    kept = list(cells)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return tuple(kept)
