"""Messages requests: body, headers and version, and that Anthropic's SDK knows every field."""

import base64
import json
import re
from typing import Any

import pytest

from aichat import wires
from aichat.core.catalogue.card import EFFORTS, Card
from aichat.core.exchange.fit import fit_settings
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.request import Request, Settings
from aichat.core.http import sse
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
from aichat.disk.catalogue import cards
from aichat.providers import anthropic, custom, local, xai
from tests.support.answering import answers, sdk_types
from tests.support.answering.server import Reply

WIRE = wires.load("messages")
CURRENT, OLDER = "2026-10-21", "2023-06-01"
SAMPLING = frozenset({"temperature", "top_p", "top_k"})  # the older version's
CLAUDE, XAI, LOCAL = anthropic.PROVIDER, xai.PROVIDER, local.PROVIDER
BOX = custom.provider("box", {"base_url": "http://127.0.0.1:8080/v1", "wire": "messages"})
EVERY = pytest.mark.parametrize("provider", [CLAUDE, XAI, LOCAL, BOX], ids=lambda p: p.id)

PNG, PDF = b"\x89PNG\r\n", b"%PDF-1.7"
SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}}
TOOLS = (Tool("depth", "How deep.", SCHEMA, strict=True), Tool("tide", "", {"type": "object"}))
USER = Message("user", (Text("Hi"),))
SYSTEM = Message("system", (Text("Be brief."),))
CALL, OTHER = ToolCall("t1", "depth", '{"port":"Leith"}'), ToolCall("t2", "tide", "")
RESULT = ToolResult("t1", "depth", (Text("7 m"),))
FAILED = ToolResult("t2", "tide", (Text("No tide."),), is_error=True)

HI = {"role": "user", "content": [{"type": "text", "text": "Hi"}]}
DEPTH = {"type": "tool_use", "id": "t1", "name": "depth", "input": {"port": "Leith"}}
TIDE = {"type": "tool_use", "id": "t2", "name": "tide", "input": {}}
SEVEN = {
    "type": "tool_result",
    "tool_use_id": "t1",
    "content": [{"type": "text", "text": "7 m"}],
}
NO_TIDE = {
    "type": "tool_result",
    "tool_use_id": "t2",
    "content": [{"type": "text", "text": "No tide."}],
    "is_error": True,
}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def endpoint(provider: Provider = CLAUDE, **fields: Any) -> Endpoint:
    return Endpoint(provider, "messages", provider.base_url, **fields)


def asked(*messages: Message, tools: tuple[Tool, ...] = (), **settings: Any) -> Request:
    return Request("m", messages or (USER,), Settings(**settings), tools)


def said(*parts: Any, by: str | None = "groq", model: str = "m") -> Message:
    return Message("assistant", parts, by, model)


def results(*parts: Any) -> Message:
    return Message("tool", parts)


def call_of(request: Request, provider: Provider = CLAUDE, **fields: Any) -> Call:
    return WIRE.encode(request, endpoint(provider, **fields))


