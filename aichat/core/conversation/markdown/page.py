"""A conversation as Markdown, to read or to keep."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from aichat.core.conversation.turn import Conversation, Turn, path_to
from aichat.core.exchange.citations import mark_message
from aichat.core.message.media import Media
from aichat.core.message.message import (
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    text_of,
)
from aichat.core.text.dates import format_time

#: The heading of a turn: who speaks, as ``heading`` writes it or as people do.
HEADING = (
    r"## (?P<who>user|system|assistant|tool result|[^\n]+(?= \())"
    r"(?: \((?:\?|\d{4}-\d\d-\d\d \d\d:\d\d)(?:, \w+)?\))?[ \t]*$"
)
#: The line above the turns that branched off.
OTHER_BRANCHES = r"\*Other branches\*"

_LIKE_OURS = re.compile(rf"^\\*(?:{HEADING}|{OTHER_BRANCHES}$)", re.MULTILINE)


def render_markdown(given: Conversation) -> str:
    """The whole conversation: its current path first, then the turns that branched off."""
    main = path_to(given.turns, given.about.head) or given.turns
    there = {turn.number for turn in main}
    rest = [turn for turn in given.turns if turn.number not in there]
    pieces = [f"# {given.about.title}\n", *map(_render_turn, main)]
    if rest:
        pieces += ["---\n\n*Other branches*\n", *map(_render_branch, rest)]
    return "\n".join(pieces)


def heading(turn: Turn) -> str:
    """Who spoke, when, and how it ended."""
    who = {"assistant": turn.message.model or "assistant", "tool": "tool result"}.get(turn.role)
    facts = [format_time(turn.at)]
    if turn.status != "complete":
        facts.append(turn.status)
    return f"{who or turn.role} ({', '.join(facts)})"


def body(turn: Turn) -> str:
    """What was said, as Markdown."""
    return "\n\n".join(filter(None, map(_render_part, turn.message.parts)))


def turn_block(turn: Turn) -> str:
    """A turn's text and sources; lines that look like our own headings get a backslash."""
    sources = "\n".join(_source_lines(turn))
    shown = "\n\n".join(filter(None, (body(_with_footnotes(turn)), sources)))
    return _LIKE_OURS.sub(lambda found: f"\\{found[0]}", shown)


def _render_turn(turn: Turn) -> str:
    return f"## {heading(turn)}\n\n{turn_block(turn)}\n"


def _render_branch(turn: Turn) -> str:
    return _render_turn(turn).replace(
        "## ", f"## {turn.number} after {turn.parent or 'the start'}: ", 1
    )


def _render_part(part: Part) -> str:
    if isinstance(part, Text | Refusal):
        return part.text
    if isinstance(part, Reasoning):
        return _quote(part.text)
    if isinstance(part, ToolCall):
        return f"Tool call `{part.id}`: {_code_block(f'{part.name}({part.arguments})')}"
    if isinstance(part, ToolResult):
        said = "".join(below.text for below in part.parts if isinstance(below, Text))
        media = map(_render_part, (below for below in part.parts if isinstance(below, Media)))
        return "\n\n".join((f"Result of `{part.id}`: {_code_block(said)}", *media))
    if isinstance(part, Media):
        return f"[{part.mime} {part.name or ''}]({part.address or ''})"
    return ""


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _code_block(text: str) -> str:
    """The text in a fence that nothing in it can close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"\n\n{fence}\n{text}\n{fence}"


def _with_footnotes(turn: Turn) -> Turn:
    """An answer with a footnote mark after each cited span."""
    if not turn.answer or not turn.answer.citations:
        return turn
    known = {source.number for source in turn.answer.sources}
    cited = [citation for citation in turn.answer.citations if citation.number in known]
    marked = mark_message(turn.message, cited, lambda number: f"[^{_label(turn, number)}]")
    return turn._replace(message=marked)


def _label(turn: Turn, number: int) -> str:
    """The name of a footnote, unique within the document."""
    return f"{turn.number}-{number}"


def _source_lines(turn: Turn) -> Iterator[str]:
    """The sources of an answer: as footnotes if a mark refers to them."""
    text = text_of(_with_footnotes(turn).message)
    for source in turn.answer.sources if turn.answer else ():
        label = f"[^{_label(turn, source.number)}]"
        mark = f"{label}:" if label in text else f"{source.number}."
        title = " ".join((source.title or source.url).split())
        yield f"{mark} {title} <{_safe_address(source.url)}>"


def _safe_address(url: str) -> str:
    """A URL escaped so that it can stand between angle brackets, and means the same."""
    return re.sub(r"[\s<>\\]", lambda found: quote(found[0]), url)
