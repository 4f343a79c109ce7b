"""The scripted answers are faithful: official SDKs read them, recordings have the same shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.answering import answers
from tests.support.answering.answers import ScriptedCall, ScriptedCitation, events_of, scripted_call
from tests.support.answering.server import Reply, Server
from tests.support.running.program import RECORDED

ASKED: Any = [{"role": "user", "content": "hi"}]
TIDE = [
    ScriptedCitation("https://a.example/tide", "Tide board", 0, 5),
    ScriptedCitation("https://b.example/", "B", 6, 9),
]
DEPTH = (
    scripted_call("depth", '{"po', 'rt":', '"Leith"}'),
    scripted_call("tide", "{}", call_id="call_2"),
)
TEXT = ["Hé", "llo\u2028", "👩‍💻 [1]"]


class Sdk(NamedTuple):
    """An official SDK: its module, and a maker of clients for a server."""

    module: Any
    client: Callable[[Server], Any]


def sdk_of(name: str, maker: str, path: str) -> Iterator[Sdk]:
    module = pytest.importorskip(name)
    with module.DefaultHttpxClient(trust_env=False) as http:
        kind = getattr(module, maker)
        client = kind(api_key="k", base_url="http://127.0.0.1:9", max_retries=0, http_client=http)
        yield Sdk(module, lambda server: client.with_options(base_url=server.url + path))


@pytest.fixture(scope="module")
def openai() -> Iterator[Sdk]:
    yield from sdk_of("openai", "OpenAI", "/v1")


@pytest.fixture(scope="module")
def perplexity() -> Iterator[Sdk]:
    yield from sdk_of("perplexity", "Perplexity", "")


@pytest.fixture(scope="module")
def anthropic() -> Iterator[Sdk]:
    yield from sdk_of("anthropic", "Anthropic", "")


def respond(sdk: Sdk, reply: Reply, **options: Any) -> Any:
    """What the SDK makes of ``reply``: a response, or with ``stream`` a list of events."""
    with Server(reply) as server:
        found = sdk.client(server).responses.create(model="m", input="hi", **options)
        if not options.get("stream"):
            return found
        with found:
            return list(found)


def final_message(sdk: Sdk, reply: Reply, stream: bool = True) -> Any:
    """The message that Anthropic's SDK puts together."""
    with Server(reply) as server:
        messages = sdk.client(server).messages
        asked: Any = {"model": "m", "max_tokens": 9, "messages": ASKED}
        if not stream:
            return messages.create(**asked)
        with messages.stream(**asked) as events:
            return events.get_final_message()


def events_of_kind(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if event.type == kind]


# --- the Responses wire, read by OpenAI's SDK (which is xAI's documented client too)


@pytest.mark.parametrize("style", ["openai", "xai"])
def test_openai_reads_a_stream(openai: Sdk, style: Any) -> None:
    reply = answers.responses_stream(
        TEXT, reasoning=["Ebb", " first."], tool_calls=DEPTH, citations=TIDE, style=style, model="x"
    )
    events = respond(openai, reply, stream=True)
    deltas = events_of_kind(events, "response.output_text.delta")
    assert "".join(event.delta for event in deltas) == "".join(TEXT)
    thoughts = events_of_kind(events, "response.reasoning_summary_text.delta")
    assert [event.delta for event in thoughts] == ["Ebb", " first."]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    last = events[-1]
    assert last.type == "response.completed"
    assert (last.response.status, last.response.model) == ("completed", "x")
    assert last.response.output_text == "".join(TEXT)
    assert [item.type for item in last.response.output] == [
        "reasoning",
        "web_search_call",
        "message",
        "function_call",
        "function_call",
    ]


