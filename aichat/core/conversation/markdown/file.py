"""A conversation as a Markdown file with a head: written, and read again after it was edited."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aichat.core.conversation.markdown.page import (
    HEADING,
    OTHER_BRANCHES,
    render_markdown,
    turn_block,
)
from aichat.core.conversation.markdown.tool_blocks import call_parts, result_parts
from aichat.core.conversation.prompt.front_matter import split_head
from aichat.core.conversation.turn import Conversation, Turn, path_to
from aichat.core.message.message import Message, Part, Text, ToolCall
from aichat.core.text.dates import format_time
from aichat.core.text.sanitize import sanitize
from aichat.errors import usage_error
from aichat.values import NamedTuple

_OWN_KEYS = ("id", "title", "created", "updated", "provider", "model", "turns")
_KEY_LINE = re.compile(r"([A-Za-z_][\w-]*)\s*:")
_ESCAPED = re.compile(rf"^\\(?=\\*(?:{HEADING}|{OTHER_BRANCHES}))", re.MULTILINE)
_TURN = re.compile(rf"^{HEADING}\n?", re.MULTILINE)
_ROLES = {"user": "user", "system": "system", "tool result": "tool"}


class FileTurn(NamedTuple):
    """One turn of a file; ``block`` is the text below its heading."""

    role: str
    model: str | None
    block: str

    @property
    def text(self) -> str:
        """What is said."""
        return _ESCAPED.sub("", self.block)


class ConversationFile(NamedTuple):
    """A parsed file: ``other_lines`` of its head are the user's, ``notes`` precede the turns."""

    head: Mapping[str, Any]
    other_lines: tuple[str, ...]
    notes: str
    turns: tuple[FileTurn, ...]

    @property
    def title(self) -> str:
        """The title in its head, else its first heading."""
        heading = self.notes.partition("\n")[0].removeprefix("# ").strip()
        return str(self.head.get("title") or heading)


def render_file(given: Conversation, other_lines: Sequence[str] = ()) -> str:
    """A conversation's current path as a file; ``other_lines`` are kept in its head."""
    main = path_to(given.turns, given.about.head) or given.turns
    last = next((turn.message for turn in reversed(main) if turn.role == "assistant"), None)
    about = given.about
    head = {
        "id": about.id,
        "title": about.title,
        "created": format_time(about.created),
        "updated": format_time(about.updated),
        "provider": last.provider if last else None,
        "model": last.model if last else None,
        "turns": len(main),
    }
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in head.items()
        if value is not None
    ]
    body = sanitize(render_markdown(given._replace(turns=main)))
    return "\n".join(["---", *lines, *other_lines, "---", "", body])


def parse_file(text: str) -> ConversationFile:
    """Parse a file. Errors: ``usage`` if it contains no turn."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    head, body = split_head(text)
    body = re.split(rf"^(?:---\n\n)?{OTHER_BRANCHES}$", body, maxsplit=1, flags=re.MULTILINE)[0]
    found = [*_TURN.finditer(body)]
    if not found:
        raise usage_error("no conversation: its turns stand below headings such as ## user")
    ends = [*(one.start() for one in found[1:]), len(body)]
    turns = (_turn(one["who"], body[one.end() : end]) for one, end in zip(found, ends, strict=True))
    return ConversationFile(
        head, _other_lines(text), body[: found[0].start()].strip(), tuple(turns)
    )


def _turn(who: str, block: str) -> FileTurn:
    role = _ROLES.get(who, "assistant")
    model = None if role != "assistant" or who == "assistant" else who
    return FileTurn(role, model, block.strip())


def _other_lines(text: str) -> tuple[str, ...]:
    """The lines of a head whose keys are not ours."""
    if not text.startswith("---\n"):
        return ()
    kept, is_own = [], True
    for line in text[4:].partition("\n---")[0].split("\n"):
        if key := _KEY_LINE.match(line):
            is_own = key[1] in _OWN_KEYS
        kept += [] if is_own else [line]
    return tuple(kept)


def stored_path(turns: Iterable[Turn], file: Sequence[FileTurn]) -> tuple[Turn, ...]:
    """The longest run of stored turns, from the beginning on, that a file has unchanged."""
    every = [*turns]
    below: dict[int | None, list[Turn]] = {}
    numbers = {turn.number for turn in every}
    for turn in every:
        below.setdefault(turn.parent if turn.parent in numbers else None, []).append(turn)
    paths: list[tuple[Turn, ...]] = [()]
    for one in file:
        longer = [
            (*path, turn)
            for path in paths
            for turn in below.get(path[-1].number if path else None, ())
            if _is_same(turn, one)
        ]
        if not longer:
            break
        paths = longer
    return paths[-1]


def _is_same(turn: Turn, one: FileTurn) -> bool:
    return turn.role == one.role and sanitize(turn_block(turn)).strip() == one.block


def new_turns(file: ConversationFile, known: Sequence[Turn], now: float) -> tuple[Turn, ...]:
    """The turns of a file after the ``known`` ones, as they may have been edited.

    A tool result without a call before it becomes a message of the user.
    """
    provider, model = file.head.get("provider"), file.head.get("model")
    made: list[Turn] = []
    rest = file.turns[len(known) :]
    for one, after in zip(rest, (*rest[1:], None), strict=False):
        is_known = one.model is not None and one.model == model and isinstance(provider, str)
        who = (provider, one.model) if is_known else (None, None)
        role: Any = one.role
        parts: tuple[Part, ...] = (Text(one.text),)
        if role == "tool":
            results = result_parts(one.text, _calls_of([*known, *made]))
            role, parts = ("tool", results) if results else ("user", parts)
        elif role == "assistant" and after and after.role == "tool":
            parts = call_parts(one.text, after.text)
        made.append(Turn(Message(role, parts, *who), now))
    return tuple(made)


def _calls_of(path: Sequence[Turn]) -> list[ToolCall]:
    """The tool calls of the last turn."""
    parts = path[-1].message.parts if path else ()
    return [part for part in parts if isinstance(part, ToolCall)]
