"""What a refusal of Google, Moonshot or Alibaba means: kind, exit code, whether to try again."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from aichat import providers, wires
from aichat.app.calls.caller import CallOptions
from aichat.app.exchange.exchange import Exchange
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.request import Request
from aichat.core.http.retry import parse_retry_after, retry_delay
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.core.text.clock import Clock
from aichat.errors import Fault
from tests.support.answering.server import SSE, Reply, SeenRequest, Server
from tests.support.running.program import RECORDED
from tests.wires.decoding import NONSENSE, places, replaced

KEY = "sk-0123456789abcdefghij"
JSON = {"content-type": "application/json; charset=UTF-8"}
GOOGLE_RPC = "type.googleapis.com/google.rpc."


class Refused(NamedTuple):
    """One error answer and what it must become."""

    status: int
    body: Any
    kind: str
    exit_code: int
    again: bool = False


def google(code: int, status: str, *details: Any, message: str = "m") -> dict[str, Any]:
    """An error of Google's, as every one of its APIs writes it."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    return {"error": error | ({"details": list(details)} if details else {})}


def reason(name: str) -> dict[str, Any]:
    return {"@type": f"{GOOGLE_RPC}ErrorInfo", "reason": name, "domain": "googleapis.com"}


def delay(seconds: str) -> dict[str, Any]:
    return {"@type": f"{GOOGLE_RPC}RetryInfo", "retryDelay": seconds}


def over(quota: str) -> dict[str, Any]:
    violation = {"quotaMetric": "generativelanguage.googleapis.com/requests", "quotaId": quota}
    return {"@type": f"{GOOGLE_RPC}QuotaFailure", "violations": [violation]}


HELP = {"@type": f"{GOOGLE_RPC}Help", "links": [{"description": "m", "url": "https://a.example"}]}
MINUTE = over("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")
DAY = over("GenerateRequestsPerDayPerProjectPerModel-FreeTier")
EXHAUSTED = "RESOURCE_EXHAUSTED"
TOO_LONG = "The input token count (1300000) exceeds the maximum number of tokens allowed (1048576)."


def native(code: str, message: str = "m") -> dict[str, Any]:
    return {"code": code, "message": message, "request_id": "r1"}


def compatible(kind: str | None = None, code: str | None = None, message: str = "m") -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