@pytest.mark.parametrize(("style", "fragments"), [("openai", 4), ("xai", 2)])
def test_openai_reads_tool_calls_in_each_styles_fragments(
    openai: Sdk, style: Any, fragments: int
) -> None:
    events = respond(
        openai, answers.responses_stream([], tool_calls=DEPTH, style=style), stream=True
    )
    pieces: dict[int, str] = {}
    deltas = events_of_kind(events, "response.function_call_arguments.delta")
    for event in deltas:
        pieces[event.output_index] = pieces.get(event.output_index, "") + event.delta
    assert len(deltas) == fragments
    assert pieces == {0: '{"port":"Leith"}', 1: "{}"}
    calls = [(i.call_id, i.name, i.arguments) for i in events[-1].response.output]
    assert calls == [("call_1", "depth", '{"port":"Leith"}'), ("call_2", "tide", "{}")]


@pytest.mark.parametrize("style", ["openai", "xai"])
@pytest.mark.parametrize("stream", [True, False])
def test_openai_reads_usage_citations_and_what_replay_needs(
    openai: Sdk, style: Any, stream: bool
) -> None:
    asked: dict[str, Any] = {"reasoning": "Ebb.", "citations": TIDE, "style": style}
    if stream:
        reply = answers.responses_stream(["High water"], **asked | {"reasoning": ["Ebb."]})
        response = respond(openai, reply, stream=True)[-1].response
    else:
        response = respond(openai, answers.responses_whole("High water", **asked))
    reasoning, search, message = response.output
    assert (reasoning.summary[0].text, reasoning.encrypted_content) == ("Ebb.", "gAAAsealed")
    assert search.action.sources[0].url == TIDE[0].url
    spans = [(a.url, a.start_index, a.end_index) for a in message.content[0].annotations]
    assert spans == [(c.url, c.start, c.end) for c in TIDE]
    usage = answers.USAGES[style]
    assert response.usage.input_tokens == usage["input_tokens"]
    assert response.usage.input_tokens_details.cached_tokens > 0
    assert response.usage.output_tokens_details.reasoning_tokens > 0


@pytest.mark.parametrize("style", ["openai", "xai"])
def test_openai_reads_a_whole_answer(openai: Sdk, style: Any) -> None:
    reply = answers.responses_whole("Aye", tool_calls=DEPTH, style=style, model="x/y")
    response = respond(openai, reply)
    assert (response.output_text, response.status, response.model) == ("Aye", "completed", "x/y")
    assert [item.type for item in response.output] == ["message", "function_call", "function_call"]
    assert response.output[1].arguments == '{"port":"Leith"}'


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
def test_openai_reads_why_an_answer_is_not_whole(openai: Sdk, reason: str) -> None:
    streamed = respond(openai, answers.responses_stream(["Ay"], incomplete=reason), stream=True)
    assert streamed[-1].type == "response.incomplete"
    whole = respond(openai, answers.responses_whole("Ay", incomplete=reason))
    for response in (streamed[-1].response, whole):
        assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)
        assert response.output[0].status == "incomplete"


def test_openai_reads_a_refusal(openai: Sdk) -> None:
    events = respond(openai, answers.responses_stream([], refusal=["I ", "can't."]), stream=True)
    assert "".join(e.delta for e in events_of_kind(events, "response.refusal.delta")) == "I can't."
    whole = respond(openai, answers.responses_whole(None, refusal="I can't."))
    for response in (events[-1].response, whole):
        assert response.output[0].content[0].refusal == "I can't."
        assert response.output_text == ""


CLASSES = [
    (400, "invalid_value", "BadRequestError"),
    (401, "invalid_api_key", "AuthenticationError"),
    (403, "unsupported_country_region_territory", "PermissionDeniedError"),
    (404, "model_not_found", "NotFoundError"),
    (422, "unprocessable", "UnprocessableEntityError"),
    (429, "insufficient_quota", "RateLimitError"),
    (500, "server_error", "InternalServerError"),
]


@pytest.mark.parametrize(("status", "code", "kind"), CLASSES)
def test_openai_knows_the_class_of_an_error(openai: Sdk, status: int, code: str, kind: str) -> None:
    reply = answers.responses_error(status, "No.", code, param="model")
    with pytest.raises(getattr(openai.module, kind)) as caught:
        respond(openai, reply, stream=True)
    assert (caught.value.code, caught.value.param) == (code, "model")
    assert caught.value.status_code == status


