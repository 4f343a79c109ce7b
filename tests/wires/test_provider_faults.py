"""What each provider's refusals and failures mean: every row of the reference's error tables."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat import providers, wires
from aichat.core.exchange.event import Failure
from aichat.core.exchange.outcome import with_fault
from aichat.errors import Fault
from tests.support.running.program import RECORDED
from tests.support.values.feeding import feed_stream, fold_answer, make_decoder, sse_of
from tests.wires.chat.test_fault import Refused, error, invalid


def typed(kind: str, message: str = "m", **details: Any) -> dict[str, Any]:
    """Anthropic's shape."""
    inner = {"type": kind, "message": message, **({"details": details} if details else {})}
    return {"type": "error", "error": inner, "request_id": "req_body"}


def plain(message: str, code: str = "invalid-argument") -> dict[str, str]:
    """xAI's shape."""
    return {"code": code, "error": message}


def agent(code: int, kind: str, message: str = "m", **more: Any) -> dict[str, Any]:
    """Perplexity's shape."""
    return {"error": {"message": message, "type": kind, "code": code, **more}}


SPENT = "Your team has either used all available credits or reached its monthly spending limit."
NEW_TEAM = "Your newly created team doesn't have any credits or licenses yet."

OPENAI = {  # reference, 2f
    "bad request": Refused(400, invalid(), "invalid_request", 5),
    "context": Refused(
        400, invalid(code="context_length_exceeded", param="input"), "context_length", 5
    ),
    "parameter": Refused(
        400, invalid(code="unsupported_parameter", param="stop"), "invalid_request", 5
    ),
    "value": Refused(
        400, invalid(code="unsupported_value", param="temperature"), "invalid_request", 5
    ),
    "unknown parameter": Refused(
        400, invalid(code="unknown_parameter", param="seed"), "invalid_request", 5
    ),
    "model, on responses": Refused(
        400, invalid(code="model_not_found", param="model"), "not_found", 5
    ),
    "earlier response": Refused(
        400, invalid(code="previous_response_not_found"), "invalid_request", 5
    ),
    "reasoning alone": Refused(
        400,
        invalid("Item 'rs_1' of type 'reasoning' was provided without its required following item"),
        "invalid_request",
        5,
    ),
    "key": Refused(401, {**invalid(code="invalid_api_key"), "status": 401}, "auth", 4),
    "country": Refused(403, error(code="unsupported_country_region_territory"), "permission", 4),
    "project": Refused(403, error("Project does not have access"), "permission", 4),
    "model, elsewhere": Refused(404, invalid(code="model_not_found"), "not_found", 5),
    "time-out": Refused(408, error(), "timeout", 8, True),
    "lock": Refused(409, error(), "server", 7, True),
    "unprocessable": Refused(422, invalid(), "invalid_request", 5),
    "rate": Refused(429, error(type="requests", code="rate_limit_exceeded"), "rate_limit", 6, True),
    "tokens": Refused(429, error(type="tokens", code="rate_limit_exceeded"), "rate_limit", 6, True),
    "quota": Refused(429, error(type="insufficient_quota", code="insufficient_quota"), "quota", 6),
    "server": Refused(500, error(type="server_error"), "server", 7, True),
    "gateway": Refused(502, b"<html>502</html>", "server", 7, True),
    "slow down": Refused(503, error("Slow down"), "overloaded", 7, True),
}
XAI = {  # 4f; the texts of an empty account as its users report them (continue#10373, #12670)
    "key": Refused(400, plain("Incorrect API key provided. You can obtain one."), "auth", 4),
    "key, another code": Refused(400, plain("Incorrect API key provided: x", "400"), "auth", 4),
    "model": Refused(400, plain("Model not found: grok-9"), "not_found", 5),
    "parameter": Refused(
        400,
        plain("Model grok-4.5 does not support parameter frequencyPenalty."),
        "invalid_request",
        5,
    ),
    "fields": Refused(422, plain("missing field `input`"), "invalid_request", 5),
    "key's rights": Refused(403, plain("The key lacks this ACL", "forbidden"), "permission", 4),
    "blocked team": Refused(403, plain("team is blocked", "forbidden"), "permission", 4),
    "retired": Refused(410, plain("Live search is deprecated", "gone"), "invalid_request", 5),
    "rate": Refused(429, plain("Too many requests", "resource-exhausted"), "rate_limit", 6, True),
    "server": Refused(500, plain("oops", "internal"), "server", 7, True),
    "overloaded": Refused(503, plain("busy", "unavailable"), "overloaded", 7, True),
    "no credits yet": Refused(403, plain(NEW_TEAM, "permission-denied"), "quota", 6),
    "no credits left": Refused(403, plain(SPENT, "permission-denied"), "quota", 6),
    "no credits left, as a rate": Refused(429, plain(SPENT, "resource-exhausted"), "quota", 6),
    "out of credits": Refused(
        403, plain("You have run out of credits or need a Grok subscription."), "quota", 6
    ),
    "openai's shape": Refused(400, invalid("Incorrect API key provided"), "auth", 4),
    "a text alone": Refused(400, b'"Incorrect API key provided"', "auth", 4),
}
GROQ = {  # 5f
    "bad request": Refused(400, invalid(), "invalid_request", 5),
    "bad call": Refused(
        400, invalid(code="tool_use_failed", failed_generation="{"), "malformed_tool_call", 7
    ),
    "key": Refused(401, invalid("Invalid API Key", code="invalid_api_key"), "auth", 4),
    "no right": Refused(403, error(type="permission_error"), "permission", 4),
    "model": Refused(404, invalid(code="model_not_found"), "not_found", 5),
    "too large": Refused(413, invalid("Request Entity Too Large"), "invalid_request", 5),
    "above the minute": Refused(
        413, error(type="tokens", code="rate_limit_exceeded"), "rate_limit", 6
    ),
    "unprocessable": Refused(422, invalid(), "invalid_request", 5),
    "dependency": Refused(424, invalid(), "invalid_request", 5),
    "rate": Refused(429, error(type="tokens", code="rate_limit_exceeded"), "rate_limit", 6, True),
    "flex": Refused(498, error(code="capacity_exceeded"), "overloaded", 7, True),
    "flex, in few words": Refused(498, b"", "overloaded", 7, True),
    "server": Refused(500, error(type="internal_server_error"), "server", 7, True),
    "gateway": Refused(502, error(), "server", 7, True),
    "overloaded": Refused(503, error(), "overloaded", 7, True),
}
ANTHROPIC = {  # 6f
    "bad request": Refused(400, typed("invalid_request_error"), "invalid_request", 5),
    "sampling": Refused(
        400, typed("invalid_request_error", "temperature: not supported"), "invalid_request", 5
    ),
    "no credit": Refused(
        400,
        typed("invalid_request_error", "Your credit balance is too low to access the API."),
        "quota",
        6,
    ),
    "too long": Refused(
        400,
        typed("invalid_request_error", "prompt is too long: 3333404 tokens > 200000 maximum"),
        "context_length",
        5,
    ),
    "key": Refused(401, typed("authentication_error", "invalid x-api-key"), "auth", 4),
    "billing": Refused(402, typed("billing_error"), "quota", 6),
    "no right": Refused(403, typed("permission_error"), "permission", 4),
    "model": Refused(404, typed("not_found_error", "model: claude-9"), "not_found", 5),
    "too large": Refused(413, typed("request_too_large"), "invalid_request", 5),
    "rate": Refused(429, typed("rate_limit_error"), "rate_limit", 6, True),
    "spend limit": Refused(
        429, typed("rate_limit_error", error_code="enforced_spend_limit_reached"), "quota", 6
    ),
    "contract": Refused(
        429, typed("rate_limit_error", error_code="contract_spend_limit_reached"), "quota", 6
    ),
    "server": Refused(500, typed("api_error"), "server", 7, True),
    "time-out": Refused(504, typed("timeout_error"), "server", 7, True),
    "overloaded": Refused(529, typed("overloaded_error"), "overloaded", 7, True),
    "overloaded, in few words": Refused(529, b"", "overloaded", 7, True),
}
PERPLEXITY = {  # 7f
    "bad request": Refused(400, agent(400, "invalid_request"), "invalid_request", 5),
    "unknown field": Refused(
        400,
        agent(400, "invalid_request", 'unknown field "seed"', param="seed"),
        "invalid_request",
        5,
    ),
    "model": Refused(400, agent(400, "invalid_model"), "not_found", 5),
    "parameter": Refused(400, agent(400, "invalid_parameter"), "invalid_request", 5),
    "date": Refused(400, agent(400, "invalid_date_format"), "invalid_request", 5),
    "too long, sonar": Refused(400, agent(400, "too_many_prompt_tokens"), "context_length", 5),
    "key": Refused(401, agent(401, "invalid_api_key", "Invalid API key provided."), "auth", 4),
    "no credits": Refused(401, agent(401, "insufficient_credits", "No credits left"), "quota", 6),
    "quota": Refused(
        401, agent(401, "insufficient_quota", "You exceeded your current quota"), "quota", 6
    ),
    "credits, in words": Refused(
        401, agent(401, "forbidden", "You have insufficient credits."), "quota", 6
    ),
    "credits exhausted": Refused(
        401, agent(401, "unauthorized", "Your API credits are exhausted."), "quota", 6
    ),
    "exhausted credits": Refused(
        401, agent(401, "forbidden", "You have exhausted your credits."), "quota", 6
    ),
    "no right": Refused(403, agent(403, "forbidden"), "permission", 4),
    "nothing there": Refused(404, agent(404, "not_found"), "not_found", 5),
    "too large": Refused(413, agent(413, "request_too_large"), "invalid_request", 5),
    "mcp server": Refused(424, agent(424, "mcp_unreachable"), "invalid_request", 5),
    "fields, sonar": Refused(
        422, {"detail": [{"loc": ["body", "x"], "msg": "field required"}]}, "invalid_request", 5
    ),
    "a reason, sonar": Refused(400, {"detail": "bad date"}, "invalid_request", 5),
    "rate": Refused(429, agent(429, "request_rate_limit_exceeded"), "rate_limit", 6, True),
    "server": Refused(500, agent(500, "internal_error"), "server", 7, True),
    "gateway": Refused(502, agent(502, "bad_gateway"), "server", 7, True),
    "schema": Refused(500, agent(500, "upstream_structured_output_failed"), "server", 7, True),
    "late gateway": Refused(504, agent(504, "gateway_timeout"), "server", 7, True),
}
TABLES = {
    "openai": OPENAI,
    "xai": XAI,
    "groq": GROQ,
    "anthropic": ANTHROPIC,
    "perplexity": PERPLEXITY,
}
CASES = {
    f"{who}/{wire}: {name}": (wire, case)
    for who, table in TABLES.items()
    for wire in providers.load(who).wires
    for name, case in table.items()
}


