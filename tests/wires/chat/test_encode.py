"""Chat completions requests: what is sent, and that the official SDKs know every field of it."""

import base64
import json
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from aichat.core.exchange.request import Request, Settings
from aichat.core.http.call import Call
from aichat.core.message.media import Media, ProviderFile, Url
from aichat.core.message.message import (
    Message,
    Raw,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.core.provider.provider import Provider
from aichat.providers import groq, local
from tests.support.answering import sdk_types
from tests.support.values.feeding import CHAT, CUSTOM, endpoint

PNG, PDF, WAV = b"\x89PNG\r\n", b"%PDF-1.7", b"RIFF"
SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}}
USER = Message("user", (Text("Hi"),))
SYSTEM = Message("system", (Text("Be brief."),))
GROQ, BOX = groq.PROVIDER, CUSTOM


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def data_url(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{b64(data)}"


def said(*parts: Any, by: str | None = "groq") -> Message:
    return Message("assistant", parts, by, "m")


def asked(*messages: Message, tools: tuple[Tool, ...] = (), **settings: Any) -> Request:
    return Request("m", messages or (USER,), Settings(**settings), tools)


def call_of(request: Request, target: Endpoint | None = None) -> Call:
    return CHAT.encode(request, target or endpoint())


def body_of(request: Request, target: Endpoint | None = None) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(b"".join(call_of(request, target).body))
    return body


def lines_of(*messages: Message, provider: Provider = GROQ) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = body_of(asked(*messages), endpoint(provider))["messages"]
    return lines


CALL = ToolCall("t1", "depth", '{"port":"Leith"}')
RESULT = Message("tool", (ToolResult("t1", "depth", (Text("7 m"),)),))

# messages and the lines they become on the wire
MESSAGES: dict[str, tuple[tuple[Message, ...], list[dict[str, Any]]]] = {
    "a question": ((USER,), [{"role": "user", "content": "Hi"}]),
    "a system prompt": (
        (SYSTEM, USER),
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
    ),
    "several turns": (
        (USER, said(Text("Hello"), Text("!")), USER),
        [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Hi"},
        ],
    ),
    "tool calls and results": (
        (USER, said(Text("Look."), CALL, ToolCall("t2", "tide", "")), RESULT),
        [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": "Look.",
                "tool_calls": [
                    {
                        "id": "t1",
                        "type": "function",
                        "function": {"name": "depth", "arguments": '{"port":"Leith"}'},
                    },
                    {
                        "id": "t2",
                        "type": "function",
                        "function": {"name": "tide", "arguments": "{}"},
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "t1", "content": "7 m"},
        ],
    ),
    "several results in one turn": (
        (
            Message(
                "tool",
                (
                    ToolResult("t1", "depth", (Text("7"), Text(" m"))),
                    ToolResult("t2", "tide", ()),
                ),
            ),
        ),
        [
            {"role": "tool", "tool_call_id": "t1", "content": "7 m"},
            {"role": "tool", "tool_call_id": "t2", "content": ""},
        ],
    ),
    "a refusal goes back as text": (
        (said(Refusal("I can't.")),),
        [{"role": "assistant", "content": "I can't."}],
    ),
    "what only its own wire knows stays here": (
        (said(Text("a"), Raw("chat", {"x": 1}), ServerTool("0", "search", "q", "o")),),
        [{"role": "assistant", "content": "a"}],
    ),
    "a turn without anything to say is left out": (
        (USER, said(Raw("chat", {})), USER),
        [{"role": "user", "content": "Hi"}, {"role": "user", "content": "Hi"}],
    ),
    "an image": (
        (Message("user", (Text("See"), Media("image/png", PNG, detail="low"))),),
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "See"},
                    {
                        "type": "image_url",
                        "image_url": {"url": data_url("image/png", PNG), "detail": "low"},
                    },
                ],
            }
        ],
    ),
    "an image by its URL": (
        (Message("user", (Media("image/png", Url("https://a.example/x.png")),)),),
        [
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}],
            }
        ],
    ),
}
DOCUMENTS: dict[str, tuple[tuple[Message, ...], list[dict[str, Any]]]] = {
    "a PDF": (
        (Message("user", (Media("application/pdf", PDF, name="a.pdf"), Text("Sum up."))),),
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "file",
                        "file": {
                            "file_data": data_url("application/pdf", PDF),
                            "filename": "a.pdf",
                        },
                    },
                    {"type": "text", "text": "Sum up."},
                ],
            }
        ],
    ),
    "an uploaded file": (
        (Message("user", (Media("application/pdf", ProviderFile("file-1")),)),),
        [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}],
    ),
    "sound": (
        (Message("user", (Media("audio/mpeg", WAV),)),),
        [
            {
                "role": "user",
                "content": [
                    {"type": "input_audio", "input_audio": {"data": b64(WAV), "format": "mp3"}}
                ],
            }
        ],
    ),
}

