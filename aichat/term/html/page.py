"""Conversations as one self-contained HTML page: no network, scripts or fonts.

All foreign text goes through ``escape_text`` last.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pkgutil import get_data
from typing import Any

from aichat.core.billing.money import format_cost as money
from aichat.core.conversation.turn import Conversation, Turn, path_to
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.citations import mark_message
from aichat.core.exchange.event import Source
from aichat.core.message.media import Media, ProviderFile
from aichat.core.message.message import Text, ToolResult
from aichat.core.text.dates import format_time
from aichat.term.html.escape import details, escape_line, link
from aichat.term.html.prose import render_code, render_prose, render_typed

#: Longer JSON is not indented.
_MAX_JSON = 50_000

#: Image types that every browser shows; only these are embedded.
_IMAGE_TYPES = frozenset(f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "avif", "bmp"))

#: Audio types that every browser plays.
_SOUND_TYPES = frozenset(f"audio/{kind}" for kind in ("wav", "mpeg", "ogg", "flac", "mp4"))

_ROLE_NAMES = {"user": "You", "tool": "Tool", "system": "System"}
_ENDINGS = {"interrupted": "Interrupted here", "partial": "It ends here", "failed": "It failed"}


def render_page(conversations: Iterable[Conversation]) -> Iterator[str]:
    """A page of all the conversations, in pieces; with contents unless there is just one."""
    every = tuple(conversations)  # the contents come before what they list
    alone = len(every) == 1
    title = every[0].about.title if alone else f"{len(every)} conversations"
    style = (get_data("aichat.term.html", "page.css") or b"").decode()
    yield _HEAD.replace("@STYLE@", style).replace("@TITLE@", escape_line(title) or "Untitled")
    if not alone:
        items = "".join(_contents_item(each, number) for number, each in enumerate(every, 1))
        yield f'<nav id="contents">\n<h1>{title}</h1>\n<ol>\n{items}</ol>\n</nav>\n'
    for number, each in enumerate(every, 1):
        yield from _conversation(each, "" if alone else f"c{number}-")
    yield "</main>\n</body>\n</html>\n"


def _contents_item(conversation: Conversation, number: int) -> str:
    title = escape_line(conversation.about.title) or "Untitled"
    return f'<li><a href="#c{number}-" dir="auto">{title}</a>{_facts(conversation)}</li>\n'


def _facts(conversation: Conversation, *more: str) -> str:
    about, count = conversation.about, len(conversation.turns)
    turns = f"{count:,} turn{'' if count == 1 else 's'}"
    return _row(_time(about.created), turns, escape_line(about.model), escape_line(about.id), *more)


def _conversation(conversation: Conversation, prefix: str) -> Iterator[str]:
    """The path to its last turn, then the turns that branched off."""
    about, up = conversation.about, '<a href="#contents">Contents</a>' if prefix else ""
    main = path_to(conversation.turns, about.head) or conversation.turns
    there = {turn.number for turn in main}
    rest = [turn for turn in conversation.turns if turn.number not in there]
    title = f'<h1 dir="auto">{escape_line(about.title) or "Untitled"}</h1>'
    title += _facts(conversation, up)
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
            number = escape_line(turn.parent)
            told = f'<a href="#{prefix}t{number}">turn {number}</a>' if number else "the start"
            yield f'<p class="after">After {told}</p>\n'
        yield _turn(turn, prefix)


def _turn(turn: Turn, prefix: str) -> str:
    """A turn: who and when, what was said, its sources, how it ended and its usage."""
    name, status = f"{prefix}t{escape_line(turn.number)}", escape_line(turn.status)
    who = turn.message.model or (turn.answer.model if turn.answer else None) or "Assistant"
    badge = "" if status == "complete" else f'<strong class="badge">{status}</strong>'
    anchor = f'<a class="number" href="#{name}">#{escape_line(turn.number)}</a>'
    return "".join(
        (
            f'<article class="turn {escape_line(turn.role)} {status}" id="{name}">\n<header>',
            f'<h2 dir="auto">{escape_line(_ROLE_NAMES.get(turn.role, who))}</h2>',
            f"{badge}{_time(turn.at)}{anchor}",
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
    return _row(_ENDINGS.get(turn.status, ""), *map(escape_line, why), name="ending")


def _usage_facts(answer: Answer) -> Iterator[str]:
    """An answer's small print: tokens, cost and time."""
    used = answer.usage
    counts = zip(used, ("in", "out", "cached", "cache-written", "reasoning"), strict=False)
    yield escape_line(answer.provider)
    yield ", ".join(f"{count:,} {name}" for count, name in counts if count)
    yield f"{used.searches:,} search{'' if used.searches == 1 else 'es'}" if used.searches else ""
    if cost := answer.cost:
        about = "about " if cost.estimated else ""
        yield about + escape_line(money(cost._replace(estimated=False)))
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
            yield _ROLE_RENDERERS.get(turn.role, render_typed)(
                told, {"name": name, "numbers": numbers}
            )


