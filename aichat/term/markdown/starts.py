"""What a line can begin: the marks of CommonMark's blocks and of GitHub's tables.

Every text here is a line from its first character that is not a space, without
its newline. Source: CommonMark 0.31.2, sections 4 and 5; GFM, section 4.10.
"""

import re
from typing import NamedTuple

from markdown_it.common.html_blocks import block_names
from markdown_it.common.html_re import HTML_OPEN_CLOSE_TAG_STR

#: What may stand in a line that is nothing but the mark of a block.
MARK_CHARS = frozenset(" \t-=*_#>+|:~`.)0123456789")

_HEADING = re.compile(r"(#{1,6})(?:[ \t]|$)")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
_ITEM = re.compile(r"(?:([*+-])|(\d{1,9})([.)]))(?=[ \t]|$)")
_DELIMITERS = re.compile(r"(?!-[ \t])[-:|][-:|\s]+$")
_DELIMITER = re.compile(r":?-+:?$")

#: How an HTML block begins and ends (``None``: at a blank line); the last cannot end a paragraph.
_HTML: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=\s|>|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(rf"</?(?:{'|'.join(block_names)})(?=\s|/?>|$)", re.IGNORECASE), None),
    (re.compile(HTML_OPEN_CLOSE_TAG_STR + r"\s*$"), None),
)
_LAST_HTML = len(_HTML) - 1


class ListMark(NamedTuple):
    """The mark of a list item: its width, its kind, and its number if it has one."""

    width: int
    kind: str
    number: int | None


class Fence(NamedTuple):
    """The opening of a fence: its run of marks, its indentation and what it says after them."""

    run: str
    indent: int
    info: str


def heading(text: str) -> tuple[int, str] | None:
    """Level and text of an ATX heading."""
    found = _HEADING.match(text) if text[0] == "#" else None
    if not found:
        return None
    body = text[found.end() :].strip(" \t")
    bare = body.rstrip("#")
    closed = bare != body and (not bare or bare[-1] in " \t")
    return len(found[1]), bare.rstrip(" \t") if closed else body


def fence(text: str, indent: int) -> Fence | None:
    """The opening of a fence."""
    found = _FENCE.match(text) if text[0] in "`~" else None
    if not found:
        return None
    return Fence(found[1] or found[3], indent, (found[2] or found[4] or "").strip())


def is_fence_end(text: str, opened: Fence) -> bool:
    """Whether a line ends the fence."""
    line = text.rstrip(" \t")
    return len(line) >= len(opened.run) and line == opened.run[0] * len(line)


def is_rule(text: str) -> bool:
    """Whether a line is a thematic break."""
    return text[0] in "*_-" and bool(_RULE.match(text))


def underline_level(text: str) -> int:
    """The level of heading that a line makes of the paragraph above it, or 0."""
    found = _UNDERLINE.match(text) if text[0] in "=-" else None
    return (1 if found[1][0] == "=" else 2) if found else 0


def list_mark(text: str) -> ListMark | None:
    """The mark of a list item."""
    found = _ITEM.match(text)
    if not found:
        return None
    return ListMark(found.end(), found[1] or found[3], int(found[2]) if found[2] else None)


def html_kind(text: str, *, in_paragraph: bool) -> int | None:
    """Which of the seven kinds of HTML block a line begins."""
    if text[0] != "<":
        return None
    kind = next((n for n, (begin, _) in enumerate(_HTML) if begin.match(text)), None)
    return None if kind == _LAST_HTML and in_paragraph else kind


def is_html_end(text: str, kind: int) -> bool:
    """Whether a line is the last of an HTML block of this kind."""
    end = _HTML[kind][1]
    return bool(end and end.search(text)) if end else not text


def cells(line: str) -> list[str]:
    r"""The cells of a row of a table; ``\|`` is a pipe in a cell."""
    found = [cell.replace("\\|", "|").strip() for cell in _split(line.strip())]
    if found and not found[0]:
        found.pop(0)
    if found and not found[-1]:
        found.pop()
    return found


def _split(line: str) -> list[str]:
    if "\\" not in line:
        return line.split("|")
    pieces, start = [], 0
    for place, char in enumerate(line):
        if char == "|" and line[place - 1 : place] != "\\":
            pieces.append(line[start:place])
            start = place + 1
    return [*pieces, line[start:]]


def alignments(text: str) -> tuple[str, ...]:
    """The alignments that the second line of a table gives; none, if it is not such a line."""
    if not _DELIMITERS.match(text):
        return ()
    columns = [column.strip() for column in text.split("|")]
    inner = columns[bool(not columns[0]) : len(columns) - bool(not columns[-1])]
    if not all(map(_DELIMITER.match, inner)):
        return ()
    return tuple(_ALIGN[column[0] == ":", column[-1] == ":"] for column in inner)


_ALIGN = {
    (False, False): "left",
    (True, False): "left",
    (False, True): "right",
    (True, True): "center",
}
