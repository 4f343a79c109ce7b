"""Gemini, Qwen and Moonshot: effort, sampling, answers that are begun, tools."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.app.setup.test_providers import HOW, PIECES, TEXT, curl_body
from tests.support.answering import answers_google as google
from tests.support.answering.server import tool_call
from tests.support.answering.trio import (
    FLASH,
    KIMI,
    TARGETS,
    USER,
    answer,
    ask_target,
    body_of,
    dry_run,
    events_in,
    merge_events,
)
from tests.support.running.program import Program
from tests.support.running.whole_runs import stderr_lines

# -- --effort

LEVEL, BUDGET = "thinkingLevel", "thinkingBudget"
Effort = tuple[str, str, str, dict[str, Any], str]


def google_effort(model: str, effort: str, *thinking: tuple[str, Any], says: str = "") -> Effort:
    config = {"generationConfig": {"thinkingConfig": dict(thinking)}} if thinking else {}
    return ("gemini", model, effort, config, says)


def on(budget: int) -> dict[str, Any]:
    return {"enable_thinking": True, "thinking_budget": budget}


KINDS = {
    "enabled": {"thinking": {"type": "enabled"}},
    "disabled": {"thinking": {"type": "disabled"}},
}
OFF = {"enable_thinking": False}
EFFORT: list[Effort] = [
    google_effort("gemini-3.8-flash", "minimal", (LEVEL, "MINIMAL")),
    google_effort("gemini-3.8-flash", "low", (LEVEL, "LOW")),
    google_effort("gemini-3.8-flash", "medium", (LEVEL, "MEDIUM")),
    google_effort("gemini-3.8-flash", "high", (LEVEL, "HIGH")),
    google_effort("gemini-3.8-flash", "xhigh", (LEVEL, "HIGH"), says="'high' was sent"),
    google_effort("gemini-3.8-flash", "max", (LEVEL, "HIGH"), says="'high' was sent"),
    google_effort("gemini-3.8-flash", "none", (LEVEL, "MINIMAL"), says="'minimal' was sent"),
    google_effort("gemini-4-argon", "minimal", (LEVEL, "LOW"), says="'low' was sent"),
    google_effort("gemini-4-argon", "xhigh", (LEVEL, "HIGH"), says="'high' was sent"),
    google_effort("gemini-4-hydrogen", "xhigh", (LEVEL, "XHIGH")),
    google_effort("gemini-2.5-flash", "none", (BUDGET, 0)),
    google_effort("gemini-2.5-flash-lite", "none", (BUDGET, 0)),
    google_effort("gemini-2.5-flash", "low", (BUDGET, 2048)),
    google_effort("gemini-2.5-flash", "max", (BUDGET, 24576)),
    google_effort("gemini-2.5-pro", "high", (BUDGET, 16384)),
    google_effort("gemini-2.5-pro", "max", (BUDGET, 32768)),
    google_effort("gemini-2.5-pro", "none", (BUDGET, 1024), says="'minimal' was sent"),
    google_effort("gemini-unheard-of", "high", (LEVEL, "HIGH")),
    ("qwen", FLASH, "none", OFF, ""),
    ("qwen", FLASH, "low", on(2048), ""),
    ("qwen", FLASH, "high", on(16384), ""),
    ("qwen", "qwen3.8-max", "none", OFF, ""),  # recorded, although "thinking only"
    ("qwen", "qwen3-coder-plus", "high", {}, "cannot be set"),
    ("qwen responses", FLASH, "none", {"reasoning": {"effort": "none"}}, ""),
    ("qwen responses", FLASH, "high", {"reasoning": {"effort": "high"}}, ""),
    ("qwen responses", FLASH, "xhigh", {"reasoning": {"effort": "high"}}, "'high' was sent"),
    ("qwen responses", FLASH, "max", {"reasoning": {"effort": "high"}}, "'high' was sent"),
    ("qwen dashscope", FLASH, "high", {"parameters": on(16384)}, ""),
    ("qwen dashscope", FLASH, "none", {"parameters": OFF}, ""),
    ("moonshot", KIMI, "low", {"reasoning_effort": "low"}, ""),
    ("moonshot", KIMI, "high", {"reasoning_effort": "high"}, ""),
    ("moonshot", KIMI, "max", {"reasoning_effort": "max"}, ""),
    ("moonshot", KIMI, "none", {"reasoning_effort": "low"}, "'low' was sent"),
    ("moonshot", KIMI, "medium", {"reasoning_effort": "low"}, "'low' was sent"),
    ("moonshot", "kimi-k3", "xhigh", {"reasoning_effort": "high"}, "'high' was sent"),
    ("moonshot", "kimi-k2.6", "none", KINDS["disabled"], ""),
    ("moonshot", "kimi-k2.6", "high", KINDS["enabled"], ""),
    ("moonshot", "kimi-k2.7-code", "high", {}, "cannot be set"),
    ("moonshot", "kimi-k2.7-code", "none", {}, "cannot be set"),
]
DIAL = {
    "generationConfig",
    "enable_thinking",
    "thinking_budget",
    "reasoning",
    "reasoning_effort",
    "thinking",
}


def dialled(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a body that say how hard to reason."""
    inner = {k: v for k, v in body.get("parameters", {}).items() if k in DIAL}
    found = {k: v for k, v in body.items() if k in DIAL}
    return found | ({"parameters": inner} if inner else {})


