"""The text of an HTML page, in one pass and linear time.

``html.parser`` searches for the end of each tag anew: 100 KB of ``<a`` take it 14 s.
"""

import html
import re
from collections.abc import Iterator

#: Elements that are not read; everything within these two is raw text, up to their end tag.
_RAW = frozenset(("script", "style"))
_HIDDEN = frozenset(("noscript", "template", "svg"))

#: Elements that do not end a line.
_INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "cite", "code", "em", "i", "kbd", "mark", "q", "s"),
        *("small", "span", "strong", "sub", "sup", "u"),
    )
)

_MARK = re.compile(r"<(?:(!--)|([!?])|(/?)([a-zA-Z][^\s/>]{0,63}))")
#: The end of a tag, or a quoted value, in which a bracket does not end it.
_TAG_PART = re.compile(r">|=\s*(?:\"[^\"]*\"|'[^']*')")
#: Character references that are too long: Python refuses numbers with thousands of digits.
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")


def html_text(page: str) -> str:
    """The text of a page, with a line for each block."""
    text = html.unescape(_LONG_NUMBER.sub("\ufffd", "".join(_pieces(page))))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _pieces(page: str) -> Iterator[str]:
    """The text between tags, and a line end wherever a block begins or ends."""
    place = depth = 0
    while mark := _MARK.search(page, place):
        if not depth:
            yield page[place : mark.start()]
        place = _end_of(page, mark)
        name = (mark[4] or "").lower()
        if not name:
            continue
        if name in _RAW and not mark[3]:
            place = _end_of_raw(page, name, place)
        elif name in _HIDDEN and not page.endswith("/>", mark.start(), place):
            depth = max(depth + (-1 if mark[3] else 1), 0)
        if name not in _INLINE:
            yield "\n"
    if not depth:
        yield page[place:]


def _end_of(page: str, mark: re.Match[str]) -> int:
    """The end of a comment, declaration or tag; an unclosed one extends to the end of the page."""
    if mark[1]:
        end = page.find("-->", mark.start() + 2)
        return len(page) if end < 0 else end + 3
    if mark[2]:
        end = page.find(">", mark.end())
        return len(page) if end < 0 else end + 1
    place = mark.end()
    while part := _TAG_PART.search(page, place):
        place = part.end()
        if part[0] == ">":
            return place
    return len(page)


def _end_of_raw(page: str, name: str, place: int) -> int:
    """Where the text of a script ends, before its end tag."""
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, place)
    return end.start() if end else len(page)
