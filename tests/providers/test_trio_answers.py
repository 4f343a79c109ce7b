"""Gemini, Qwen and Moonshot: what is sent, and what of the answer is shown."""

import json
from typing import Any

import pytest

from tests.app.setup.test_providers import HOW, PIECES, TEXT, USAGE, curl_body, curl_url
from tests.support.answering import answers_google as google
from tests.support.answering.server import Server
from tests.support.answering.trio import (
    CALL,
    FLASH,
    KIMI,
    TARGETS,
    THOUGHTS,
    USER,
    Target,
    answer,
    ask_target,
    body_of,
    dry_run,
    events_in,
    merge_events,
    point_program_at,
)
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import pop_conversation

# -- the request and the answer


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_a_question_goes_to_its_path_and_the_answer_is_stdout(
    name: str, how: str, aichat: Program
) -> None:
    target, stream = TARGETS[name], how == "streamed"
    result, (seen,) = ask_target(aichat, name, answer(name, PIECES, stream=stream), *HOW[how])
    assert (result.stdout, result.stderr, result.code) == (f"{TEXT}\n".encode(), "", 0)
    path = target.path if stream else target.path.replace("streamG", "g").partition("?")[0]
    assert (seen.method, seen.path) == ("POST", path)
    assert seen.headers["content-type"] == "application/json"
    native_stream = target.wire == "dashscope" and stream
    assert seen.headers.get("x-dashscope-sse") == ("enable" if native_stream else None)


