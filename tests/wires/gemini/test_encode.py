"""Gemini's requests: what is sent, held against what google-genai itself sends."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aichat import wires
from aichat.app.calls.curl import as_curl
from aichat.core.catalogue.card import EFFORTS
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import RawItem
from aichat.core.exchange.fit import fit_settings
from aichat.core.exchange.request import Request, Settings
from aichat.core.http.call import Call
from aichat.core.message import tool_schema
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
from aichat.disk.catalogue import cards
from aichat.providers import gemini
from tests.support.answering.sdk_bodies import KEY, Google
from tests.support.answering.server import SSE, Reply, Server
from tests.support.running.program import ROOT, Program
from tests.support.values import feeding
from tests.support.values.feeding import fold_answer
from tests.wires.decoding import located
from tests.wires.gemini.test_decode import EVERY_FACT, Fact, read

WIRE = wires.load("gemini")
BASE = gemini.PROVIDER.base_url
TAPES = ROOT / "tests" / "tapes" / "gemini"
FLASH, OLD = "gemini-3.8-flash", "gemini-2.5-flash"
PNG, PDF = b"\x89PNG\r\n\xff\xfe\xfb", b"%PDF-1.7"
SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}}
USER = Message("user", (Text("Hi"),))
SYSTEM = Message("system", (Text("Be brief."),))
DEPTH = Tool("depth", "How deep.", SCHEMA)
CALL = {"functionCall": {"id": "fc1", "name": "depth", "args": {"port": "Leith"}}}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def said(*parts: Any, model: str = FLASH) -> Message:
    return Message("assistant", parts, "gemini", model)


def raw(item: dict[str, Any]) -> Raw:
    return Raw("gemini", item, replay=True)


def asked(
    *messages: Message, model: str = FLASH, given: tuple[Tool, ...] = (), **terms: Any
) -> Request:
    return Request(model, messages or (USER,), Settings(**terms), given)


def call_of(request: Request, **fields: Any) -> Call:
    """The call as ``ask`` makes it: settings and tools fitted to the model."""
    card = cards.card("gemini", request.model)
    fitted = fit_settings(request.settings, card, WIRE.unsupported, request.model).settings
    given = tool_schema.convert_tools(request.tools, gemini.PROVIDER.quirks.schema_dialect)
    target = Endpoint(gemini.PROVIDER, "gemini", BASE, card=card, **fields)
    return WIRE.encode(request._replace(settings=fitted, tools=given), target)


def body_of(request: Request, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(b"".join(call_of(request, **fields).body))
    return body


def contents_of(*messages: Message, model: str = FLASH) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = body_of(asked(*messages, model=model))["contents"]
    return contents


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    pytest.importorskip("google.genai")
    with Google() as client:
        yield client


# --- the same request, by us and by the SDK

# Where the two are known to differ; each is the SDK's own spelling of the same thing.
SPELLINGS = {
    # the SDK writes some inner fields as its Python classes name them; proto JSON takes both
    "mime_type": "mimeType",
    "file_uri": "fileUri",
    "include_thoughts": "includeThoughts",
    "thinking_level": "thinkingLevel",
    "thinking_budget": "thinkingBudget",
    "parameters_json_schema": "parametersJsonSchema",
}
BYTES = ("data", "thoughtSignature")  # base64, which the SDK writes in the URL-safe alphabet
API = {"/v1": "/v1beta"}  # the SDK's default version; ours is the superset (contract, section 5)
SYSTEM_ROLE = "role"  # the SDK gives the system prompt one that the API does not read
TRANSPORT = {  # what belongs to the SDK's own connection or names the SDK
    *("host", "accept", "accept-encoding", "connection", "content-length"),
    *("user-agent", "x-goog-api-client"),
}


def as_ours(value: Any, name: str = "") -> Any:
    """A body of the SDK, in our spelling."""
    if isinstance(value, dict):
        return {SPELLINGS.get(k, k): as_ours(v, SPELLINGS.get(k, k)) for k, v in value.items()}
    if isinstance(value, list):
        return [as_ours(item) for item in value]
    if name in BYTES and isinstance(value, str):
        return value.replace("-", "+").replace("_", "/")
    return value


def sdk_body(
    google: Google, contents: Any, model: str, config: Mapping[str, Any]
) -> dict[str, Any]:
    body: dict[str, Any] = as_ours(google.capture_request(contents, model, **config).json())
    body.get("systemInstruction", {}).pop(SYSTEM_ROLE, None)
    return body


class Same(NamedTuple):
    """One request in our words and in the SDK's."""

    ours: Request
    contents: Any = "Hi"
    config: Mapping[str, Any] = {}


