"""Looks: the roles of a theme as styles, and spans as control sequences."""

from functools import lru_cache

from rich.color import ColorSystem
from rich.style import Style

from aichat.core.text.theme import Theme
from aichat.values import NamedTuple

#: A piece of a row: text without control characters, and its style.
Span = tuple[str, Style]

#: One line of the screen.
Row = tuple[Span, ...]

NO_STYLE = Style.null()

#: The style of inline elements, by tag.
INLINE = {"em": Style(italic=True), "strong": Style(bold=True), "s": Style(strike=True)}


class Styles(NamedTuple):
    """The styles of the roles that Markdown uses."""

    dim: Style  # what is not text: markers, bars, rules, borders, addresses
    heading: Style
    head: Style  # of a table
    link: Style
    code: Style  # within a line


def make_styles(theme: Theme) -> Styles:
    """The styles of a theme."""
    dim, heading, head, link, code = (
        Style.parse(theme.look(role)) for role in ("dim", "heading", "strong", "link", "code")
    )
    return Styles(dim, heading, head, link, code)


COLOUR_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}


@lru_cache(1024)
def style_codes(style: Style, system: str | None) -> tuple[str, str]:
    """The sequences before and after text of a style."""
    if system is None or not style:
        return "", ""
    before, _, after = style.render("x", color_system=COLOUR_SYSTEMS[system]).partition("x")
    return before, after


def paint(row: Row, system: str | None) -> str:
    """A row as written to the terminal."""
    if len(row) == 1 and not row[0][1]:
        return row[0][0]
    pieces = []
    place, count = 0, len(row)
    while place < count:
        text, style = row[place]
        place += 1
        while place < count and (row[place][1] is style or row[place][1] == style):
            text += row[place][0]
            place += 1
        before, after = style_codes(style, system)
        pieces.append(f"{before}{text}{after}")
    return "".join(pieces)


def row_text(row: Row) -> str:
    """The text of a row."""
    return "".join(text for text, _ in row)
