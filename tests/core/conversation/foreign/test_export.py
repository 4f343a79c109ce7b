"""What is written for other programs is read by them: here by who reads ChatGPT's export."""

import json
from typing import Any

from aichat.core.conversation.foreign.chatgpt import read_chatgpt
from aichat.core.conversation.foreign.export import (
    chatgpt_conversation,
    training_example,
    training_line,
)
from aichat.core.conversation.foreign.tree import make_conversation
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.media import Media, Url
from aichat.core.message.message import (
    Message,
    Part,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.errors import Fault


def turn(number: int, parent: int | None, role: Any, *parts: Part, **more: Any) -> Turn:
    answer = Answer("", "m", Message(role, parts), **more) if role == "assistant" else None
    return Turn(Message(role, parts), 100.0 + number, number, parent, answer=answer)


def conversation(*turns: Turn, head: int | None = None) -> Conversation:
    about = Summary("chatgpt-c1", "A talk", 100.0, 200.0, head or turns[-1].number, len(turns))
    return Conversation(about, turns)


BRANCHED = conversation(
    turn(1, None, "user", Text("why")),
    turn(2, 1, "assistant", Reasoning("hm"), ServerTool("", "web", "q", "found"), Text("so")),
    turn(3, 1, "assistant", Text("otherwise")),
    turn(4, 3, "user", Text("a\u00e9\u2028"), Text("b")),
    head=4,
)


def test_what_is_written_for_chatgpt_is_read_as_what_it_was() -> None:
    written = json.loads(json.dumps(chatgpt_conversation(BRANCHED)))
    found = make_conversation(read_chatgpt(written, lambda _: None))
    assert found.about[:6] == BRANCHED.about[:6]
    assert [(t.number, t.parent, t.role, t.message.parts, t.at) for t in found.turns] == [
        (t.number, t.parent, t.role, t.message.parts, t.at) for t in BRANCHED.turns
    ]
    assert found.turns[1].answer is not None
    assert found.turns[1].answer.model == "m"


def test_media_and_calls_go_by_whatever_name_they_have() -> None:
    given = conversation(
        turn(
            *(1, None, "user", Media("image/png", b"1", name="cat.png")),
            *(Media("image/png", Url("https://a.org/b/dog.png")), Media("image/png", b"2")),
        ),
        turn(2, 1, "assistant", ServerTool("", "", "q", ""), ToolCall("t", "now", "{}")),
    )
    messages = [n["message"] for n in chatgpt_conversation(given)["mapping"].values()]
    media, *calls = [message for message in messages if message]
    assert [part["asset_pointer"] for part in media["content"]["parts"]] == [
        "file-service://cat.png",
        "file-service://dog.png",
        "file-service://image/png",
    ]
    assert [call["recipient"] for call in calls] == ["tool", "now"]


def test_what_a_tool_gave_is_a_message_of_its_own() -> None:
    result = ToolResult("t", "now", (Text("no"), Media("image/png", b"1"), Text("on")))
    given = conversation(
        turn(1, None, "assistant", Reasoning(""), Reasoning("hm"), ServerTool("", "web", "", "7")),
        turn(2, 1, "tool", result),
    )
    written = chatgpt_conversation(given)
    messages = [node["message"] for node in written["mapping"].values() if node["message"]]
    told = [(m["author"]["role"], m["author"].get("name"), m["content"]) for m in messages]
    thoughts = {"content_type": "thoughts", "thoughts": [{"content": "hm"}]}
    assert told == [
        ("assistant", None, thoughts),
        ("tool", "web", {"content_type": "execution_output", "text": "7"}),
        ("tool", "now", {"content_type": "execution_output", "text": "noon"}),
    ]
    assert written["mapping"][written["current_node"]]["message"] == messages[-1]


def test_every_node_is_where_its_parent_says() -> None:
    nodes = chatgpt_conversation(BRANCHED)["mapping"]
    for key, node in nodes.items():
        assert node["id"] == key
        assert all(nodes[below]["parent"] == key for below in node["children"])
        assert node["parent"] is None or key in nodes[node["parent"]]["children"]


def test_an_example_is_the_way_to_the_last_answer() -> None:
    call = ToolCall("t", "now", "{}")
    given = conversation(
        turn(1, None, "system", Text("be brief")),
        turn(2, 1, "user", Text("when")),
        turn(3, 2, "assistant", Reasoning("hm"), call),
        turn(4, 3, "tool", ToolResult("t", "now", (Text("noon"),))),
        turn(5, 4, "assistant", Text("At noon.")),
        turn(6, 5, "user", Text("thanks")),
    )
    called = {"id": "t", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    assert training_example(given) == {
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "when"},
            {"role": "assistant", "content": None, "tool_calls": [called]},
            {"role": "tool", "tool_call_id": "t", "content": "noon"},
            {"role": "assistant", "content": "At noon."},
        ]
    }


def test_nothing_is_learned_from_what_has_no_answer_or_a_failed_one() -> None:
    asked = turn(1, None, "user", Text("hi"))
    failed = turn(2, 1, "assistant", Text("cut"), fault=Fault("truncated", "cut"))
    for turns in ((asked,), (asked, failed), (turn(1, None, "assistant", Text("a")),)):
        assert training_line(conversation(*turns)) == ""