def body_of(request: Request, provider: Provider = CLAUDE, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(b"".join(call_of(request, provider, **fields).body))
    return body


def header_of(call: Call, name: str) -> str | None:
    return next((h.value for h in call.headers if h.name == name), None)


def misfits(body: dict[str, Any]) -> list[str]:
    return sdk_types.anthropic_messages(body, SAMPLING)


# --- messages

#: A conversation, and its turns on the wire.
MESSAGES: dict[str, tuple[tuple[Message, ...], list[dict[str, Any]]]] = {
    "a question": ((USER,), [HI]),
    "several turns": (
        (USER, said(Text("Hel"), Text("lo")), USER),
        [HI, {"role": "assistant", "content": [text("Hel"), text("lo")]}, HI],
    ),
    "turns of one side are one": (
        (USER, Message("user", (Text("Ho"),))),
        [{"role": "user", "content": [text("Hi"), text("Ho")]}],
    ),
    "calls and results": (
        (USER, said(Text("Look."), CALL, OTHER), results(RESULT, FAILED)),
        [
            HI,
            {"role": "assistant", "content": [text("Look."), DEPTH, TIDE]},
            {"role": "user", "content": [SEVEN, NO_TIDE]},
        ],
    ),
    "parallel results that came apart stand together": (
        (USER, said(CALL, OTHER), results(RESULT), results(FAILED), USER),
        [
            HI,
            {"role": "assistant", "content": [DEPTH, TIDE]},
            {"role": "user", "content": [SEVEN, NO_TIDE, text("Hi")]},
        ],
    ),
    "results come first in their turn": (
        (USER, said(CALL, OTHER), Message("user", (Text("Hi"), RESULT, FAILED))),
        [
            HI,
            {"role": "assistant", "content": [DEPTH, TIDE]},
            {"role": "user", "content": [SEVEN, NO_TIDE, text("Hi")]},
        ],
    ),
    "results come first whatever was said before them": (
        (USER, said(CALL, OTHER), results(RESULT), USER, results(FAILED)),
        [
            HI,
            {"role": "assistant", "content": [DEPTH, TIDE]},
            {"role": "user", "content": [SEVEN, NO_TIDE, text("Hi")]},
        ],
    ),
    "a refusal goes back as text": (
        (USER, said(Refusal("No.", "bio"))),
        [HI, {"role": "assistant", "content": [text("No.")]}],
    ),
    "another's reasoning, tools and items stay": (
        (
            USER,
            said(
                Reasoning("Hm.", "opaque"),
                ServerTool("0", "search", "q", "o"),
                Text("a"),
                Raw("responses", {"type": "message"}, replay=True),
                Raw("messages", {"type": "new"}),
            ),
        ),
        [HI, {"role": "assistant", "content": [text("a")]}],
    ),
    "a turn without anything to say is left out": (
        (USER, said(Reasoning("Hm.")), USER),
        [{"role": "user", "content": [text("Hi"), text("Hi")]}],
    ),
    "arguments that are not JSON are none": (
        (USER, said(CALL._replace(arguments='{"po')), results(RESULT)),
        [
            HI,
            {"role": "assistant", "content": [DEPTH | {"input": {}}]},
            {"role": "user", "content": [SEVEN]},
        ],
    ),
    "arguments that are no object are none": (
        (USER, said(CALL._replace(arguments="[1]")), results(RESULT)),
        [
            HI,
            {"role": "assistant", "content": [DEPTH | {"input": {}}]},
            {"role": "user", "content": [SEVEN]},
        ],
    ),
}


@EVERY
@pytest.mark.parametrize(("messages", "turns"), MESSAGES.values(), ids=MESSAGES)
def test_messages_become_turns_that_the_sdk_knows(
    provider: Provider, messages: tuple[Message, ...], turns: list[dict[str, Any]]
) -> None:
    body = body_of(asked(*messages), provider)
    assert body["messages"] == turns
    assert misfits(body) == []


@EVERY
def test_the_system_prompt_has_a_field_of_its_own(provider: Provider) -> None:
    body = body_of(asked(SYSTEM, Message("system", (Text("Be kind."),)), USER), provider)
    assert body["system"] == "Be brief.\n\nBe kind."
    assert body["messages"] == [HI]
    assert misfits(body) == []


def test_the_endpoints_examples_stand_before_the_question() -> None:
    preamble = (SYSTEM, USER, Message("assistant", (Text("Hello"),)))
    body = body_of(asked(), LOCAL, preamble=preamble)
    assert body["system"] == "Be brief."
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize("given", ["toolu_01", "call-1", "a" * 64, "Z"])
def test_an_id_that_the_wire_takes_is_kept(given: str) -> None:
    assert ids_of(given) == (given, given)


@pytest.mark.parametrize("given", ["functions.depth:0", "c1|fc_2", "a" * 65, "å", "", "a b", "\n"])
def test_an_id_from_elsewhere_is_rewritten_for_the_call_and_its_result(given: str) -> None:
    call, result = ids_of(given)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", call)
    assert result == call


def ids_of(given: str) -> tuple[str, str]:
    """What a call's id becomes, there and in its result."""
    call, result = CALL._replace(id=given), RESULT._replace(id=given)
    _, asks, gives = body_of(asked(USER, said(call), results(result)))["messages"]
    return asks["content"][0]["id"], gives["content"][0]["tool_use_id"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("c" * 64 + "1", "c" * 64 + "2"), ("a.b", "a:b"), ("a.b", "a_b")],
    ids=["long", "by a sign", "by a sign that stays"],
)
def test_rewriting_never_makes_one_id_of_two(one: str, other: str) -> None:
    """The API refuses a turn that uses an id twice."""
    calls = said(CALL._replace(id=one), CALL._replace(id=other))
    gives = results(RESULT._replace(id=one), RESULT._replace(id=other))
    _, turn, back = body_of(asked(USER, calls, gives))["messages"]
    ids = [block["id"] for block in turn["content"]]
    assert [block["tool_use_id"] for block in back["content"]] == ids
    assert len({*ids}) == 2
    assert max(map(len, ids)) <= 64


