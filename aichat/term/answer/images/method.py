"""How a terminal shows pictures: by setting, by name, or by asking it."""

from collections.abc import Callable, Mapping
from typing import Literal

from aichat.values import NamedTuple

MethodName = Literal["kitty", "iterm", "sixel", "blocks", "off"]

#: Terminals by variable and value, and the protocol each understands.
_NAMES: tuple[tuple[str, str, MethodName], ...] = (
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
_OUTER: tuple[tuple[str, MethodName], ...] = (
    ("kitty", "kitty"),
    ("ghostty", "kitty"),
    ("iterm", "iterm"),
    ("wezterm", "iterm"),
)


#: Terminals that would print the query as text.
_SILENT = ("Apple_Terminal",)


class ImageMethod(NamedTuple):
    """The protocol, and whether it goes ``through_tmux``."""

    name: MethodName
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


def choose_method(setting: str, facts: TerminalFacts) -> ImageMethod:
    """How to show pictures on a terminal that may be drawn on."""
    inside = bool(facts.environ.get("TMUX"))
    if setting != "auto":
        chosen: MethodName = setting  # type: ignore[assignment]  # the config has been checked
        return ImageMethod(chosen, inside and chosen in ("kitty", "iterm"))
    if inside:
        outer = facts.tmux().lower()
        found = next((method for name, method in _OUTER if name in outer), None)
        if found:
            return ImageMethod(found, through_tmux=True)
    elif found := _named_method(facts.environ):
        return ImageMethod(found)
    blocks = _block_method(facts.colours)
    silent = blocks == "off" or facts.environ.get("TERM_PROGRAM") in _SILENT
    return ImageMethod((None if silent else method_from_reply(facts.ask())) or blocks)


def _named_method(environ: Mapping[str, str]) -> MethodName | None:
    return next(
        (
            method
            for name, value, method in _NAMES
            if environ.get(name) and (not value or environ[name] == value)
        ),
        None,
    )


def _block_method(colours: str | None) -> MethodName:
    return "blocks" if colours in ("256", "truecolor") else "off"


def method_from_reply(reply: str) -> MethodName | None:
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
