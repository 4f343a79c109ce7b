"""The whole command for Gemini, Qwen on its three wires, and Moonshot.

As in test_providers, tables run the program in this process; one run a wire, and what needs
signals, starts the real program.
"""

import json
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from tests import answers_google as google
from tests.flow import error_of, forever, lines, read_until, wait_for
from tests.flow.test_providers import FULL, HOW, PIECES, TEXT, USAGE, Say, curl_body, curl_url
from tests.flow.test_providers import inside as run_inside
from tests.flow.test_providers import reply as other_reply
from tests.program import SENTINEL, Program, Result
from tests.server import (
    SSE,
    CloseEarly,
    Cut,
    RefuseAfterAccept,
    Reply,
    Scripted,
    Seen,
    Server,
    Silent,
    Step,
    chat_stream,
    chat_whole,
    sse,
    tool_call,
)

# -- the targets


class Target(NamedTuple):
    """One provider on one wire: how to ask it and what must arrive there."""

    provider: str
    wire: str
    path: str
    base: str = "/v1"
    words: tuple[str, ...] = ()
    model: str = ""

    @property
    def auth(self) -> str:
        return "x-goog-api-key" if self.wire == "gemini" else "authorization"

    @property
    def secret(self) -> str:
        return SENTINEL if self.wire == "gemini" else f"Bearer {SENTINEL}"

    def command(self, *more: str) -> tuple[str, ...]:
        return ("ask", "-p", self.provider, *self.words, "hi", *more)


MODE = "/compatible-mode/v1"
SERVICE = "/api/v1/services/aigc"
MULTIMODAL, TEXT_ONLY = (f"{SERVICE}/{n}-generation/generation" for n in ("multimodal", "text"))
NATIVE = ("--wire", "dashscope")
FLASH, KIMI = "qwen3.8-flash", "kimi-k3.1-pro"
TARGETS = {
    "gemini": Target(
        "gemini",
        "gemini",
        f"/v1beta/models/{google.GEMINI}:streamGenerateContent?alt=sse",
        "/v1beta",
        (),
        google.GEMINI,
    ),
    "qwen": Target("qwen", "chat", f"{MODE}/chat/completions", MODE, (), FLASH),
    "qwen responses": Target(
        "qwen", "responses", f"{MODE}/responses", MODE, ("--wire", "responses"), FLASH
    ),
    "qwen dashscope": Target("qwen", "dashscope", MULTIMODAL, MODE, NATIVE, FLASH),
    "qwen dashscope text": Target(
        "qwen", "dashscope", TEXT_ONLY, MODE, (*NATIVE, "-m", "qwen-plus"), "qwen-plus"
    ),
    "moonshot": Target("moonshot", "chat", "/v1/chat/completions", "/v1", (), KIMI),
}
KEYS = {"gemini": "GEMINI_API_KEY", "qwen": "DASHSCOPE_API_KEY", "moonshot": "MOONSHOT_API_KEY"}


def inside(aichat: Program, *words: str, **more: Any) -> Result:
    return run_inside(aichat, *words, **more)


def aimed(aichat: Program, target: Target, url: str) -> Program:
    """The program with a key for the target's provider alone, whose requests go to ``url``."""
    base = f"AICHAT_{target.provider.upper()}_BASE_URL"
    aichat.environ |= {KEYS[target.provider]: SENTINEL, base: f"{url}{target.base}"}
    return aichat


def asked(
    aichat: Program, name: str, answer: Scripted, *words: str, **more: Any
) -> tuple[Result, Sequence[Seen]]:
    """A run against ``answer``, and the requests it made."""
    target = TARGETS[name]
    with Server(default=answer) as server:
        result = inside(aimed(aichat, target, server.url), *target.command(*words), **more)
        return result, list(server.requests)


def body_of(aichat: Program, name: str, *words: str) -> dict[str, Any]:
    """The body of a dry run, which may say nothing on stderr."""
    result = dry(aichat, name, *words)
    assert (result.stderr, result.code) == ("", 0)
    return curl_body(result)


def dry(aichat: Program, name: str, *words: str) -> Result:
    return inside(aichat, *TARGETS[name].command("--dry-run", *words))


# -- one answer on each wire

CALL = {"id": "call_9", "name": "port_depth", "arguments": '{"port":"Leith"}'}
THOUGHTS, ARGUMENTS = ("Think", " twice."), ('{"port":', '"Leith"}')
CALLS = tool_call("port_depth", *ARGUMENTS, call_id="call_9")
CALLED = tool_call("port_depth", "".join(ARGUMENTS), call_id="call_9")


def gemini_answer(pieces: Sequence[str], full: bool, stream: bool) -> Reply:
    thoughts = [google.thought(t) for t in THOUGHTS if full]
    calls = [google.function_call("port_depth", {"port": "Leith"}, "call_9")] * full
    make = google.gemini_stream if stream else google.gemini_whole
    return make(*thoughts, *pieces, *calls)


def native_answer(pieces: Sequence[str], full: bool, stream: bool, listed: bool) -> Reply:
    if stream:
        return google.dashscope_stream(
            pieces,
            reasoning=THOUGHTS if full else (),
            tool_calls=CALLS if full else (),
            listed=listed,
        )
    return google.dashscope_whole(
        "".join(pieces),
        reasoning="".join(THOUGHTS) if full else "",
        tool_calls=CALLED if full else (),
        listed=listed,
    )


def chat_answer(pieces: Sequence[str], full: bool, stream: bool, model: str) -> Reply:
    if stream:
        make = google.moonshot_stream if model == KIMI else chat_stream
        field = {} if model == KIMI else {"reasoning_field": "reasoning_content"}
        return make(
            pieces,
            usage=google.CHAT_USAGE,
            reasoning=THOUGHTS if full else (),
            tool_calls=CALLS if full else (),
            model=model,
            **field,  # type: ignore[arg-type]
        )
    return chat_whole(
        "".join(pieces),
        google.CHAT_USAGE,
        reasoning="".join(THOUGHTS) if full else None,
        reasoning_field="reasoning_content",
        tool_calls=CALLED if full else (),
        model=model,
    )


def answer(
    name: str, pieces: Sequence[str] = ("Fine.",), *, full: bool = False, stream: bool = True
) -> Reply:
    """``pieces`` in the words of a target; ``full`` adds reasoning and a tool call."""
    target = TARGETS[name]
    if target.wire == "gemini":
        return gemini_answer(pieces, full, stream)
    if target.wire == "dashscope":
        return native_answer(pieces, full, stream, target.path == MULTIMODAL)
    if target.wire == "responses":
        return other_reply("responses", FULL if full else Say(pieces), stream=stream)
    return chat_answer(pieces, full, stream, target.model)


# -- the request and the answer


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_a_question_goes_to_its_path_and_the_answer_is_stdout(
    name: str, how: str, aichat: Program
) -> None:
    target, stream = TARGETS[name], how == "streamed"
    result, (seen,) = asked(aichat, name, answer(name, PIECES, stream=stream), *HOW[how])
    assert (result.stdout, result.stderr, result.code) == (f"{TEXT}\n".encode(), "", 0)
    path = target.path if stream else target.path.replace("streamG", "g").partition("?")[0]
    assert (seen.method, seen.path) == ("POST", path)
    assert seen.headers["content-type"] == "application/json"
    native_stream = target.wire == "dashscope" and stream
    assert seen.headers.get("x-dashscope-sse") == ("enable" if native_stream else None)


