"""The same question through the embedded engine on its three wires: a real server for each."""

import json
from typing import Any

import pytest

from aichat.core.billing.usage import Usage
from tests.net.test_llama_cpp import cache as cache
from tests.net.test_llama_cpp import local as local
from tests.net.test_llama_cpp import pytestmark as pytestmark
from tests.support.running.program import Program, Result

WIRES = ("chat", "responses", "messages")
QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."


def asked(program: Program, wire: str, *words: str) -> Result:
    return program.run("ask", "-p", "local", "--wire", wire, *words, QUESTION)


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.text.splitlines()]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """The types in order; usage, which one wire tells twice, and pieces of text count once."""
    told = [event["type"] for event in events if event["type"] != "usage"]
    return [kind for place, kind in enumerate(told) if place == 0 or told[place - 1] != kind]


def comparable(finish: dict[str, Any]) -> dict[str, Any]:
    """The final object without what differs from run to run."""
    return {**finish, "response_id": None, "timing": None, "conversation": None}


@pytest.mark.long
def test_the_same_question_gives_equal_events_on_every_wire(local: Program) -> None:
    runs = {wire: asked(local, wire, "--events") for wire in WIRES}
    events = {wire: objects(result) for wire, result in runs.items()}
    last = [events[wire][-1] for wire in WIRES]
    for wire in WIRES:
        first, *middle, finish = events[wire]
        assert runs[wire].code == 0 and len(runs[wire].stderr.splitlines()) == 1
        assert (first["wire"], first["model"]) == (wire, "smollm2")
        assert "".join(e["text"] for e in middle if e["type"] == "text") == ANSWER
        assert len([e for e in middle if e["type"] == "text"]) > 2, "it streams"
        told = [{k: e[k] for k in Usage._fields} for e in middle if e["type"] == "usage"]
        assert told[-1] == finish["usage"]
        assert isinstance(finish["response_id"], str)
        assert kinds(events[wire]) == ["start", "text", "finish"]
        assert {e["type"]: tuple(e) for e in events[wire]} == {
            e["type"]: tuple(e) for e in events["chat"]
        }
    assert comparable(last[0]) == comparable(last[1]) == comparable(last[2])
    usage = last[0]["usage"]
    assert 0 < usage["input"] < 60 and 0 < usage["output"] < 20


@pytest.mark.long
def test_a_whole_answer_is_the_same_object_on_every_wire(local: Program) -> None:
    runs = [asked(local, wire, "--no-stream", "--json") for wire in WIRES]
    told = [json.loads(result.text) for result in runs]
    assert [result.code for result in runs] == [0, 0, 0]
    assert (told[0]["text"], told[0]["finish_reason"]) == (ANSWER, "stop")
    assert None not in (told[0]["usage"]["input"], told[0]["usage"]["output"])
    assert comparable(told[0]) == comparable(told[1]) == comparable(told[2])


@pytest.mark.long
@pytest.mark.parametrize("wire", WIRES)
def test_a_typed_limit_is_reached_with_exit_0_and_a_notice(wire: str, local: Program) -> None:
    result = asked(local, wire, "--max-tokens", "5", "--json")
    answer = json.loads(result.text)
    assert (answer["text"], result.code) == ("The capital of France is", 0)
    assert (answer["finish_reason"], answer["complete"], answer["error"]) == ("length", False, None)
    assert answer["usage"]["output"] == 5
    loading, notice = result.stderr.splitlines()
    assert "smollm2" in loading and "limit" in notice


@pytest.mark.long
@pytest.mark.parametrize("wire", WIRES)
def test_a_conversation_goes_on_and_a_cut_answer_is_finished(wire: str, local: Program) -> None:
    assert asked(local, wire).text == f"{ANSWER}\n"
    assert local.run("ask", "-q", "-c", "And of Italy?").text == "The capital of Italy is Rome.\n"
    cut = local.run("ask", "-q", "-c", "--max-tokens", "4", "And of Germany?")
    rest = local.run("ask", "-q", "-c")
    assert (cut.code, rest.code) == (0, 0) and "Berlin" not in cut.text
    if wire != "responses":  # which has no way to begin an answer: it is asked for in words
        whole = local.run("history", "show", "--raw").text.splitlines()[-1]
        assert whole == "The capital of Germany is Berlin."
        assert rest.text == whole.removeprefix(cut.text.rstrip("\n")) + "\n"
