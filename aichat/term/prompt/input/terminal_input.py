"""Reading the terminal in large pieces, with our key parser."""

import time
from collections.abc import Callable
from select import select
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.input.posix_utils import PosixStdinReader
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyPress

from aichat.term.prompt.input.key_parser import KeyParser

#: Seconds within which text after a line end belongs to the same paste.
_MORE_SECONDS = 0.01


def read_own_keys(app: Application[Any], told: Callable[[str], object] = str) -> bool:
    """Make an application use our key parser in place of prompt-toolkit's.

    ``told`` gets the terminal's reports about itself. False if keys arrive in another way.
    """
    given: Any = app.input
    if not hasattr(given, "stdin_reader"):  # on Windows
        return False
    given.stdin_reader = _BulkReader(given.stdin_reader.stdin_fd)
    given.vt100_parser = KeyParser(lambda press: given._buffer.append(press), told=told)
    return True


class _BulkReader(PosixStdinReader):
    """Reads all there is at once: in small pieces a long paste would take a second."""

    def read(self, count: int = 1 << 16) -> str:
        """What is there; after several characters ending a line, also what follows at once."""
        found = super().read(count)
        while len(found) > 1 and found[-1] == "\r" and self._has_more():
            found += (more := super().read(count))
            if not more:
                break
        return found

    def _has_more(self) -> bool:
        return bool(select([self.stdin_fd], [], [], _MORE_SECONDS)[0])


def read_ahead(app: Application[Any], seconds: float, is_done: Callable[[], bool]) -> None:
    """Read for so many seconds, or until ``is_done``; keys are kept for the next line."""
    given: Any = app.input
    until = time.monotonic() + seconds
    pressed: list[KeyPress] = []
    while not is_done() and (left := until - time.monotonic()) > 0:
        if select([given], [], [], left)[0]:
            pressed += given.read_keys()
    store_typeahead(given, pressed)