def test_xais_error_is_a_text_beside_its_code(openai: Sdk) -> None:
    reply = answers.responses_error(400, "Incorrect API key", "invalid-argument", style="xai")
    with pytest.raises(openai.module.BadRequestError) as caught:
        respond(openai, reply)
    said = {"code": "invalid-argument", "error": "Incorrect API key"}
    assert caught.value.response.json() == said


@pytest.mark.parametrize("shape", ["recorded", "nested"])
def test_openai_raises_an_error_inside_a_stream(openai: Sdk, shape: Any) -> None:
    reply = answers.responses_stream_error("Boom", "rate_limit_exceeded", after=["Ay"], shape=shape)
    with pytest.raises(openai.module.APIError, match="Boom") as caught:
        respond(openai, reply, stream=True)
    assert caught.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize(
    ("style", "shape", "kind"),
    [("openai", "flat", "error"), ("xai", "recorded", "error"), ("openai", "failed", "")],
)
def test_openai_reads_an_error_that_is_an_event(
    openai: Sdk, style: Any, shape: Any, kind: str
) -> None:
    reply = answers.responses_stream_error("Boom", after=["Ay"], style=style, shape=shape)
    last = respond(openai, reply, stream=True)[-1]
    assert last.type == (kind or "response.failed")
    error = last if kind else last.response.error
    assert (error.code, error.message) == ("server_error", "Boom")


def test_a_failure_is_told_twice_as_in_the_recorded_one() -> None:
    path = RECORDED / "openai/responses-stream-rate-limited-1.sse"
    if not path.exists():
        pytest.skip("the recordings in ../shared are absent")
    ours, theirs = events_of(answers.responses_stream_error("Boom")), [*_recorded(path)]
    assert [e["type"] for e in ours] == [e["type"] for e in theirs]
    assert _shape(ours[2]) == _shape(theirs[2])
    assert ours[3]["response"]["error"].keys() == theirs[3]["response"]["error"].keys()


def test_openai_reads_a_failure_of_status_200(openai: Sdk) -> None:
    error = {"code": "server_error", "message": "Boom"}
    response = respond(openai, answers.responses_whole(None, error=error))
    assert (response.status, response.error.message) == ("failed", "Boom")
    assert response.usage is None


# --- Perplexity's dialect, read by its own SDK


def test_perplexity_reads_a_stream(perplexity: Sdk) -> None:
    reply = answers.responses_stream(
        TEXT, reasoning=["Look it up."], tool_calls=DEPTH, citations=TIDE, style="perplexity"
    )
    events = respond(perplexity, reply, stream=True)
    deltas = events_of_kind(events, "response.output_text.delta")
    assert "".join(event.delta for event in deltas) == "".join(TEXT)
    assert events_of_kind(events, "response.reasoning.started")[0].thought == "Look it up."
    found = events_of_kind(events, "response.reasoning.search_results")[0].results
    assert [(r.id, r.url) for r in found] == [(1, TIDE[0].url), (2, TIDE[1].url)]
    last = events[-1]
    assert (last.type, last.response.model) == ("response.completed", "perplexity/sonar")
    kinds = [item.type for item in last.response.output]
    assert kinds == ["search_results", "message", "function_call", "function_call"]
    assert last.response.output[2].arguments == '{"port":"Leith"}'
    usage = last.response.usage
    assert (usage.input_tokens, usage.cost.total_cost) == (900, 0.00274)
    assert usage.tool_calls_details["search_web"].invocation == 1


def test_perplexitys_search_is_a_call_until_it_is_a_result() -> None:
    events = events_of(answers.responses_stream(["a"], citations=TIDE, style="perplexity"))
    items = [e["item"] for e in events if e.get("output_index") == 0 and "item" in e]
    assert [(i["type"], i.get("name")) for i in items] == [
        ("function_call", "search_web"),
        ("search_results", None),
    ]
    assert not any("content_part" in e["type"] for e in events)


