"""Sources numbered in order of appearance, and the spans that cite them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.core.event import Citation, Event, Source


class Sources:
    """Gives every URL one number, the one that is shown as ``[n]``."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def see(self, item: Mapping[str, Any], events: list[Event]) -> int:
        """The number of the source that ``item`` describes, which is told once."""
        url = str(item["url"])
        if url not in self.numbers:
            number = self.numbers[url] = len(self.numbers) + 1
            title = _text(item, "title", "name")
            snippet = _text(item, "snippet", "content")
            events.append(Source(number, url, title, snippet, _text(item, "date")))
        return self.numbers[url]

    def see_all(self, items: Any, events: list[Event]) -> None:
        """Every item of an untrusted list that names a URL, or is one."""
        for item in items if isinstance(items, list) else ():
            found = item if isinstance(item, dict) else {"url": str(item)}
            if found.get("url"):
                self.see(found, events)

    def markers(self, text: str) -> Iterator[Citation]:
        """The ``[n]`` in the text that name a source, with their place in code points."""
        for found in re.finditer(r"\[(\d{1,3})\]", text):
            if 1 <= int(found[1]) <= len(self.numbers):
                yield Citation(int(found[1]), found.start(), found.end())


def objects(items: Any) -> Iterable[dict[str, Any]]:
    """The objects in an untrusted list."""
    return (item for item in (items if isinstance(items, list) else ()) if isinstance(item, dict))


def span(item: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """``start_index`` and ``end_index``, where both are numbers and say something."""
    start, end = item.get("start_index"), item.get("end_index")
    if isinstance(start, int) and isinstance(end, int) and end > 0:
        return start, end
    return None, None


def _text(item: Mapping[str, Any], *names: str) -> str | None:
    return next((v for name in names if isinstance(v := item.get(name), str) and v), None)
