"""Stored turns as the messages of the next request, whoever is asked."""

import json
from typing import Any

from hypothesis import given, settings

from aichat.core.conversation import replay
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Source
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from tests.support.values.turns import paths

CALL = ToolCall("call_0", "depth", "{}")
RESULT = ToolResult("call_0", "depth", (Text("9 m"),))


def turn(role: Any, *parts: Part, **more: Any) -> Turn:
    return Turn(Message(role, parts, "gemini", "m"), 0.0, **more)


def sent(*path: Turn, provider: str = "groq", tools: bool = True) -> list[Message]:
    return list(replay.messages(path, provider, "m", tools=tools))


@settings(max_examples=40, deadline=None)
@given(paths())
def test_another_model_gets_no_reasoning_no_items_and_no_server_tools(
    path: tuple[Turn, ...],
) -> None:
    for message in replay.messages(path, "anthropic", "m"):
        if message.role == "assistant":
            assert not any(isinstance(p, Raw | Reasoning | ServerTool) for p in message.parts)


@settings(max_examples=40, deadline=None)
@given(paths())
def test_the_model_that_made_a_whole_turn_gets_it_back_as_it_was(path: tuple[Turn, ...]) -> None:
    whole = [
        turn.message
        for turn in path
        if (turn.message.provider, turn.message.model) == ("groq", "a")
        and turn.role == "assistant"
        and turn.status == "complete"
        and turn.message.parts
        and not any(isinstance(part, ToolResult) for part in turn.message.parts)
    ]
    found = list(replay.messages(path, "groq", "a"))
    assert all(message in found for message in whole)


@settings(max_examples=40, deadline=None)
@given(paths())
def test_no_message_is_empty_and_none_changes_its_speaker(path: tuple[Turn, ...]) -> None:
    found = list(replay.messages(path, "groq", "a"))
    assert all(message.parts for message in found)
    roles = iter(turn.role for turn in path)
    assert all(message.role in roles for message in found)  # in this order


@settings(max_examples=40, deadline=None)
@given(paths())
def test_a_model_without_tools_gets_neither_calls_nor_results(path: tuple[Turn, ...]) -> None:
    for message in replay.messages(path, "local", "m", tools=False):
        assert not any(isinstance(part, ToolCall | ToolResult) for part in message.parts)


@settings(max_examples=40, deadline=None)
@given(paths())
def test_calls_of_other_models_never_share_an_id(path: tuple[Turn, ...]) -> None:
    found = [
        p.id for m in replay.messages(path, "other", "m") for p in m.parts if type(p) is ToolCall
    ]
    assert len(set(found)) == len(found)


def test_ids_that_come_again_are_told_apart_with_their_results() -> None:
    path = [turn("assistant", CALL), turn("tool", RESULT)] * 3
    ids = [part.id for message in sent(*path) for part in message.parts]  # type: ignore[union-attr]
    assert ids[0::2] == ids[1::2] == ["call_0", "call_1", "call_2"]


def test_a_new_id_is_none_that_a_later_answer_has() -> None:
    later = CALL._replace(id="call_1")
    path = [turn("assistant", CALL), turn("assistant", CALL), turn("assistant", later)]
    ids = [part.id for message in sent(*path) for part in message.parts]  # type: ignore[union-attr]
    assert ids == ["call_0", "call_2", "call_1"]


def test_their_own_model_gets_them_as_it_gave_them() -> None:
    path = [turn("assistant", CALL), turn("tool", RESULT)] * 2
    ids = [part.id for m in sent(*path, provider="gemini") for part in m.parts]  # type: ignore[union-attr]
    assert ids == ["call_0"] * 4


FOUND = json.dumps([{"title": "Tides", "encrypted_content": "EtkB", "deep": {"encrypted_x": 1}}])


def test_what_a_servers_tool_gave_is_told_without_what_only_its_provider_reads() -> None:
    tool = ServerTool("s", "web_search", '{"query": "x"}', FOUND)
    (message,) = sent(turn("assistant", tool))
    (text,) = message.parts
    assert isinstance(text, Text)
    assert text.text == '[web_search: {"query": "x"}]\n[{"title": "Tides", "deep": {}}]\n\n'


def test_output_that_is_no_json_is_told_as_it_is() -> None:
    (message,) = sent(turn("assistant", ServerTool("s", "shell", "ls", "encrypted.txt\n1.0")))
    assert message.parts == (Text("[shell: ls]\nencrypted.txt\n1.0\n\n"),)


def test_sources_follow_the_text_that_they_are_of() -> None:
    sources = (Source(1, "https://a.example", "A"), Source(2, "https://b.example"))
    said = Message("assistant", (Text("Yes [1]."),), "gemini", "m")
    known = Answer("gemini", "m", said, sources=sources)
    (message,) = sent(Turn(said, 0.0, answer=known))
    listed = "\n\nSources:\n[1] A https://a.example\n[2] https://b.example"
    assert message.parts == (Text("Yes [1]."), Text(listed))
    assert sent(Turn(said, 0.0, answer=known), provider="gemini") == [said]


PAUSED = Answer("gemini", "m", Message("assistant", ()), finish_reason="pause")
RAW = Raw("messages", {"type": "server_tool_use"}, replay=True)


def test_a_paused_turn_keeps_its_items_only_while_it_is_the_last() -> None:
    paused = turn("assistant", RAW, Text("Looking."), status="partial", answer=PAUSED)
    after = turn("user", Text("Never mind."))
    assert sent(paused, provider="gemini")[0].parts == (RAW, Text("Looking."))
    assert sent(paused, after, provider="gemini")[0].parts == (Text("Looking."),)


SEALED = Raw("responses", {"type": "reasoning", "encrypted_content": "gAAA"}, replay=True)
UNSEALED = Raw("responses", {"type": "reasoning", "summary": []}, replay=True)


def test_unsealed_reasoning_goes_back_only_where_nothing_is_looked_up() -> None:
    for raw, sealed, kept in ((SEALED, True, 2), (UNSEALED, True, 1), (UNSEALED, False, 2)):
        path = [turn("assistant", raw, Text("Yes."))]
        (message,) = replay.messages(path, "gemini", "m", sealed=sealed)
        assert len(message.parts) == kept


def test_a_cut_turn_is_its_text_alone_even_for_its_own_model() -> None:
    cut = turn("assistant", Reasoning("Hm."), RAW, Text("Once"), CALL, status="interrupted")
    assert sent(cut, provider="gemini")[0].parts == (Text("Once"),)


def test_calls_and_results_are_words_for_a_model_that_takes_no_tools() -> None:
    path = [turn("assistant", CALL), turn("tool", RESULT)]
    told = [message.parts for message in sent(*path, tools=False)]
    assert told == [(Text("[depth({})]"),), (Text("[depth returned: 9 m]"),)]