class Told(NamedTuple):
    """What a recorded refusal must become."""

    wire: str
    kind: str
    exit_code: int
    words: str
    request_id: str | None = None


# provider -> the rest of the file's name; status, headers and bodies are the recordings' own
RECORDED_FAULTS = {
    "anthropic": {
        "messages-rios-anthropic-claude-haiku-4-5-handles-context-length-exceeded-errors": Told(
            "messages", "context_length", 5, "prompt is too long", "<REQUEST_ID>"
        ),
        "messages-test-sync-messages-create-with-all-params-2": Told(
            "messages", "quota", 6, "credit balance is too low", "req_011CX88Zc1kwbPkJkhghetKz"
        ),
        "messages-ttes-test-authentication-error-stream-anthropic-beta-claude-sonnet-4-0": Told(
            "messages", "auth", 4, "invalid x-api-key", "req_011CWdN9puFcKqYXBieKVDvB"
        ),
    },
    "openai": {
        "responses-ror-scenarios-openai-gpt-5-nano-handles-context-length-exceeded-errors": Told(
            "responses", "context_length", 5, "exceeds the context", "<X_REQUEST_ID>"
        ),
    },
    "perplexity": {"agent-agent-401": Told("responses", "auth", 4, "Invalid API key")},
    "xai": {
        "responses-nse-identity-provider-error-classifies-with-contract-but-reports-no-id": Told(
            "responses", "not_found", 5, "Model not found"
        ),
        "responses-response-identity-auth-rejection-classifies-with-contract": Told(
            "responses", "auth", 4, "Incorrect API key"
        ),
    },
}
RECORDINGS = {
    f"{who}/{name}.json": fault
    for who, faults in RECORDED_FAULTS.items()
    for name, fault in faults.items()
}


def encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def fault_of(wire: str, status: int, body: Any, headers: Mapping[str, str] = {}) -> Fault:
    return wires.load(wire).read_fault(status, headers, encoded(body))


def indexed() -> dict[str, Any]:
    path = RECORDED / "index.json"
    if not path.exists():
        pytest.skip("the recordings in ../shared are absent")
    return {case["file"]: case for case in json.loads(path.read_text())["cases"]}


@pytest.mark.parametrize(("wire", "case"), CASES.values(), ids=CASES)
def test_a_refusal_has_its_kind_its_exit_code_and_its_retry(wire: str, case: Refused) -> None:
    fault = fault_of(wire, case.status, case.body, case.headers)
    assert (fault.kind, fault.exit_code, fault.retryable) == (case.kind, case.exit_code, case.again)
    assert fault.status == case.status
    assert fault.message


@pytest.mark.parametrize(("file", "expected"), RECORDINGS.items())
def test_a_recorded_refusal_is_classed(file: str, expected: Told) -> None:
    case = indexed()[file]
    body = (RECORDED / file).read_bytes()
    fault = fault_of(expected.wire, case["http_status"], body, case["headers"])
    assert (fault.kind, fault.exit_code) == (expected.kind, expected.exit_code)
    assert not fault.retryable
    assert expected.words in fault.message
    assert fault.request_id == expected.request_id


