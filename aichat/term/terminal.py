"""A terminal's size and abilities."""

import os
from collections.abc import Mapping

from aichat.process.palette import is_dumb
from aichat.process.world import World


def terminal_size(world: World) -> tuple[int, int]:
    """Columns and rows of the terminal; 24 rows if unknown."""
    try:
        tall = os.get_terminal_size(world.stdout.fileno() if world.stdout else 1).lines
    except (OSError, ValueError):
        tall = 0
    return world.columns(), tall or 24


def draws_menus(world: World) -> bool:
    """Whether a menu may be drawn and erased: not on a dumb terminal, nor with a screen reader."""
    return not (world.is_read_aloud or is_dumb(world.environ))


def colour_system(environ: Mapping[str, str]) -> str:
    """A terminal's colour system, by Rich's names."""
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    return "256" if "256color" in environ.get("TERM", "") else "standard"


def reflows_on_resize(environ: Mapping[str, str]) -> bool:
    """Whether a terminal rewraps its rows when resized: xterm and the console do not."""
    term = environ.get("TERM", "")
    return not (
        term.startswith("linux") or (term.startswith("xterm") and "XTERM_VERSION" in environ)
    )
