"""Answers that take several requests: pauses, and calls of the provider's own tools."""

import json
from pathlib import Path
from typing import Any

import pytest

from aichat.app.exchange.steps import MOST_CALLS, MOST_PAUSES, OwnTools, Steps, add_usage
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Citation, Finish, Source, UsageUpdate
from aichat.core.message.message import Message, Text
from tests.support.answering.answers import ScriptedCitation, messages_stream
from tests.support.answering.answers_google import gemini_stream
from tests.support.answering.server import Reply, Server, chat_stream, tool_call
from tests.support.running.program import SENTINEL, Program, Result

A, B = ScriptedCitation("https://a.example/x", "A"), ScriptedCitation("https://b.example/y", "B")
USED = {"input_tokens": 10, "output_tokens": 5, "server_tool_use": {"web_search_requests": 1}}


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    return Program(tmp_path)


def ask(aichat: Program, provider: str, server: Server, *words: str) -> Result:
    base = server.url + ("" if provider == "anthropic" else "/v1")
    key, variable = f"{provider.upper()}_API_KEY", f"AICHAT_{provider.upper()}_BASE_URL"
    given = {key: SENTINEL, variable: f"{server.url}/v1" if base else server.url}
    return aichat.invoke("ask", "-p", provider, *words, "hi", environ=given)


def bodies(server: Server) -> list[dict[str, Any]]:
    return [seen.json() for seen in server.requests if seen.body]


def paused(*pieces: str, cited: tuple[ScriptedCitation, ...] = ()) -> Reply:
    return messages_stream(pieces, citations=cited, stop_reason="pause_turn", usage=USED)


# -- pauses


def test_a_paused_answer_goes_on_by_itself_and_is_one(aichat: Program) -> None:
    """The answer so far goes back unchanged, and no words of the user after it."""
    last = messages_stream(["Rest."], citations=(B, A), usage=USED)
    with Server(paused("Begin. ", cited=(A,)), last) as server:
        ran = ask(aichat, "anthropic", server, "--search", "--json")
    first, second = bodies(server)
    assert second["messages"][:-1] == first["messages"]
    assert second["tools"] == first["tools"]
    kinds = [block["type"] for block in second["messages"][-1]["content"]]
    assert kinds == ["server_tool_use", "web_search_tool_result", "text"]
    answer = json.loads(ran.text)
    assert (ran.code, answer["text"], answer["finish_reason"]) == (0, "Begin. Rest.", "stop")
    assert answer["usage"]["input"] == 20
    assert answer["usage"]["searches"] == 2
    text = answer["text"]
    found = [(c["index"], c["url"], text[c["start"] : c["end"]]) for c in answer["citations"]]
    assert found == [(1, A.url, "Begin. "), (2, B.url, "Rest."), (1, A.url, "Rest.")]
    assert ran.stderr.count("the provider paused the answer; going on") == 1


def test_it_goes_on_five_times_and_is_then_unfinished(aichat: Program) -> None:
    with Server(default=paused("x")) as server:
        ran = ask(aichat, "anthropic", server)
    assert len(server.requests) == 1 + MOST_PAUSES
    assert (ran.code, ran.text) == (9, "xxxxxx\n")
    assert f"({MOST_PAUSES} of {MOST_PAUSES})" in ran.stderr
    assert [len(body["messages"]) for body in bodies(server)] == [1, 2, 2, 2, 2, 2]


def test_a_token_is_what_gemini_wants_back(aichat: Program) -> None:
    first = gemini_stream("Begin. ", finish="CONTINUATION", continuationToken="t1")
    with Server(first, gemini_stream("Rest.")) as server:
        ran = ask(aichat, "gemini", server)
    assert (ran.code, ran.text) == (0, "Begin. Rest.\n")
    second = bodies(server)[1]
    assert second.pop("continuationToken") == "t1"
    assert second == bodies(server)[0]


def test_what_was_said_goes_on_at_another_provider(aichat: Program) -> None:
    """Items of the search go back to their own model only; others get what it found in words."""
    with Server(paused("Begin. ", cited=(A,)), messages_stream(["Rest."])) as server:
        ask(aichat, "anthropic", server)
    with Server(messages_stream(["Yes."])) as server:
        ask(aichat, "anthropic", server, "-c")
        kinds = [block["type"] for block in bodies(server)[0]["messages"][1]["content"]]
    assert kinds == ["server_tool_use", "web_search_tool_result", "text", "text"]
    with Server(chat_stream(["Yes."])) as server:
        ask(aichat, "groq", server, "-c")
    said = bodies(server)[0]["messages"][1]["content"]
    assert "Begin. Rest." in said
    assert "https://a.example/x" in said
    assert "encrypted" not in said


