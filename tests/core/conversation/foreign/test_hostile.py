"""No field of another program's file is of a type that can be relied on."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aichat.core.conversation.foreign.chatgpt import is_chatgpt, read_chatgpt
from aichat.core.conversation.foreign.claude import is_claude, read_claude
from aichat.core.conversation.foreign.gemini_cli import read_gemini_session
from aichat.core.conversation.foreign.kimi import read_kimi_session
from aichat.core.conversation.foreign.sessions import read_agent_session, read_older_session
from aichat.core.conversation.foreign.tree import ForeignTalk, make_conversation
from aichat.core.conversation.serialize import dump_conversation, dump_json
from aichat.core.conversation.validate import is_valid

#: What may stand in the place of any value.
_JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e30, float("nan"), 10**400, "", "x", "\ud800", "a\0", [], {}, [[]]),
    *([{}], {"a": 1}, [None]),
)

_DATA_URL = {"url": "data:image/png;base64,aGk="}
_PARTS = ["t", {"text": "x"}, {"asset_pointer": "sediment://file_abc"}]


def _node(parent: str | None, role: str, kind: str = "text") -> dict[str, Any]:
    content = {"content_type": kind, "parts": _PARTS, "text": "z", "thoughts": [{"content": "c"}]}
    files = [{"id": "file-a", "name": "n", "mime_type": "image/png"}]
    message = {
        "author": {"role": role, "name": "n"},
        "recipient": "all",
        "create_time": 1.0,
        "content": content,
        "metadata": {"model_slug": "m", "attachments": files},
    }
    return {"parent": parent, "message": message}


CHATGPT = {
    "conversation_id": "c",
    "title": "t",
    "create_time": 1.0,
    "current_node": "b",
    "mapping": {
        "a": _node(None, "user"),
        "b": _node("a", "assistant"),
        "c": _node("b", "tool"),
        "d": _node("b", "assistant", "thoughts"),
        "e": _node("d", "assistant", "multimodal_text"),
    },
}

CLAUDE = {
    "uuid": "u",
    "name": "n",
    "created_at": "2026-01-01T00:00:00Z",
    "chat_messages": [
        {
            "uuid": "1",
            "sender": "human",
            "text": "hi",
            "content": [
                {"type": "text", "text": "hi"},
                {"type": "tool_use", "id": "i", "name": "n", "input": {"a": 1}},
                {"type": "tool_result", "tool_use_id": "i", "content": [{"text": "r"}]},
            ],
            "attachments": [{"file_name": "f", "extracted_content": "e"}],
            "files": [{"file_name": "f"}],
        },
        {"uuid": "2", "sender": "assistant", "text": "yo", "parent_message_uuid": "1"},
    ],
}

GEMINI = [
    {"sessionId": "s", "projectHash": "h", "messages": [{"id": "1", "type": "user"}]},
    {"id": "2", "type": "gemini", "content": [{"text": "a"}], "thoughts": [{"subject": "s"}]},
    {"id": "3", "type": "user", "content": {"text": "q"}},
    {"$rewindTo": "2"},
    {"$set": {"messages": [{"id": "9", "type": "user", "content": "z"}]}},
]

AGENT = [
    {"type": "user", "uuid": "1", "sessionId": "s", "message": {"role": "user", "content": "hi"}},
    {
        "type": "assistant",
        "uuid": "2",
        "parentUuid": "1",
        "sessionId": "s",
        "message": {
            "id": "m",
            "role": "assistant",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "tool_use", "id": "t", "name": "n", "input": {}},
                {"type": "image", "source": {"media_type": "image/png", "data": "aGk="}},
            ],
        },
    },
    {"type": "session_meta", "payload": {"id": "i"}},
    {
        "type": "response_item",
        "payload": {"type": "message", "role": "user", "content": [{"text": "q"}]},
    },
    {"type": "response_item", "payload": {"type": "function_call", "call_id": "c", "name": "n"}},
]

KIMI = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": [{"type": "text", "text": "a"}], "tool_calls": [{"id": "1"}]},
    {"role": "tool", "tool_call_id": "1", "content": "r"},
]

OLDER = {
    "compressed_messages": [{"role": "user", "content": "old"}],
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": [{"type": "image_url", "image_url": _DATA_URL}]},
        {"role": "assistant", "content": "a"},
    ],
}


def _lines(given: Any) -> list[Mapping[str, Any]]:
    return [one for one in given if isinstance(one, dict)]


READERS: Mapping[str, tuple[Any, Callable[[Any], ForeignTalk | None]]] = {
    "chatgpt": (CHATGPT, lambda v: read_chatgpt(v, lambda _: b"x") if is_chatgpt(v) else None),
    "claude": (CLAUDE, lambda v: read_claude(v, lambda _: None) if is_claude(v) else None),
    "gemini": (GEMINI, lambda v: read_gemini_session(_lines(v))),
    "agent": (AGENT, lambda v: read_agent_session(_lines(v))),
    "kimi": (KIMI, lambda v: read_kimi_session("n", _lines(v), 1.0)),
    "older": (OLDER, lambda v: read_older_session("n", v, 1.0)),
}


def _mutated(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        return {k: _spoilt(v, dice) for k, v in value.items() if dice.random() > 0.02}
    return [_spoilt(one, dice) for one in value] if isinstance(value, list) else value


def _spoilt(value: Any, dice: random.Random) -> Any:
    return dice.choice(_JUNK) if dice.random() < 0.06 else _mutated(value, dice)


@pytest.mark.parametrize("name", READERS)
def test_a_field_of_any_type_leaves_a_conversation_or_a_reason(name: str) -> None:
    given, read = READERS[name]
    dice, made = random.Random(name), 0
    for _ in range(300):
        try:
            talk = read(_mutated(given, dice))
            found = make_conversation(talk) if talk else None
        except ValueError:
            continue
        if found:
            assert is_valid(found)
            dump_json(dump_conversation(found))
            made += 1
    assert made > 50