# --- media


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


MEDIA: dict[str, tuple[Media, dict[str, Any]]] = {
    "an image": (
        Media("image/png", PNG, name="x.png"),
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": b64(PNG)},
        },
    ),
    "an image by its URL": (
        Media("image/png", Url("https://a.example/x.png")),
        {"type": "image", "source": {"type": "url", "url": "https://a.example/x.png"}},
    ),
    "an uploaded image": (
        Media("image/png", ProviderFile("file_1")),
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
    ),
    "a PDF": (
        Media("application/pdf", PDF, name="a.pdf"),
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": b64(PDF)},
            "title": "a.pdf",
        },
    ),
    "a PDF by its URL": (
        Media("application/pdf", Url("https://a.example/a.pdf")),
        {"type": "document", "source": {"type": "url", "url": "https://a.example/a.pdf"}},
    ),
    "an uploaded PDF": (
        Media("application/pdf", ProviderFile("file_1")),
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
    ),
}


@pytest.mark.parametrize(("media", "block"), MEDIA.values(), ids=MEDIA)
def test_media_becomes_a_block_that_the_sdk_knows(media: Media, block: dict[str, Any]) -> None:
    body = body_of(asked(Message("user", (Text("See"), media))))
    assert body["messages"] == [{"role": "user", "content": [text("See"), block]}]
    assert misfits(body) == []


@pytest.mark.parametrize(("media", "block"), MEDIA.values(), ids=MEDIA)
def test_media_may_stand_in_a_tools_result(media: Media, block: dict[str, Any]) -> None:
    result = RESULT._replace(parts=(Text("Here."), media))
    body = body_of(asked(USER, said(CALL), results(result)))
    assert body["messages"][-1]["content"][0]["content"] == [text("Here."), block]
    assert misfits(body) == []


def test_media_is_a_piece_of_its_own_and_in_its_place() -> None:
    parts = (Text("1"), Media("image/png", PNG * 2), Text("2"), Media("application/pdf", PDF))
    call = call_of(asked(Message("user", parts)))
    assert (call.body[1], call.body[3]) == (b64(PNG * 2).encode(), b64(PDF).encode())
    content = json.loads(b"".join(call.body))["messages"][0]["content"]
    assert content[1]["source"]["data"] == b64(PNG * 2)
    assert content[3]["source"]["data"] == b64(PDF)


# --- settings

#: Settings and the fields that they become.
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "temperature": ({"temperature": 0.0}, {"temperature": 0.0}),
    "top_p": ({"top_p": 0.5}, {"top_p": 0.5}),
    "the limit": ({"max_tokens": 8}, {"max_tokens": 8}),
    "stop": ({"stop": ("a", "b")}, {"stop_sequences": ["a", "b"]}),
    "hidden reasoning": ({"show_reasoning": False}, {}),
    "an option": ({"options": {"service_tier": "auto"}}, {"service_tier": "auto"}),
    "an option over a setting": (
        {"max_tokens": 8, "options": {"max_tokens": 9}},
        {"max_tokens": 9},
    ),
    "an option of null": ({"stop": ("a",), "options": {"stop_sequences": None}}, {}),
    "an option of its own": ({"options": {"top_k": 40}}, {"top_k": 40}),
}