# settings and the fields they become
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "temperature": ({"temperature": 0.0}, {"temperature": 0.0}),
    "top_p": ({"top_p": 0.5}, {"top_p": 0.5}),
    "stop": ({"stop": ("a", "b")}, {"stop": ["a", "b"]}),
    "seed": ({"seed": 0}, {"seed": 0}),
    "an option": ({"options": {"service_tier": "auto"}}, {"service_tier": "auto"}),
    "an option over a setting": ({"seed": 1, "options": {"seed": 2}}, {"seed": 2}),
    "an option of null": ({"seed": 1, "options": {"seed": None}}, {}),
    "an option below an object": (
        {"options": {"response_format": {"type": "json_object"}}},
        {"response_format": {"type": "json_object"}},
    ),
}
TOOLS = (
    Tool("depth", "How deep.", SCHEMA, strict=True),
    Tool("tide", "When.", {"type": "object", "properties": {}}),
)


class Dialect(NamedTuple):
    """A provider, the official types of its bodies, and what it adds to every body."""

    provider: Provider
    check: Callable[..., list[str]]
    limit: str
    extra: dict[str, Any]


USAGE = {"stream_options": {"include_usage": True}}
DIALECTS = {
    "groq": Dialect(groq.PROVIDER, sdk_types.groq_chat, "max_completion_tokens", {}),
    "custom": Dialect(CUSTOM, sdk_types.openai_chat, "max_tokens", USAGE),
    "local": Dialect(local.PROVIDER, sdk_types.openai_chat, "max_tokens", USAGE),
}
EVERY = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


@EVERY
@pytest.mark.parametrize(("messages", "lines"), MESSAGES.values(), ids=MESSAGES)
def test_messages_become_lines_that_the_sdk_knows(
    dialect: Dialect, messages: tuple[Message, ...], lines: list[dict[str, Any]]
) -> None:
    body = body_of(asked(*messages), endpoint(dialect.provider))
    assert body["messages"] == lines
    assert dialect.check(body) == []


