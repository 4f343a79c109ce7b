"""What was said as HTML: Markdown, what a person typed, and code."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, Any

from aichat.core.text.sanitize import sanitize
from aichat.term.html.escape import REPLACEMENTS, escape_line, escape_text, is_external, link

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: Bare addresses in text, and numbers of sources.
_LINK_OR_CITATION = re.compile(r"https?://[^\s<>\[\]\"]*[^\s<>\[\]\".,;:!?)'*_]|\[(\d{1,3})\]")

#: The first two heading levels are the page's and its turns'.
_LOWER_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}


def render_typed(text: str, _env: Any = None) -> str:
    """What a person typed, literally: a pasted log or a glob is not Markdown.

    Only fenced blocks are code, since nobody types a fence by accident.
    """
    text = sanitize(text)
    lines, pieces, done = text.split("\n"), [], 0
    for token in _fence_parser().parse(text):
        if token.type == "fence" and token.map:
            pieces += [
                _plain_text(lines[done : token.map[0]]),
                render_code(token.content, *token.info.split()[:1]),
            ]
            done = token.map[1]
    return "".join((*pieces, _plain_text(lines[done:])))


def _plain_text(lines: list[str]) -> str:
    told = escape_text("\n".join(lines).strip("\n"))
    return f'<div class="typed" dir="auto">{told}</div>\n' if told.strip() else ""


def render_prose(text: str, env: Any = None) -> str:
    """Markdown; ``env`` has the ``numbers`` of sources and the ``name`` of their turn."""
    from aichat.term.strict_markdown import write_strictly

    html = _markdown_parser().render(write_strictly(sanitize(text)), env or {"numbers": ()})
    return f'<div class="prose">{html}</div>\n'


@cache
def _fence_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable("fence")


@cache
def _markdown_parser() -> "MarkdownIt":
    """Without references: one definition, used often, could make a page of any size."""
    from markdown_it import MarkdownIt

    from aichat.term.markdown.inline.rules import add_rules

    reader = add_rules(MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}))
    reader.enable(["table", "strikethrough"]).disable("reference")
    reader.validateLink = is_external  # type: ignore[method-assign]
    reader.core.ruler.push("tame", _adapt_tokens)
    for name, draw in _RENDER_RULES.items():
        rule = lambda _, tokens, at, __, env, draw=draw: draw(tokens[at], env)  # noqa: E731
        reader.add_render_rule(name, rule)
    return reader


def _adapt_tokens(state: Any) -> None:
    """Lower headings below the page's own; drop automatic links within links."""
    for token in state.tokens:
        token.tag, depth = _LOWER_HEADINGS.get(token.tag, token.tag), 0
        for child in token.children or ():
            depth -= child.type == "link_close"
            child.hidden = depth > 0 and child.type in ("text", "image", "link_open", "link_close")
            depth += child.type == "link_open"


def _linked_text(token: "Token", env: Any) -> str:
    """Text with its addresses and source numbers as links."""
    text, pieces, done = token.content, [], 0
    for found in () if token.hidden else _LINK_OR_CITATION.finditer(text):
        number = int(found[1] or 0)
        if not number or number in env["numbers"]:
            cited = f'<a class="cited" href="#{env.get("name")}-s{number}">{number}</a>'
            pieces.append(escape_text(text[done : found.start()]))
            pieces.append(cited if number else link(found[0], found[0]))
            done = found.end()
    return "".join((*pieces, escape_text(text[done:])))


def _image(token: "Token", _env: Any) -> str:
    """A remote picture becomes a link, since nothing is fetched."""
    address = str(token.attrs["src"])
    told = token.content or address
    return escape_line(told) if token.hidden else link(address, told)


#: Our renderers in place of the library's.
_RENDER_RULES: Mapping[str, Callable[[Any, Any], str]] = {
    "text": _linked_text,
    "image": _image,
    # without its title, which would only be hidden text
    "link_open": lambda t, _: "" if t.hidden else link(t.attrs["href"], "").removesuffix("</a>"),
    "fence": lambda token, _: render_code(token.content, *token.info.split()[:1]),
    "code_block": lambda token, _: render_code(token.content),
    "code_inline": lambda token, _: f"<code>{escape_text(token.content)}</code>",
    "table_open": lambda *_: '<div class="wide" tabindex="0"><table>\n',
    "table_close": lambda *_: "</table></div>\n",
}


def render_code(text: str, language: str = "") -> str:
    """A block that scrolls, highlighted if the language is known."""
    label = f"<figcaption>{escape_line(language[:30])}</figcaption>" if language else ""
    told = _highlight_code(sanitize(text), language) if language else escape_text(text)
    return f'<figure class="code">{label}<pre tabindex="0"><code>{told}</code></pre></figure>\n'


def _highlight_code(text: str, language: str) -> str:
    """Highlighted code, line by line, as long as that is cheap."""
    from pygments.formatters.html import HtmlFormatter
    from pygments.token import Text as PlainText

    from aichat.term.markdown.code.highlight import Highlighter

    lines, code = Highlighter(language), StringIO()
    tokens = (
        token
        for line in text.translate(REPLACEMENTS).split("\n")
        for token in (*lines.tokens(line), (PlainText, "\n"))
    )
    HtmlFormatter(nowrap=True).format(tokens, code)
    return code.getvalue().removesuffix("\n")
