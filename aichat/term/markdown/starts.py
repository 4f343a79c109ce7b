"""How blocks of CommonMark, and tables of GitHub's dialect, can start.

Every ``text`` here is a line from its first non-space character, without its newline.
Source: CommonMark 0.31.2, sections 4 and 5; GFM, section 4.10.
"""

import re

from aichat.values import NamedTuple

#: The characters of a line that consists of block markers alone.
MARK_CHARS = frozenset(" \t-=*_#>+|:~`.)0123456789")

#: The closing delimiter of a formula, by its opening one.
MATHS_CLOSERS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}

#: What can open a formula within a line; code spans are skipped.
_MATHS = re.compile(r"\\.|\$\$|`+[^`]*`+")

#: An HTML line break starts no block.
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

#: Languages whose fences may contain fences.
_MARKDOWN = {"markdown", "md", "mdx", "gfm"}

_HEADING = re.compile(r"(#{1,6})(?:[ \t]|$)")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=[^ \t])")
_ITEM = re.compile(r"(?:([*+-])|(\d{1,9})([.)]))(?=[ \t]|$)")

#: HTML elements that start a block anywhere: condition 6 of section 4.6.
BLOCK_NAMES = """
    address article aside base basefont blockquote body caption center col colgroup dd details
    dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6
    head header hr html iframe legend li link main menu menuitem nav noframes ol optgroup option p
    param search section summary table tbody td tfoot th thead title tr track ul
""".split()  # noqa: SIM905  a list would take sixty lines

#: A complete tag of any name: section 6.6.
_VALUE = r"[^\"'=<>`\x00-\x20]+" + "|'[^']*'" + '|"[^"]*"'
_ATTRIBUTE = rf"\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\s*=\s*(?:{_VALUE}))?"
_TAG = rf"(?:<[A-Za-z][A-Za-z0-9\-]*(?:{_ATTRIBUTE})*\s*/?>|</[A-Za-z][A-Za-z0-9\-]*\s*>)"

#: Start and end of each kind of HTML block (``None``: it ends at a blank line); the last kind
#: cannot interrupt a paragraph.
_HTML: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=\s|>|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(rf"</?(?:{'|'.join(BLOCK_NAMES)})(?=\s|/?>|$)", re.IGNORECASE), None),
    (re.compile(_TAG + r"\s*$"), None),
)
_LAST_HTML = len(_HTML) - 1


class ListMark(NamedTuple):
    """The marker of a list item: its width, its kind, and its number if ordered."""

    width: int
    kind: str
    number: int | None


class Fence(NamedTuple):
    """The opening of a fence: its marks, its indentation and its info string."""

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
    """Whether a line closes the fence."""
    line = text.rstrip(" \t")
    return len(line) >= len(opened.run) and line == opened.run[0] * len(line)


def follow_inner(
    text: str, indent: int, opened: Fence, inner: tuple[Fence, ...]
) -> tuple[Fence, ...]:
    """The fences open inside a fence of Markdown, after one more line.

    A fence with a language opens one there, so that its closing line does not close the outer one.
    """
    last = inner[-1] if inner else opened
    if inner and is_fence_end(text, last):
        return inner[:-1]
    begun = fence(text, indent) if text[:1] == opened.run[0] and _holds_fences(last) else None
    return (*inner, begun) if begun and begun.info else inner


def _holds_fences(opened: Fence) -> bool:
    return opened.info.partition(" ")[0].lower() in _MARKDOWN


def maths_closer(line: str, awaited: str) -> str:
    """The delimiter awaited after a line to close a formula, if one is open.

    Dollars open one only at the start or end of a line; elsewhere they may mean anything.
    """
    place, closer = 0, awaited
    while True:
        if closer:
            end = line.find(closer, place)
            if end < 0:
                return closer
            place, closer = end + 2, ""
        found = _MATHS.search(line, place)
        if not found:
            return ""
        place = found.end()
        closer = MATHS_CLOSERS.get(found[0], "")
        at_edge = not (line[: found.start()].strip() and line[place:].strip())
        if closer == "$$" and not at_edge and closer not in line[place:]:
            return ""


def is_rule(text: str) -> bool:
    """Whether a line is a thematic break."""
    return text[0] in "*_-" and bool(_RULE.match(text))


def underline_level(text: str) -> int:
    """The heading level that a setext underline gives the paragraph above it, or 0."""
    found = _UNDERLINE.match(text) if text[0] in "=-" else None
    return (1 if found[1][0] == "=" else 2) if found else 0


def list_mark(text: str) -> ListMark | None:
    """The marker of a list item."""
    found = _ITEM.match(text)
    if not found:
        return None
    return ListMark(found.end(), found[1] or found[3], int(found[2]) if found[2] else None)


def task_box(text: str) -> tuple[bool, int] | None:
    """Whether a task item is checked, and the width of its box with the space after it.

    Source: GFM, section 5.3.
    """
    found = _TASK.match(text)
    return (found[1] != " ", found.end()) if found else None


def html_kind(text: str, *, in_paragraph: bool) -> int | None:
    """Which of the seven kinds of HTML block a line starts."""
    if text[0] != "<" or _BREAK.match(text):
        return None
    kind = next((n for n, (begin, _) in enumerate(_HTML) if begin.match(text)), None)
    return None if kind == _LAST_HTML and in_paragraph else kind


def is_html_end(text: str, kind: int) -> bool:
    """Whether a line is the last of an HTML block of this kind."""
    end = _HTML[kind][1]
    return bool(end and end.search(text)) if end else not text
