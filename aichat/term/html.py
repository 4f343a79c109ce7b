"""Conversations as one self-contained HTML page: no network, scripts or fonts.

All foreign text goes through ``_text`` last, which shows controls and escapes markup.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from io import StringIO
from itertools import groupby
from pkgutil import get_data
from typing import TYPE_CHECKING, Any

from aichat.core.billing.money import format_cost as money
from aichat.core.conversation.turn import Conversation, Turn, path_to
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.citations import mark_message
from aichat.core.exchange.event import Source
from aichat.core.message.media import Media, ProviderFile
from aichat.core.message.message import Text, ToolResult
from aichat.core.text.dates import format_time
from aichat.core.text.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: Characters that HTML forbids, and those with a meaning in it.
_NONCHARACTERS = (
    *range(0xFDD0, 0xFDF0),
    *(n << 16 | end for n in range(17) for end in (0xFFFE, 0xFFFF)),
)
_REPLACEMENTS = dict.fromkeys(_NONCHARACTERS, "\ufffd")
_ESCAPES = _REPLACEMENTS | str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

#: Longer JSON is not indented.
_MAX_JSON = 50_000

#: Image types that every browser shows; only these are embedded.
_IMAGE_TYPES = frozenset(f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "avif", "bmp"))

#: Audio types that every browser plays.
_SOUND_TYPES = frozenset(f"audio/{kind}" for kind in ("wav", "mpeg", "ogg", "flac", "mp4"))

#: Allowed link targets; bare addresses in text, and numbers of sources.
_EXTERNAL_LINK = re.compile(r"(?:https?://|mailto:)[^\s/]", re.IGNORECASE)
_LINK_OR_CITATION = re.compile(r"https?://[^\s<>\[\]\"]*[^\s<>\[\]\".,;:!?)'*_]|\[(\d{1,3})\]")

#: The first two heading levels are the page's and its turns'.
_LOWER_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}
_ROLE_NAMES = {"user": "You", "tool": "Tool", "system": "System"}
_ENDINGS = {"interrupted": "Interrupted here", "partial": "It ends here", "failed": "It failed"}


def render_page(conversations: Iterable[Conversation]) -> Iterator[str]:
    """A page of all the conversations, in pieces; with contents unless there is just one."""
    every = tuple(conversations)  # the contents come before what they list
    alone = len(every) == 1
    title = every[0].about.title if alone else f"{len(every)} conversations"
    style = (get_data("aichat.term", "html.css") or b"").decode()
    yield _HEAD.replace("@STYLE@", style).replace("@TITLE@", _line(title) or "Untitled")
    if not alone:
        items = "".join(_contents_item(each, number) for number, each in enumerate(every, 1))
        yield f'<nav id="contents">\n<h1>{title}</h1>\n<ol>\n{items}</ol>\n</nav>\n'
    for number, each in enumerate(every, 1):
        yield from _conversation(each, "" if alone else f"c{number}-")
    yield "</main>\n</body>\n</html>\n"


def _contents_item(conversation: Conversation, number: int) -> str:
    title = f'<a href="#c{number}-" dir="auto">{_line(conversation.about.title) or "Untitled"}</a>'
    return f"<li>{title}{_facts(conversation)}</li>\n"


def _facts(conversation: Conversation, *more: str) -> str:
    about, count = conversation.about, len(conversation.turns)
    turns = f"{count:,} turn{'' if count == 1 else 's'}"
    return _row(_time(about.created), turns, _line(about.model), _line(about.id), *more)


def _conversation(conversation: Conversation, prefix: str) -> Iterator[str]:
    """The path to its last turn, then the turns that branched off."""
    about, up = conversation.about, '<a href="#contents">Contents</a>' if prefix else ""
    main = path_to(conversation.turns, about.head) or conversation.turns
    there = {turn.number for turn in main}
    rest = [turn for turn in conversation.turns if turn.number not in there]
    title = f'<h1 dir="auto">{_line(about.title) or "Untitled"}</h1>{_facts(conversation, up)}'
    yield f'<section id="{prefix or "top"}">\n<header class="about">{title}</header>\n'
    yield from (_turn(turn, prefix) for turn in main)
    yield from _branches(rest, prefix)
    yield "</section>\n"


def _branches(rest: list[Turn], prefix: str) -> Iterator[str]:
    """The other branches; a turn that does not follow the one above names its parent."""
    if rest:
        yield '<h2 class="branches">Other branches</h2>\n'
    for above, turn in zip((None, *rest), rest, strict=False):
        if not above or turn.parent != above.number:
            number = _line(turn.parent)
            told = f'<a href="#{prefix}t{number}">turn {number}</a>' if number else "the start"
            yield f'<p class="after">After {told}</p>\n'
        yield _turn(turn, prefix)


def _turn(turn: Turn, prefix: str) -> str:
    """A turn: who and when, what was said, its sources, how it ended and its usage."""
    name, status = f"{prefix}t{_line(turn.number)}", _line(turn.status)
    who = turn.message.model or (turn.answer.model if turn.answer else None) or "Assistant"
    badge = "" if status == "complete" else f'<strong class="badge">{status}</strong>'
    link = f'<a class="number" href="#{name}">#{_line(turn.number)}</a>'
    return "".join(
        (
            f'<article class="turn {_line(turn.role)} {status}" id="{name}">\n<header>',
            f'<h2 dir="auto">{_line(_ROLE_NAMES.get(turn.role, who))}</h2>',
            f"{badge}{_time(turn.at)}{link}",
            "</header>\n",
            *_content(turn, name),
            _sources(turn.answer.sources if turn.answer else (), name),
            _ending(turn),
            _row(*_usage_facts(turn.answer), tag="footer") if turn.answer else "",
            "</article>\n",
        )
    )


def _ending(turn: Turn) -> str:
    """Why the answer is incomplete."""
    fault = turn.answer.fault if turn.answer else None
    if turn.status == "complete" and not fault:
        return ""
    why = (fault.message, fault.hint) if fault else (turn.answer and turn.answer.finish_reason,)
    return _row(_ENDINGS.get(turn.status, ""), *map(_line, why), name="ending")


def _usage_facts(answer: Answer) -> Iterator[str]:
    """An answer's small print: tokens, cost and time."""
    used = answer.usage
    counts = zip(used, ("in", "out", "cached", "cache-written", "reasoning"), strict=False)
    yield _line(answer.provider)
    yield ", ".join(f"{count:,} {name}" for count, name in counts if count)
    yield f"{used.searches:,} search{'' if used.searches == 1 else 'es'}" if used.searches else ""
    if cost := answer.cost:
        about = "about " if cost.estimated else ""
        yield about + _line(money(cost._replace(estimated=False)))
    yield f"{answer.total_s:.1f} s" if answer.total_s else ""