def test_every_recorded_refusal_of_these_wires_is_in_the_table() -> None:
    refused = {
        file
        for file, case in indexed().items()
        if case["wire"] in ("responses", "agent", "messages")
        and case["http_status"] not in (None, 200)
    }
    assert refused == RECORDINGS.keys()


@pytest.mark.parametrize(
    ("wire", "headers", "body", "request_id"),
    [
        ("responses", {"x-request-id": "req_1"}, invalid(), "req_1"),
        ("messages", {"request-id": "req_1"}, typed("api_error"), "req_1"),
        ("messages", {}, typed("api_error"), "req_body"),
        ("messages", {}, typed("api_error") | {"request_id": 7}, None),
        ("responses", {}, invalid(), None),
    ],
)
def test_a_refusal_has_its_request_id(
    wire: str, headers: dict[str, str], body: Any, request_id: str | None
) -> None:
    assert fault_of(wire, 500, body, headers).request_id == request_id


@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
@pytest.mark.parametrize("said", [("true", True), ("false", False)])
def test_the_server_may_say_whether_to_try_again(wire: str, said: tuple[str, bool]) -> None:
    headers = {"x-should-retry": said[0]}
    assert fault_of(wire, 400, invalid(), headers).retryable is said[1]
    assert fault_of(wire, 529, typed("overloaded_error"), headers).retryable is said[1]
    assert not fault_of(wire, 400, error(code="insufficient_quota"), headers).retryable


def test_a_refusal_keeps_what_was_said() -> None:
    body = agent(400, "invalid_request", 'unknown field "seed"', param="seed")
    fault = fault_of("responses", 400, body)
    assert (fault.message, fault.param) == ('unknown field "seed"', "seed")
    spend = typed("rate_limit_error", "limit", error_code="enforced_spend_limit_reached")
    assert fault_of("messages", 429, spend).code == "enforced_spend_limit_reached"


