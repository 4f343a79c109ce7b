"""The whole command for each provider and wire: what is sent, and what the user gets.

Tables run the program's own ``main`` in this process, which costs a hundredth
of a start; one run a wire starts the real program.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from tests.support.answering.answers import (
    RESPONSE_ID,
    ScriptedCall,
    ScriptedCitation,
    Style,
    events_of,
    messages_stream,
    messages_whole,
    responses_stream,
    responses_whole,
    scripted_call,
)
from tests.support.answering.server import (
    SSE,
    Reply,
    SeenRequest,
    Server,
    chat_stream,
    chat_whole,
    sse,
    tool_call,
)
from tests.support.running.program import SENTINEL, Program, Result, curl_body, curl_url
from tests.support.running.whole_runs import pop_conversation

# -- one answer on three wires


class Say(NamedTuple):
    """What a model says, before a wire has its say."""

    pieces: Sequence[str] = ("Fine.",)
    reasoning: Sequence[str] = ()
    calls: Sequence[ScriptedCall] = ()
    model: str = "m-1"


#: Tokens of every answer below, in the words of ``--json``.
USAGE = {
    "input": 12,
    "output": 3,
    "cached_input": 4,
    "cache_write": None,
    "reasoning": 1,
    "searches": None,
}
_CHAT_USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 3,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 1},
}
_RESPONSES_USAGE = {
    "input_tokens": 12,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 3,
    "output_tokens_details": {"reasoning_tokens": 1},
    "total_tokens": 15,
}
_MESSAGES_USAGE = {
    "input_tokens": 8,
    "cache_read_input_tokens": 4,
    "output_tokens": 3,
    "output_tokens_details": {"thinking_tokens": 1},
}


def _chat(say: Say, stream: bool) -> Reply:
    if stream:
        told = enumerate(say.calls)
        calls = [d for n, c in told for d in tool_call(c.name, *c.pieces, call_id=c.id, index=n)]
        return chat_stream(
            say.pieces, _CHAT_USAGE, reasoning=say.reasoning, tool_calls=calls, model=say.model
        )
    whole = [tool_call(c.name, c.arguments, call_id=c.id)[0] for c in say.calls]
    text, thought = "".join(say.pieces) or None, "".join(say.reasoning) or None
    return chat_whole(text, _CHAT_USAGE, reasoning=thought, tool_calls=whole, model=say.model)


def _responses(say: Say, stream: bool, style: Style) -> Reply:
    if stream:
        return responses_stream(
            say.pieces,
            reasoning=say.reasoning,
            tool_calls=say.calls,
            usage=_RESPONSES_USAGE,
            style=style,
            model=say.model,
        )
    return responses_whole(
        "".join(say.pieces) or None,
        reasoning="".join(say.reasoning),
        tool_calls=say.calls,
        usage=_RESPONSES_USAGE,
        style=style,
        model=say.model,
    )


def _messages(say: Say, stream: bool) -> Reply:
    more = {"tool_uses": say.calls, "usage": _MESSAGES_USAGE, "model": say.model}
    if stream:
        return messages_stream(say.pieces, thinking=say.reasoning, **more)
    return messages_whole("".join(say.pieces) or None, thinking="".join(say.reasoning), **more)


def reply(
    wire: str,
    say: Say = Say(),  # noqa: B008  a value
    *,
    stream: bool = True,
    style: Style = "openai",
) -> Reply:
    """``say`` in the words of ``wire``."""
    if wire == "responses":
        return _responses(say, stream, style)
    return _chat(say, stream) if wire == "chat" else _messages(say, stream)


# -- the targets


class Target(NamedTuple):
    """One provider on one wire: how to ask it and what must arrive there."""

    provider: str
    wire: str
    path: str
    words: tuple[str, ...] = ()
    auth: str = "authorization"
    headers: Mapping[str, str] = {}
    says: str = ""  # the only word on stderr

    @property
    def style(self) -> Style:
        """How the provider speaks the Responses wire."""
        return {"xai": "xai", "perplexity": "perplexity"}.get(self.provider, "openai")  # type: ignore[return-value]

    def command(self, *more: str) -> tuple[str, ...]:
        return ("ask", "-p", self.provider, *self.words, "hi", *more)

    def reply(self, say: Say = Say(), *, stream: bool = True) -> Reply:  # noqa: B008  a value
        """``say`` as this provider says it on this wire."""
        return reply(self.wire, say, stream=stream, style=self.style)


_WIRE = {"chat": ("--wire", "chat"), "responses": ("--wire", "responses")}
CURRENT, LEGACY = {"anthropic-version": "2026-10-21"}, {"anthropic-version": "2023-06-01"}
TARGETS = {
    "openai": Target("openai", "responses", "/v1/responses"),
    "openai chat": Target("openai", "chat", "/v1/chat/completions", _WIRE["chat"]),
    "xai": Target("xai", "responses", "/v1/responses"),
    "xai chat": Target("xai", "chat", "/v1/chat/completions", _WIRE["chat"]),
    "xai messages": Target(
        "xai", "messages", "/v1/messages", ("--wire", "messages"), headers=LEGACY, says="deprecated"
    ),
    "groq": Target("groq", "chat", "/v1/chat/completions"),
    "groq responses": Target("groq", "responses", "/v1/responses", _WIRE["responses"]),
    "anthropic": Target("anthropic", "messages", "/v1/messages", (), "x-api-key", CURRENT),
    "perplexity": Target("perplexity", "responses", "/v1/responses"),
    "perplexity sonar": Target("perplexity", "chat", "/v1/chat/completions", ("-m", "sonar")),
    "box": Target("box", "chat", "/v1/chat/completions"),
    "box responses": Target("box", "responses", "/v1/responses", _WIRE["responses"]),
    "box messages": Target("box", "messages", "/v1/messages", ("--wire", "messages")),
}
KEYS = {
    "openai": "OPENAI_API_KEY",
    "xai": "XAI_API_KEY",
    "groq": "GROQ_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "perplexity": "PERPLEXITY_API_KEY",
    "box": "BOX_KEY",
}
BOX = '[providers.box]\nbase_url = "http://127.0.0.1:9/v1"\nkey_env = "BOX_KEY"\nmodels = ["m"]\n'


def aimed(aichat: Program, provider: str, url: str = "http://127.0.0.1:9") -> Program:
    """The program with a key for ``provider`` alone, whose requests go to ``url``."""
    if provider == "box":
        aichat.write_config(BOX)
    base = f"AICHAT_{provider.upper()}_BASE_URL"
    aichat.environ |= {KEYS[provider]: SENTINEL, base: f"{url}/v1"}
    return aichat


def asked(
    aichat: Program, target: Target, answer: Reply, *words: str
) -> tuple[Result, Sequence[SeenRequest]]:
    """A run against ``answer``, and the requests it made."""
    with Server(answer) as server:
        result = aimed(aichat, target.provider, server.url).invoke(*target.command(*words))
        return result, list(server.requests)


PIECES = ("Hé", "llo\u2028,\r\n", " wör", "ld ", "👩‍💻")
TEXT = "".join(PIECES)
HOW = {"streamed": (), "whole": ("--no-stream",)}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_a_question_goes_to_its_path_with_its_headers_and_the_answer_is_stdout(
    name: str, how: str, aichat: Program
) -> None:
    target, stream = TARGETS[name], how == "streamed"
    answer = target.reply(Say(PIECES), stream=stream)
    result, (seen,) = asked(aichat, target, answer, *HOW[how])
    assert (result.stdout, result.code) == (f"{TEXT}\n".encode(), 0)
    assert bool(result.stderr) == bool(target.says) and target.says in result.stderr
    assert len(result.stderr.splitlines()) <= 1
    assert (seen.method, seen.path) == ("POST", target.path)
    assert seen.headers["content-type"] == "application/json"
    assert {k: seen.headers.get(k) for k in target.headers} == target.headers
    assert seen.json()["stream"] is stream


@pytest.mark.parametrize("name", TARGETS)
def test_the_key_stands_in_one_header_and_nowhere_else(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    result, (seen,) = asked(aichat, target, target.reply(), "--debug")
    holding = {k: v for k, v in seen.headers.items() if SENTINEL in v}
    if name == "box messages":  # a gateway's own choice; both are spoken
        assert holding.keys() < {"authorization", "x-api-key"} and len(holding) == 1
    else:
        value = SENTINEL if target.auth == "x-api-key" else f"Bearer {SENTINEL}"
        assert holding == {target.auth: value}
    assert SENTINEL not in seen.path and SENTINEL.encode() not in seen.body
    assert SENTINEL not in result.stderr and "debug" in result.stderr


@pytest.mark.parametrize("name", ["openai chat", "xai", "anthropic", "perplexity"])
def test_the_real_program_does_the_same(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    with Server(target.reply(Say(PIECES))) as server:
        result = aimed(aichat, target.provider, server.url).run(*target.command())
        (seen,) = server.requests
    assert (result.stdout, result.stderr, result.code) == (f"{TEXT}\n".encode(), "", 0)
    assert seen.path == target.path


# -- the request's least


def hello(role: str = "user", kind: str = "input_text") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": kind, "text": "hi"}]}


USER = {"role": "user", "content": "hi"}
SEALED = {"include": ["reasoning.encrypted_content"]}
LEAST: dict[str, dict[str, Any]] = {
    "openai": {"model": "gpt-6.1-terra", "input": [hello()], "store": False, **SEALED},
    "openai chat": {
        "model": "gpt-6.1-terra",
        "messages": [USER],
        "stream_options": {"include_usage": True},
    },
    "xai": {"model": "grok-4.7", "input": [hello()], "store": False, **SEALED},
    "groq": {"model": "openai/gpt-oss-120b", "messages": [USER]},
    "groq responses": {"model": "openai/gpt-oss-120b", "input": [hello()]},
    "anthropic": {
        "model": "claude-sonnet-5-5",
        "max_tokens": 128000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    },
    "perplexity": {
        "model": "perplexity/sonar",
        "input": [hello()],
        "store": False,
        "tools": [{"type": "web_search"}],
    },
    "perplexity sonar": {"model": "sonar", "messages": [USER]},
}


#: What tells its conversation's cache, which costs nothing.
CACHED = {
    "openai": ["prompt_cache_key", "prompt_cache_options"],
    "openai chat": ["prompt_cache_key", "prompt_cache_options"],
    "xai": ["prompt_cache_key"],
}


@pytest.mark.parametrize("name", LEAST)
def test_the_smallest_request_holds_what_is_needed_and_no_more(name: str, aichat: Program) -> None:
    _, (seen,) = asked(aichat, TARGETS[name], TARGETS[name].reply())
    body = seen.json()
    cache = {field: body.pop(field) for field in [*body] if field.startswith("prompt_cache")}
    assert body == {**LEAST[name], "stream": True}
    assert [*cache] == CACHED.get(name, [])


SYSTEM = {
    "openai": ("instructions", "Be brief."),
    "perplexity": ("instructions", "Be brief."),
    "anthropic": ("system", "Be brief."),
    "groq": ("messages", [{"role": "system", "content": "Be brief."}, USER]),
    "xai": (
        "input",
        [
            {**hello("system"), "content": [{"type": "input_text", "text": "Be brief."}]},
            hello(),
        ],
    ),
}


@pytest.mark.parametrize("name", SYSTEM)
def test_a_system_prompt_stands_where_the_provider_reads_it(name: str, aichat: Program) -> None:
    field, value = SYSTEM[name]
    _, (seen,) = asked(aichat, TARGETS[name], TARGETS[name].reply(), "-s", "Be brief.")
    assert seen.json()[field] == value


LIMITS = {
    "openai": "max_output_tokens",
    "openai chat": "max_completion_tokens",
    "xai": "max_output_tokens",
    "xai chat": "max_completion_tokens",
    "groq": "max_completion_tokens",
    "groq responses": "max_output_tokens",
    "anthropic": "max_tokens",
    "perplexity": "max_output_tokens",
    "perplexity sonar": "max_tokens",
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_output_limit_has_its_own_name(name: str, aichat: Program) -> None:
    _, (seen,) = asked(aichat, TARGETS[name], TARGETS[name].reply(), "--max-tokens", "321")
    limits = {k: v for k, v in seen.json().items() if k.startswith("max_")}
    assert limits == {LIMITS[name]: 321}


def test_claude_at_perplexity_gets_the_limit_that_it_needs(aichat: Program) -> None:
    words = ("ask", "-p", "perplexity", "-m", "anthropic/claude-sonnet-5-5", "hi", "--dry-run")
    body = curl_body(aichat.invoke(*words))
    assert body["model"] == "anthropic/claude-sonnet-5-5"
    assert body["max_output_tokens"] >= 16


# -- --json and --events

TOOLS = '[{"name": "port_depth", "parameters": {"type": "object", "properties": {}}}]'
FULL = Say(
    PIECES,
    ("Think", " twice."),
    [scripted_call("port_depth", '{"port":', '"Leith"}', call_id="call_9")],
)
CALL = {"id": "call_9", "name": "port_depth", "arguments": '{"port":"Leith"}'}
IDS = {"chat": "chatcmpl-1", "messages": "msg_01"}


def reasoning_of(target: Target, how: str) -> str | None:
    """The reasoning of ``FULL``; Perplexity tells thoughts, each a line, beside the answer."""
    if (target.provider, target.wire) != ("perplexity", "responses"):
        return "Think twice."
    return "Think\n twice.\n" if how == "streamed" else None


def usage_of(target: Target) -> dict[str, int | None]:
    """OpenAI's answers also tell that nothing was searched."""
    searches = 0 if (target.wire, target.style) == ("responses", "openai") else None
    return {**USAGE, "searches": searches}