@EVERY
@pytest.mark.parametrize(("settings", "fields"), SETTINGS.values(), ids=SETTINGS)
def test_only_what_is_set_is_sent(
    provider: Provider, settings: dict[str, Any], fields: dict[str, Any]
) -> None:
    body = body_of(asked(**settings), provider)
    assert body == {"model": "m", "stream": True, "max_tokens": 8192, "messages": [HI]} | fields
    assert misfits(body) == []


@pytest.mark.parametrize(
    ("settings", "card", "defaults", "limit"),
    [
        ({}, Card(), {}, 8192),
        ({}, Card("m", max_output=64000), {}, 64000),
        ({"max_tokens": 7}, Card("m", max_output=64000), {}, 7),
        ({}, Card(), {"max_tokens": 200}, 200),
        ({"max_tokens": 7}, Card(), {"max_tokens": 200}, 7),
        ({"options": {"max_tokens": 9}}, Card(), {}, 9),
        ({"max_tokens": 0}, Card(), {}, 0),  # it warms the cache and says nothing
    ],
)
def test_there_is_always_a_limit(
    settings: dict[str, Any], card: Card, defaults: dict[str, Any], limit: int
) -> None:
    body = body_of(asked(**settings), card=card, defaults=defaults)
    assert body["max_tokens"] == limit
    assert misfits(body) == []


@EVERY
def test_an_answer_in_one_piece_is_asked_for_without_a_stream(provider: Provider) -> None:
    body = body_of(asked()._replace(stream=False), provider)
    assert body["stream"] is False
    assert misfits(body) == []


@EVERY
def test_tools_are_sent_in_the_shape_of_the_sdk(provider: Provider) -> None:
    body = body_of(asked(tools=TOOLS), provider)
    assert body["tools"] == [
        {"name": "depth", "description": "How deep.", "input_schema": SCHEMA, "strict": True},
        {"name": "tide", "description": "", "input_schema": {"type": "object"}},
    ]
    assert misfits(body) == []


# --- reasoning

ADAPTIVE = Card("m", control="adaptive", efforts=EFFORTS, max_output=128000)
BUDGET = Card("m", control="budget", efforts=EFFORTS, max_output=64000)
LEVELS = Card("m", control="effort", efforts=EFFORTS)


def thinking(kind: str, **fields: Any) -> dict[str, Any]:
    return {"thinking": {"type": kind, **fields}}


def effort(level: str) -> dict[str, Any]:
    return {"output_config": {"effort": level}}


SHOWN = {"show_reasoning": True}
HIDDEN = {"show_reasoning": False}
SUMMARY = thinking("adaptive", display="summarized")
OMITTED = thinking("adaptive", display="omitted")
THINKING: list[tuple[Card, dict[str, Any], dict[str, Any]]] = [
    (ADAPTIVE, {}, {}),
    (ADAPTIVE, {"effort": "low"}, effort("low") | SUMMARY),
    (ADAPTIVE, {"effort": "max"}, effort("max") | SUMMARY),
    (ADAPTIVE, {"effort": "none"}, thinking("disabled")),
    (ADAPTIVE, SHOWN, SUMMARY),
    (ADAPTIVE, HIDDEN, {}),
    (ADAPTIVE, SHOWN | {"effort": "high"}, effort("high") | SUMMARY),
    (ADAPTIVE, HIDDEN | {"effort": "high"}, effort("high") | OMITTED),
    (BUDGET, {}, {}),
    (BUDGET, {"effort": "none"}, thinking("disabled")),
    (BUDGET, {"effort": "minimal"}, thinking("enabled", budget_tokens=1024)),
    (BUDGET, {"effort": "medium"}, thinking("enabled", budget_tokens=8192)),
    (BUDGET, {"effort": "max"}, thinking("enabled", budget_tokens=32000)),
    (BUDGET, SHOWN, thinking("enabled", budget_tokens=8192)),
    (BUDGET, {"effort": "high", "max_tokens": 4000}, thinking("enabled", budget_tokens=2000)),
    (BUDGET, {"effort": "high", "max_tokens": 2000}, {}),
    (BUDGET, HIDDEN, {}),
    (LEVELS, {"effort": "low"}, effort("low")),
    (LEVELS, SHOWN, {}),
    (LEVELS, {"effort": "none"}, thinking("disabled")),
    (Card(), {"effort": "low"}, effort("low")),
    (Card("m", control="none"), SHOWN, {}),
    (Card("m", control="fixed"), SHOWN, {}),
]


