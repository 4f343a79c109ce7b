"""Gemini, Qwen and Moonshot: every fault and refusal, the key, signals, the official clients."""

import json
import signal
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from tests.app.setup.test_providers import HOW, PIECES, TEXT
from tests.support.answering import answers_google as google
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Cut,
    RefuseAfterAccept,
    Reply,
    Server,
    SilentReply,
    Step,
    chat_stream,
    chat_whole,
    sse,
)
from tests.support.answering.trio import (
    ARGUMENTS,
    TARGETS,
    USER,
    answer,
    ask_target,
    point_program_at,
)
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import (
    error_of,
    hold_forever,
    read_until,
    stderr_lines,
    wait_for_exit,
)

# -- the faults of the net

SAID = "Hello wor"
HTML = (
    b"<!doctype html><html><head><title>Sign in</title><meta charset=utf-8><!-- a portal -->\n"
    b"</head><body>Hi</body></html>"
)


def begun(name: str, *steps: Step) -> Reply:
    """An answer that begins with ``SAID``, and then ``steps``."""
    whole = answer(name, (SAID,))
    events = [step for step in whole.body if isinstance(step, bytes)]
    last = next(n for n, event in enumerate(events) if SAID.encode() in event)
    return Reply(headers=SSE, body=[*events[: last + 1], *steps])


class Case(NamedTuple):
    """A fault: what the server does and what the user gets."""

    name: str
    reply: Reply
    kind: str
    exit: int
    says: str = ""
    text: str = SAID
    finish: str | None = None


def everywhere(title: str, *steps: Step, **fields: Any) -> dict[str, Case]:
    """The same fault after the first text of every target."""
    return {f"{n}: {title}": Case(n, begun(n, *steps), **fields) for n in TARGETS}


CHATS = ("qwen", "moonshot")
NATIVES = ("qwen dashscope", "qwen dashscope text")


def chat_failed(name: str, error_type: str) -> Reply:
    """``{"error": ...}`` in a stream of chunks."""
    error = {"message": "It broke", "type": error_type}
    return begun(name, *sse({"error": error}, done=False))


def native_failed(name: str, status: int, code: str) -> Reply:
    listed = name == "qwen dashscope"
    return google.dashscope_stream_error(status, code, "It broke", SAID, multimodal=listed)


def ended(reason: str, **fields: Any) -> Reply:
    return google.gemini_stream(SAID, finish=reason, **fields)