GEMINI = {
    "bad field": Refused(400, google(400, "INVALID_ARGUMENT"), "invalid_request", 5),
    "bad key": Refused(400, google(400, "INVALID_ARGUMENT", reason("API_KEY_INVALID")), "auth", 4),
    "not in this country": Refused(400, google(400, "FAILED_PRECONDITION"), "permission", 4),
    "too long": Refused(
        400, google(400, "INVALID_ARGUMENT", message=TOO_LONG), "context_length", 5
    ),
    "no credentials": Refused(401, google(401, "UNAUTHENTICATED"), "auth", 4),
    "no right": Refused(403, google(403, "PERMISSION_DENIED"), "permission", 4),
    "no such model": Refused(404, google(404, "NOT_FOUND"), "not_found", 5),
    "rate": Refused(429, google(429, EXHAUSTED, HELP, MINUTE, delay("7s")), "rate_limit", 6, True),
    "rate, bare": Refused(429, google(429, EXHAUSTED), "rate_limit", 6, True),
    "the day's quota": Refused(429, google(429, EXHAUSTED, HELP, DAY, delay("7s")), "quota", 6),
    "internal": Refused(500, google(500, "INTERNAL"), "server", 7, True),
    "overloaded": Refused(503, google(503, "UNAVAILABLE"), "overloaded", 7, True),
    "too slow": Refused(504, google(504, "DEADLINE_EXCEEDED"), "server", 7, True),
    "in a list": Refused(503, [google(503, "UNAVAILABLE")], "overloaded", 7, True),
    "the day's quota in a list": Refused(429, [google(429, EXHAUSTED, DAY)], "quota", 6),
}
MOONSHOT = {
    "filtered": Refused(400, compatible("content_filter"), "content_filter", 10),
    "bad temperature": Refused(
        400,
        compatible("invalid_request_error", message="invalid temperature: only 1 is allowed"),
        "invalid_request",
        5,
    ),
    "too long": Refused(
        400,
        compatible("invalid_request_error", message="Input token length too long"),
        "context_length",
        5,
    ),
    "bad key": Refused(401, compatible("invalid_authentication_error"), "auth", 4),
    "unknown key": Refused(401, compatible("incorrect_api_key_error"), "auth", 4),
    "no right": Refused(403, compatible("permission_denied_error"), "permission", 4),
    "no such model": Refused(404, compatible("resource_not_found_error"), "not_found", 5),
    "rate": Refused(429, compatible("rate_limit_reached_error"), "rate_limit", 6, True),
    "overloaded": Refused(429, compatible("engine_overloaded_error"), "overloaded", 7, True),
    "no money": Refused(429, compatible("exceeded_current_quota_error"), "quota", 6),
    "internal": Refused(500, compatible("server_error"), "server", 7, True),
    "unexpected": Refused(500, compatible("unexpected_output"), "server", 7, True),
}
NATIVE = {
    "bad field": Refused(400, native("InvalidParameter"), "invalid_request", 5),
    "streams only": Refused(
        400, native("InvalidParameter", "only support stream mode"), "invalid_request", 5
    ),
    "too long": Refused(
        400,
        native("InvalidParameter", "Range of input length should be [1, 983616]"),
        "context_length",
        5,
    ),
    "filtered": Refused(400, native("DataInspectionFailed"), "content_filter", 10),
    "unpaid": Refused(400, native("Arrearage"), "quota", 6),
    "bad key": Refused(401, native("InvalidApiKey"), "auth", 4),
    "no right": Refused(403, native("AccessDenied"), "permission", 4),
    "not bought": Refused(403, native("AccessDenied.Unpurchased"), "permission", 4),
    "free tier only": Refused(403, native("AllocationQuota.FreeTierOnly"), "permission", 4),
    "no such model": Refused(404, native("ModelNotFound"), "not_found", 5),
    "no such model, natively": Refused(404, native("Model.NotExist"), "not_found", 5),
    "too large": Refused(413, native("RequestTooLarge"), "invalid_request", 5),
    "rate": Refused(429, native("Throttling"), "rate_limit", 6, True),
    "rate of requests": Refused(429, native("Throttling.RateQuota"), "rate_limit", 6, True),
    "burst": Refused(429, native("Throttling.BurstRate"), "rate_limit", 6, True),
    "internal": Refused(500, native("InternalError"), "server", 7, True),
    "unavailable": Refused(503, native("ServiceUnavailable"), "overloaded", 7, True),
    "gateway": Refused(504, native("GatewayTimeout"), "server", 7, True),
}
COMPATIBLE = {
    "bad field": Refused(400, compatible(code="invalid_parameter_error"), "invalid_request", 5),
    "filtered": Refused(400, compatible(code="data_inspection_failed"), "content_filter", 10),
    "unpaid": Refused(400, compatible(code="Arrearage"), "quota", 6),
    "bad key": Refused(401, compatible(code="invalid_api_key"), "auth", 4),
    "no key": Refused(401, compatible("invalid_request_error"), "auth", 4),
    "no such model": Refused(404, compatible(code="model_not_found"), "not_found", 5),
    "rate": Refused(429, compatible(code="limit_requests"), "rate_limit", 6, True),
    "no quota": Refused(429, compatible(code="insufficient_quota"), "quota", 6),
}
TABLES = {
    "gemini": ("gemini", GEMINI),
    "moonshot": ("chat", MOONSHOT),
    "qwen": ("dashscope", NATIVE),
    "qwen, compatible": ("chat", COMPATIBLE),
}
ROWS = [
    pytest.param(wire, case, id=f"{who}: {name}")
    for who, (wire, table) in TABLES.items()
    for name, case in table.items()
]


def fault_of(wire: str, case: Refused, headers: Mapping[str, str] = JSON) -> Fault:
    return wires.load(wire).read_fault(case.status, headers, json.dumps(case.body).encode())


@pytest.mark.parametrize(("wire", "case"), ROWS)
def test_a_refusal_has_its_kind_its_exit_code_and_its_retry(wire: str, case: Refused) -> None:
    fault = fault_of(wire, case)
    assert (fault.kind, fault.exit_code, fault.retryable) == (case.kind, case.exit_code, case.again)
    assert fault.status == case.status
    assert fault.message


def test_what_the_caller_gave_up_is_never_sent_again() -> None:
    assert not fault_of("gemini", Refused(499, google(499, "CANCELLED"), "", 0)).retryable


