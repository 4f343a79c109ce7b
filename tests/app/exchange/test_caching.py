"""What is sent of a conversation begins as it did, so that the provider's cache finds it."""

import json
from itertools import pairwise
from typing import Any

import pytest

from tests.support.answering.answers import messages_stream
from tests.support.answering.server import Server, chat_error
from tests.support.answering.talk import TARGETS, ScriptedAnswer, Talk, dialogue
from tests.support.running.marks import long_case
from tests.support.running.program import Program, curl_body

TURNS = 12

#: Fields of a body that a provider reads before the dialogue, or that its cache depends on.
BEFORE = (
    "model",
    "system",
    "systemInstruction",
    "system_instruction",
    "instructions",
    "tools",
    "reasoning",
    "thinking",
)

#: What leads to the same machine again: a field of the body, a header, or nothing.
KEYS = {
    "openai": "prompt_cache_key",
    "openai chat": "prompt_cache_key",
    "xai": "prompt_cache_key",
    "xai chat": "x-grok-conv-id",
    "moonshot": "prompt_cache_key",
}


def without_marks(value: Any) -> Any:
    """A body without what is said of a prompt cache, and without the part that a mark needs."""
    if isinstance(value, list):
        return [without_marks(one) for one in value]
    if not isinstance(value, dict):
        return value
    said = {k: v for k, v in value.items() if k not in ("cache_control", "prompt_cache_options")}
    plain = {k: without_marks(v) for k, v in said.items()}
    system = plain.get("system")
    if isinstance(system, list) and len(system) == 1:
        plain["system"] = system[0]["text"]
    return plain


def beginning(name: str, body: dict[str, Any]) -> list[str]:
    """What the prompt is made of, piece by piece, as bytes that a cache would compare."""
    before = {field: body[field] for field in BEFORE if field in body}
    pieces = [before, *dialogue(TARGETS[name], body)]
    return [json.dumps(piece) for piece in pieces]


#: A target a provider; the others' wires are seen in the long run.
_USUAL = {target.provider: name for name, target in reversed(TARGETS.items())}.values()