@pytest.mark.parametrize("case", EFFORT, ids=[" ".join(case[:3]) for case in EFFORT])
def test_one_dial_becomes_each_models_own(case: Effort, aichat: Program) -> None:
    name, model, effort, fields, says = case
    result = dry_run(aichat, name, "-m", model, "--effort", effort)
    assert (dialled(curl_body(result)), result.code) == (fields, 0)
    assert (len(stderr_lines(result)) == 1) == bool(says) and says in result.stderr


@pytest.mark.parametrize("case", EFFORT, ids=[" ".join(case[:3]) for case in EFFORT])
def test_with_strict_what_a_notice_would_say_is_exit_5(case: Effort, aichat: Program) -> None:
    name, model, effort, _, says = case
    result = dry_run(aichat, name, "-m", model, "--effort", effort, "--strict")
    assert result.code == (5 if says else 0)
    assert bool(result.stdout) != bool(says) and says in result.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_without_the_dial_nothing_is_said_of_reasoning(name: str, aichat: Program) -> None:
    assert dialled(body_of(aichat, name)) == {}


# -- what a model does not take

FIXED = ("kimi-k3.1-pro", "kimi-k3", "kimi-k2.6", "kimi-k2.7-code", "kimi-k2.7-code-highspeed")


@pytest.mark.parametrize("model", FIXED)
@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--temperature", "0.6"), "temperature"),
        (("--top-p", "0.5"), "top_p"),
        (("--seed", "3"), "seed"),
    ],
)
def test_kimis_sampling_is_fixed(
    model: str, words: tuple[str, ...], field: str, aichat: Program
) -> None:
    result = dry_run(aichat, "moonshot", "-m", model, *words)
    assert field not in curl_body(result) and len(stderr_lines(result)) == 1
    assert field in result.stderr and model in result.stderr
    strict = dry_run(aichat, "moonshot", "-m", model, *words, "--strict")
    assert (strict.stdout, strict.code) == (b"", 5)


def test_a_notice_of_what_was_dropped_is_an_event_too(aichat: Program) -> None:
    words = ("--temperature", "0.6", "--events")
    result, (seen,) = ask_target(aichat, "moonshot", answer("moonshot"), *words)
    notices = [e for e in events_in(result) if e["type"] == "notice"]
    assert "temperature" not in seen.json() and result.code == 0
    assert [n["kind"] for n in notices] == ["dropped"] and "temperature" in notices[0]["message"]


@pytest.mark.parametrize("model", ["moonshot-v1-8k", "moonshot-v1-128k-vision-preview"])
def test_moonshots_older_models_take_a_temperature(model: str, aichat: Program) -> None:
    body = body_of(aichat, "moonshot", "-m", model, "--temperature", "0.6")
    assert body["temperature"] == 0.6


@pytest.mark.parametrize("name", ["qwen responses"])
def test_what_a_wire_has_no_word_for_is_dropped_with_a_notice(name: str, aichat: Program) -> None:
    result = dry_run(aichat, name, "--stop", "END", "--seed", "3")
    assert not {"stop", "seed"} & curl_body(result).keys()
    assert len(stderr_lines(result)) == 2


# -- --prefill


@pytest.mark.parametrize("how", HOW)
def test_moonshot_goes_on_with_what_was_begun_and_it_is_printed_once(
    how: str, aichat: Program
) -> None:
    rest = answer("moonshot", ('"a"', ": 1}"), stream=how == "streamed")
    result, (seen,) = ask_target(aichat, "moonshot", rest, "--prefill", "{", *HOW[how])
    assert seen.json()["messages"] == [USER, {"role": "assistant", "content": "{", "partial": True}]
    assert (result.text, result.stderr, result.code) == ('{"a": 1}\n', "", 0)


@pytest.mark.parametrize("how", HOW)
def test_the_begun_text_comes_after_the_reasoning_in_the_events(how: str, aichat: Program) -> None:
    full = answer("moonshot", PIECES, full=True, stream=how == "streamed")
    result, _ = ask_target(aichat, "moonshot", full, "--prefill", "Well, ", "--events", *HOW[how])
    *events, last = events_in(result)
    assert [e["type"] for e in merge_events(events)] == ["reasoning", "text", "tool_call"]
    assert last["text"] == merge_events(events)[1]["text"] == f"Well, {TEXT}"