@pytest.mark.parametrize(("messages", "lines"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_and_sound_become_parts_that_the_sdk_knows(
    messages: tuple[Message, ...], lines: list[dict[str, Any]]
) -> None:
    body = body_of(asked(*messages), endpoint(BOX))
    assert body["messages"] == lines
    assert sdk_types.openai_chat(body) == []


@pytest.mark.parametrize(
    ("mime", "kind"),
    [("audio/mpeg", "mp3"), ("audio/mp3", "mp3"), ("audio/wav", "wav"), ("audio/x-wav", "wav")],
)
def test_sound_is_called_by_the_formats_name(mime: str, kind: str) -> None:
    part = lines_of(Message("user", (Media(mime, WAV),)), provider=BOX)[0]["content"][0]
    assert part["input_audio"]["format"] == kind


@EVERY
@pytest.mark.parametrize(("settings", "fields"), SETTINGS.values(), ids=SETTINGS)
def test_only_what_is_set_is_sent(
    dialect: Dialect, settings: dict[str, Any], fields: dict[str, Any]
) -> None:
    body = body_of(asked(**settings), endpoint(dialect.provider))
    plain = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    assert body == plain | dialect.extra | fields
    assert dialect.check(body) == []


@EVERY
def test_the_limit_of_an_answer_has_the_servers_own_name(dialect: Dialect) -> None:
    body = body_of(asked(max_tokens=8), endpoint(dialect.provider))
    names = [name for name in body if "max" in name]
    assert (names, body[dialect.limit]) == ([dialect.limit], 8)
    assert dialect.check(body) == []


@EVERY
def test_tools_are_sent_in_the_shape_of_the_sdk(dialect: Dialect) -> None:
    body = body_of(asked(tools=TOOLS), endpoint(dialect.provider))
    assert [tool["function"]["name"] for tool in body["tools"]] == ["depth", "tide"]
    assert body["tools"][0] == {
        "type": "function",
        "function": {
            "name": "depth",
            "description": "How deep.",
            "parameters": SCHEMA,
            "strict": True,
        },
    }
    assert "strict" not in body["tools"][1]["function"]
    assert dialect.check(body) == []


@EVERY
def test_an_answer_in_one_piece_is_asked_for_without_a_stream(dialect: Dialect) -> None:
    body = body_of(asked()._replace(stream=False), endpoint(dialect.provider))
    assert body["stream"] is False
    assert "stream_options" not in body
    assert dialect.check(body) == []


def test_an_option_may_take_anything_out_or_put_anything_in() -> None:
    deep = {"stream_options": {"include_usage": None, "x": 1}, "model": None, "a": {"b": [1]}}
    body = body_of(asked(options=deep), endpoint(BOX))
    assert body["stream_options"] == {"x": 1}
    assert "model" not in body
    assert body["a"] == {"b": [1]}


@pytest.mark.parametrize(
    ("provider", "by", "field"),
    [
        (GROQ, "groq", "reasoning"),
        (GROQ, "box", None),
        (GROQ, None, None),
        (BOX, "box", "reasoning_content"),
        (BOX, "groq", None),
    ],
    ids=["groq's own", "to groq", "nobody's", "the box's own", "to the box"],
)
def test_reasoning_goes_back_only_to_its_own_provider(
    provider: Provider, by: str | None, field: str | None
) -> None:
    (line,) = lines_of(said(Reasoning("Ebb."), Text("Go."), by=by), provider=provider)
    back = {} if field is None else {field: "Ebb."}
    assert line == {"role": "assistant", "content": "Go.", **back}


def test_groqs_sdk_knows_the_reasoning_that_goes_back() -> None:
    turn = said(Reasoning("Ebb."), Text("Go."), CALL)
    assert sdk_types.groq_chat(body_of(asked(USER, turn, RESULT))) == []


def test_a_turn_of_reasoning_and_calls_alone_has_a_content() -> None:
    (line,) = lines_of(said(Reasoning("Ebb."), CALL))
    assert line["content"] == ""


# --- the HTTP request around the body


def test_a_request_is_posted_with_its_key() -> None:
    target = endpoint(key=Secret("gsk_x", "environment", "GROQ_API_KEY"))
    call = call_of(asked(), target)
    assert call.method == "POST"
    assert call.url == "https://api.groq.com/openai/v1/chat/completions"
    headers = {h.name: (h.value, h.placeholder) for h in call.headers}
    assert headers == {
        "content-type": ("application/json", None),
        "authorization": ("Bearer gsk_x", "Bearer $GROQ_API_KEY"),
    }


def test_without_a_key_nothing_is_authorised() -> None:
    assert [h.name for h in call_of(asked()).headers] == ["content-type"]


def test_the_users_headers_replace_ours_whatever_their_case() -> None:
    target = endpoint(
        key=Secret("gsk_x", "environment", "GROQ_API_KEY"),
        headers=(("Authorization", "Basic eA=="), ("X-Team", "a")),
    )
    names = {h.name: h.value for h in call_of(asked(), target).headers}
    assert names == {
        "content-type": "application/json",
        "Authorization": "Basic eA==",
        "X-Team": "a",
    }


@pytest.mark.parametrize(
    ("request_", "added"),
    [
        (asked(), {"stream_options"}),
        (asked()._replace(stream=False), set()),
        (asked()._replace(without=frozenset({"stream_options"})), set()),
        (asked(options={"stream_options": {"include_usage": False}}), set()),
        (asked(options={"stream_options": None}), set()),
        (asked(seed=1, temperature=0.5, options={"x": 1}), {"stream_options"}),
    ],
)
def test_a_call_knows_which_fields_only_we_asked_for(request_: Request, added: set[str]) -> None:
    call = call_of(request_, endpoint(BOX))
    assert call.added_fields == added
    assert added <= json.loads(b"".join(call.body)).keys()


def test_a_field_that_the_server_refused_is_not_sent_again() -> None:
    body = body_of(asked()._replace(without=frozenset({"stream_options"})), endpoint(BOX))
    assert "stream_options" not in body


def test_the_endpoints_defaults_lie_below_what_the_user_set() -> None:
    target = endpoint(BOX, defaults={"seed": 1, "min_p": 0.1, "x": 1}, preamble=(SYSTEM,))
    body = body_of(asked(seed=2, options={"x": None}), target)
    assert (body["seed"], body["min_p"]) == (2, 0.1)
    assert "x" not in body
    assert [line["role"] for line in body["messages"]] == ["system", "user"]


def test_text_is_sent_as_utf8() -> None:
    call = call_of(asked(Message("user", (Text("Ærø 🌊 \u2028 \x00"),))))
    assert "Ærø 🌊".encode() in b"".join(call.body)
    assert json.loads(b"".join(call.body))["messages"][0]["content"] == "Ærø 🌊 \u2028 \x00"


@pytest.mark.parametrize(
    "request_",
    [
        asked(Message("user", (Text("a\ud83d"),))),
        asked(USER, said(Text("a\udc80")), USER),
        asked(options={"user": "\ud83d"}),
        asked(stop=("\udcff",)),
        asked(Message("user", (Text("\ud83d"), Media("image/png", PNG)))),
    ],
    ids=["question", "earlier answer", "option", "stop", "beside an image"],
)
def test_a_lone_surrogate_does_not_keep_a_request_from_being_sent(request_: Request) -> None:
    sent = b"".join(call_of(request_).body).decode("utf-8")
    assert body_of(request_)["model"] == "m" and "\ufffd" in sent and "?" not in sent


# --- large media


def test_media_is_a_piece_of_its_own_and_in_its_place() -> None:
    parts = (Text("1"), Media("image/png", PNG * 2), Text("2"), Media("image/png", WAV))
    call = call_of(asked(Message("user", parts)))
    assert len(call.body) == 5
    assert call.body[1] == base64.b64encode(PNG * 2)
    assert call.body[3] == base64.b64encode(WAV)
    content = json.loads(b"".join(call.body))["messages"][0]["content"]
    assert content[1]["image_url"]["url"] == data_url("image/png", PNG * 2)
    assert content[3]["image_url"]["url"] == data_url("image/png", WAV)


def test_large_media_is_never_copied_into_one_string() -> None:
    data = bytes(8_000_000)
    tracemalloc.start()
    try:
        call = call_of(asked(Message("user", (Text("See"), Media("image/png", data)))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000  # it is made base64 only while it is sent
    sent = b"".join(call.body)
    assert call.size == len(sent)
    assert base64.b64encode(data) in sent


def test_an_option_that_replaces_the_messages_drops_their_media() -> None:
    message = Message("user", (Media("image/png", PNG),))
    body = body_of(asked(message, options={"messages": [{"role": "user", "content": "x"}]}))
    assert body["messages"] == [{"role": "user", "content": "x"}]
