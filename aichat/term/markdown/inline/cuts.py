"""Where a long text may be cut so that both halves read as before."""

import re

from aichat.term.markdown.inline.formulas import OPEN_FORMULA, formula_end
from aichat.term.markdown.starts import MATHS_CLOSERS
from aichat.values import NamedTuple

#: Marks of inline elements.
_SPECIAL = re.compile(r"[\\`*_~\[\]<&!$\n]")

#: A longer paragraph is cut even if no place is safe.
MAX_UNCUT = 16384

#: With more than this open, we stop looking for what closes it all.
MAX_OPEN = 64

#: ``MAX_UNCUT`` for a text that is mostly marks.
MAX_DENSE_UNCUT = 4096

_SCAN = re.compile(
    r"\\[()\[\]]|\\.|\$\$|\$|`+|\*+|_+|~+|[\[\]()<>]|[ \t\n]+",
    re.DOTALL,
)


class Scan(NamedTuple):
    """How far a text was scanned for safe cuts: the last one, and what is open."""

    read: int = 0
    safe: int = 0
    open: tuple[str, ...] = ()


EMPTY_SCAN = Scan()


def scan(text: str, before: Scan = EMPTY_SCAN) -> Scan:
    """Scan on to the last space; a cut is safe after a space where nothing is open."""
    position, safe, opened = before.read, before.safe, list(before.open)
    while found := _SCAN.search(text, position):
        mark, end = found[0], found.end()
        if end == len(text):
            break  # more of the same mark may follow
        if mark == "$" and not _is_literal(opened):
            if OPEN_FORMULA.match(text, found.start()):
                break
            stop = formula_end(text, found.start())
            end = end if stop < 0 else stop
            if end == len(text):
                break
        if mark[0] in " \t\n":
            last = text[found.start() - 1 : found.start()]
            if not opened and _is_safe_space(mark, last, text[end]):
                safe = end
        elif opened and (opened[-1] == _UNMATCHED or len(opened) > MAX_OPEN):
            break
        elif mark != "$":
            _track_mark(opened, mark, text[found.start() - 1 : found.start()], text[end])
        position = end
    return Scan(position, safe, tuple(opened))


_UNMATCHED = "stuck"


def _is_safe_space(mark: str, before: str, after: str) -> bool:
    """Whether a cut is safe here: not at a line end beside a definition or a formula."""
    return mark == " " or ("\n" in mark and after not in "[$\\" and before not in ("$", "]"))


def _is_literal(opened: list[str]) -> bool:
    return bool(opened) and (opened[-1] in MATHS_CLOSERS or opened[-1][0] == "`")


def _track_mark(opened: list[str], mark: str, before: str, after: str) -> None:
    """Update what is open after a mark; anything not clearly matched stays open."""
    if _is_literal(opened):
        top = opened[-1]
        if mark == (MATHS_CLOSERS.get(top) or top):
            opened.pop()
    elif mark in MATHS_CLOSERS or mark[0] == "`":
        opened.append(mark)
    elif mark[0] in "*_~":
        _track_delimiter(opened, mark, before, after)
    elif mark in _PAIRS:
        _close_pair(opened, mark, after)
    elif mark == "[" or (mark == "<" and (after.isalnum() or after in "/!?")):
        opened.append(mark)


_PAIRS = {"]": "[", ")": "](", ">": "<"}


def _close_pair(opened: list[str], mark: str, after: str) -> None:
    opener = _PAIRS[mark]
    if opened and opened[-1] == opener:
        opened.pop()
        if mark == "]" and after == "(":
            opened.append("](")
    elif opener in opened:
        opened.append(_UNMATCHED)


def _track_delimiter(opened: list[str], mark: str, before: str, after: str) -> None:
    opens, closes = not after.isspace(), bool(before) and not before.isspace()
    if mark[0] == "_" and before.isalnum() and after.isalnum():
        return
    if closes and opened and opened[-1] == mark:
        opened.pop()
    elif closes and any(one[0] == mark[0] for one in opened):
        opened.append(_UNMATCHED)
    elif opens:
        opened.append(mark)


def cut_place(text: str, found: Scan) -> int:
    """Where to cut a long text: at a safe space, else at any place far enough, else 0."""
    place = MAX_DENSE_UNCUT if is_dense(text) else MAX_UNCUT
    if found.safe or len(text) <= place:
        return found.safe
    near = range(place, place - MAX_OPEN, -1)
    return next((here for here in near if _can_be_cut(text, here)), place)


def is_dense(text: str) -> bool:
    """Whether a text begins mostly with marks: slow to parse, and hardly prose."""
    sample = text[:512]
    return 4 * len(_SPECIAL.findall(sample)) > len(sample)


def _can_be_cut(text: str, place: int) -> bool:
    """Whether a cut would lose no space and split no backslash from its character."""
    return not text[place].isspace() and text[place - 1] != "\\"