@pytest.mark.parametrize(
    ("words", "out"), [(("--json",), None), (("-x",), "ls\n"), (("--output", "f"), "")]
)
def test_a_begun_answer_is_whole_wherever_it_goes(
    words: tuple[str, ...], out: str | None, aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(aichat.home)
    rest = answer("moonshot", ("ls\n", "```"))
    result, _ = ask_target(aichat, "moonshot", rest, "--prefill", "```sh\n", *words)
    whole = "```sh\nls\n```"
    if out is None:
        assert json.loads(result.text)["text"] == whole
    else:
        assert result.text == out
    if words[0] == "--output":
        assert (aichat.home / "f").read_text() == f"{whole}\n"


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "moonshot"])
def test_where_no_answer_can_be_begun_a_notice_says_so(name: str, aichat: Program) -> None:
    result, (seen,) = ask_target(aichat, name, answer(name), "--prefill", "zebra")
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert len(stderr_lines(result)) == 1 and "prefill" in result.stderr
    assert b"zebra" not in seen.body
    strict, none = ask_target(aichat, name, answer(name), "--prefill", "zebra", "--strict")
    assert (strict.stdout, strict.code, list(none)) == (b"", 5, [])


# -- --tools

SEARCH = {"type": "builtin_function", "function": {"name": "$web_search"}}


def test_moonshots_own_search_is_declared_by_name_alone(aichat: Program) -> None:
    words = ("-m", "kimi-k2.6", "--effort", "none", "--tools", json.dumps([SEARCH]))
    body = body_of(aichat, "moonshot", *words)
    assert body["tools"] == [SEARCH]
    assert body["thinking"] == {"type": "disabled"}


def test_a_call_of_moonshots_search_is_told_and_nothing_runs(aichat: Program) -> None:
    opaque = '{"search_result":{"search_id":"s1"},"usage":{"total_tokens":13046}}'
    calls = tool_call("$web_search", opaque, call_id="$web_search:0")
    reply = google.moonshot_stream((), tool_calls=calls)
    words = ("-m", "kimi-k2.6", "--tools", json.dumps([SEARCH]), "--json")
    result, requests = ask_target(aichat, "moonshot", reply, *words)
    found = json.loads(result.text)
    assert (result.code, len(requests), found["finish_reason"]) == (0, 1, "tool_calls")
    wanted = {"id": "$web_search:0", "name": "$web_search", "arguments": opaque}
    assert found["tool_calls"] == [wanted]


def schema(**properties: Any) -> str:
    parameters = {"type": "object", "properties": properties}
    return json.dumps([{"name": "first"}, {"name": "f", "parameters": parameters}])


PORT = {"type": "string", "description": "a port"}
EITHER = {"type": "string", "anyOf": [{"type": "string"}, {"type": "null"}]}
PAIR = {"type": "array", "items": [{"type": "number"}, {"type": "number"}]}


def parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of the second tool's properties, on any wire."""
    tools = body.get("parameters", body)["tools"]
    if "functionDeclarations" in tools[0]:
        found = tools[0]["functionDeclarations"][1]["parametersJsonSchema"]
    else:
        found = tools[1].get("function", tools[1])["parameters"]
    properties: dict[str, Any] = found["properties"]
    return properties


@pytest.mark.parametrize("name", TARGETS)
def test_a_definition_goes_out_in_every_wires_shape(name: str, aichat: Program) -> None:
    body = body_of(aichat, name, "--tools", schema(port=PORT))
    assert parameters(body) == {"port": PORT}


@pytest.mark.parametrize("where", ["port", "default", "enum", "required", "examples"])
@pytest.mark.parametrize("nested", [False, True], ids=["at once", "in a list"])
def test_a_reference_is_refused_for_gemini_with_its_path(
    nested: bool, where: str, aichat: Program
) -> None:
    reference = {"$ref": "#/$defs/port"}
    given = {"type": "array", "items": reference} if nested else reference
    result = dry_run(aichat, "gemini", "--tools", schema(**{where: given}))
    path = f"[1].parameters.properties.{where}" + (".items" if nested else "")
    assert (result.stdout, result.code) == (b"", 2)
    assert path in result.stderr and "$ref" in result.stderr


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "gemini"])
def test_a_reference_passes_where_it_is_understood(name: str, aichat: Program) -> None:
    reference = {"$ref": "#/$defs/port"}
    body = body_of(aichat, name, "--tools", schema(port=reference))
    assert parameters(body) == {"port": reference}


@pytest.mark.parametrize("where", ["port", "default", "enum"])
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (EITHER, {"anyOf": EITHER["anyOf"]}),
        (PAIR, {"type": "array", "prefixItems": PAIR["items"]}),
    ],
    ids=["type beside anyOf", "tuple"],
)
def test_moonshots_subset_of_schemas_is_kept_to(
    given: dict[str, Any], sent: dict[str, Any], where: str, aichat: Program
) -> None:
    body = body_of(aichat, "moonshot", "--tools", schema(**{where: given}))
    assert parameters(body) == {where: sent}
    same = body_of(aichat, "qwen", "--tools", schema(**{where: given}))
    assert parameters(same) == {where: given}


@pytest.mark.parametrize("name", TARGETS)
def test_a_property_may_be_called_like_a_keyword(name: str, aichat: Program) -> None:
    odd = {"$schema": PORT, "$id": PORT, "type": PORT, "items": PORT, "anyOf": PORT}
    body = body_of(aichat, name, "--tools", schema(**odd))
    assert parameters(body) == odd
