"""An answer on the terminal: Markdown rendered while it streams, append only.

Finished rows are written to the scrollback once; only the block that is open
is live, in at most a dozen rows. What remains is what rendering the whole text
at once leaves, however the text was cut on its way.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from rich.cells import cell_len, chop_cells
from rich.style import Style

from aichat.core.text.sanitize import Stream, one_line, visible
from aichat.term.answer.screen import Screen
from aichat.term.markdown.blocks import finish, step
from aichat.term.markdown.lines import Lines
from aichat.term.markdown.rows import Layout
from aichat.term.markdown.starts import MARKS
from aichat.term.markdown.state import Part, State
from aichat.term.markdown.style import DIM, NONE, Row, plain

#: Fewer columns than this show the text as it was written.
NARROWEST = 20

#: The live region has at most so many rows.
TALLEST = 12

#: A frame is this many times as far from the last one as that took, within limits in seconds.
RATIO, SOONEST, LATEST = 8.0, 0.033, 0.25

T = TypeVar("T")


class Look(NamedTuple):
    """How answers look.

    ``colors``: ``standard``, ``256``, ``truecolor`` or ``None`` for no styles at all.
    ``wrap``: columns of text, 0 for as many as the terminal has. ``live``:
    whether unfinished blocks are shown. ``reflows``: whether the terminal
    breaks rows anew when it is resized (xterm and the Linux console do not).
    """

    colors: str | None = "standard"
    code_theme: str = "ansi_dark"
    wrap: int = 0
    live: bool = True
    reflows: bool = True


class Renderer:
    """Markdown for a terminal; ``feed`` any number of times, ``tick`` as time passes, ``close``.

    ``write`` takes text for the terminal, ``size`` tells columns and rows,
    ``clock`` seconds; ``screen`` takes the rows, if not one of the whole terminal.
    What ``write`` raises passes through; a fault of our own is never seen: the
    rest of the text is then shown as it was written.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        size: Callable[[], tuple[int, int]],
        clock: Callable[[], float],
        look: Look,
        screen: Screen | None = None,
    ) -> None:
        self._write, self._size, self._clock, self._look = write, size, clock, look
        self._stream, self._lines, self._state = Stream(), Lines(), State()
        self._columns = 0
        self._layout = Layout(80, look.code_theme)
        self._screen = screen or Screen(look.colors, reflows=look.reflows)
        self._ready: list[Row] = []  # final, but not yet written
        self._log: list[str] = []  # the source of what is neither written nor in ``_ready``
        self._status: list[Row] = []
        self._raw = False  # too narrow: lines as they are
        self._broken = False  # the same, for good
        self._dirty = False
        self._next = float("-inf")  # when the next frame is due

    def feed(self, text: str) -> None:
        """More of the text."""
        self._take(self._stream.feed(text))
        self.tick()

    def tick(self) -> None:
        """Write a frame if there is something new and it is time."""
        if self._dirty and self._clock() >= self._next:
            self._draw()

    def close(self) -> None:
        """The end of the text: everything is final, the live region is gone."""
        self._take(self._stream.close())
        tail, self._lines.tail = self._lines.tail, ""
        if tail:
            self._line(tail, True)
        self._try(self._finish)
        self._status, self._dirty = [], True
        self._draw()

    def status(self, text: str | None, told: str = "") -> None:
        """Dim lines under the live region, until others or ``None`` replace them.

        Of what is ``told`` behind the last of them the end is shown.
        """
        lines = [one_line(line) for line in text.split("\n")] if text else []
        if lines and told:
            lines[-1] += end_of(one_line(told), self._size()[0] - cell_len(lines[-1]))
        self._status = [((line, DIM),) for line in lines]
        self._dirty = True
        self.tick()

    def print_line(self, text: str, style: str = "dim") -> None:
        """A line for the scrollback, behind all that is final."""
        self._fit()
        self._ready += self._layout.aside(one_line(text), Style.parse(style))
        self._dirty = True
        self.tick()

    def pause(self) -> None:
        """Take the live region away; the next frame brings it back, wherever the cursor is then."""
        text = self._screen.erase()
        self._dirty = True
        if text:
            self._write(text)

    def _take(self, text: str) -> None:
        lines = self._lines.feed(text)
        tail, self._lines.tail = self._lines.tail, ""  # it follows the last of them, no other
        for number, (line, ends) in enumerate(lines):
            if number:
                self.tick()
            self._line(line, ends)
        self._lines.tail = tail
        self._dirty = self._dirty or bool(text)

    def _line(self, line: str, ends: bool) -> None:
        self._log.append(line + "\n" * ends)
        self._dirty = True
        if not self._broken:
            self._try(lambda: self._advance(line, ends))

    def _try(self, work: Callable[[], T]) -> T | None:
        """Do what may fail on a text that nobody thought of; then no more of it is tried."""
        try:
            return work()
        except Exception:
            self._broken = True
            return None

    def _advance(self, line: str, ends: bool) -> None:
        self._fit()
        before = self._state.leaf
        state, parts = step(self._state, line, ends=ends)
        if not self._raw:
            rows = [row for part in parts for row in self._layout.rows(part)]
            self._ready += rows
        self._state = state
        if self._raw:
            self._show_raw()
            self._rise()
        elif state.leaf is None:
            self._log = []
        elif parts:
            self._settle(parts, began=state.leaf != before)

    def _settle(self, parts: list[Part], *, began: bool) -> None:
        """Keep the source of what is open only."""
        leaf, waiting = self._state.leaf, self._layout.pending
        if waiting is None:
            self._log = self._log[-2:] if began else self._log
        elif not parts[-1].whole:
            rest = waiting + "\n".join(self._state.lines)
            self._log = [rest if self._state.midline else f"{rest}\n"]
        else:
            self._log = self._log[-1:] if leaf and leaf.kind == "paragraph" else []

    def _fit(self) -> tuple[int, int]:
        """Take over the terminal's size."""
        columns, height = self._size()
        if columns != self._columns:
            self._columns = columns
            self._raw = self._raw or columns < NARROWEST
            wrap = max(self._look.wrap, NARROWEST) if self._look.wrap else columns
            self._layout.resize(max(min(columns, wrap), NARROWEST))
        return columns, height

    def _show_raw(self, *, last: bool = False) -> None:
        """Lines as they were written; the terminal wraps them."""
        *lines, rest = "".join(self._log).split("\n")
        self._log = [rest] if rest and not last else []
        lines += [rest] if rest and last else []
        self._ready += [((line, NONE),) if line else () for line in lines]

    def _rise(self) -> None:
        """Render again when there is room and nothing is half shown."""
        leaf = self._state.leaf
        whole = leaf is None or leaf.kind in ("code", "html")
        if self._columns >= NARROWEST and whole and not self._state.midline:
            self._raw = False
            self._layout.skip(self._state.serial)

    def _finish(self) -> None:
        if self._raw:
            self._show_raw(last=True)
        if self._broken or self._raw:
            return
        rows = [row for part in finish(self._state) for row in self._layout.rows(part)]
        self._ready += rows
        self._log, self._state = [], State()

    def _draw(self) -> None:
        begin = self._clock()
        text = None if self._broken else self._try(self._frame)
        if text is None:
            text = self._plain_frame()
        self._ready, self._dirty = [], False
        if text:
            self._write(text)
        end = self._clock()
        self._next = end + min(max(RATIO * (end - begin), SOONEST), LATEST)

    def _frame(self) -> str:
        columns, height = self._fit()
        live: list[Row] = []
        if self._look.live:
            room = min(height - 1, TALLEST)
            status = [_clipped(row, columns) for row in self._status[: max(room, 0)]]
            live = self._preview(room - len(status)) + status
        return self._screen.frame(self._ready, [] if self._raw else live, columns)

    def _plain_frame(self) -> str:
        """The same without any art."""
        rows = "".join(f"{plain(row)}\n" for row in self._ready)
        return self._screen.erase() + rows + self._told()

    def _told(self) -> str:
        """The source of what was not shown; it is now."""
        text, self._log = "".join(self._log), []
        return visible(text)

    def _preview(self, height: int) -> list[Row]:
        """The last rows of what is open, as if the text ended here."""
        if height < 1 or self._raw:
            return []
        tail, state = self._lines.tail, self._state
        parts: list[Part] = []
        if tail and not self._is_mark(tail):
            state, parts = step(state, tail, ends=not MARKS.issuperset(tail))
        return self._layout.peek(parts + finish(state), height)[-height:]

    def _is_mark(self, tail: str) -> bool:
        """Whether a line may yet turn out to be the mark of a block."""
        leaf = self._state.leaf
        marks = _FENCES if leaf and leaf.kind == "code" else MARKS
        return len(tail) < _MARK and not self._state.midline and marks.issuperset(tail)


#: A row of marks as long as this is hardly the mark of anything.
_MARK = 200

_FENCES = frozenset(" `~")


def end_of(text: str, columns: int) -> str:
    """As much of the end of a line as there is room for."""
    text = text.expandtabs(1)
    if cell_len(text) <= columns:
        return text
    text = text[-max(columns, 1) :]
    while text and cell_len(text) > columns - 1:
        text = text[1:]
    return f"…{text}"


def _clipped(row: Row, columns: int) -> Row:
    return tuple(
        (chop_cells(text, columns)[0], style) if text else (text, style) for text, style in row
    )