GEMINI_ENDS = [
    ("SAFETY", "content_filter", 10),
    ("RECITATION", "content_filter", 10),
    ("BLOCKLIST", "content_filter", 10),
    ("PROHIBITED_CONTENT", "content_filter", 10),
    ("SPII", "content_filter", 10),
    ("IMAGE_SAFETY", "content_filter", 10),
    ("MAX_TOKENS", "length", 9),
    ("MALFORMED_FUNCTION_CALL", "malformed_tool_call", 7),
    ("UNEXPECTED_TOOL_CALL", "malformed_tool_call", 7),
    ("OTHER", "server", 7),
    ("MALFORMED_RESPONSE", "server", 7),
    ("MISSING_THOUGHT_SIGNATURE", "server", 7),
]
ENDINGS = ("content_filter", "length", "pause")
IN_GEMINI = [
    (503, "UNAVAILABLE", "overloaded", 7),
    (500, "INTERNAL", "server", 7),
    (429, "RESOURCE_EXHAUSTED", "rate_limit", 6),
    (400, "INVALID_ARGUMENT", "invalid_request", 5),
    (403, "PERMISSION_DENIED", "permission", 4),
]
IN_DASHSCOPE = [
    (429, "Throttling.RateQuota", "rate_limit", 6),
    (400, "DataInspectionFailed", "content_filter", 10),
    (400, "Arrearage", "quota", 6),
    (400, "InvalidParameter", "invalid_request", 5),
    (400, "InvalidParameter.DataInspection", "invalid_request", 5),  # only the status says so
    (403, "AccessDenied.Unpurchased", "permission", 4),
    (404, "ModelNotFound", "not_found", 5),
    (500, "InternalError", "server", 7),
    (503, "ServiceUnavailable", "overloaded", 7),
]
IN_CHAT = [
    ("moonshot", "server_error", "server", 7),
    ("moonshot", "content_filter", "content_filter", 10),
    ("moonshot", "rate_limit_reached_error", "rate_limit", 6),
    ("moonshot", "engine_overloaded_error", "overloaded", 7),
    ("moonshot", "exceeded_current_quota_error", "quota", 6),
    ("qwen", "data_inspection_failed", "content_filter", 10),
    ("qwen", "invalid_parameter_error", "invalid_request", 5),
    ("qwen", "insufficient_quota", "quota", 6),
]
CASES: dict[str, Case] = {
    **everywhere("71 reset", Cut(), kind="truncated", exit=9, says="cut"),
    **everywhere("71 closed", CloseEarly(), kind="truncated", exit=9, says="cut"),
    **everywhere("72 ends without an end", kind="truncated", exit=9, says="ended"),
    **everywhere("72 ends inside an event", b'data: {"ca', kind="truncated", exit=9, says="ended"),
    **everywhere("75 broken JSON", b"data: {broken\n\n", kind="protocol", exit=7, says="{broken"),
    **{
        f"gemini: 73 {reason}": Case(
            "gemini",
            ended(reason),
            kind,
            exit_code,
            finish=kind if kind in ENDINGS else None,
        )
        for reason, kind, exit_code in GEMINI_ENDS
    },
    **{
        f"gemini: 74 {status}, {'data:' if prefixed else 'bare'}": Case(
            "gemini",
            google.gemini_stream_error(status, code, "It broke", SAID, prefixed=prefixed),
            kind,
            exit_code,
            "It broke",
        )
        for status, code, kind, exit_code in IN_GEMINI
        for prefixed in (True, False)
    },
    **{
        f"{name}: 74 {code}": Case(
            name, native_failed(name, status, code), kind, exit_code, "It broke"
        )
        for name in NATIVES
        for status, code, kind, exit_code in IN_DASHSCOPE
    },
    **{
        f"{name}: 74 {error_type}": Case(
            name, chat_failed(name, error_type), kind, exit_code, "It broke"
        )
        for name, error_type, kind, exit_code in IN_CHAT
    },
    **{
        f"{name}: 73 the model's own limit": Case(
            name,
            google.dashscope_stream((SAID,), finish="length", multimodal=name == "qwen dashscope"),
            "length",
            9,
            "limit",
            finish="length",
        )
        for name in NATIVES
    },
    **{
        f"{name}: 73 the model's own limit": Case(
            name, chat_stream((SAID,), finish="length"), "length", 9, "limit", finish="length"
        )
        for name in CHATS
    },
    "moonshot: 73 all of it was reasoning": Case(
        "moonshot",
        google.moonshot_stream((), reasoning=["Hm."], finish="length"),
        "length",
        9,
        "limit",
        text="",
        finish="length",
    ),
    "gemini: a prompt that is blocked": Case(
        "gemini",
        google.gemini_block_reply(),
        "content_filter",
        10,
        "filter",
        text="",
        finish="content_filter",
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_what_came_before_a_fault_is_kept_and_the_fault_has_its_own_code(
    title: str, aichat: Program
) -> None:
    case = CASES[title]
    result, requests = ask_target(aichat, case.name, case.reply, "--json")
    found = json.loads(result.text)
    assert len(requests) == 1, "never sent again once text has come"
    assert (error_of(result)["kind"], result.code) == (case.kind, case.exit)
    assert (found["text"], found["finish_reason"]) == (case.text, case.finish)
    assert found["complete"] is False
    assert 1 <= len(stderr_lines(result)) <= 2 and case.says in stderr_lines(result)[0]
    assert stderr_lines(result)[0].startswith(f"aichat: {TARGETS[case.name].provider} ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("title", CASES)
def test_the_same_without_json_is_the_text_and_a_newline(title: str, aichat: Program) -> None:
    case = CASES[title]
    result, _ = ask_target(aichat, case.name, case.reply)
    assert (result.text, result.code) == (f"{case.text}\n" if case.text else "", case.exit)
    assert stderr_lines(result)[0].startswith(f"aichat: {TARGETS[case.name].provider} ")


@pytest.mark.parametrize("stream", [True, False], ids=["asked for a stream", "--no-stream"])
@pytest.mark.parametrize(
    ("name", "reply", "kind", "code"),
    [
        ("gemini", google.gemini_block_reply("SAFETY", stream=False), "content_filter", 10),
        ("gemini", google.gemini_whole(SAID, finish="SAFETY"), "content_filter", 10),
        ("gemini", google.gemini_whole(SAID, finish="MAX_TOKENS"), "length", 9),
        ("qwen dashscope", google.dashscope_error(200, "Arrearage", "It broke"), "quota", 6),
        (
            "qwen dashscope",
            google.dashscope_error(200, "DataInspectionFailed", "It broke"),
            "content_filter",
            10,
        ),
        ("qwen dashscope", google.dashscope_whole(SAID, finish="length"), "length", 9),
        ("moonshot", chat_whole(SAID, finish="content_filter"), "content_filter", 10),
        ("moonshot", chat_whole("", finish="length", reasoning="Hm."), "length", 9),
    ],
)
def test_an_answer_in_one_body_ends_in_the_same_codes(
    name: str, reply: Reply, kind: str, code: int, stream: bool, aichat: Program
) -> None:
    result, _ = ask_target(aichat, name, reply, "--json", *(() if stream else ("--no-stream",)))
    assert (error_of(result)["kind"], result.code) == (kind, code)


def test_text_after_geminis_first_finish_reason_is_not_lost(aichat: Program) -> None:
    chunks = [google.gemini_chunk("One", finish="STOP"), google.gemini_chunk(" two", finish="STOP")]
    result, _ = ask_target(aichat, "gemini", Reply(headers=SSE, body=google.gemini_events(*chunks)))
    assert (result.text, result.code) == ("One two\n", 0)


LIMITED = {
    "gemini": google.gemini_stream(SAID, finish="MAX_TOKENS"),
    "qwen": chat_stream((SAID,), finish="length"),
    "qwen dashscope": google.dashscope_stream((SAID,), finish="length"),
    "moonshot": google.moonshot_stream((SAID,), finish="length"),
}
IN_BODY = {
    "gemini": "generationConfig.maxOutputTokens=9",
    "qwen": "max_tokens=9",
    "qwen dashscope": "parameters.max_tokens=9",
    "moonshot": "max_completion_tokens=9",
}


@pytest.mark.parametrize("where", ["typed", "in the body", "in a profile"])
@pytest.mark.parametrize("name", LIMITED)
def test_a_limit_of_the_users_is_no_fault_but_a_notice(
    name: str, where: str, aichat: Program
) -> None:
    typed = {"typed": ("--max-tokens", "9"), "in the body": ("-o", IN_BODY[name])}
    profile = 'default_profile = "p"\n[profiles.p]\nmax_tokens = 9\n'
    aichat.write_config(profile if where == "in a profile" else "")
    result, _ = ask_target(aichat, name, LIMITED[name], *typed.get(where, ()))
    assert (result.text, result.code) == (f"{SAID}\n", 0)
    assert len(stderr_lines(result)) == 1 and "limit" in result.stderr


def page(status: int = 200, content_type: str = "text/html; charset=utf-8") -> Reply:
    return Reply(status, {"content-type": content_type}, [HTML], length=True)


SILENT: dict[str, tuple[Reply, str, int, Sequence[str]]] = {
    "64 never answers": (SilentReply(), "timeout", 8, ["no first byte within 0.3 s"]),
    "64 headers, then nothing": (
        Reply(headers=SSE, body=[hold_forever()]),
        "timeout",
        8,
        ["no first byte within 0.3 s"],
    ),
    "77 captive portal": (page(), "protocol", 7, ["not the API", "HTML", "Sign in"]),
    "77 a page that calls itself a stream": (
        page(content_type="text/event-stream"),
        "protocol",
        7,
        ["not the API"],
    ),
    "78 login": (
        Reply(302, {"location": "https://login.example/x"}, length=True),
        "protocol",
        7,
        ["login.example"],
    ),
    "79 502 from a proxy": (page(502), "server", 7, ["502", "proxy"]),
    "82 closed without a byte": (RefuseAfterAccept(read=True), "network", 8, ["127.0.0.1"]),
    "an empty stream": (Reply(headers=SSE), "truncated", 9, ["ended"]),
    "JSON of another kind": (
        Reply(headers={"content-type": "application/json"}, body=[b'{"hello": 1}'], length=True),
        "protocol",
        7,
        [],
    ),
}


@pytest.mark.parametrize("title", SILENT)
@pytest.mark.parametrize("name", TARGETS)
def test_a_fault_before_any_text_has_its_kind(name: str, title: str, aichat: Program) -> None:
    reply, kind, code, says = SILENT[title]
    quick = ("--timeout", "0.3") if title.startswith("64") else ()
    result, requests = ask_target(aichat, name, reply, "--json", "--retries", "0", *quick)
    assert (error_of(result)["kind"], result.code, len(requests)) == (kind, code, 1)
    assert json.loads(result.text)["text"] == "" and 1 <= len(stderr_lines(result)) <= 2
    assert all(word in stderr_lines(result)[0] for word in says)
    assert "<body" not in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_an_answer_that_stalls_is_kept(name: str, aichat: Program) -> None:
    result, _ = ask_target(aichat, name, begun(name, hold_forever()), "--timeout", "0.3")
    assert (result.text, result.code) == (f"{SAID}\n", 9)
    assert "no data for 0.3 s" in result.stderr


# -- the errors of HTTP


class Refusal(NamedTuple):
    """An HTTP error and what the user gets; ``requests`` counts retries."""

    name: str
    reply: Reply
    kind: str
    exit: int
    requests: int = 1
    code: str | None = None


def gemini_row(status: int, name: str, kind: str, exit_code: int, *details: Any) -> Refusal:
    tries = 3 if status in (429, 500, 503, 504) and kind != "quota" else 1
    return Refusal(
        "gemini", google.gemini_error(status, name, "It broke", *details), kind, exit_code, tries
    )


def native_row(status: int, code: str, kind: str, exit_code: int, tries: int = 1) -> Refusal:
    reply = google.dashscope_error(status, code, "It broke")
    return Refusal("qwen dashscope", reply, kind, exit_code, tries, code)


def qwen_row(status: int, code: str | None, kind: str, exit_code: int, tries: int = 1) -> Refusal:
    reply = google.qwen_error(status, code, "It broke")
    return Refusal("qwen", reply, kind, exit_code, tries, code)


def moonshot_row(status: int, error: str, kind: str, exit_code: int, tries: int = 1) -> Refusal:
    reply = google.moonshot_error(status, error, "It broke")
    return Refusal("moonshot", reply, kind, exit_code, tries, error)


PER_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
PER_MINUTE = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
BAD_KEY = google.error_info("API_KEY_INVALID")
REFUSALS = [
    gemini_row(400, "INVALID_ARGUMENT", "invalid_request", 5),
    gemini_row(400, "INVALID_ARGUMENT", "auth", 4, BAD_KEY),
    gemini_row(400, "FAILED_PRECONDITION", "permission", 4),
    gemini_row(401, "UNAUTHENTICATED", "auth", 4),
    gemini_row(403, "PERMISSION_DENIED", "permission", 4),
    gemini_row(404, "NOT_FOUND", "not_found", 5),
    gemini_row(429, "RESOURCE_EXHAUSTED", "rate_limit", 6),
    gemini_row(429, "RESOURCE_EXHAUSTED", "rate_limit", 6, google.quota_failure(PER_MINUTE)),
    gemini_row(429, "RESOURCE_EXHAUSTED", "quota", 6, google.quota_failure(PER_DAY)),
    gemini_row(
        429,
        "RESOURCE_EXHAUSTED",
        "quota",
        6,
        google.quota_failure(PER_DAY),
        google.retry_info("2s"),
    ),
    gemini_row(500, "INTERNAL", "server", 7),
    gemini_row(503, "UNAVAILABLE", "overloaded", 7),
    gemini_row(504, "DEADLINE_EXCEEDED", "server", 7),
    moonshot_row(400, "content_filter", "content_filter", 10),
    moonshot_row(400, "invalid_request_error", "invalid_request", 5),
    moonshot_row(401, "invalid_authentication_error", "auth", 4),
    moonshot_row(401, "incorrect_api_key_error", "auth", 4),
    moonshot_row(403, "permission_denied_error", "permission", 4),
    moonshot_row(404, "resource_not_found_error", "not_found", 5),
    moonshot_row(429, "rate_limit_reached_error", "rate_limit", 6, 3),
    moonshot_row(429, "engine_overloaded_error", "overloaded", 7, 3),
    moonshot_row(429, "exceeded_current_quota_error", "quota", 6),
    moonshot_row(500, "server_error", "server", 7, 3),
    moonshot_row(500, "unexpected_output", "server", 7, 3),
    qwen_row(400, "invalid_parameter_error", "invalid_request", 5),
    qwen_row(400, "data_inspection_failed", "content_filter", 10),
    qwen_row(400, "Arrearage", "quota", 6),
    qwen_row(401, "invalid_api_key", "auth", 4),
    qwen_row(401, None, "auth", 4),
    qwen_row(404, "model_not_found", "not_found", 5),
    qwen_row(429, "limit_requests", "rate_limit", 6, 3),
    qwen_row(429, "insufficient_quota", "quota", 6),
    qwen_row(500, "internal_error", "server", 7, 3),
    native_row(400, "InvalidParameter", "invalid_request", 5),
    native_row(400, "DataInspectionFailed", "content_filter", 10),
    native_row(400, "Arrearage", "quota", 6),
    native_row(401, "InvalidApiKey", "auth", 4),
    native_row(403, "AccessDenied", "permission", 4),
    native_row(403, "AccessDenied.Unpurchased", "permission", 4),
    native_row(403, "AllocationQuota.FreeTierOnly", "permission", 4),
    native_row(404, "ModelNotFound", "not_found", 5),
    native_row(404, "Model.NotExist", "not_found", 5),
    native_row(413, "RequestTooLarge", "invalid_request", 5),
    native_row(429, "Throttling", "rate_limit", 6, 3),
    native_row(429, "Throttling.RateQuota", "rate_limit", 6, 3),
    native_row(429, "Throttling.BurstRate", "rate_limit", 6, 3),
    native_row(500, "InternalError", "server", 7, 3),
    native_row(503, "ServiceUnavailable", "overloaded", 7, 3),
    native_row(504, "GatewayTimeout", "server", 7, 3),
]


def titled(row: Refusal) -> str:
    body = b"".join(step for step in row.reply.body if isinstance(step, bytes))
    detail = " PerDay" * (b"PerDay" in body) + " in a while" * (b"retryDelay" in body)
    return f"{row.name} {row.reply.status} {row.code or row.kind}{detail}"


@pytest.mark.parametrize("row", REFUSALS, ids=titled)
def test_an_error_has_its_kind_its_exit_code_and_its_retries(row: Refusal, aichat: Program) -> None:
    result, requests = ask_target(aichat, row.name, row.reply, "--json")
    error = error_of(result)
    assert (error["kind"], error["status"]) == (row.kind, row.reply.status)
    assert (result.code, len(requests)) == (row.exit, row.requests)
    assert (
        "It broke" in error["message"]
        and f"HTTP {row.reply.status}" in stderr_lines(result)[-1 - bool(error["hint"])]
    )
    assert row.code is None or error["code"] == row.code


@pytest.mark.parametrize(
    ("name", "reply", "request_id"),
    [
        ("qwen", google.qwen_error(500, None, "It broke"), google.REQUEST_ID),
        ("qwen dashscope", google.dashscope_error(500, "InternalError", "No"), google.REQUEST_ID),
        (
            "moonshot",
            google.moonshot_error(500, "server_error", "It broke"),
            "666a5359-a660-11f1-b705-00163e1dadc2",
        ),
    ],
)
def test_an_error_names_its_request(
    name: str, reply: Reply, request_id: str, aichat: Program
) -> None:
    result, _ = ask_target(aichat, name, reply, "--json", "--retries", "0")
    assert error_of(result)["request_id"] == request_id and request_id in result.stderr


@pytest.mark.parametrize("gone", ["kimi-k2-0711-preview", "kimi-latest", "moonshot-v1-8k"])
def test_a_model_that_is_gone_names_the_one_to_use(gone: str, aichat: Program) -> None:
    reply = google.moonshot_error(404, "resource_not_found_error", "Not found the model")
    result, _ = ask_target(aichat, "moonshot", reply, "-m", gone)
    assert (result.code, "kimi-k3.1-pro" in result.stderr) == (5, True)


@pytest.mark.parametrize(("delay", "wait"), [("37s", 37.0), ("0.25s", 0.25), ("60s", 60.0)])
def test_googles_retry_info_is_obeyed(delay: str, wait: float, aichat: Program) -> None:
    busy = google.gemini_error(429, "RESOURCE_EXHAUSTED", "Slow down", google.retry_info(delay))
    replies = iter([busy, busy, answer("gemini")])
    result, requests = ask_target(aichat, "gemini", lambda _: next(replies))
    assert (result.text, result.code, len(requests)) == ("Fine.\n", 0, 3)
    assert aichat.waits == [wait, wait]


def test_a_longer_wait_is_told_and_not_waited_for(aichat: Program) -> None:
    busy = google.gemini_error(429, "RESOURCE_EXHAUSTED", "Slow down", google.retry_info("3600s"))
    result, requests = ask_target(aichat, "gemini", busy, "--json")
    assert (result.code, len(requests), aichat.waits) == (6, 1, [])
    assert error_of(result)["retry_after"] == 3600 and "3600 s" in result.stderr


def test_moonshots_retry_after_is_obeyed(aichat: Program) -> None:
    headers = {"retry-after": "1", "x-retry-after": "1", "msh-cooldown-seconds": "1"}
    busy = google.moonshot_error(429, "rate_limit_reached_error", "Slow down", headers)
    replies = iter([busy, answer("moonshot")])
    result, _ = ask_target(aichat, "moonshot", lambda _: next(replies))
    assert (result.text, aichat.waits) == ("Fine.\n", [1.0])


def test_a_used_up_allocation_is_asked_again_after_a_minute_and_once_at_most(
    aichat: Program,
) -> None:
    busy = google.dashscope_error(429, "Throttling.AllocationQuota", "Allocated quota exceeded")
    result, requests = ask_target(aichat, "qwen dashscope", busy)
    assert result.code == 6 and len(requests) <= 2
    assert all(nap >= 60 for nap in aichat.waits)


def test_the_ids_of_an_account_are_not_shown(aichat: Program) -> None:
    organisation, key_id = f"org-{'0a1b2c3d' * 4}", "ak-f3a9c1d2e4b5a6f7c8d9"
    message = (
        f"Your account {organisation}<{key_id}> request reached organization max RPM: 3, "
        "please try again after 1 seconds"
    )
    busy = google.moonshot_error(429, "rate_limit_reached_error", message)
    result, _ = ask_target(aichat, "moonshot", busy, "--json", "--debug", "--retries", "1")
    shown = result.text + result.stderr
    assert "max RPM: 3" in shown
    assert organisation not in shown and key_id not in shown


# -- the key once more


def leaks(text: str) -> list[str]:
    """Eight characters in a row of the key are more than may be shown of it."""
    pieces = {SENTINEL[at : at + 8] for at in range(len(SENTINEL) - 7)}
    return [piece for piece in pieces if piece in text]


def echoes(name: str) -> dict[str, Reply]:
    """Every way in which a server may say the key back."""
    said, target = f"Incorrect API key provided: {SENTINEL}.", TARGETS[name]
    refused = {
        "gemini": google.gemini_error(400, "INVALID_ARGUMENT", said, BAD_KEY),
        "qwen dashscope": google.dashscope_error(401, "InvalidApiKey", said),
        "qwen dashscope text": google.dashscope_error(401, SENTINEL, said),
        "qwen": google.qwen_error(401, "invalid_api_key", said),
        "qwen responses": google.qwen_error(401, SENTINEL, said),
        "moonshot": google.moonshot_error(401, "incorrect_api_key_error", said),
    }
    in_stream = {
        "gemini": google.gemini_stream_error(400, SENTINEL, said, SAID),
        "dashscope": google.dashscope_stream_error(400, SENTINEL, said, SAID),
    }
    flat = begun(name, *sse({"error": {"message": said, "code": SENTINEL}}, done=False))
    return {
        "refused": refused[name],
        "request id": Reply(500, {"x-request-id": SENTINEL}, [b"no"], length=True),
        "page": Reply(
            200,
            {"content-type": "text/html"},
            [f"<html><title>{SENTINEL}</title>".encode()],
            length=True,
        ),
        "in the stream": in_stream.get(target.wire, flat),
        "broken": begun(name, b"data: {" + SENTINEL.encode() + b"\n\n"),
        "broken, cut in the key": begun(name, b"data: {" + b"x" * 60 + SENTINEL.encode() + b"\n\n"),
    }


@pytest.mark.parametrize("mode", [("--debug",), ("--events", "--debug", "--usage")], ids=" ".join)
@pytest.mark.parametrize("case", echoes("gemini"))
@pytest.mark.parametrize("name", TARGETS)
def test_a_key_that_the_server_says_back_is_never_shown(
    name: str, case: str, mode: tuple[str, ...], aichat: Program
) -> None:
    result, requests = ask_target(aichat, name, echoes(name)[case], *mode, "--retries", "0")
    assert result.code in (4, 5, 7)
    assert requests[0].headers[TARGETS[name].auth] == TARGETS[name].secret
    assert leaks(result.text + result.stderr) == []


# -- a signal


@pytest.mark.parametrize("name", TARGETS)
def test_a_signal_ends_the_answer_where_it_is(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    with Server(begun(name, hold_forever())) as server:
        process = point_program_at(aichat, target, server.url).start(*target.command("--events"))
        try:
            seen = read_until(
                process.stdout.fileno(), lambda data: b'"text": "Hello wor"' in data, process
            )
            process.send_signal(signal.SIGINT)
            code, _ = wait_for_exit(process)
            rest, _ = process.communicate()
        finally:
            process.kill()
            process.communicate()
        assert server.requests[0].closed.wait(5)
    last = json.loads((seen + rest).decode().splitlines()[-1])
    assert (code, last["type"], last["text"]) == (-signal.SIGINT, "finish", SAID)
    assert (last["finish_reason"], last["error"]["exit"]) == ("cancelled", 130)


# -- the traffic of these tests, as the official clients read it


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official clients heed one."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize("stream", [True, False], ids=HOW)
def test_googles_own_client_reads_the_same_answer(stream: bool) -> None:
    genai = pytest.importorskip("google.genai")
    with Server(answer("gemini", PIECES, full=True, stream=stream)) as server:
        options = {"base_url": server.url, "api_version": "v1beta"}
        client = genai.Client(api_key=SENTINEL, http_options=options)
        ask = client.models.generate_content_stream if stream else None
        given = {"model": google.GEMINI, "contents": "hi"}
        chunks = list(ask(**given)) if ask else [client.models.generate_content(**given)]
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts or ()]
    assert "".join(p.text or "" for p in parts if not p.thought) == TEXT
    assert "".join(p.text or "" for p in parts if p.thought) == "Think twice."
    (call,) = [p.function_call for p in parts if p.function_call]
    assert (call.id, call.name, call.args) == ("call_9", "port_depth", {"port": "Leith"})
    assert chunks[-1].usage_metadata.total_token_count == 15
    assert chunks[-1].candidates[0].finish_reason == "STOP"


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize("stream", [True, False], ids=HOW)
@pytest.mark.parametrize("name", NATIVES)
def test_dashscopes_own_client_reads_the_same_answer(name: str, stream: bool) -> None:
    dashscope = pytest.importorskip("dashscope")
    kind = dashscope.MultiModalConversation if name == "qwen dashscope" else dashscope.Generation
    with Server(answer(name, PIECES, full=True, stream=stream)) as server:
        given: dict[str, Any] = {"stream": True, "incremental_output": True} if stream else {}
        found = kind.call(
            model=TARGETS[name].model,
            api_key=SENTINEL,
            messages=[USER],
            base_address=f"{server.url}/api/v1",
            result_format="message",
            **given,
        )
        answers = list(found) if stream else [found]
    messages = [a.output.choices[0].message for a in answers]
    texts = [
        m.content if isinstance(m.content, str) else m.content[0]["text"]
        for m in messages
        if m.content
    ]
    assert {a.status_code for a in answers} == {200}
    assert "".join(texts) == TEXT
    assert "".join(m.get("reasoning_content") or "" for m in messages) == "Think twice."
    calls = [c for m in messages for c in m.get("tool_calls") or ()]
    assert "".join(c["function"]["arguments"] for c in calls) == "".join(ARGUMENTS)
    assert answers[-1].output.choices[0].finish_reason == "tool_calls"
    assert answers[-1].usage.input_tokens == 12
