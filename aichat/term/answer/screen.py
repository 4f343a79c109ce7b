"""The only writer to the terminal: finished rows once, unfinished ones repainted in place.

It writes text, ``CSI nA``, ``CSI J``, ``CSI K``, colours, and around live rows turns
autowrap off and uses synchronised output. The cursor rests at the end of the last
live row, at its beginning if an echoed Ctrl-C would not fit after it or, without
such a row, at the beginning of a fresh line.
"""

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

from aichat.term.markdown.style import Row, paint, row_text

_BEGIN_SYNC, _END_SYNC = "\x1b[?2026h", "\x1b[?2026l"
_AUTOWRAP_OFF, _AUTOWRAP_ON = "\x1b[?7l", "\x1b[?7h"

#: Erase from the beginning of a row: first from its second column on, since tmux keeps in its
#: scrollback what is erased from the very first cell of the screen; then that column.
_ERASE = " \x1b[J\r\x1b[K"

#: Columns of the echo of Ctrl-C.
_ECHO_COLUMNS = 2

#: Characters (and what styles are made of) that take one column on every terminal.
_SINGLE_WIDTH = frozenset(map(chr, [0x1B, *range(0x20, 0x7F), *range(0xC0, 0x180)])) | frozenset(
    "▌─│"
)


class Screen:
    """The live region, as last painted.

    ``system`` is the colour system or None; ``reflows`` says whether the terminal
    rewraps its rows when it gets narrower.
    """

    def __init__(self, system: str | None, *, reflows: bool) -> None:
        self._system, self._reflows = system, reflows
        self._rows: Sequence[Row] = ()
        self._painted: list[str] = []
        self._columns = 0

    def frame(self, final: Sequence[Row], live: Sequence[Row], columns: int) -> str:
        """What to write to make rows final, and others the live region."""
        back = self._erase_resized(columns)
        old = self._painted
        rows = [*final, *live]
        same = _common_prefix(self._rows, rows)
        new = old[:same] + [paint(row, self._system) for row in rows[same:]]
        self._rows, self._painted = live, new[len(final) :]
        rest = "\r" if live and _width(live[-1]) > columns - _ECHO_COLUMNS else ""
        if not back and not final and len(old) == len(new):
            if same == len(new):
                return ""
            if same == len(old) - 1 and not rest and _is_continuation(old[-1], new[-1]):
                return new[-1][len(old[-1]) :]
        return _frame_text(
            back, len(old), [*new[:-1], new[-1] + rest] if rest else new, same, len(final)
        )

    def erase(self) -> str:
        """What removes the live region."""
        text = _move(len(self._painted), 0)
        self._rows, self._painted = (), []
        return text

    def _erase_resized(self, columns: int) -> str:
        """Erase the live region if the terminal's width has changed since it was painted."""
        before, self._columns = self._columns, columns
        if columns == before or not self._painted:
            return ""
        taken = len(self._rows)
        if columns < before and self._reflows:
            taken = sum(wrapped_height(row, columns) for row in self._rows)
        self._rows, self._painted = (), []
        return _up(taken - 1)


def _frame_text(back: str, old: int, new: list[str], same: int, final: int) -> str:
    """Go back to the first different row, erase from there, and write final and live rows."""
    if same == len(new) == old:  # nothing has changed
        return f"{back}\n" if final == old else back
    if len(new) < old:  # erase what is below the last row
        same = min(same, max(len(new) - 1, 0))
    pieces = [back, _move(old, same)]
    pieces += [f"{row}\n" for row in new[same:final]]
    live = new[max(final, same) :]
    if live:
        pieces += [_AUTOWRAP_OFF, "\n".join(live), _AUTOWRAP_ON]
    text = "".join(pieces)
    return f"{_BEGIN_SYNC}{text}{_END_SYNC}" if text and (old or back or live) else text


def _move(old: int, row: int) -> str:
    """Move from the end of ``old`` rows to the beginning of a row, and erase from there on."""
    if not old:
        return ""
    return "\n" if row >= old else _up(old - 1 - row)


def _up(count: int) -> str:
    return f"\r\x1b[{count}A{_ERASE}" if count else f"\r{_ERASE}"


def _common_prefix(old: Sequence[Row], new: Sequence[Row]) -> int:
    """How many rows at the beginning are equal."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _is_continuation(old: str, new: str) -> bool:
    """Whether a row only got longer, by text whose width is certain."""
    return bool(old) and new.startswith(old) and _SINGLE_WIDTH.issuperset(new)


def _width(row: Row) -> int:
    return sum(cell_len(text) for text, _ in row)


def wrapped_height(row: Row, columns: int) -> int:
    """How many rows of a narrower terminal a row takes."""
    return max(1, len(chop_cells(row_text(row), columns)))
