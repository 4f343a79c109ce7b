"""The parser's state: containers, leaves and their parts, and how lines continue them."""

from aichat.term.markdown import starts
from aichat.term.markdown.inline.cuts import EMPTY_SCAN, Scan
from aichat.values import NamedTuple


class Quote(NamedTuple):
    """A block quote."""

    type: str = "quote"


class List(NamedTuple):
    """A list: the kind of its markers and the number of its last item."""

    kind: str
    number: int | None
    type: str = "list"


class ListItem(NamedTuple):
    """A list item, its content indented by ``indent`` columns; ``serial`` identifies it.

    ``done``: whether a task is checked; None if it is no task.
    """

    indent: int
    number: int | None
    serial: int
    done: bool | None = None
    type: str = "item"


Container = Quote | List | ListItem


class Leaf(NamedTuple):
    """A block that holds text; ``top`` is the number of the outermost block around it."""

    kind: str  # paragraph, heading, rule, code, html, table, empty
    path: tuple[Container, ...]
    serial: int
    top: int
    level: int = 0  # of a heading; the kind of an HTML block; the number of a code block
    fence: starts.Fence | None = None
    aligns: tuple[str, ...] = ()


class LeafPart(NamedTuple):
    """A final piece of a leaf: a line of it, or a whole paragraph.

    ``whole`` is false if the same line or paragraph continues in the next part;
    ``first`` marks the start of a code block, ``last`` the end of a table.
    """

    leaf: Leaf
    text: str
    whole: bool = True
    last: bool = False
    first: bool = False


class ParseState(NamedTuple):
    """What is open: containers, a leaf, and its text that is not yet final."""

    containers: tuple[Container, ...] = ()
    leaf: Leaf | None = None
    text: str = ""  # of the paragraph
    cuts: Scan = EMPTY_SCAN  # where it could be cut, as far as it was scanned
    maths: str = ""  # the delimiter awaited to close its open formula
    blanks: int = 0  # blank lines of code that may be its end
    inner: tuple[starts.Fence, ...] = ()  # fences open inside a fence of Markdown
    serial: int = 0
    top: int = 0
    codes: int = 0  # code blocks so far
    midline: bool = False  # the last line is not yet whole
    was_cut: bool = False  # the start of the paragraph is already final
    filled: int = 0  # the newest non-empty item has at most this serial
    shown: int = 0  # the serial of the newest leaf
    is_preview: bool = False  # nothing of it becomes final


class SourceLine(NamedTuple):
    """The rest of a line and its starting column; tab stops are every four columns."""

    text: str
    column: int = 0

    @property
    def indent(self) -> int:
        """Columns of indentation."""
        body = self.text.lstrip(" \t")
        return _columns(self.text[: len(self.text) - len(body)], self.column)

    @property
    def body(self) -> str:
        """The text without its indentation."""
        return self.text.lstrip(" \t")

    def after(self, count: int) -> "SourceLine":
        """The rest after ``count`` columns; a tab that is cut leaves spaces."""
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
    """The rest of a line after the markers of the containers it continues, and their number.

    A list continues if its item does; its end is only known when something else begins.
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
    """The rest after a quote's marker; None if there is none."""
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
    """A line's part within the open code block, as written."""
    if state.midline or not state.leaf:
        return text
    line, fence = continue_containers(state, text)[0], state.leaf.fence
    return line.after(min(line.indent, fence.indent) if fence else 4).text
