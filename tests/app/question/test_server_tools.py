"""Where code was run before, and can be run again: until it has expired."""

import json
from pathlib import Path
from typing import Any

import pytest

from aichat.app.question.server_tools import find_container
from aichat.core.conversation.turn import Turn
from aichat.core.message.message import Message, Raw, Text
from tests.support.answering.answers import events_of, messages_stream, responses_error
from tests.support.answering.server import SSE, Reply, Server
from tests.support.running.program import SENTINEL, Program, Result

RAN = {"type": "code_interpreter_call", "id": "ci_1", "code": "1+1", "container_id": "cntr_1"}
TOLD = {"container": {"id": "container_1", "expires_at": "1970-01-01T01:00:00Z"}}


def turn(*items: Any, provider: str = "openai", at: float = 100.0) -> Turn:
    parts = (Text("a"), *(Raw("responses", item, replay=True) for item in items))
    return Turn(Message("assistant", parts, provider, "m"), at)


#: What a conversation holds, when it is gone on with, and the container that is used then.
CONTAINERS: dict[str, tuple[tuple[Turn, ...], float, str | None]] = {
    "soon": ((turn(RAN),), 200.0, "cntr_1"),
    "too late": ((turn(RAN),), 1400.0, None),
    "the last one": ((turn(RAN), turn({**RAN, "container_id": "cntr_2"})), 200.0, "cntr_2"),
    "of another provider": ((turn(RAN, provider="xai"),), 200.0, None),
    "before another provider's": ((turn(RAN), turn(provider="xai")), 200.0, "cntr_1"),
    "with a time of its own": ((turn(TOLD),), 3599.0, "container_1"),
    "whose time is over": ((turn(TOLD),), 3600.0, None),
    "none": ((turn({"type": "message"}, "odd"),), 200.0, None),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_used_until_it_expires(name: str) -> None:
    path, now, found = CONTAINERS[name]
    assert find_container(path, "openai", {"container_seconds": 1200}, now) == found


# -- seen from the command line


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    return Program(tmp_path)


def ask(aichat: Program, server: Server, provider: str, *words: str) -> Result:
    base = server.url + ("/v1" if provider == "openai" else "")
    key, variable = f"{provider.upper()}_API_KEY", f"AICHAT_{provider.upper()}_BASE_URL"
    asked = ("ask", "-p", provider, "--code", *words)
    return aichat.invoke(*asked, environ={key: SENTINEL, variable: base})


def responses(*items: dict[str, Any], text: str = "Two.") -> Reply:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {"type": "message", "id": "m", "role": "assistant", "content": content}
    usage = {"input_tokens": 1000, "output_tokens": 1000}
    whole = {"id": "r", "object": "response", "model": "gpt-6.1-terra", "status": "completed"}
    whole |= {"output": [*items, message], "usage": usage}
    event = {"type": "response.completed", "response": whole}
    return Reply(headers=SSE, body=[f"data: {json.dumps(event)}\n\n".encode()])


AUTO = {"type": "auto"}


def containers(server: Server) -> list[Any]:
    return [seen.json()["tools"][0].get("container") for seen in server.requests]


def test_openai_runs_code_again_where_it_ran_it(aichat: Program) -> None:
    with Server(responses(RAN), responses(), responses()) as server:
        ask(aichat, server, "openai", "1+1")
        ask(aichat, server, "openai", "-c", "and 2")
        ask(aichat, server, "openai", "anew")
    assert containers(server) == [AUTO, "cntr_1", AUTO]
    assert RAN in server.requests[1].json()["input"]


def test_a_container_that_has_expired_is_replaced_once_and_said(aichat: Program) -> None:
    gone = responses_error(400, "Container is expired.", code="invalid_request_error")
    with Server(responses(RAN), gone, responses(text="Four.")) as server:
        ask(aichat, server, "openai", "1+1")
        ran = ask(aichat, server, "openai", "-c", "and 2")
    assert containers(server) == [AUTO, "cntr_1", AUTO]
    assert "code_interpreter_call" not in json.dumps(server.requests[2].json()["input"])
    assert (ran.code, ran.text) == (0, "Four.\n")
    assert "has expired, with its files; a new one is used" in ran.stderr


def test_anthropic_says_when_its_container_expires(aichat: Program) -> None:
    first = messages_stream(["Two."])
    events = events_of(first)
    events[-2]["delta"]["container"] = {"id": "container_1", "expires_at": "2999-01-01T00:00:00Z"}
    body = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]
    with Server(Reply(headers=SSE, body=body), messages_stream(["Four."])) as server:
        ask(aichat, server, "anthropic", "1+1")
        ask(aichat, server, "anthropic", "-c", "and 2")
    assert [seen.json().get("container") for seen in server.requests] == [None, "container_1"]


def test_searches_of_files_and_containers_have_a_price(aichat: Program) -> None:
    looked = {"type": "file_search_call", "id": "fs_1", "queries": ["q"], "status": "completed"}
    asked = ("--file-search", "vs_1", "--json", "--no-save", "q")
    with Server(responses(), responses(looked), responses(RAN, RAN)) as server:
        answers = [json.loads(ask(aichat, server, "openai", *asked).text) for _ in range(3)]
    plain, files, code = (answer["cost"]["amount"] for answer in answers)
    assert round(files - plain, 9) == 0.0025
    assert round(code - plain, 9) == 0.03
