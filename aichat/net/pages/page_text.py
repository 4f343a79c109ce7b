"""What there is to read in a page of HTML: one pass, in time that grows with its length only.

``html.parser`` looks for the end of each tag anew: 100 KB of ``<a`` cost it 14 s.
"""

import html
import re
from collections.abc import Iterator

#: What no one reads; of the first two everything is text, up to their own end.
_RAW = frozenset(("script", "style"))
_HIDDEN = frozenset(("noscript", "template", "svg"))

#: What does not end a line.
_INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "cite", "code", "em", "i", "kbd", "mark", "q", "s"),
        *("small", "span", "strong", "sub", "sup", "u"),
    )
)

_MARK = re.compile(r"<(?:(!--)|([!?])|(/?)([a-zA-Z][^\s/>]{0,63}))")
#: The end of a tag, or a quoted value, in which a bracket ends nothing.
_TAG_PART = re.compile(r">|=\s*(?:\"[^\"]*\"|'[^']*')")
#: Python refuses to read numbers of thousands of digits, and no character has more than seven.
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")


def html_text(page: str) -> str:
    """The words of a page, a line for each block."""
    text = html.unescape(_LONG_NUMBER.sub("\ufffd", "".join(_pieces(page))))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _pieces(page: str) -> Iterator[str]:
    """The text between the tags, and a line end for each block that begins or ends."""
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
    """Behind a comment, a declaration or a tag; one without end takes all that follows."""
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
    """Where the text of a script ends, before its own end."""
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, place)
    return end.start() if end else len(page)