def turn(role: str, *parts: Any) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


RESULT = ToolResult("fc1", "depth", (Text("7 m"),))
DECLARED = {
    "function_declarations": [
        {"name": "depth", "description": "How deep.", "parameters_json_schema": SCHEMA}
    ]
}
SAMES = {
    "a question": Same(asked()),
    "a system prompt": Same(asked(SYSTEM, USER), config={"system_instruction": "Be brief."}),
    "several turns": Same(
        asked(USER, said(Text("Hello")), Message("user", (Text("Bye"),))),
        [
            turn("user", {"text": "Hi"}),
            turn("model", {"text": "Hello"}),
            turn("user", {"text": "Bye"}),
        ],
    ),
    "text in any script": Same(
        asked(Message("user", (Text("Ærø 🌊 \u2028 \x00"),))), "Ærø 🌊 \u2028 \x00"
    ),
    "temperature": Same(asked(temperature=0.0), config={"temperature": 0.0}),
    "top_p": Same(asked(top_p=0.5), config={"top_p": 0.5}),
    "max_tokens": Same(asked(max_tokens=8), config={"max_output_tokens": 8}),
    "stop": Same(asked(stop=("a", "b")), config={"stop_sequences": ["a", "b"]}),
    "seed": Same(asked(seed=0), config={"seed": 0}),
    "all of these": Same(
        asked(SYSTEM, USER, temperature=1.5, top_p=0.9, max_tokens=9, stop=("x",), seed=7),
        config={
            "system_instruction": "Be brief.",
            "temperature": 1.5,
            "top_p": 0.9,
            "max_output_tokens": 9,
            "stop_sequences": ["x"],
            "seed": 7,
        },
    ),
    "an effort as a level": Same(
        asked(effort="low"), config={"thinking_config": {"thinking_level": "LOW"}}
    ),
    "an effort as a budget": Same(
        asked(effort="low", model=OLD), config={"thinking_config": {"thinking_budget": 2048}}
    ),
    "no effort": Same(
        asked(effort="none", model=OLD), config={"thinking_config": {"thinking_budget": 0}}
    ),
    "the thoughts": Same(
        asked(show_reasoning=True), config={"thinking_config": {"include_thoughts": True}}
    ),
    "an effort and its thoughts": Same(
        asked(effort="high", show_reasoning=True),
        config={"thinking_config": {"include_thoughts": True, "thinking_level": "HIGH"}},
    ),
    "a tool": Same(asked(given=(DEPTH,)), config={"tools": [DECLARED]}),
    "calls and results": Same(
        asked(
            USER,
            said(Text("Look."), ToolCall("fc1", "depth", '{"port":"Leith"}')),
            Message("tool", (RESULT,)),
        ),
        [
            turn("user", {"text": "Hi"}),
            turn(
                "model",
                {"text": "Look."},
                {"function_call": {"id": "fc1", "name": "depth", "args": {"port": "Leith"}}},
            ),
            turn(
                "user",
                {
                    "function_response": {
                        "id": "fc1",
                        "name": "depth",
                        "response": {"output": "7 m"},
                    }
                },
            ),
        ],
    ),
    "what the model itself said, as it came": Same(
        asked(
            USER,
            said(
                Reasoning("Hm."),
                ToolCall("fc1", "depth", "{}"),
                raw({"text": "Hm.", "thought": True}),
                raw(CALL | {"thoughtSignature": "+/8="}),
                raw({"text": "", "thoughtSignature": "QUJD"}),
            ),
            USER,
        ),
        [
            turn("user", {"text": "Hi"}),
            turn(
                "model",
                {"text": "Hm.", "thought": True},
                {
                    "function_call": {"id": "fc1", "name": "depth", "args": {"port": "Leith"}},
                    "thought_signature": b"\xfb\xff",
                },
                {"text": "", "thought_signature": b"ABC"},
            ),
            turn("user", {"text": "Hi"}),
        ],
    ),
    "a picture and a document": Same(
        asked(
            Message("user", (Text("See"), Media("image/png", PNG), Media("application/pdf", PDF)))
        ),
        [
            turn(
                "user",
                {"text": "See"},
                {"inline_data": {"mime_type": "image/png", "data": PNG}},
                {"inline_data": {"mime_type": "application/pdf", "data": PDF}},
            )
        ],
    ),
    "files by their address": Same(
        asked(
            Message(
                "user",
                (
                    Media("video/mp4", Url("https://a.example/x.mp4")),
                    Media("application/pdf", ProviderFile("https://files.example/v1beta/files/1")),
                ),
            )
        ),
        [
            turn(
                "user",
                {"file_data": {"mime_type": "video/mp4", "file_uri": "https://a.example/x.mp4"}},
                {
                    "file_data": {
                        "mime_type": "application/pdf",
                        "file_uri": "https://files.example/v1beta/files/1",
                    }
                },
            )
        ],
    ),
    "an option below a setting": Same(
        asked(temperature=0.5, options={"generationConfig": {"topK": 40, "candidateCount": 2}}),
        config={"temperature": 0.5, "top_k": 40, "candidate_count": 2},
    ),
    "an option over a setting": Same(
        asked(temperature=0.5, options={"generationConfig": {"temperature": 1}}),
        config={"temperature": 1},
    ),
    "an option that takes a setting out": Same(
        asked(temperature=0.5, seed=1, options={"generationConfig": {"temperature": None}}),
        config={"seed": 1},
    ),
    "options beside it": Same(
        asked(
            options={
                "serviceTier": "flex",
                "safetySettings": [
                    {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
                ],
                "tools": [{"googleSearch": {}}, {"urlContext": {}}, {"codeExecution": {}}],
                "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
                "cachedContent": "cachedContents/1",
                "continuationToken": "dG9r",
            }
        ),
        config={
            "service_tier": "flex",
            "safety_settings": [
                {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
            ],
            "tools": [{"google_search": {}}, {"url_context": {}}, {"code_execution": {}}],
            "tool_config": {"function_calling_config": {"mode": "ANY"}},
            "cached_content": "cachedContents/1",
            "continuation_token": "dG9r",
        },
    ),
    "an answer in JSON": Same(
        asked(
            options={
                "generationConfig": {
                    "responseMimeType": "application/json",
                    "responseJsonSchema": SCHEMA,
                }
            }
        ),
        config={"response_mime_type": "application/json", "response_json_schema": SCHEMA},
    ),
}


@pytest.mark.parametrize("same", SAMES.values(), ids=SAMES)
def test_a_request_is_the_one_that_the_official_sdk_sends(google: Google, same: Same) -> None:
    theirs = sdk_body(google, same.contents, same.ours.model, same.config)
    theirs = {name: value for name, value in theirs.items() if value != {}}
    no_signature = ', "thoughtSignature": "skip_thought_signature_validator"'
    assert json.loads(json.dumps(body_of(same.ours)).replace(no_signature, "")) == theirs


@pytest.mark.parametrize("model", [FLASH, f"models/{FLASH}"])
def test_the_path_is_the_sdks(google: Google, model: str) -> None:
    seen = google.capture_request("Hi", model)
    ((theirs, ours),) = API.items()
    assert call_of(asked(model=model)).url.removeprefix(BASE) == seen.path.removeprefix(theirs)
    assert (seen.method, BASE.rpartition("/")[2]) == ("POST", ours.strip("/"))


def test_the_headers_are_the_sdks(google: Google) -> None:
    seen = google.capture_request("Hi", FLASH)
    call = call_of(asked(), key=Secret(KEY, "environment", "GEMINI_API_KEY"))
    ours = {header.name: header.value for header in call.headers}
    assert ours == {k: v for k, v in seen.headers.items() if k not in TRANSPORT}


def test_a_key_is_only_in_its_header_and_shown_as_its_variable() -> None:
    call = call_of(asked(), key=Secret(KEY, "environment", "GEMINI_API_KEY"))
    assert KEY not in call.url
    assert KEY not in as_curl(call)
    assert "x-goog-api-key: $GEMINI_API_KEY" in as_curl(call)


# --- the SDK reads the tapes: the server that plays them is faithful

# Tapes that this client cannot read: what it raises there says nothing of the tape.
BEYOND_THE_SDK = {
    "cut-inside-an-event": "it calls half an event an unknown answer",
    "error-in-a-list": "it passes over an error in a list",
    "error-list-without-data": "it waits for balanced braces, and a list begins with a bracket",
    "unknown-finish-reason": "it warns of a reason that it does not know",
}
READABLE = sorted(
    path.parent for path in TAPES.glob("*/stream.sse") if path.parent.name not in BEYOND_THE_SDK
)


def parts_of(responses: list[Any]) -> list[Any]:
    first = [r.candidates[0].content for r in responses if r.candidates]
    return [part for content in first if content for part in content.parts or ()]


def stream_of(case: Path) -> bytes:
    return (case / "stream.sse").read_bytes()


def answer_of(case: Path) -> Answer:
    """What we make of a tape."""
    return fold_answer(
        feeding.feed_stream(feeding.make_decoder("gemini", gemini.PROVIDER), stream_of(case))
    )


REFUSING = [case for case in READABLE if (fault := answer_of(case).fault) and fault.status]
ANSWERING = [case for case in READABLE if case not in REFUSING]


@pytest.mark.parametrize("case", REFUSING, ids=lambda case: case.name)
def test_the_official_client_raises_the_error_of_a_tape(google: Google, case: Path) -> None:
    errors = pytest.importorskip("google.genai.errors")
    fault = answer_of(case).fault
    with pytest.raises(errors.APIError) as raised:
        google.read_stream([stream_of(case)])
    assert fault is not None
    assert (raised.value.code, raised.value.status) == (fault.status, fault.code)


@pytest.mark.parametrize("case", ANSWERING, ids=lambda case: case.name)
def test_the_official_client_reads_a_tape_as_we_do(google: Google, case: Path) -> None:
    answer, responses = answer_of(case), google.read_stream([stream_of(case)])
    parts = parts_of(responses)
    assert answer.text == "".join(p.text for p in parts if p.text and not p.thought)
    theirs = [(c.name, c.args or {}) for p in parts if (c := p.function_call)]
    ours = [part for part in answer.message.parts if isinstance(part, ToolCall)]
    assert [(call.name, json.loads(call.arguments)) for call in ours] == theirs
    assert responses[0].response_id == answer.response_id
    usage = next((u for r in reversed(responses) if (u := r.usage_metadata)), None)
    total = (answer.usage.input or 0) + (answer.usage.output or 0)
    assert total == (usage.total_token_count if usage else 0)


@pytest.mark.parametrize("case", ANSWERING, ids=lambda case: case.name)
def test_the_official_client_sees_the_end_of_a_tape_that_we_see(google: Google, case: Path) -> None:
    answer, responses = answer_of(case), google.read_stream([stream_of(case)])
    reasons = [r.candidates[0].finish_reason for r in responses if r.candidates]
    told = [reason.value for reason in reasons if reason]
    blocked = responses[0].prompt_feedback and responses[0].prompt_feedback.block_reason
    told += [blocked.value] if blocked else []
    raw = answer.raw_finish or (answer.fault.code if answer.fault else None)
    assert raw == (told[-1] if told else None)


# --- what only the reference says


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        (FLASH, "none", {"thinkingLevel": "MINIMAL"}),
        (FLASH, "minimal", {"thinkingLevel": "MINIMAL"}),
        (FLASH, "medium", {"thinkingLevel": "MEDIUM"}),
        (FLASH, "max", {"thinkingLevel": "HIGH"}),
        ("gemini-4-argon", "minimal", {"thinkingLevel": "LOW"}),
        ("gemini-4-argon", "xhigh", {"thinkingLevel": "HIGH"}),
        ("gemini-4-hydrogen", "xhigh", {"thinkingLevel": "XHIGH"}),
        (OLD, "none", {"thinkingBudget": 0}),
        (OLD, "max", {"thinkingBudget": 24576}),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 1024}),
        ("gemini-2.5-pro", "max", {"thinkingBudget": 32768}),
    ],
)
def test_an_effort_is_a_level_or_a_budget_of_the_model(
    model: str, effort: str, thinking: dict[str, Any]
) -> None:
    config = body_of(asked(model=model, effort=effort))["generationConfig"]
    assert config["thinkingConfig"] == thinking


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_model_that_nobody_knows_is_asked_for_a_level_that_the_api_has(effort: str) -> None:
    body = body_of(asked(model="gemini-9-new", effort=effort))
    level = body.get("generationConfig", {}).get("thinkingConfig", {}).get("thinkingLevel")
    assert level in (None, "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH")