@pytest.mark.parametrize("name", [n if n in _USUAL else long_case(n) for n in TARGETS])
def test_twelve_requests_each_begin_with_the_one_before(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    tools = '[{"name": "f", "description": "d", "parameters": {"type": "object"}}]'
    words = () if "sonar" in name else ("--tools", tools)
    with Server() as server:
        talk = Talk(aichat, server, cache=None)
        for number in range(TURNS):
            answer = target.reply(ScriptedAnswer([f"answer {number}"]))
            more = ("-s", "Be brief.", *words) if number == 0 else ()
            result = talk.ask(
                answer, f"question {number}", "-C", "talk", *more, "-p", target.provider,
                *target.words,
            )  # fmt: skip
            assert result.code == 0, result.stderr
        sent = [beginning(name, without_marks(body)) for body in talk.bodies]
        for one, other in pairwise(sent):
            assert other[: len(one)] == one
            assert len(other) > len(one)
        assert len(sent) == TURNS
        where = KEYS.get(name)
        seen = (
            {r.json().get(where) or r.headers.get(where) for r in server.requests} if where else {}
        )
        assert len(seen) == bool(where) and None not in seen


def marks(value: Any, path: str = "") -> list[str]:
    """Where a body is marked."""
    if isinstance(value, list):
        return [p for n, one in enumerate(value) for p in marks(one, f"{path}.{n}")]
    if not isinstance(value, dict):
        return []
    own = [path.lstrip(".")] if "cache_control" in value else []
    return own + [p for k, one in value.items() for p in marks(one, f"{path}.{k}")]


def test_four_marks_stand_where_the_next_request_looks_for_them(aichat: Program) -> None:
    target = TARGETS["anthropic"]
    tools = '[{"name": "f", "parameters": {"type": "object"}}]'
    with Server() as server:
        talk = Talk(aichat, server, cache=None)
        for number in range(3):
            answer = target.reply(ScriptedAnswer(["Yes."]))
            more = ("-s", "Be brief.", "--tools", tools) if number == 0 else ()
            talk.ask(answer, f"q{number}", "-C", "talk", "-p", "anthropic", *more)
        first, second, third = talk.bodies
    assert marks(first) == []  # nothing is known to read it again
    assert sorted(marks(second)) == ["messages.0.content.0", "messages.2.content.0", "system.0",
                                     "tools.0"]  # fmt: skip
    assert sorted(marks(third)) == ["messages.2.content.0", "messages.4.content.0", "system.0",
                                    "tools.0"]  # fmt: skip
    assert third["tools"][0]["cache_control"] == {"type": "ephemeral"}


def test_a_longer_cache_is_for_those_who_ask(aichat: Program) -> None:
    with Server() as server:
        profile = '[profiles.long]\nprovider = "anthropic"\ncache = "long"\n'
        talk = Talk(aichat, server, profile, cache=None)
        claude = TARGETS["anthropic"].reply(ScriptedAnswer(["Yes."]))
        talk.ask(claude, "q", "-P", "long")
        talk.ask(claude, "q", "-P", "long", "--cache", "off")
        first, second = talk.bodies
    assert first["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert marks(second) == []


#: What ``-m`` and more stand for -> what is said of caching.
IMPLICIT = {"mode": "implicit", "ttl": "30m"}
OPTIONS: dict[tuple[str, ...], dict[str, str] | None] = {
    ("openai/gpt-6.1-terra",): {"mode": "explicit"},
    ("openai/gpt-6.1-terra", "-C", "talk"): IMPLICIT,
    ("openai/gpt-6.1-terra", "-C", "talk", "--cache", "off"): {"mode": "explicit"},
    ("openai/gpt-6.1-terra", "--cache", "long"): {"mode": "implicit", "ttl": "12h"},
    ("openai/gpt-6.1-terra", "--wire", "chat", "-C", "talk"): IMPLICIT,
    ("openai/gpt-4.1", "-C", "talk"): None,
    ("groq/openai/gpt-oss-20b", "-C", "talk"): None,
}


@pytest.mark.parametrize("words", OPTIONS)
def test_a_single_question_pays_for_no_cache_that_nobody_reads(
    words: tuple[str, ...], aichat: Program
) -> None:
    body = curl_body(aichat.invoke("ask", "hi", "--dry-run", "-m", *words))
    assert body.get("prompt_cache_options") == OPTIONS[words]


@pytest.mark.parametrize("name", ["groq/openai/gpt-oss-20b", "gemini/gemini-3.8-flash"])
def test_where_there_is_no_longer_cache_that_is_told(name: str, aichat: Program) -> None:
    told = aichat.invoke("ask", "hi", "--dry-run", "-m", name, "--cache", "long")
    assert "does not support --cache long: not sent" in told.stderr and told.code == 0
    refused = aichat.invoke("ask", "hi", "--dry-run", "-m", name, "--cache", "long", "--strict")
    assert refused.code == 5


def test_qwen_keeps_a_session_once_the_conversation_goes_on(aichat: Program) -> None:
    target = TARGETS["qwen responses"]
    with Server() as server:
        talk = Talk(aichat, server, cache=None)
        words = ("-p", "qwen", *target.words)
        answer = target.reply(ScriptedAnswer(["Yes."]))
        talk.ask(answer, "q", *words)
        talk.ask(answer, "q", "-c", *words)
        found = [r.headers.get("x-dashscope-session-cache") for r in server.requests]
    assert found == [None, "enable"]


def test_a_server_that_refuses_the_key_gets_the_question_without(aichat: Program) -> None:
    target = TARGETS["moonshot"]
    with Server() as server:
        talk = Talk(aichat, server, cache=None)
        server.push(chat_error(400, "unknown field: prompt_cache_key"))
        result = talk.ask(target.reply(ScriptedAnswer(["Yes."])), "q", "-p", "moonshot")
        assert (result.text, result.code) == ("Yes.\n", 0)
        assert ["prompt_cache_key" in body for body in talk.bodies] == [True, False]


def test_what_was_read_and_written_and_what_that_saved_is_told(aichat: Program) -> None:
    usage = {
        "input_tokens": 100,
        "cache_read_input_tokens": 2000,
        "cache_creation_input_tokens": 300,
        "output_tokens": 10,
    }
    with Server() as server:
        talk = Talk(aichat, server, cache=None)
        result = talk.ask(messages_stream(["Yes."], usage=usage), "q", "-p", "anthropic", "--json",
                          "--usage", "-m", "claude-sonnet-5-5")  # fmt: skip
    told = json.loads(result.text)
    assert told["usage"]["cached_input"] == 2000 and told["usage"]["cache_write"] == 300
    assert "2400 in (2000 cached, 300 written)" in result.stderr
    assert told["cost"]["saved"] > 0 and "caching saved" in result.stderr