@pytest.mark.parametrize("name", TARGETS)
def test_the_key_stands_in_one_header_and_nowhere_else(name: str, aichat: Program) -> None:
    result, (seen,) = asked(aichat, name, answer(name), "--debug")
    holding = {k: v for k, v in seen.headers.items() if SENTINEL in v}
    assert holding == {TARGETS[name].auth: TARGETS[name].secret}
    assert SENTINEL not in seen.path and SENTINEL.encode() not in seen.body
    assert "key=" not in seen.path
    assert SENTINEL not in result.stderr and "debug" in result.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_the_real_program_does_the_same(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    with Server(answer(name, PIECES)) as server:
        result = aimed(aichat, target, server.url).run(*target.command())
        (seen,) = server.requests
    assert (result.stdout, result.stderr, result.code) == (f"{TEXT}\n".encode(), "", 0)
    assert seen.path == target.path


USER = {"role": "user", "content": "hi"}
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
    result = dry(aichat, "gemini", "-m", model)
    assert curl_url(result).endswith("/v1beta/models/gemini-4-argon:streamGenerateContent?alt=sse")
    assert "model" not in curl_body(result)


@pytest.mark.parametrize("model", ["a/../../b", "x?key=1", "x#y", "ü"])
def test_no_model_name_leaves_its_place_in_geminis_path(model: str, aichat: Program) -> None:
    result, (seen,) = asked(aichat, "gemini", answer("gemini"), "-m", model)
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
        "cost": dict.fromkeys(("amount", "currency", "estimated", "source")),
        "conversation": None,
        "error": None,
    }


def settled(found: dict[str, Any]) -> dict[str, Any]:
    """An answer less its times, its id and its model, which must be there."""
    timing = found.pop("timing")
    assert 0 <= timing["first_token_s"] <= timing["total_s"]
    assert found.pop("response_id") and found.pop("model")
    for call in found["tool_calls"]:
        call["arguments"] = compact(call["arguments"])
    return found


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_json_is_the_same_object_from_every_wire(name: str, how: str, aichat: Program) -> None:
    full = answer(name, PIECES, full=True, stream=how == "streamed")
    result, _ = asked(aichat, name, full, "--json", "--tools", TOOLS, *HOW[how])
    assert result.code == 0 and result.text.count("\n") == 1
    assert settled(json.loads(result.text)) == expected(TARGETS[name])


def events_in(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.text.removesuffix("\n").split("\n")]


