"""What a conversation of ChatGPT's or Claude's export is here, whatever its fields hold."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.conversation.foreign.chatgpt import read_chatgpt
from aichat.core.conversation.foreign.claude import read_claude
from aichat.core.conversation.foreign.tree import make_conversation
from aichat.core.conversation.turn import Conversation, path_to
from aichat.core.conversation.validate import is_valid
from aichat.core.message.media import Media
from aichat.core.message.message import Reasoning, ServerTool, Text, text_of

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
FILES = {"file-ABC1": PNG, "file_000": PNG, "notes.png": PNG}


def node(key: str, parent: str | None, role: str | None, *parts: Any, **more: Any) -> Any:
    """A node of ChatGPT's mapping; without a role one that only holds others."""
    content = more.pop("content", {"content_type": "text", "parts": list(parts)})
    author = {"role": role, "name": more.pop("name", None)}
    message = {"id": key, "author": author, "create_time": 5.0, "content": content, **more}
    return key, {"id": key, "parent": parent, "message": message if role else None}


def chatgpt(*nodes: Any, **more: Any) -> Mapping[str, Any]:
    about = {"id": "c1", "title": "T", "create_time": 1.5, "update_time": 9.5}
    return {**about, "mapping": dict(nodes), **more}


def read(value: Mapping[str, Any]) -> tuple[Conversation, list[str]]:
    talk = (read_chatgpt if "mapping" in value else read_claude)(value, FILES.get)
    found = make_conversation(talk)
    assert is_valid(found)
    return found, [*talk.left_out]


def said(found: Conversation) -> list[tuple[str, str]]:
    return [(t.role, text_of(t.message)) for t in path_to(found.turns, found.about.head)]


def test_branches_stay_and_the_path_is_that_of_the_current_node() -> None:
    nodes = [
        node("c2", "u", "assistant", "second", metadata={"model_slug": "o3"}),
        node("root", None, None),
        node("u", "root", "user", "ask"),
        node("c1", "u", "assistant", "first"),
        node("u2", "c1", "user", "more"),
    ]
    found, left = read(chatgpt(*nodes, current_node="c2", default_model_slug="gpt-4o"))
    assert said(found) == [("user", "ask"), ("assistant", "second")]
    assert [text_of(turn.message) for turn in found.turns] == ["ask", "second", "first", "more"]
    assert [turn.parent for turn in found.turns] == [None, 1, 1, 3]
    models = [turn.answer.model for turn in found.turns if turn.answer]
    assert (models, left, found.about.id) == (["o3", "gpt-4o"], [], "chatgpt-c1")
    assert all(turn.answer.cost is None for turn in found.turns if turn.answer)
    assert said(read(chatgpt(*nodes))[0]) == [
        ("user", "ask"),
        ("assistant", "first"),
        ("user", "more"),
    ]


def test_what_a_model_did_on_the_way_is_part_of_its_answer() -> None:
    found, left = read(
        chatgpt(
            node("u", None, "user", "2+2?"),
            node(
                "t",
                "u",
                "assistant",
                content={"content_type": "thoughts", "thoughts": [{"content": "hm"}]},
            ),
            node(
                "c",
                "t",
                "assistant",
                content={"content_type": "code", "text": "2+2"},
                recipient="python",
            ),
            node(
                "o",
                "c",
                "tool",
                content={"content_type": "execution_output", "text": "4"},
                name="python",
            ),
            node("x", "o", "assistant", "4\ue200cite\ue202turn0\ue201!\u301012\u2020source\u3011"),
        )
    )
    assert found.turns[1].message.parts == (
        Reasoning("hm"),
        ServerTool("", "python", "2+2", "4"),
        Text("4!"),
    )
    assert (len(found.turns), left) == (2, [])


@pytest.mark.parametrize(
    ("written", "stays"),
    [
        ("a\ue200cite\ue202turn0\ue201b", "ab"),
        ("a\u301012:3\u2020source\u3011b", "ab"),
        ("a\ue200b\ue200c\ue201d", "a\ue200bd"),
        ("a\ue200b", "a\ue200b"),
        ("a\u3010Note\u3011b", "a\u3010Note\u3011b"),
    ],
)
def test_citation_marks_go_and_what_is_none_stays(written: str, stays: str) -> None:
    assert said(read(chatgpt(node("u", None, "user", written)))[0]) == [("user", stays)]


@pytest.mark.parametrize("mark", ["\ue200x", "\u30101\u2020"])
def test_beginnings_without_ends_cost_what_their_length_costs(mark: str) -> None:
    text, began = mark * 200_000, time.process_time()
    assert said(read(chatgpt(node("u", None, "user", text)))[0]) == [("user", text)]
    assert time.process_time() - began < 2  # half a minute and more if each looks for its end