def test_perplexity_reads_a_whole_answer(perplexity: Sdk) -> None:
    reply = answers.responses_whole("06:12 [1]", citations=TIDE, style="perplexity")
    response = respond(perplexity, reply)
    assert (response.output_text, response.status) == ("06:12 [1]", "completed")
    assert response.output[0].results[0].url == TIDE[0].url


def test_perplexity_reads_a_failure_beside_the_response(perplexity: Sdk) -> None:
    events = respond(
        perplexity,
        answers.responses_stream_error(
            "Boom", "500", error_type="internal_error", style="perplexity"
        ),
        stream=True,
    )
    assert (events[-1].type, events[-1].error.message) == ("response.failed", "Boom")


@pytest.mark.parametrize(("status", "code", "kind"), CLASSES)
def test_perplexity_knows_the_class_of_an_error(
    perplexity: Sdk, status: int, code: str, kind: str
) -> None:
    reply = answers.responses_error(status, "No.", code, style="perplexity")
    with pytest.raises(getattr(perplexity.module, kind)) as caught:
        respond(perplexity, reply)
    assert caught.value.body["error"] == {"message": "No.", "type": code, "code": status}


# --- the Messages wire


@pytest.mark.parametrize("stream", [True, False])
def test_anthropic_reads_an_answer(anthropic: Sdk, stream: bool) -> None:
    asked: dict[str, Any] = {"tool_uses": DEPTH, "citations": TIDE, "model": "claude-x"}
    if stream:
        reply = answers.messages_stream(TEXT, thinking=["Ebb", " first."], **asked)
    else:
        reply = answers.messages_whole("".join(TEXT), thinking="Ebb first.", **asked)
    message = final_message(anthropic, reply, stream)
    thinking, search, found, text, depth, tide = message.content
    assert (thinking.thinking, thinking.signature) == ("Ebb first.", "EqQBsigned")
    assert (search.name, search.input) == ("web_search", {"query": "leith high water"})
    assert [result.url for result in found.content] == [cited.url for cited in TIDE]
    assert text.text == "".join(TEXT)
    assert [citation.url for citation in text.citations] == [cited.url for cited in TIDE]
    assert (depth.id, depth.name, depth.input) == ("call_1", "depth", {"port": "Leith"})
    assert (tide.name, tide.input) == ("tide", {})
    assert (message.stop_reason, message.model) == ("tool_use", "claude-x")
    usage = message.usage
    assert (usage.input_tokens, usage.output_tokens) == (14, 64)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (900, 100)
    assert usage.output_tokens_details.thinking_tokens == 31


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "ending",
    [
        {"stop_reason": "end_turn"},
        {"stop_reason": "max_tokens"},
        {"stop_reason": "stop_sequence", "stop_sequence": "END"},
        {"stop_reason": "pause_turn"},
        {"stop_reason": "model_context_window_exceeded"},
        {
            "stop_reason": "refusal",
            "stop_details": {"type": "refusal", "category": "bio", "explanation": "No."},
        },
    ],
    ids=lambda ending: ending["stop_reason"],
)
def test_anthropic_reads_why_an_answer_ended(
    anthropic: Sdk, stream: bool, ending: dict[str, Any]
) -> None:
    made = answers.messages_stream if stream else answers.messages_whole
    message = final_message(anthropic, made("a", **ending), stream)
    assert message.stop_reason == ending["stop_reason"]
    assert message.stop_sequence == ending.get("stop_sequence")
    details = message.stop_details and message.stop_details.to_dict()
    assert details == ending.get("stop_details")


