"""A schema as each provider is asked for it: within its rules and its own SDK's types."""

import json
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.exchange.request import Request, with_json_output
from aichat.core.message.json_schema.dialect import DIALECTS
from aichat.core.message.json_schema.output import TOOL, AnswerSchema
from aichat.core.message.json_schema.validate import Schema
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.json_output import JsonFit, SchemaNeighbours, fit_json_output
from aichat.core.provider.provider import WIRES, JsonSupport
from aichat.disk.catalogue import cards
from tests.support.answering import sdk_types
from tests.support.answering.sdk_bodies import Google
from tests.support.running.marks import long_case
from tests.support.values.schemas import SCHEMAS, TEXT, arr, obj
from tests.support.values.subsets import breaches

DOG = AnswerSchema(Schema(obj(name=TEXT)), "dog")
MAP = AnswerSchema(Schema({"type": "object", "additionalProperties": TEXT}))

Row = tuple[str, str, str]
GPT, GPT_CHAT = (("openai", wire, "gpt-6.1-terra") for wire in ("responses", "chat"))
INTERACTIONS = ("gemini", "interactions", "gemini-3.8-flash")
GEMINI, OLD_GEMINI = (("gemini", "gemini", f"gemini-{m}") for m in ("3.8-flash", "2.5-flash"))
GROK, GROK_CHAT, GROK_MESSAGES = (("xai", w, "grok-4.7") for w in ("responses", "chat", "messages"))
OSS, OSS_RESPONSES = (("groq", wire, "openai/gpt-oss-120b") for wire in ("chat", "responses"))
LLAMA = ("groq", "chat", "llama-3.3-70b-versatile")
CLAUDE, OLD_CLAUDE = (
    ("anthropic", "messages", f"claude-{m}") for m in ("sonnet-5-5", "sonnet-4-20250514")
)
AGENT, SONAR = ("perplexity", "responses", "perplexity/sonar"), ("perplexity", "chat", "sonar")
KIMI = ("moonshot", "chat", "kimi-k3.1-pro")
QWEN, QWEN_NATIVE, QWEN_RESPONSES = (
    ("qwen", wire, "qwen3.8-flash") for wire in ("chat", "dashscope", "responses")
)
QWEN_TURBO = ("qwen", "chat", "qwen-turbo")
LOCAL, LOCAL_MESSAGES = (("local", wire, "smollm2") for wire in ("chat", "messages"))

#: The ways that each has, best first.
LADDERS: dict[Row, list[str]] = {
    GPT: ["strict", "best_effort", "json", "prompt"],
    GPT_CHAT: ["strict", "best_effort", "json", "prompt"],
    GEMINI: ["strict", "json", "prompt"],
    INTERACTIONS: ["strict", "json", "prompt"],
    GROK: ["strict", "json", "prompt"],
    GROK_CHAT: ["strict", "json", "prompt"],
    GROK_MESSAGES: ["tool", "prompt"],
    OSS: ["strict", "best_effort", "json", "prompt"],
    OSS_RESPONSES: ["strict", "best_effort", "prompt"],
    LLAMA: ["best_effort", "json", "prompt"],
    CLAUDE: ["strict", "prompt"],
    OLD_CLAUDE: ["tool", "prompt"],
    AGENT: ["strict", "prompt"],
    SONAR: ["strict", "prompt"],
    KIMI: ["strict", "json", "prompt"],
    QWEN: ["strict", "json", "prompt"],
    QWEN_NATIVE: ["strict", "json", "prompt"],
    QWEN_RESPONSES: ["prompt"],
    QWEN_TURBO: ["json", "prompt"],
    LOCAL: ["strict", "prompt"],
    LOCAL_MESSAGES: ["prompt"],
}


def fit(row: Row, asked: AnswerSchema = DOG, **beside: Any) -> JsonFit:
    provider, wire, model = row
    support = providers.load(provider).json_output.get(wire, JsonSupport())
    return fit_json_output(asked, support, SchemaNeighbours(model, **beside))


