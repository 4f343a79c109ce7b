"""What reading blocks goes by: containers, leaves, parts of them, the state, how lines go on."""

from aichat.term.markdown import starts
from aichat.term.markdown.inline.cuts import EMPTY_SCAN, Scan
from aichat.values import NamedTuple


class Quote(NamedTuple):
    """A block quote."""

    type: str = "quote"


class List(NamedTuple):
    """A list: the kind of its marks and the number of its last item."""

    kind: str
    number: int | None
    type: str = "list"


class ListItem(NamedTuple):
    """A list item: its content begins after ``indent`` columns; ``serial`` tells it from others.

    ``done`` is whether a task is; None is no task.
    """

    indent: int
    number: int | None
    serial: int
    done: bool | None = None
    type: str = "item"


Container = Quote | List | ListItem


class Leaf(NamedTuple):
    """A block that holds text; ``top`` is the number of the outermost block that it is in."""

    kind: str  # paragraph, heading, rule, code, html, table, empty
    path: tuple[Container, ...]
    serial: int
    top: int
    level: int = 0  # of a heading; the kind of an HTML block; the number of a block of code
    fence: starts.Fence | None = None
    aligns: tuple[str, ...] = ()


class LeafPart(NamedTuple):
    """A final piece of a leaf: a line of it or, for paragraphs, the whole.

    ``whole`` is false when the same line or paragraph goes on in the next part;
    ``first`` marks the beginning of a block of code, ``last`` the end of a table.
    """

    leaf: Leaf
    text: str
    whole: bool = True
    last: bool = False
    first: bool = False


class ParseState(NamedTuple):
    """What is open: containers, a leaf, and the text of it that is not final."""

    containers: tuple[Container, ...] = ()
    leaf: Leaf | None = None
    text: str = ""  # of the paragraph
    cuts: Scan = EMPTY_SCAN  # where it could be cut, as far as it was looked at
    maths: str = ""  # what ends the formula that is open in it
    blanks: int = 0  # lines of code that may be its end
    inner: tuple[starts.Fence, ...] = ()  # fences that are open inside a fence of Markdown
    serial: int = 0
    top: int = 0
    codes: int = 0  # blocks of code so far
    midline: bool = False  # the last line is not yet whole
    was_cut: bool = False  # the beginning of the paragraph is already final
    filled: int = 0  # the newest item that holds something is at most this serial
    shown: int = 0  # the serial of the newest leaf
    is_preview: bool = False  # nothing of it becomes final


class SourceLine(NamedTuple):
    """The rest of a line and the column that it begins in; tabs stop at every fourth column."""

    text: str
    column: int = 0

    @property
    def indent(self) -> int:
        """Columns before the text."""
        body = self.text.lstrip(" \t")
        return _columns(self.text[: len(self.text) - len(body)], self.column)

    @property
    def body(self) -> str:
        """The text without what indents it."""
        return self.text.lstrip(" \t")

    def after(self, count: int) -> "SourceLine":
        """What follows ``count`` columns; of a tab that reaches further, spaces are left."""
        head = self.text[:count]
        if "\t" not in head:
            return SourceLine(self.text[count:], self.column + len(head))
        taken = next(n for n in range(count + 1) if _columns(head[:n], self.column) >= count)
        over = _columns(head[:taken], self.column) - count
        return SourceLine(" " * over + self.text[taken:], self.column + count)


def _columns(text: str, column: int) -> int:
    if "\t" not in text:
        return len(text)
    return len((" " * column + text).expandtabs(4)) - column


def continue_containers(state: ParseState, text: str) -> tuple[SourceLine, int, bool]:
    """The rest of the line after the marks of the containers that it continues, and their number.

    A list is continued if its item is; what ends it is seen when something else begins.
    """
    line = SourceLine(text)
    blank = not text.strip(" \t")
    for depth, container in enumerate(state.containers):
        rest = _CONTINUE[container.type](state, container, line)
        if rest is None:
            return line, depth, not line.body
        line = rest
        blank = blank or not line.body
    return line, len(state.containers), blank


def in_quote(_state: ParseState, _quote: Container, line: SourceLine) -> SourceLine | None:
    """What follows the mark of a quote; None where there is none."""
    indent = line.indent
    if indent > 3 or not line.body.startswith(">"):
        return None
    rest = line.after(indent + 1)
    return rest.after(1) if rest.text.startswith((" ", "\t")) else rest


def _in_list(_state: ParseState, _list: Container, line: SourceLine) -> SourceLine | None:
    return line


def _in_item(state: ParseState, item: Container, line: SourceLine) -> SourceLine | None:
    if not isinstance(item, ListItem):
        return None
    if not line.body:
        return line.after(min(item.indent, line.indent)) if state.filled >= item.serial else None
    return line.after(item.indent) if line.indent >= item.indent else None


_CONTINUE = {"quote": in_quote, "list": _in_list, "item": _in_item}


def code_line(state: ParseState, text: str) -> str:
    """What a line is of the block of code that is open, as it is written there."""
    if state.midline or not state.leaf:
        return text
    line, fence = continue_containers(state, text)[0], state.leaf.fence
    return line.after(min(line.indent, fence.indent) if fence else 4).text
