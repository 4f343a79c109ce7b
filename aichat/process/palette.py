"""How this run's output looks: styled or not, in which theme, or for a screen reader."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.text.theme import PLAIN, Ground, Theme, find_theme, ground_of


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether, by ``TERM``, the terminal is unknown or supports no control sequences."""
    return environ.get("TERM", "dumb" if os.name == "posix" else "xterm") in ("", "dumb")


def wants_colour(environ: Mapping[str, str], flag: str | None, *, terminal: bool) -> bool:
    """Whether to style, by the flag, ``NO_COLOR``, ``FORCE_COLOR``, then the terminal."""
    if flag in ("always", "never"):
        return flag == "always"
    if environ.get("NO_COLOR"):
        return False
    if forced := environ.get("FORCE_COLOR"):
        return forced.lower() not in ("0", "false")
    return terminal and not is_dumb(environ)


class Palette:
    """The looks of this run, determined when something is first painted, since few runs paint.

    ``flag`` is that of ``--color``; ``read_ui`` returns the ``[ui]`` table of the user's config.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        flag: str | None,
        read_ui: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._environ, self._flag, self._read_ui = environ, flag, read_ui
        self._ui: Mapping[str, Any] | None = None
        self._ground = ground_of(environ)

    @property
    def _table(self) -> Mapping[str, Any]:
        if self._ui is None:
            self._ui = self._read_ui()
        return self._ui

    @property
    def _name(self) -> str:
        return str(self._table.get("theme", "auto"))

    def theme(self, *, terminal: bool) -> Theme:
        """The theme for a stream, which is a terminal or not."""
        if not wants_colour(self._environ, self._flag, terminal=terminal):
            return PLAIN
        return find_theme(self._name, self._ground)

    @property
    def is_read_aloud(self) -> bool:
        """Whether a screen reader is used: then nothing is overwritten, drawn or only marked."""
        if asked := self._environ.get("ACCESSIBLE"):
            return asked.lower() not in ("0", "false")
        return bool(self._table.get("screen_reader"))

    @property
    def needs_ground(self) -> bool:
        """Whether the theme depends on a background that is still unknown."""
        return (
            self._ground == "unknown"
            and not self.theme(terminal=True).is_plain
            and self._name == "auto"
        )

    def learn_ground(self, ground: Ground) -> None:
        """Note the background that the terminal reported."""
        self._ground = ground