def test_reasoning_that_is_hidden_is_not_asked_for() -> None:
    assert "generationConfig" not in body_of(asked(show_reasoning=False))


def test_nothing_is_sent_that_nobody_set() -> None:
    assert body_of(asked()) == {"contents": [turn("user", {"text": "Hi"})]}


def test_gemma_is_told_the_system_prompt_in_its_first_turn() -> None:
    body = body_of(asked(SYSTEM, USER, model="gemma-3-27b-it"))
    assert "systemInstruction" not in body
    words = "".join(part["text"] for part in body["contents"][0]["parts"])
    assert words.index("Be brief.") < words.index("Hi")
    assert [each["role"] for each in body["contents"]] == ["user"]


def test_several_system_messages_are_one_instruction() -> None:
    body = body_of(asked(SYSTEM, Message("system", (Text("Be kind."),)), USER))
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief.\n\nBe kind."}]}
    assert [each["role"] for each in body["contents"]] == ["user"]


def test_a_refusal_goes_back_as_text() -> None:
    assert contents_of(USER, said(Refusal("No.")), USER)[1] == turn("model", {"text": "No."})


def test_what_only_another_wire_knows_stays_here() -> None:
    parts = (Text("a"), Raw("chat", {"x": 1}, replay=True), ServerTool("0", "search"))
    assert contents_of(USER, said(*parts, Raw("gemini", {"y": 1})))[1] == turn(
        "model", {"text": "a"}
    )


