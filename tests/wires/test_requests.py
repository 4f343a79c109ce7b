"""What every wire's request has in common: its method, its address, its key."""

import json
from hashlib import sha256
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.exchange.request import Request
from aichat.core.message.media import ProviderFile, Url
from aichat.core.message.message import Media, Message, ToolCall
from aichat.core.provider.endpoint import Endpoint, Secret, env_variable
from aichat.wires.shared.auth import api_key_header, bearer_header
from aichat.wires.shared.media_parts import audio_format, media_url
from tests.support.values.feeding import QUESTION

KEY = Secret("gsk_secret", "environment", "THE_KEY")
#: wire, who speaks it -> the address behind the base URL, the field of the limit, what it lacks
WIRES: dict[tuple[str, str], tuple[str, str | None, set[str]]] = {
    ("chat", "groq"): ("/chat/completions", None, set()),
    ("responses", "openai"): ("/responses", "max_output_tokens", {"stop", "seed", "prefill"}),
    ("messages", "anthropic"): ("/messages", "max_tokens", {"seed"}),
    ("gemini", "gemini"): ("/models/a%2Fb:streamGenerateContent?alt=sse", "maxOutputTokens", set()),
}


@pytest.mark.parametrize(("wire", "provider"), WIRES)
def test_a_question_is_posted_with_its_key_hidden(wire: str, provider: str) -> None:
    path, limit, lacking = WIRES[wire, provider]
    spoken, asked = wires.load(wire), providers.load(provider)
    target = Endpoint(asked, wire, "https://h/v1", key=KEY)
    call = spoken.encode(QUESTION._replace(model="a/b"), target)
    assert call.method == "POST"
    assert call.url.endswith(path)
    shown = [header for header in call.headers if header.placeholder]
    assert [header.value.removeprefix("Bearer ") for header in shown] == [KEY.value]
    assert [header.placeholder for header in shown] == [
        header.value.replace(KEY.value, "$THE_KEY") for header in shown
    ]
    assert all(KEY.value not in header.value for header in call.headers if header not in shown)
    assert isinstance(json.loads(b"".join(call.body)), dict)
    assert spoken.limit_field == limit
    assert set(spoken.unsupported) >= lacking


def test_a_key_is_a_bearers_token_or_has_a_header_of_its_own() -> None:
    assert (bearer_header(None), api_key_header(None)) == ((), ())
    assert bearer_header(KEY) == (("authorization", "Bearer gsk_secret", "Bearer $THE_KEY"),)
    assert api_key_header(KEY) == (("x-api-key", "gsk_secret", "$THE_KEY"),)


def test_a_key_never_shows_in_a_traceback() -> None:
    assert repr(KEY) == "Secret($THE_KEY)"


@pytest.mark.parametrize(
    ("name", "variable"), [("groq", "GROQ_API_KEY"), ("my-box.2", "MY_BOX_2_API_KEY")]
)
def test_a_provider_has_a_variable(name: str, variable: str) -> None:
    assert env_variable(name, "API_KEY") == variable


@pytest.mark.parametrize(
    ("mime", "name"),
    [
        ("audio/mpeg", "mp3"),
        ("audio/wave", "wav"),
        ("audio/x-wav", "wav"),
        ("audio/flac", "flac"),
        ("audio", ""),
    ],
)
def test_a_sound_has_the_name_that_servers_know(mime: str, name: str) -> None:
    assert audio_format(mime) == name


def test_media_is_where_it_is_or_its_bytes() -> None:
    blobs: list[Any] = []
    assert media_url(Media("a/b", Url("u")), blobs) == "u"
    assert media_url(Media("a/b", ProviderFile("ms://r")), blobs) == "ms://r"
    assert blobs == []
    assert media_url(Media("a/b", b"x"), blobs).startswith("data:a/b;base64,")
    media_url(Media("a/b", b""), blobs)
    assert [blob.data for blob in blobs] == [b"x", b""]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("a" * 64, "a" * 64),
        ("call_0-A", "call_0-A"),
        ("a.b:c", "a_b_c_" + sha256(b"a.b:c").hexdigest()[:8]),
        ("a" * 65, "a" * 55 + "_" + sha256(b"a" * 65).hexdigest()[:8]),
        ("", "_" + sha256(b"").hexdigest()[:8]),
    ],
)
def test_an_id_of_another_provider_is_one_that_anthropic_takes(given: str, sent: str) -> None:
    call = Message("assistant", (ToolCall(given, "f", "{}"),))
    target = Endpoint(providers.load("anthropic"), "messages", "https://h")
    body = wires.load("messages").encode(Request("m", (*QUESTION.messages, call)), target).body
    assert json.loads(b"".join(body))["messages"][-1]["content"][0]["id"] == sent
