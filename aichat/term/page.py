"""A conversation as one HTML page that needs nothing else: no network, no script, no font.

Everything that others wrote passes ``_text``, which shows controls and escapes markup, as the
last step before it stands in the page. What is expensive to import is imported when it is used.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from aichat.core.answer import Answer
from aichat.core.conversation import Conversation, Turn, path_to
from aichat.core.event import Source
from aichat.core.message import Media, Part, Reasoning, Refusal, ServerTool, Text
from aichat.core.message import ToolCall, ToolResult
from aichat.core.sanitize import one_line, visible
from aichat.core.usage import Cost
from aichat.core.when import shown

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

#: Code points that HTML does not allow, and those that mean something in it.
_NOT_CHARACTERS = (*range(0xFDD0, 0xFDF0), *(n << 16 | e for n in range(17) for e in (0xFFFE, 0xFFFF)))
_MARKUP = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
_TABLE = {**dict.fromkeys(_NOT_CHARACTERS, "\ufffd"), **_MARKUP}

#: Longer code stays in one colour, as a lexer may take more than linear time.
_MOST_COLOURED = 50_000

#: The pictures that every browser shows; nothing else is put into an address.
_PICTURES = frozenset(f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "avif", "bmp"))

#: Where a link may lead, an address that stands in a text by itself, and the number of a source.
_LEADS_OUT = re.compile(r"(?:https?://|mailto:)[^\s/]", re.IGNORECASE)
_FOUND = re.compile(r"https?://[^\s<>\[\]\"]*[^\s<>\[\]\".,;:!?)'*_]|\[(\d{1,3})\]")
_REL = "noopener noreferrer nofollow"

#: The page and the turns have the first two ranks of headings.
_LOWER = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}

_ENDINGS = {"interrupted": "Interrupted here", "partial": "It ends here", "failed": "It failed"}


def pages(given: Iterable[Conversation]) -> Iterator[str]:
    """One page of all the conversations, in pieces; a contents list where it is not just one."""
    every = tuple(given)  # the contents stand before what they list
    alone = len(every) == 1
    title = every[0].about.title if alone else f"{len(every)} conversations"
    yield _HEAD.format(title=_line(title), style=_STYLE)
    if not alone:
        yield _contents(title, every)
    for number, each in enumerate(every, 1):
        yield from _conversation(each, "" if alone else f"c{number}")
    yield "</main>\n</body>\n</html>\n"


def _contents(title: str, every: tuple[Conversation, ...]) -> str:
    listed = "".join(
        f'<li><a href="#c{n}" dir="auto">{_line(each.about.title) or "untitled"}</a>'
        f"<small>{_time(each.about.updated)} · {_turns(each)}</small></li>\n"
        for n, each in enumerate(every, 1)
    )
    return f'<nav id="contents">\n<h1>{title}</h1>\n<ol>\n{listed}</ol>\n</nav>\n'


def _conversation(given: Conversation, name: str) -> Iterator[str]:
    """The way to its end first, then the turns that branched off."""
    about, prefix = given.about, f"{name}-" if name else ""
    main = path_to(given.turns, about.head) or given.turns
    there = {turn.number for turn in main}
    rest = [turn for turn in given.turns if turn.number not in there]
    up = '<a href="#contents">Contents</a>' if name else ""
    facts = _row(_time(about.created), _turns(given), _line(about.model or ""), _line(about.id), up)
    start = f'<section class="conversation"{f' id="{name}"' if name else ""}>\n'
    yield f'{start}<header class="about"><h1 dir="auto">{_line(about.title)}</h1>{facts}</header>\n'
    yield from (_turn(turn, prefix) for turn in main)
    yield from _branches(rest, prefix)
    yield "</section>\n"


def _branches(rest: Iterable[Turn], prefix: str) -> Iterator[str]:
    """The other branches; each turn that does not follow the one above says what it follows."""
    above: int | None = -1
    for turn in rest:
        if above == -1:
            yield '<h2 class="branches">Other branches</h2>\n'
        if turn.parent != above:
            yield f'<p class="after">After {_turn_link(turn.parent, prefix)}</p>\n'
        yield _turn(turn, prefix)
        above = turn.number


def _turn_link(number: int | None, prefix: str) -> str:
    if number is None:
        return "the start"
    return f'<a href="#{prefix}t{_text(number)}">turn {_text(number)}</a>'


def _turn(turn: Turn, prefix: str) -> str:
    """One turn: who and when, what was said, what it drew on, how it ended and what it took."""
    name = f"{prefix}t{_text(turn.number)}"
    number = f'<a class="number" href="#{name}" title="Turn {_text(turn.number)}">#</a>'
    who = f'<h2 dir="auto">{_speaker(turn)}</h2>{_badge(turn)}{_time(turn.at)}{number}'
    pieces = (
        f'<article class="turn {_text(turn.role)} {_text(turn.status)}" id="{name}">',
        f'<header class="who">{who}</header>',
        *_said(turn, name),
        _sources(turn.answer, name),
        _ending(turn),
        _row(*_took(turn.answer), tag="footer") if turn.answer else "",
        "</article>\n",
    )
    return "\n".join(filter(None, pieces))


def _speaker(turn: Turn) -> str:
    model = turn.message.model or (turn.answer.model if turn.answer else "")
    names = {"user": "You", "tool": "Tool", "system": "System", "assistant": model or "Assistant"}
    return _line(names.get(turn.role, turn.role))


def _badge(turn: Turn) -> str:
    """How a turn ended, unless it is whole."""
    return "" if turn.status == "complete" else f'<strong class="badge">{_text(turn.status)}</strong>'


def _ending(turn: Turn) -> str:
    """Why there is no more of it."""
    fault = turn.answer.fault if turn.answer else None
    reason = turn.answer.finish_reason if turn.answer and turn.status != "complete" else None
    why = [fault.message, fault.hint] if fault else [reason]
    told = [_ENDINGS.get(turn.status, ""), *(_line(each) for each in why if each)]
    if turn.status == "complete" and not fault:
        return ""
    return f'<p class="ending" dir="auto">{" · ".join(filter(None, told))}</p>'


def _took(answer: Answer) -> Iterator[str]:
    """The small print of an answer: tokens, money and time."""
    usage = answer.usage
    counts = (
        ("in", usage.input),
        ("cached", usage.cached_input),
        ("out", usage.output),
        ("reasoning", usage.reasoning),
    )
    yield _line(answer.provider or "")
    yield ", ".join(f"{count:,} {name}" for name, count in counts if count)
    yield f"{usage.searches:,} searches" if usage.searches else ""
    yield _money(answer.cost) if answer.cost else ""
    yield f"{answer.total_s:.1f} s" if answer.total_s else ""


def _money(cost: Cost) -> str:
    amount = f"{cost.amount / 1_000_000_000:.6f}".rstrip("0").rstrip(".")
    return f"{'about ' if cost.estimated else ''}{amount} {_line(cost.currency)}"


def _said(turn: Turn, name: str) -> Iterator[str]:
    """What was said; text that a provider cut into parts is one text again."""
    shape = _SHAPES.get(turn.role, _typed)
    numbers = {each.number for each in turn.answer.sources} if turn.answer else set()
    for (text, _), parts in groupby(turn.message.parts, _same_text):
        if text:
            told = "".join(part.text for part in parts if isinstance(part, Text))
            yield shape(told, {"name": name, "numbers": numbers}) if told.strip() else ""
        else:
            yield from map(_part, parts)


def _same_text(part: Part) -> tuple[bool, str | None]:
    return (True, part.phase) if isinstance(part, Text) else (False, None)


def _part(part: Part) -> str:
    return _PARTS[type(part)](part) if type(part) in _PARTS else ""


def _reasoning(part: Reasoning) -> str:
    words = f"{len(part.text.split()):,} words"
    return _folded(f"Reasoning <small>{words}</small>", _prose(part.text)) if part.text else ""


def _call(part: ToolCall) -> str:
    return _folded(f"Tool call <code>{_line(part.name)}</code>", _code(_spread(part.arguments), "json"))


def _result(part: ToolResult) -> str:
    wrong = ' <strong class="badge">error</strong>' if part.is_error else ""
    told = "".join(_part(below) for below in part.parts)
    return _folded(f"Result of <code>{_line(part.name or part.id)}</code>{wrong}", told)


def _result_text(part: Text) -> str:
    return _code(_spread(part.text), "json" if part.text.lstrip()[:1] in ("{", "[") else "")


def _server_tool(part: ServerTool) -> str:
    status = f" <small>{_line(part.status)}</small>" if part.status else ""
    told = "".join(_code(_spread(text), "json") for text in (part.input, part.output) if text)
    return _folded(f"Used <code>{_line(part.tool)}</code>{status}", told)


def _refusal(part: Refusal) -> str:
    return f'<div class="refusal">{_prose(part.text)}</div>'


def _media(part: Media) -> str:
    """A picture that is here is shown; anything else is named, and nothing is fetched."""
    name = _line(part.name or part.mime)
    if part.data and part.mime in _PICTURES:
        address = f"data:{part.mime};base64,{b64encode(part.data).decode()}"
        return f'<figure><img src="{address}" alt="{name}"></figure>'
    size = f"{len(part.data):,} bytes" if part.data else ""
    where = _link(part.url, _line(part.url)) if part.url else _line(part.ref or "")
    told = f'<p dir="auto">{_text(part.transcript)}</p>' if part.transcript else ""
    return _row(f"Attached: {name}", _line(part.mime), size, where, name="media") + told


_PARTS: Mapping[type, Callable[[Any], str]] = {
    Text: _result_text,  # the others never come as a part
    Reasoning: _reasoning,
    ToolCall: _call,
    ToolResult: _result,
    ServerTool: _server_tool,
    Refusal: _refusal,
    Media: _media,
}


def _sources(answer: Answer | None, name: str) -> str:
    items = "\n".join(_source(each, name) for each in answer.sources) if answer else ""
    return f'<section class="sources"><h3>Sources</h3>\n<ol>\n{items}\n</ol></section>' if items else ""


def _source(source: Source, name: str) -> str:
    number = _text(source.number)
    title = f"{_link(source.url, _line(source.title))}<br>" if source.title else ""
    address = _link(source.url, _line(source.url))
    date = f" <small>{_line(source.date)}</small>" if source.date else ""
    return f'<li value="{number}" id="{name}-s{number}" dir="auto">{title}<cite>{address}</cite>{date}</li>'


def _link(url: str, told: str) -> str:
    """A link where the address may be one, else only what it would say."""
    from markdown_it.common.normalize_url import normalizeLink

    if not _LEADS_OUT.match(url):
        return told
    return f'<a href="{_text(normalizeLink(visible(url)))}" rel="{_REL}">{told}</a>'


def _typed(text: str, env: Mapping[str, Any] | None = None) -> str:
    """What a person typed, as it was typed: a pasted log or a glob is no Markdown.

    Only fenced blocks are code, as nobody types a fence without meaning one.
    """
    text = visible(text)
    lines, pieces, done = text.split("\n"), [], 0
    for token in _fences().parse(text):
        if token.type == "fence" and token.map:
            pieces += [_plain(lines[done : token.map[0]]), _block(token)]
            done = token.map[1]
    return "".join((*pieces, _plain(lines[done:])))


def _plain(lines: list[str]) -> str:
    told = "\n".join(lines).strip("\n")
    return f'<div class="typed" dir="auto">{_text(told)}</div>' if told.strip() else ""


def _prose(text: str, env: dict[str, Any] | None = None) -> str:
    """Markdown; ``env`` has the sources that ``[n]`` may name."""
    told: str = _markdown().render(visible(text), env or {"numbers": ()})
    return f'<div class="prose">{told}</div>'


def _system(text: str, env: Mapping[str, Any]) -> str:
    return _folded("Instructions", _typed(text))


_SHAPES: Mapping[str, Callable[[str, Any], str]] = {"assistant": _prose, "system": _system}


@cache
def _fences() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable("fence")


@cache
def _markdown() -> "MarkdownIt":
    """Without references: one definition, used often, makes a page of any size."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
    reader.enable(["table", "strikethrough"]).disable("reference")
    setattr(reader, "validateLink", lambda url: bool(_LEADS_OUT.match(url)))  # noqa: B010 (typed)
    reader.core.ruler.push("tame", _tame)
    for name, rule in _RULES.items():
        reader.add_render_rule(name, rule)
    return reader