def answer_object(target: Target, how: str) -> dict[str, Any]:
    """The ``--json`` object of ``FULL``, but for its times."""
    return {
        "version": 1,
        "provider": target.provider,
        "model": "m-1",
        "response_id": IDS.get(target.wire, RESPONSE_ID[target.style]),
        "text": TEXT,
        "reasoning": reasoning_of(target, how),
        "refusal": None,
        "citations": [],
        "tool_calls": [CALL],
        "images": [],
        "finish_reason": "tool_calls",
        "complete": True,
        "usage": usage_of(target),
        "error": None,
    }


def compact(arguments: str) -> str:
    """Messages tell arguments as an object, so only their value is the same everywhere."""
    return json.dumps(json.loads(arguments), separators=(",", ":"))


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer whose times and price, which must be there, are taken out."""
    timing, cost = answer.pop("timing"), answer.pop("cost")
    priced = ("USD", "catalogue") if answer["provider"] != "box" else (None, None)
    assert (cost["currency"], cost["source"]) == priced
    assert bool(cost["amount"]) == (priced[0] is not None)
    assert pop_conversation(answer)
    assert 0 <= timing["first_token_s"] <= timing["total_s"]
    for told_call in answer["tool_calls"]:
        told_call["arguments"] = compact(told_call["arguments"])
    return answer


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_json_is_the_same_object_from_every_wire(name: str, how: str, aichat: Program) -> None:
    target = TARGETS[name]
    answer = target.reply(FULL, stream=how == "streamed")
    result, _ = asked(aichat, target, answer, "--json", "--tools", TOOLS, *HOW[how])
    assert result.code == 0 and result.text.count("\n") == 1
    assert timeless(json.loads(result.text)) == answer_object(target, how)


def events_in(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.text.removesuffix("\n").split("\n")]


def told(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Events in one form: text and reasoning joined, the last usage only, no notice."""
    joined: list[dict[str, Any]] = []
    for event in events:
        same = joined and joined[-1]["type"] == event["type"]
        if same and "text" in event and len(event) == 2:
            joined[-1]["text"] += event["text"]
        elif event["type"] not in ("usage", "notice", "finish", "start"):
            joined.append(dict(event))
    return joined


