"""An answer on the terminal: Markdown rendered while it streams, append only.

Finished rows are written to the scrollback once; only the block that is open
is live, in at most a dozen rows. What remains is what rendering the whole text
at once leaves, however the text was cut on its way.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len, chop_cells
from rich.style import Style

from aichat.core.text.sanitize import StreamSanitizer, sanitize, sanitize_line
from aichat.core.text.theme import Role
from aichat.term.answer.screen import Screen
from aichat.term.answer.style import RenderStyle
from aichat.term.markdown.blocks import finish, step
from aichat.term.markdown.flow import fold_row
from aichat.term.markdown.lines import LineSplitter
from aichat.term.markdown.rows import Layout
from aichat.term.markdown.starts import MARK_CHARS
from aichat.term.markdown.state import LeafPart, ParseState
from aichat.term.markdown.style import NO_STYLE, Row, row_text
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.term.answer.images.drawing import Drawing

#: Fewer columns than this show the text as it was written.
MIN_COLUMNS = 20

#: The live region has at most so many rows.
MAX_LIVE_ROWS = 12

#: A frame is this many times as far from the last one as that took, within limits in seconds.
FRAME_COST_RATIO, MIN_FRAME_SECONDS, MAX_FRAME_SECONDS = 8.0, 0.033, 0.25

#: So many characters are looked at at once, though no frame is due.
FED_CHARS = 4096

#: It works for so many seconds at a time, so that signals are heeded in between.
SLICE_SECONDS = 0.02

#: What takes more CPU seconds than this at once is not drawn any more, but shown plain.
MAX_CPU_SECONDS = 5.0

T = TypeVar("T")


class _Waiting(NamedTuple):
    """A line that was not drawn yet, and whether it is whole; with a role, one beside the text."""

    text: str
    ends: bool = True
    role: Role | None = None


class Renderer:
    """Markdown for a terminal; ``feed`` any number of times, ``tick`` as time passes, ``close``.

    ``write`` takes text for the terminal, ``size`` tells columns and rows, ``clock`` seconds and
    ``cpu`` those of our own work; ``screen`` takes the rows, if not one of the whole terminal.
    Each call works for a moment only; while it ``is_behind``, ``tick`` goes on.
    What ``write`` raises passes through; a fault of our own is never seen: the
    rest of the text is then shown as it was written.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        size: Callable[[], tuple[int, int]],
        clock: Callable[[], float],
        style: RenderStyle,
        screen: Screen | None = None,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._write, self._size, self._clock, self._style = write, size, clock, style
        self._cpu = cpu
        self._cpu_since: float | None = None  # since when it has been behind
        self._fed: list[str] = []  # not looked at yet
        self._fed_size = 0
        self._waiting: deque[_Waiting] = deque()
        self._stream, self._lines, self._state = StreamSanitizer(), LineSplitter(), ParseState()
        self._columns = 0
        self._layout = Layout(
            80,
            style.theme,
            style.code_theme,
            numbers_code=style.numbers_code,
            wraps_text=style.wrap != "terminal",
        )
        self._screen = screen or Screen(style.colour_system, reflows=style.reflows)
        self._final_rows: list[Row] = []  # final, but not yet written
        self._unshown_source: list[str] = []  # of what is neither written nor in ``_final_rows``
        self._status: list[Row] = []
        self._raw = False  # too narrow: lines as they are
        self._broken = False  # the same, for good
        self._dirty = False
        self._next = float("-inf")  # when the next frame is due

    def resume(self, begun: str) -> None:
        """Go on from a text that was shown: in its open block of code, with its numbers."""
        state = ParseState()
        for line in sanitize(begun).removesuffix("\n").split("\n"):
            state, _ = step(state, line, ends=True)
        is_code = state.leaf is not None and state.leaf.kind == "code"
        self._state = state if is_code else ParseState(codes=state.codes)

    def feed(self, text: str) -> None:
        """More of the text: it is looked at once a frame is due, or a good piece has come."""
        self._fed.append(text)
        self._fed_size += len(text)
        self._dirty = True
        if self._fed_size >= FED_CHARS or self._clock() >= self._next:
            self.tick()

    def _take_fed(self) -> None:
        """What was fed since the last time, as lines to draw."""
        if self._fed:
            text, self._fed, self._fed_size = "".join(self._fed), [], 0
            self._enqueue(self._stream.feed(text))

    @property
    def is_behind(self) -> bool:
        """Whether there is text that was not drawn for want of time."""
        return bool(self._waiting)

    def tick(self) -> None:
        """Go on with the text, and write a frame if there is something new and it is time."""
        self._take_fed()
        if self._waiting:
            self._work()
        self._draw_if_due()

    def give_up(self) -> None:
        """Show the rest of the text as it was written: there is no time to draw it."""
        self._broken = self._broken or self.is_behind

    def close(self) -> None:
        """The end of the text: everything is final, the live region is gone."""
        self._take_fed()
        self._enqueue(self._stream.close())
        while self._waiting:
            self._work()
        tail, self._lines.tail = self._lines.tail, ""
        if tail:
            self._add_line(tail, True)
        self._try(self._finish)
        self._status, self._dirty = [], True
        self._draw()

    def set_status(self, text: str | None, detail: str = "") -> None:
        """Dim lines under the live region, until others or ``None`` replace them.

        Of what is ``detail`` behind the last of them the end is shown.
        """
        lines = [sanitize_line(line) for line in text.split("\n")] if text else []
        if lines and detail:
            lines[-1] += truncate_start(
                sanitize_line(detail), self._size()[0] - cell_len(lines[-1])
            )
        self._status = [((line, self._styled("dim")),) for line in lines]
        self._dirty = True
        self.tick()

    def print_line(self, text: str, role: Role = "dim") -> None:
        """A line for the scrollback, behind all that is final."""
        self._take_fed()
        self._waiting.append(_Waiting(sanitize_line(text), role=role))
        self.tick()

    def print_picture(self, drawing: "Drawing") -> None:
        """A picture in whole rows, behind all that is final; it is written once."""
        self._take_fed()
        while self._waiting:
            self._work()
        self._update_size()
        self._final_rows += drawing.rows
        if drawing.sequence:
            above = self._screen.frame(self._final_rows, [], self._columns)
            self._final_rows = []
            self._write(above + drawing.sequence)
        self._dirty = True
        self.tick()

    def _styled(self, role: Role) -> Style:
        return Style.parse(self._style.theme.look(role))

    def pause(self) -> None:
        """Take the live region away; the next frame brings it back, wherever the cursor is then."""
        text = self._screen.erase()
        self._dirty = True
        if text:
            self._write(text)

    def _enqueue(self, text: str) -> None:
        """Lines to draw; what follows the last of them waits for its end."""
        self._waiting += [_Waiting(line, ends) for line, ends in self._lines.feed(text)]
        self._dirty = self._dirty or bool(text)

    def _work(self) -> None:
        """Draw what waits, for a moment; what takes too much in all is not drawn."""
        until = self._clock() + SLICE_SECONDS
        while self._waiting:
            if self._broken:
                self._take_plain()
                break
            line = self._waiting.popleft()
            if line.role is None:
                self._add_line(line.text, line.ends)
            else:
                self._add_aside(line.text, line.role)
            if self._clock() >= until:
                break
        if not self._waiting:
            self._cpu_since = None
        elif self._cpu_since is None:
            self._cpu_since = self._cpu()
        elif self._cpu() - self._cpu_since > MAX_CPU_SECONDS:
            self._broken = True

    def _take_plain(self) -> None:
        """Take all that waits as it is."""
        waiting, self._waiting = self._waiting, deque()
        self._dirty = True
        for text, ends, role in waiting:
            if role is None:
                self._unshown_source.append(f"{text}\n" if ends else text)
            else:
                self._add_aside(text, role)

    def _draw_if_due(self) -> None:
        if self._dirty and self._clock() >= self._next:
            self._draw()

    def _add_aside(self, text: str, role: Role) -> None:
        if self._broken:
            self._draw()  # what was written before stands above
        self._update_size()
        self._final_rows += self._layout.aside(text, self._styled(role))
        self._dirty = True

    def _add_line(self, line: str, ends: bool) -> None:
        self._unshown_source.append(line + "\n" * ends)
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
        self._update_size()
        before = self._state.leaf
        state, parts = step(self._state, line, ends=ends)
        if not self._raw:
            rows = [row for part in parts for row in self._layout.rows(part)]
            self._final_rows += rows
        self._state = state
        if self._raw:
            self._show_raw()
            self._leave_raw()
        elif state.leaf is None:
            self._unshown_source = []
        elif parts:
            self._trim_source(parts, began=state.leaf != before)

    def _trim_source(self, parts: list[LeafPart], *, began: bool) -> None:
        """Keep the source of what is open only."""
        leaf, waiting = self._state.leaf, self._layout.pending
        if waiting is None:
            self._unshown_source = self._unshown_source[-2:] if began else self._unshown_source
        elif not parts[-1].whole:
            rest = waiting + self._state.text
            self._unshown_source = [rest if self._state.midline else f"{rest}\n"]
        else:
            self._unshown_source = (
                self._unshown_source[-1:] if leaf and leaf.kind == "paragraph" else []
            )

    def _update_size(self) -> tuple[int, int]:
        """Take over the terminal's size."""
        columns, height = self._size()
        if columns != self._columns:
            self._columns = columns
            self._raw = self._raw or columns < MIN_COLUMNS
            wrap = max(self._style.columns, MIN_COLUMNS) if self._style.columns else columns
            self._layout.resize(max(min(columns, wrap), MIN_COLUMNS))
        return columns, height

    def _show_raw(self, *, last: bool = False) -> None:
        """Lines as they were written; the terminal wraps them."""
        *lines, rest = "".join(self._unshown_source).split("\n")
        self._unshown_source = [rest] if rest and not last else []
        lines += [rest] if rest and last else []
        self._final_rows += [((line, NO_STYLE),) if line else () for line in lines]

    def _leave_raw(self) -> None:
        """Render again when there is room and nothing is half shown."""
        leaf = self._state.leaf
        whole = leaf is None or leaf.kind in ("code", "html")
        if self._columns >= MIN_COLUMNS and whole and not self._state.midline:
            self._raw = False
            self._layout.skip(self._state.serial)

    def _finish(self) -> None:
        if self._raw:
            self._show_raw(last=True)
        if self._broken or self._raw:
            return
        rows = [row for part in finish(self._state) for row in self._layout.rows(part)]
        self._final_rows += rows
        self._unshown_source, self._state = [], ParseState()

    def _draw(self) -> None:
        begin = self._clock()
        text = None if self._broken else self._try(self._frame)
        if text is None:
            text = self._plain_frame()
        self._final_rows, self._dirty = [], False
        if text:
            self._write(text)
        end = self._clock()
        self._next = end + min(
            max(FRAME_COST_RATIO * (end - begin), MIN_FRAME_SECONDS), MAX_FRAME_SECONDS
        )

    def _frame(self) -> str:
        columns, height = self._update_size()
        live: list[Row] = []
        if self._style.live:
            room = min(height - 1, MAX_LIVE_ROWS)
            status = [_clip_row(row, columns) for row in self._status[: max(room, 0)]]
            live = self._preview(room - len(status)) + status
        return self._screen.frame(self._final_rows, [] if self._raw else live, columns)

    def _plain_frame(self) -> str:
        """The same without any art."""
        rows = "".join(f"{row_text(row)}\n" for row in self._final_rows)
        return self._screen.erase() + rows + self._take_source()

    def _take_source(self) -> str:
        """The source of what was not shown; it is now."""
        text, self._unshown_source = "".join(self._unshown_source), []
        return sanitize(text)

    def _preview(self, height: int) -> list[Row]:
        """The last rows of what is open, as if the text ended here."""
        if height < 1 or self._raw:
            return []
        tail = "" if self._waiting else self._lines.tail
        state = self._state._replace(is_preview=True)
        parts: list[LeafPart] = []
        if tail and not self._is_mark(tail):
            state, parts = step(state, tail, ends=not MARK_CHARS.issuperset(tail))
        rows = self._layout.peek(parts + finish(state), height)[-height:]
        return [piece for row in rows for piece in fold_row(row, self._columns, height)][-height:]

    def _is_mark(self, tail: str) -> bool:
        """Whether a line may yet turn out to be the mark of a block."""
        leaf = self._state.leaf
        marks = _FENCE_CHARS if leaf and leaf.kind == "code" else MARK_CHARS
        return len(tail) < _MAX_MARK and not self._state.midline and marks.issuperset(tail)


#: A row of marks as long as this is hardly the mark of anything.
_MAX_MARK = 200

_FENCE_CHARS = frozenset(" `~")


def truncate_start(text: str, columns: int) -> str:
    """As much of the end of a line as there is room for."""
    text = text.expandtabs(1)
    if cell_len(text) <= columns:
        return text
    text = text[-max(columns, 1) :]
    while text and cell_len(text) > columns - 1:
        text = text[1:]
    return f"…{text}"


def _clip_row(row: Row, columns: int) -> Row:
    return tuple(
        (chop_cells(text, columns)[0], style) if text else (text, style) for text, style in row
    )
