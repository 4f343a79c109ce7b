"""Sources numbered in order of appearance, and the spans that cite them."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from aichat.core.exchange.event import Citation, Event, Source
from aichat.core.message.message import Message, Part, Text, text_of
from aichat.core.text.json import text_or_none
from aichat.values import NamedTuple


class SourceNumbers:
    """Gives every URL one number, which is shown as ``[n]``."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._taken: set[int] = set()
        self._highest = 0
        self._untitled: set[int] = set()
        self._markers: dict[int, int] = {}  # a source's marker in the text -> its number

    def add(self, item: Mapping[str, Any], events: list[Event]) -> int:
        """The number of the source that ``item`` describes.

        A ``Source`` event is added the first time, and again once its title is known:
        OpenAI's search lists addresses, and only a citation names the page.
        """
        url = str(item["url"])
        given = item.get("id")  # Perplexity uses these as markers
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
        """``given`` if it is a number that no other source has, else the next free one."""
        if isinstance(given, int) and 0 < given < 1000 and given not in self._taken:
            return int(given)
        return self._highest + 1

    def add_all(self, items: Any, events: list[Event]) -> None:
        """Add every item of an untrusted list that is a URL, or names one."""
        for item in items if isinstance(items, list) else ():
            found = item if isinstance(item, dict) else {"url": str(item)}
            if found.get("url"):
                self.add(found, events)

    def call(self, number: int, marker: int) -> None:
        """Let ``marker`` in the text stand for source ``number``, unless it is taken already."""
        self._markers.setdefault(marker, number)

    def find_citations(self, text: str) -> Iterator[Citation]:
        """The marks in the text that refer to a source, with their positions in code points.

        They are ``[n]``, ``[ref_n]``, ``[web:n]`` and those of gpt-oss; code is skipped.
        """
        if not self._markers:
            return
        for found in re.finditer(_MARKS, text, re.DOTALL):
            marker = found[1] or found[2]
            if marker and (number := self._markers.get(int(marker))):
                yield Citation(number, found.start(), found.end())


#: Code, which is skipped, or a mark.
_MARKS = (  # compiled only when needed, since most answers have none
    r"```.*?(?:```|\Z)|`[^`\n]*`|\[(?:ref_|web:)?(\d{1,3})\]|\u3010(\d{1,3})\u2020[^\u3011]*\u3011"
)

_LABEL = r"\[(?:\[[^\[\]\n]*\]|[^\[\]\n])*\]"
_LINKS = rf"(?:{_LABEL}\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)[;,]?\s?)+"

#: A slice of the text that is just a mark: links, perhaps in brackets, or a number.
_WHOLE_MARK = rf"\s*(?:\({_LINKS}\)|{_LINKS}|\[(?:ref_|web:)?\d{{1,3}}\]|\u3010[^\u3011]*\u3011)\s*"


def is_mark(text: str) -> bool:
    """Whether a slice of an answer is only the mark of a source."""
    return re.fullmatch(_WHOLE_MARK, text) is not None


def fit_span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A span of ``text`` in code points, given in those or in UTF-16 units: servers do not say.

    Where they differ, those units are taken in which the span is a mark, or else whole words;
    if it is neither, the span is dropped.
    """
    said = text[:end]
    if said.isascii() or len(said.encode("utf-16-le", "surrogatepass")) == 2 * len(said):
        return (start, end) if end <= len(text) else None
    units = text.encode("utf-16-le", "surrogatepass")
    first, last = (len(units[: 2 * n].decode("utf-16-le", "ignore")) for n in (start, end))
    readings = [(a, b) for a, b in ((start, end), (first, last)) if b <= len(text)]
    marks = (reading for reading in readings if is_mark(text[slice(*reading)]))
    words = (reading for reading in readings if _is_of_words(text, *reading))
    return next(marks, None) or next(words, None)


def _is_of_words(text: str, start: int, end: int) -> bool:
    """Whether a span neither begins nor ends inside a word, or with a space."""
    inside = (text[n - 1 : n + 1] for n in (start, end) if 0 < n < len(text))
    return text[start:end].strip() == text[start:end] and not any(map(str.isalnum, inside))


def link_marks(text: str, url: str) -> Iterator[tuple[int, int]]:
    """The spans of links to ``url`` used as marks: ``[[1]](url)``, ``([title](url))``."""
    link, done = f"]({url})", 0
    while (at := text.find(link, done)) >= 0:
        first = max(done, text.rfind("\n", 0, at) + 1, at - _LONGEST_LABEL)
        done = at + len(link)
        found = re.search(rf"(\(?){_LABEL}\Z", text[first : at + 1])
        if found:
            closes = bool(found[1]) and text[done : done + 1] == ")"
            done += closes
            yield first + found.end(1) - closes, done


_LONGEST_LABEL = 2000  # code points; anything longer is no mark, and would take long to search


def span(item: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """``start_index`` and ``end_index``, if both are numbers and make a span."""
    start, end = item.get("start_index"), item.get("end_index")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start <= end > 0:
        return start, end
    return None, None


class _Edit(NamedTuple):
    """The replacement of a piece of text."""

    start: int
    end: int
    text: str


def mark_message(
    message: Message, citations: Iterable[Citation], mark: Callable[[int], str]
) -> Message:
    """``message`` with ``mark(number)`` after each cited span, or in place of a mark it has."""
    edits = _edits(text_of(message), citations, mark)
    base, parts = 0, list[Part]()
    for part in message.parts:
        if isinstance(part, Text):
            end = base + len(part.text)
            own = [edit for edit in edits if base <= edit.start and edit.end <= end]
            edits = [edit for edit in edits if not (base <= edit.start and edit.end <= end)]
            parts.append(part._replace(text=_apply(part.text, base, own)))
            base = end
        else:
            parts.append(part)
    return message._replace(parts=tuple(parts))


def _edits(text: str, citations: Iterable[Citation], mark: Callable[[int], str]) -> list[_Edit]:
    """The edits in the order of the text: one for each position, naming every source once."""
    places: dict[tuple[int, int], list[int]] = {}
    for citation in citations:
        start, end = citation.start, citation.end
        if start is not None and end is not None and 0 <= start <= end <= len(text):
            place = (start, end) if is_mark(text[start:end]) else (end, end)
            numbers = places.setdefault(place, [])
            numbers += [] if citation.number in numbers else [citation.number]
    marks = [_Edit(*place, "".join(map(mark, n))) for place, n in sorted(places.items())]
    covered = _merge((edit.start, edit.end) for edit in marks if edit.start < edit.end)
    starts = [start for start, _ in covered]

    def is_covered(place: int) -> bool:
        at = bisect_right(starts, place) - 1
        return at >= 0 and place <= covered[at][1]

    # a citation whose span is a mark replaces that mark
    return [edit for edit in marks if edit.start < edit.end or not is_covered(edit.end)]


def _merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, with adjacent ones merged."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _apply(text: str, base: int, edits: Iterable[_Edit]) -> str:
    pieces, place = list[str](), 0
    for edit in edits:
        if edit.start - base >= place:
            blank = text[edit.start - base : edit.end - base]
            blank = blank[: len(blank) - len(blank.lstrip())]
            pieces += [text[place : edit.start - base], blank, edit.text]
            place = edit.end - base
    return "".join([*pieces, text[place:]])


def source_line(source: Source) -> str:
    """A source in a list: its number, its title if it has one, and its URL."""
    title = f"{' '.join(source.title.split())}  " if source.title else ""
    return f"[{source.number}] {title}{source.url}"
