"""The text of an answer as it comes, what it cites, and what the provider found for it.

What is cited has the first numbers, in the order of the text; what was only found comes after.
"""

from collections.abc import Mapping
from typing import Any

from aichat.core.exchange.citations import SourceNumbers, fit_span, link_marks, span
from aichat.core.exchange.event import Citation, Event

#: Which part of the text a span is counted from.
Place = tuple[int, int]


class CitedText:
    """``pieces`` are those of the whole text; ``sources`` have their numbers."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.sources = SourceNumbers()
        self.has_marks = False  # the text may name sources by their numbers
        self._starts: dict[Place, int] = {}  # where each part begins
        self._read = ""  # what is together of the text
        self._size = 0  # of the pieces that are in it
        self._has_citations = False
        self._waiting: list[tuple[int, Place, Mapping[str, Any]]] = []  # not placed yet
        self._found: list[Any] = []  # pages that no citation names, as far as is known

    def begin(self, place: Place) -> None:
        """More text of a part is about to be added; nothing where it is not its first."""
        if place not in self._starts:
            self._starts[place] = len(self._text())

    def cite(self, place: Place, cited: Mapping[str, Any], events: list[Event]) -> None:
        """An annotation, which may come before the text that it is about."""
        self._has_citations = True
        title = str(cited.get("title"))
        if title.isdigit():  # xAI: the number in the mark
            cited = {**cited, "title": None, "id": int(title[:4])}
        number = self.sources.add(cited, events)
        if not self._place(number, place, cited, events):
            self._waiting.append((number, place, cited))

    def find(self, items: Any) -> None:
        """What a search found, which is told after all that is cited."""
        self._found += items if isinstance(items, list) else ()

    def close(self, events: list[Event]) -> None:
        """The citations that waited for the text, its marks, and what was only found."""
        waiting, self._waiting = self._waiting, []
        text = self._text()
        for number, place, cited in waiting:
            if not self._place(number, place, cited, events):
                marks = link_marks(text, str(cited["url"]))
                events += [Citation(number, *where) for where in marks] or [Citation(number)]
        found, self._found = self._found, []
        self.sources.add_all(found, events)
        if self.has_marks and not self._has_citations:
            self._has_citations = True
            events += self.sources.find_citations(text)

    def _text(self) -> str:
        """The whole text, put together anew only where there is more of it."""
        if len(self.pieces) > self._size:
            self._read += "".join(self.pieces[self._size :])
            self._size = len(self.pieces)
        return self._read

    def _place(
        self, number: int, place: Place, cited: Mapping[str, Any], events: list[Event]
    ) -> bool:
        """Tell a citation with its place in the whole text; False where that is not there."""
        start, end = span(cited)
        if start is None or end is None:
            return False
        base = self._starts.get(place, 0)
        found = fit_span(self._text()[base:], start, end)
        if not found:
            return False
        events.append(Citation(number, base + found[0], base + found[1]))
        return True