def events_for(target: Target, how: str) -> list[dict[str, Any]]:
    """The events of ``FULL``, in the order in which a model thinks, says and calls."""
    thought = reasoning_of(target, how)
    said = [{"type": "text", "text": TEXT}, {"type": "tool_call", **CALL}]
    return [{"type": "reasoning", "text": thought}, *said] if thought else said


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TARGETS)
def test_events_are_the_same_from_every_wire(name: str, how: str, aichat: Program) -> None:
    target = TARGETS[name]
    answer = target.reply(FULL, stream=how == "streamed")
    result, (seen,) = asked(aichat, target, answer, "--events", "--tools", TOOLS, *HOW[how])
    first, *middle, last = events_in(result)
    assert first == {
        "type": "start",
        "provider": target.provider,
        "model": seen.json()["model"],
        "wire": target.wire,
        "conversation": last["conversation"],
    }
    for event in middle:
        if event["type"] == "tool_call":
            event["arguments"] = compact(event["arguments"])
    assert told(middle) == events_for(target, how)
    assert [e for e in middle if e["type"] == "usage"][-1] == {"type": "usage", **usage_of(target)}
    assert [e["kind"] for e in middle if e["type"] == "notice"] == [target.says] * bool(target.says)
    assert next(iter(last)) == "type" and last.pop("type") == "finish"
    assert timeless(last) == answer_object(target, how)


