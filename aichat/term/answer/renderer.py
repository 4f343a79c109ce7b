"""Rendering Markdown on the terminal while it streams, append-only.

Finished rows are written to the scrollback once; only the open block is live, in at
most a dozen rows. The final result equals rendering the whole text at once, however
the text was split on its way.
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

#: With fewer columns than this, the source is shown as it is.
MIN_COLUMNS = 20

#: The live region has at most so many rows.
MAX_LIVE_ROWS = 12

#: The interval between frames is this many times the duration of one, within limits in seconds.
FRAME_COST_RATIO, MIN_FRAME_SECONDS, MAX_FRAME_SECONDS = 8.0, 0.033, 0.25

#: So many characters are processed at once even if no frame is due.
FED_CHARS = 4096

#: It works for so many seconds at a time, so that signals are handled in between.
SLICE_SECONDS = 0.02

#: Text that takes more CPU seconds than this is shown plainly instead of drawn.
MAX_CPU_SECONDS = 5.0

T = TypeVar("T")


class _Waiting(NamedTuple):
    """A line not drawn yet, and whether it is complete; with a role, it is not part of the text."""

    text: str
    ends: bool = True
    role: Role | None = None


class Renderer:
    """Renders Markdown: ``feed`` any number of times, ``tick`` as time passes, then ``close``.

    ``write`` takes text for the terminal, ``size`` returns columns and rows, ``clock`` seconds and
    ``cpu`` our own CPU seconds; ``screen`` takes the rows, if not for the whole terminal.
    Each call works only for a moment; while it ``is_behind``, ``tick`` continues.
    What ``write`` raises passes through; our own errors never show: the rest of the
    text is then shown as its source.
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
        self._cpu_since: float | None = None  # since it fell behind
        self._fed: list[str] = []  # not processed yet
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
        self._final_rows: list[Row] = []  # final, but not written yet
        self._unshown_source: list[str] = []  # of rows still to come
        self._status: list[Row] = []
        self._raw = False  # too narrow: show the source
        self._broken = False  # the same, for good
        self._dirty = False
        self._next = float("-inf")  # when the next frame is due

    def resume(self, begun: str) -> None:
        """Continue from a text that was shown: in its open code block, with its numbers."""
        state = ParseState()
        for line in sanitize(begun).removesuffix("\n").split("\n"):
            state, _ = step(state, line, ends=True)
        is_code = state.leaf is not None and state.leaf.kind == "code"
        self._state = state if is_code else ParseState(codes=state.codes)

    def feed(self, text: str) -> None:
        """Add text, which is processed once a frame is due or enough has come."""
        self._fed.append(text)
        self._fed_size += len(text)
        self._dirty = True
        if self._fed_size >= FED_CHARS or self._clock() >= self._next:
            self.tick()

    def _take_fed(self) -> None:
        """Split what was fed into lines to draw."""
        if self._fed:
            text, self._fed, self._fed_size = "".join(self._fed), [], 0
            self._enqueue(self._stream.feed(text))

    @property
    def is_behind(self) -> bool:
        """Whether there is text that there was no time to draw."""
        return bool(self._waiting)

    def tick(self) -> None:
        """Continue drawing, and write a frame if there is something new and it is due."""
        self._take_fed()
        if self._waiting:
            self._work()
        self._draw_if_due()

    def give_up(self) -> None:
        """Show the rest of the text as its source, since there is no time to draw it."""
        self._broken = self._broken or self.is_behind

    def close(self) -> None:
        """End the text: everything becomes final, and the live region is removed."""
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
        """Set the dim lines under the live region; ``None`` removes them.

        ``detail`` follows the last of them, cut to its end.
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
        """Write a line to the scrollback, after everything final."""
        self._take_fed()
        self._waiting.append(_Waiting(sanitize_line(text), role=role))
        self.tick()

    def print_picture(self, drawing: "Drawing") -> None:
        """Write a picture in whole rows, after everything final."""
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
        """Remove the live region; the next frame draws it again, at the cursor."""
        text = self._screen.erase()
        self._dirty = True
        if text:
            self._write(text)

    def _enqueue(self, text: str) -> None:
        """Queue lines to draw; an incomplete last one waits for its end."""
        self._waiting += [_Waiting(line, ends) for line, ends in self._lines.feed(text)]
        self._dirty = self._dirty or bool(text)

    def _work(self) -> None:
        """Draw queued lines, for a moment; give up if they take too long in all."""
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
        """Take all queued lines as their source."""
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
            self._draw()  # first draw what comes before
        self._update_size()
        self._final_rows += self._layout.aside(text, self._styled(role))
        self._dirty = True

    def _add_line(self, line: str, ends: bool) -> None:
        self._unshown_source.append(line + "\n" * ends)
        self._dirty = True
        if not self._broken:
            self._try(lambda: self._advance(line, ends))

    def _try(self, work: Callable[[], T]) -> T | None:
        """Run what may fail on unforeseen text; if it does, drawing ends for good."""
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
        """Keep only the source of the open block."""
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
        """Read the terminal's size."""
        columns, height = self._size()
        if columns != self._columns:
            self._columns = columns
            self._raw = self._raw or columns < MIN_COLUMNS
            wrap = max(self._style.columns, MIN_COLUMNS) if self._style.columns else columns
            self._layout.resize(max(min(columns, wrap), MIN_COLUMNS))
        return columns, height

    def _show_raw(self, *, last: bool = False) -> None:
        """Show source lines; the terminal wraps them."""
        *lines, rest = "".join(self._unshown_source).split("\n")
        self._unshown_source = [rest] if rest and not last else []
        lines += [rest] if rest and last else []
        self._final_rows += [((line, NO_STYLE),) if line else () for line in lines]

    def _leave_raw(self) -> None:
        """Render again if there is room and no line is half shown."""
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
        """The frame as plain source."""
        rows = "".join(f"{row_text(row)}\n" for row in self._final_rows)
        return self._screen.erase() + rows + self._take_source()

    def _take_source(self) -> str:
        """Take the source of what was not shown."""
        text, self._unshown_source = "".join(self._unshown_source), []
        return sanitize(text)

    def _preview(self, height: int) -> list[Row]:
        """The last rows of the open block, as if the text ended here."""
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
        """Whether an incomplete line may become the mark of a block."""
        leaf = self._state.leaf
        marks = _FENCE_CHARS if leaf and leaf.kind == "code" else MARK_CHARS
        return len(tail) < _MAX_MARK and not self._state.midline and marks.issuperset(tail)


#: A longer run of mark characters is not taken for one.
_MAX_MARK = 200

_FENCE_CHARS = frozenset(" `~")


def truncate_start(text: str, columns: int) -> str:
    """The end of a line, cut to so many columns."""
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
