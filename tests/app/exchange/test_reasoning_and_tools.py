"""The reasoning dial, what a model does not take, models that are gone, and tool calls."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.app.setup.test_providers import (
    BOX,
    TARGETS,
    Say,
    Target,
    aimed,
    asked,
    curl_body,
    events_in,
)
from tests.support.answering.answers import (
    messages_error,
    messages_stream,
    responses_error,
    responses_stream,
    scripted_call,
)
from tests.support.answering.server import Reply, Server, chat_error, chat_stream, tool_call
from tests.support.running.program import Program, Result
from tests.support.running.whole_runs import error_of

# -- the dial, as each provider reads it


class Dial(NamedTuple):
    """An effort, what of it stands in the request, and the level that a notice names."""

    words: str
    body: dict[str, Any]
    notice: str = ""


def level(name: str) -> dict[str, Any]:
    return {"reasoning": {"effort": name}}


def adaptive(name: str) -> dict[str, Any]:
    thinking = {"type": "adaptive", "display": "summarized"}
    return {"output_config": {"effort": name}, "thinking": thinking}


def budget(tokens: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


OFF = {"thinking": {"type": "disabled"}}
FIXED = "cannot be set"
DIALS = [
    # OpenAI: levels, which not every model has all of
    *(
        Dial(f"-p openai --effort {n}", level(n))
        for n in ("none", "low", "medium", "high", "xhigh", "max")
    ),
    Dial("-p openai --effort minimal", level("low"), "'low' was sent"),
    Dial("-m gpt-5 --effort minimal", level("minimal")),
    Dial("-m gpt-5 --effort none", level("minimal"), "'minimal' was sent"),
    Dial("-m gpt-5 --effort max", level("high"), "'high' was sent"),
    Dial("-m gpt-6.1-sol --effort max", level("max")),
    Dial("-m gpt-6.1-sol --effort none", level("low"), "'low' was sent"),
    Dial("-m gpt-6-astra --effort none", level("low"), "'low' was sent"),
    Dial("-m gpt-4.1 --effort high", {}, FIXED),
    Dial("-p openai --wire chat --effort high", {"reasoning_effort": "high"}),
    Dial("-m gpt-6.1-sol --wire chat --effort xhigh", {"reasoning_effort": "xhigh"}),
    Dial(
        "-m gpt-6.1-sol --wire chat --effort max",
        {"reasoning_effort": "xhigh"},
        "'xhigh' was sent",
    ),
    # xAI
    *(Dial(f"-p xai --effort {n}", level(n)) for n in ("none", "low", "medium", "high", "xhigh")),
    Dial("-p xai --effort max", level("xhigh"), "'xhigh' was sent"),
    Dial("-m grok-4.3 --effort xhigh", level("high"), "'high' was sent"),
    Dial("-m grok-4.20-0309-reasoning --effort low", {}, FIXED),
    Dial("-m grok-4.20-0309-non-reasoning --effort low", {}, FIXED),
    Dial("-p xai --wire chat --effort low", {"reasoning_effort": "low"}),
    # Groq
    *(Dial(f"-p groq --effort {n}", {"reasoning_effort": n}) for n in ("low", "medium", "high")),
    Dial("-p groq --effort none", {"reasoning_effort": "low"}, "'low' was sent"),
    Dial("-p groq --effort max", {"reasoning_effort": "high"}, "'high' was sent"),
    Dial("-p groq -m qwen/qwen3.8-27b --effort none", {"reasoning_effort": "none"}),
    Dial("-p groq -m groq/compound --effort high", {}, FIXED),
    Dial("-p groq --wire responses --effort high", level("high")),
    # Anthropic: levels with adaptive thinking, a budget for the 4.5 generation
    *(
        Dial(f"-p anthropic --effort {n}", adaptive(n))
        for n in ("low", "medium", "high", "xhigh", "max")
    ),
    Dial("-p anthropic --effort none", adaptive("low"), "'low' was sent"),
    Dial("-m claude-opus-5-5 --effort none", adaptive("low"), "'low' was sent"),
    Dial("-m claude-haiku-5-5 --effort none", OFF),
    Dial("-m claude-opus-4-6 --effort high", adaptive("high")),
    Dial("-m claude-sonnet-4-5 --effort none", OFF),
    Dial("-m claude-sonnet-4-5-20250929 --effort minimal", budget(1024)),
    Dial("-m claude-haiku-4-5 --effort low", budget(2048)),
    Dial("-m claude-haiku-4-5 --effort medium", budget(8192)),
    Dial("-m claude-haiku-4-5 --effort high", budget(16384)),
    Dial("-m claude-3-5-haiku-20241022 --effort high", {}, FIXED),
    # Perplexity
    *(
        Dial(f"-p perplexity --effort {n}", level(n))
        for n in ("minimal", "low", "medium", "high", "xhigh", "max")
    ),
    Dial("-p perplexity --effort none", level("minimal"), "'minimal' was sent"),
    Dial("-m sonar-pro --effort low", {}, FIXED),
    Dial("-m sonar-deep-research --effort max", {"reasoning_effort": "high"}, "'high' was sent"),
    # of an unknown model nothing is known: what was asked for is sent
    Dial("-p openai -m gpt-next --effort minimal", level("minimal")),
    Dial("-p anthropic -m claude-next --effort max", {"output_config": {"effort": "max"}}),
    Dial("-p box --effort high", {"reasoning_effort": "high"}),
    Dial("-p box --wire responses --effort high", level("high")),
]
DIAL_FIELDS = ("reasoning", "reasoning_effort", "thinking", "output_config")


def dry(aichat: Program, words: str, *more: str) -> Result:
    aichat.write_config(BOX)
    return aichat.invoke("ask", "hi", "--dry-run", *words.split(), *more)


@pytest.mark.parametrize("dial", DIALS, ids=lambda dial: dial.words)
def test_an_effort_is_sent_as_the_model_reads_it_or_the_nearest_with_a_notice(
    dial: Dial, aichat: Program
) -> None:
    result = dry(aichat, dial.words)
    body = curl_body(result)
    assert {name: body[name] for name in DIAL_FIELDS if name in body} == dial.body
    assert result.code == 0
    assert bool(result.stderr) == bool(dial.notice) and dial.notice in result.stderr
    assert result.stderr.count("\n") <= 1


ADAPTED = [dial.words for dial in DIALS if dial.notice]


@pytest.mark.parametrize("words", ADAPTED)
def test_with_strict_an_effort_that_would_be_adapted_is_exit_5_and_nothing_is_sent(
    words: str, aichat: Program
) -> None:
    with Server(default=chat_stream(["sent"])) as server:
        for name in ("openai", "xai", "groq", "anthropic", "perplexity"):
            aimed(aichat, name, server.url)
        result = aichat.invoke("ask", "hi", "--strict", "--json", *words.split())
        assert server.requests == []
    assert (error_of(result)["kind"], result.code) == ("invalid_request", 5)


def test_a_dry_run_is_as_strict_as_the_run(aichat: Program) -> None:
    result = dry(aichat, "-p groq --effort max --strict")
    assert (result.stdout, result.code) == (b"", 5)


def test_strict_may_stand_in_a_profile(aichat: Program) -> None:
    aichat.write_config('default_profile = "p"\n[profiles.p]\nprovider = "groq"\nstrict = true\n')
    result = aichat.invoke("ask", "hi", "--effort", "max", "--dry-run")
    assert (result.stdout, result.code) == (b"", 5)


def test_a_profile_sets_the_effort_and_a_flag_goes_above_it(aichat: Program) -> None:
    aichat.write_config('default_profile = "p"\n[profiles.p]\nprovider = "xai"\neffort = "low"\n')
    assert curl_body(aichat.invoke("ask", "hi", "--dry-run"))["reasoning"] == {"effort": "low"}
    flagged = aichat.invoke("ask", "hi", "--dry-run", "--effort", "high")
    assert curl_body(flagged)["reasoning"] == {"effort": "high"}


TIGHT = {"no room at all": "1000", "no room for the answer": "1025", "less than asked for": "4000"}


@pytest.mark.parametrize("limit", TIGHT.values(), ids=TIGHT)
def test_a_thinking_budget_that_the_limit_leaves_no_room_for_is_told(
    limit: str, aichat: Program
) -> None:
    words = f"-m claude-haiku-4-5 --effort high --max-tokens {limit}"
    result = dry(aichat, words)
    body = curl_body(result)
    assert body["max_tokens"] == int(limit)
    assert 1024 <= body.get("thinking", {}).get("budget_tokens", 1024) < max(int(limit), 1025)
    assert result.stderr, "less reasoning than was asked for is never silent"


def test_an_effort_that_is_none_of_the_dials_is_exit_2(aichat: Program) -> None:
    result = dry(aichat, "-p openai --effort hard")
    assert (result.stdout, result.code) == (b"", 2)
    assert "hard" in result.stderr and "xhigh" in result.stderr


# -- reasoning is shown where it is asked for

THOUGHT = Say(("The answer.",), ("First ", "this,\nthen that."))
THINKERS = {
    "openai": "First this,\nthen that.",
    "xai": "First this,\nthen that.",
    "groq": "First this,\nthen that.",
    "anthropic": "First this,\nthen that.",
    "perplexity": "First \nthis,\nthen that.\n",  # each thought is a line of its own
}


@pytest.mark.parametrize("name", THINKERS)
def test_reasoning_is_hidden_unless_it_is_asked_for_and_then_on_stderr_only(
    name: str, aichat: Program
) -> None:
    answer = TARGETS[name].reply(THOUGHT)
    hidden, _ = asked(aichat, TARGETS[name], answer)
    shown, _ = asked(aichat, TARGETS[name], answer, "--show-reasoning")
    both, _ = asked(aichat, TARGETS[name], answer, "--show-reasoning", "--hide-reasoning")
    for result in (hidden, shown, both):
        assert (result.text, result.code) == ("The answer.\n", 0)
    assert hidden.stderr == both.stderr == ""
    assert shown.stderr.rstrip("\n") == THINKERS[name].rstrip("\n")


@pytest.mark.parametrize("name", THINKERS)
def test_reasoning_stands_in_json_and_events(name: str, aichat: Program) -> None:
    answer = TARGETS[name].reply(THOUGHT)
    whole, _ = asked(aichat, TARGETS[name], answer, "--json")
    assert json.loads(whole.text)["reasoning"] == THINKERS[name]
    stream, _ = asked(aichat, TARGETS[name], answer, "--events")
    pieces = [e["text"] for e in events_in(stream) if e["type"] == "reasoning"]
    assert "".join(pieces) == THINKERS[name]


@pytest.mark.parametrize("name", ["openai", "groq", "anthropic"])
def test_a_whole_answer_shows_its_reasoning_before_its_text(name: str, aichat: Program) -> None:
    answer = TARGETS[name].reply(THOUGHT, stream=False)
    result, _ = asked(aichat, TARGETS[name], answer, "--no-stream", "--events")
    kinds = [e["type"] for e in events_in(result) if e["type"] in ("reasoning", "text")]
    assert kinds == ["reasoning", "text"]


SHOWING: list[tuple[str, dict[str, Any]]] = [
    ("-p openai", {"reasoning": {"summary": "auto"}}),
    ("-p openai --effort low", {"reasoning": {"effort": "low", "summary": "auto"}}),
    ("-m gpt-4.1", {}),  # reasoning on a model that does not reason is a 400
    ("-p xai", {}),  # a summary comes unasked
    ("-p perplexity", {}),
    ("-p groq", {}),
    ("-p anthropic", {"thinking": {"type": "adaptive", "display": "summarized"}}),
    ("-m claude-haiku-4-5", budget(8192)),
    ("-m claude-haiku-5-5 --effort none", OFF),
    ("-m claude-3-5-haiku-20241022", {}),
]


@pytest.mark.parametrize(("words", "expected"), SHOWING)
def test_reasoning_that_is_to_be_shown_is_asked_for_where_it_must_be(
    words: str, expected: dict[str, Any], aichat: Program
) -> None:
    body = curl_body(dry(aichat, words, "--show-reasoning"))
    assert {name: body[name] for name in DIAL_FIELDS if name in body} == expected


@pytest.mark.parametrize("words", ["-p openai", "-p anthropic", "-m claude-haiku-4-5", "-p groq"])
def test_nobody_who_asks_for_nothing_pays_for_reasoning(words: str, aichat: Program) -> None:
    assert not set(DIAL_FIELDS) & curl_body(dry(aichat, words)).keys()


SEALED = "reasoning.encrypted_content"


@pytest.mark.parametrize(
    ("words", "sealed"),
    [
        ("-p openai", True),
        ("-p xai", True),
        ("-m gpt-4.1", False),
        ("-p perplexity", False),
        ("-p groq --wire responses", False),
        ("-p box --wire responses", False),
    ],
)
def test_sealed_reasoning_is_asked_for_where_the_model_gives_it(
    words: str, sealed: bool, aichat: Program
) -> None:
    assert (SEALED in curl_body(dry(aichat, words)).get("include", ())) is sealed


# -- settings that a model or a wire does not take


class Setting(NamedTuple):
    """Settings, the fields that are sent of them, and the names in notices."""

    words: str
    sent: dict[str, Any]
    dropped: Sequence[str] = ()


WARM = "--temperature 0.5 --top-p 0.9"
SENT = {"temperature": 0.5, "top_p": 0.9}
BOTH = ("temperature", "top_p")
SETTINGS = [
    Setting(f"-p openai {WARM}", {}, BOTH),
    Setting(f"-p openai --effort none {WARM}", SENT),
    Setting(f"-p openai --effort low {WARM}", {}, BOTH),
    Setting(f"-m gpt-6.1-sol --effort low {WARM}", {}, BOTH),
    Setting(f"-m gpt-5.6-terra --effort none {WARM}", {}, BOTH),
    Setting(f"-m gpt-5.5 {WARM}", {}, BOTH),
    Setting(f"-m o3 {WARM}", {}, BOTH),
    Setting(f"-m gpt-4.1 {WARM}", SENT),
    Setting(f"-p openai -m gpt-next {WARM}", SENT),
    Setting(f"-p xai {WARM}", SENT),
    Setting(f"-p groq {WARM}", SENT),
    Setting(f"-p perplexity {WARM}", SENT),
    Setting(f"-m sonar {WARM}", SENT),
    Setting(f"-p anthropic {WARM}", {}, BOTH),
    Setting(f"-m claude-opus-4-7 {WARM}", {}, BOTH),
    Setting(f"-m claude-opus-4-6 {WARM}", SENT),
    Setting(f"-m claude-haiku-4-5 {WARM}", SENT),
    Setting(f"-p box {WARM}", SENT),
    # stop and seed, where the wire or the model has no word for them
    Setting("-p openai --stop X", {}, ["stop"]),
    Setting("-p openai --wire chat -m gpt-4.1 --stop X --stop Y", {"stop": ["X", "Y"]}),
    Setting("-m o3 --wire chat --stop X", {}, ["stop"]),
    Setting("-p xai --stop X", {}, ["stop"]),
    Setting("-p xai --wire chat --stop X", {}, ["stop"]),
    Setting("-p groq --stop X", {"stop": ["X"]}),
    Setting("-p groq --wire responses --stop X", {}, ["stop"]),
    Setting("-p anthropic --stop X --stop Y", {"stop_sequences": ["X", "Y"]}),
    Setting("-p perplexity --stop X", {}, ["stop"]),
    Setting("-p openai --seed 7", {}, ["seed"]),
    Setting("-p openai --wire chat --seed 7", {"seed": 7}),
    Setting("-p xai --seed 7", {"seed": 7}),
    Setting("-p xai --wire chat --seed 7", {"seed": 7}),
    Setting("-p groq --seed 7", {"seed": 7}),
    Setting("-p groq --wire responses --seed 7", {}, ["seed"]),
    Setting("-p anthropic --seed 7", {}, ["seed"]),
    Setting("-p perplexity --seed 7", {}, ["seed"]),
    Setting(
        "-p perplexity --seed 7 --stop X --temperature 1", {"temperature": 1}, ["seed", "stop"]
    ),
]
FIELDS = ("temperature", "top_p", "stop", "stop_sequences", "seed")


@pytest.mark.parametrize("case", SETTINGS, ids=lambda case: case.words)
def test_a_setting_is_sent_or_a_notice_says_that_it_is_not(case: Setting, aichat: Program) -> None:
    result = dry(aichat, case.words)
    body = curl_body(result)
    assert {name: body[name] for name in FIELDS if name in body} == case.sent
    notices = result.stderr.splitlines()
    assert len(notices) == len(case.dropped) and result.code == 0
    for name in case.dropped:
        assert any(f"'{name}'" in notice for notice in notices)


@pytest.mark.parametrize("words", [c.words for c in SETTINGS if c.dropped])
def test_with_strict_a_setting_that_is_not_taken_is_exit_5(words: str, aichat: Program) -> None:
    for name in ("openai", "xai", "groq", "anthropic", "perplexity"):
        aimed(aichat, name)  # where nothing listens
    result = aichat.invoke("ask", "hi", "--strict", "--retries", "0", *words.split())
    assert (result.stdout, result.code) == (b"", 5)


def test_a_dropped_setting_is_a_notice_event_before_the_answer(aichat: Program) -> None:
    target = TARGETS["anthropic"]
    result, (seen,) = asked(aichat, target, target.reply(), "--events", "--temperature", "1")
    events = events_in(result)
    assert [e["type"] for e in events[:2]] == ["start", "notice"]
    assert (events[1]["kind"], events[-1]["complete"]) == ("dropped", True)
    assert "temperature" in events[1]["message"] and "temperature" not in seen.json()


VERSIONS = [
    ("-p anthropic", "2026-10-21"),
    (f"-p anthropic {WARM}", "2026-10-21"),  # not sent, so nothing asks for the old one
    ("-m claude-haiku-4-5", "2026-10-21"),
    ("-m claude-haiku-4-5 --temperature 0.5", "2023-06-01"),
    ("-m claude-haiku-4-5 --top-p 0.5", "2023-06-01"),
    ("-m claude-haiku-4-5 -o top_k=40", "2023-06-01"),
    ("-m claude-haiku-4-5 -o temperature=0.5", "2023-06-01"),
]


@pytest.mark.parametrize(("words", "version"), VERSIONS)
def test_the_older_version_of_anthropics_api_is_chosen_for_sampling_only(
    words: str, version: str, aichat: Program
) -> None:
    assert f"anthropic-version: {version}" in dry(aichat, words).text


def test_a_version_in_the_config_is_kept(aichat: Program) -> None:
    aichat.write_config('[providers.anthropic]\napi_version = "2030-01-01"\n')
    words = ("ask", "hi", "--dry-run", "-m", "claude-haiku-4-5", "--temperature", "0.5")
    assert "anthropic-version: 2030-01-01" in aichat.invoke(*words).text


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("-p openai -o temperature=0.5", "temperature", 0.5),
        ("-p openai -o seed=7", "seed", 7),
        ("-p anthropic -o thinking.type=between_tools", "thinking", {"type": "between_tools"}),
        ("-p perplexity -o stop=X", "stop", "X"),
        ("-p openai -o store=true", "store", True),
        ("-p perplexity -o tools=[]", "tools", []),
    ],
)
def test_a_field_of_the_body_that_is_typed_is_sent_whatever_we_know(
    words: str, field: str, value: Any, aichat: Program
) -> None:
    result = dry(aichat, words)
    assert (curl_body(result)[field], result.stderr) == (value, "")


# -- a model that is gone

OWN_404 = "The model `{}` does not exist or you do not have access to it."
GONE: dict[str, tuple[Target, Reply, str]] = {
    model: (TARGETS[name]._replace(words=(*TARGETS[name].words, "-m", model)), answer, successor)
    for name, model, answer, successor in [
        (
            "openai",
            "gpt-4.1",
            responses_error(400, OWN_404.format("gpt-4.1"), "model_not_found", param="model"),
            "gpt-6-luna",
        ),
        (
            "openai chat",
            "o3",
            chat_error(404, OWN_404.format("o3"), code="model_not_found"),
            "gpt-6.1-terra",
        ),
        (
            "openai",
            "o4-mini",
            responses_error(400, OWN_404.format("o4-mini"), "model_not_found", param="model"),
            "gpt-6-luna",
        ),
        (
            "xai",
            "grok-4",
            responses_error(400, "Model not found: grok-4", "invalid-argument", style="xai"),
            "grok-4.7",
        ),
        (
            "xai chat",
            "grok-3",
            responses_error(400, "Model not found: grok-3", "invalid-argument", style="xai"),
            "grok-4.3",
        ),
        (
            "groq",
            "llama-3.3-70b-versatile",
            chat_error(404, OWN_404.format("llama-3.3-70b-versatile"), code="model_not_found"),
            "openai/gpt-oss-120b",
        ),
        (
            "groq",
            "llama3-8b-8192",
            chat_error(
                400,
                "The model `llama3-8b-8192` has been decommissioned and is no longer supported.",
                code="model_decommissioned",
            ),
            "openai/gpt-oss-20b",
        ),
        (
            "anthropic",
            "claude-3-5-sonnet-20241022",
            messages_error(404, "not_found_error", "model: claude-3-5-sonnet-20241022"),
            "claude-sonnet-5-5",
        ),
        (
            "anthropic",
            "claude-opus-4-20250514",
            messages_error(404, "not_found_error", "model: claude-opus-4-20250514"),
            "claude-opus-5-5",
        ),
        (
            "perplexity",
            "sonar-pro",
            responses_error(400, "Invalid model 'sonar-pro'.", "invalid_model", style="perplexity"),
            "perplexity/sonar",
        ),
        (
            "perplexity",
            "sonar-reasoning",
            responses_error(
                400, "Sonar is now the Agent API", "invalid_request", style="perplexity"
            ),
            "perplexity/sonar",
        ),
    ]
}


@pytest.mark.parametrize("model", GONE)
def test_a_model_that_is_gone_names_the_one_to_use(model: str, aichat: Program) -> None:
    target, answer, successor = GONE[model]
    result, requests = asked(aichat, target, answer, "--json")
    error = error_of(result)
    assert (error["kind"], result.code, len(requests)) == ("not_found", 5, 1)
    assert f"use {successor}" in error["hint"]
    first, second = result.stderr.splitlines()
    assert first.startswith(f"aichat: {target.provider} {model}: ")
    assert f"use {successor}" in second


def test_a_model_that_answers_is_not_said_to_be_gone(aichat: Program) -> None:
    target = GONE["gpt-4.1"][0]
    result, _ = asked(aichat, target, target.reply())
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)


# -- tools: what is sent

SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
TOOL = {"name": "port_depth", "description": "Depth of a port.", "parameters": SCHEMA}
SHAPES: dict[str, dict[str, Any]] = {
    "chat": {"type": "function", "function": TOOL},
    "responses": {"type": "function", **TOOL, "strict": False},
    "messages": {
        "name": "port_depth",
        "description": "Depth of a port.",
        "input_schema": SCHEMA,
    },
}


@pytest.mark.parametrize("name", TARGETS)
def test_one_shape_of_a_tool_is_converted_to_every_wires(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    _, (seen,) = asked(aichat, target, target.reply(), "--tools", json.dumps([TOOL]))
    assert seen.json()["tools"] == [SHAPES[target.wire]]


FORMS: dict[str, Any] = {
    "a list": [TOOL],
    "one": TOOL,
    "OpenAI's nested shape": [{"type": "function", "function": TOOL}],
    "OpenAI's flat shape": [{"type": "function", **TOOL}],
    "Anthropic's": [
        {"name": TOOL["name"], "description": TOOL["description"], "input_schema": SCHEMA}
    ],
    "without a type": [{**TOOL, "parameters": {k: v for k, v in SCHEMA.items() if k != "type"}}],
}


@pytest.mark.parametrize("where", ["text", "file"])
@pytest.mark.parametrize("form", FORMS)
def test_a_definition_is_read_from_text_or_a_file_in_each_known_shape(
    form: str, where: str, aichat: Program, tmp_path: Path
) -> None:
    given = json.dumps(FORMS[form], indent=1)
    if where == "file":
        path = tmp_path / "tools.json"
        path.write_text(given)
        given = str(path)
    body = curl_body(dry(aichat, "-p groq", "--tools", given))
    assert body["tools"] == [SHAPES["chat"]]


def test_a_tool_without_parameters_takes_an_empty_object(aichat: Program) -> None:
    for words, field in (("-p anthropic", "input_schema"), ("-p openai", "parameters")):
        body = curl_body(dry(aichat, words, "--tools", '{"name": "now"}'))
        assert body["tools"][0][field] == {"type": "object", "properties": {}}


STRICT = {**SCHEMA, "additionalProperties": False}


@pytest.mark.parametrize("words", ["-p openai", "-p openai --wire chat", "-p anthropic"])
def test_strict_is_passed_on(words: str, aichat: Program) -> None:
    tool = json.dumps({**TOOL, "parameters": STRICT, "strict": True})
    (sent,) = curl_body(dry(aichat, words, "--tools", tool))["tools"]
    assert sent.get("function", sent)["strict"] is True


def with_parameters(schema: object, strict: bool | None = True) -> str:
    return json.dumps([TOOL | {"parameters": schema, "strict": strict}])


def nested(schema: object) -> dict[str, Any]:
    return {**STRICT, "properties": {"port": schema}}


INVALID: dict[str, tuple[str, str]] = {
    "not JSON": ("[{", "not JSON"),
    "nested without end": ("[" * 100_000, "not JSON"),
    "a number in a list": ("[5]", "[0]"),
    "the second is text": (json.dumps([TOOL, "x"]), "[1]"),
    "no name": ('[{"description": "x"}]', "[0].name"),
    "a name with a space": ('[{"name": "a b"}]', "[0].name"),
    "a name of 65": (json.dumps([{"name": "a" * 65}]), "[0].name"),
    "a name of another script": ('[{"name": "é"}]', "[0].name"),
    "a name that ends in a newline": ('[{"name": "a\\n"}]', "[0].name"),
    "the second has no name": (json.dumps([TOOL, {}]), "[1].name"),
    "twice the same": (json.dumps([TOOL, TOOL]), "port_depth"),
    "parameters are a list": (with_parameters([], None), "[0].parameters"),
    "parameters are text": (with_parameters({"type": "string"}, None), "[0].parameters"),
    "properties are a list": (with_parameters({"properties": []}, None), "[0].parameters"),
    "a property is text": (
        with_parameters({"properties": {"port": "string"}}, None),
        "[0].parameters",
    ),
    "required is a number": (with_parameters({**SCHEMA, "required": 5}, None), "[0].parameters"),
    "strict is text": ('[{"name": "a", "strict": "yes"}]', "[0].strict"),
    "strict, and open": (with_parameters(SCHEMA), "[0].parameters"),
    "strict, and optional": (with_parameters({**STRICT, "required": []}), "'port'"),
    "strict, properties are a list": (
        with_parameters({**STRICT, "properties": [1]}),
        "[0].parameters",
    ),
    "strict, required is a number": (with_parameters({**STRICT, "required": 5}), "[0].parameters"),
    "strict, open below": (
        with_parameters(nested({"type": "object", "properties": {}})),
        "[0].parameters.properties.port",
    ),
    "strict, open in a list": (
        with_parameters(nested({"type": "array", "items": {"type": "object"}})),
        "[0].parameters.properties.port.items",
    ),
    "strict, open in a choice": (
        with_parameters(nested({"anyOf": [{"type": "null"}, {"type": "object"}]})),
        "[0].parameters.properties.port.anyOf",
    ),
    "strict, open in a definition": (
        with_parameters({**STRICT, "$defs": {"p": {"type": "object", "properties": {}}}}),
        "[0].parameters.$defs.p",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_definition_is_exit_2_with_the_path_and_nothing_is_sent(
    case: str, aichat: Program
) -> None:
    given, path = INVALID[case]
    with Server(default=chat_stream(["sent"])) as server:
        words = ("ask", "-p", "groq", "hi", "--tools", given)
        result = aimed(aichat, "groq", server.url).invoke(*words)
        assert server.requests == []
    assert (result.stdout, result.code) == (b"", 2)
    assert "--tools" in result.stderr and path in result.stderr


@pytest.mark.parametrize("given", ["missing.json", "", "."], ids=["missing", "empty", "a folder"])
def test_a_file_of_tools_that_cannot_be_read_is_exit_2_by_name(given: str, aichat: Program) -> None:
    path = str(aichat.home / given)
    if not given:
        Path(path := str(aichat.home / "empty.json")).write_text("")
    result = dry(aichat, "-p groq", "--tools", path)
    assert (result.stdout, result.code) == (b"", 2)
    assert Path(path).name in result.stderr or "not JSON" in result.stderr


# -- tools: what comes back

DEPTH = scripted_call("port_depth", '{"por', 't":"Le', 'ith"}', call_id="call_a")
TIDE = scripted_call("tide", "{}", call_id="call_b")
DECLARED = '[{"name": "port_depth"}, {"name": "tide"}]'
CALLS = [
    {"id": "call_a", "name": "port_depth", "arguments": '{"port":"Leith"}'},
    {"id": "call_b", "name": "tide", "arguments": "{}"},
]
CALLERS = ("openai", "xai", "openai chat", "groq", "anthropic", "perplexity", "box messages")


@pytest.mark.parametrize("name", CALLERS)
def test_calls_stand_whole_on_stderr_and_the_exit_code_is_0(name: str, aichat: Program) -> None:
    answer = TARGETS[name].reply(Say((), calls=(DEPTH, TIDE)))
    result, requests = asked(aichat, TARGETS[name], answer, "--tools", DECLARED)
    assert (result.stdout, result.code, len(requests)) == (b"", 0, 1)
    first, second = result.stderr.splitlines()
    assert all(word in first for word in ("port_depth", '{"port":"Leith"}', "call_a"))
    assert all(word in second for word in ("tide", "{}", "call_b"))


@pytest.mark.parametrize("name", CALLERS)
def test_calls_stand_in_json_and_once_in_events(name: str, aichat: Program) -> None:
    answer = TARGETS[name].reply(Say(("Let me see.",), calls=(DEPTH, TIDE)))
    result, _ = asked(aichat, TARGETS[name], answer, "--json", "--tools", DECLARED)
    told = json.loads(result.text)
    assert (told["tool_calls"], told["text"]) == (CALLS, "Let me see.")
    assert (told["finish_reason"], told["complete"]) == ("tool_calls", True)
    stream, _ = asked(aichat, TARGETS[name], answer, "--events", "--tools", DECLARED)
    kinds = [e for e in events_in(stream) if e["type"] == "tool_call"]
    assert kinds == [{"type": "tool_call", **told_call} for told_call in CALLS]


def test_arguments_that_are_no_json_are_passed_on_as_they_came(aichat: Program) -> None:
    cut = scripted_call("port_depth", '{"port": ', call_id="c")
    for name in ("openai", "groq", "anthropic"):
        answer = TARGETS[name].reply(Say((), calls=(cut,)))
        result, _ = asked(aichat, TARGETS[name], answer, "--json", "--tools", DECLARED)
        (told,) = json.loads(result.text)["tool_calls"]
        assert (told["arguments"], result.code) == ('{"port": ', 0)


@pytest.mark.parametrize("name", ["openai", "groq", "anthropic"])
def test_a_call_without_arguments_is_whole(name: str, aichat: Program) -> None:
    answer = TARGETS[name].reply(Say((), calls=(scripted_call("tide", "", call_id="c"),)))
    result, _ = asked(aichat, TARGETS[name], answer, "--json", "--tools", DECLARED)
    (told,) = json.loads(result.text)["tool_calls"]
    assert told["arguments"] in ("", "{}") and result.code == 0


SERVER_CALL = [
    ("openai", responses_stream(("Hm.",), tool_calls=[scripted_call("search_web", "{}")]), 1),
    ("perplexity", responses_stream(("Hm.",), tool_calls=[TIDE], style="perplexity"), 0),
]


@pytest.mark.parametrize(("name", "answer", "shown"), SERVER_CALL, ids=["openai", "perplexity"])
def test_a_call_of_a_tool_that_nobody_declared_is_shown_unless_it_is_the_servers_own(
    name: str, answer: Reply, shown: int, aichat: Program
) -> None:
    result, _ = asked(aichat, TARGETS[name], answer, "--json")
    told = json.loads(result.text)
    assert (len(told["tool_calls"]), result.code) == (shown, 0)
    assert told["finish_reason"] == ("tool_calls" if shown else "stop")


def test_a_tool_declared_in_the_body_by_hand_is_the_clients(aichat: Program) -> None:
    answer = responses_stream((), tool_calls=[TIDE])
    tools = '-o=tools=[{"type":"function","name":"tide"}]'.partition("=")[2]
    result, _ = asked(aichat, TARGETS["openai"], answer, "--json", "-o", tools)
    assert json.loads(result.text)["tool_calls"] == [CALLS[1]]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "groq",
            chat_stream((), finish="length", tool_calls=tool_call("tide", '{"a', call_id="c")),
        ),
        (
            "openai",
            responses_stream(
                (), tool_calls=[scripted_call("tide", '{"a')], incomplete="max_output_tokens"
            ),
        ),
        (
            "anthropic",
            messages_stream((), tool_uses=[scripted_call("tide", '{"a')], stop_reason="max_tokens"),
        ),
    ],
)
def test_a_call_that_the_models_limit_has_cut_is_incomplete(
    name: str, answer: Reply, aichat: Program
) -> None:
    result, _ = asked(aichat, TARGETS[name], answer, "--json", "--tools", DECLARED)
    told = json.loads(result.text)
    assert (told["finish_reason"], told["complete"], result.code) == ("length", False, 9)
    assert told["tool_calls"][0]["arguments"] == '{"a'


def test_a_call_makes_nothing_run(aichat: Program) -> None:
    touch = scripted_call("touch", json.dumps({"path": str(aichat.home / "made")}), call_id="c")
    for name in ("openai", "groq", "anthropic"):
        before = files_of(aichat)
        answer = TARGETS[name].reply(Say((), calls=(touch,)))
        _, requests = asked(aichat, TARGETS[name], answer, "--tools", '[{"name": "touch"}]')
        assert len(requests) == 1, "no result is sent back"
        assert files_of(aichat) == before


def files_of(aichat: Program) -> list[Path]:
    """Every file of the home, but for the stored conversation."""
    every = aichat.home.rglob("*")
    return sorted(path for path in every if not path.is_relative_to(aichat.data_dir))


def test_the_embedded_model_refuses_tools_before_it_is_loaded(aichat: Program) -> None:
    result = aichat.invoke("ask", "-p", "local", "hi", "--tools", DECLARED, "--dry-run")
    assert result.code in (2, 5) and result.stdout == b""
    assert "tools" in result.stderr
