"""Sources numbered in order of appearance, and the spans that cite them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.exchange.event import Citation, Event, Source
from aichat.core.text.json import text_or_none


class SourceNumbers:
    """Gives every URL one number, the one that is shown as ``[n]``."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._taken: set[int] = set()
        self._highest = 0
        self._untitled: set[int] = set()
        self._markers: dict[int, int] = {}  # what a text calls a source -> its number

    def add(self, item: Mapping[str, Any], events: list[Event]) -> int:
        """The number of the source that ``item`` describes.

        It is told once, and again when its title is known at last: OpenAI's search lists
        addresses, and only a citation names the page.
        """
        url = str(item["url"])
        given = item.get("id")  # Perplexity's markers are these
        title = text_or_none(item.get("title")) or text_or_none(item.get("name"))
        number = self.numbers.setdefault(url, 0) or self._free_number(given)
        if not self.numbers[url] or (title and number in self._untitled):
            self.numbers[url] = number
            self._taken.add(number)
            self._highest = max(self._highest, number)
            (self._untitled.discard if title else self._untitled.add)(number)
            snippet = text_or_none(item.get("snippet")) or text_or_none(item.get("content"))
            events.append(Source(number, url, title, snippet, text_or_none(item.get("date"))))
        self._markers.setdefault(number, number)
        if isinstance(given, int):
            self._markers.setdefault(given, number)
        return number

    def _free_number(self, given: Any) -> int:
        """``given`` where it is a number that no other source has, else the next one."""
        if isinstance(given, int) and 0 < given < 1000 and given not in self._taken:
            return int(given)
        return self._highest + 1

    def add_all(self, items: Any, events: list[Event]) -> None:
        """Every item of an untrusted list that names a URL, or is one."""
        for item in items if isinstance(items, list) else ():
            found = item if isinstance(item, dict) else {"url": str(item)}
            if found.get("url"):
                self.add(found, events)

    def find_citations(self, text: str) -> Iterator[Citation]:
        """The ``[n]`` in the text that name a source, with their place in code points."""
        for found in re.finditer(r"\[(\d{1,3})\]", text):
            if number := self._markers.get(int(found[1])):
                yield Citation(number, found.start(), found.end())


def span(item: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """``start_index`` and ``end_index``, where both are numbers and say something."""
    start, end = item.get("start_index"), item.get("end_index")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start <= end > 0:
        return start, end
    return None, None