@pytest.mark.parametrize("parts", [(), (Reasoning("Hm."),), (Raw("chat", {}, replay=True),)])
def test_a_turn_without_anything_to_say_is_left_out(parts: tuple[Any, ...]) -> None:
    assert [each["role"] for each in contents_of(USER, said(*parts), USER)] == ["user", "user"]


@pytest.mark.parametrize(
    ("provider", "model"), [("gemini", OLD), ("xai", FLASH), (None, None), (None, FLASH)]
)
def test_signed_parts_go_back_only_to_the_model_that_made_them(
    provider: str | None, model: str | None
) -> None:
    parts = (Reasoning("Hm."), Text("Hello"), raw({"text": "Hello", "thoughtSignature": "QUJD"}))
    back = contents_of(USER, Message("assistant", parts, provider, model), USER)[1]
    assert back == turn("model", {"text": "Hello"})


@EVERY_FACT
def test_a_recorded_answer_goes_back_with_every_signature_on_its_own_part(fact: Fact) -> None:
    events = read(located(fact.file))
    message = fold_answer(events).message._replace(provider="gemini", model=FLASH)
    kept = [event.item for event in events if isinstance(event, RawItem)]
    assert contents_of(USER, message, USER)[1] == turn("model", *kept)


def test_a_result_names_the_call_that_it_answers_by_the_models_own_id() -> None:
    second = {"functionCall": {"id": "fc2", "name": "depth", "args": {"port": "Oban"}}}
    results = (RESULT, ToolResult("fc2", "depth", (Text("9 m"),)))
    contents = contents_of(USER, said(raw(CALL), raw(second)), Message("tool", results))
    answers = [part["functionResponse"] for part in contents[2]["parts"]]
    assert [(a.get("id"), a["response"]) for a in answers] == [
        ("fc1", {"output": "7 m"}),
        ("fc2", {"output": "9 m"}),
    ]