# errors inside a stream that began with HTTP 200 ----------------------------------------------

# response.error.code (2d, 2f) -> kind and exit code; policies are refusals of the provider
CODES = {
    "server_error": ("server", 7),
    "rate_limit_exceeded": ("rate_limit", 6),
    "insufficient_quota": ("quota", 6),
    "context_length_exceeded": ("context_length", 5),
    "invalid_prompt": ("invalid_request", 5),
    "model_not_found": ("not_found", 5),
    "vector_store_timeout": ("server", 7),
    "something_new": ("server", 7),
}
POLICIES = ("bio_policy", "misalignment_policy_violation")
PICTURES = ("invalid_image", "invalid_image_format", "image_too_large", "failed_to_download_image")

# error.type of Anthropic's error event (6d, 6f)
TYPES = {
    "overloaded_error": ("overloaded", 7),
    "api_error": ("server", 7),
    "timeout_error": ("server", 7),
    "rate_limit_error": ("rate_limit", 6),
    "billing_error": ("quota", 6),
    "authentication_error": ("auth", 4),
    "permission_error": ("permission", 4),
    "not_found_error": ("not_found", 5),
    "invalid_request_error": ("invalid_request", 5),
}


def in_stream(wire: str, *events: Any) -> Fault:
    stream = sse_of(*map(json.dumps, events), end="")
    found = feed_stream(make_decoder(wire, providers.load("xai")), stream)
    faults = [event.fault for event in found if isinstance(event, Failure)]
    assert len(faults) == 1
    return faults[0]


def shapes(code: str) -> list[Any]:
    """The three shapes of an error inside a Responses stream, and Perplexity's."""
    return [
        {"type": "error", "code": code, "message": "m", "param": None},
        {"type": "error", "error": {"type": "x", "code": code, "message": "m"}},
        {"type": "error", "error": {"type": code, "code": None, "message": "m"}},
        {"type": "response.failed", "response": {"error": {"code": code, "message": "m"}}},
        {"type": "response.failed", "error": {"message": "m", "type": code}},
    ]


@pytest.mark.parametrize(("code", "expected"), CODES.items())
def test_an_error_inside_a_responses_stream_has_its_exit_code(
    code: str, expected: tuple[str, int]
) -> None:
    for event in shapes(code):
        fault = in_stream("responses", event)
        assert (fault.kind, fault.exit_code, fault.message) == (*expected, "m"), event


@pytest.mark.parametrize("code", POLICIES)
def test_a_policy_that_stops_an_answer_is_a_refusal_of_the_provider(code: str) -> None:
    assert {in_stream("responses", event).exit_code for event in shapes(code)} == {10}


@pytest.mark.parametrize("code", PICTURES)
def test_a_picture_that_cannot_be_read_is_a_bad_request(code: str) -> None:
    assert {in_stream("responses", event).exit_code for event in shapes(code)} == {5}


@pytest.mark.parametrize(("kind", "expected"), TYPES.items())
def test_an_error_inside_a_messages_stream_has_its_exit_code(
    kind: str, expected: tuple[str, int]
) -> None:
    fault = in_stream("messages", typed(kind))
    assert (fault.kind, fault.exit_code, fault.request_id) == (*expected, "req_body")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Your credit balance is too low to access the API.", ("quota", 6)),
        ("prompt is too long: 9 tokens > 8 maximum", ("context_length", 5)),
    ],
)
def test_the_words_of_an_error_inside_a_messages_stream_count(
    message: str, expected: tuple[str, int]
) -> None:
    fault = in_stream("messages", typed("invalid_request_error", message))
    assert (fault.kind, fault.exit_code) == expected


def test_an_error_that_is_told_twice_is_one_failure() -> None:
    body = {"code": "rate_limit_exceeded", "message": "m"}
    failed = {"type": "response.failed", "response": {"status": "failed", "error": body}}
    assert in_stream("responses", {"type": "error", "error": body}, failed).kind == "rate_limit"


