"""How things look: the terminal's own colours, and spans of text as control sequences."""

from functools import lru_cache

from rich.color import ColorSystem
from rich.style import Style

#: A piece of a row: text without controls, and its style.
Span = tuple[str, Style]

#: What stands on one line of the screen.
Row = tuple[Span, ...]

NO_STYLE = Style.null()
DIM = Style(dim=True)
LINK = Style(color="bright_blue")
URL = Style(color="blue", underline=True)
QUOTE = Style(color="magenta")
BULLET = Style(bold=True)
NUMBER = Style(color="cyan")
RULE = DIM
BORDER = Style(color="cyan")
HEAD = Style(color="cyan", bold=True)

#: Inline elements by their tag. No background: it would be a patch on a light terminal.
INLINE = {
    "em": Style(italic=True),
    "strong": Style(bold=True),
    "s": Style(strike=True),
    "code": Style(bold=True, color="cyan"),
}

#: Headings by their level.
HEADINGS = {
    1: Style(bold=True, underline=True),
    2: Style(color="magenta", underline=True),
    3: Style(color="magenta", bold=True),
    4: Style(color="magenta", italic=True),
    5: Style(italic=True),
    6: DIM,
}

COLOUR_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}


@lru_cache(1024)
def style_codes(style: Style, system: str | None) -> tuple[str, str]:
    """What goes before and after text of a style."""
    if system is None or not style:
        return "", ""
    before, _, after = style.render("x", color_system=COLOUR_SYSTEMS[system]).partition("x")
    return before, after


def paint(row: Row, system: str | None) -> str:
    """A row as it is written to the terminal."""
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