# -- base URLs


def at(provider: str, *words: str) -> tuple[str, ...]:
    return ("ask", "-p", provider, "hi", "--dry-run", *words)


HOST = "http://127.0.0.1:9"
WHERE: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (at("openai"), {}, "https://api.openai.com/v1/responses"),
    (at("openai", "--wire", "chat"), {}, "https://api.openai.com/v1/chat/completions"),
    (at("xai"), {}, "https://api.x.ai/v1/responses"),
    (at("xai", "--wire", "messages"), {}, "https://api.x.ai/v1/messages"),
    (at("groq"), {}, "https://api.groq.com/openai/v1/chat/completions"),
    (at("groq", "--wire", "responses"), {}, "https://api.groq.com/openai/v1/responses"),
    (at("anthropic"), {}, "https://api.anthropic.com/v1/messages"),
    (at("perplexity"), {}, "https://api.perplexity.ai/v1/responses"),
    (at("perplexity", "-m", "sonar"), {}, "https://api.perplexity.ai/chat/completions"),
    # ours replaces the whole base, path included
    (at("openai"), {"AICHAT_OPENAI_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/responses"),
    (at("openai"), {"AICHAT_OPENAI_BASE_URL": f"{HOST}/x/"}, f"{HOST}/x/responses"),
    (at("xai"), {"AICHAT_XAI_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/responses"),
    (at("groq"), {"AICHAT_GROQ_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/chat/completions"),
    (at("anthropic"), {"AICHAT_ANTHROPIC_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/messages"),
    (at("perplexity"), {"AICHAT_PERPLEXITY_BASE_URL": HOST}, f"{HOST}/v1/responses"),
    (at("perplexity"), {"AICHAT_PERPLEXITY_BASE_URL": f"{HOST}/v1"}, f"{HOST}/v1/responses"),
    # the SDKs' own keep their SDK's meaning; OpenAI's also asks for chat
    (at("openai"), {"OPENAI_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/chat/completions"),
    (at("openai"), {"OPENAI_BASE_URL": f"{HOST}/x/"}, f"{HOST}/x/chat/completions"),
    (
        at("openai", "--wire", "responses"),
        {"OPENAI_BASE_URL": f"{HOST}/x"},
        f"{HOST}/x/responses",
    ),
    (at("xai"), {"XAI_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/responses"),
    (at("groq"), {"GROQ_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/openai/v1/chat/completions"),
    (at("groq"), {"GROQ_BASE_URL": f"{HOST}/"}, f"{HOST}/openai/v1/chat/completions"),
    (at("anthropic"), {"ANTHROPIC_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/v1/messages"),
    (at("anthropic"), {"ANTHROPIC_BASE_URL": f"{HOST}/x/"}, f"{HOST}/x/v1/messages"),
    (at("perplexity"), {"PERPLEXITY_BASE_URL": HOST}, f"{HOST}/v1/responses"),
    (at("perplexity"), {"PERPLEXITY_BASE_URL": f"{HOST}/v1"}, f"{HOST}/v1/responses"),
    (
        at("perplexity", "-m", "sonar"),
        {"PERPLEXITY_BASE_URL": HOST},
        f"{HOST}/chat/completions",
    ),
    # ours stands above theirs, and another provider's says nothing
    (
        at("xai"),
        {"XAI_BASE_URL": f"{HOST}/sdk", "AICHAT_XAI_BASE_URL": f"{HOST}/own"},
        f"{HOST}/own/responses",
    ),
    (at("xai"), {"OPENAI_BASE_URL": f"{HOST}/x"}, "https://api.x.ai/v1/responses"),
    (at("openai"), {"OPENAI_BASE_URL": ""}, "https://api.openai.com/v1/responses"),
    (at("openai"), {"AICHAT_OPENAI_BASE_URL": ""}, "https://api.openai.com/v1/responses"),
]


def spelled(case: tuple[tuple[str, ...], dict[str, str], str]) -> str:
    words, environ, _ = case
    return " ".join((*(f"{k}={v}" for k, v in environ.items()), *words[2:]))


@pytest.mark.parametrize("case", WHERE, ids=map(spelled, WHERE))
def test_a_request_goes_to_the_base_url_that_holds(
    case: tuple[tuple[str, ...], dict[str, str], str], aichat: Program
) -> None:
    words, environ, url = case
    result = aichat.invoke(*words, environ=environ)
    assert (curl_url(result), result.code) == (url, 0)


def test_a_base_url_of_the_sdk_is_where_the_request_goes(aichat: Program) -> None:
    with Server(reply("chat")) as server:
        environ = {"OPENAI_API_KEY": SENTINEL, "OPENAI_BASE_URL": f"{server.url}/like/openai"}
        result = aichat.invoke("ask", "hi", environ=environ)
        (seen,) = server.requests
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert seen.path == "/like/openai/chat/completions"
    assert seen.headers["authorization"] == f"Bearer {SENTINEL}"


def test_an_address_that_is_overridden_gets_no_other_providers_key(aichat: Program) -> None:
    every = {variable: f"key-of-{name}-0123456789" for name, variable in KEYS.items()}
    with Server(default=reply("messages")) as server:
        aimed(aichat, "anthropic", server.url)
        aichat.environ |= every
        aichat.invoke("ask", "-p", "anthropic", "hi")
        (seen,) = server.requests
    sent = [v for v in seen.headers.values() if v.startswith(("key-of", "Bearer"))]
    assert sent == [every["ANTHROPIC_API_KEY"]]


# -- regions


@pytest.mark.parametrize("region", ["us", "eu", "ae", "au", "in", "jp"])
@pytest.mark.parametrize("wire", ["responses", "chat"])
def test_a_region_is_another_host_of_openai(region: str, wire: str, aichat: Program) -> None:
    result = aichat.invoke(*at("openai", "--region", region, "--wire", wire))
    path = {"responses": "responses", "chat": "chat/completions"}[wire]
    assert curl_url(result) == f"https://{region}.api.openai.com/v1/{path}"


def test_a_region_typed_stands_above_the_environments_address(aichat: Program) -> None:
    result = aichat.invoke(
        *at("openai", "--region", "eu"), environ={"AICHAT_OPENAI_BASE_URL": HOST}
    )
    assert curl_url(result) == "https://eu.api.openai.com/v1/responses"


@pytest.mark.parametrize("dry", [("--dry-run",), ()], ids=["dry", "sent"])
@pytest.mark.parametrize(
    ("provider", "region"), [("openai", "mars"), ("anthropic", "eu"), ("xai", "us")]
)
def test_a_region_that_is_not_there_is_exit_3_and_those_that_are_are_named(
    provider: str, region: str, dry: tuple[str, ...], aichat: Program
) -> None:
    aimed(aichat, provider)
    result = aichat.invoke("ask", "-p", provider, "--region", region, "hi", *dry)
    assert (result.stdout, result.code) == (b"", 3)
    assert region in result.stderr and provider in result.stderr
    assert provider != "openai" or all(name in result.stderr for name in ("us", "eu", "jp"))


def test_a_region_of_the_config_is_kept_and_a_flag_goes_above_it(aichat: Program) -> None:
    aichat.write_config('[providers.openai]\nregion = "jp"\n')
    assert "//jp.api" in curl_url(aichat.invoke(*at("openai")))
    assert "//au.api" in curl_url(aichat.invoke(*at("openai", "--region", "au")))


# -- wires


@pytest.mark.parametrize(
    ("provider", "wire"),
    [
        ("anthropic", "chat"),
        ("anthropic", "responses"),
        ("openai", "messages"),
        ("groq", "messages"),
        ("perplexity", "messages"),
        ("openai", "telex"),
    ],
)
def test_a_wire_that_a_provider_does_not_take_is_exit_2_and_names_its_own(
    provider: str, wire: str, aichat: Program
) -> None:
    result = aichat.invoke(*at(provider, "--wire", wire))
    assert (result.stdout, result.code) == (b"", 2)
    assert wire in result.stderr and provider in result.stderr


@pytest.mark.parametrize(
    "model",
    ["sonar", "sonar-pro", "sonar-reasoning", "sonar-reasoning-pro", "sonar-deep-research"],
)
def test_a_sonar_model_is_asked_at_the_sonar_service(model: str, aichat: Program) -> None:
    for words in (at("perplexity", "-m", model), ("ask", "-m", model, "hi", "--dry-run")):
        result = aichat.invoke(*words)
        assert curl_url(result) == "https://api.perplexity.ai/chat/completions"
        assert curl_body(result)["model"] == model
        assert "store" not in curl_body(result), "the Sonar service knows no such field"


def test_a_wire_that_is_typed_stands_above_the_models(aichat: Program) -> None:
    result = aichat.invoke(*at("perplexity", "-m", "sonar", "--wire", "responses"))
    assert curl_url(result) == "https://api.perplexity.ai/v1/responses"


# -- keys


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"PERPLEXITY_API_KEY": "first_0123456789", "PPLX_API_KEY": "second_012345"}, "first"),
        ({"PPLX_API_KEY": "second_0123456789"}, "second"),
        ({"PERPLEXITY_API_KEY": "", "PPLX_API_KEY": "second_0123456789"}, "second"),
    ],
)
def test_the_first_variable_that_is_set_gives_the_key(
    environ: dict[str, str], key: str, aichat: Program
) -> None:
    with Server(reply("responses")) as server:
        environ = {**environ, "AICHAT_PERPLEXITY_BASE_URL": server.url}
        result = aichat.invoke("ask", "hi", environ=environ)
        (seen,) = server.requests
    assert result.code == 0
    assert seen.headers["authorization"].startswith(f"Bearer {key}_")


@pytest.mark.parametrize("name", ["openai", "xai", "anthropic", "perplexity", "groq"])
def test_without_a_key_the_provider_names_its_variable(name: str, aichat: Program) -> None:
    result = aichat.invoke("ask", "-p", name, "hi", environ={KEYS[name]: ""})
    assert (result.stdout, result.code) == (b"", 3)
    for way in (KEYS[name], f"aichat keys set {name}", "key_command"):
        assert way in result.stderr


@pytest.mark.parametrize("name", ["openai", "xai", "anthropic", "perplexity", "groq"])
def test_a_dry_run_shows_the_variable_and_what_the_wire_demands(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    result = aichat.invoke(*at(name), environ={KEYS[name]: SENTINEL})
    assert (result.stderr, result.code) == ("", 0)
    assert f"${KEYS[name]}" in result.text and SENTINEL not in result.text
    for header, value in target.headers.items():
        assert f"'{header}: {value}'" in result.text


# -- whom to ask when nobody says

ORDER = ("openai", "xai", "groq", "anthropic", "perplexity", "box")


@pytest.mark.parametrize("first", ORDER)
def test_of_several_keys_the_first_in_the_order_of_the_manual_is_used(
    first: str, aichat: Program
) -> None:
    aichat.write_config(BOX)
    later = ORDER[ORDER.index(first) :]
    environ = {KEYS[name]: "key_0123456789" for name in reversed(later)}
    result = aichat.invoke("ask", "hi", "--dry-run", environ=environ)
    assert f"${KEYS[first]}" in result.text


@pytest.mark.parametrize("stored", ORDER[:-1])
def test_a_stored_key_counts_as_a_key(stored: str, aichat: Program) -> None:
    path = aichat.write_config(BOX).with_name("credentials.toml")
    path.write_text(f'[keys]\n{stored} = "stored_0123456789"\n')
    path.chmod(0o600)
    result = aichat.invoke("ask", "hi", "--dry-run", environ={"BOX_KEY": "key_0123456789"})
    assert f"${KEYS[stored]}" in result.text


# -- bare names of models

OPENAI, XAI = "https://api.openai.com/v1/responses", "https://api.x.ai/v1/responses"
GROQ = "https://api.groq.com/openai/v1/chat/completions"
ANTHROPIC = "https://api.anthropic.com/v1/messages"
AGENT, SONAR = (
    "https://api.perplexity.ai/v1/responses",
    "https://api.perplexity.ai/chat/completions",
)
MODELS: list[tuple[str, str, str]] = [
    ("-m gpt-6.1-terra", OPENAI, "gpt-6.1-terra"),
    ("-m gpt-4.1", OPENAI, "gpt-4.1"),
    ("-m o3", OPENAI, "o3"),
    ("-m gpt-5-2025-08-07", OPENAI, "gpt-5-2025-08-07"),
    ("-m openai/gpt-6-luna", OPENAI, "gpt-6-luna"),
    ("-m grok-4.7", XAI, "grok-4.7"),
    ("-m grok-4", XAI, "grok-4"),
    ("-m xai/grok-next", XAI, "grok-next"),
    ("-m claude-sonnet-5-5", ANTHROPIC, "claude-sonnet-5-5"),
    ("-m claude-opus-5-5", ANTHROPIC, "claude-opus-5-5"),
    ("-m claude-sonnet-4-5-20250929", ANTHROPIC, "claude-sonnet-4-5-20250929"),
    ("-m anthropic/claude-opus-5-5", ANTHROPIC, "claude-opus-5-5"),
    ("-m llama-3.3-70b-versatile", GROQ, "llama-3.3-70b-versatile"),
    ("-m groq/compound", GROQ, "groq/compound"),
    ("-m groq/openai/gpt-oss-120b", GROQ, "openai/gpt-oss-120b"),
    ("-p groq -m openai/gpt-oss-120b", GROQ, "openai/gpt-oss-120b"),
    ("-p groq -m qwen/qwen3.8-27b", GROQ, "qwen/qwen3.8-27b"),
    ("-m openai/gpt-oss-120b", OPENAI, "gpt-oss-120b"),
    ("-m perplexity/sonar", AGENT, "perplexity/sonar"),
    ("-p perplexity", AGENT, "perplexity/sonar"),
    ("-p perplexity -m perplexity/sonar", AGENT, "perplexity/sonar"),
    ("-p perplexity -m openai/gpt-5.6-luna", AGENT, "openai/gpt-5.6-luna"),
    ("-p perplexity -m anthropic/claude-opus-5-5", AGENT, "anthropic/claude-opus-5-5"),
    ("-m perplexity/openai/gpt-5.6-luna", AGENT, "openai/gpt-5.6-luna"),
    ("-m sonar", SONAR, "sonar"),
    ("-m perplexity/sonar-pro", SONAR, "sonar-pro"),
    ("-p openai -m whatever", OPENAI, "whatever"),
]


@pytest.mark.parametrize(("words", "url", "model"), MODELS)
def test_a_models_name_decides_who_is_asked_and_is_sent_as_written(
    words: str, url: str, model: str, aichat: Program
) -> None:
    result = aichat.invoke("ask", "hi", "--dry-run", *words.split())
    assert (curl_url(result), curl_body(result)["model"], result.code) == (url, model, 0)


def test_a_name_that_nobody_knows_is_never_sent(aichat: Program) -> None:
    with Server(default=chat_stream(["no"])) as server:
        aichat.point_groq_at(server.url)
        result = aichat.invoke("ask", "hi", "-m", "gpt-oss-12b")
        assert result.code == 2 and not server.requests
    assert "no model is called 'gpt-oss-12b'" in result.stderr
    assert "groq/openai/gpt-oss-120b" in result.stderr and "PROVIDER/gpt-oss-12b" in result.stderr
    environ = {"ANTHROPIC_API_KEY": "key_0123456789"}
    sent = aichat.invoke("ask", "hi", "-m", "anthropic/claude-next", "--dry-run", environ=environ)
    assert (curl_url(sent), curl_body(sent)["model"]) == (ANTHROPIC, "claude-next")


def test_a_name_with_two_owners_is_exit_2_and_names_both(aichat: Program) -> None:
    aichat.write_config(BOX.replace('["m"]', '["grok-4.7"]'))
    result = aichat.invoke("ask", "hi", "-m", "grok-4.7", "--dry-run")
    assert (result.stdout, result.code) == (b"", 2)
    assert "box" in result.stderr and "xai" in result.stderr


# -- Perplexity: who really answered, and what it drew on


def preset_reply(stream: bool) -> Reply:
    """An answer of a preset, whose model is told only at the end."""
    cited = (ScriptedCitation("https://example.org/t", "Tide board"),)
    told = responses_stream(("06:12", " [1]"), citations=cited, style="perplexity", model="fast")
    *before, last = events_of(told)
    whole = last["response"] | {"model": "openai/gpt-5.6-luna"}
    if not stream:
        body = json.dumps(whole).encode()
        return Reply(headers={"content-type": "application/json"}, body=[body], length=True)
    events = [*before, {**last, "response": whole}]
    return Reply(headers=SSE, body=sse(*events, done=False))


@pytest.mark.parametrize("how", HOW)
def test_a_preset_names_the_model_that_answered_its_sources_and_its_cost(
    how: str, aichat: Program
) -> None:
    target = TARGETS["perplexity"]._replace(words=("-o", "preset=fast", "-o", "model=null"))
    result, (seen,) = asked(aichat, target, preset_reply(how == "streamed"), "--json", *HOW[how])
    answer = json.loads(result.text)
    assert seen.json()["preset"] == "fast" and "model" not in seen.json()
    assert (answer["text"], result.code) == ("06:12 [1]", 0)
    assert answer["model"] == "openai/gpt-5.6-luna"
    assert answer["tool_calls"] == [], "a search of the provider's own is no call of the client's"
    source = {"index": 1, "url": "https://example.org/t", "title": "Tide board"}
    assert answer["citations"] == [{**source, "start": 6, "end": 9}]
    assert answer["usage"]["searches"] == 1
    assert answer["cost"]["amount"] == 0.00274 and answer["cost"]["source"] == "provider"


@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
def test_a_custom_server_speaks_the_wire_of_its_table(wire: str, aichat: Program) -> None:
    with Server(default=reply(wire)) as server:
        table = f'[providers.my-box]\nwire = "{wire}"\nbase_url = "{server.url}/a/b"\n'
        aichat.write_config(f'{table}models = ["first", "second"]\n')
        result = aichat.invoke("ask", "-p", "my-box", "hi")
        other = aichat.invoke("ask", "-m", "second", "hi")
        seen, then = server.requests
    path = {"chat": "chat/completions", "responses": "responses", "messages": "messages"}[wire]
    assert (result.text, result.stderr, result.code, other.code) == ("Fine.\n", "", 0, 0)
    assert (seen.path, then.json()["model"]) == (f"/a/b/{path}", "second")
    assert seen.json()["model"] == "first"
    assert not {"authorization", "x-api-key"} & seen.headers.keys(), "it has no key"


@pytest.mark.parametrize("words", ["-p box", "-m box/m"])
@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
def test_a_custom_server_takes_every_wire_by_flag(wire: str, words: str, aichat: Program) -> None:
    with Server(default=reply(wire)) as server:
        aimed(aichat, "box", server.url)
        result = aichat.invoke("ask", *words.split(), "hi", "--wire", wire)
    assert (result.text, result.code) == ("Fine.\n", 0)


def test_a_variable_of_ours_moves_a_custom_server_too(aichat: Program) -> None:
    aichat.write_config(BOX.replace("[providers.box]", "[providers.my-box]"))
    environ = {"AICHAT_MY_BOX_BASE_URL": f"{HOST}/other"}
    result = aichat.invoke(*at("my-box"), environ=environ)
    assert curl_url(result) == f"{HOST}/other/chat/completions"
