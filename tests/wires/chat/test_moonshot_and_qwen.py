"""Chat completions as Moonshot and Qwen take them: OpenAI's types, and the fields they add."""

import base64
import json
from typing import Any

import pytest

from aichat import wires
from aichat.core.catalogue.card import EFFORTS
from aichat.core.exchange.fit import fit_settings
from aichat.core.exchange.request import Request, Settings
from aichat.core.message import tool_schema
from aichat.core.message.media import Media, ProviderFile, Url
from aichat.core.message.message import Message, Part, Reasoning, Text, ToolCall, ToolResult
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import cards
from aichat.providers import groq, moonshot, qwen
from tests.support.answering import answers_google as google
from tests.support.answering import sdk_types
from tests.support.answering.server import Reply, chat_stream, tool_call
from tests.support.values.feeding import fold_answer, frames_of

CHAT = wires.load("chat")
KIMI, QWEN = moonshot.PROVIDER, qwen.PROVIDER

#: Top-level fields of sections 8b and 9b of the wire reference that OpenAI does not have.
DOCUMENTED = {
    "moonshot": frozenset(("thinking",)),
    "qwen": frozenset(("enable_thinking", "thinking_budget")),
}
#: What else they document; reached with -o.
WITH_OPTION = {
    "moonshot": frozenset(("thinking", "safety_identifier", "prompt_cache_key")),
    "qwen": frozenset(
        (
            *("enable_thinking", "thinking_budget", "preserve_thinking", "top_k"),
            *("repetition_penalty", "enable_search", "search_options"),
        )
    ),
}
MODELS = [
    (provider, model)
    for provider in (KIMI, QWEN)
    for model in cards.read()[provider.id]
    if not model.endswith("*")
]
USER = Message("user", (Text("Hi"),))
SYSTEM = Message("system", (Text("Be brief."),))
PORT = {"type": "object", "properties": {"port": {"type": "string"}}}
TOOLS = (Tool("port_depth", "Depth of a port", PORT),)


def target(provider: Provider, model: str = "") -> Endpoint:
    """Where a provider's chat requests go, with what is known of the model."""
    model = model or provider.default_model or ""
    key = Secret("k", "", "KEY")
    card = cards.card(provider.id, model)
    return Endpoint(provider, "chat", provider.base_url, key, card=card)


def body_of(
    provider: Provider,
    *messages: Message,
    model: str = "",
    offered: tuple[Tool, ...] = (),
    **settings: Any,
) -> dict[str, Any]:
    """The body of a request whose settings were fitted to the model, as ``ask`` does."""
    model = model or provider.default_model or ""
    where = target(provider, model)
    fitting = fit_settings(Settings(**settings), where.card, CHAT.unsupported, model).settings
    offered = tool_schema.convert_tools(offered, provider.quirks.schema_dialect)
    request = Request(model, messages or (USER,), fitting, offered)
    body: dict[str, Any] = json.loads(b"".join(CHAT.encode(request, where).body))
    return body


def misfits(body: dict[str, Any], provider: Provider) -> list[str]:
    pytest.importorskip("openai")
    return sdk_types.openai_chat(body, DOCUMENTED[provider.id])


def by(provider: Provider, *parts: Part, model: str = "") -> Message:
    """A turn that a provider's model said."""
    return Message("assistant", parts, provider.id, model or provider.default_model)


# -- the official types


@pytest.mark.parametrize(("provider", "model"), MODELS, ids=[model for _, model in MODELS])
def test_every_level_of_the_dial_fits_the_types_and_the_documented_fields(
    provider: Provider, model: str
) -> None:
    for effort in (None, *EFFORTS):
        body = body_of(
            provider,
            SYSTEM,
            USER,
            model=model,
            offered=TOOLS,
            effort=effort,
            temperature=0.5,
            top_p=0.9,
            max_tokens=321,
            stop=("END",),
            seed=7,
        )
        assert misfits(body, provider) == [], effort
        assert body["model"] == model
        both = {"reasoning_effort", "thinking", "enable_thinking"} & body.keys()
        assert len(both) <= 1, "one dial, said once"


def test_nothing_of_openais_that_they_do_not_know_is_sent_unasked() -> None:
    assert body_of(KIMI).keys() == {"model", "messages", "stream", "stream_options"}
    assert body_of(QWEN).keys() == {"model", "messages", "stream", "stream_options"}


