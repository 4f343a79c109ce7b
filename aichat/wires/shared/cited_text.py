"""The text of an answer as it streams in, its citations, and the sources that were found.

Cited sources are numbered first, in the order of the text; other sources come after.
"""

from collections.abc import Mapping
from typing import Any

from aichat.core.exchange.citations import SourceNumbers, fit_span, link_marks, span
from aichat.core.exchange.event import Citation, Event

#: The part of the text that a span is relative to.
Place = tuple[int, int]


class CitedText:
    """Collects text and citations: ``pieces`` make up the whole text; ``sources`` are numbered."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.sources = SourceNumbers()
        self.has_marks = False  # the text may refer to sources by numbers
        self._starts: dict[Place, int] = {}  # where each part begins
        self._read = ""  # the text joined so far
        self._size = 0  # how many pieces are in it
        self._has_citations = False
        self._waiting: list[tuple[int, Place, Mapping[str, Any]]] = []  # for their text
        self._found: list[Any] = []  # pages not cited so far

    def begin(self, place: Place) -> None:
        """Note where a part begins, before its first text is added."""
        if place not in self._starts:
            self._starts[place] = len(self._text())

    def cite(self, place: Place, cited: Mapping[str, Any], events: list[Event]) -> None:
        """Add an annotation, which may come before its text."""
        self._has_citations = True
        title = str(cited.get("title"))
        if title.isdigit():  # xAI: the number in the mark
            cited = {**cited, "title": None, "id": int(title[:4])}
        number = self.sources.add(cited, events)
        if not self._place(number, place, cited, events):
            self._waiting.append((number, place, cited))

    def find(self, items: Any) -> None:
        """Add what a search found, to be reported after everything cited."""
        self._found += items if isinstance(items, list) else ()

    def close(self, events: list[Event]) -> None:
        """Report citations that waited for their text, the marks in it, and the other sources."""
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
        """The whole text, joined again only if there is more of it."""
        if len(self.pieces) > self._size:
            self._read += "".join(self.pieces[self._size :])
            self._size = len(self.pieces)
        return self._read

    def _place(
        self, number: int, place: Place, cited: Mapping[str, Any], events: list[Event]
    ) -> bool:
        """Report a citation with its position in the whole text; False if that is not there yet."""
        start, end = span(cited)
        if start is None or end is None:
            return False
        base = self._starts.get(place, 0)
        found = fit_span(self._text()[base:], start, end)
        if not found:
            return False
        events.append(Citation(number, base + found[0], base + found[1]))
        return True