@pytest.mark.parametrize("code", ["Throttling.AllocationQuota", "insufficient_quota"])
def test_a_quota_of_tokens_is_not_asked_for_again_within_a_minute(code: str) -> None:
    fault = fault_of("dashscope", Refused(429, native(code), "", 0))
    wait = retry_delay(fault, attempt=1, retries=2, jitter=0.99)
    assert fault.exit_code == 6
    assert wait is None or wait >= 60


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (google(400, "INVALID_ARGUMENT"), "INVALID_ARGUMENT"),
        (google(400, "INVALID_ARGUMENT", reason("API_KEY_INVALID")), "API_KEY_INVALID"),
        (google(429, EXHAUSTED, DAY), EXHAUSTED),
    ],
    ids=["a status", "a reason", "the day's quota"],
)
def test_the_code_of_a_refusal_is_one_that_google_sent(body: dict[str, Any], code: str) -> None:
    assert fault_of("gemini", Refused(body["error"]["code"], body, "", 0)).code == code


@pytest.mark.parametrize("headers", [{}, {"x-request-id": "r1"}], ids=["body", "header"])
def test_a_native_refusal_tells_its_request(headers: dict[str, str]) -> None:
    fault = fault_of("dashscope", Refused(401, native("InvalidApiKey"), "", 0), headers)
    assert (fault.request_id, fault.code) == ("r1", "InvalidApiKey")


# --- recorded refusals: wire, kind, exit code, retryable, and words of the message

RECORDINGS = {
    "gemini/generate-cassettes-test-authentication-error-stream-google-gemini-2-5-flash.json": (
        "gemini",
        Refused(400, None, "auth", 4),
        "API key not valid",
    ),
    "gemini/generate-testgoogleaierrorhandling.json": (
        "gemini",
        Refused(403, None, "permission", 4),
        "unregistered callers",
    ),
    "qwen/native-testagenterror-test-agent-with-invalid-model.json": (
        "dashscope",
        Refused(401, None, "auth", 4),
        "Invalid API-key provided.",
    ),
    "qwen/chat-testerrorscenarios-test-api-key-missing.json": (
        "chat",
        Refused(401, None, "auth", 4),
        "You didn't provide an API key",
    ),
    "moonshot/chat-kimi-k3-rate-limit-429.json": (
        "chat",
        Refused(429, None, "rate_limit", 6, True),
        "max RPM: 3",
    ),
    "moonshot/chat-kimi-k3-temperature-400.json": (
        "chat",
        Refused(400, None, "invalid_request", 5),
        "only 1 is allowed",
    ),
}


@pytest.fixture(scope="module")
def index() -> dict[str, Any]:
    path = RECORDED / "index.json"
    if not path.exists():
        pytest.skip("the recordings in ../shared are absent")
    return {case["file"]: case for case in json.loads(path.read_text())["cases"]}


@pytest.mark.parametrize("file", RECORDINGS)
def test_a_recorded_refusal_is_classed(index: dict[str, Any], file: str) -> None:
    wire, case, words = RECORDINGS[file]
    headers, body = index[file]["headers"], (RECORDED / file).read_bytes()
    fault = wires.load(wire).read_fault(index[file]["http_status"], headers, body)
    assert (fault.status, fault.kind, fault.exit_code, fault.retryable) == (
        case.status,
        case.kind,
        case.exit_code,
        case.again,
    )
    assert words in fault.message
    ids = [headers[name] for name in ("x-request-id", "msh-request-id") if name in headers]
    assert not ids or fault.request_id == ids[0]


def test_every_recorded_refusal_of_these_is_in_the_table(index: dict[str, Any]) -> None:
    refused = {
        file
        for file, case in index.items()
        if case["provider"] in ("gemini", "qwen", "moonshot")
        and case["http_status"] not in (None, 200)
    }
    assert refused == RECORDINGS.keys()


# --- nonsense

SPOILED = {
    "google": google(429, EXHAUSTED, HELP, DAY, delay("7s"), reason("R")),
    "native": native("Throttling"),
    "compatible": compatible("t", "c") | {"request_id": "r1"},
}


@pytest.mark.parametrize("shape", SPOILED)
def test_nonsense_in_any_field_of_a_refusal_is_never_our_bug(shape: str) -> None:
    for path in places(SPOILED[shape]):
        for nonsense in NONSENSE:
            body = json.dumps(replaced(SPOILED[shape], path, nonsense)).encode()
            fault = wires.load("gemini").read_fault(429, JSON, body)
            assert (fault.status, fault.exit_code) == (429, 6), (path, nonsense)
            wait = parse_retry_after(JSON, body, 0.0)
            assert wait is None or wait >= 0, (path, nonsense)


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "in a list"])
def test_details_as_deep_as_json_can_be_read_are_no_bug_of_ours(wrapped: bool) -> None:
    for depth in range(900, 1000):
        detail = b"[" * depth + b"]" * depth
        body = b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[%b]}}' % detail
        body = b"[%b]" % body if wrapped else body
        assert wires.load("gemini").read_fault(429, JSON, body).exit_code == 6
        assert parse_retry_after(JSON, body, 0.0) is None