@pytest.mark.parametrize(
    ("status", "kind", "name"),
    [
        (400, "invalid_request_error", "BadRequestError"),
        (401, "authentication_error", "AuthenticationError"),
        (403, "permission_error", "PermissionDeniedError"),
        (404, "not_found_error", "NotFoundError"),
        (409, "conflict_error", "ConflictError"),
        (413, "request_too_large", "RequestTooLargeError"),
        (429, "rate_limit_error", "RateLimitError"),
        (500, "api_error", "InternalServerError"),
        (529, "overloaded_error", "OverloadedError"),
    ],
)
def test_anthropic_knows_the_class_of_an_error(
    anthropic: Sdk, status: int, kind: str, name: str
) -> None:
    from anthropic import _exceptions

    reply = answers.messages_error(status, kind, "No.", error_code="some_code")
    with pytest.raises(getattr(_exceptions, name)) as caught:
        final_message(anthropic, reply)
    error = caught.value
    assert (error.type, error.api_message, error.error_code) == (kind, "No.", "some_code")
    assert (error.request_id, error.body["request_id"]) == ("req_011", "req_011")


def test_anthropic_raises_an_error_inside_a_stream(anthropic: Sdk) -> None:
    reply = answers.messages_stream_error("overloaded_error", "Overloaded", after=["Ay"])
    with pytest.raises(anthropic.module.APIStatusError) as caught:
        final_message(anthropic, reply)
    assert (caught.value.type, caught.value.api_message) == ("overloaded_error", "Overloaded")
    assert [e["type"] for e in events_of(reply)][-2:] == ["content_block_delta", "error"]


# --- every event by the SDKs' own models, and against recordings


#: What was recorded and the SDKs' models do not know: an item without its later fields.
BEYOND = {
    ("response.output_item.added", "web_search_call"),  # no action yet
    ("response.output_item.added", "message"),  # Perplexity: content is null
}
EVERYTHING: dict[str, Any] = {"reasoning": ["Ebb."], "tool_calls": DEPTH, "citations": TIDE}
STREAMS: dict[str, tuple[str, str, Reply]] = {
    "openai": (
        "openai.types.responses",
        "ResponseStreamEvent",
        answers.responses_stream(TEXT, **EVERYTHING),
    ),
    "openai cut": (
        "openai.types.responses",
        "ResponseStreamEvent",
        answers.responses_stream(["Ay"], incomplete="max_output_tokens"),
    ),
    "openai refusal": (
        "openai.types.responses",
        "ResponseStreamEvent",
        answers.responses_stream([], refusal=["No."]),
    ),
    "openai failed": (
        "openai.types.responses",
        "ResponseStreamEvent",
        answers.responses_stream_error("Boom", after=["Ay"], shape="failed"),
    ),
    "perplexity": (
        "perplexity.types.response_stream_chunk",
        "ResponseStreamChunk",
        answers.responses_stream(TEXT, **EVERYTHING, style="perplexity"),
    ),
    "perplexity failed": (
        "perplexity.types.response_stream_chunk",
        "ResponseStreamChunk",
        answers.responses_stream_error("Boom", after=["Ay"], style="perplexity"),
    ),
    "anthropic": (
        "anthropic.types",
        "RawMessageStreamEvent",
        answers.messages_stream(TEXT, thinking=["Ebb."], tool_uses=DEPTH, citations=TIDE),
    ),
}


@pytest.mark.parametrize(("module", "name", "reply"), STREAMS.values(), ids=STREAMS)
def test_every_event_fits_the_sdks_model(module: str, name: str, reply: Reply) -> None:
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.TypeAdapter(getattr(pytest.importorskip(module), name))
    events = [e for e in events_of(reply) if e["type"] != "ping" and _known(e)]
    assert len(events) > 3
    for event in events:
        model.validate_python(event)


def _known(event: dict[str, Any]) -> bool:
    return (event["type"], event.get("item", {}).get("type")) not in BEYOND


