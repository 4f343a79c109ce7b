"""The text inside a block: where it may be cut, and markdown-it's reading of it as spans."""

import re
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from rich.style import Style

from aichat.core.text.sanitize import visible
from aichat.term.markdown.style import INLINE, LINK, NONE, URL, Span

#: Marks of inline elements.
_SPECIAL = re.compile(r"[\\`*_~\[\]<&!$\n]")

#: A text that holds none of these, and no link, is itself.
_UNLINKED = re.compile(r"[\\`*_~<&$\n]")

#: Without a target behind a bracket there is no link to look for (references are not resolved).
_TARGET = "]("

#: Schemes that are dressed as links.
_SCHEMES = ("http://", "https://", "mailto:")

#: Beyond this many characters a paragraph is cut, safe place or not.
HARD = 16384

#: The same for a text that is mostly marks.
DENSE = 4096

_DEFINITION = re.compile(r"\[[^\[\]]+\]:")
_SCAN = re.compile(r"\\[()\[\]]|\\.|\$\$|`+|\*+|_+|~+|[\[\]()<>]|[ \t\n]+", re.DOTALL)
_MATHS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}


def _parser(*, links: bool) -> MarkdownIt:
    """markdown-it with strikethrough and literal maths."""
    made = MarkdownIt("commonmark").enable("strikethrough")
    made.inline.ruler.before("escape", "maths", _maths)
    return made if links else made.disable(["link", "image"])


def _maths(state: StateInline, silent: bool) -> bool:
    """Maths as it is written: its backslashes and underscores are not Markdown's."""
    opener = state.src[state.pos : state.pos + 2]
    if opener not in _LITERAL:
        return False
    close = _MATHS.get(opener)
    end = state.src.find(close, state.pos + 2, state.posMax) if close else -1
    stop = end + 2 if end >= 0 else state.pos + 2
    if not silent:
        state.pending += state.src[state.pos : stop].replace("\n", " ")
    state.pos = stop
    return True


_LITERAL = {*_MATHS, *_MATHS.values()}
_PARSERS: dict[bool, MarkdownIt] = {}


def tokens(text: str) -> list[Token]:
    """markdown-it's reading of inline text."""
    links = _TARGET in text
    parser = _PARSERS.get(links) or _PARSERS.setdefault(links, _parser(links=links))
    found: list[Token] = []
    parser.inline.parse(text, parser, {}, found)
    return found


def spans(text: str, base: Style = NONE) -> list[Span]:
    """Inline text as spans of visible text; a newline in one ends a row."""
    if not _UNLINKED.search(text) and _TARGET not in text:
        return [(text, base)] if text else []
    return _dressed(tokens(text), base)


def _dressed(found: list[Token], base: Style) -> list[Span]:
    made: list[Span] = []
    styles = [base]
    opened: list[tuple[str, int]] = []  # of links: the target, and where the text begins
    for place, token in enumerate(found):
        kind = token.type
        if kind == "link_open":
            target = str(token.attrs.get("href", ""))
            opened.append((target, len(made)))
            styles.append(styles[-1] + LINK if target.startswith(_SCHEMES) else styles[-1])
        elif kind == "link_close":
            styles.pop()
            made += _target(*opened.pop(), made, styles[-1])
        elif token.nesting == 1:
            styles.append(styles[-1] + INLINE.get(token.tag, NONE))
        elif token.nesting == -1:
            styles.pop()
        else:
            made += _plain(token, styles[-1], found[place + 1 : place + 2])
    return made


def _plain(token: Token, style: Style, after: list[Token]) -> list[Span]:
    """A token without children of its own."""
    if token.type == "softbreak":
        return [("\n" if _defines(after) else " ", style)]
    if token.type == "hardbreak":
        return [("\n", style)]
    if token.type == "image":
        alt = _dressed(token.children or [], style)
        return alt + _target(str(token.attrs.get("src", "")), 0, alt, style)
    if token.type == "code_inline":
        style += INLINE["code"]
    return [(visible(token.content), style)] if token.content else []


def _defines(after: list[Token]) -> bool:
    """Whether a line is a link's definition: those stay on lines of their own."""
    return bool(after and _DEFINITION.match(after[0].content))


def _target(target: str, start: int, made: list[Span], style: Style) -> list[Span]:
    """The address after a link's text, unless the text is the address."""
    text = "".join(text for text, _ in made[start:])
    if target in (text, f"mailto:{text}"):
        return []
    dress = style + URL if target.startswith(_SCHEMES) else style
    space = " " if text else ""
    return [(f"{space}(", style), (visible(target), dress), (")", style)]


class Scan(NamedTuple):
    """How far a text was read for places to cut: the last safe one, and what is open."""

    read: int = 0
    safe: int = 0
    open: tuple[str, ...] = ()


UNREAD = Scan()


def scan(text: str, before: Scan = UNREAD) -> Scan:
    """Read on to the last space; a place is safe behind a space where nothing is open."""
    position, safe, opened = before.read, before.safe, list(before.open)
    for found in _SCAN.finditer(text, position):
        mark, end = found[0], found.end()
        if end == len(text):
            break  # more of the same mark may follow
        position = end
        if mark[0] in " \t\n":
            if not opened and mark == " ":
                safe = end
        elif opened and opened[-1] == _STUCK:
            break
        else:
            _note(opened, mark, text[found.start() - 1 : found.start()], text[end])
    return Scan(position, safe, tuple(opened))


_STUCK = "stuck"


def _note(opened: list[str], mark: str, before: str, after: str) -> None:
    """Open or close what a mark opens or closes; what is not plainly matched stays open."""
    top = opened[-1] if opened else ""
    if top in _MATHS or top.startswith("`"):
        if mark == (_MATHS.get(top) or top):
            opened.pop()
    elif mark in _MATHS or mark[0] == "`":
        opened.append(mark)
    elif mark[0] in "*_~":
        _delimit(opened, mark, before, after)
    elif mark in _PAIRS:
        _pair(opened, mark, after)
    elif mark == "[" or (mark == "<" and (after.isalnum() or after in "/!?")):
        opened.append(mark)


_PAIRS = {"]": "[", ")": "](", ">": "<"}


def _pair(opened: list[str], mark: str, after: str) -> None:
    opener = _PAIRS[mark]
    if opened and opened[-1] == opener:
        opened.pop()
        if mark == "]" and after == "(":
            opened.append("](")
    elif opener in opened:
        opened.append(_STUCK)


def _delimit(opened: list[str], mark: str, before: str, after: str) -> None:
    opens, closes = not after.isspace(), bool(before) and not before.isspace()
    if mark[0] == "_" and before.isalnum() and after.isalnum():
        return
    if closes and opened and opened[-1] == mark:
        opened.pop()
    elif closes and any(one[0] == mark[0] for one in opened):
        opened.append(_STUCK)
    elif opens:
        opened.append(mark)


def cut(text: str) -> int:
    """Where a long text may be cut: at a safe space, else anywhere far enough, else not (0)."""
    safe = scan(text).safe
    place = DENSE if is_dense(text) else HARD
    if safe or len(text) <= place:
        return safe
    while place > 1 and not _inside(text, place):
        place -= 1
    return place


def is_dense(text: str) -> bool:
    """Whether a text begins mostly with marks: slow to read, and hardly prose."""
    sample = text[:512]
    return 4 * len(_SPECIAL.findall(sample)) > len(sample)


def _inside(text: str, place: int) -> bool:
    """Whether neither side of a place is a space, nor the left one a backslash."""
    around = text[place - 1 : place + 1]
    return around.strip() == around and around[0] != "\\"