def _content(turn: Turn, name: str) -> Iterator[str]:
    """What was said; text that the provider split into parts is joined."""
    numbers = {source.number for source in turn.answer.sources} if turn.answer else set()
    cited = [one for one in turn.answer.citations if one.number in numbers] if turn.answer else ()
    marked = mark_message(turn.message, cited, "[{}]".format)
    for kind, parts in groupby(marked.parts, lambda p: (p.type, getattr(p, "phase", None))):
        if kind[0] != "text":
            yield from (
                _PART_RENDERERS[part.type](part) for part in parts if part.type in _PART_RENDERERS
            )
        elif (told := "".join(part.text for part in parts if isinstance(part, Text))).strip():
            yield _ROLE_RENDERERS.get(turn.role, _typed_text)(
                told, {"name": name, "numbers": numbers}
            )


def _tool_details(title: str, name: str, *told: str, note: str = "") -> str:
    """A tool, and its input or output."""
    inner = "".join(_code(_indent_json(text), "json") for text in told if text)
    return _details(f"{title} <code>{_line(name)}</code> <small>{_line(note)}</small>", inner)


def _tool_result(part: ToolResult) -> str:
    wrong = ' <strong class="badge">error</strong>' if part.is_error else ""
    told = (
        _code(_indent_json(p.text), "json") if isinstance(p, Text) else _media(p)
        for p in part.parts
    )
    return _details(f"Result of <code>{_line(part.name or part.id)}</code>{wrong}", "".join(told))


def _media(part: Media) -> str:
    """Embed a local picture or sound; name anything else, and fetch nothing."""
    name = _line(part.name or part.mime)
    if part.data and part.mime in _IMAGE_TYPES:
        address = f"data:{part.mime};base64,{b64encode(part.data).decode()}"
        return f'<figure><img src="{address}" alt="{name}"></figure>'
    if part.data and part.mime in _SOUND_TYPES:
        address = f"data:{part.mime};base64,{b64encode(part.data).decode()}"
        words = f"<figcaption>{_prose(part.transcript)}</figcaption>" if part.transcript else ""
        return f'<figure><audio controls src="{address}"></audio>{words}</figure>'
    size = f"{len(part.data):,} bytes" if part.data else ""
    kept = part.source.id if isinstance(part.source, ProviderFile) else None
    where = _link(part.address, part.address) if part.address else _line(kept)
    return _row(f"Attached: {name}", size, where, _line(part.transcript), name="media")


_PART_RENDERERS: Mapping[str, Callable[[Any], str]] = {
    "reasoning": lambda part: part.text and _details("Reasoning", _prose(part.text)),
    "tool_call": lambda part: _tool_details("Tool call", part.name, part.arguments),
    "tool_result": _tool_result,
    "server_tool": lambda p: _tool_details("Used", p.tool, p.input, p.output, note=p.status),
    "refusal": lambda part: f'<div class="refusal">{_prose(part.text)}</div>',
    "media": _media,
}


def _sources(sources: Iterable[Source], name: str) -> str:
    items = []
    for each in sources:
        number, title, date = map(_line, (each.number, each.title, each.date))
        told = f"{title} <small>{date}</small><br>" if title else ""
        there = f"{told}<cite>{_link(each.url, each.url)}</cite>"
        items.append(f'<li value="{number}" id="{name}-s{number}" dir="auto">{there}</li>\n')
    return f'<ol class="sources">\n{"".join(items)}</ol>\n' if items else ""