# -- Moonshot's own tools

SEARCH = {"type": "function", "function": {"name": "web_search", "parameters": {"type": "object"}}}
FORMULA = "/v1/formulas/moonshot/web-search:latest"
ARGUMENTS = '{"query": "tides"}'
SEALED = "----MOONSHOT ENCRYPTED BEGIN----abc----MOONSHOT ENCRYPTED END----"


def json_reply(value: Any, status: int = 200) -> Reply:
    return Reply(status, {"content-type": "application/json"}, [json.dumps(value).encode()], True)


def formulas(result: Any, status: int = 200) -> dict[str, Reply]:
    return {
        f"{FORMULA}/tools": json_reply({"object": "list", "tools": [SEARCH]}),
        f"{FORMULA}/fibers": json_reply(result, status),
    }


def calling(name: str, *more: list[dict[str, Any]]) -> Reply:
    calls = [*tool_call(name, ARGUMENTS), *(part for each in more for part in each)]
    thoughts: dict[str, Any] = {"reasoning": ["Look."], "reasoning_field": "reasoning_content"}
    return chat_stream((), tool_calls=calls, **thoughts)


def test_a_formula_is_looked_up_offered_and_run(aichat: Program) -> None:
    found = {"status": "succeeded", "context": {"encrypted_output": SEALED}}
    with Server(calling("web_search"), chat_stream(["Two."]), routes=formulas(found)) as server:
        ran = ask(aichat, "moonshot", server, "--search", "--json")
    assert [seen.path for seen in server.requests] == [
        f"{FORMULA}/tools",
        "/v1/chat/completions",
        f"{FORMULA}/fibers",
        "/v1/chat/completions",
    ]
    first, fiber, second = bodies(server)
    assert [tool["function"]["name"] for tool in first["tools"]] == ["web_search"]
    assert fiber == {"name": "web_search", "arguments": ARGUMENTS}
    assert second["tools"] == first["tools"]
    called, told = second["messages"][-2:]
    assert called["reasoning_content"] == "Look."
    assert [call["function"]["arguments"] for call in called["tool_calls"]] == [ARGUMENTS]
    assert told == {"role": "tool", "tool_call_id": "call_1", "content": SEALED}
    answer = json.loads(ran.text)
    assert (ran.code, answer["text"], answer["tool_calls"]) == (0, "Two.", [])
    assert answer["usage"]["input"] == 24
    assert {seen.headers["authorization"] for seen in server.requests} == {f"Bearer {SENTINEL}"}


def test_the_search_of_older_models_is_answered_with_its_own_arguments(aichat: Program) -> None:
    with Server(calling("$web_search"), chat_stream(["Two."])) as server:
        ran = ask(aichat, "moonshot", server, "-m", "kimi-k2.6", "--search")
    first, second = bodies(server)
    assert first["tools"] == [{"type": "builtin_function", "function": {"name": "$web_search"}}]
    assert second["messages"][-1] == {
        "role": "tool",
        "tool_call_id": "call_1",
        "name": "$web_search",
        "content": ARGUMENTS,
    }
    assert (ran.code, ran.text) == (0, "Two.\n")


def test_what_a_formula_ran_is_told_and_does_not_go_back_later(aichat: Program) -> None:
    """Calls and results leave the history in pairs: no server takes one without the other."""
    found = {"status": "succeeded", "context": {"output": "tides: two"}}
    with Server(calling("web_search"), chat_stream(["Two."]), routes=formulas(found)) as server:
        ran = ask(aichat, "moonshot", server, "--search", "--events")
    told = [json.loads(line) for line in ran.text.splitlines()]
    steps = [(e["name"], e["phase"], e["detail"]) for e in told if e["type"] == "server_tool"]
    assert steps == [("web_search", "start", ARGUMENTS), ("web_search", "end", "tides: two")]
    with Server(chat_stream(["Yes."])) as server:
        ask(aichat, "moonshot", server, "-c")
    roles = [(m["role"], m.get("tool_calls")) for m in bodies(server)[0]["messages"]]
    assert roles == [("user", None), ("assistant", None), ("user", None)]