def test_an_id_that_only_we_made_up_is_not_sent() -> None:
    nameless = {"functionCall": {"name": "depth", "args": {}}}
    call, result = ToolCall("call_0", "depth", "{}"), ToolResult("call_0", "depth", (Text("7"),))
    contents = contents_of(USER, said(call, raw(nameless)), Message("tool", (result,)))
    answer = {"name": "depth", "response": {"output": "7"}}
    assert contents[1:] == [turn("model", nameless), turn("user", {"functionResponse": answer})]


def test_a_result_that_is_an_error_says_so() -> None:
    result = ToolResult("fc1", "depth", (Text("no "), Text("port")), is_error=True)
    (part,) = contents_of(USER, said(raw(CALL)), Message("tool", (result,)))[2]["parts"]
    assert part["functionResponse"]["response"] == {"error": "no port"}


@pytest.mark.parametrize("arguments", ["", "{", "[1]", "null", '"x"', "1"])
def test_arguments_that_are_no_object_are_sent_as_an_empty_one(arguments: str) -> None:
    (part,) = contents_of(USER, said(ToolCall("a", "f", arguments), model="x"))[1]["parts"]
    assert part["functionCall"]["args"] == {}


def test_an_answer_in_one_piece_has_a_path_of_its_own() -> None:
    call = call_of(asked()._replace(stream=False))
    assert call.url == f"{BASE}/models/{FLASH}:generateContent"
    assert json.loads(b"".join(call.body)) == body_of(asked())