def sent(row: Row, asked: AnswerSchema = DOG, mode: str = "", **beside: Any) -> dict[str, Any]:
    """The body of a request; ``mode``: a lower way than the best."""
    provider, wire, model = row
    found = fit(row, asked, **beside)
    ways = {way.mode: way for way in (found.output, *found.output.lower)}
    endpoint = Endpoint(
        providers.load(provider), wire, "http://h/v1", card=cards.card(provider, model, wire)
    )
    request = Request(model, (Message("user", (Text("Hi"),)),), stream=found.streams)
    request = with_json_output(request, ways[mode] if mode else found.output)
    body: dict[str, Any] = json.loads(b"".join(wires.load(wire).encode(request, endpoint).body))
    return body


@pytest.mark.parametrize("row", LADDERS, ids="/".join)
def test_each_is_asked_in_the_best_way_that_it_has_with_the_others_below(row: Row) -> None:
    output = fit(row).output
    assert [output.mode, *(way.mode for way in output.lower)] == LADDERS[row]


def test_every_wire_of_every_provider_is_in_the_table() -> None:
    asked = {(name, wire) for name in providers.names() for wire in providers.load(name).wires}
    assert {(name, wire) for name, wire, _ in LADDERS} >= asked - {("local", "responses")}
    for name in providers.names():
        for wire, support in providers.load(name).json_output.items():
            assert wire in WIRES
            assert support.dialect in {*DIALECTS, "any"}


SCHEMA = {
    "type": "object",
    "properties": {"name": TEXT},
    "required": ["name"],
    "additionalProperties": False,
}
OPEN = {key: value for key, value in SCHEMA.items() if key != "additionalProperties"}


JSON = "application/json"


