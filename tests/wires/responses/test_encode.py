"""Responses requests: what is sent to whom, and that the official SDKs know every field of it."""

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple

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
from aichat.providers import custom, groq, local, openai, perplexity, xai
from aichat.wires.responses.encode import _copy_signatures
from tests.support.answering import answers, sdk_types
from tests.support.answering.server import Reply

WIRE = wires.load("responses")
PNG, PDF, MP3 = b"\x89PNG\r\n", b"%PDF-1.7", b"ID3"
SCHEMA = {
    "type": "object",
    "properties": {"port": {"type": "string"}},
    "required": ["port"],
    "additionalProperties": False,
}
TOOLS = (Tool("depth", "How deep.", SCHEMA, strict=True), Tool("tide", "", {"type": "object"}))
USER = Message("user", (Text("Hi"),))
SYSTEM = Message("system", (Text("Be brief."),))
CALL = ToolCall("t1", "depth", '{"port":"Leith"}')
RESULT = Message("tool", (ToolResult("t1", "depth", (Text("7"), Text(" m"))),))


class Dialect(NamedTuple):
    """A provider, the types of its bodies, and the fields that it documents beyond them."""

    provider: Provider
    check: Callable[..., list[str]]
    documented: frozenset[str] = frozenset()

    def misfits(self, body: dict[str, Any]) -> list[str]:
        return self.check(body, self.documented)


DIALECTS = {
    "openai": Dialect(openai.PROVIDER, sdk_types.openai_responses),
    "xai": Dialect(xai.PROVIDER, sdk_types.openai_responses, frozenset({"seed"})),
    "groq": Dialect(groq.PROVIDER, sdk_types.openai_responses),
    "perplexity": Dialect(
        perplexity.PROVIDER,
        sdk_types.perplexity_responses,
        frozenset({"temperature", "top_p"}),
    ),
    "local": Dialect(local.PROVIDER, sdk_types.openai_responses),
    "custom": Dialect(
        custom.provider("box", {"base_url": "http://127.0.0.1:8080/v1", "wire": "responses"}),
        sdk_types.openai_responses,
    ),
}
EVERY = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
OPENAI, XAI, PERPLEXITY = (DIALECTS[name].provider for name in ("openai", "xai", "perplexity"))
REASONS = Card("m", control="effort", efforts=EFFORTS)


def endpoint(provider: Provider, **fields: Any) -> Endpoint:
    return Endpoint(provider, "responses", provider.base_url, **fields)


def asked(*messages: Message, tools: tuple[Tool, ...] = (), **settings: Any) -> Request:
    return Request("m", messages or (USER,), Settings(**settings), tools)


def said(*parts: Any, by: str | None = "groq", model: str = "m") -> Message:
    return Message("assistant", parts, by, model)


def call_of(request: Request, provider: Provider, **fields: Any) -> Call:
    return WIRE.encode(request, endpoint(provider, **fields))


