"""Whether this run's streams are styled, and in which theme."""

import os
from collections.abc import Callable, Mapping

from aichat.core.text.theme import PLAIN, Ground, Theme, find_theme, ground_of


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether a terminal says that it knows no control sequence, or says nothing."""
    return environ.get("TERM", "dumb" if os.name == "posix" else "xterm") in ("", "dumb")


def wants_colour(environ: Mapping[str, str], flag: str | None, *, terminal: bool) -> bool:
    """Whether to style: the flag, ``NO_COLOR``, ``FORCE_COLOR``, then what the terminal is."""
    if flag in ("always", "never"):
        return flag == "always"
    if environ.get("NO_COLOR"):
        return False
    if forced := environ.get("FORCE_COLOR"):
        return forced.lower() not in ("0", "false")
    return terminal and not is_dumb(environ)


class Palette:
    """The theme of this run: found when something is first painted, for few runs paint.

    ``flag`` is that of ``--color``; ``read_name`` gives what the user's config says.
    """

    def __init__(
        self, environ: Mapping[str, str], flag: str | None, read_name: Callable[[], str]
    ) -> None:
        self._environ, self._flag, self._read_name = environ, flag, read_name
        self._name = ""
        self._ground = ground_of(environ)

    def theme(self, *, terminal: bool) -> Theme:
        """How what goes to a stream looks, be it a terminal or not."""
        if not wants_colour(self._environ, self._flag, terminal=terminal):
            return PLAIN
        self._name = self._name or self._read_name()
        return find_theme(self._name, self._ground)

    @property
    def needs_ground(self) -> bool:
        """Whether the look hangs on a ground that nobody has told of."""
        return (
            self._ground == "unknown"
            and not self.theme(terminal=True).is_plain
            and self._name == "auto"
        )

    def learn_ground(self, ground: Ground) -> None:
        """What the terminal itself said."""
        self._ground = ground