def told(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Text and reasoning joined, usage and notices left out."""
    joined: list[dict[str, Any]] = []
    for event in events:
        same = bool(joined) and joined[-1]["type"] == event["type"]
        if same and "text" in event:
            joined[-1]["text"] += event["text"]
        elif event["type"] not in ("usage", "notice", "finish", "start"):
            joined.append(dict(event))
    return joined


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_events_are_the_same_from_every_wire(name: str, how: str, aichat: Program) -> None:
    target = TARGETS[name]
    full = answer(name, PIECES, full=True, stream=how == "streamed")
    result, _ = asked(aichat, name, full, "--events", "--tools", TOOLS, *HOW[how])
    first, *middle, last = events_in(result)
    start = {"provider": target.provider, "model": target.model, "wire": target.wire}
    assert first == {"type": "start", **start, "conversation": None}
    for event in middle:
        if event["type"] == "tool_call":
            event["arguments"] = compact(event["arguments"])
    assert told(middle) == EVENTS
    assert [e for e in middle if e["type"] == "usage"][-1] == {"type": "usage", **usage_of(target)}
    assert last.pop("type") == "finish"
    assert settled(last) == expected(target)


@pytest.mark.parametrize("name", TARGETS)
def test_reasoning_is_stderr_and_only_when_it_is_asked_for(name: str, aichat: Program) -> None:
    full = answer(name, PIECES, full=True)
    hidden, _ = asked(aichat, name, full)
    shown, _ = asked(aichat, name, full, "--show-reasoning")
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
        google.dashscope_stream(("06:", "12 [1]"), sources=SOURCES, listed=listed)
        if stream
        else google.dashscope_whole("06:12 [1]", sources=SOURCES, listed=listed)
    )
    how = () if stream else ("--no-stream",)
    result, _ = asked(aichat, name, given, "--json", *how)
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
    result, _ = asked(aichat, "gemini", reply, "--json")
    found = json.loads(result.text)
    (cited,) = found["citations"]
    assert found["text"][cited["start"] : cited["end"]] == "06:12"
    assert (cited["start"], cited["end"]) == (5, 10)
    assert found["usage"]["searches"] == 1


CUMULATIVE = ("-o", "parameters.incremental_output=false")


@pytest.mark.parametrize("name", ["qwen dashscope", "qwen dashscope text"])
def test_text_that_repeats_itself_is_printed_once(name: str, aichat: Program) -> None:
    listed = name == "qwen dashscope"
    given = google.dashscope_stream(PIECES, reasoning=THOUGHTS, cumulative=True, listed=listed)
    result, (seen,) = asked(aichat, name, given, *CUMULATIVE, "--json")
    found = json.loads(result.text)
    assert seen.json()["parameters"]["incremental_output"] is False
    assert (found["text"], found["reasoning"]) == (TEXT, "Think twice.")


# -- base URLs, wires and regions


def at(provider: str, *words: str) -> tuple[str, ...]:
    return ("ask", "-p", provider, "hi", "--dry-run", *words)


HOST = "http://127.0.0.1:9"
GEMINI_URL = f"/models/{google.GEMINI}:streamGenerateContent?alt=sse"
ALI = "https://dashscope.aliyuncs.com"
WHERE: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (at("gemini"), {}, f"https://generativelanguage.googleapis.com/v1beta{GEMINI_URL}"),
    (at("gemini"), {"GOOGLE_GEMINI_BASE_URL": HOST}, f"{HOST}/v1beta{GEMINI_URL}"),
    (at("gemini"), {"GOOGLE_GEMINI_BASE_URL": f"{HOST}/g/"}, f"{HOST}/g/v1beta{GEMINI_URL}"),
    (at("gemini"), {"AICHAT_GEMINI_BASE_URL": f"{HOST}/v1"}, f"{HOST}/v1{GEMINI_URL}"),
    (
        at("gemini"),
        {"AICHAT_GEMINI_BASE_URL": f"{HOST}/own", "GOOGLE_GEMINI_BASE_URL": f"{HOST}/sdk"},
        f"{HOST}/own{GEMINI_URL}",
    ),
    (at("moonshot"), {}, "https://api.moonshot.ai/v1/chat/completions"),
    (at("moonshot"), {"MOONSHOT_BASE_URL": f"{HOST}/m/"}, f"{HOST}/m/chat/completions"),
    (at("moonshot"), {"AICHAT_MOONSHOT_BASE_URL": f"{HOST}/o"}, f"{HOST}/o/chat/completions"),
    (at("moonshot", "--region", "ai"), {}, "https://api.moonshot.ai/v1/chat/completions"),
    (at("moonshot", "--region", "cn"), {}, "https://api.moonshot.cn/v1/chat/completions"),
    (
        at("moonshot", "--region", "cn"),
        {"MOONSHOT_BASE_URL": HOST},
        "https://api.moonshot.cn/v1/chat/completions",
    ),
    (at("qwen"), {}, f"{ALI}{MODE}/chat/completions"),
    (at("qwen", "--wire", "responses"), {}, f"{ALI}{MODE}/responses"),
    (at("qwen", *NATIVE), {}, f"{ALI}{MULTIMODAL}"),
    (at("qwen", *NATIVE, "-m", "qwen-plus"), {}, f"{ALI}{TEXT_ONLY}"),
    (at("qwen", "--region", "cn"), {}, f"{ALI}{MODE}/chat/completions"),
    (
        at("qwen", "--region", "intl"),
        {},
        f"https://dashscope-intl.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "us"),
        {},
        f"https://dashscope-us.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "hk"),
        {},
        f"https://cn-hongkong.dashscope.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "ws-1.ap-southeast-1"),
        {},
        f"https://ws-1.ap-southeast-1.maas.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "ws-1.cn-beijing", *NATIVE),
        {},
        f"https://ws-1.cn-beijing.maas.aliyuncs.com{MULTIMODAL}",
    ),
    (
        at("qwen", "--region", "intl", "--wire", "responses"),
        {},
        f"https://dashscope-intl.aliyuncs.com{MODE}/responses",
    ),
    (
        at("qwen", "--region", "intl", *NATIVE),
        {},
        f"https://dashscope-intl.aliyuncs.com{MULTIMODAL}",
    ),
    # as is; the native API stands in place of the compatible one, else behind the base
    (at("qwen"), {"DASHSCOPE_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/chat/completions"),
    (
        at("qwen", "--wire", "responses"),
        {"DASHSCOPE_BASE_URL": f"{HOST}/x"},
        f"{HOST}/x/responses",
    ),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}/x"}, f"{HOST}/x{MULTIMODAL}"),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}{MODE}"}, f"{HOST}{MULTIMODAL}"),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}{MODE}/"}, f"{HOST}{MULTIMODAL}"),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}/api/v1"}, f"{HOST}{MULTIMODAL}"),
    (
        at("qwen", *NATIVE),
        {"AICHAT_QWEN_BASE_URL": f"{HOST}/p{MODE}"},
        f"{HOST}/p{MULTIMODAL}",
    ),
    # another provider's says nothing
    (at("qwen"), {"OPENAI_BASE_URL": HOST}, f"{ALI}{MODE}/chat/completions"),
    (at("moonshot"), {"OPENAI_BASE_URL": HOST}, "https://api.moonshot.ai/v1/chat/completions"),
]


def spelled(case: tuple[tuple[str, ...], dict[str, str], str]) -> str:
    words, environ, _ = case
    return " ".join((*(f"{k}={v}" for k, v in environ.items()), words[2], *words[5:]))


@pytest.mark.parametrize("case", WHERE, ids=map(spelled, WHERE))
def test_a_request_goes_to_the_base_url_that_holds(
    case: tuple[tuple[str, ...], dict[str, str], str], aichat: Program
) -> None:
    words, environ, url = case
    result = inside(aichat, *words, environ=environ)
    assert (curl_url(result), result.code) == (url, 0)


@pytest.mark.parametrize("dry_run", [("--dry-run",), ()], ids=["dry", "sent"])
@pytest.mark.parametrize(
    ("provider", "region", "have"),
    [
        ("qwen", "mars", ("cn", "intl", "us", "hk")),
        ("moonshot", "intl", ("ai", "cn")),
        ("moonshot", "ws-1.cn-beijing", ("ai", "cn")),
        ("gemini", "us", ()),
    ],
)
def test_a_region_that_is_not_there_is_exit_3_and_those_that_are_are_named(
    provider: str, region: str, have: Sequence[str], dry_run: tuple[str, ...], aichat: Program
) -> None:
    environ = {KEYS[provider]: SENTINEL}
    words = ("ask", "-p", provider, "--region", region, "hi", *dry_run)
    result = inside(aichat, *words, environ=environ)
    assert (result.stdout, result.code) == (b"", 3)
    assert region in result.stderr and provider in result.stderr
    assert all(name in result.stderr for name in have)


@pytest.mark.parametrize(
    "region", ["evil.example/x.y", "a@evil.example/.", "evil.example#.x", ".", "a b.c"]
)
def test_a_workspace_is_part_of_a_host_name_and_of_nothing_else(
    region: str, aichat: Program
) -> None:
    result = inside(aichat, *at("qwen", "--region", region))
    assert (result.stdout, result.code) == (b"", 3), "the key would go to another host"


@pytest.mark.parametrize(
    ("provider", "region", "host"),
    [("qwen", "hk", "//cn-hongkong.dashscope"), ("moonshot", "cn", "//api.moonshot.cn")],
)
def test_a_region_of_the_config_is_kept_and_a_flag_goes_above_it(
    provider: str, region: str, host: str, aichat: Program
) -> None:
    aichat.config(f'[providers.{provider}]\nregion = "{region}"\n')
    assert host in curl_url(inside(aichat, *at(provider)))
    other = {"qwen": "us", "moonshot": "ai"}[provider]
    assert host not in curl_url(inside(aichat, *at(provider, "--region", other)))


@pytest.mark.parametrize(
    ("provider", "wire"),
    [
        ("gemini", "chat"),
        ("gemini", "responses"),
        ("moonshot", "responses"),
        ("moonshot", "messages"),
        ("qwen", "messages"),
        ("qwen", "gemini"),
        ("openai", "gemini"),
        ("groq", "dashscope"),
    ],
)
def test_a_wire_that_a_provider_does_not_take_is_exit_2(
    provider: str, wire: str, aichat: Program
) -> None:
    result = inside(aichat, *at(provider, "--wire", wire))
    assert (result.stdout, result.code) == (b"", 2)
    assert wire in result.stderr and provider in result.stderr


# -- bare names of models

CHATS_AT = {
    "qwen": f"{ALI}{MODE}/chat/completions",
    "moonshot": "https://api.moonshot.ai/v1/chat/completions",
    "groq": "https://api.groq.com/openai/v1/chat/completions",
}
NAMES: list[tuple[str, str, str]] = [
    ("-m gemini-3.8-flash", "gemini", "gemini-3.8-flash"),
    ("-m gemini-flash-latest", "gemini", "gemini-flash-latest"),
    ("-m gemini/gemini-next", "gemini", "gemini-next"),
    ("-m kimi-k3", "moonshot", "kimi-k3"),
    ("-m moonshot/kimi-next", "moonshot", "kimi-next"),
    ("-m moonshot-v1-8k", "moonshot", "moonshot-v1-8k"),
    ("-m qwen-plus", "qwen", "qwen-plus"),
    ("-m qwen-plus-2026-09-11", "qwen", "qwen-plus-2026-09-11"),
    ("-m qwen3.6-35b-a3b", "qwen", "qwen3.6-35b-a3b"),
    ("-m qwen/qwen3.8-27b", "qwen", "qwen3.8-27b"),
    ("-p groq -m qwen/qwen3.8-27b", "groq", "qwen/qwen3.8-27b"),
    ("-m groq/qwen/qwen3.8-27b", "groq", "qwen/qwen3.8-27b"),
]


@pytest.mark.parametrize(("words", "provider", "model"), NAMES)
def test_a_models_name_decides_who_is_asked_whatever_key_is_set(
    words: str, provider: str, model: str, aichat: Program
) -> None:
    result = inside(
        aichat, "ask", "hi", "--dry-run", *words.split(), environ={"XAI_API_KEY": SENTINEL}
    )
    assert result.code == 0
    if provider == "gemini":
        assert f"/models/{model}:" in curl_url(result)
    else:
        assert (curl_url(result), curl_body(result)["model"]) == (CHATS_AT[provider], model)


# -- keys

VARIABLES = {
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "moonshot": ("MOONSHOT_API_KEY", "KIMI_API_KEY"),
    "qwen": ("DASHSCOPE_API_KEY", "QWEN_API_KEY"),
}
FIRST, SECOND = "first_0123456789", "second_0123456789"


@pytest.mark.parametrize("provider", VARIABLES)
@pytest.mark.parametrize(("values", "key"), [((FIRST, SECOND), FIRST), (("", SECOND), SECOND)])
def test_the_first_variable_that_is_set_gives_the_key(
    provider: str, values: tuple[str, str], key: str, aichat: Program
) -> None:
    target = TARGETS[provider]
    with Server(answer(provider)) as server:
        aimed(aichat, target, server.url)
        aichat.environ |= dict(zip(VARIABLES[provider], values, strict=True))
        result = inside(aichat, "ask", "hi")
        (seen,) = server.requests
    assert result.code == 0
    assert seen.headers[target.auth].removeprefix("Bearer ") == key


@pytest.mark.parametrize("provider", VARIABLES)
def test_without_a_key_the_provider_names_its_variable(provider: str, aichat: Program) -> None:
    result = inside(aichat, "ask", "-p", provider, "hi")
    assert (result.stdout, result.code) == (b"", 3)
    for way in (KEYS[provider], f"aichat keys set {provider}", "key_command"):
        assert way in result.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_a_dry_run_shows_the_variable_in_place_of_the_key(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    key = KEYS[target.provider]
    result = inside(aichat, *target.command("--dry-run"), environ={key: SENTINEL})
    value = TARGETS[name].secret.replace(SENTINEL, f"${key}")
    assert f'-H "{target.auth}: {value}"' in result.text
    assert SENTINEL not in result.text and "key=" not in curl_url(result)


def stored(aichat: Program, **keys: str) -> None:
    aichat.config_dir.mkdir(exist_ok=True)
    path = aichat.config_dir / "credentials.toml"
    path.write_text(
        "[keys]\n" + "".join(f'{n.replace("_", "-")} = "{v}"\n' for n, v in keys.items())
    )
    path.chmod(0o600)


REGIONAL: list[tuple[str, str, dict[str, str], str]] = [
    ("qwen", "intl", {"qwen": "general_0123", "qwen_intl": "regional_0123"}, "regional_0123"),
    ("qwen", "intl", {"qwen_intl": "regional_0123"}, "regional_0123"),
    ("qwen", "intl", {"qwen": "general_0123"}, "general_0123"),
    ("qwen", "hk", {"qwen": "general_0123", "qwen_intl": "regional_0123"}, "general_0123"),
    ("moonshot", "cn", {"moonshot": "general_0123", "moonshot_cn": "regional_01"}, "regional_01"),
]


@pytest.mark.parametrize(("provider", "region", "keys", "wanted"), REGIONAL)
def test_a_region_has_a_key_of_its_own(
    provider: str, region: str, keys: dict[str, str], wanted: str, aichat: Program
) -> None:
    target = TARGETS[provider]
    with Server(answer(provider)) as server:
        aichat.config(f'[providers.{provider}]\nregion = "{region}"\n')
        stored(aichat, **keys)
        aimed(aichat, target, server.url).environ.pop(KEYS[provider])
        result = inside(aichat, "ask", "-p", provider, "hi")
        (seen,) = server.requests
    assert (result.code, seen.headers["authorization"]) == (0, f"Bearer {wanted}")


def test_a_regions_own_key_is_a_key_when_nobody_says_whom_to_ask(aichat: Program) -> None:
    aichat.config('[providers.qwen]\nregion = "intl"\n')
    stored(aichat, qwen_intl="regional_0123456789")
    result = inside(aichat, "ask", "hi", "--dry-run")
    assert "//dashscope-intl.aliyuncs.com/" in curl_url(result)


@pytest.mark.parametrize("entry", ["qwen-intl", "moonshot-cn"])
def test_a_regions_own_key_is_stored_like_any_other(entry: str, aichat: Program) -> None:
    done = aichat.run("keys", "set", entry, stdin=b"regional_0123456789\n")
    assert done.code == 0, done.stderr
    assert (
        f'{entry} = "regional_0123456789"' in (aichat.config_dir / "credentials.toml").read_text()
    )


@pytest.mark.parametrize("name", ["qwen", "qwen dashscope", "moonshot"])
def test_a_key_that_is_refused_says_that_it_may_be_of_another_region(
    name: str, aichat: Program
) -> None:
    refusals = {
        "qwen": google.qwen_error(401, "invalid_api_key", "Incorrect API key provided."),
        "qwen dashscope": google.dashscope_error(401, "InvalidApiKey", "Invalid API-key provided."),
        "moonshot": google.moonshot_error(401, "invalid_authentication_error", "Invalid key"),
    }
    result, requests = asked(aichat, name, refusals[name])
    assert (result.code, len(requests)) == (4, 1)
    assert "--region" in result.stderr and "region" in lines(result)[1]


def test_an_overridden_host_gets_that_providers_key_and_no_other(aichat: Program) -> None:
    every = {variable: f"key-of-{name}-0123456789" for name, variable in KEYS.items()}
    with ExitStack() as stack:
        server = stack.enter_context(Server(default=answer("moonshot")))
        aimed(aichat, TARGETS["moonshot"], server.url)
        aichat.environ |= every
        inside(aichat, "ask", "-p", "moonshot", "hi")
        (seen,) = server.requests
    sent = [v for v in seen.headers.values() if "key-of" in v]
    assert sent == [f"Bearer {every['MOONSHOT_API_KEY']}"]


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
    result = dry(aichat, name, "-m", model, "--effort", effort)
    assert (dialled(curl_body(result)), result.code) == (fields, 0)
    assert (len(lines(result)) == 1) == bool(says) and says in result.stderr


@pytest.mark.parametrize("case", EFFORT, ids=[" ".join(case[:3]) for case in EFFORT])
def test_with_strict_what_a_notice_would_say_is_exit_5(case: Effort, aichat: Program) -> None:
    name, model, effort, _, says = case
    result = dry(aichat, name, "-m", model, "--effort", effort, "--strict")
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
    result = dry(aichat, "moonshot", "-m", model, *words)
    assert field not in curl_body(result) and len(lines(result)) == 1
    assert field in result.stderr and model in result.stderr
    strict = dry(aichat, "moonshot", "-m", model, *words, "--strict")
    assert (strict.stdout, strict.code) == (b"", 5)


def test_a_notice_of_what_was_dropped_is_an_event_too(aichat: Program) -> None:
    words = ("--temperature", "0.6", "--events")
    result, (seen,) = asked(aichat, "moonshot", answer("moonshot"), *words)
    notices = [e for e in events_in(result) if e["type"] == "notice"]
    assert "temperature" not in seen.json() and result.code == 0
    assert [n["kind"] for n in notices] == ["dropped"] and "temperature" in notices[0]["message"]


@pytest.mark.parametrize("model", ["moonshot-v1-8k", "moonshot-v1-128k-vision-preview"])
def test_moonshots_older_models_take_a_temperature(model: str, aichat: Program) -> None:
    body = body_of(aichat, "moonshot", "-m", model, "--temperature", "0.6")
    assert body["temperature"] == 0.6


@pytest.mark.parametrize("name", ["qwen responses"])
def test_what_a_wire_has_no_word_for_is_dropped_with_a_notice(name: str, aichat: Program) -> None:
    result = dry(aichat, name, "--stop", "END", "--seed", "3")
    assert not {"stop", "seed"} & curl_body(result).keys()
    assert len(lines(result)) == 2


# -- --prefill


@pytest.mark.parametrize("how", HOW)
def test_moonshot_goes_on_with_what_was_begun_and_it_is_printed_once(
    how: str, aichat: Program
) -> None:
    rest = answer("moonshot", ('"a"', ": 1}"), stream=how == "streamed")
    result, (seen,) = asked(aichat, "moonshot", rest, "--prefill", "{", *HOW[how])
    assert seen.json()["messages"] == [USER, {"role": "assistant", "content": "{", "partial": True}]
    assert (result.text, result.stderr, result.code) == ('{"a": 1}\n', "", 0)


@pytest.mark.parametrize("how", HOW)
def test_the_begun_text_comes_after_the_reasoning_in_the_events(how: str, aichat: Program) -> None:
    full = answer("moonshot", PIECES, full=True, stream=how == "streamed")
    result, _ = asked(aichat, "moonshot", full, "--prefill", "Well, ", "--events", *HOW[how])
    *events, last = events_in(result)
    assert [e["type"] for e in told(events)] == ["reasoning", "text", "tool_call"]
    assert last["text"] == told(events)[1]["text"] == f"Well, {TEXT}"


@pytest.mark.parametrize(
    ("words", "out"), [(("--json",), None), (("-x",), "ls\n"), (("--output", "f"), "")]
)
def test_a_begun_answer_is_whole_wherever_it_goes(
    words: tuple[str, ...], out: str | None, aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(aichat.home)
    rest = answer("moonshot", ("ls\n", "```"))
    result, _ = asked(aichat, "moonshot", rest, "--prefill", "```sh\n", *words)
    whole = "```sh\nls\n```"
    if out is None:
        assert json.loads(result.text)["text"] == whole
    else:
        assert result.text == out
    if words[0] == "--output":
        assert (aichat.home / "f").read_text() == f"{whole}\n"


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "moonshot"])
def test_where_no_answer_can_be_begun_a_notice_says_so(name: str, aichat: Program) -> None:
    result, (seen,) = asked(aichat, name, answer(name), "--prefill", "zebra")
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert len(lines(result)) == 1 and "prefill" in result.stderr
    assert b"zebra" not in seen.body
    strict, none = asked(aichat, name, answer(name), "--prefill", "zebra", "--strict")
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
    result, requests = asked(aichat, "moonshot", reply, *words)
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
    result = dry(aichat, "gemini", "--tools", schema(**{where: given}))
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


# -- the faults of the net

SAID = "Hello wor"
HTML = (
    b"<!doctype html><html><head><title>Sign in</title><meta charset=utf-8><!-- a portal -->\n"
    b"</head><body>Hi</body></html>"
)


def begun(name: str, *steps: Step) -> Reply:
    """An answer that begins with ``SAID``, and then ``steps``."""
    whole = answer(name, (SAID,))
    events = [step for step in whole.body if isinstance(step, bytes)]
    last = next(n for n, event in enumerate(events) if SAID.encode() in event)
    return Reply(headers=SSE, body=[*events[: last + 1], *steps])


class Case(NamedTuple):
    """A fault: what the server does and what the user gets."""

    name: str
    reply: Reply
    kind: str
    exit: int
    says: str = ""
    text: str = SAID
    finish: str | None = None


def everywhere(title: str, *steps: Step, **fields: Any) -> dict[str, Case]:
    """The same fault after the first text of every target."""
    return {f"{n}: {title}": Case(n, begun(n, *steps), **fields) for n in TARGETS}


CHATS = ("qwen", "moonshot")
NATIVES = ("qwen dashscope", "qwen dashscope text")


def chat_failed(name: str, error_type: str) -> Reply:
    """``{"error": ...}`` in a stream of chunks."""
    error = {"message": "It broke", "type": error_type}
    return begun(name, *sse({"error": error}, done=False))


def native_failed(name: str, status: int, code: str) -> Reply:
    listed = name == "qwen dashscope"
    return google.dashscope_failed(status, code, "It broke", SAID, listed=listed)


def ended(reason: str, **fields: Any) -> Reply:
    return google.gemini_stream(SAID, finish=reason, **fields)


GEMINI_ENDS = [
    ("SAFETY", "content_filter", 10),
    ("RECITATION", "content_filter", 10),
    ("BLOCKLIST", "content_filter", 10),
    ("PROHIBITED_CONTENT", "content_filter", 10),
    ("SPII", "content_filter", 10),
    ("IMAGE_SAFETY", "content_filter", 10),
    ("MAX_TOKENS", "length", 9),
    ("CONTINUATION", "pause", 9),
    ("MALFORMED_FUNCTION_CALL", "malformed_tool_call", 7),
    ("UNEXPECTED_TOOL_CALL", "malformed_tool_call", 7),
    ("OTHER", "server", 7),
    ("MALFORMED_RESPONSE", "server", 7),
    ("MISSING_THOUGHT_SIGNATURE", "server", 7),
]
ENDINGS = ("content_filter", "length", "pause")
IN_GEMINI = [
    (503, "UNAVAILABLE", "overloaded", 7),
    (500, "INTERNAL", "server", 7),
    (429, "RESOURCE_EXHAUSTED", "rate_limit", 6),
    (400, "INVALID_ARGUMENT", "invalid_request", 5),
    (403, "PERMISSION_DENIED", "permission", 4),
]
IN_DASHSCOPE = [
    (429, "Throttling.RateQuota", "rate_limit", 6),
    (400, "DataInspectionFailed", "content_filter", 10),
    (400, "Arrearage", "quota", 6),
    (400, "InvalidParameter", "invalid_request", 5),
    (400, "InvalidParameter.DataInspection", "invalid_request", 5),  # only the status says so
    (403, "AccessDenied.Unpurchased", "permission", 4),
    (404, "ModelNotFound", "not_found", 5),
    (500, "InternalError", "server", 7),
    (503, "ServiceUnavailable", "overloaded", 7),
]
IN_CHAT = [
    ("moonshot", "server_error", "server", 7),
    ("moonshot", "content_filter", "content_filter", 10),
    ("moonshot", "rate_limit_reached_error", "rate_limit", 6),
    ("moonshot", "engine_overloaded_error", "overloaded", 7),
    ("moonshot", "exceeded_current_quota_error", "quota", 6),
    ("qwen", "data_inspection_failed", "content_filter", 10),
    ("qwen", "invalid_parameter_error", "invalid_request", 5),
    ("qwen", "insufficient_quota", "quota", 6),
]
CASES: dict[str, Case] = {
    **everywhere("71 reset", Cut(), kind="truncated", exit=9, says="cut"),
    **everywhere("71 closed", CloseEarly(), kind="truncated", exit=9, says="cut"),
    **everywhere("72 ends without an end", kind="truncated", exit=9, says="ended"),
    **everywhere("72 ends inside an event", b'data: {"ca', kind="truncated", exit=9, says="ended"),
    **everywhere("75 broken JSON", b"data: {broken\n\n", kind="protocol", exit=7, says="{broken"),
    **{
        f"gemini: 73 {reason}": Case(
            "gemini",
            ended(reason),
            kind,
            exit_code,
            finish=kind if kind in ENDINGS else None,
        )
        for reason, kind, exit_code in GEMINI_ENDS
    },
    **{
        f"gemini: 74 {status}, {'data:' if prefixed else 'bare'}": Case(
            "gemini",
            google.gemini_failed(status, code, "It broke", SAID, prefixed=prefixed),
            kind,
            exit_code,
            "It broke",
        )
        for status, code, kind, exit_code in IN_GEMINI
        for prefixed in (True, False)
    },
    **{
        f"{name}: 74 {code}": Case(
            name, native_failed(name, status, code), kind, exit_code, "It broke"
        )
        for name in NATIVES
        for status, code, kind, exit_code in IN_DASHSCOPE
    },
    **{
        f"{name}: 74 {error_type}": Case(
            name, chat_failed(name, error_type), kind, exit_code, "It broke"
        )
        for name, error_type, kind, exit_code in IN_CHAT
    },
    **{
        f"{name}: 73 the model's own limit": Case(
            name,
            google.dashscope_stream((SAID,), finish="length", listed=name == "qwen dashscope"),
            "length",
            9,
            "limit",
            finish="length",
        )
        for name in NATIVES
    },
    **{
        f"{name}: 73 the model's own limit": Case(
            name, chat_stream((SAID,), finish="length"), "length", 9, "limit", finish="length"
        )
        for name in CHATS
    },
    "moonshot: 73 all of it was reasoning": Case(
        "moonshot",
        google.moonshot_stream((), reasoning=["Hm."], finish="length"),
        "length",
        9,
        "limit",
        text="",
        finish="length",
    ),
    "gemini: a prompt that is blocked": Case(
        "gemini",
        google.gemini_blocked(),
        "content_filter",
        10,
        "filter",
        text="",
        finish="content_filter",
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_what_came_before_a_fault_is_kept_and_the_fault_has_its_own_code(
    title: str, aichat: Program
) -> None:
    case = CASES[title]
    result, requests = asked(aichat, case.name, case.reply, "--json")
    found = json.loads(result.text)
    assert len(requests) == 1, "never sent again once text has come"
    assert (error_of(result)["kind"], result.code) == (case.kind, case.exit)
    assert (found["text"], found["finish_reason"]) == (case.text, case.finish)
    assert found["complete"] is False
    assert 1 <= len(lines(result)) <= 2 and case.says in lines(result)[0]
    assert lines(result)[0].startswith(f"aichat: {TARGETS[case.name].provider} ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("title", CASES)
def test_the_same_without_json_is_the_text_and_a_newline(title: str, aichat: Program) -> None:
    case = CASES[title]
    result, _ = asked(aichat, case.name, case.reply)
    assert (result.text, result.code) == (f"{case.text}\n" if case.text else "", case.exit)
    assert lines(result)[0].startswith(f"aichat: {TARGETS[case.name].provider} ")


@pytest.mark.parametrize("stream", [True, False], ids=["asked for a stream", "--no-stream"])
@pytest.mark.parametrize(
    ("name", "reply", "kind", "code"),
    [
        ("gemini", google.gemini_blocked("SAFETY", stream=False), "content_filter", 10),
        ("gemini", google.gemini_whole(SAID, finish="SAFETY"), "content_filter", 10),
        ("gemini", google.gemini_whole(SAID, finish="MAX_TOKENS"), "length", 9),
        ("qwen dashscope", google.dashscope_error(200, "Arrearage", "It broke"), "quota", 6),
        (
            "qwen dashscope",
            google.dashscope_error(200, "DataInspectionFailed", "It broke"),
            "content_filter",
            10,
        ),
        ("qwen dashscope", google.dashscope_whole(SAID, finish="length"), "length", 9),
        ("moonshot", chat_whole(SAID, finish="content_filter"), "content_filter", 10),
        ("moonshot", chat_whole("", finish="length", reasoning="Hm."), "length", 9),
    ],
)
def test_an_answer_in_one_body_ends_in_the_same_codes(
    name: str, reply: Reply, kind: str, code: int, stream: bool, aichat: Program
) -> None:
    result, _ = asked(aichat, name, reply, "--json", *(() if stream else ("--no-stream",)))
    assert (error_of(result)["kind"], result.code) == (kind, code)


def test_text_after_geminis_first_finish_reason_is_not_lost(aichat: Program) -> None:
    chunks = [google.gemini_chunk("One", finish="STOP"), google.gemini_chunk(" two", finish="STOP")]
    result, _ = asked(aichat, "gemini", Reply(headers=SSE, body=google.gemini_events(*chunks)))
    assert (result.text, result.code) == ("One two\n", 0)


LIMITED = {
    "gemini": google.gemini_stream(SAID, finish="MAX_TOKENS"),
    "qwen": chat_stream((SAID,), finish="length"),
    "qwen dashscope": google.dashscope_stream((SAID,), finish="length"),
    "moonshot": google.moonshot_stream((SAID,), finish="length"),
}
IN_BODY = {
    "gemini": "generationConfig.maxOutputTokens=9",
    "qwen": "max_tokens=9",
    "qwen dashscope": "parameters.max_tokens=9",
    "moonshot": "max_completion_tokens=9",
}


@pytest.mark.parametrize("where", ["typed", "in the body", "in a profile"])
@pytest.mark.parametrize("name", LIMITED)
def test_a_limit_of_the_users_is_no_fault_but_a_notice(
    name: str, where: str, aichat: Program
) -> None:
    typed = {"typed": ("--max-tokens", "9"), "in the body": ("-o", IN_BODY[name])}
    profile = 'default_profile = "p"\n[profiles.p]\nmax_tokens = 9\n'
    aichat.config(profile if where == "in a profile" else "")
    result, _ = asked(aichat, name, LIMITED[name], *typed.get(where, ()))
    assert (result.text, result.code) == (f"{SAID}\n", 0)
    assert len(lines(result)) == 1 and "limit" in result.stderr


def page(status: int = 200, content_type: str = "text/html; charset=utf-8") -> Reply:
    return Reply(status, {"content-type": content_type}, [HTML], length=True)


SILENT: dict[str, tuple[Reply, str, int, Sequence[str]]] = {
    "64 never answers": (Silent(), "timeout", 8, ["no first byte within 0.3 s"]),
    "64 headers, then nothing": (
        Reply(headers=SSE, body=[forever()]),
        "timeout",
        8,
        ["no first byte within 0.3 s"],
    ),
    "77 captive portal": (page(), "protocol", 7, ["not the API", "HTML", "Sign in"]),
    "77 a page that calls itself a stream": (
        page(content_type="text/event-stream"),
        "protocol",
        7,
        ["not the API"],
    ),
    "78 login": (
        Reply(302, {"location": "https://login.example/x"}, length=True),
        "protocol",
        7,
        ["login.example"],
    ),
    "79 502 from a proxy": (page(502), "server", 7, ["502", "proxy"]),
    "82 closed without a byte": (RefuseAfterAccept(read=True), "network", 8, ["127.0.0.1"]),
    "an empty stream": (Reply(headers=SSE), "truncated", 9, ["ended"]),
    "JSON of another kind": (
        Reply(headers={"content-type": "application/json"}, body=[b'{"hello": 1}'], length=True),
        "protocol",
        7,
        [],
    ),
}


@pytest.mark.parametrize("title", SILENT)
@pytest.mark.parametrize("name", TARGETS)
def test_a_fault_before_any_text_has_its_kind(name: str, title: str, aichat: Program) -> None:
    reply, kind, code, says = SILENT[title]
    quick = ("--timeout", "0.3") if title.startswith("64") else ()
    result, requests = asked(aichat, name, reply, "--json", "--retries", "0", *quick)
    assert (error_of(result)["kind"], result.code, len(requests)) == (kind, code, 1)
    assert json.loads(result.text)["text"] == "" and 1 <= len(lines(result)) <= 2
    assert all(word in lines(result)[0] for word in says)
    assert "<body" not in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_an_answer_that_stalls_is_kept(name: str, aichat: Program) -> None:
    result, _ = asked(aichat, name, begun(name, forever()), "--timeout", "0.3")
    assert (result.text, result.code) == (f"{SAID}\n", 9)
    assert "no data for 0.3 s" in result.stderr


# -- the errors of HTTP


class Refusal(NamedTuple):
    """An HTTP error and what the user gets; ``requests`` counts retries."""

    name: str
    reply: Reply
    kind: str
    exit: int
    requests: int = 1
    code: str | None = None


def gemini_row(status: int, name: str, kind: str, exit_code: int, *details: Any) -> Refusal:
    tries = 3 if status in (429, 500, 503, 504) and kind != "quota" else 1
    return Refusal(
        "gemini", google.gemini_error(status, name, "It broke", *details), kind, exit_code, tries
    )


def native_row(status: int, code: str, kind: str, exit_code: int, tries: int = 1) -> Refusal:
    reply = google.dashscope_error(status, code, "It broke")
    return Refusal("qwen dashscope", reply, kind, exit_code, tries, code)


def qwen_row(status: int, code: str | None, kind: str, exit_code: int, tries: int = 1) -> Refusal:
    reply = google.qwen_error(status, code, "It broke")
    return Refusal("qwen", reply, kind, exit_code, tries, code)


def moonshot_row(status: int, error: str, kind: str, exit_code: int, tries: int = 1) -> Refusal:
    reply = google.moonshot_error(status, error, "It broke")
    return Refusal("moonshot", reply, kind, exit_code, tries, error)


PER_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
PER_MINUTE = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
BAD_KEY = google.error_info("API_KEY_INVALID")
REFUSALS = [
    gemini_row(400, "INVALID_ARGUMENT", "invalid_request", 5),
    gemini_row(400, "INVALID_ARGUMENT", "auth", 4, BAD_KEY),
    gemini_row(400, "FAILED_PRECONDITION", "permission", 4),
    gemini_row(401, "UNAUTHENTICATED", "auth", 4),
    gemini_row(403, "PERMISSION_DENIED", "permission", 4),
    gemini_row(404, "NOT_FOUND", "not_found", 5),
    gemini_row(429, "RESOURCE_EXHAUSTED", "rate_limit", 6),
    gemini_row(429, "RESOURCE_EXHAUSTED", "rate_limit", 6, google.quota_failure(PER_MINUTE)),
    gemini_row(429, "RESOURCE_EXHAUSTED", "quota", 6, google.quota_failure(PER_DAY)),
    gemini_row(
        429,
        "RESOURCE_EXHAUSTED",
        "quota",
        6,
        google.quota_failure(PER_DAY),
        google.retry_info("2s"),
    ),
    gemini_row(500, "INTERNAL", "server", 7),
    gemini_row(503, "UNAVAILABLE", "overloaded", 7),
    gemini_row(504, "DEADLINE_EXCEEDED", "server", 7),
    moonshot_row(400, "content_filter", "content_filter", 10),
    moonshot_row(400, "invalid_request_error", "invalid_request", 5),
    moonshot_row(401, "invalid_authentication_error", "auth", 4),
    moonshot_row(401, "incorrect_api_key_error", "auth", 4),
    moonshot_row(403, "permission_denied_error", "permission", 4),
    moonshot_row(404, "resource_not_found_error", "not_found", 5),
    moonshot_row(429, "rate_limit_reached_error", "rate_limit", 6, 3),
    moonshot_row(429, "engine_overloaded_error", "overloaded", 7, 3),
    moonshot_row(429, "exceeded_current_quota_error", "quota", 6),
    moonshot_row(500, "server_error", "server", 7, 3),
    moonshot_row(500, "unexpected_output", "server", 7, 3),
    qwen_row(400, "invalid_parameter_error", "invalid_request", 5),
    qwen_row(400, "data_inspection_failed", "content_filter", 10),
    qwen_row(400, "Arrearage", "quota", 6),
    qwen_row(401, "invalid_api_key", "auth", 4),
    qwen_row(401, None, "auth", 4),
    qwen_row(404, "model_not_found", "not_found", 5),
    qwen_row(429, "limit_requests", "rate_limit", 6, 3),
    qwen_row(429, "insufficient_quota", "quota", 6),
    qwen_row(500, "internal_error", "server", 7, 3),
    native_row(400, "InvalidParameter", "invalid_request", 5),
    native_row(400, "DataInspectionFailed", "content_filter", 10),
    native_row(400, "Arrearage", "quota", 6),
    native_row(401, "InvalidApiKey", "auth", 4),
    native_row(403, "AccessDenied", "permission", 4),
    native_row(403, "AccessDenied.Unpurchased", "permission", 4),
    native_row(403, "AllocationQuota.FreeTierOnly", "permission", 4),
    native_row(404, "ModelNotFound", "not_found", 5),
    native_row(404, "Model.NotExist", "not_found", 5),
    native_row(413, "RequestTooLarge", "invalid_request", 5),
    native_row(429, "Throttling", "rate_limit", 6, 3),
    native_row(429, "Throttling.RateQuota", "rate_limit", 6, 3),
    native_row(429, "Throttling.BurstRate", "rate_limit", 6, 3),
    native_row(500, "InternalError", "server", 7, 3),
    native_row(503, "ServiceUnavailable", "overloaded", 7, 3),
    native_row(504, "GatewayTimeout", "server", 7, 3),
]


def titled(row: Refusal) -> str:
    body = b"".join(step for step in row.reply.body if isinstance(step, bytes))
    detail = " PerDay" * (b"PerDay" in body) + " in a while" * (b"retryDelay" in body)
    return f"{row.name} {row.reply.status} {row.code or row.kind}{detail}"


@pytest.mark.parametrize("row", REFUSALS, ids=titled)
def test_an_error_has_its_kind_its_exit_code_and_its_retries(row: Refusal, aichat: Program) -> None:
    result, requests = asked(aichat, row.name, row.reply, "--json")
    error = error_of(result)
    assert (error["kind"], error["status"]) == (row.kind, row.reply.status)
    assert (result.code, len(requests)) == (row.exit, row.requests)
    assert (
        "It broke" in error["message"]
        and f"HTTP {row.reply.status}" in lines(result)[-1 - bool(error["hint"])]
    )
    assert row.code is None or error["code"] == row.code


@pytest.mark.parametrize(
    ("name", "reply", "request_id"),
    [
        ("qwen", google.qwen_error(500, None, "It broke"), google.REQUEST_ID),
        ("qwen dashscope", google.dashscope_error(500, "InternalError", "No"), google.REQUEST_ID),
        (
            "moonshot",
            google.moonshot_error(500, "server_error", "It broke"),
            "666a5359-a660-11f1-b705-00163e1dadc2",
        ),
    ],
)
def test_an_error_names_its_request(
    name: str, reply: Reply, request_id: str, aichat: Program
) -> None:
    result, _ = asked(aichat, name, reply, "--json", "--retries", "0")
    assert error_of(result)["request_id"] == request_id and request_id in result.stderr


@pytest.mark.parametrize("gone", ["kimi-k2-0711-preview", "kimi-latest", "moonshot-v1-8k"])
def test_a_model_that_is_gone_names_the_one_to_use(gone: str, aichat: Program) -> None:
    reply = google.moonshot_error(404, "resource_not_found_error", "Not found the model")
    result, _ = asked(aichat, "moonshot", reply, "-m", gone)
    assert (result.code, "kimi-k3.1-pro" in result.stderr) == (5, True)


@pytest.mark.parametrize(("delay", "wait"), [("37s", 37.0), ("0.25s", 0.25), ("60s", 60.0)])
def test_googles_retry_info_is_obeyed(delay: str, wait: float, aichat: Program) -> None:
    busy = google.gemini_error(429, "RESOURCE_EXHAUSTED", "Slow down", google.retry_info(delay))
    naps: list[float] = []
    replies = iter([busy, busy, answer("gemini")])
    result, requests = asked(aichat, "gemini", lambda _: next(replies), naps=naps)
    assert (result.text, result.code, len(requests)) == ("Fine.\n", 0, 3)
    assert naps == [wait, wait]


def test_a_longer_wait_is_told_and_not_waited_for(aichat: Program) -> None:
    busy = google.gemini_error(429, "RESOURCE_EXHAUSTED", "Slow down", google.retry_info("3600s"))
    naps: list[float] = []
    result, requests = asked(aichat, "gemini", busy, "--json", naps=naps)
    assert (result.code, len(requests), naps) == (6, 1, [])
    assert error_of(result)["retry_after"] == 3600 and "3600 s" in result.stderr


def test_moonshots_retry_after_is_obeyed(aichat: Program) -> None:
    headers = {"retry-after": "1", "x-retry-after": "1", "msh-cooldown-seconds": "1"}
    busy = google.moonshot_error(429, "rate_limit_reached_error", "Slow down", headers)
    naps: list[float] = []
    replies = iter([busy, answer("moonshot")])
    result, _ = asked(aichat, "moonshot", lambda _: next(replies), naps=naps)
    assert (result.text, naps) == ("Fine.\n", [1.0])


def test_a_used_up_allocation_is_asked_again_after_a_minute_and_once_at_most(
    aichat: Program,
) -> None:
    naps: list[float] = []
    busy = google.dashscope_error(429, "Throttling.AllocationQuota", "Allocated quota exceeded")
    result, requests = asked(aichat, "qwen dashscope", busy, naps=naps)
    assert result.code == 6 and len(requests) <= 2
    assert all(nap >= 60 for nap in naps)


def test_the_ids_of_an_account_are_not_shown(aichat: Program) -> None:
    organisation, key_id = f"org-{'0a1b2c3d' * 4}", "ak-f3a9c1d2e4b5a6f7c8d9"
    message = (
        f"Your account {organisation}<{key_id}> request reached organization max RPM: 3, "
        "please try again after 1 seconds"
    )
    busy = google.moonshot_error(429, "rate_limit_reached_error", message)
    result, _ = asked(aichat, "moonshot", busy, "--json", "--debug", "--retries", "1")
    shown = result.text + result.stderr
    assert "max RPM: 3" in shown
    assert organisation not in shown and key_id not in shown


# -- the key once more


def leaks(text: str) -> list[str]:
    """Eight characters in a row of the key are more than may be shown of it."""
    pieces = {SENTINEL[at : at + 8] for at in range(len(SENTINEL) - 7)}
    return [piece for piece in pieces if piece in text]


def echoes(name: str) -> dict[str, Reply]:
    """Every way in which a server may say the key back."""
    said, target = f"Incorrect API key provided: {SENTINEL}.", TARGETS[name]
    refused = {
        "gemini": google.gemini_error(400, "INVALID_ARGUMENT", said, BAD_KEY),
        "qwen dashscope": google.dashscope_error(401, "InvalidApiKey", said),
        "qwen dashscope text": google.dashscope_error(401, SENTINEL, said),
        "qwen": google.qwen_error(401, "invalid_api_key", said),
        "qwen responses": google.qwen_error(401, SENTINEL, said),
        "moonshot": google.moonshot_error(401, "incorrect_api_key_error", said),
    }
    in_stream = {
        "gemini": google.gemini_failed(400, SENTINEL, said, SAID),
        "dashscope": google.dashscope_failed(400, SENTINEL, said, SAID),
    }
    flat = begun(name, *sse({"error": {"message": said, "code": SENTINEL}}, done=False))
    return {
        "refused": refused[name],
        "request id": Reply(500, {"x-request-id": SENTINEL}, [b"no"], length=True),
        "page": Reply(
            200,
            {"content-type": "text/html"},
            [f"<html><title>{SENTINEL}</title>".encode()],
            length=True,
        ),
        "in the stream": in_stream.get(target.wire, flat),
        "broken": begun(name, b"data: {" + SENTINEL.encode() + b"\n\n"),
        "broken, cut in the key": begun(name, b"data: {" + b"x" * 60 + SENTINEL.encode() + b"\n\n"),
    }


@pytest.mark.parametrize("mode", [("--debug",), ("--events", "--debug", "--usage")], ids=" ".join)
@pytest.mark.parametrize("case", echoes("gemini"))
@pytest.mark.parametrize("name", TARGETS)
def test_a_key_that_the_server_says_back_is_never_shown(
    name: str, case: str, mode: tuple[str, ...], aichat: Program
) -> None:
    result, requests = asked(aichat, name, echoes(name)[case], *mode, "--retries", "0")
    assert result.code in (4, 5, 7)
    assert requests[0].headers[TARGETS[name].auth] == TARGETS[name].secret
    assert leaks(result.text + result.stderr) == []


# -- a signal


@pytest.mark.parametrize("name", TARGETS)
def test_a_signal_ends_the_answer_where_it_is(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    with Server(begun(name, forever())) as server:
        process = aimed(aichat, target, server.url).start(*target.command("--events"))
        try:
            seen = read_until(
                process.stdout.fileno(), lambda data: b'"text": "Hello wor"' in data, process
            )
            process.send_signal(signal.SIGINT)
            code, _ = wait_for(process)
            rest, _ = process.communicate()
        finally:
            process.kill()
            process.communicate()
        assert server.requests[0].closed.wait(5)
    last = json.loads((seen + rest).decode().splitlines()[-1])
    assert (code, last["type"], last["text"]) == (-signal.SIGINT, "finish", SAID)
    assert (last["finish_reason"], last["error"]["exit"]) == ("cancelled", 130)


# -- the traffic of these tests, as the official clients read it


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official clients heed one."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize("stream", [True, False], ids=HOW)
def test_googles_own_client_reads_the_same_answer(stream: bool) -> None:
    genai = pytest.importorskip("google.genai")
    with Server(answer("gemini", PIECES, full=True, stream=stream)) as server:
        options = {"base_url": server.url, "api_version": "v1beta"}
        client = genai.Client(api_key=SENTINEL, http_options=options)
        ask = client.models.generate_content_stream if stream else None
        given = {"model": google.GEMINI, "contents": "hi"}
        chunks = list(ask(**given)) if ask else [client.models.generate_content(**given)]
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts or ()]
    assert "".join(p.text or "" for p in parts if not p.thought) == TEXT
    assert "".join(p.text or "" for p in parts if p.thought) == "Think twice."
    (call,) = [p.function_call for p in parts if p.function_call]
    assert (call.id, call.name, call.args) == ("call_9", "port_depth", {"port": "Leith"})
    assert chunks[-1].usage_metadata.total_token_count == 15
    assert chunks[-1].candidates[0].finish_reason == "STOP"


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize("stream", [True, False], ids=HOW)
@pytest.mark.parametrize("name", NATIVES)
def test_dashscopes_own_client_reads_the_same_answer(name: str, stream: bool) -> None:
    dashscope = pytest.importorskip("dashscope")
    kind = dashscope.MultiModalConversation if name == "qwen dashscope" else dashscope.Generation
    with Server(answer(name, PIECES, full=True, stream=stream)) as server:
        given: dict[str, Any] = {"stream": True, "incremental_output": True} if stream else {}
        found = kind.call(
            model=TARGETS[name].model,
            api_key=SENTINEL,
            messages=[USER],
            base_address=f"{server.url}/api/v1",
            result_format="message",
            **given,
        )
        answers = list(found) if stream else [found]
    messages = [a.output.choices[0].message for a in answers]
    texts = [
        m.content if isinstance(m.content, str) else m.content[0]["text"]
        for m in messages
        if m.content
    ]
    assert {a.status_code for a in answers} == {200}
    assert "".join(texts) == TEXT
    assert "".join(m.get("reasoning_content") or "" for m in messages) == "Think twice."
    calls = [c for m in messages for c in m.get("tool_calls") or ()]
    assert "".join(c["function"]["arguments"] for c in calls) == "".join(ARGUMENTS)
    assert answers[-1].output.choices[0].finish_reason == "tool_calls"
    assert answers[-1].usage.input_tokens == 12
