"""How things look on the screen: a few roles, and the look of each on a dark or light background.

A look is written in words that Rich and prompt-toolkit know too: ``bold``, ``dim``,
``italic``, ``underline``, ``strike`` and the terminal's own sixteen colours, which respect the
user's palette. Colour alone never carries information. No colour is legible on both black and
white in every common palette, so text is coloured only if the background is known.
"""

from collections.abc import Mapping
from typing import Literal

from aichat.values import NamedTuple

Role = Literal[
    "text",
    "accent",
    "dim",
    "strong",
    "heading",
    "link",
    "success",
    "warning",
    "error",
    "code",
    "keyword",  # this and the next two are for code blocks
    "string",
    "number",
]
Ground = Literal["dark", "light", "unknown"]

#: The themes that can be chosen by name.
THEME_NAMES = ("auto", "dark", "light", "mono")

_COLOUR_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_WORD_CODES = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    "strike": "9",
    **{name: str(30 + n) for n, name in enumerate(_COLOUR_NAMES)},
    **{f"bright_{name}": str(90 + n) for n, name in enumerate(_COLOUR_NAMES)},
}


class Theme(NamedTuple):
    """The look of every role; without ``looks`` no control sequence is written at all.

    ``series``: the looks of the parts of a chart, the last one for all the rest; without
    any they are distinguished by what they are drawn with.
    """

    looks: Mapping[Role, str]
    ground: Ground
    series: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether nothing is styled."""
        return not self.looks

    def look(self, role: Role) -> str:
        """The role's look in words; empty for the terminal's default."""
        return self.looks.get(role, "")

    def paint(self, text: str, role: Role) -> str:
        """Text with the control sequences of a role around it."""
        return _paint(text, self.look(role))

    def paint_part(self, text: str, part: int) -> str:
        """Text in the look of the part of a chart with that number."""
        return _paint(text, self.series[part] if self.series else "")


def _paint(text: str, look: str) -> str:
    if not look or not text:
        return text
    return f"\x1b[{';'.join(_WORD_CODES[word] for word in look.split())}m{text}\x1b[0m"


_NO_COLOUR: Mapping[Role, str] = {
    "accent": "bold",
    "dim": "dim",
    "strong": "bold",
    "heading": "bold",
    "link": "underline",
    "code": "bold",
    "success": "bold",
    "warning": "bold",
    "error": "bold",
    "keyword": "bold",
    "string": "italic",
    "number": "",
}

#: Parts of a chart are wide enough to be seen on any background.
_SERIES = ("cyan", "magenta", "yellow", "green", "blue", "red", "dim")

#: No control sequences.
PLAIN = Theme({}, "unknown")

#: On white, green, yellow and cyan are illegible in common palettes.
_THEMES: Mapping[str, Theme] = {
    "mono": Theme(_NO_COLOUR, "unknown"),
    "unknown": Theme(_NO_COLOUR, "unknown", _SERIES),
    "dark": Theme(
        {
            **_NO_COLOUR,
            "accent": "cyan",
            "link": "cyan underline",
            "code": "cyan",
            "success": "green",
            "warning": "yellow",
            "error": "bold bright_red",
            "keyword": "cyan",
            "string": "green",
            "number": "yellow",
        },
        "dark",
        _SERIES,
    ),
    "light": Theme(
        {
            **_NO_COLOUR,
            "accent": "blue",
            "link": "blue underline",
            "code": "blue",
            "success": "blue",
            "warning": "magenta",
            "error": "bold red",
            "keyword": "blue",
            "string": "magenta",
            "number": "red",
        },
        "light",
        _SERIES,
    ),
}


def find_theme(name: str, ground: Ground) -> Theme:
    """The theme with that name, one of ``THEME_NAMES``; ``auto`` goes by the background."""
    return _THEMES[ground if name == "auto" else name]


def ground_of(environ: Mapping[str, str]) -> Ground:
    """The background by ``COLORFGBG``, which some terminals set, so that they need not be asked."""
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not (number.isascii() and number.isdecimal() and len(number) < 3):
        return "unknown"
    return "light" if int(number) in (7, *range(9, 16)) else "dark"