@pytest.mark.parametrize(
    ("provider", "field"), [(KIMI, "max_completion_tokens"), (QWEN, "max_tokens")]
)
def test_the_output_limit_has_the_documented_name(provider: Provider, field: str) -> None:
    body = body_of(provider, max_tokens=321)
    assert {name: n for name, n in body.items() if name.startswith("max_")} == {field: 321}


OPTIONS: list[tuple[Provider, dict[str, Any]]] = [
    (QWEN, {"enable_search": True, "search_options": {"forced_search": True}, "top_k": 40}),
    (QWEN, {"preserve_thinking": True, "repetition_penalty": 1.1}),
    (KIMI, {"prompt_cache_key": "s1", "safety_identifier": "u1"}),
    (KIMI, {"thinking": {"type": "enabled", "keep": "all"}}),
]


@pytest.mark.parametrize(("provider", "options"), OPTIONS)
def test_what_else_they_document_is_an_option_away(
    provider: Provider, options: dict[str, Any]
) -> None:
    pytest.importorskip("openai")
    body = body_of(provider, options=options)
    assert {name: body[name] for name in options} == options
    assert sdk_types.openai_chat(body, WITH_OPTION[provider.id]) == []


#: What stands inside a message and is their own: the misfits that the types tell, all of them.
EXTRA: dict[str, tuple[Provider, tuple[Message, ...], dict[str, Any], list[str]]] = {
    "reasoning that goes back": (
        KIMI,
        (USER, by(KIMI, Reasoning("Hm."), Text("Yes.")), USER),
        {},
        ["messages[1].reasoning_content: unknown field"],
    ),
    "qwen's too": (
        QWEN,
        (USER, by(QWEN, Reasoning("Hm."), Text("Yes.")), USER),
        {},
        ["messages[1].reasoning_content: unknown field"],
    ),
    "an answer that was begun": (
        KIMI,
        (USER,),
        {"prefill": "{"},
        ["messages[1].partial: unknown field"],
    ),
}


@pytest.mark.parametrize("name", EXTRA)
def test_fields_inside_a_message_are_the_documented_ones(name: str) -> None:
    provider, messages, given, extra = EXTRA[name]
    assert misfits(body_of(provider, *messages, **given), provider) == extra


def test_moonshots_own_tool_is_the_one_thing_that_the_types_refuse() -> None:
    search = tool_schema.parse_tools(
        '{"type": "builtin_function", "function": {"name": "$web_search"}}'
    )
    body = body_of(KIMI, model="kimi-k2.6", offered=(*search, *TOOLS), effort="none")
    assert body["tools"][0] == {"type": "builtin_function", "function": {"name": "$web_search"}}
    lines = misfits(body, KIMI)
    assert lines and all(line.startswith("tools[0]") for line in lines)
    assert misfits({**body, "tools": body["tools"][1:]}, KIMI) == []


def test_a_prefill_stands_last_and_is_marked_as_partial() -> None:
    body = body_of(KIMI, SYSTEM, USER, prefill="{")
    assert [line["role"] for line in body["messages"]] == ["system", "user", "assistant"]
    assert body["messages"][-1] == {"role": "assistant", "content": "{", "partial": True}


# -- reasoning goes back to the model that it came from

CALL = ToolCall("port_depth:0", "port_depth", '{"port":"Leith"}')
RESULT = Message("tool", (ToolResult("port_depth:0", "port_depth", (Text("7 m"),)),))
BACK: dict[str, tuple[Provider, str, Message, bool]] = {
    "moonshot to itself": (KIMI, "kimi-k3", by(KIMI, Reasoning("Hm."), model="kimi-k3"), True),
    "qwen to itself": (QWEN, "qwen-plus", by(QWEN, Reasoning("Hm."), model="qwen-plus"), True),
    "to another kimi": (KIMI, "kimi-k2.6", by(KIMI, Reasoning("Hm."), model="kimi-k3"), False),
    "to another qwen": (QWEN, "qwen-flash", by(QWEN, Reasoning("Hm."), model="qwen-plus"), False),
    "qwen's to moonshot": (KIMI, "same", by(QWEN, Reasoning("Hm."), model="same"), False),
    "moonshot's to qwen": (QWEN, "same", by(KIMI, Reasoning("Hm."), model="same"), False),
    "groq's to moonshot": (KIMI, "same", by(groq.PROVIDER, Reasoning("Hm."), model="same"), False),
    "nobody's": (KIMI, "kimi-k3", Message("assistant", (Reasoning("Hm."),)), False),
}