#: Our stream, the recordings that it resembles, and how many kinds of events both must have.
RESEMBLES: dict[str, tuple[tuple[str, ...], Reply, int]] = {
    "openai": (
        (
            "openai/responses-openai-web-search-tool-1.jsonl",  # 2025: the later ones count
            "openai/responses-streaming-grammar-incomplete-mid-tool-call.sse",
            "openai/responses-responses-sessions-parallel-tool-calls-single-turn-streaming.sse",
        ),
        answers.responses_stream(TEXT, **EVERYTHING),
        19,
    ),
    "openai refusal": (
        ("openai/responses-refusal-matrix-responses-agent-streaming-refusal-surfaces.sse",),
        answers.responses_stream([], refusal=["No."]),
        9,
    ),
    "xai": (
        (
            "xai/responses-response-identity-streaming-terminal-carries-identity.sse",
            "xai/responses-agent-tool-sessions-parallel-tool-calls-single-turn-streaming.sse",
        ),
        answers.responses_stream(TEXT, reasoning=["Ebb."], tool_calls=DEPTH, style="xai"),
        18,
    ),
    "perplexity": (
        ("perplexity/agent-agent-search-stream.sse",),
        answers.responses_stream(TEXT, citations=TIDE, style="perplexity"),
        11,
    ),
    "anthropic": (
        ("anthropic/messages-reasoning-tool-roundtrip-streaming.sse",),
        answers.messages_stream(TEXT, thinking=["Ebb."], tool_uses=DEPTH),
        12,
    ),
}


@pytest.mark.parametrize(("names", "reply", "common"), RESEMBLES.values(), ids=RESEMBLES)
def test_every_event_has_the_fields_of_a_recorded_one(
    names: tuple[str, ...], reply: Reply, common: int
) -> None:
    recorded = {}
    for path in (RECORDED / name for name in names):
        if not path.exists():
            pytest.skip("the recordings in ../shared are absent")
        recorded |= {_kind(e): _shape(e) for e in reversed(list(_recorded(path)))}
    ours = {_kind(event): _shape(event) for event in events_of(reply)}
    both = ours.keys() & recorded.keys()
    assert {kind: ours[kind] for kind in both} == {kind: recorded[kind] for kind in both}
    assert len(both) >= common, sorted(ours.keys() - both)


def _recorded(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").split("\n"):
        if line.startswith("data: ") or (path.suffix == ".jsonl" and line):
            yield json.loads(line.removeprefix("data: "))


def _inner(event: dict[str, Any]) -> dict[str, Any]:
    names = ("item", "part", "content_block", "delta")
    return next((event[n] for n in names if isinstance(event.get(n), dict)), {})


def _kind(event: dict[str, Any]) -> tuple[str, str]:
    return event["type"], _inner(event).get("type", "")


#: Sealed reasoning comes where it was asked for.
OPTIONAL = {"encrypted_content", "usage"}


def _shape(event: dict[str, Any]) -> dict[str, Any]:
    """Field names, one level down too."""
    return {
        name: sorted(value.keys() - OPTIONAL) if isinstance(value, dict) else None
        for name, value in event.items()
        if name != "usage"
    }


# --- the helpers


def test_a_stream_can_be_cut_before_an_event() -> None:
    reply = answers.cut_before(answers.responses_stream(["a"]), "response.completed")
    assert events_of(reply)[-1]["type"] == "response.output_item.done"
    reply = answers.cut_before(answers.messages_stream(["a"]), "message_delta")
    assert events_of(reply)[-1]["type"] == "content_block_stop"


def test_a_call_is_told_whole_or_in_pieces() -> None:
    assert scripted_call("f", "{", "}") == ScriptedCall("f", ("{", "}"), "call_1")
    assert scripted_call("f", "{", "}").arguments == "{}"


@pytest.mark.parametrize("style", ["openai", "xai", "perplexity"])
def test_no_sentinel_ends_a_responses_stream(style: Any) -> None:
    body = b"".join(step for step in answers.responses_stream(["a"], style=style).body)  # type: ignore[misc]
    assert b"[DONE]" not in body
    assert body.count(b"event: ") == body.count(b"data: ")
    assert body.startswith(b": keepalive") == (style == "xai")


def test_a_usage_may_be_another_or_none() -> None:
    given = answers.responses_stream(["a"], usage={"input_tokens": 7})
    assert events_of(given)[-1]["response"]["usage"] == {"input_tokens": 7}
    absent = answers.responses_stream(["a"], usage=None)
    assert events_of(absent)[-1]["response"]["usage"] is None
