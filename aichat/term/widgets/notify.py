"""Notifying a user who has turned to another window that an answer has ended."""

from collections.abc import Mapping

from aichat.process.palette import is_dumb
from aichat.process.world import World

#: Seconds after which an answer is notified, by default.
NOTIFY_SECONDS = 20

#: Terminals with desktop notifications, by ``TERM_PROGRAM`` or the beginning of ``TERM``.
_OSC_9 = ("iTerm.app", "WezTerm", "ghostty", "xterm-kitty", "xterm-ghostty", "wezterm")
_OSC_777 = ("rxvt-unicode", "foot")

#: Programs between us and the terminal that only pass on a bell.
_BETWEEN = ("tmux", "screen")

_BELL = "\a"


def notify(world: World, text: str) -> None:
    """Notify ``text``, which is ours, on stdout's terminal, or ring. Errors: of a write."""
    if world.stdout_tty and not is_dumb(world.environ):
        world.write_text(notice_sequence(world.environ, text))


def notice_sequence(environ: Mapping[str, str], text: str) -> str:
    """The sequence for the terminal: a notification or a bell."""
    term = environ.get("TERM", "")
    if "TMUX" in environ or "STY" in environ or term.startswith(_BETWEEN):
        return _BELL
    if environ.get("TERM_PROGRAM") in _OSC_9 or term.startswith(_OSC_9):
        return f"\x1b]9;aichat: {text}\x1b\\"
    if term.startswith(_OSC_777):
        return f"\x1b]777;notify;aichat;{text}\x1b\\"
    return _BELL
