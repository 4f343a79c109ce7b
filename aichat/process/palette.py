"""How this run's streams look: styled or not, in which theme, or for who has them read aloud."""

import os
from collections.abc import Callable, Mapping
from typing import Any

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
    """The looks of this run: found when something is first painted, for few runs paint.

    ``flag`` is that of ``--color``; ``read_ui`` gives the ``[ui]`` of the user's config.
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
        """How what goes to a stream looks, be it a terminal or not."""
        if not wants_colour(self._environ, self._flag, terminal=terminal):
            return PLAIN
        return find_theme(self._name, self._ground)

    @property
    def is_read_aloud(self) -> bool:
        """Whether a screen reader reads: then nothing is written over, drawn or told by marks."""
        if asked := self._environ.get("ACCESSIBLE"):
            return asked.lower() not in ("0", "false")
        return bool(self._table.get("screen_reader"))

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
