"""How a terminal shows pictures: by setting, by name, or by asking it."""

from collections.abc import Callable, Mapping
from typing import Literal

from aichat.values import NamedTuple

Way = Literal["kitty", "iterm", "sixel", "blocks", "off"]

#: Terminals by variable and value, and the protocol each understands.
_NAMES: tuple[tuple[str, str, Way], ...] = (
    ("KITTY_WINDOW_ID", "", "kitty"),
    ("TERM", "xterm-kitty", "kitty"),
    ("TERM", "xterm-ghostty", "kitty"),
    ("TERM_PROGRAM", "ghostty", "kitty"),
    ("KONSOLE_VERSION", "", "kitty"),
    ("TERM_PROGRAM", "iTerm.app", "iterm"),
    ("LC_TERMINAL", "iTerm2", "iterm"),
    ("TERM_PROGRAM", "WezTerm", "iterm"),
    ("TERM_PROGRAM", "mintty", "iterm"),
)

#: tmux's names for the terminal around it, and the protocol each understands.
_OUTER: tuple[tuple[str, Way], ...] = (
    ("kitty", "kitty"),
    ("ghostty", "kitty"),
    ("iterm", "iterm"),
    ("wezterm", "iterm"),
)


#: Terminals that would print the query as text.
_SILENT = ("Apple_Terminal",)


class ImageWay(NamedTuple):
    """The protocol, and whether it goes ``through_tmux``."""

    way: Way
    through_tmux: bool = False


class TerminalFacts(NamedTuple):
    """What can be found out about a terminal; the functions are costly, so called only if needed.

    ``colours`` is its colour system. ``tmux`` returns tmux's name for the terminal around it,
    empty if it passes nothing through; ``ask`` returns the terminal's own reply.
    """

    environ: Mapping[str, str]
    colours: str | None
    tmux: Callable[[], str]
    ask: Callable[[], str]


def choose_way(setting: str, facts: TerminalFacts) -> ImageWay:
    """How to show pictures on a terminal that may be drawn on."""
    inside = bool(facts.environ.get("TMUX"))
    if setting != "auto":
        way: Way = setting  # type: ignore[assignment]  # the config has been checked
        return ImageWay(way, inside and way in ("kitty", "iterm"))
    if inside:
        outer = facts.tmux().lower()
        found = next((way for name, way in _OUTER if name in outer), None)
        if found:
            return ImageWay(found, through_tmux=True)
    elif found := _named_way(facts.environ):
        return ImageWay(found)
    blocks = _block_way(facts.colours)
    silent = blocks == "off" or facts.environ.get("TERM_PROGRAM") in _SILENT
    return ImageWay((None if silent else way_from_reply(facts.ask())) or blocks)


def _named_way(environ: Mapping[str, str]) -> Way | None:
    return next(
        (
            way
            for name, value, way in _NAMES
            if environ.get(name) and (not value or environ[name] == value)
        ),
        None,
    )


def _block_way(colours: str | None) -> Way:
    return "blocks" if colours in ("256", "truecolor") else "off"


def way_from_reply(reply: str) -> Way | None:
    """The protocol, from the reply to ``QUERY``."""
    if "\x1b_Gi=31;OK" in reply:
        return "kitty"
    attributes = reply.rpartition("\x1b[?")[2].partition("c")[0].split(";")
    return "sixel" if "4" in attributes[1:] else None


#: Asks for kitty graphics and for the device attributes, which every terminal reports.
QUERY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"


def is_whole_reply(reply: str) -> bool:
    """Whether the last part of the reply has arrived."""
    place = reply.rfind("\x1b[?")
    return place >= 0 and "c" in reply[place:]