def stream_of(wire: str, end: Mapping[str, Any]) -> bytes:
    text = {
        "responses": {"type": "response.output_text.delta", "delta": "Ti"},
        "messages": {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Ti"}},
    }[wire]
    return sse_of(json.dumps(text), json.dumps(end), end="")


def incomplete(reason: str) -> dict[str, Any]:
    details = {"status": "incomplete", "incomplete_details": {"reason": reason}}
    return {"type": "response.incomplete", "response": details}


def stopped(reason: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}}


# how an answer ends (11.4) -> kind of the fault, exit code
ENDINGS = [
    ("responses", {"type": "response.completed", "response": {"status": "completed"}}, None, 0),
    ("responses", incomplete("max_output_tokens"), "length", 9),
    ("responses", incomplete("content_filter"), "content_filter", 10),
    ("responses", {"type": "response.failed", "response": {"status": "failed"}}, "server", 7),
    ("messages", stopped("end_turn"), None, 0),
    ("messages", stopped("stop_sequence"), None, 0),
    ("messages", stopped("tool_use"), None, 0),
    ("messages", stopped("max_tokens"), "length", 9),
    ("messages", stopped("pause_turn"), "pause", 9),
    ("messages", stopped("refusal"), "refusal", 10),
    ("messages", stopped("model_context_window_exceeded"), "context_length", 5),
]


@pytest.mark.parametrize(("wire", "end", "kind", "exit_code"), ENDINGS)
def test_an_ending_has_its_exit_code(
    wire: str, end: dict[str, Any], kind: str | None, exit_code: int
) -> None:
    events = feed_stream(make_decoder(wire, providers.load("xai")), stream_of(wire, end))
    fault = with_fault(fold_answer(events), user_limited=False).fault
    assert (fault and fault.kind, fault.exit_code if fault else 0) == (kind, exit_code)


def test_an_answer_cut_for_another_reason_is_never_the_users_own_limit() -> None:
    end = stream_of("responses", incomplete("steered"))
    answer = with_fault(
        fold_answer(feed_stream(make_decoder("responses", providers.load("xai")), end)),
        user_limited=True,
    )
    assert answer.fault is not None


# whatever a server sends -----------------------------------------------------------------------

NASTY = [
    b"",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'["error"]',
    b'"words"',
    b"[" * 100_000,
    b'{"error":' * 100_000,
    b'{"error":{"message":' + b"[" * 900 + b"]" * 900 + b"}}",
    b'{"error":{"code":"\xc2\xb2","message":"m"}}',
    b'{"error":{"status_code":"\xc2\xb2"}}',
    b'{"error":{"code":"' + b"9" * 5000 + b'"}}',
    b'{"error":{"code":1e999,"type":[1],"param":{},"message":{}}}',
    b'{"error":[[1]],"request_id":[1]}',
    b'{"detail":[{"msg":[1],"loc":1}]}',
]


@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
@pytest.mark.parametrize("body", NASTY, ids=lambda body: repr(body[:24]))
def test_no_body_of_an_error_is_our_bug(wire: str, body: bytes) -> None:
    fault = fault_of(wire, 500, body)
    assert (fault.exit_code, fault.status) == (7, 500)
    assert isinstance(fault.message, str)
    assert fault.message


ERRORS = st.dictionaries(
    st.sampled_from(["error", "code", "type", "message", "detail", "details", "status_code"]),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["code", "type", "message", "msg", "param"]), inner)
        ),
        max_leaves=6,
    ),
)


@settings(max_examples=150, deadline=None)
@given(ERRORS, st.sampled_from(["chat", "responses", "messages"]))
def test_any_error_at_all_is_a_fault_with_words(body: Any, wire: str) -> None:
    fault = fault_of(wire, 418, body)
    assert isinstance(fault.message, str)
    assert fault.message
    assert fault.exit_code in range(2, 14)
