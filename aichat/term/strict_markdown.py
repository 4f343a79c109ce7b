"""Rewriting models' Markdown so that a strict CommonMark reader understands it.

Table rows get as many cells as the head, lines of a formula start no block, and a fence is
longer than those it contains.
"""

import re

from aichat.term.markdown.blocks import step
from aichat.term.markdown.state import Leaf, LeafPart, ParseState, continue_containers
from aichat.term.markdown.tables.cells import cells
from aichat.values import NamedTuple

_RUN = re.compile(r"(`{3,}|~{3,})")


class _OpenFence(NamedTuple):
    """A fence: the number of its first line, its marks, and the longest fence in it."""

    line: int
    run: str
    longest: int = 0


def write_strictly(text: str) -> str:
    """The same text for a strict reader."""
    lines = text.split("\n")
    state, fence = ParseState(), None
    for number, line in enumerate(lines):
        before = state
        state, parts = step(state, line)
        fence = _follow_fence(fence, lines, number, before.leaf, state.leaf)
        lines[number] = _rewrite(lines[number], before, state, parts)
        if state.leaf and state.leaf.kind == "table" and before.leaf != state.leaf and number:
            lines[number - 1] = _rewrite_row(lines[number - 1], state.leaf, parts[-1].text)
    _close_fence(fence, lines, None)
    return "\n".join(lines)


def _rewrite(line: str, before: ParseState, after: ParseState, parts: list[LeafPart]) -> str:
    """A table row with the cells we read, or a line of a formula."""
    leaf = after.leaf
    if leaf and leaf.kind == "paragraph" and before.leaf == leaf and before.maths:
        body = continue_containers(before, line)[0].body  # without the container's markers
        return f"{line[: len(line) - len(body)]}    {body}"
    if leaf and leaf.kind == "table" and before.leaf == leaf and parts:
        return _rewrite_row(line, leaf, parts[-1].text)
    return line


def _rewrite_row(line: str, table: Leaf, row: str) -> str:
    found = [cell.replace("|", "\\|") for cell in cells(row, len(table.aligns))]
    return f"{line[: len(line) - len(row)]}| {' | '.join(found)} |"


def _follow_fence(
    fence: _OpenFence | None, lines: list[str], number: int, before: Leaf | None, after: Leaf | None
) -> _OpenFence | None:
    """The fence that is open after a line."""
    if fence and before != after:
        _close_fence(fence, lines, number)
        fence = None
    if after and after.fence and before != after:
        return _OpenFence(number, after.fence.run)
    found = _RUN.search(lines[number]) if fence else None
    if fence and found and found[0][0] == fence.run[0]:
        return fence._replace(longest=max(fence.longest, len(found[0])))
    return fence


def _close_fence(fence: _OpenFence | None, lines: list[str], end: int | None) -> None:
    """Make a fence longer than those within it."""
    if fence is None or fence.longest < len(fence.run):
        return
    longer = fence.run[0] * (fence.longest + 1)
    lines[fence.line] = lines[fence.line].replace(fence.run, longer, 1)
    if end is not None and lines[end].strip(" \t>") == fence.run[0] * len(lines[end].strip(" \t>")):
        lines[end] = lines[end].rstrip(" \t").rstrip(fence.run[0]) + longer