@pytest.mark.parametrize(
    ("result", "status", "said"),
    [
        ({"status": "failed", "context": {"error": "no such page"}}, 200, "error: no such page"),
        ({"status": "failed"}, 200, "error: failed"),
        ({"error": {"message": "slow down", "type": "server_error"}}, 500, "error: "),
    ],
)
def test_a_formula_that_fails_is_told_to_the_model(
    result: Any, status: int, said: str, aichat: Program
) -> None:
    routes = formulas(result, status)
    with Server(calling("web_search"), chat_stream(["Sorry."]), routes=routes) as server:
        ran = ask(aichat, "moonshot", server, "--search")
    assert bodies(server)[-1]["messages"][-1]["content"].startswith(said)
    assert (ran.code, ran.text) == (0, "Sorry.\n")
    assert len([seen for seen in server.requests if seen.path.endswith("fibers")]) == 1


def test_a_key_that_is_refused_ends_it(aichat: Program) -> None:
    routes = formulas({"error": {"message": "bad key"}}, 401)
    with Server(calling("web_search"), routes=routes) as server:
        ran = ask(aichat, "moonshot", server, "--search")
    assert (ran.code, ran.text) == (4, "")
    with Server(routes={FORMULA: json_reply({"error": {"message": "no"}}, 404)}) as server:
        ran = ask(aichat, "moonshot", server, "--search", "--json")
    assert (ran.code, len(server.requests)) == (5, 1)


def test_calls_of_the_users_functions_are_the_users_to_answer(aichat: Program) -> None:
    """Beside one of the provider's own the answer ends, and only the user's is told."""
    ours = tool_call("mine", "{}", call_id="call_2", index=1)
    with Server(calling("web_search", ours), routes=formulas({})) as server:
        ran = ask(aichat, "moonshot", server, "--search", "--tools", '{"name": "mine"}', "--json")
    answer = json.loads(ran.text)
    assert [call["name"] for call in answer["tool_calls"]] == ["mine"]
    assert (ran.code, answer["finish_reason"], len(bodies(server))) == (0, "tool_calls", 1)


def test_a_model_that_only_calls_is_stopped(aichat: Program) -> None:
    found = {"status": "succeeded", "context": {"output": "again"}}
    with Server(default=calling("web_search"), routes=formulas(found)) as server:
        ran = ask(aichat, "moonshot", server, "--search")
    asked = [seen for seen in server.requests if seen.path.endswith("/chat/completions")]
    assert (ran.code, len(asked)) == (9, 1 + MOST_CALLS)


def test_a_step_that_is_refused_for_a_while_is_sent_again(aichat: Program) -> None:
    busy = json_reply({"error": {"type": "overloaded_error", "message": "busy"}}, 529)
    with Server(paused("Begin. "), busy, messages_stream(["Rest."])) as server:
        ran = ask(aichat, "anthropic", server)
    assert (ran.code, ran.text, len(server.requests)) == (0, "Begin. Rest.\n", 3)


# -- what is added up

BEFORE = Answer("p", "m", Message("assistant", (Text("ab"),)), usage=Usage(1, 2, searches=3))


def test_usage_is_that_of_all_steps() -> None:
    before = BEFORE._replace(cost=Cost(5), detail=UsageDetail({"image": 1}, "flex"))
    added = add_usage(
        before, UsageUpdate(Usage(10, None, 4), Cost(6), None, UsageDetail({"image": 2}))
    )
    assert added.usage == Usage(11, 2, 4, searches=3)
    assert (added.cost, added.detail) == (Cost(11), UsageDetail({"image": 3}, "flex"))


@pytest.mark.parametrize(
    ("one", "other"), [(None, Cost(1)), (Cost(1), None), (Cost(1), Cost(1, "CNY"))]
)
def test_a_cost_that_is_half_known_is_unknown(one: Cost | None, other: Cost | None) -> None:
    assert add_usage(BEFORE._replace(cost=one), UsageUpdate(Usage(), other)).cost is None


def test_a_step_without_a_pause_changes_nothing() -> None:
    events = [Source(1, "u"), Citation(1, 0, 2), UsageUpdate(Usage(1, 1)), Finish("stop")]
    steps = Steps(OwnTools())
    assert steps.take([*events]) == events
    assert not steps.leads_on
