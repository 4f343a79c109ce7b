"""The values that reading blocks goes by: containers, leaves, parts of them, and the state."""

from typing import NamedTuple

from aichat.term.markdown import starts


class Quote(NamedTuple):
    """A block quote."""

    type: str = "quote"


class List(NamedTuple):
    """A list: the kind of its marks and the number of its last item."""

    kind: str
    number: int | None
    type: str = "list"


class Item(NamedTuple):
    """A list item: its content begins after ``indent`` columns; ``serial`` tells it from others."""

    indent: int
    number: int | None
    serial: int
    type: str = "item"


Container = Quote | List | Item


class Leaf(NamedTuple):
    """A block that holds text; ``top`` is the number of the outermost block that it is in."""

    kind: str  # paragraph, heading, rule, code, html, table, empty
    path: tuple[Container, ...]
    serial: int
    top: int
    level: int = 0  # of a heading; the kind of an HTML block
    fence: starts.Fence | None = None
    aligns: tuple[str, ...] = ()


class Part(NamedTuple):
    """A final piece of a leaf: a line of it or, for paragraphs, the whole.

    ``whole`` is false when the same line or paragraph goes on in the next part;
    ``last`` marks the end of a table.
    """

    leaf: Leaf
    text: str
    whole: bool = True
    last: bool = False


class State(NamedTuple):
    """What is open: containers, a leaf, and the text of it that is not final."""

    containers: tuple[Container, ...] = ()
    leaf: Leaf | None = None
    lines: tuple[str, ...] = ()  # of the paragraph; the blank lines of code that may be its end
    serial: int = 0
    top: int = 0
    midline: bool = False  # the last line is not yet whole
    was_cut: bool = False  # the beginning of the paragraph is already final
    filled: int = 0  # the newest item that holds something is at most this serial
    shown: int = 0  # the serial of the newest leaf


class Line(NamedTuple):
    """The rest of a line, its tabs at the beginning expanded, and the column it stands in."""

    text: str
    column: int

    @property
    def indent(self) -> int:
        """Spaces before the text."""
        return len(self.text) - len(self.text.lstrip(" "))

    def after(self, count: int) -> "Line":
        """What follows ``count`` characters."""
        return line_at(self.text[count:], self.column + count)


def line_at(text: str, column: int = 0) -> Line:
    """A line at a column."""
    if not text.startswith((" ", "\t")) or "\t" not in text:
        return Line(text, column)
    body = text.lstrip(" \t")
    space = text[: len(text) - len(body)]
    return Line((" " * column + space).expandtabs(4)[column:] + body, column)