def test_words_may_be_objects() -> None:
    spoken = {"content_type": "audio_transcription", "text": "aloud"}
    found, left = read(chatgpt(node("u", None, "user", "so", spoken, {"text": " "})))
    assert ([text_of(turn.message) for turn in found.turns], left) == (["soaloud "], [])


def test_attachments_come_along_and_what_lacks_is_told() -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-ABC1"}
    gone = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_999"}
    found, left = read(
        chatgpt(
            node(
                "h",
                None,
                "system",
                "secret",
                metadata={"is_visually_hidden_from_conversation": True},
            ),
            node("e", "h", "user", content={"content_type": "user_editable_context"}),
            node(
                *("u", "e", "user"),
                content={"content_type": "multimodal_text", "parts": [image, gone, "look"]},
                metadata={
                    "attachments": [{"id": "file_000", "name": "b.png"}, {"id": "file-ABC1"}]
                },
            ),
        )
    )
    assert found.turns[0].message.parts == (
        Media("image/png", PNG),
        Text("look"),
        Media("image/png", PNG, "b.png"),
    )
    missing = "attachment that is not in the archive"
    assert sorted(left) == [missing, "custom instructions", "hidden message"]


@pytest.mark.parametrize(
    "nodes",
    [
        [node("a", "b", "user", "x"), node("b", "a", "user", "y")],
        [node("a", "gone", "user", "x", 7, None, {"z": 1}), ("n", 5), ("m", {"message": 3})],
        [
            node(
                "a", None, "user", "x", metadata=[], create_time="soon", recipient=3, content_type=1
            )
        ],
        [
            node("a", None, "user", "x"),
            node("b", "a", "robot", "y"),
            node("c", "b", "user", content=4),
        ],
    ],
)
def test_fields_of_any_type_break_nothing(nodes: list[Any]) -> None:
    found, _ = read(chatgpt(*nodes, title=None, create_time="x", update_time=float("nan")))
    assert "x" in {text_of(turn.message) for turn in found.turns}
    assert found.about.title in ("x", "y")


@pytest.mark.parametrize(
    "value",
    [
        chatgpt(),
        chatgpt(node("a", None, "user", "x"), id="../x"),
        {"uuid": None, "chat_messages": []},
        {"uuid": "u", "chat_messages": [{"sender": "human", "text": ""}]},
    ],
)
def test_what_is_no_conversation_is_refused(value: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"id|nothing is said"):
        read(value)


def claude(*messages: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    times = {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-02T00:00:00.5Z"}
    return {"uuid": "k1", "name": "", **times, "chat_messages": list(messages), **more}


def test_claudes_words_are_wherever_they_are() -> None:
    found, left = read(
        claude(
            {
                "uuid": "1",
                "sender": "human",
                "text": "sum this",
                "content": [{"type": "text", "text": ""}],
                "attachments": [
                    {"file_name": "a.txt", "extracted_content": "pasted"},
                    {"file_name": "b"},
                ],
                "files": [{"file_name": "notes.png"}, {"file_name": "gone.png"}],
            },
            {
                "uuid": "2",
                "sender": "assistant",
                "text": "",
                "content": [
                    {"type": "thinking", "thinking": "hm"},
                    {"type": "tool_use", "id": "t", "name": "search", "input": {"q": 1}},
                    {"type": "tool_result", "tool_use_id": "t", "content": [{"text": "r"}]},
                    {"type": "text", "text": "done"},
                    {"type": "flag"},
                ],
            },
        )
    )
    asked, answered = (turn.message.parts for turn in found.turns)
    assert asked == (
        Text("a.txt\n```\npasted\n```\n\nsum this"),
        Media("image/png", PNG, "notes.png"),
    )
    assert answered == (
        Reasoning("hm"),
        ServerTool("t", "search", '{"q": 1}', "r"),
        Text("done"),
    )
    missing = ["attachment that is not in the archive"] * 2
    assert left == [*missing, "content of the kind flag"]
    assert (found.about.updated, found.about.id) == (1735776000.5, "claude-k1")


def test_claudes_branches_follow_their_parents_else_the_order() -> None:
    root = "00000000-0000-4000-8000-000000000000"
    messages = [
        {"uuid": "1", "sender": "human", "text": "a", "parent_message_uuid": root},
        {"uuid": "2", "sender": "assistant", "text": "b", "parent_message_uuid": "1"},
        {"uuid": "3", "sender": "assistant", "text": "c", "parent_message_uuid": "1"},
        {"uuid": "4", "sender": "human", "text": "d"},
    ]
    found, _ = read(claude(*messages))
    assert [turn.parent for turn in found.turns] == [None, 1, 1, 3]
    assert [text for _, text in said(found)] == ["a", "c", "d"]