@pytest.mark.parametrize("shape", ["text", "call"])
@pytest.mark.parametrize("name", BACK)
def test_reasoning_goes_back_to_the_same_provider_and_model_only(name: str, shape: str) -> None:
    provider, model, turn, back = BACK[name]
    said: tuple[Part, ...] = (Text("Yes."),) if shape == "text" else (CALL,)
    messages = (USER, turn._replace(parts=(*turn.parts, *said)), *([RESULT] * (shape == "call")))
    line = body_of(provider, *messages, model=model)["messages"][1]
    wanted = " " if shape == "call" and provider is KIMI and "reasoning_content" in line else None
    assert line.get("reasoning_content") == ("Hm." if back else wanted)
    assert "reasoning" not in line
    if shape == "call":
        function = {"name": "port_depth", "arguments": CALL.arguments}
        assert line["tool_calls"] == [{"id": CALL.id, "type": "function", "function": function}]


def test_groqs_reasoning_has_another_name_there() -> None:
    turn = by(groq.PROVIDER, Reasoning("Hm."), Text("Yes."), model="m")
    line = body_of(groq.PROVIDER, USER, turn, model="m")["messages"][1]
    assert line == {"role": "assistant", "content": "Yes.", "reasoning": "Hm."}


ROUND: dict[str, tuple[Provider, Reply]] = {
    "moonshot": (
        KIMI,
        google.moonshot_stream(
            ("Let me ", "look."),
            reasoning=("Depth ", "matters."),
            tool_calls=tool_call("port_depth", "", CALL.arguments, call_id=CALL.id),
        ),
    ),
    "qwen": (
        QWEN,
        chat_stream(
            ("Let me ", "look."),
            reasoning=("Depth ", "matters."),
            reasoning_field="reasoning_content",
            tool_calls=tool_call("port_depth", "", CALL.arguments, call_id=CALL.id),
        ),
    ),
}


@pytest.mark.parametrize("name", ROUND)
def test_an_answer_that_was_read_goes_back_as_it_came(name: str) -> None:
    provider, reply = ROUND[name]
    where = target(provider)
    request = Request(where.card.id, (USER,))
    decoder = CHAT.make_decoder(request, where)
    frames = frames_of(step for step in reply.body if isinstance(step, bytes))
    message = fold_answer([*decoder.feed(frames), *decoder.close()]).message
    sent = message._replace(provider=provider.id, model=where.card.id)
    body = body_of(provider, USER, sent, RESULT)
    function = {"name": "port_depth", "arguments": CALL.arguments}
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [{"id": CALL.id, "type": "function", "function": function}],
            "reasoning_content": "Depth matters.",
        },
        {"role": "tool", "tool_call_id": CALL.id, "content": "7 m"},
    ]


def test_the_search_of_moonshot_is_answered_with_its_own_arguments_and_its_name() -> None:
    """Step 3 of section 8b: the arguments go back verbatim, under the tool's name."""
    arguments = '{"search_result":{"search_id":"s1"},"usage":{"total_tokens":13046}}'
    call = ToolCall("$web_search:0", "$web_search", arguments)
    result = ToolResult("$web_search:0", "$web_search", (Text(arguments),))
    turns = (USER, by(KIMI, call, model="kimi-k2.6"), Message("tool", (result,)))
    lines = body_of(KIMI, *turns, model="kimi-k2.6")["messages"]
    assert lines[1]["tool_calls"][0]["function"] == {"name": "$web_search", "arguments": arguments}
    assert lines[2]["content"] == arguments
    assert lines[2]["tool_call_id"] == "$web_search:0"
    assert lines[2].get("name") == "$web_search"


# -- pictures

PNG = b"\x89PNG\r\n"
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
PICTURES: dict[str, tuple[Provider, Media, str]] = {
    "moonshot, the document's vision example": (KIMI, Media("image/png", PNG), DATA),
    "qwen, data": (QWEN, Media("image/png", PNG), DATA),
    "qwen, the document's example": (
        QWEN,
        Media("image/jpeg", Url("https://i.example/48.jpg")),
        "https://i.example/48.jpg",
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_an_image_url(name: str) -> None:
    provider, media, url = PICTURES[name]
    body = body_of(provider, Message("user", (media, Text("Describe this image"))))
    assert body["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": "Describe this image"},
    ]
    assert misfits(body, provider) == []


def test_a_file_that_moonshot_holds_is_named_by_its_id() -> None:
    held = Media("image/png", ProviderFile("ms://file_1"))
    body = body_of(KIMI, Message("user", (held, Text("?"))))
    part = {"type": "image_url", "image_url": {"url": "ms://file_1"}}
    assert body["messages"][0]["content"][0] == part
