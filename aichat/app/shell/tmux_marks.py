"""The last command's output in tmux, between the marks (OSC 133) that a shell sets.

tmux keeps them since 3.4 and has no command that prints what lies between them (tmux#4092): its
copy mode jumps from mark to mark, though, and says where it is. It is entered and left within
one command, so that nothing of it is seen.
"""

from collections.abc import Callable, Sequence

from aichat.values import NamedTuple

#: Gives what a program prints that is run with these words; None where it fails.
ReadProgram = Callable[[Sequence[str]], str | None]

#: To the last prompt, wherever the cursor is below it; then to the output above it, back to the
#: prompt behind that output, and to the one before it. Where one is gets printed, but at first.
_JUMPS = ("previous-prompt", "next-prompt", "previous-prompt -o", "next-prompt", "previous-prompt")

#: A row as ``capture-pane`` counts: from the top of the screen, and below 0 in what scrolled off.
_PRINT_ROW = "display-message -p -t {pane} '#{{e|-:#{{copy_cursor_y}},#{{scroll_position}}}}'"


class _Marks(NamedTuple):
    """The rows that the last prompt, the output above it and that one's prompt begin at."""

    prompt: int
    output: int
    after: int  # the first prompt behind that output
    before: int

    @property
    def is_whole(self) -> bool:
        """Whether there is an output, and the last command's."""
        return self.before < self.output < self.prompt == self.after


def read_marked_output(read: ReadProgram, pane: str, command: str) -> str | None:
    """What ``command`` printed, if it is the last one; None where no marks say so.

    Source: tmux(1), previous-prompt and next-prompt of the copy mode.
    """
    found = read(("tmux", "if-shell", "-F", "-t", pane, "#{pane_in_mode}", "", _jumps(pane)))
    rows = (found or "").split()
    if len(rows) != len(_Marks._fields) or not all(row.lstrip("-").isdigit() for row in rows):
        return None
    marks = _Marks(*map(int, rows))
    if not marks.is_whole:
        return None
    typed = _rows(read, pane, marks.before, marks.output - 1)
    first, *_ = command.strip().splitlines() or [""]
    if first not in typed:
        return None
    return _rows(read, pane, marks.output, marks.prompt - 1)


def _jumps(pane: str) -> str:
    """One tmux command that makes all jumps, and prints where each but the first has led."""
    where = _PRINT_ROW.format(pane=pane)
    jumps = [f"send-keys -X -t {pane} {jump}" for jump in _JUMPS]
    told = [each for jump in jumps[1:] for each in (jump, where)]
    return " ; ".join(
        (f"copy-mode -H -t {pane}", jumps[0], *told, f"send-keys -X -t {pane} cancel")
    )


def _rows(read: ReadProgram, pane: str, first: int, last: int) -> str:
    """The text of these rows; one that was wrapped is one line."""
    words = ("tmux", "capture-pane", "-p", "-J", "-S", str(first), "-E", str(last), "-t", pane)
    return read(words) or ""
