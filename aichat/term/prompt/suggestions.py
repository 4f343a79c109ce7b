"""Suggesting, dim after the cursor, the rest of the latest line that began the same way."""

import re
from collections.abc import Callable

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from aichat.core.cli.repl_line import PASTED_AT, can_remember


class HistorySuggest(AutoSuggest):
    """Suggests lines of history, but none with pasted text or a secret, nor for a pasted line.

    ``is_pasted`` tells whether a line contains pasted text.
    """

    def __init__(self, is_pasted: Callable[[str], bool]) -> None:
        self._is_pasted = is_pasted

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """The rest of the first line of the latest entry with the same beginning."""
        typed = document.text
        if not typed.strip() or self._is_pasted(typed):
            return None
        for entry in reversed(buffer.history.get_strings()):
            if entry.startswith(typed) and (rest := self._rest(entry, len(typed))):
                return Suggestion(rest)
        return None

    async def get_suggestion_async(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """The same, even if the user types before the history has been read."""
        if not buffer.history.get_strings():
            async for _ in buffer.history.load():
                pass
        return self.get_suggestion(buffer, document)

    def _rest(self, entry: str, place: int) -> str:
        is_kept = can_remember(entry) and PASTED_AT not in entry and not self._is_pasted(entry)
        return entry[place:].partition("\n")[0] if is_kept else ""


def first_word(text: str) -> str:
    """A word, with the blanks before it."""
    found = re.match(r"\s*\S+", text)
    return found[0] if found else text
