"""What a provider's refusal means: its kind, its exit code, and whether to try again."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from aichat.errors import Fault
from tests.support.running.program import RECORDED
from tests.support.values.feeding import CHAT


class Refused(NamedTuple):
    """One error answer and what it must become."""

    status: int
    body: Any  # JSON, or bytes as they are
    kind: str
    exit_code: int
    again: bool = False
    headers: Mapping[str, str] = {}


def error(message: str = "m", **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


def invalid(message: str = "m", **fields: Any) -> dict[str, Any]:
    return error(message, type="invalid_request_error", **fields)


GROQ = {
    "bad request": Refused(400, invalid(), "invalid_request", 5),
    "bad tool call": Refused(
        400, invalid(code="tool_use_failed", failed_generation="{"), "malformed_tool_call", 7
    ),
    "bad key": Refused(401, invalid(code="invalid_api_key"), "auth", 4),
    "no right": Refused(403, error(type="permission_error"), "permission", 4),
    "no such model": Refused(404, invalid(code="model_not_found"), "not_found", 5),
    "too large": Refused(413, invalid("Request Entity Too Large"), "invalid_request", 5),
    "too large for a minute": Refused(
        413, error(type="tokens", code="rate_limit_exceeded"), "rate_limit", 6
    ),
    "no sense": Refused(422, invalid(), "invalid_request", 5),
    "remote tool's key": Refused(424, invalid(), "invalid_request", 5),
    "rate limit": Refused(
        429,
        error("Rate limit reached: 100000 tokens", type="tokens", code="rate_limit_exceeded"),
        "rate_limit",
        6,
        True,
        {"retry-after": "7"},
    ),
    "flex tier full": Refused(498, error(code="capacity_exceeded"), "overloaded", 7, True),
    "server": Refused(500, error(type="internal_server_error"), "server", 7, True),
    "gateway": Refused(502, error(type="internal_server_error"), "server", 7, True),
    "overloaded": Refused(503, error(), "overloaded", 7, True),
}
OPENAI = {
    "context": Refused(
        400,
        invalid("maximum context length is", code="context_length_exceeded", param="messages"),
        "context_length",
        5,
    ),
    "parameter": Refused(
        400, invalid(code="unsupported_parameter", param="max_tokens"), "invalid_request", 5
    ),
    "model as 400": Refused(400, invalid(code="model_not_found", param="model"), "not_found", 5),
    "key": Refused(401, {**invalid(code="invalid_api_key"), "status": 401}, "auth", 4),
    "country": Refused(
        403,
        error(type="request_forbidden", code="unsupported_country_region_territory"),
        "permission",
        4,
    ),
    "model": Refused(404, invalid(code="model_not_found"), "not_found", 5),
    "time-out": Refused(408, error(), "timeout", 8, True),
    "lock": Refused(409, error(), "server", 7, True),
    "unprocessable": Refused(422, invalid(), "invalid_request", 5),
    "rate": Refused(429, error(type="requests", code="rate_limit_exceeded"), "rate_limit", 6, True),
    "quota": Refused(429, error(type="insufficient_quota", code="insufficient_quota"), "quota", 6),
    "server": Refused(500, error(type="server_error"), "server", 7, True),
    "slow down": Refused(503, error("Slow down"), "overloaded", 7, True),
}
XAI = {
    "key as 400": Refused(
        400,
        {"code": "invalid-argument", "error": "Incorrect API key provided: xa***."},
        "auth",
        4,
    ),
    "key as 400, another code": Refused(
        400, {"code": "400", "error": "Incorrect API key provided."}, "auth", 4
    ),
    "model as 400": Refused(
        400, {"code": "invalid-argument", "error": "Model not found: grok-9"}, "not_found", 5
    ),
    "parameter": Refused(
        400,
        {"code": "invalid-argument", "error": "Model x does not support parameter stop."},
        "invalid_request",
        5,
    ),
    "blocked": Refused(403, {"code": "forbidden", "error": "team blocked"}, "permission", 4),
    "retired": Refused(410, {"code": "gone", "error": "retired"}, "invalid_request", 5),
    "fields": Refused(422, {"code": "x", "error": "missing field"}, "invalid_request", 5),
    "rate": Refused(429, {"code": "x", "error": "Too many requests"}, "rate_limit", 6, True),
    "server": Refused(500, {"code": "internal", "error": "oops"}, "server", 7, True),
    "the other shape": Refused(401, invalid(code="invalid_api_key", param=None), "auth", 4),
}
SONAR = {
    "key": Refused(401, error(type="invalid_api_key", code=401), "auth", 4),
    "too long": Refused(400, error(type="too_many_prompt_tokens", code=400), "context_length", 5),
    "fields": Refused(
        422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, "invalid_request", 5
    ),
    "a plain reason": Refused(400, {"detail": "bad date"}, "invalid_request", 5),
    "no path": Refused(404, {"detail": "Not Found"}, "not_found", 5),
    "rate": Refused(
        429, error(type="request_rate_limit_exceeded", code=429), "rate_limit", 6, True
    ),
    "server": Refused(500, error(type="internal_error", code=500), "server", 7, True),
}
MOONSHOT = {
    "filtered": Refused(400, error(type="content_filter"), "content_filter", 10),
    "temperature": Refused(400, invalid("invalid temperature"), "invalid_request", 5),
    "too long": Refused(400, invalid("Input token length too long"), "context_length", 5),
    "key": Refused(401, error(type="invalid_authentication_error"), "auth", 4),
    "unknown key": Refused(401, error(type="incorrect_api_key_error"), "auth", 4),
    "no right": Refused(403, error(type="permission_denied_error"), "permission", 4),
    "model": Refused(404, error(type="resource_not_found_error"), "not_found", 5),
    "rate": Refused(429, error(type="rate_limit_reached_error"), "rate_limit", 6, True),
    "overloaded": Refused(429, error(type="engine_overloaded_error"), "overloaded", 7, True),
    "quota": Refused(429, error(type="exceeded_current_quota_error"), "quota", 6),
    "server": Refused(500, error(type="server_error"), "server", 7, True),
    "output": Refused(500, error(type="unexpected_output"), "server", 7, True),
    "gateway": Refused(504, b"<html><title>504</title></html>", "server", 7, True),
}
QWEN = {
    "parameter": Refused(400, error(code="invalid_parameter_error"), "invalid_request", 5),
    "inspected": Refused(400, error(code="data_inspection_failed"), "content_filter", 10),
    "unpaid": Refused(400, error(code="Arrearage"), "quota", 6),
    "unpaid, native": Refused(400, {"code": "Arrearage", "message": "Access denied"}, "quota", 6),
    "key": Refused(401, error(code="invalid_api_key"), "auth", 4),
    "no key": Refused(401, invalid(code=None), "auth", 4),
    "not bought": Refused(403, error(code="AccessDenied.Unpurchased"), "permission", 4),
    "model": Refused(404, error(code="model_not_found"), "not_found", 5),
    "large": Refused(413, error(code="RequestTooLarge"), "invalid_request", 5),
    "rate": Refused(429, error(code="limit_requests"), "rate_limit", 6, True),
    "quota": Refused(429, error(code="insufficient_quota"), "quota", 6),
    "server": Refused(500, error(code="InternalError"), "server", 7, True),
}
OTHERS = {
    "llama.cpp: context": Refused(
        400,
        error(
            "request (5000 tokens) exceeds the available context size (4096 tokens)",
            code=400,
            type="exceed_context_size_error",
            n_prompt_tokens=5000,
            n_ctx=4096,
        ),
        "context_length",
        5,
    ),
    "llama.cpp: loading": Refused(
        503, error("Loading model", code=503, type="unavailable_error"), "overloaded", 7, True
    ),
    "vLLM: context": Refused(
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 4096 tokens.",
            "type": "BadRequestError",
            "code": 400,
        },
        "context_length",
        5,
    ),
    "vLLM: model": Refused(
        404,
        {"object": "error", "message": "no such model", "type": "NotFoundError", "code": 404},
        "not_found",
        5,
    ),
    "Ollama: model": Refused(404, error('model "x" not found'), "not_found", 5),
    "a proxy's page": Refused(502, b"<html><h1>Bad Gateway</h1></html>", "server", 7, True),
    "nothing": Refused(500, b"", "server", 7, True),
    "nothing, refused": Refused(401, b"", "auth", 4),
    "a text": Refused(429, b"Too Many Requests", "rate_limit", 6, True),
    "payment required": Refused(402, b"", "quota", 6),
    "no answer's status": Refused(304, b"", "server", 7),
}
SAID = {
    "yes": Refused(400, invalid(), "invalid_request", 5, True, {"x-should-retry": "true"}),
    "no": Refused(500, error(), "server", 7, False, {"x-should-retry": "false"}),
    "no, to a rate limit": Refused(
        429, error(), "rate_limit", 6, False, {"x-should-retry": "False"}
    ),
    "nonsense": Refused(500, error(), "server", 7, True, {"x-should-retry": "maybe"}),
    "yes, to an empty account": Refused(
        429, error(code="insufficient_quota"), "quota", 6, False, {"x-should-retry": "true"}
    ),
}
TABLES = {
    "groq": GROQ,
    "openai": OPENAI,
    "xai": XAI,
    "sonar": SONAR,
    "moonshot": MOONSHOT,
    "qwen": QWEN,
    "other": OTHERS,
    "x-should-retry": SAID,
}
CASES = {f"{who}: {name}": case for who, table in TABLES.items() for name, case in table.items()}

# recorded refusals: kind, exit code, retryable, and words of the message
RECORDINGS = {
    "groq/chat-response-identity-edge-auth-rejection-classifies-with-contract.json": (
        "auth",
        4,
        False,
        "Invalid API Key",
    ),
    "groq/chat-response-identity-edge-provider-error-response-carries-request-id.json": (
        "not_found",
        5,
        False,
        "does not exist",
    ),
    "moonshot/chat-kimi-k3-rate-limit-429.json": ("rate_limit", 6, True, "max RPM: 3"),
    "moonshot/chat-kimi-k3-temperature-400.json": (
        "invalid_request",
        5,
        False,
        "only 1 is allowed",
    ),
    "perplexity/chat-rror-scenarios-perplexity-sonar-handles-context-length-exceeded-errors.json": (
        "context_length",
        5,
        False,
        "too long",
    ),
    "qwen/chat-testerrorscenarios-test-api-key-missing.json": ("auth", 4, False, "API key"),
    "xai/chat-grok45-penalty-400.json": ("invalid_request", 5, False, "frequencyPenalty"),
}


def fault_of(case: Refused) -> Fault:
    body = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
    return CHAT.read_fault(case.status, case.headers, body)


def indexed() -> dict[str, Any]:
    path = RECORDED / "index.json"
    if not path.exists():
        pytest.skip("the recordings in ../shared are absent")
    return {case["file"]: case for case in json.loads(path.read_text())["cases"]}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_refusal_has_its_kind_its_exit_code_and_its_retry(case: Refused) -> None:
    fault = fault_of(case)
    assert (fault.kind, fault.exit_code, fault.retryable) == (case.kind, case.exit_code, case.again)
    assert fault.status == case.status
    assert fault.message


@pytest.mark.parametrize("file", RECORDINGS)
def test_a_recorded_refusal_is_classed(file: str) -> None:
    case, (kind, exit_code, again, words) = indexed()[file], RECORDINGS[file]
    body = (RECORDED / file).read_bytes()
    fault = CHAT.read_fault(case["http_status"], case["headers"], body)
    assert (fault.kind, fault.exit_code, fault.retryable) == (kind, exit_code, again)
    assert words in fault.message
    names = ("x-request-id", "msh-request-id")
    ids = [case["headers"][name] for name in names if name in case["headers"]]
    assert not ids or fault.request_id == ids[0]


def test_every_recorded_chat_refusal_is_in_the_table() -> None:
    refused = {
        file
        for file, case in indexed().items()
        if case["wire"] == "chat" and case["http_status"] not in (None, 200)
    }
    assert refused == RECORDINGS.keys()


def test_a_refusal_keeps_what_was_said() -> None:
    body = invalid("no 'seed'", code="unsupported_parameter", param="seed")
    fault = fault_of(Refused(400, body, "", 0, headers={"x-request-id": "req_1"}))
    assert fault.message == "no 'seed'"
    assert (fault.code, fault.param, fault.request_id) == ("unsupported_parameter", "seed", "req_1")


def test_the_request_id_may_stand_in_the_body() -> None:
    body = {**invalid("no key"), "request_id": "3e1ae270"}
    assert fault_of(Refused(401, body, "", 0)).request_id == "3e1ae270"