@pytest.mark.parametrize(("card", "settings", "fields"), THINKING)
def test_reasoning_is_steered_as_the_model_takes_it(
    card: Card, settings: dict[str, Any], fields: dict[str, Any]
) -> None:
    request = asked(**settings)
    fitted = fit_settings(request.settings, card, frozenset(), "m").settings
    body = body_of(request._replace(settings=fitted), card=card)
    found = {name: body[name] for name in ("thinking", "output_config") if name in body}
    assert found == fields
    assert misfits(body) == []


@pytest.mark.parametrize("limit", [1, 1024])
def test_a_limit_below_the_least_budget_leaves_no_room_to_think(limit: int) -> None:
    """``budget_tokens`` is at least 1024 and below ``max_tokens``."""
    assert "thinking" not in body_of(asked(effort="high", max_tokens=limit), card=BUDGET)


@pytest.mark.parametrize("level", EFFORTS)
@pytest.mark.parametrize("model", [m for m in cards.read()["anthropic"] if "*" not in m])
def test_every_effort_reaches_every_model_in_words_that_the_sdk_knows(
    model: str, level: str
) -> None:
    card = cards.card("anthropic", model)
    settings = fit_settings(Settings(effort=level), card, WIRE.unsupported, model).settings
    body = body_of(Request(model, (USER,), settings), card=card)
    assert misfits(body) == []
    budget = body.get("thinking", {}).get("budget_tokens", 1024)
    assert 1024 <= budget < body["max_tokens"]


# --- replay to the model that made an answer


def answer_of(reply: Reply, provider: Provider = CLAUDE) -> Message:
    """What a stream tells, as the turn that goes back."""
    decoder, reader = WIRE.make_decoder(asked(), endpoint(provider)), sse.SseReader()
    fold = AnswerBuilder(provider.id, "m")
    for step in reply.body:
        assert isinstance(step, bytes)
        fold.add(decoder.feed(reader.feed(step)))
    fold.add(decoder.close())
    answer = fold.answer()
    assert answer.fault is None
    return answer.message


MADE: dict[str, Any] = {
    "tool_uses": (answers.scripted_call("depth", '{"port":', '"Leith"}', call_id="t1"),),
    "citations": (answers.ScriptedCitation("https://a.example/tide"),),
}


def test_an_answers_blocks_go_back_unchanged_and_signed() -> None:
    turn = answer_of(answers.messages_stream(["Look."], thinking=["Ebb."], **MADE))
    whole = answers.messages_whole("Look.", thinking="Ebb.", **MADE).body[0]
    assert isinstance(whole, bytes)
    body = body_of(asked(USER, turn, results(RESULT)))
    assert body["messages"][1] == {"role": "assistant", "content": json.loads(whole)["content"]}
    assert body["messages"][1]["content"][0]["signature"] == "EqQBsigned"
    assert misfits(body) == []


def test_a_paused_answer_goes_back_as_it_came() -> None:
    made = {"citations": MADE["citations"], "stop_reason": "pause_turn"}
    turn = answer_of(answers.messages_stream(["So far."], **made))
    body = body_of(asked(USER, turn))
    kinds = [block["type"] for block in body["messages"][1]["content"]]
    assert kinds == ["server_tool_use", "web_search_tool_result", "text"]
    assert misfits(body) == []


@pytest.mark.parametrize(
    ("provider", "model"), [(CLAUDE, "another"), (XAI, "m"), (LOCAL, "m"), (BOX, "m")]
)
def test_an_answer_goes_neutral_to_any_other_model(provider: Provider, model: str) -> None:
    turn = answer_of(answers.messages_stream(["Look."], thinking=["Ebb."], **MADE))
    body = body_of(asked(USER, turn, results(RESULT))._replace(model=model), provider)
    assert body["messages"][1]["content"] == [text("Look."), DEPTH]
    assert misfits(body) == []