def body_of(request: Request, provider: Provider, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(b"".join(call_of(request, provider, **fields).body))
    return body


def text_in(item: dict[str, Any]) -> str:
    """What a message says, be it one text or parts."""
    content = item["content"]
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def outline(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each item as (role, text), (call, arguments) or (result, output)."""
    found = []
    for item in items:
        if item["type"] == "message":
            found.append((item["role"], text_in(item)))
        else:
            value = item["arguments" if item["type"] == "function_call" else "output"]
            found.append((f"{item['type']} {item['call_id']}", value))
    return found


# --- messages

#: A conversation, and its outline on the wire.
MESSAGES: dict[str, tuple[tuple[Message, ...], list[tuple[str, str]]]] = {
    "a question": ((USER,), [("user", "Hi")]),
    "several turns": (
        (USER, said(Text("Hello"), Text("!")), USER),
        [("user", "Hi"), ("assistant", "Hello!"), ("user", "Hi")],
    ),
    "calls and results": (
        (USER, said(Text("Look."), CALL, ToolCall("t2", "tide", "")), RESULT),
        [
            ("user", "Hi"),
            ("assistant", "Look."),
            ("function_call t1", '{"port":"Leith"}'),
            ("function_call t2", "{}"),
            ("function_call_output t1", "7 m"),
        ],
    ),
    "a result and words in one turn": (
        (USER, said(CALL), Message("user", (*RESULT.parts, Text("And now?")))),
        [
            ("user", "Hi"),
            ("function_call t1", '{"port":"Leith"}'),
            ("function_call_output t1", "7 m"),
            ("user", "And now?"),
        ],
    ),
    "a refusal": ((USER, said(Refusal("No."))), [("user", "Hi"), ("assistant", "No.")]),
    "another's reasoning, tools and items stay": (
        (USER, said(Reasoning("Hm.", "opaque", "rs_1"), Text("a"), Raw("chat", {"x": 1}, True))),
        [("user", "Hi"), ("assistant", "a")],
    ),
    "what a provider's own tool did stays": (
        (USER, said(ServerTool("0", "search", "q", "o"), Text("a"))),
        [("user", "Hi"), ("assistant", "a")],
    ),
    "a turn without anything to say is left out": ((USER, said(), USER), [("user", "Hi")] * 2),
    "a call of a custom tool": (
        (USER, said(ToolCall("t1", "shell", "ls", kind="custom")), RESULT),
        [("user", "Hi"), ("function_call t1", "ls"), ("function_call_output t1", "7 m")],
    ),
    "a call with another provider's ids": (
        (USER, said(CALL._replace(item_id="fc_1")), RESULT),
        [
            ("user", "Hi"),
            ("function_call t1", '{"port":"Leith"}'),
            ("function_call_output t1", "7 m"),
        ],
    ),
}


@EVERY
@pytest.mark.parametrize(("messages", "items"), MESSAGES.values(), ids=MESSAGES)
def test_messages_become_items_that_the_sdk_knows(
    dialect: Dialect, messages: tuple[Message, ...], items: list[tuple[str, str]]
) -> None:
    body = body_of(asked(*messages), dialect.provider)
    assert outline(body["input"]) == items
    assert dialect.misfits(body) == []


@EVERY
def test_a_call_from_another_provider_leaves_its_signature(dialect: Dialect) -> None:
    signed = said(CALL._replace(signature="c2ln"), by="gemini")
    body = body_of(asked(USER, signed, RESULT), dialect.provider)
    assert dialect.misfits(body) == []
    assert "c2ln" not in json.dumps(body)


@EVERY
def test_the_system_prompt_has_its_place(dialect: Dialect) -> None:
    twice = Message("system", (Text("Be kind."),))
    body = body_of(asked(SYSTEM, twice, USER), dialect.provider)
    assert dialect.misfits(body) == []
    if dialect.provider.id == "xai":  # it does not promise to read instructions
        assert "instructions" not in body
        told = [("system", "Be brief."), ("system", "Be kind."), ("user", "Hi")]
        assert outline(body["input"]) == told
    else:
        assert body["instructions"] == "Be brief.\n\nBe kind."
        assert outline(body["input"]) == [("user", "Hi")]


def test_the_endpoints_examples_stand_before_the_question() -> None:
    """The embedded model's: a system prompt, and turns of both sides."""
    preamble = (SYSTEM, Message("user", (Text("1+1?"),)), Message("assistant", (Text("2."),)))
    body = body_of(asked(), local.PROVIDER, preamble=preamble)
    assert body["instructions"] == "Be brief."
    assert outline(body["input"]) == [("user", "1+1?"), ("assistant", "2."), ("user", "Hi")]


# --- media


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


MEDIA: dict[str, tuple[Media, dict[str, Any]]] = {
    "an image": (
        Media("image/png", PNG),
        {"type": "input_image", "image_url": f"data:image/png;base64,{b64(PNG)}"},
    ),
    "an image by its URL": (
        Media("image/png", Url("https://a.example/x.png")),
        {"type": "input_image", "image_url": "https://a.example/x.png"},
    ),
    "an uploaded image": (
        Media("image/png", ProviderFile("file-1")),
        {"type": "input_image", "file_id": "file-1"},
    ),
    "a PDF": (
        Media("application/pdf", PDF, name="a.pdf"),
        {
            "type": "input_file",
            "file_data": f"data:application/pdf;base64,{b64(PDF)}",
            "filename": "a.pdf",
        },
    ),
    "a PDF by its URL": (
        Media("application/pdf", Url("https://a.example/a.pdf")),
        {"type": "input_file", "file_url": "https://a.example/a.pdf"},
    ),
    "an uploaded PDF": (
        Media("application/pdf", ProviderFile("file-1")),
        {"type": "input_file", "file_id": "file-1"},
    ),
}


@pytest.mark.parametrize("name", ["openai", "xai"])
@pytest.mark.parametrize(("media", "part"), MEDIA.values(), ids=MEDIA)
def test_media_becomes_a_part_that_the_sdk_knows(
    name: str, media: Media, part: dict[str, Any]
) -> None:
    dialect = DIALECTS[name]
    body = body_of(asked(Message("user", (Text("See"), media))), dialect.provider)
    words, found = body["input"][0]["content"]
    assert words == {"type": "input_text", "text": "See"}
    assert part.items() <= found.items()
    assert dialect.misfits(body) == []


@pytest.mark.parametrize("name", ["groq", "perplexity", "local"])
@pytest.mark.parametrize("kind", ["an image", "an image by its URL"])
def test_an_image_fits_the_other_dialects_too(name: str, kind: str) -> None:
    media, part = MEDIA[kind]
    dialect = DIALECTS[name]
    body = body_of(asked(Message("user", (Text("See"), media))), dialect.provider)
    assert part.items() <= body["input"][0]["content"][1].items()
    assert dialect.misfits(body) == []


def test_an_images_detail_is_the_users() -> None:
    body = body_of(asked(Message("user", (Media("image/png", PNG, detail="low"),))), OPENAI)
    assert body["input"][0]["content"][0]["detail"] == "low"
    assert sdk_types.openai_responses(body) == []


@pytest.mark.parametrize(("mime", "kind"), [("audio/mpeg", "mp3"), ("audio/x-wav", "wav")])
def test_sound_is_a_part_that_the_sdk_knows_but_puts_into_no_list(mime: str, kind: str) -> None:
    module = pytest.importorskip("openai.types.responses.response_input_audio_param")
    (part,) = body_of(asked(Message("user", (Media(mime, MP3),))), OPENAI)["input"][0]["content"]
    expected = {"type": "input_audio", "input_audio": {"data": b64(MP3), "format": kind}}
    assert part == expected
    assert sdk_types.misfits(part, module.ResponseInputAudioParam) == []


def test_a_picture_in_a_tools_result_is_not_lost() -> None:
    result = ToolResult("t1", "chart", (Text("Here."), Media("image/png", PNG)))
    body = body_of(asked(USER, said(CALL), Message("tool", (result,))), OPENAI)
    assert b64(PNG) in json.dumps(body["input"][-1])
    assert "Here." in json.dumps(body["input"][-1])
    assert sdk_types.openai_responses(body) == []


def test_media_is_a_piece_of_its_own_and_in_its_place() -> None:
    parts = (Text("1"), Media("image/png", PNG * 2), Text("2"), Media("application/pdf", PDF))
    call = call_of(asked(Message("user", parts)), OPENAI)
    assert (call.body[1], call.body[3]) == (b64(PNG * 2).encode(), b64(PDF).encode())
    content = json.loads(b"".join(call.body))["input"][0]["content"]
    assert content[1]["image_url"].endswith(b64(PNG * 2))
    assert content[3]["file_data"].endswith(b64(PDF))


# --- settings

#: Settings and the fields that they become.
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "temperature": ({"temperature": 0.0}, {"temperature": 0.0}),
    "top_p": ({"top_p": 0.5}, {"top_p": 0.5}),
    "the limit": ({"max_tokens": 8}, {"max_output_tokens": 8}),
    "effort": ({"effort": "low"}, {"reasoning": {"effort": "low"}}),
    "hidden reasoning": ({"show_reasoning": False}, {}),
    "an option": ({"options": {"max_tool_calls": 1}}, {"max_tool_calls": 1}),
    "an option over a setting": (
        {"max_tokens": 8, "options": {"max_output_tokens": 9}},
        {"max_output_tokens": 9},
    ),
    "an option of null": ({"top_p": 0.5, "options": {"top_p": None}}, {}),
    "an option inside a setting": (
        {"effort": "low", "options": {"reasoning": {"effort": "high"}}},
        {"reasoning": {"effort": "high"}},
    ),
}
#: What each provider is sent unasked.
UNASKED: dict[str, dict[str, Any]] = {
    "openai": {"store": False},
    "xai": {"store": False},
    "groq": {},
    "perplexity": {"store": False, "tools": [{"type": "web_search"}]},
    "local": {},
    "custom": {},
}


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(("settings", "fields"), SETTINGS.values(), ids=SETTINGS)
def test_only_what_is_set_is_sent(
    name: str, settings: dict[str, Any], fields: dict[str, Any]
) -> None:
    dialect = DIALECTS[name]
    body = body_of(asked(**settings), dialect.provider)
    items = body.pop("input")
    assert body == {"model": "m", "stream": True} | UNASKED[name] | fields
    unknown = {"max_tool_calls"} & body.keys() if name == "perplexity" else set()
    assert dialect.check(body | {"input": items}, dialect.documented | unknown) == []


@EVERY
def test_an_answer_in_one_piece_is_asked_for_without_a_stream(dialect: Dialect) -> None:
    body = body_of(asked()._replace(stream=False), dialect.provider)
    assert body["stream"] is False
    assert dialect.misfits(body) == []


def test_xai_takes_a_seed() -> None:
    body = body_of(asked(seed=0), XAI)
    assert body["seed"] == 0
    assert DIALECTS["xai"].misfits(body) == []


@EVERY
def test_every_option_may_take_away_what_we_added(dialect: Dialect) -> None:
    away = {"store": None, "tools": None, "include": None, "stream": None}
    call = call_of(asked(options=away), dialect.provider, card=REASONS)
    assert json.loads(b"".join(call.body)).keys() == {"model", "input"}
    assert call.added_fields == frozenset()


# --- reasoning


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("name", ["openai", "xai", "groq", "perplexity"])
def test_every_effort_reaches_a_default_model_in_words_that_it_knows(
    name: str, effort: str
) -> None:
    dialect = DIALECTS[name]
    model = str(dialect.provider.default_model)
    card = cards.card(name, model)
    settings = fit_settings(Settings(effort=effort), card, WIRE.unsupported, model).settings
    body = body_of(Request(model, (USER,), settings), dialect.provider, card=card)
    if name == "perplexity" and body.get("reasoning") == {"effort": "max"}:
        del body["reasoning"]  # documented, but not yet in the SDK
    assert dialect.misfits(body) == []


@pytest.mark.parametrize(
    ("name", "settings", "reasoning"),
    [
        ("openai", {"show_reasoning": True}, {"summary": "auto"}),
        (
            "openai",
            {"show_reasoning": True, "effort": "high"},
            {"effort": "high", "summary": "auto"},
        ),
        ("openai", {"effort": "high"}, {"effort": "high"}),
        ("xai", {"show_reasoning": True}, None),  # its summary comes unasked
        ("xai", {"show_reasoning": True, "effort": "low"}, {"effort": "low"}),
        ("perplexity", {"show_reasoning": True}, None),
        ("groq", {"show_reasoning": True, "effort": "low"}, {"effort": "low"}),
        ("local", {"show_reasoning": True}, None),
    ],
)
def test_visible_reasoning_is_asked_for_only_where_it_must_be(
    name: str, settings: dict[str, Any], reasoning: dict[str, str] | None
) -> None:
    dialect = DIALECTS[name]
    body = body_of(asked(**settings), dialect.provider, card=REASONS)
    assert body.get("reasoning") == reasoning
    assert dialect.misfits(body) == []


def test_a_model_that_does_not_reason_is_not_asked_to_show_it() -> None:
    """``reasoning`` is a 400 there (the wire reference, section 2j)."""
    plain = Card("gpt-4.1", control="none")
    assert "reasoning" not in body_of(asked(show_reasoning=True), OPENAI, card=plain)


@pytest.mark.parametrize("control", [None, "none", "effort", "fixed"])
@pytest.mark.parametrize("name", DIALECTS)
def test_sealed_reasoning_is_asked_of_models_that_reason_where_it_exists(
    name: str, control: str | None
) -> None:
    dialect = DIALECTS[name]
    body = body_of(asked(), dialect.provider, card=Card("m", control=control))
    sealed = name in ("openai", "xai") and control in ("effort", "fixed")
    assert body.get("include") == (["reasoning.encrypted_content"] if sealed else None)
    assert dialect.misfits(body) == []


@EVERY
def test_nothing_is_kept_on_a_server_that_would_keep_it(dialect: Dialect) -> None:
    keeps = dialect.provider.id in ("openai", "xai", "perplexity")
    assert body_of(asked(), dialect.provider).get("store") is (False if keeps else None)


def test_a_limit_that_the_model_demands_is_sent() -> None:
    card = cards.card("perplexity", "anthropic/claude-sonnet-5-5")
    request = Request("anthropic/claude-sonnet-5-5", (USER,))
    assert body_of(request, PERPLEXITY, card=card)["max_output_tokens"] == 32000
    limited = request._replace(settings=Settings(max_tokens=50))
    assert body_of(limited, PERPLEXITY, card=card)["max_output_tokens"] == 50
    assert "max_output_tokens" not in body_of(asked(), OPENAI, card=Card("m", max_output=9))


@EVERY
def test_a_limit_of_0_is_not_lost_in_silence(dialect: Dialect) -> None:
    body = body_of(asked(max_tokens=0), dialect.provider, defaults={"max_output_tokens": 200})
    assert body["max_output_tokens"] == 0


# --- tools


@EVERY
def test_tools_are_sent_flat(dialect: Dialect) -> None:
    body = body_of(asked(tools=TOOLS), dialect.provider)
    first, second = body["tools"]
    assert first == {
        "type": "function",
        "name": "depth",
        "description": "How deep.",
        "parameters": SCHEMA,
        "strict": True,
    }
    assert (second["name"], second["strict"]) == ("tide", False)
    assert dialect.misfits(body) == []


@pytest.mark.parametrize(
    ("request_", "tools"),
    [
        (asked(), [{"type": "web_search"}]),
        (asked(tools=TOOLS[1:]), ["tide"]),
        (asked(options={"tools": [{"type": "fetch_url"}]}), [{"type": "fetch_url"}]),
        (asked(options={"tools": []}), []),
        (asked(options={"tools": None}), None),
    ],
    ids=["none", "named", "in an option", "an empty option", "an option of null"],
)
def test_perplexity_searches_unless_the_user_names_tools(
    request_: Request, tools: list[Any] | None
) -> None:
    body = body_of(request_, PERPLEXITY)
    found = body.get("tools")
    names = [tool.get("name", tool) for tool in found] if found else found
    assert names == tools
    assert DIALECTS["perplexity"].misfits(body) == []


# --- replay to the model that made an answer


def answer_of(reply: Reply, provider: Provider) -> Message:
    """What a stream tells, as the turn that goes back."""
    request = asked(tools=TOOLS)
    decoder, reader = WIRE.make_decoder(request, endpoint(provider)), sse.SseReader()
    fold = AnswerBuilder(provider.id, "m")
    for step in reply.body:
        assert isinstance(step, bytes)
        fold.add(decoder.feed(reader.feed(step)))
    fold.add(decoder.close())
    answer = fold.answer()
    assert answer.fault is None
    return answer.message


MADE: dict[str, Any] = {
    "reasoning": ["Ebb."],
    "tool_calls": (answers.scripted_call("depth", '{"port":', '"Leith"}', call_id="t1"),),
    "citations": (answers.ScriptedCitation("https://a.example/tide"),),
}


@pytest.mark.parametrize("name", ["openai", "xai", "perplexity"])
def test_an_answer_goes_back_to_its_own_model_in_a_shape_that_the_sdk_knows(name: Any) -> None:
    dialect = DIALECTS[name]
    turn = answer_of(answers.responses_stream(["Look."], **MADE, style=name), dialect.provider)
    body = body_of(asked(USER, turn, RESULT), dialect.provider)
    assert [i["call_id"] for i in body["input"] if i["type"] == "function_call"] == ["t1"]
    assert dialect.misfits(body) == []


@pytest.mark.parametrize("name", ["openai", "xai"])
def test_an_answers_items_go_back_unchanged_and_sealed(name: Any) -> None:
    provider = DIALECTS[name].provider
    reply = answers.responses_stream(["Look."], **MADE, style=name)
    output = answers.events_of(reply)[-1]["response"]["output"]
    body = body_of(asked(USER, answer_of(reply, provider), RESULT), provider)
    assert body["input"][1:-1] == output
    assert output[0]["encrypted_content"] == "gAAAsealed"


@pytest.mark.parametrize(
    ("name", "model"), [("openai", "another"), ("xai", "m"), ("groq", "m"), ("perplexity", "m")]
)
def test_an_answer_goes_neutral_to_any_other_model(name: str, model: str) -> None:
    turn = answer_of(answers.responses_stream(["Look."], **MADE), OPENAI)
    request = asked(USER, turn, RESULT)._replace(model=model)
    dialect = DIALECTS[name]
    body = body_of(request, dialect.provider)
    kinds = [item["type"] for item in body["input"]]
    assert kinds == ["message", "message", "function_call", "function_call_output"]
    assert "gAAAsealed" not in json.dumps(body)
    assert dialect.misfits(body) == []


# --- the HTTP request around the body

KEY = Secret("sk_x", "environment", "SOME_API_KEY")


@EVERY
def test_a_request_carries_its_key_as_a_bearer(dialect: Dialect) -> None:
    call = call_of(asked(), dialect.provider, key=KEY)
    assert call.method == "POST"
    assert {h.name: (h.value, h.placeholder) for h in call.headers} == {
        "content-type": ("application/json", None),
        "authorization": ("Bearer sk_x", "Bearer $SOME_API_KEY"),
    }


@pytest.mark.parametrize(
    ("provider", "base", "url"),
    [
        (OPENAI, "https://api.openai.com/v1", "https://api.openai.com/v1/responses"),
        (XAI, "http://127.0.0.1:9", "http://127.0.0.1:9/responses"),
        (groq.PROVIDER, "https://g.example/openai/v1", "https://g.example/openai/v1/responses"),
        (PERPLEXITY, "https://api.perplexity.ai", "https://api.perplexity.ai/v1/responses"),
        (PERPLEXITY, "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/responses"),
        (PERPLEXITY, "http://127.0.0.1:9/proxy", "http://127.0.0.1:9/proxy/v1/responses"),
    ],
)
def test_the_path_is_appended_to_the_base_url(provider: Provider, base: str, url: str) -> None:
    assert WIRE.encode(asked(), Endpoint(provider, "responses", base)).url == url


@pytest.mark.parametrize(
    ("name", "request_", "added"),
    [
        ("openai", asked(), {"store", "include"}),
        ("xai", asked(tools=TOOLS), {"store", "include"}),
        ("perplexity", asked(), {"store", "tools"}),
        ("perplexity", asked(tools=TOOLS), {"store"}),
        ("perplexity", asked()._replace(without=frozenset({"store"})), {"tools"}),
        ("openai", asked(options={"store": True}), {"include"}),
        ("groq", asked(temperature=0.5, options={"x": 1}), set()),
        ("local", asked(), set()),
    ],
)
def test_a_call_knows_which_fields_only_we_asked_for(
    name: str, request_: Request, added: set[str]
) -> None:
    call = call_of(request_, DIALECTS[name].provider, card=REASONS)
    body = json.loads(b"".join(call.body))
    assert call.added_fields == added
    assert added <= body.keys()
    assert not request_.without & body.keys()


def test_the_endpoints_defaults_lie_below_what_the_user_set() -> None:
    defaults = {"max_output_tokens": 200, "min_p": 0.1, "temperature": 0}
    body = body_of(asked(max_tokens=5, options={"min_p": None}), local.PROVIDER, defaults=defaults)
    assert (body["max_output_tokens"], body["temperature"]) == (5, 0)
    assert "min_p" not in body
    assert body_of(asked(), local.PROVIDER, defaults=defaults)["max_output_tokens"] == 200


def test_each_result_has_the_signature_of_its_own_call() -> None:
    first = {"type": "function_call", "call_id": "a", "thought_signature": "s"}
    second = {"type": "function_call", "call_id": "b", "thought_signature": "t"}
    results = [{"type": "function_call_output", "call_id": each} for each in "bac"]
    signed = [*_copy_signatures([first, second, *results])][2:]
    assert [item.get("thought_signature") for item in signed] == ["t", "s", None]
