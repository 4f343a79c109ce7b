"""The markers of lists and quotes, which precede the rows of their contents."""

from rich.style import Style

from aichat.term.markdown.flow import strip_row
from aichat.term.markdown.state import Container, ListItem
from aichat.term.markdown.style import NO_STYLE, Row, Span
from aichat.values import NamedTuple

#: The least columns for text; outer containers are hidden if they would leave less.
MIN_TEXT_COLUMNS = 8

_BAR = "▌ "

#: Markers of items: tasks done and not done, and other items.
_MARKS = {True: "☑", False: "☐", None: "•"}


class Margin(NamedTuple):
    """What precedes the first and the other rows of a leaf, and the width left for text."""

    first: Row
    others: Row
    width: int


def margin_of(path: tuple[Container, ...], width: int, marked: int, dim: Style) -> Margin:
    """The margin of a leaf; items up to the serial ``marked`` have shown their markers.

    The bars of quotes are in the style ``dim``.
    """
    first: list[Span] = []
    others: list[Span] = []
    for container in reversed(path):
        mark, again, taken = _mark(container, marked, dim)
        if taken and width - taken < MIN_TEXT_COLUMNS:
            break
        width -= taken
        first[:0], others[:0] = [mark] * bool(taken), [again] * bool(taken)
    return Margin(tuple(first), tuple(others), width)


def _mark(container: Container, marked: int, dim: Style) -> tuple[Span, Span, int]:
    """What precedes a container's first and other rows, and the columns it takes."""
    if container.type == "quote":
        return (_BAR, dim), (_BAR, dim), 4  # Rich leaves as much at the right
    if not isinstance(container, ListItem):
        return ("", NO_STYLE), ("", NO_STYLE), 0
    text = f" {_MARKS[container.done]} "
    if container.number is not None:
        text = f"{container.number:>2}{text if container.done is not None else ' '}"
    space = (" " * len(text), NO_STYLE)
    return (text, NO_STYLE) if container.serial > marked else space, space, len(text)


def gap_row(
    one: tuple[Container, ...], other: tuple[Container, ...], width: int, dim: Style
) -> Row:
    """A blank row between two leaves: the bars of the quotes around both."""
    common = []
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs and mine.type != "list":
            break
        common.append(mine)
    never = max((c.serial for c in common if isinstance(c, ListItem)), default=0)
    return strip_row(list(margin_of(tuple(common), width, never, dim).others))
