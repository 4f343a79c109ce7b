"""Sessions of Gemini CLI and kimi-cli, as records that are applied and lines that follow."""

from typing import Any

import pytest

from aichat.core.conversation.foreign.gemini_cli import is_gemini_session, read_gemini_session
from aichat.core.conversation.foreign.kimi import is_kimi_session, read_kimi_session
from aichat.core.conversation.foreign.tree import make_conversation
from aichat.core.conversation.validate import is_valid
from aichat.core.message.message import Reasoning, ServerTool, Text, text_of

HEAD = {"sessionId": "s1", "projectHash": "p", "startTime": "2026-01-01T00:00:00Z"}


def said(key: str, kind: str, content: Any, **more: Any) -> Any:
    return {
        "id": key,
        "timestamp": "2026-01-01T00:00:01Z",
        "type": kind,
        "content": content,
        **more,
    }


CALL = {
    "id": "t",
    "name": "read_file",
    "args": {"path": "a"},
    "result": [{"functionResponse": {"response": {"output": "words"}}}],
}
THOUGHT = {"subject": "Plan", "description": "look first"}


def test_a_message_that_comes_again_replaces_itself_and_tools_are_part_of_the_answer() -> None:
    records = [
        HEAD | {"messages": []},
        said("1", "user", [{"text": "read"}, " it"]),
        said("2", "gemini", ""),
        said("n", "info", "logged in"),
        said("2", "gemini", "done", thoughts=[THOUGHT], toolCalls=[CALL], model="gemini-3"),
        {"$set": {"summary": "Reading", "lastUpdated": "2026-01-02T00:00:00Z"}},
    ]
    talk = read_gemini_session(records)
    found = make_conversation(talk)
    assert is_valid(found)
    assert (found.about.id, found.about.title) == ("gemini-s1", "Reading")
    assert [turn.message.parts for turn in found.turns] == [
        (Text("read"), Text(" it")),
        (
            Reasoning("Plan: look first"),
            Text("done"),
            ServerTool("t", "read_file", '{"path": "a"}', "words"),
        ),
    ]
    assert found.turns[1].answer is not None
    assert found.turns[1].answer.model == "gemini-3"
    assert talk.left_out == ["note of the program"]


def test_what_was_taken_back_is_a_branch() -> None:
    records = [
        HEAD,
        said("1", "user", "one"),
        said("2", "gemini", "yes"),
        said("3", "user", "wrong"),
        {"$rewindTo": "3"},
        said("4", "user", "right"),
    ]
    found = make_conversation(read_gemini_session(records))
    said_after = {text_of(turn.message): turn.parent for turn in found.turns}
    assert said_after == {"one": None, "yes": 1, "wrong": 2, "right": 2}
    assert text_of(found.turns[(found.about.head or 0) - 1].message) == "right"


def test_context_that_was_compressed_is_told_and_what_was_said_stays() -> None:
    again = {"$set": {"messages": [said("9", "user", "a summary")]}}
    talk = read_gemini_session([HEAD, said("1", "user", "one"), again])
    assert [turn.key for turn in talk.turns] == ["1"]
    assert talk.left_out == ["context that was compressed"]


@pytest.mark.parametrize(
    "records",
    [
        [HEAD | {"sessionId": 7}],
        [{"$rewindTo": 7}, {"$set": 7}, {"id": []}],
        [HEAD | {"sessionId": "../x"}, said("1", "user", "hi")],
    ],
)
def test_a_session_without_a_name_is_refused(records: list[Any]) -> None:
    with pytest.raises(ValueError, match="it has no id"):
        read_gemini_session(records)


@pytest.mark.parametrize("content", [None, 7, [7], [{"text": 7}], {"inlineData": {}}, [[]], {}])
def test_content_of_any_type_breaks_nothing(content: Any) -> None:
    given = said("2", "gemini", content, thoughts=7, toolCalls=[7, {"result": 7, "args": []}])
    records = [HEAD, said("1", "user", "hi"), given, {"$rewindTo": "9"}, said("1", "user", "ho")]
    assert is_valid(make_conversation(read_gemini_session(records)))


KIMI: list[Any] = [
    {"role": "_system_prompt", "content": "be good"},
    {"role": "_checkpoint", "id": 0},
    {"role": "user", "content": "list"},
    {
        "role": "assistant",
        "content": [{"type": "think", "think": "hm"}, {"type": "text", "text": "so"}],
        "tool_calls": [{"id": "t", "function": {"name": "ls", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "t", "content": [{"type": "text", "text": "a.py"}]},
    {"role": "_usage", "token_count": 7},
    {"role": "assistant", "content": "one file"},
    {"role": "odd", "content": "x"},
]


def test_kimis_lines_are_turns_and_its_marks_are_none() -> None:
    talk = read_kimi_session("k1", KIMI, 1_000.0)
    found = make_conversation(talk)
    assert is_valid(found)
    assert (found.about.id, found.about.created) == ("kimi-k1", 1_000.0)
    assert [turn.message.parts for turn in found.turns] == [
        (Text("list"),),
        (Reasoning("hm"), Text("so"), ServerTool("t", "ls", "{}", "a.py"), Text("one file")),
    ]
    assert talk.left_out == ["system prompt", "message of an unknown kind"]


def test_each_is_known_by_its_beginning() -> None:
    assert is_gemini_session('{"sessionId":"a","projectHash":"b"}')
    assert not is_gemini_session('{"sessionId":"a"}')
    assert is_kimi_session('{"role": "_checkpoint", "id": 0}\n{"role":"user"}')
    assert not is_kimi_session('{"role":"user","content":"hi"}')
    with pytest.raises(ValueError, match="it has no id"):
        read_kimi_session("a/b", KIMI, 0.0)