@pytest.mark.parametrize("name", TARGETS)
def test_the_key_stands_in_one_header_and_nowhere_else(name: str, aichat: Program) -> None:
    result, (seen,) = ask_target(aichat, name, answer(name), "--debug")
    holding = {k: v for k, v in seen.headers.items() if SENTINEL in v}
    assert holding == {TARGETS[name].auth: TARGETS[name].secret}
    assert SENTINEL not in seen.path and SENTINEL.encode() not in seen.body
    assert "key=" not in seen.path
    assert SENTINEL not in result.stderr and "debug" in result.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_the_real_program_does_the_same(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    with Server(answer(name, PIECES)) as server:
        result = point_program_at(aichat, target, server.url).run(*target.command())
        (seen,) = server.requests
    assert (result.stdout, result.stderr, result.code) == (f"{TEXT}\n".encode(), "", 0)
    assert seen.path == target.path


ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
LEAST: dict[str, dict[str, Any]] = {
    "gemini": {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
    "qwen": {
        "model": FLASH,
        "messages": [USER],
        "stream": True,
        "stream_options": {"include_usage": True},
    },
    "qwen responses": {"model": FLASH, "input": [ITEM], "stream": True},
    "qwen dashscope": {
        "model": FLASH,
        "input": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
        "parameters": {"result_format": "message", "incremental_output": True},
    },
    "qwen dashscope text": {
        "model": "qwen-plus",
        "input": {"messages": [USER]},
        "parameters": {"result_format": "message", "incremental_output": True},
    },
    "moonshot": {
        "model": KIMI,
        "messages": [USER],
        "stream": True,
        "stream_options": {"include_usage": True},
    },
}


@pytest.mark.parametrize("name", TARGETS)
def test_the_smallest_request_holds_what_is_needed_and_no_more(name: str, aichat: Program) -> None:
    assert body_of(aichat, name) == LEAST[name]


@pytest.mark.parametrize("name", ["qwen dashscope", "qwen dashscope text"])
def test_a_whole_answer_of_dashscope_is_not_asked_to_come_in_pieces(
    name: str, aichat: Program
) -> None:
    body = body_of(aichat, name, "--no-stream")
    assert body["parameters"] == {"result_format": "message"}


@pytest.mark.parametrize("model", ["gemini-4-argon", "models/gemini-4-argon"])
def test_geminis_model_stands_in_the_path_and_not_in_the_body(model: str, aichat: Program) -> None:
    result = dry_run(aichat, "gemini", "-m", model)
    assert curl_url(result).endswith("/v1beta/models/gemini-4-argon:streamGenerateContent?alt=sse")
    assert "model" not in curl_body(result)


@pytest.mark.parametrize("model", ["a/../../b", "x?key=1", "x#y", "ü"])
def test_no_model_name_leaves_its_place_in_geminis_path(model: str, aichat: Program) -> None:
    result, (seen,) = ask_target(aichat, "gemini", answer("gemini"), "-m", model)
    middle = seen.path.removeprefix("/v1beta/models/").removesuffix(
        ":streamGenerateContent?alt=sse"
    )
    assert result.code == 0 and not {"/", "?", "#"} & set(middle)


SYSTEM: dict[str, tuple[str, Any]] = {
    "gemini": ("systemInstruction", {"parts": [{"text": "Be brief."}]}),
    "qwen": ("messages", [{"role": "system", "content": "Be brief."}, USER]),
    "qwen dashscope text": (
        "input",
        {"messages": [{"role": "system", "content": "Be brief."}, USER]},
    ),
    "moonshot": ("messages", [{"role": "system", "content": "Be brief."}, USER]),
}


@pytest.mark.parametrize("name", SYSTEM)
def test_a_system_prompt_stands_where_the_provider_reads_it(name: str, aichat: Program) -> None:
    field, value = SYSTEM[name]
    assert body_of(aichat, name, "-s", "Be brief.")[field] == value


SAMPLING = ("--temperature", "0.5", "--top-p", "0.9", "--max-tokens", "321", "--stop", "END")
SETTINGS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "gemini": (
        ("generationConfig",),
        {
            "temperature": 0.5,
            "topP": 0.9,
            "maxOutputTokens": 321,
            "stopSequences": ["END"],
            "seed": 7,
        },
    ),
    "qwen": (
        (),
        {"temperature": 0.5, "top_p": 0.9, "max_tokens": 321, "stop": ["END"], "seed": 7},
    ),
    "qwen dashscope": (
        ("parameters",),
        {"temperature": 0.5, "top_p": 0.9, "max_tokens": 321, "stop": ["END"], "seed": 7},
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_the_wires_own_name_and_place(name: str, aichat: Program) -> None:
    place, fields = SETTINGS[name]
    body = body_of(aichat, name, *SAMPLING, "--seed", "7")
    for step in place:
        body = body[step]
    assert {key: body.get(key) for key in fields} == fields


@pytest.mark.parametrize("name", TARGETS)
def test_an_option_reaches_the_body_last(name: str, aichat: Program) -> None:
    nested = {"gemini": "generationConfig", "dashscope": "parameters"}.get(TARGETS[name].wire)
    dotted = f"{nested}.top_k=40" if nested else "top_k=40"
    body = body_of(aichat, name, "-o", dotted, "-o", "extra.deep=[1]")
    assert (body[nested] if nested else body)["top_k"] == 40
    assert body["extra"] == {"deep": [1]}


# -- --json and --events

TOOLS = '[{"name": "port_depth", "parameters": {"type": "object", "properties": {}}}]'
EVENTS: list[dict[str, Any]] = [
    {"type": "reasoning", "text": "Think twice."},
    {"type": "text", "text": TEXT},
    {"type": "tool_call", **CALL},
]


def compact(arguments: str) -> str:
    return json.dumps(json.loads(arguments), separators=(",", ":"))


def usage_of(target: Target) -> dict[str, int | None]:
    """An answer of the Responses wire also tells that nothing was searched."""
    return {**USAGE, "searches": 0 if target.wire == "responses" else None}


def expected(target: Target) -> dict[str, Any]:
    """The ``--json`` object of a full answer, without what differs from run to run."""
    return {
        "version": 1,
        "provider": target.provider,
        "text": TEXT,
        "reasoning": "Think twice.",
        "refusal": None,
        "citations": [],
        "tool_calls": [CALL],
        "images": [],
        "finish_reason": "tool_calls",
        "complete": True,
        "usage": usage_of(target),
        "error": None,
    }


def settled(found: dict[str, Any]) -> dict[str, Any]:
    """An answer less its times, its price, its id and its model, which must be there."""
    timing, cost = found.pop("timing"), found.pop("cost")
    assert [*cost] == ["amount", "currency", "estimated", "source", "saved"]
    assert 0 <= timing["first_token_s"] <= timing["total_s"]
    assert found.pop("response_id") and found.pop("model") and pop_conversation(found)
    for call in found["tool_calls"]:
        call["arguments"] = compact(call["arguments"])
    return found


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_json_is_the_same_object_from_every_wire(name: str, how: str, aichat: Program) -> None:
    full = answer(name, PIECES, full=True, stream=how == "streamed")
    result, _ = ask_target(aichat, name, full, "--json", "--tools", TOOLS, *HOW[how])
    assert result.code == 0 and result.text.count("\n") == 1
    assert settled(json.loads(result.text)) == expected(TARGETS[name])


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_events_are_the_same_from_every_wire(name: str, how: str, aichat: Program) -> None:
    target = TARGETS[name]
    full = answer(name, PIECES, full=True, stream=how == "streamed")
    result, _ = ask_target(aichat, name, full, "--events", "--tools", TOOLS, *HOW[how])
    first, *middle, last = events_in(result)
    start = {"provider": target.provider, "model": target.model, "wire": target.wire}
    assert first == {"type": "start", **start, "conversation": last["conversation"]}
    for event in middle:
        if event["type"] == "tool_call":
            event["arguments"] = compact(event["arguments"])
    assert merge_events(middle) == EVENTS
    assert [e for e in middle if e["type"] == "usage"][-1] == {"type": "usage", **usage_of(target)}
    assert last.pop("type") == "finish"
    assert settled(last) == expected(target)


@pytest.mark.parametrize("name", TARGETS)
def test_reasoning_is_stderr_and_only_when_it_is_asked_for(name: str, aichat: Program) -> None:
    full = answer(name, PIECES, full=True)
    hidden, _ = ask_target(aichat, name, full)
    shown, _ = ask_target(aichat, name, full, "--show-reasoning")
    assert hidden.stdout == shown.stdout == f"{TEXT}\n".encode()
    assert "Think twice." not in hidden.stderr and "Think twice." in shown.stderr


def test_gemini_is_asked_for_its_thoughts_where_they_are_to_be_shown(aichat: Program) -> None:
    body = body_of(aichat, "gemini", "--show-reasoning")
    assert body["generationConfig"] == {"thinkingConfig": {"includeThoughts": True}}


SOURCES = [
    {"index": 1, "title": "Tide board", "url": "https://example.org/t", "site_name": "Board"},
    {"index": 2, "title": "Port", "url": "https://example.org/p"},
]


@pytest.mark.parametrize("stream", [True, False], ids=HOW)
@pytest.mark.parametrize("name", ["qwen dashscope", "qwen dashscope text"])
def test_dashscope_tells_the_sources_of_a_search_once(
    name: str, stream: bool, aichat: Program
) -> None:
    listed = name == "qwen dashscope"
    given = (
        google.dashscope_stream(("06:", "12 [1]"), sources=SOURCES, multimodal=listed)
        if stream
        else google.dashscope_whole("06:12 [1]", sources=SOURCES, multimodal=listed)
    )
    how = () if stream else ("--no-stream",)
    result, _ = ask_target(aichat, name, given, "--json", *how)
    found = json.loads(result.text)["citations"]
    assert [(c["index"], c["url"], c["title"]) for c in found] == [
        (1, "https://example.org/t", "Tide board"),
        (2, "https://example.org/p", "Port"),
    ]
    assert (found[0]["start"], found[0]["end"]) == (6, 9)


def test_geminis_bytes_are_told_as_code_points(aichat: Program) -> None:
    grounding = {
        "webSearchQueries": ["leith tide"],
        "groundingChunks": [{"web": {"uri": "https://example.org/t", "title": "Tide board"}}],
        "groundingSupports": [
            {
                "segment": {"startIndex": 7, "endIndex": 12, "text": "06:12"},
                "groundingChunkIndices": [0],
            }
        ],
    }
    reply = google.gemini_stream("Héé: ", "06:12", groundingMetadata=grounding)
    result, _ = ask_target(aichat, "gemini", reply, "--json")
    found = json.loads(result.text)
    (cited,) = found["citations"]
    assert found["text"][cited["start"] : cited["end"]] == "06:12"
    assert (cited["start"], cited["end"]) == (5, 10)
    assert found["usage"]["searches"] == 1


CUMULATIVE = ("-o", "parameters.incremental_output=false")


@pytest.mark.parametrize("name", ["qwen dashscope", "qwen dashscope text"])
def test_text_that_repeats_itself_is_printed_once(name: str, aichat: Program) -> None:
    listed = name == "qwen dashscope"
    given = google.dashscope_stream(PIECES, reasoning=THOUGHTS, cumulative=True, multimodal=listed)
    result, (seen,) = ask_target(aichat, name, given, *CUMULATIVE, "--json")
    found = json.loads(result.text)
    assert seen.json()["parameters"]["incremental_output"] is False
    assert (found["text"], found["reasoning"]) == (TEXT, "Think twice.")
