"""Inline text parsed by markdown-it, as spans."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.style import Style

from aichat.core.text.sanitize import sanitize
from aichat.term.markdown.inline.rules import add_rules
from aichat.term.markdown.style import INLINE, NO_STYLE, Span, Styles

#: Text without any of these, and without a link, is literal.
_MARKUP = re.compile(r"[\\`*_~<&$\n]")

#: Without a target after a bracket there is no link (references are not resolved).
_TARGET = "]("

#: Schemes that are styled as links.
_SCHEMES = ("http://", "https://", "mailto:")

_DEFINITION = re.compile(r"\[[^\[\]]+\]:")


def _parser(*, links: bool) -> MarkdownIt:
    """markdown-it with strikethrough and our rules."""
    made = add_rules(MarkdownIt("commonmark").enable("strikethrough"), draws_formulas=True)
    return made if links else made.disable(["link", "image"])


_PARSERS: dict[bool, MarkdownIt] = {}


def tokens(text: str) -> list[Token]:
    """Inline text as markdown-it's tokens."""
    links = _TARGET in text
    parser = _PARSERS.get(links) or _PARSERS.setdefault(links, _parser(links=links))
    found: list[Token] = []
    parser.inline.parse(text, parser, {}, found)
    return found


def spans(
    text: str, look: Styles, base: Style = NO_STYLE, *, keeps_lines: bool = False
) -> list[Span]:
    """Inline text as spans of visible text; a newline in one ends a row.

    With ``keeps_lines`` every newline of the source does.
    """
    if not _MARKUP.search(text) and _TARGET not in text:
        return [(text, base)] if text else []
    found = tokens(text)
    for place, token in enumerate(found):
        if token.type == "softbreak" and (keeps_lines or ends_row(found, place)):
            token.type = "hardbreak"
    return _token_spans(found, look, base)


def ends_row(found: list[Token], place: int) -> bool:
    """Whether a line end is kept, because of a definition or displayed formula beside it."""
    before, after = found[max(place - 1, 0) : place], found[place + 1 : place + 2]
    return any(one.type == "display" for one in (*before, *after)) or bool(
        after and _DEFINITION.match(after[0].content)
    )


def _token_spans(found: list[Token], look: Styles, base: Style) -> list[Span]:
    made: list[Span] = []
    styles = [base]
    opened: list[tuple[str, int]] = []  # of links: the target, and where the text begins
    for token in found:
        kind = token.type
        if kind == "link_open":
            target = str(token.attrs.get("href", ""))
            opened.append((target, len(made)))
            styles.append(styles[-1] + look.link if target.startswith(_SCHEMES) else styles[-1])
        elif kind == "link_close":
            styles.pop()
            made += _target_spans(*opened.pop(), made, look, styles[-1])
        elif token.nesting == 1:
            styles.append(styles[-1] + INLINE.get(token.tag, NO_STYLE))
        elif token.nesting == -1:
            styles.pop()
        else:
            made += _leaf_spans(token, look, styles[-1])
    return made


def _leaf_spans(token: Token, look: Styles, style: Style) -> list[Span]:
    """The spans of a token without children."""
    if token.type == "softbreak":
        return [(" ", style)]
    if token.type == "hardbreak":
        return [("\n", style)]
    if token.type == "image":
        alt = _token_spans(token.children or [], look, style)
        return alt + _target_spans(str(token.attrs.get("src", "")), 0, alt, look, style)
    if token.type == "code_inline":
        style += look.code
    return [(sanitize(token.content), style)] if token.content else []


def _target_spans(
    target: str, start: int, made: list[Span], look: Styles, style: Style
) -> list[Span]:
    """The address after a link's text, unless the text is the address."""
    text = "".join(text for text, _ in made[start:])
    if target in (text, f"mailto:{text}"):
        return []
    dress = style + look.dim if target.startswith(_SCHEMES) else style
    space = " " if text else ""
    return [(f"{space}({sanitize(target)})", dress)]
