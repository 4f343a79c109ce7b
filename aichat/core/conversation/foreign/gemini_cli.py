"""Sessions of Gemini CLI: one JSON document, or since 2026 records to be applied in order.

Source: its ``chatRecordingService.ts`` (0.6x), as others read it: a repeated message replaces
the earlier one, ``$rewindTo`` removes a message and all after it, ``$set`` changes the head.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.core.conversation.foreign.tree import (
    ForeignTalk,
    ForeignTurn,
    parents_first,
    text_in,
)
from aichat.core.message.message import Message, Part, Reasoning, ServerTool, Text
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import dumps, get_object, objects

#: Who speaks in each kind of message; all other kinds are the program's own.
_SPEAKERS: Mapping[str, Any] = {"user": "user", "gemini": "assistant"}


def is_gemini_session(head: str) -> bool:
    """Whether a file that begins with ``head`` is such a session."""
    return head.startswith("{") and '"sessionId"' in head and '"projectHash"' in head


def read_gemini_session(records: Iterable[Mapping[str, Any]]) -> ForeignTalk:
    """The session that the records make up; what was rewound stays as a branch.

    Errors: ``ValueError`` if it has no id.
    """
    reader = _Records()
    for record in records:
        reader.apply(record)
    head = reader.head
    known = text_in(head.get("sessionId"))
    if not re.fullmatch(r"[\w-]{1,150}", known):
        raise ValueError("it has no id")
    left_out: list[str] = []
    turns = [turn for key, one in reader.said.items() for turn in _turns(key, one, left_out)]
    return ForeignTalk(
        f"gemini-{known}",
        text_in(head.get("summary")),
        parse_instant(head.get("startTime")),
        parse_instant(head.get("lastUpdated")),
        parents_first(turns, reader.parents),
        reader.parents,
        reader.last,
        [*reader.left_out, *left_out],
    )


class _Records:
    """The state that records leave: the head, every message by id, and the parent of each."""

    def __init__(self) -> None:
        self.head: dict[str, Any] = {}
        self.said: dict[str, Mapping[str, Any]] = {}
        self.parents: dict[str, str | None] = {}
        self.last: str | None = None
        self.left_out: list[str] = []

    def apply(self, record: Mapping[str, Any]) -> None:
        """Apply the next record, or a whole document."""
        key, patch = text_in(record.get("id")), get_object(record, "$set")
        if target := text_in(record.get("$rewindTo")):
            self.last = self.parents.get(target)
        elif key:
            self._say(key, record)
        else:
            self._change_head(patch or record)

    def _say(self, key: str, record: Mapping[str, Any]) -> None:
        if key not in self.said:
            self.parents[key], self.last = self.last, key
        self.said[key] = record

    def _change_head(self, change: Mapping[str, Any]) -> None:
        self.head |= {name: value for name, value in change.items() if name != "messages"}
        listed = [*objects(change.get("messages"))]
        if self.said and listed:  # the model's context from here on, which repeats what was said
            self.left_out.append("context that was compressed")
            return
        for message in listed:
            self.apply(message)


def _turns(key: str, record: Mapping[str, Any], left_out: list[str]) -> Iterator[ForeignTurn]:
    speaker = _SPEAKERS.get(text_in(record.get("type")))
    if speaker is None:
        left_out.append("note of the program")
        return
    parts = (*_thoughts(record), *_words(record.get("content"), left_out), *_calls(record))
    if parts:
        at, model = parse_instant(record.get("timestamp")), text_in(record.get("model"))
        yield ForeignTurn(key, Message(speaker, parts), at, model)


def _thoughts(record: Mapping[str, Any]) -> Iterator[Part]:
    for thought in objects(record.get("thoughts")):
        said = (text_in(thought.get("subject")), text_in(thought.get("description")))
        if text := ": ".join(filter(None, said)):
            yield Reasoning(text)


def _words(content: Any, left_out: list[str]) -> Iterator[Part]:
    """The parts of a content, which is a text, a part, or a list of both."""
    for part in content if isinstance(content, list) else [content]:
        text = text_in(part.get("text") if isinstance(part, dict) else part)
        if text.strip():
            yield Text(text)
        elif isinstance(part, dict) and "text" not in part:
            kind = next((name for name in part if re.fullmatch(r"[A-Za-z]{1,40}", str(name))), "")
            left_out.append(f"content of the kind {kind}" if kind else "unknown content")


def _calls(record: Mapping[str, Any]) -> Iterator[Part]:
    for call in objects(record.get("toolCalls")):
        name, given = text_in(call.get("name")), dumps(call.get("args"))
        results = call.get("result")
        outputs = [
            _output(get_object(one, "functionResponse"))
            for one in (objects(results) if isinstance(results, list) else ())
        ]
        output = "\n".join(filter(None, outputs)) or text_in(results)
        yield ServerTool(text_in(call.get("id")), name, input=given, output=output)


def _output(response: Mapping[str, Any]) -> str:
    told = get_object(response, "response")
    return text_in(told.get("output")) or (dumps(told) if told else "")