# --- the HTTP request around the body

KEY = Secret("sk_x", "environment", "SOME_API_KEY")


@pytest.mark.parametrize(
    ("provider", "name", "value", "shown"),
    [
        (CLAUDE, "x-api-key", "sk_x", "$SOME_API_KEY"),
        (XAI, "authorization", "Bearer sk_x", "Bearer $SOME_API_KEY"),
        (LOCAL, "authorization", "Bearer sk_x", "Bearer $SOME_API_KEY"),
    ],
    ids=["anthropic", "xai", "local"],
)
def test_a_key_has_its_providers_header(
    provider: Provider, name: str, value: str, shown: str
) -> None:
    call = call_of(asked(), provider, key=KEY)
    assert {h.name: (h.value, h.placeholder) for h in call.headers} == {
        "content-type": ("application/json", None),
        name: (value, shown),
        "anthropic-version": (CURRENT if provider is CLAUDE else OLDER, None),
    }
    assert (call.method, call.url) == ("POST", f"{provider.base_url}/messages")
    assert call.added_fields == frozenset()


@EVERY
def test_without_a_key_nothing_is_authorised(provider: Provider) -> None:
    names = [h.name for h in call_of(asked(), provider).headers]
    assert names == ["content-type", "anthropic-version"]


VERSIONS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, CURRENT),
    "a limit": ({"max_tokens": 5}, CURRENT),
    "stop": ({"stop": ("a",)}, CURRENT),
    "effort": ({"effort": "high"}, CURRENT),
    "another option": ({"options": {"service_tier": "auto"}}, CURRENT),
    "a name inside another option": ({"options": {"metadata": {"user_id": "top_k"}}}, CURRENT),
    "temperature": ({"temperature": 0.5}, OLDER),
    "temperature 0": ({"temperature": 0.0}, OLDER),
    "top_p": ({"top_p": 0.9}, OLDER),
    "top_k": ({"options": {"top_k": 40}}, OLDER),
    "an option of temperature": ({"options": {"temperature": 0}}, OLDER),
    "an option that takes a value away": (
        {"temperature": 0.5, "options": {"temperature": None}},
        CURRENT,
    ),
    "an option of null": ({"options": {"top_k": None}}, CURRENT),
}


@pytest.mark.parametrize(("settings", "version"), VERSIONS.values(), ids=VERSIONS)
def test_the_older_version_is_asked_for_exactly_where_sampling_is_sent(
    settings: dict[str, Any], version: str
) -> None:
    call = call_of(asked(**settings))
    assert header_of(call, "anthropic-version") == version
    body = json.loads(b"".join(call.body))
    assert bool(SAMPLING & body.keys()) == (version == OLDER)
    assert misfits(body) == []


@pytest.mark.parametrize(
    ("model", "version"),
    [("claude-sonnet-5-5", CURRENT), ("claude-haiku-4-5", OLDER), ("claude-opus-4-6", OLDER)],
)
def test_a_temperature_that_the_model_rejects_does_not_choose_the_version(
    model: str, version: str
) -> None:
    card = cards.card("anthropic", model)
    settings = fit_settings(Settings(temperature=0.5), card, WIRE.unsupported, model).settings
    call = call_of(Request(model, (USER,), settings), card=card)
    assert header_of(call, "anthropic-version") == version
    assert misfits(json.loads(b"".join(call.body))) == []


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.5}])
def test_a_configured_version_is_kept(settings: dict[str, Any]) -> None:
    call = call_of(asked(**settings), api_version="2023-01-01")
    assert header_of(call, "anthropic-version") == "2023-01-01"


def test_the_users_headers_replace_ours() -> None:
    extra = (("Anthropic-Version", "x"), ("anthropic-beta", "a,b"))
    call = call_of(asked(), key=KEY, headers=extra)
    names = {h.name: h.value for h in call.headers}
    assert names == {
        "content-type": "application/json",
        "x-api-key": "sk_x",
        "Anthropic-Version": "x",
        "anthropic-beta": "a,b",
    }