def _link(url: str, label: str) -> str:
    """A link if the address is allowed, else only its text."""
    from markdown_it.common.normalize_url import normalizeLink

    if not _EXTERNAL_LINK.match(url):
        return _line(label)
    rel = 'rel="noopener noreferrer nofollow"'
    return f'<a href="{_text(normalizeLink(sanitize(url)))}" {rel}>{_line(label)}</a>'


def _typed_text(text: str, _env: Any = None) -> str:
    """What a person typed, literally: a pasted log or a glob is not Markdown.

    Only fenced blocks are code, since nobody types a fence by accident.
    """
    text = sanitize(text)
    lines, pieces, done = text.split("\n"), [], 0
    for token in _fence_parser().parse(text):
        if token.type == "fence" and token.map:
            pieces += [
                _plain_text(lines[done : token.map[0]]),
                _code(token.content, *token.info.split()[:1]),
            ]
            done = token.map[1]
    return "".join((*pieces, _plain_text(lines[done:])))


def _plain_text(lines: list[str]) -> str:
    told = _text("\n".join(lines).strip("\n"))
    return f'<div class="typed" dir="auto">{told}</div>\n' if told.strip() else ""


def _prose(text: str, env: Any = None) -> str:
    """Markdown; ``env`` has the ``numbers`` of sources and the ``name`` of their turn."""
    from aichat.term.strict_markdown import write_strictly

    html = _markdown_parser().render(write_strictly(sanitize(text)), env or {"numbers": ()})
    return f'<div class="prose">{html}</div>\n'


_ROLE_RENDERERS: Mapping[str, Callable[[str, Any], str]] = {
    "assistant": _prose,
    "system": lambda text, _: _details("Instructions", _typed_text(text)),
}


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
    reader.validateLink = lambda url: bool(_EXTERNAL_LINK.match(url))  # type: ignore[method-assign]
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
            pieces.append(_text(text[done : found.start()]))
            pieces.append(cited if number else _link(found[0], found[0]))
            done = found.end()
    return "".join((*pieces, _text(text[done:])))


def _image(token: "Token", _env: Any) -> str:
    """A remote picture becomes a link, since nothing is fetched."""
    address = str(token.attrs["src"])
    told = token.content or address
    return _line(told) if token.hidden else _link(address, told)


#: Our renderers in place of the library's.
_RENDER_RULES: Mapping[str, Callable[[Any, Any], str]] = {
    "text": _linked_text,
    "image": _image,
    # without its title, which would only be hidden text
    "link_open": lambda t, _: "" if t.hidden else _link(t.attrs["href"], "").removesuffix("</a>"),
    "fence": lambda token, _: _code(token.content, *token.info.split()[:1]),
    "code_block": lambda token, _: _code(token.content),
    "code_inline": lambda token, _: f"<code>{_text(token.content)}</code>",
    "table_open": lambda *_: '<div class="wide" tabindex="0"><table>\n',
    "table_close": lambda *_: "</table></div>\n",
}


def _code(text: str, language: str = "") -> str:
    """A block that scrolls, highlighted if the language is known."""
    label = f"<figcaption>{_line(language[:30])}</figcaption>" if language else ""
    told = _highlight_code(sanitize(text), language) if language else _text(text)
    return f'<figure class="code">{label}<pre tabindex="0"><code>{told}</code></pre></figure>\n'


def _highlight_code(text: str, language: str) -> str:
    """Highlighted code, line by line, as long as that is cheap."""
    from pygments.formatters.html import HtmlFormatter
    from pygments.token import Text as PlainText

    from aichat.term.markdown.code.highlight import Highlighter

    lines, code = Highlighter(language), StringIO()
    tokens = (
        token
        for line in text.translate(_REPLACEMENTS).split("\n")
        for token in (*lines.tokens(line), (PlainText, "\n"))
    )
    HtmlFormatter(nowrap=True).format(tokens, code)
    return code.getvalue().removesuffix("\n")


def _indent_json(text: str) -> str:
    """Indented JSON, if that changes only whitespace."""
    try:
        value = json.loads(text) if len(text) <= _MAX_JSON else ""
        wide = json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
    same = "".join(wide.split()) == "".join(text.split())
    return wide if same and len(wide) < 4 * len(text) + 200 else text


def _details(title: str, inner: str) -> str:
    return f"<details><summary>{title}</summary>\n{inner}</details>\n"


def _row(*facts: str, tag: str = "p", name: str = "facts") -> str:
    told = " · ".join(filter(None, facts))
    return f'<{tag} class="{name}" dir="auto">{told}</{tag}>\n' if told else ""


def _time(at: float) -> str:
    return "" if format_time(at) == "?" else f"<time>{format_time(at)}</time>"


def _line(value: object) -> str:
    """Anything as text on one line; empty for None."""
    return "" if value is None else _text(sanitize_line(str(value)))


def _text(value: str) -> str:
    return sanitize(value).translate(_ESCAPES)


_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="\
default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,"><title>@TITLE@</title>
<style>
@STYLE@</style></head><body><main>
"""
