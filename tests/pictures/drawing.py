"""A terminal's window as SVG: what a program wrote is played on a screen that knows dim text."""

import io
from typing import Any, NamedTuple

import pyte
from pyte.screens import Char, HistoryScreen
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

#: Tango's colours, which many terminals begin with, on the two grounds.
_NORMAL = ["2e3436", "cc0000", "4e9a06", "c4a000", "3465a4", "75507b", "06989a", "d3d7cf"]
_BRIGHT = ["555753", "ef2929", "8ae234", "fce94f", "729fcf", "ad7fa8", "34e2e2", "eeeeec"]

_Rgb = tuple[int, int, int]


class Shot(NamedTuple):
    """What was written to a terminal of a size."""

    raw: bytes
    columns: int
    rows: int


def _rgb(colour: str) -> _Rgb:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


def _theme(ground: str, text: str) -> TerminalTheme:
    normal, bright = ([_rgb(colour) for colour in row] for row in (_NORMAL, _BRIGHT))
    return TerminalTheme(_rgb(ground), _rgb(text), normal, bright)


#: The grounds that pictures are drawn on, and what ``COLORFGBG`` says there.
GROUNDS = {"dark": _theme("1b1d1e", "e6e6e6"), "light": _theme("ffffff", "24292f")}
COLORFGBG = {"dark": "15;0", "light": "0;15"}

_DIM, _BLINK, _NO_DIM = 2, 5, 22


class _Screen(HistoryScreen):
    """pyte knows no dim text; nothing of ours blinks, so that stands for it."""

    def select_graphic_rendition(self, *attributes: int, **options: Any) -> None:
        """Styles from here on."""
        known = [_BLINK if one == _DIM else one for one in attributes]
        if _NO_DIM in known:
            known.append(25)
        super().select_graphic_rendition(*known, **options)


def _style(char: Char) -> Style:
    return Style(
        color=_colour(char.fg),
        bgcolor=_colour(char.bg),
        bold=char.bold,
        dim=char.blink,
        italic=char.italics,
        underline=char.underscore,
        strike=char.strikethrough,
        reverse=char.reverse,
    )


def _colour(name: str) -> str | None:
    """pyte's name of a colour as Rich's."""
    if name == "default":
        return None
    if len(name) == 6 and set(name) <= set("0123456789abcdef"):
        return f"#{name}"
    plain = name.removeprefix("bright").replace("brown", "yellow")
    return plain if plain == name or name == "brown" else f"bright_{plain}"


def _text(screen: HistoryScreen) -> Text:
    """Scrollback and screen, as far as there is anything on them."""
    lines = []
    for row in (*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))):
        line = Text()
        for x in range(screen.columns):
            line.append(row[x].data, _style(row[x]))
        line.rstrip()
        if line.plain or (lines and lines[-1].plain):  # one empty row is as good as many
            lines.append(line)
    while lines and not lines[-1].plain:
        lines.pop()
    return Text("\n").join(lines)


def svg_of(shot: Shot, title: str, name: str, ground: str) -> str:
    """The window, with a line over it; ``name`` tells its styles from those of others."""
    screen = _Screen(shot.columns, shot.rows, history=1000)
    pyte.ByteStream(screen).feed(shot.raw)
    console = Console(
        record=True, file=io.StringIO(), width=screen.columns, color_system="truecolor"
    )
    console.print(_text(screen), no_wrap=True, crop=False, end="")
    return console.export_svg(title=title, theme=GROUNDS[ground], unique_id=f"{name}-{ground}")
