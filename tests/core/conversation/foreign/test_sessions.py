"""Sessions of programs for the terminal are plain conversations here."""

from typing import Any

import pytest

from aichat.core.conversation.foreign.sessions import read_agent_session, read_older_session
from aichat.core.conversation.foreign.tree import make_conversation
from aichat.core.conversation.validate import is_valid
from aichat.core.message.media import Media
from aichat.core.message.message import Reasoning, ServerTool, Text


def claude_code(uuid: str, parent: str | None, role: str, content: Any, **more: Any) -> Any:
    about = {"type": role, "uuid": uuid, "parentUuid": parent, "sessionId": "s1"}
    message = {"role": role, "content": content, "model": "m", "id": "one"}
    return {**about, "timestamp": "2025-01-01T00:00:00Z", "message": message, **more}


def item(kind: str, payload: Any) -> Any:
    return {"timestamp": "2025-01-01T00:00:00Z", "type": kind, "payload": payload}


def test_an_answer_in_several_lines_is_one_and_results_belong_to_it() -> None:
    lines = [
        {"type": "summary", "summary": "Mending"},
        claude_code("1", None, "user", "mend it"),
        claude_code("2", "1", "assistant", [{"type": "thinking", "thinking": "hm"}]),
        claude_code(
            "3", "2", "assistant", [{"type": "tool_use", "id": "t", "name": "ls", "input": {}}]
        ),
        claude_code(
            "4", "3", "user", [{"type": "tool_result", "tool_use_id": "t", "content": "a.py"}]
        ),
        claude_code("5", "4", "assistant", [{"type": "text", "text": "done"}]),
        claude_code("6", "5", "user", "<command-name>/clear</command-name>"),
        claude_code("7", "5", "user", "aside", isSidechain=True),
    ]
    talk = read_agent_session(lines)
    found = make_conversation(talk)
    assert is_valid(found)
    assert (found.about.id, found.about.title) == ("claude-code-s1", "Mending")
    assert [turn.message.parts for turn in found.turns] == [
        (Text("mend it"),),
        (
            Reasoning("hm"),
            ServerTool("t", "ls", "{}", "a.py"),
            Text("done"),
        ),
    ]
    assert talk.left_out == ["note of the program", "message of a side conversation"]


def test_codex_says_everything_twice_and_is_heard_once() -> None:
    lines = [
        item("session_meta", {"id": "c1"}),
        item(
            "response_item",
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "<environment_context>x"}],
            },
        ),
        item(
            "response_item",
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        ),
        item("event_msg", {"type": "user_message", "message": "hi"}),
        item("response_item", {"type": "reasoning", "encrypted_content": "x"}),
        item(
            "response_item",
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "yes"}],
            },
        ),
        {},
    ]
    found = make_conversation(read_agent_session(lines))
    assert found.about.id == "codex-c1"
    assert [turn.message.parts for turn in found.turns] == [(Text("hi"),), (Text("yes"),)]


def test_an_older_session_begins_with_what_was_compressed() -> None:
    document = {
        "model": "openai:gpt-4o",
        "compressed_messages": [{"role": "user", "content": "first"}],
        "messages": [
            {"role": "system", "content": "summary"},
            {"role": "assistant", "content": [{"type": "text", "text": "second"}]},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]},
        ],
    }
    talk = read_older_session("talk", document, 7.5)
    found = make_conversation(talk)
    assert (found.about.id, found.about.created, len(found.turns)) == ("aichat-talk", 7.5, 2)
    assert talk.left_out == ["system prompt", "content of the kind image_url"]


@pytest.mark.parametrize("lines", [[], [{"sessionId": "../x"}], [item("session_meta", {"id": 3})]])
def test_a_session_without_a_name_is_none(lines: list[Any]) -> None:
    with pytest.raises(ValueError, match="it has no id"):
        read_agent_session(lines)


PNG = "iVBORw0KGgo="

#: A picture as each program keeps it; what is none is told.
PICTURES: tuple[Any, ...] = (
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
    {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
)
NONE: tuple[Any, ...] = (
    {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}},
    {"type": "image_url", "image_url": 7},
    {"type": "image", "source": {"media_type": "image/png", "data": "\u00e9"}},
)


def test_pictures_come_along_where_their_bytes_do() -> None:
    document = {"messages": [{"role": "user", "content": [*PICTURES, *NONE]}]}
    talk = read_older_session("s", document, 1.0)
    (turn,) = make_conversation(talk).turns
    assert turn.message.parts == (Media("image/png", b"\x89PNG\r\n\x1a\n"),) * 3
    assert len(talk.left_out) == 3