# --- whole turns: what is waited for, what is tried again, what is told


class Told(NamedTuple):
    """What one turn came to."""

    answer: Answer
    requests: list[SeenRequest]
    waits: list[float]

    @property
    def fault(self) -> Fault:
        assert self.answer.fault
        return self.answer.fault


def asked(who: str, wire: str, *replies: Reply, region: str | None = None) -> Told:
    """A question to ``who``, whose server gives ``replies``, the last again and again."""
    waits: list[float] = []
    clock = Clock(now=lambda: 0.0, monotonic=lambda: 0.0, sleep=waits.append, random=lambda: 0.5)
    request = Request("m", (Message("user", (Text("Hi"),)),))
    with Server(*replies) as server:
        key = Secret(KEY, "environment", "KEY")
        endpoint = Endpoint(providers.load(who), wire, server.url, key, region=region)
        turn = Exchange(request, endpoint, clock, CallOptions(retries=2))
        for _ in turn:
            pass
        return Told(turn.answer(), server.requests, waits)


def refused(status: int, body: Any, headers: Mapping[str, str] = JSON) -> Reply:
    return Reply(status, {**JSON, **headers}, [json.dumps(body).encode()], length=True)


def whole(body: Any) -> Reply:
    """An answer that comes as one JSON body although a stream was asked for."""
    return refused(200, body)


SAYS = {
    "candidates": [
        {"content": {"parts": [{"text": "Hi"}], "role": "model"}, "finishReason": "STOP"}
    ]
}
ANSWER = Reply(headers=SSE, body=[b"data: %b\r\n\r\n" % json.dumps(SAYS).encode()])


@pytest.mark.parametrize(
    ("asks", "waits"),
    [("37s", 37.0), ("0.25s", 0.25), ("48.123456789s", 48.123456789), ("0s", 0.0), ("60s", 60.0)],
)
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "in a list"])
def test_the_wait_that_google_asks_for_is_kept(asks: str, waits: float, wrapped: bool) -> None:
    body = google(429, EXHAUSTED, HELP, MINUTE, delay(asks))
    told = asked("gemini", "gemini", refused(429, [body] if wrapped else body), ANSWER)
    assert (told.answer.text, told.answer.fault, told.waits) == ("Hi", None, [waits])


def test_a_wait_of_more_than_a_minute_is_told_and_not_kept() -> None:
    body = google(429, EXHAUSTED, MINUTE, delay("61.5s"))
    told = asked("gemini", "gemini", refused(429, body), ANSWER)
    assert (len(told.requests), told.waits) == (1, [])
    assert (told.fault.kind, told.fault.retry_after) == ("rate_limit", 61.5)
    assert "62 s" in told.fault.hint


def test_the_wait_that_was_asked_for_last_is_told_when_all_tries_are_used_up() -> None:
    replies = [refused(429, google(429, EXHAUSTED, delay(f"{n}.5s"))) for n in (1, 2, 3)]
    told = asked("gemini", "gemini", *replies)
    assert (told.waits, told.fault.retry_after) == ([1.5, 2.5], 3.5)


@pytest.mark.parametrize(
    ("asks", "body"),
    [("soon", delay("soon")), ("minus", delay("-3s")), ("number", {"retryDelay": 3})],
)
def test_a_wait_that_is_none_is_our_own(asks: str, body: Any) -> None:
    told = asked("gemini", "gemini", refused(429, google(429, EXHAUSTED, body)), ANSWER)
    assert told.answer.text == "Hi"
    assert 0 < told.waits[0] <= 8


NEVER = {
    "gemini, the day's quota": ("gemini", "gemini", GEMINI["the day's quota"]),
    "gemini, a bad key": ("gemini", "gemini", GEMINI["bad key"]),
    "gemini, no such model": ("gemini", "gemini", GEMINI["no such model"]),
    "moonshot, no money": ("moonshot", "chat", MOONSHOT["no money"]),
    "qwen, unpaid": ("qwen", "dashscope", NATIVE["unpaid"]),
    "qwen, filtered": ("qwen", "dashscope", NATIVE["filtered"]),
}