def _tool_details(title: str, name: str, *told: str, note: str = "") -> str:
    """A tool, and its input or output."""
    inner = "".join(render_code(_indent_json(text), "json") for text in told if text)
    return details(
        f"{title} <code>{escape_line(name)}</code> <small>{escape_line(note)}</small>", inner
    )


def _tool_result(part: ToolResult) -> str:
    wrong = ' <strong class="badge">error</strong>' if part.is_error else ""
    told = (
        render_code(_indent_json(p.text), "json") if isinstance(p, Text) else _media(p)
        for p in part.parts
    )
    return details(
        f"Result of <code>{escape_line(part.name or part.id)}</code>{wrong}", "".join(told)
    )


def _media(part: Media) -> str:
    """Embed a local picture or sound; name anything else, and fetch nothing."""
    name = escape_line(part.name or part.mime)
    if part.data and part.mime in _IMAGE_TYPES:
        address = f"data:{part.mime};base64,{b64encode(part.data).decode()}"
        return f'<figure><img src="{address}" alt="{name}"></figure>'
    if part.data and part.mime in _SOUND_TYPES:
        address = f"data:{part.mime};base64,{b64encode(part.data).decode()}"
        words = (
            f"<figcaption>{render_prose(part.transcript)}</figcaption>" if part.transcript else ""
        )
        return f'<figure><audio controls src="{address}"></audio>{words}</figure>'
    size = f"{len(part.data):,} bytes" if part.data else ""
    kept = part.source.id if isinstance(part.source, ProviderFile) else None
    where = link(part.address, part.address) if part.address else escape_line(kept)
    return _row(f"Attached: {name}", size, where, escape_line(part.transcript), name="media")


_PART_RENDERERS: Mapping[str, Callable[[Any], str]] = {
    "reasoning": lambda part: part.text and details("Reasoning", render_prose(part.text)),
    "tool_call": lambda part: _tool_details("Tool call", part.name, part.arguments),
    "tool_result": _tool_result,
    "server_tool": lambda p: _tool_details("Used", p.tool, p.input, p.output, note=p.status),
    "refusal": lambda part: f'<div class="refusal">{render_prose(part.text)}</div>',
    "media": _media,
}


def _sources(sources: Iterable[Source], name: str) -> str:
    items = []
    for each in sources:
        number, title, date = map(escape_line, (each.number, each.title, each.date))
        told = f"{title} <small>{date}</small><br>" if title else ""
        there = f"{told}<cite>{link(each.url, each.url)}</cite>"
        items.append(f'<li value="{number}" id="{name}-s{number}" dir="auto">{there}</li>\n')
    return f'<ol class="sources">\n{"".join(items)}</ol>\n' if items else ""


_ROLE_RENDERERS: Mapping[str, Callable[[str, Any], str]] = {
    "assistant": render_prose,
    "system": lambda text, _: details("Instructions", render_typed(text)),
}


def _indent_json(text: str) -> str:
    """Indented JSON, if that changes only whitespace."""
    try:
        value = json.loads(text) if len(text) <= _MAX_JSON else ""
        wide = json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
    same = "".join(wide.split()) == "".join(text.split())
    return wide if same and len(wide) < 4 * len(text) + 200 else text


def _row(*facts: str, tag: str = "p", name: str = "facts") -> str:
    told = " · ".join(filter(None, facts))
    return f'<{tag} class="{name}" dir="auto">{told}</{tag}>\n' if told else ""


def _time(at: float) -> str:
    return "" if format_time(at) == "?" else f"<time>{format_time(at)}</time>"


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