@pytest.mark.parametrize("model", ["a/b", "a?b", "a#b", "a b", "../a", "å", "a:b"])
def test_a_model_of_any_name_stays_one_piece_of_the_path(model: str) -> None:
    path = call_of(asked(model=model)).url.removeprefix(f"{BASE}/models/")
    name, _, rest = path.rpartition(":")
    assert rest == "streamGenerateContent?alt=sse"
    assert not set("/?# :") & set(name)


def test_media_is_a_piece_of_its_own_and_in_its_place() -> None:
    parts = (Media("image/png", PNG), Text("and"), Media("application/pdf", PDF))
    call = call_of(asked(Message("user", parts)))
    assert (call.body[1], call.body[3]) == (b64(PNG).encode(), b64(PDF).encode())
    sent = json.loads(b"".join(call.body))["contents"][0]["parts"]
    assert [p.get("inlineData", {}).get("data") for p in sent] == [b64(PNG), None, b64(PDF)]


def test_a_lone_surrogate_does_not_keep_a_request_from_being_sent() -> None:
    call = call_of(asked(Message("user", (Text("a\ud83d"),))))
    assert "a\ufffd" in b"".join(call.body).decode("utf-8")


def test_the_endpoints_defaults_and_headers_lie_below_and_above_ours() -> None:
    fields = {"defaults": {"cachedContent": "c", "x": 1}, "headers": (("X-Goog-Api-Key", "u"),)}
    request = asked(options={"x": None})
    assert body_of(request, **fields)["cachedContent"] == "c"
    assert "x" not in body_of(request, **fields)
    call = call_of(request, key=Secret(KEY, "environment", "GEMINI_API_KEY"), **fields)
    assert [h.value for h in call.headers if h.name.lower() == "x-goog-api-key"] == ["u"]


def test_a_limit_typed_as_an_option_is_the_users_own(aichat: Program) -> None:
    with Server(
        default=Reply(headers=SSE, body=[(TAPES / "max-tokens/stream.sse").read_bytes()])
    ) as s:
        aichat.environ |= {"GEMINI_API_KEY": KEY, "AICHAT_GEMINI_BASE_URL": f"{s.url}/v1beta"}
        done = aichat.run("ask", "-p", "gemini", "-o", "generationConfig.maxOutputTokens=2", "Hi")
    assert (done.text, done.code) == ("Once upon\n", 0)
    assert "limit" in done.stderr