@pytest.mark.parametrize(("who", "wire", "case"), NEVER.values(), ids=NEVER)
def test_what_no_second_try_can_mend_is_asked_once(who: str, wire: str, case: Refused) -> None:
    told = asked(who, wire, refused(case.status, case.body, {"retry-after": "1"}))
    assert (len(told.requests), told.waits) == (1, [])
    assert (told.fault.kind, told.fault.exit_code) == (case.kind, case.exit_code)


AGAIN = {
    "gemini, overloaded": ("gemini", "gemini", GEMINI["overloaded"]),
    "moonshot, overloaded": ("moonshot", "chat", MOONSHOT["overloaded"]),
    "qwen, throttled": ("qwen", "dashscope", NATIVE["rate"]),
}


@pytest.mark.parametrize(("who", "wire", "case"), AGAIN.values(), ids=AGAIN)
def test_what_may_pass_is_tried_twice_more(who: str, wire: str, case: Refused) -> None:
    told = asked(who, wire, refused(case.status, case.body))
    assert len(told.requests) == 3
    assert len(told.waits) == 2
    assert (told.fault.kind, told.fault.exit_code) == (case.kind, case.exit_code)


def test_moonshots_retry_after_is_kept() -> None:
    headers = {"retry-after": "1", "x-retry-after": "1", "msh-cooldown-seconds": "1"}
    reply = refused(429, compatible("rate_limit_reached_error"), headers)
    assert asked("moonshot", "chat", reply).waits == [1.0, 1.0]


def test_the_account_and_the_key_that_moonshot_names_are_not_shown() -> None:
    account, key = "org-0123456789abcdef0123456789abcdef", "ak-0123456789abcdefghij"
    message = f"Your account {account}<{key}> request reached organization max RPM: 3"
    reply = refused(429, compatible("rate_limit_reached_error", message=message))
    shown = asked("moonshot", "chat", reply).fault.message
    assert "max RPM: 3" in shown
    assert account not in shown
    assert key not in shown


REGIONAL = [
    ("moonshot", "chat", MOONSHOT["bad key"], ("ai", "cn")),
    ("moonshot", "chat", MOONSHOT["unknown key"], ("ai", "cn")),
    ("qwen", "chat", COMPATIBLE["bad key"], ("cn", "intl", "us", "hk")),
    ("qwen", "chat", COMPATIBLE["no key"], ("cn", "intl", "us", "hk")),
    ("qwen", "dashscope", NATIVE["bad key"], ("cn", "intl", "us", "hk")),
    ("qwen", "responses", COMPATIBLE["bad key"], ("cn", "intl", "us", "hk")),
]


@pytest.mark.parametrize("region", [None, "cn"])
@pytest.mark.parametrize(("who", "wire", "case", "regions"), REGIONAL)
def test_a_key_that_is_refused_may_be_another_regions(
    who: str, wire: str, case: Refused, regions: tuple[str, ...], region: str | None
) -> None:
    fault = asked(who, wire, refused(401, case.body), region=region).fault
    assert (fault.kind, fault.exit_code) == ("auth", 4)
    assert "--region" in fault.hint
    assert [name for name in regions if name not in fault.hint] == []


def test_googles_keys_have_no_region() -> None:
    fault = asked("gemini", "gemini", refused(400, GEMINI["bad key"].body)).fault
    assert fault.kind == "auth"
    assert "region" not in fault.hint


# --- a 200 is no success


LINES = json.dumps(google(503, "UNAVAILABLE"), indent=2).encode()
INSIDE = {
    "lines without data": ("gemini", "gemini", Reply(headers=SSE, body=[LINES])),
    "a list": ("gemini", "gemini", whole([google(503, "UNAVAILABLE")])),
    "a code": ("qwen", "dashscope", whole(native("ServiceUnavailable"))),
}


@pytest.mark.parametrize(("who", "wire", "reply"), INSIDE.values(), ids=INSIDE)
def test_an_error_inside_a_200_is_an_error(who: str, wire: str, reply: Reply) -> None:
    fault = asked(who, wire, reply).fault
    assert (fault.kind, fault.exit_code) == ("overloaded", 7)
    assert (fault.provider, fault.model) == (who, "m")


def test_an_answer_that_comes_as_an_array_is_an_answer() -> None:
    first = {"candidates": [{"content": {"parts": [{"text": "Oh, "}]}}], "responseId": "r1"}
    told = asked("gemini", "gemini", whole([first, SAYS]))
    assert (told.answer.text, told.answer.response_id, told.answer.is_complete) == (
        "Oh, Hi",
        "r1",
        True,
    )
