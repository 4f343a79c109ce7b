"""The text inside a block: where it may be cut, and markdown-it's reading of it as spans."""

import re
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from rich.style import Style

from aichat.core.text.sanitize import sanitize
from aichat.term.markdown.style import INLINE, LINK, NO_STYLE, URL, Span

#: Marks of inline elements.
_SPECIAL = re.compile(r"[\\`*_~\[\]<&!$\n]")

#: A text that holds none of these, and no link, is itself.
_MARKUP = re.compile(r"[\\`*_~<&$\n]")

#: Without a target behind a bracket there is no link to look for (references are not resolved).
_TARGET = "]("

#: Schemes that are dressed as links.
_SCHEMES = ("http://", "https://", "mailto:")

#: Beyond this many characters a paragraph is cut, safe place or not.
MAX_UNCUT = 16384

#: The same for a text that is mostly marks.
MAX_DENSE_UNCUT = 4096

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


def spans(text: str, base: Style = NO_STYLE) -> list[Span]:
    """Inline text as spans of visible text; a newline in one ends a row."""
    if not _MARKUP.search(text) and _TARGET not in text:
        return [(text, base)] if text else []
    return _token_spans(tokens(text), base)


def _token_spans(found: list[Token], base: Style) -> list[Span]:
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
            made += _target_spans(*opened.pop(), made, styles[-1])
        elif token.nesting == 1:
            styles.append(styles[-1] + INLINE.get(token.tag, NO_STYLE))
        elif token.nesting == -1:
            styles.pop()
        else:
            made += _leaf_spans(token, styles[-1], found[place + 1 : place + 2])
    return made


def _leaf_spans(token: Token, style: Style, after: list[Token]) -> list[Span]:
    """A token without children of its own."""
    if token.type == "softbreak":
        return [("\n" if _is_definition(after) else " ", style)]
    if token.type == "hardbreak":
        return [("\n", style)]
    if token.type == "image":
        alt = _token_spans(token.children or [], style)
        return alt + _target_spans(str(token.attrs.get("src", "")), 0, alt, style)
    if token.type == "code_inline":
        style += INLINE["code"]
    return [(sanitize(token.content), style)] if token.content else []


def _is_definition(after: list[Token]) -> bool:
    """Whether a line is a link's definition: those stay on lines of their own."""
    return bool(after and _DEFINITION.match(after[0].content))


def _target_spans(target: str, start: int, made: list[Span], style: Style) -> list[Span]:
    """The address after a link's text, unless the text is the address."""
    text = "".join(text for text, _ in made[start:])
    if target in (text, f"mailto:{text}"):
        return []
    dress = style + URL if target.startswith(_SCHEMES) else style
    space = " " if text else ""
    return [(f"{space}(", style), (sanitize(target), dress), (")", style)]


class Scan(NamedTuple):
    """How far a text was read for places to cut: the last safe one, and what is open."""

    read: int = 0
    safe: int = 0
    open: tuple[str, ...] = ()


EMPTY_SCAN = Scan()


def scan(text: str, before: Scan = EMPTY_SCAN) -> Scan:
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
        elif opened and opened[-1] == _UNMATCHED:
            break
        else:
            _track_mark(opened, mark, text[found.start() - 1 : found.start()], text[end])
    return Scan(position, safe, tuple(opened))


_UNMATCHED = "stuck"


def _track_mark(opened: list[str], mark: str, before: str, after: str) -> None:
    """Open or close what a mark opens or closes; what is not plainly matched stays open."""
    top = opened[-1] if opened else ""
    if top in _MATHS or top.startswith("`"):
        if mark == (_MATHS.get(top) or top):
            opened.pop()
    elif mark in _MATHS or mark[0] == "`":
        opened.append(mark)
    elif mark[0] in "*_~":
        _track_delimiter(opened, mark, before, after)
    elif mark in _PAIRS:
        _close_pair(opened, mark, after)
    elif mark == "[" or (mark == "<" and (after.isalnum() or after in "/!?")):
        opened.append(mark)


_PAIRS = {"]": "[", ")": "](", ">": "<"}


def _close_pair(opened: list[str], mark: str, after: str) -> None:
    opener = _PAIRS[mark]
    if opened and opened[-1] == opener:
        opened.pop()
        if mark == "]" and after == "(":
            opened.append("](")
    elif opener in opened:
        opened.append(_UNMATCHED)


def _track_delimiter(opened: list[str], mark: str, before: str, after: str) -> None:
    opens, closes = not after.isspace(), bool(before) and not before.isspace()
    if mark[0] == "_" and before.isalnum() and after.isalnum():
        return
    if closes and opened and opened[-1] == mark:
        opened.pop()
    elif closes and any(one[0] == mark[0] for one in opened):
        opened.append(_UNMATCHED)
    elif opens:
        opened.append(mark)


def cut_place(text: str) -> int:
    """Where a long text may be cut: at a safe space, else anywhere far enough, else not (0)."""
    safe = scan(text).safe
    place = MAX_DENSE_UNCUT if is_dense(text) else MAX_UNCUT
    if safe or len(text) <= place:
        return safe
    while place > 1 and not _is_inside_word(text, place):
        place -= 1
    return place


def is_dense(text: str) -> bool:
    """Whether a text begins mostly with marks: slow to read, and hardly prose."""
    sample = text[:512]
    return 4 * len(_SPECIAL.findall(sample)) > len(sample)


def _is_inside_word(text: str, place: int) -> bool:
    """Whether neither side of a place is a space, nor the left one a backslash."""
    around = text[place - 1 : place + 1]
    return around.strip() == around and around[0] != "\\"
