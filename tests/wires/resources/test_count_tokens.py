"""How each provider is asked to count an input before it is sent."""

import json
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.exchange.request import Request, Settings
from aichat.core.http.call import Call
from aichat.core.http.url import build_url
from aichat.core.message.message import Message, Text
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.wires.resources.count_tokens import counting_call, parse_token_count

TOOL = Tool("look", "Look it up.", {"type": "object", "properties": {}})

#: provider, wire, model, path, what stands in the body and what does not, an answer of 42
ASKED: list[tuple[str, str, str, str, set[str], bytes]] = [
    (
        *("openai", "responses", "gpt-6.1-terra", "/responses/input_tokens"),
        {"model", "input", "instructions", "tools", "reasoning"},
        b'{"object":"response.input_tokens","input_tokens":42}',
    ),
    (
        *("anthropic", "messages", "claude-sonnet-5-5", "/messages/count_tokens"),
        {"model", "messages", "system", "tools", "thinking", "output_config"},
        b'{"input_tokens":42}',
    ),
    (
        *("moonshot", "chat", "kimi-k3.1-pro", "/tokenizers/estimate-token-count"),
        {"model", "messages", "tools"},
        b'{"data":{"total_tokens":42}}',
    ),
    (
        *("qwen", "chat", "qwen3.8-flash", "//api/v1/tokenizer"),
        {"model", "input", "parameters"},
        b'{"output":{"token_ids":[1]},"usage":{"input_tokens":42}}',
    ),
    (
        *("xai", "responses", "grok-4.7", "/tokenize-text"),
        {"model", "text"},
        json.dumps({"token_ids": [{"token_id": n} for n in range(42)]}).encode(),
    ),
]


def endpoint(provider: str, wire: str) -> Endpoint:
    known = providers.load(provider)
    return Endpoint(known, wire, known.base_url, Secret("sk-secret", "test", "KEY"))


def request(model: str) -> Request:
    said = (Message("system", (Text("Be brief."),)), Message("user", (Text("Who?"),)))
    settings = Settings(temperature=0.5, max_tokens=100, effort="low")
    return Request(model, said, settings, (TOOL,))


def asked(provider: str, wire: str, model: str) -> Call:
    there, given = endpoint(provider, wire), request(model)
    call = counting_call(wires.load(wire).encode(given, there), given, there)
    assert call is not None
    return call


@pytest.mark.parametrize(("provider", "wire", "model", "path", "fields", "answer"), ASKED)
def test_the_count_is_of_what_would_be_sent_and_of_nothing_that_the_endpoint_refuses(
    provider: str, wire: str, model: str, path: str, fields: set[str], answer: bytes
) -> None:
    call, there = asked(provider, wire, model), endpoint(provider, wire)
    at = build_url(there.base_url, path)
    assert (call.method, call.url) == ("POST", at)
    body: dict[str, Any] = json.loads(b"".join(call.body))
    assert {*body} <= fields and {"model", "tools"} & {*body} and "Who?" in json.dumps(body)
    sent = wires.load(wire).encode(request(model), there)
    whole = json.loads(b"".join(sent.body))
    told = {**body, **body.get("input", {})} if provider == "qwen" else body
    said = told.keys() - {"text"} - ({"input", "parameters"} if provider == "qwen" else set())
    assert all(told[name] == whole[name] for name in said)
    assert call.headers == sent.headers
    assert parse_token_count(answer, there) == 42


def test_gemini_counts_a_whole_request_that_names_its_model_again() -> None:
    call = asked("gemini", "gemini", "models/gemini-4-argon")
    assert call.url.endswith("/v1beta/models/gemini-4-argon:countTokens")
    body = json.loads(b"".join(call.body))["generateContentRequest"]
    assert body["model"] == "models/gemini-4-argon" and body["contents"] and body["tools"]
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert (
        parse_token_count(
            b'{"totalTokens":42,"cachedContentTokenCount":3}', endpoint(*["gemini"] * 2)
        )
        == 42
    )


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{}", b"no", b'{"data":5}', b'{"data":{"total_tokens":-1}}', b'{"data":null}'],
)
def test_an_answer_that_is_no_number_is_none(answer: bytes) -> None:
    assert parse_token_count(answer, endpoint("moonshot", "chat")) is None


@pytest.mark.parametrize(("provider", "wire"), [("groq", "chat"), ("openai", "chat")])
def test_where_nothing_counts_nothing_is_asked(provider: str, wire: str) -> None:
    there, given = endpoint(provider, wire), request("m")
    assert counting_call(wires.load(wire).encode(given, there), given, there) is None
