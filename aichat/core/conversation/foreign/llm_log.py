"""Conversations in the ``logs.db`` of ``llm``, in both of its formats.

Source: ``llm`` 0.32, ``migrations.py`` and ``logs.py``: up to 0.31 a row of ``responses`` is a
question with its answer; from 0.32 on messages form a tree, and a turn says where in it a call
began and ended. Times are in UTC without saying so.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aichat.core.conversation.foreign.tree import (
    ForeignTalk,
    ForeignTurn,
    parents_first,
    text_in,
)
from aichat.core.message.media import Media, Url
from aichat.core.message.message import Message, Part, Reasoning, ServerTool, Text
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import dumps, get_object, objects, parse_object

Row = Mapping[str, Any]

#: Find a row of ``attachments``, and a text of ``fragments``, by its id.
FindAttachment = Callable[[str], Row | None]
FindFragment = Callable[[int], str]


def read_responses(about: Row, rows: Sequence[Row], find: FindAttachment) -> ForeignTalk:
    """A conversation in the older format: ``rows`` in their order. Errors: ``ValueError``.

    Each has ``fragments``, ``attachments``, ``tool_calls`` and ``tool_results`` as lists.
    """
    reader = _PartReader(find)
    turns: list[ForeignTurn] = []
    system = ""
    for row in rows:
        at, key = parse_instant(row.get("datetime_utc")), text_in(row.get("id"))
        if (told := text_in(row.get("system"))) and told != system:
            system = told
            turns.append(ForeignTurn(f"{key}-s", Message("system", (Text(told),)), at))
        if asked := (*reader.question_parts(row),):
            turns.append(ForeignTurn(f"{key}-u", Message("user", asked), at))
        if answered := (*_answer_parts(row),):
            model = text_in(row.get("resolved_model")) or text_in(row.get("model"))
            turns.append(ForeignTurn(f"{key}-a", Message("assistant", answered), at, model))
    keys = [turn.key for turn in turns]
    parents = dict(zip(keys, [None, *keys], strict=False))
    return _talk(about, turns, parents, None, reader.left_out)


def read_thread(
    about: Row,
    turns: Sequence[Row],
    messages: Sequence[Row],
    find: FindAttachment,
    fragment: FindFragment,
) -> ForeignTalk:
    """A conversation in the newer format: all ``messages`` on the paths to its turns' ends.

    Each message has its rows of ``parts`` as a list.
    """
    reader = _PartReader(find, fragment)
    parents = {text_in(m.get("hash")): text_in(m.get("parent_hash")) or None for m in messages}
    given = _givers(turns, parents)
    said = []
    for message in messages:
        key = text_in(message.get("hash"))
        turn = given.get(key, {})
        role: Any = {"tool": "assistant"}.get(message.get("role"), message.get("role"))  # type: ignore[arg-type]
        parts = (*(part for row in message["parts"] for part in reader.part(row)),)
        if role not in ("user", "assistant", "system"):
            reader.left_out.append("message of an unknown kind")
        elif parts:
            model = text_in(turn.get("resolved_model")) or text_in(turn.get("model"))
            model = model if role == "assistant" else ""
            said.append(
                ForeignTurn(
                    key, Message(role, parts), parse_instant(turn.get("datetime_utc")), model
                )
            )
    head = text_in(about.get("tip_message_hash")) or None
    return _talk(about, parents_first(said, parents), parents, head, reader.left_out)


def _talk(
    about: Row,
    turns: Sequence[ForeignTurn],
    parents: Mapping[str, str | None],
    head: str | None,
    left_out: Sequence[str],
) -> ForeignTalk:
    times = [turn.at for turn in turns if turn.at is not None]
    created, updated = min(times, default=None), max(times, default=None)
    known = text_in(about.get("id"))
    if not re.fullmatch(r"[\w-]{1,150}", known):
        raise ValueError("it has no id")
    title = text_in(about.get("name"))
    return ForeignTalk(f"llm-{known}", title, created, updated, turns, parents, head, left_out)


def _givers(turns: Sequence[Row], parents: Mapping[str, str | None]) -> dict[str, Row]:
    """The turn that produced each message."""
    given: dict[str, Row] = {}
    for turn in turns:
        key: str | None = text_in(turn.get("tip_message_hash"))
        begin = text_in(turn.get("parent_message_hash"))
        while key and key not in given and key in parents:
            given[key] = turn
            key = None if key == begin else parents[key]
    return given


def _answer_parts(row: Row) -> Iterator[Part]:
    """What a response is made of, after what its tools returned."""
    for result in objects(row.get("tool_results")):
        output = text_in(result.get("output"))
        yield ServerTool(text_in(result.get("tool_call_id")), "", output=output)
    if reasoning := text_in(row.get("reasoning")):
        yield Reasoning(reasoning)
    if (text := text_in(row.get("response"))).strip():
        yield Text(text)
    for call in objects(row.get("tool_calls")):
        yield ServerTool(
            text_in(call.get("tool_call_id")),
            text_in(call.get("name")),
            input=text_in(call.get("arguments")),
        )


class _PartReader:
    """Reads parts; ``left_out`` names what could not be imported."""

    def __init__(self, find: FindAttachment, fragment: FindFragment = lambda _: "") -> None:
        self._find, self._fragment = find, fragment
        self.left_out: list[str] = []

    def question_parts(self, row: Row) -> Iterator[Part]:
        """What a question is made of."""
        for attachment in objects(row.get("attachments")):
            yield from self._media(attachment)
        texts = [text_in(text) for text in row.get("fragments") or ()]
        text = "\n\n".join(filter(None, (*texts, text_in(row.get("prompt")))))
        yield from [Text(text)] if text.strip() else ()

    def part(self, row: Row) -> Iterator[Part]:
        """The parts that a row of ``parts`` holds."""
        about, kind = parse_object(text_in(row.get("payload"))), row.get("type")
        text = text_in(row.get("text")) or text_in(about.get("text")) or self._put_together(about)
        if kind == "text":
            yield from [Text(text)] if text.strip() else ()
        elif kind == "reasoning":
            yield from [Reasoning(text)] if text else ()
        elif kind == "tool_call":
            name, given = text_in(about.get("name")), about.get("arguments")
            shown = given if isinstance(given, str) else dumps(given)
            yield ServerTool(text_in(about.get("tool_call_id")), name, input=shown)
        elif kind == "tool_result":
            output = text_in(about.get("output"))
            yield ServerTool(text_in(about.get("tool_call_id")), "", output=output)
        elif kind == "attachment":
            found = self._find(text_in(get_object(about, "attachment").get("id")))
            yield from self._media(found or {})
        else:
            self.left_out.append("unknown content")

    def _put_together(self, about: Row) -> str:
        """A text, with its fragments inserted."""
        pieces = objects(about.get("text_ref"))
        return "".join(
            text_in(piece["literal"])
            if "literal" in piece
            else self._fragment(number)
            if isinstance(number := piece.get("fragment"), int)
            else ""
            for piece in pieces
        )

    def _media(self, attachment: Row) -> Iterator[Part]:
        mime, data = text_in(attachment.get("type")), attachment.get("content")
        if isinstance(data, bytes) and data:
            yield Media(mime or "application/octet-stream", data)
        elif (url := text_in(attachment.get("url"))).startswith(("https://", "http://")):
            yield Media(mime or "application/octet-stream", Url(url))
        else:
            self.left_out.append("attachment that is not in the file")