def _tame(state: "StateCore") -> None:
    """Headings below the page's own, links that lead out of it, images as links."""
    for token in state.tokens:
        token.tag = _LOWER.get(token.tag, token.tag)
        token.children = list(_tamed(token.children, state)) if token.children else None


def _tamed(children: Iterable["Token"], state: "StateCore") -> Iterator["Token"]:
    """The inline tokens; a link never stands in a link."""
    depth = 0
    for child in children:
        depth += child.type == "link_open"
        if child.type in ("link_open", "link_close"):
            if depth == 1:
                yield _anchor(child) if child.nesting > 0 else child
        elif child.type == "image":
            told = child.content or str(child.attrs["src"])
            yield from _linked(str(child.attrs["src"]), told) if not depth else (_word(told),)
        elif child.type == "text" and not depth:
            yield from _told(child.content, state)
        else:
            yield child
        depth -= child.type == "link_close"


def _told(text: str, state: "StateCore") -> Iterator["Token"]:
    """A text with its addresses and the numbers of its sources as links."""
    done = 0
    for found in _FOUND.finditer(text):
        number, env = found[1], state.env
        if number and int(number) not in env["numbers"]:
            continue
        yield _word(text[done : found.start()])
        if number:
            yield from _linked(f"#{env['name']}-s{int(number)}", found[0], kind="cited")
        else:
            yield from _linked(state.md.normalizeLink(found[0]), found[0])
        done = found.end()
    yield _word(text[done:])


def _linked(address: str, told: str, kind: str = "") -> Iterator["Token"]:
    from markdown_it.token import Token

    opened = Token("link_open", "a", 1, attrs={"href": address})
    yield opened if kind else _anchor(opened)
    if kind:
        opened.attrs["class"] = kind
    yield from (_word(told), Token("link_close", "a", -1))


def _anchor(token: "Token") -> "Token":
    """A link that tells its target nothing; its title, which only hides, is dropped."""
    token.attrs = {"href": token.attrs["href"], "rel": _REL}
    return token


def _word(text: str) -> "Token":
    from markdown_it.token import Token

    return Token("text", "", 0, content=text)