def chat_shape(schema: Any, **more: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": named(schema, **more)}}


def named(schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": "dog", "schema": schema, "strict": True} | more


#: Where each has it in its body.
PLACES: dict[Row, dict[str, Any]] = {
    GPT: {"text": {"format": {"type": "json_schema", **named(SCHEMA)}}},
    GPT_CHAT: chat_shape(SCHEMA),
    GEMINI: {"generationConfig": {"responseMimeType": JSON, "responseJsonSchema": OPEN}},
    INTERACTIONS: {"response_format": {"type": "text", "mime_type": JSON, "schema": OPEN}},
    GROK: {"text": {"format": {"type": "json_schema", **named(OPEN)}}},
    OSS: {
        "response_format": {"type": "json_schema", "json_schema": named(SCHEMA)},
        "stream": False,
    },
    OSS_RESPONSES: {"text": {"format": {"type": "json_schema", **named(SCHEMA)}}, "stream": False},
    LLAMA: chat_shape(OPEN, strict=False),
    CLAUDE: {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    OLD_CLAUDE: {"tool_choice": {"type": "tool", "name": TOOL}},
    AGENT: chat_shape(SCHEMA),
    KIMI: chat_shape(OPEN),
    QWEN: {
        "response_format": {"type": "json_schema", "json_schema": named(SCHEMA)},
        "enable_thinking": False,
    },
    QWEN_TURBO: {"response_format": {"type": "json_object"}, "enable_thinking": False},
    LOCAL: chat_shape(OPEN),
}


@pytest.mark.parametrize("row", PLACES, ids="/".join)
def test_the_schema_stands_where_each_reads_it(row: Row) -> None:
    body = sent(row)
    assert {key: body.get(key) for key in PLACES[row]} == PLACES[row]


def test_dashscope_has_it_among_its_parameters() -> None:
    parameters = sent(QWEN_NATIVE)["parameters"]
    assert parameters["response_format"]["json_schema"] == named(SCHEMA)
    assert parameters["enable_thinking"] is False


def test_a_tool_that_has_to_be_called_is_of_the_schema() -> None:
    assert [(tool["name"], tool["input_schema"]) for tool in sent(OLD_CLAUDE)["tools"]] == [
        (TOOL, OPEN)
    ]


@pytest.mark.parametrize("row", [row for row in LADDERS if "json" in LADDERS[row]], ids="/".join)
def test_json_of_any_shape_comes_with_the_schema_in_words(row: Row) -> None:
    body = json.dumps(sent(row, mode="json"))
    assert any(sign in body for sign in ("json_object", "responseMimeType", "mime_type"))
    assert body.count("It has to match this JSON Schema") == 1


CHECKS: dict[str, tuple[Row, Any, str]] = {
    "openai": (GPT, sdk_types.openai_responses, "openai"),
    "openai chat": (GPT_CHAT, sdk_types.openai_chat, "openai"),
    "groq": (OSS, sdk_types.groq_chat, "groq"),
    "anthropic": (CLAUDE, sdk_types.anthropic_messages, "anthropic"),
    "old anthropic": (OLD_CLAUDE, sdk_types.anthropic_messages, "anthropic"),
    "perplexity": (AGENT, sdk_types.perplexity_responses, "perplexity"),
}


@pytest.mark.parametrize("name", [n if k % 6 == 0 else long_case(n) for k, n in enumerate(SCHEMAS)])
@pytest.mark.parametrize("provider", CHECKS)
def test_the_official_types_know_every_request(provider: str, name: str) -> None:
    row, misfits, sdk = CHECKS[provider]
    pytest.importorskip(sdk, reason="the SDK is not installed")
    asked = AnswerSchema(Schema(SCHEMAS[name].schema))
    found = fit(row, asked).output
    for mode in (found.mode, *(way.mode for way in found.lower)):
        assert misfits(sent(row, asked, mode)) == []


@pytest.mark.parametrize("row", [*LADDERS], ids="/".join)
def test_every_schema_that_is_sent_as_strict_keeps_the_servers_rules(row: Row) -> None:
    provider, wire, _ = row
    dialect = providers.load(provider).json_output.get(wire, JsonSupport()).dialect
    for name, case in SCHEMAS.items():
        output = fit(row, AnswerSchema(Schema(case.schema))).output
        if output.mode == "strict" and dialect != "llama":
            assert breaches(dict(output.schema), dialect) == [], name


def test_a_schema_is_asked_for_as_googles_own_client_does() -> None:
    pytest.importorskip("google.genai", reason="google-genai is not installed")
    with Google() as sdk:
        config = {"response_mime_type": JSON, "response_json_schema": OPEN}
        theirs = sdk.capture_request("Hi", GEMINI[2], **config).json()
    assert sent(GEMINI)["generationConfig"] == theirs["generationConfig"]


# -- what is known before anything is sent


@pytest.mark.parametrize("row", [OSS, OSS_RESPONSES, LLAMA, OLD_GEMINI], ids="/".join)
def test_a_schema_beside_tools_is_refused_where_the_server_does(row: Row) -> None:
    assert "beside tools" in fit(row, tools=True).refusal
    assert fit(row).refusal == ""


@pytest.mark.parametrize("row", [GPT, GEMINI, GROK, CLAUDE, AGENT, KIMI, QWEN], ids="/".join)
def test_the_others_take_both(row: Row) -> None:
    assert fit(row, tools=True).refusal == ""


def test_a_map_is_asked_for_in_a_lower_way_and_why_is_told() -> None:
    for row, mode in ((GPT, "best_effort"), (CLAUDE, "prompt"), (GEMINI, "strict")):
        found = fit(row, MAP)
        assert found.output.mode == mode
        assert [remark.count("members of any name") for remark in found.remarks] == (
            [] if mode == "strict" else [1]
        )


@pytest.mark.parametrize(
    ("row", "beside", "mode"),
    [
        (QWEN, {"region": "intl"}, "json"),
        (QWEN_TURBO, {"effort": "high"}, "prompt"),
        (QWEN_TURBO, {"effort": "none"}, "json"),
        (OLD_CLAUDE, {"effort": "high"}, "prompt"),
        (OLD_CLAUDE, {"tools": True}, "prompt"),
    ],
)
def test_what_stands_beside_it_decides_the_way(row: Row, beside: dict[str, Any], mode: str) -> None:
    assert fit(row, **beside).output.mode == mode


def test_the_embedded_model_is_told_the_schema_that_its_grammar_holds_it_to() -> None:
    assert "It has to match this JSON Schema" in json.dumps(sent(LOCAL)["messages"])


def test_a_list_is_put_into_an_object_for_a_mode_that_takes_objects() -> None:
    asked = AnswerSchema(Schema(arr(TEXT)))
    assert sent(LLAMA, asked)["response_format"]["json_schema"]["schema"]["type"] == "object"
