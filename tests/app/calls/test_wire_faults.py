"""The faults of net and keys again, as they look on the Responses and Messages wires."""

import json
import signal
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from tests.app.setup.test_providers import TARGETS, aimed, asked, events_in
from tests.support.answering.answers import (
    messages_error,
    messages_stream,
    messages_stream_error,
    messages_whole,
    responses_error,
    responses_stream,
    responses_stream_error,
    responses_whole,
)
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Cut,
    RefuseAfterAccept,
    Reply,
    ScriptedReply,
    SeenRequest,
    Server,
    SilentReply,
    Step,
    chat_error,
)
from tests.support.running.program import SENTINEL, Program, Result
from tests.support.running.whole_runs import (
    error_of,
    hold_forever,
    read_until,
    stderr_lines,
    wait_for_exit,
)

TEXT = "Hello wor"
HTML = (
    b"<!doctype html><html><head><title>Sign in</title><meta charset=utf-8><!-- a portal -->\n"
    b"</head><body>Hi</body></html>"
)
#: One provider for each wire, and one more where it differs.
OPENAI, ANTHROPIC = TARGETS["openai"], TARGETS["anthropic"]
XAI, PERPLEXITY = TARGETS["xai"], TARGETS["perplexity"]
WIRES = {"responses": OPENAI, "messages": ANTHROPIC}


def begun(wire: str, *steps: Step) -> Reply:
    """An answer that begins with ``TEXT``, and then ``steps``."""
    whole = responses_stream([TEXT]) if wire == "responses" else messages_stream([TEXT])
    last = next(n for n, step in enumerate(whole.body) if TEXT.encode() in bytes(step))  # type: ignore[arg-type]
    return Reply(headers=SSE, body=[*whole.body[: last + 1], *steps])


def opened(wire: str, *steps: Step) -> Reply:
    """An answer of which only the first event has come, and then ``steps``."""
    return Reply(headers=SSE, body=[*begun(wire).body[:1], *steps])


class Case(NamedTuple):
    """A fault: what the server does and what the user gets."""

    target: str
    reply: Reply
    kind: str
    exit: int
    says: str = ""
    text: str = TEXT
    finish: str | None = None


def both(name: str, *steps: Step, **fields: Any) -> dict[str, Case]:
    """The same fault after the first text of either wire."""
    return {
        f"{wire}: {name}": Case(target.provider, begun(wire, *steps), **fields)
        for wire, target in WIRES.items()
    }


def failed(name: str, code: str, kind: str, exit_code: int) -> dict[str, Case]:
    """An error inside a Responses stream, in all the shapes there are."""
    shapes = ("recorded", "flat", "nested", "failed")
    error_type = "invalid_request_error" if exit_code == 5 else code
    told = {
        shape: responses_stream_error(
            "It broke", code, error_type=error_type, after=[TEXT], shape=shape
        )  # type: ignore[arg-type]
        for shape in shapes
    }
    return {
        f"responses: {name}, {shape}": Case("openai", reply, kind, exit_code, "It broke")
        for shape, reply in told.items()
    }


def erred(error_type: str, kind: str, exit_code: int) -> dict[str, Case]:
    """An error event inside a Messages stream."""
    reply = messages_stream_error(error_type, "It broke", after=[TEXT])
    return {f"messages: {error_type}": Case("anthropic", reply, kind, exit_code, "It broke")}


HALF = {
    "responses": b'event: response.output_text.delta\ndata: {"type":"response.output_text.del',
    "messages": b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"ty',
}
WHY = "The model paused."
CASES: dict[str, Case] = {
    **both("71 reset", Cut(), kind="truncated", exit=9, says="cut"),
    **both("71 closed", CloseEarly(), kind="truncated", exit=9, says="cut"),
    **both("72 a clean end without a terminal event", kind="truncated", exit=9, says="ended"),
    **both("75 broken JSON", b"data: {broken\n\n", kind="protocol", exit=7, says="{broken"),
    "responses: 72 inside an event": Case(
        "openai", begun("responses", HALF["responses"]), "truncated", 9, "ended"
    ),
    "messages: 72 inside an event": Case(
        "anthropic", begun("messages", HALF["messages"]), "truncated", 9, "ended"
    ),
    # 73: how an answer ends
    "responses: 73 the model's own limit": Case(
        "openai",
        responses_stream([TEXT], incomplete="max_output_tokens"),
        "length",
        9,
        "limit",
        finish="length",
    ),
    "messages: 73 the model's own limit": Case(
        "anthropic", messages_stream([TEXT], stop_reason="max_tokens"), "length", 9, "limit",
        finish="length",
    ),
    "responses: 73 filtered": Case(
        "openai",
        responses_stream([TEXT], incomplete="content_filter"),
        "content_filter",
        10,
        "filter",
        finish="content_filter",
    ),
    "responses: refused": Case(
        "openai",
        responses_stream((), refusal=["I can", "not."]),
        "refusal",
        10,
        "refused",
        text="",
        finish="refusal",
    ),
    "messages: refused": Case(
        "anthropic",
        messages_stream(
            [TEXT],
            stop_reason="refusal",
            stop_details={"type": "refusal", "category": "cyber", "explanation": "I cannot."},
        ),
        "refusal",
        10,
        "refused",
        finish="refusal",
    ),
    "messages: the context window is full": Case(
        "anthropic",
        messages_stream([TEXT], stop_reason="model_context_window_exceeded"),
        "context_length",
        5,
        "context",
    ),
    # 74: errors inside the stream
    **failed("74 server", "server_error", "server", 7),
    **failed("74 rate limit", "rate_limit_exceeded", "rate_limit", 6),
    **failed("74 quota", "insufficient_quota", "quota", 6),
    **failed("74 context", "context_length_exceeded", "context_length", 5),
    **failed("74 a bad prompt", "invalid_prompt", "invalid_request", 5),
    **erred("overloaded_error", "overloaded", 7),
    **erred("api_error", "server", 7),
    **erred("rate_limit_error", "rate_limit", 6),
    **erred("billing_error", "quota", 6),
    **erred("authentication_error", "auth", 4),
    **erred("permission_error", "permission", 4),
    **erred("invalid_request_error", "invalid_request", 5),
    **erred("not_found_error", "not_found", 5),
    **erred("timeout_error", "server", 7),
    "perplexity: 74 a failure": Case(
        "perplexity",
        responses_stream_error("It broke", "500", error_type="internal_error", after=[TEXT],
                         style="perplexity"),
        "server",
        7,
        "It broke",
    ),
    "xai: 74 an error": Case(
        "xai",
        responses_stream_error("It broke", after=[TEXT], style="xai"),
        "server",
        7,
        "It broke",
    ),
}  # fmt: skip


def run(
    aichat: Program, target: str, reply: Reply, *words: str
) -> tuple[Result, Sequence[SeenRequest]]:
    return asked(aichat, TARGETS[target], reply, *words)


@pytest.mark.parametrize("name", CASES)
def test_what_came_before_a_fault_is_kept_and_the_fault_has_its_own_code(
    name: str, aichat: Program
) -> None:
    case = CASES[name]
    result, requests = run(aichat, case.target, case.reply, "--json")
    answer = json.loads(result.text)
    assert len(requests) == 1, "never sent again once text has come"
    assert (error_of(result)["kind"], result.code) == (case.kind, case.exit)
    assert (answer["text"], answer["finish_reason"]) == (case.text, case.finish)
    assert answer["complete"] is False
    assert 1 <= len(stderr_lines(result)) <= 2
    assert stderr_lines(result)[0].startswith(f"aichat: {case.target} ")
    assert result.stderr.count("It broke") <= 1, "an error that is told twice is reported once"
    assert case.says in stderr_lines(result)[0] and "Traceback" not in result.stderr


@pytest.mark.parametrize("name", CASES)
def test_the_same_without_json_is_the_text_and_a_newline(name: str, aichat: Program) -> None:
    case = CASES[name]
    result, _ = run(aichat, case.target, case.reply)
    assert (result.text, result.code) == (f"{case.text}\n" if case.text else "", case.exit)
    assert f"aichat: {case.target} " in result.stderr


@pytest.mark.parametrize("name", CASES)
def test_the_last_event_is_the_same_object(name: str, aichat: Program) -> None:
    case = CASES[name]
    result, _ = run(aichat, case.target, case.reply, "--events")
    first, *middle, last = events_in(result)
    assert (first["type"], last["type"], last["error"]["kind"]) == ("start", "finish", case.kind)
    assert "finish" not in [event["type"] for event in middle]
    assert "".join(e["text"] for e in middle if e["type"] == "text") == case.text


@pytest.mark.parametrize("name", ["responses: refused", "messages: refused"])
def test_the_models_own_words_of_refusal_are_told(name: str, aichat: Program) -> None:
    case = CASES[name]
    plain, _ = run(aichat, case.target, case.reply)
    assert "I cannot." in plain.stderr and b"I cannot." not in plain.stdout
    result, _ = run(aichat, case.target, case.reply, "--events")
    *middle, last = events_in(result)
    assert last["refusal"] == "I cannot."
    assert "".join(e["text"] for e in middle if e["type"] == "refusal") == "I cannot."


# -- the same endings of answers in one body

WHOLE: dict[str, tuple[str, Reply, str, int]] = {
    "responses: limit": (
        "openai", responses_whole(TEXT, incomplete="max_output_tokens"), "length", 9,
    ),
    "responses: filter": (
        "openai", responses_whole(TEXT, incomplete="content_filter"), "content_filter", 10,
    ),
    "responses: refused": ("openai", responses_whole(None, refusal="No."), "refusal", 10),
    "responses: failed": (
        "openai",
        responses_whole(None, error={"code": "server_error", "message": "It broke"}),
        "server",
        7,
    ),
    "responses: out of quota": (
        "openai",
        responses_whole(None, error={"code": "insufficient_quota", "message": "It broke"}),
        "quota",
        6,
    ),
    "perplexity: failed": (
        "perplexity",
        responses_whole(
            None, error={"code": "500", "message": "It broke", "type": "x"}, style="perplexity"
        ),
        "server",
        7,
    ),
    "messages: limit": (
        "anthropic", messages_whole(TEXT, stop_reason="max_tokens"), "length", 9,
    ),
    "messages: refused": (
        "anthropic", messages_whole(TEXT, stop_reason="refusal"), "refusal", 10,
    ),
    "messages: an error of status 200": (
        "anthropic",
        Reply(headers={"content-type": "application/json"},
              body=messages_error(200, "overloaded_error", "It broke").body, length=True),
        "overloaded",
        7,
    ),
}  # fmt: skip


@pytest.mark.parametrize("stream", [True, False], ids=["asked for a stream", "--no-stream"])
@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_in_one_body_ends_in_the_same_codes(
    name: str, stream: bool, aichat: Program
) -> None:
    target, reply, kind, exit_code = WHOLE[name]
    result, _ = run(aichat, target, reply, "--json", *(() if stream else ("--no-stream",)))
    assert (error_of(result)["kind"], result.code) == (kind, exit_code)


# -- 73: whose limit it was

CUT = {
    "openai": responses_stream([TEXT], incomplete="max_output_tokens"),
    "anthropic": messages_stream([TEXT], stop_reason="max_tokens"),
    "perplexity": responses_stream([TEXT], incomplete="max_output_tokens", style="perplexity"),
}
OWN = {
    "typed": (("--max-tokens", "50"), ""),
    "in the body": (("-o", "max_output_tokens=50", "-o", "max_tokens=50"), ""),
    "in a profile": ((), 'default_profile = "p"\n[profiles.p]\nmax_tokens = 50\n'),
}


@pytest.mark.parametrize("where", OWN)
@pytest.mark.parametrize("name", CUT)
def test_a_limit_of_the_users_is_no_fault_but_a_notice(
    name: str, where: str, aichat: Program
) -> None:
    words, config = OWN[where]
    aichat.write_config(config)
    result, _ = run(aichat, name, CUT[name], *words)
    assert (result.text, result.code) == (f"{TEXT}\n", 0)
    assert len(stderr_lines(result)) == 1 and "limit" in result.stderr
    told = json.loads(run(aichat, name, CUT[name], "--json", *words)[0].text)
    assert (told["finish_reason"], told["complete"], told["error"]) == ("length", False, None)


# -- errors before the answer


class Refused(NamedTuple):
    """An HTTP error, its kind, its exit code, and how often it is sent in all."""

    target: str
    reply: Reply
    kind: str
    exit: int
    requests: int = 1


def openai(status: int, code: str | None = None, message: str = "It broke", **more: Any) -> Reply:
    headers = {"x-request-id": "req_7", **more.pop("headers", {})}
    return responses_error(status, message, code, headers=headers, **more)


def claude(status: int, error_type: str, message: str = "It broke", **more: Any) -> Reply:
    return messages_error(status, error_type, message, **more)


def grok(status: int, message: str) -> Reply:
    headers = {"x-request-id": "req_7"}
    return responses_error(status, message, "invalid-argument", style="xai", headers=headers)


def agent(status: int, code: str, message: str = "It broke") -> Reply:
    headers = {"x-request-id": "req_7"}
    return responses_error(status, message, code, style="perplexity", headers=headers)


UNSUPPORTED = "Unsupported country, region, or territory"
LONG = "prompt is too long: 210000 tokens > 200000 maximum"
REFUSED: dict[str, Refused] = {
    f"{case.target} {name}": case
    for name, case in [
        ("400", Refused("openai", openai(400, "invalid_value"), "invalid_request", 5)),
        ("400 model", Refused("openai", openai(400, "model_not_found"), "not_found", 5)),
        ("400 context", Refused("openai", openai(400, "context_length_exceeded"),
                                "context_length", 5)),
        ("401", Refused("openai", openai(401, "invalid_api_key"), "auth", 4)),
        ("403", Refused("openai", openai(403, None, UNSUPPORTED), "permission", 4)),
        ("404", Refused("openai", openai(404, "model_not_found"), "not_found", 5)),
        ("408", Refused("openai", openai(408), "timeout", 8, 3)),
        ("409", Refused("openai", openai(409), "server", 7, 3)),
        ("422", Refused("openai", openai(422), "invalid_request", 5)),
        ("429", Refused("openai", openai(429, "rate_limit_exceeded"), "rate_limit", 6, 3)),
        ("429 quota", Refused("openai", openai(429, "insufficient_quota"), "quota", 6)),
        ("500", Refused("openai", openai(500, error_type="server_error"), "server", 7, 3)),
        ("502", Refused("openai", openai(502, error_type="server_error"), "server", 7, 3)),
        ("503", Refused("openai", openai(503, message="The engine is overloaded, slow down"),
                        "overloaded", 7, 3)),
        ("500 final", Refused("openai", openai(500, error_type="server_error",
                                               headers={"x-should-retry": "false"}), "server", 7)),
        ("400", Refused("anthropic", claude(400, "invalid_request_error"), "invalid_request", 5)),
        ("400 credit", Refused("anthropic", claude(400, "invalid_request_error",
                               "Your credit balance is too low to access the API."), "quota", 6)),
        ("400 context", Refused("anthropic", claude(400, "invalid_request_error", LONG),
                                "context_length", 5)),
        ("401", Refused("anthropic", claude(401, "authentication_error", "invalid x-api-key"),
                        "auth", 4)),
        ("402", Refused("anthropic", claude(402, "billing_error"), "quota", 6)),
        ("403", Refused("anthropic", claude(403, "permission_error"), "permission", 4)),
        ("404", Refused("anthropic", claude(404, "not_found_error", "model: x"), "not_found", 5)),
        ("409", Refused("anthropic", claude(409, "conflict_error"), "server", 7, 3)),
        ("413", Refused("anthropic", claude(413, "request_too_large"), "invalid_request", 5)),
        ("429", Refused("anthropic", claude(429, "rate_limit_error"), "rate_limit", 6, 3)),
        ("429 spend", Refused("anthropic", claude(429, "rate_limit_error",
                              error_code="enforced_spend_limit_reached"), "quota", 6)),
        ("500", Refused("anthropic", claude(500, "api_error"), "server", 7, 3)),
        ("504", Refused("anthropic", claude(504, "timeout_error"), "server", 7, 3)),
        ("529", Refused("anthropic", claude(529, "overloaded_error"), "overloaded", 7, 3)),
        ("400 key", Refused("xai", grok(400, "Incorrect API key provided: xa***yz."), "auth", 4)),
        ("400 model", Refused("xai", grok(400, "Model not found: grok-9"), "not_found", 5)),
        ("400 parameter", Refused("xai", grok(400, "Model grok-4.5 does not support parameter "
                                              "frequencyPenalty."), "invalid_request", 5)),
        ("403", Refused("xai", grok(403, "The team is blocked."), "permission", 4)),
        ("410", Refused("xai", grok(410, "Live search is deprecated."), "invalid_request", 5)),
        ("422", Refused("xai", grok(422, "missing field"), "invalid_request", 5)),
        ("429", Refused("xai", grok(429, "Too many requests"), "rate_limit", 6, 3)),
        ("503", Refused("xai", grok(503, "busy"), "overloaded", 7, 3)),
        ("400 model", Refused("perplexity", agent(400, "invalid_model"), "not_found", 5)),
        ("400 field", Refused("perplexity", agent(400, "invalid_request", 'unknown field "x"'),
                              "invalid_request", 5)),
        ("401", Refused("perplexity", agent(401, "invalid_api_key"), "auth", 4)),
        ("401 credit", Refused("perplexity", agent(401, "unauthorized",
                               "You have exhausted your API credits."), "quota", 6)),
        ("403", Refused("perplexity", agent(403, "forbidden"), "permission", 4)),
        ("424", Refused("perplexity", agent(424, "failed_dependency"), "invalid_request", 5)),
        ("429", Refused("perplexity", agent(429, "request_rate_limit_exceeded"),
                        "rate_limit", 6, 3)),
        ("500", Refused("perplexity", agent(500, "internal_error"), "server", 7, 3)),
    ]
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_has_its_kind_its_code_and_its_number_of_attempts(
    name: str, aichat: Program
) -> None:
    case = REFUSED[name]
    result, requests = run(aichat, case.target, case.reply, "--json")
    error = error_of(result)
    assert (error["kind"], result.code, len(requests)) == (case.kind, case.exit, case.requests)
    assert error["status"] == case.reply.status
    assert error["request_id"] in ("req_7", "req_011")
    last = stderr_lines(result)[case.requests - 1]
    assert last.startswith(f"aichat: {case.target} ")
    assert f"HTTP {case.reply.status}" in last and error["request_id"] in last
    assert len(stderr_lines(result)) <= case.requests + 1
    assert {seen.body for seen in requests} == {requests[0].body}


@pytest.mark.parametrize("name", ["openai 429", "anthropic 529", "xai 503", "perplexity 500"])
def test_a_passing_fault_ends_in_the_answer(name: str, aichat: Program) -> None:
    case = REFUSED[name]
    target = TARGETS[case.target]
    with Server(case.reply, target.reply()) as server:
        aimed(aichat, target.provider, server.url)
        result = aichat.invoke(*target.command())
        assert len(server.requests) == 2
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert len(stderr_lines(result)) == 1 and "retrying" in result.stderr
    assert aichat.waits == [0.25], "half of half a second, as the jitter has it"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"retry-after": "7"}, 7.0), ({"retry-after-ms": "1500", "retry-after": "30"}, 1.5)],
)
def test_the_wait_that_the_server_asks_for_is_kept(
    headers: dict[str, str], wait: float, wire: str, aichat: Program
) -> None:
    busy = {
        "responses": openai(429, "rate_limit_exceeded", headers=headers),
        "messages": claude(429, "rate_limit_error", headers=headers),
    }[wire]
    with Server(busy, WIRES[wire].reply()) as server:
        aimed(aichat, WIRES[wire].provider, server.url)
        result = aichat.invoke(*WIRES[wire].command())
    assert (aichat.waits, result.code) == ([wait], 0)


def test_a_wait_of_an_hour_is_told_and_not_waited(aichat: Program) -> None:
    busy = claude(429, "rate_limit_error", headers={"retry-after": "3600"})
    with Server(default=busy) as server:
        aimed(aichat, "anthropic", server.url)
        result = aichat.invoke(*ANTHROPIC.command("--json"))
        assert len(server.requests) == 1
    assert (aichat.waits, error_of(result)["retry_after"]) == ([], 3600.0)
    assert "3600" in stderr_lines(result)[1]


def test_a_retry_after_on_a_good_answer_is_no_reason_to_wait(aichat: Program) -> None:
    calm = Reply(headers={**SSE, "retry-after": "58"}, body=messages_stream(["Fine."]).body)
    result, requests = run(aichat, "anthropic", calm)
    assert (result.text, result.stderr, len(requests)) == ("Fine.\n", "", 1)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("lost", ["before a byte", "before output"])
def test_a_sent_question_is_not_sent_again_where_its_connection_was_lost(
    wire: str, lost: str, aichat: Program
) -> None:
    """It may have been answered, and be billed."""
    reply = RefuseAfterAccept(read=True) if lost == "before a byte" else opened(wire, Cut())
    with Server(reply, WIRES[wire].reply()) as server:
        aimed(aichat, WIRES[wire].provider, server.url)
        result = aichat.invoke(*WIRES[wire].command())
        assert len(server.requests) == 1
    assert (result.text, result.code) == ("", 8)
    assert "may be billed" in result.stderr


def test_a_401_in_a_region_says_that_keys_belong_to_one(aichat: Program) -> None:
    aichat.write_config('[providers.openai]\nregion = "eu"\n')
    result, _ = run(aichat, "openai", openai(401, "invalid_api_key"))
    assert result.code == 4 and "region" in result.stderr


# -- 64, 65: silence

QUICK = ("--timeout", "0.25", "--retries", "2", "--json")
SILENCE: dict[str, tuple[Reply, str, int, str]] = {
    "nothing": (SilentReply(), "timeout", 8, "no first byte within 0.25 s"),
    "headers": (
        Reply(headers=SSE, body=[hold_forever()]), "timeout", 8, "no first byte within 0.25 s",
    ),
    "a comment": (
        Reply(headers=SSE, body=[b": keepalive\n\n", hold_forever()]),
        "timeout",
        8,
        "no data for 0.25 s",
    ),
    "a ping": (
        Reply(headers=SSE, body=[b'event: ping\ndata: {"type":"ping"}\n\n', hold_forever()]),
        "timeout",
        8,
        "no data for 0.25 s",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("name", SILENCE)
def test_silence_before_the_answer_is_a_timeout_that_is_not_tried_again(
    name: str, wire: str, aichat: Program
) -> None:
    reply, kind, exit_code, says = SILENCE[name]
    result, requests = run(aichat, WIRES[wire].provider, reply, *QUICK)
    assert (error_of(result)["kind"], result.code, len(requests)) == (kind, exit_code, 1)
    assert says in stderr_lines(result)[0]


@pytest.mark.parametrize("wire", WIRES)
def test_silence_after_the_first_event_is_a_timeout_since_no_answer_has_come(
    wire: str, aichat: Program
) -> None:
    result, requests = run(aichat, WIRES[wire].provider, opened(wire, hold_forever()), *QUICK)
    assert (error_of(result)["kind"], result.code, len(requests)) == ("timeout", 8, 1)


@pytest.mark.parametrize("wire", WIRES)
def test_silence_in_the_answer_keeps_what_came(wire: str, aichat: Program) -> None:
    result, requests = run(aichat, WIRES[wire].provider, begun(wire, hold_forever()), *QUICK)
    assert (json.loads(result.text)["text"], len(requests)) == (TEXT, 1)
    assert (error_of(result)["kind"], result.code) == ("truncated", 9)
    assert "no data for 0.25 s" in stderr_lines(result)[0]


@pytest.mark.parametrize("wire", WIRES)
def test_a_comment_before_the_answer_is_life_and_no_text(wire: str, aichat: Program) -> None:
    calm = WIRES[wire].reply()
    reply = Reply(headers=SSE, body=[*[b": keepalive\n\n"] * 7, *calm.body])
    result, _ = run(aichat, WIRES[wire].provider, reply)
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)


# -- 77 to 79: what is not the API


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("content", ["text/html; charset=utf-8", "text/event-stream"])
def test_a_web_page_is_exit_7_and_named(wire: str, content: str, aichat: Program) -> None:
    page = Reply(headers={"content-type": content}, body=[HTML], length=True)
    result, requests = run(aichat, WIRES[wire].provider, page, "--json")
    assert (error_of(result)["kind"], result.code, len(requests)) == ("protocol", 7, 1)
    assert "not the API" in stderr_lines(result)[0] and "<body" not in result.stderr


@pytest.mark.parametrize("wire", WIRES)
def test_a_proxys_502_is_stripped_and_tried_again(wire: str, aichat: Program) -> None:
    page = Reply(502, {"content-type": "text/html"}, [HTML], length=True)
    result, requests = run(aichat, WIRES[wire].provider, page, "--json")
    assert (error_of(result)["kind"], result.code, len(requests)) == ("server", 7, 3)
    assert "Sign in" in result.stderr and "<" not in result.stderr


@pytest.mark.parametrize("wire", WIRES)
def test_a_login_is_exit_7_and_the_key_does_not_follow(wire: str, aichat: Program) -> None:
    with Server(default=WIRES[wire].reply()) as other:
        away = Reply(307, {"location": f"{other.url}/v1"}, length=True)
        result, _ = run(aichat, WIRES[wire].provider, away, "--json")
        assert other.requests == []
    assert (error_of(result)["kind"], result.code) == ("protocol", 7)
    assert f"127.0.0.1:{other.port}" in stderr_lines(result)[0]


EMPTY = {
    "responses": [responses_stream(()), responses_whole(None)],
    "messages": [messages_stream(()), messages_whole(None)],
}


@pytest.mark.parametrize("wire", EMPTY)
def test_80_an_empty_answer_is_no_fault_but_is_said(wire: str, aichat: Program) -> None:
    for reply in EMPTY[wire]:
        result, _ = run(aichat, WIRES[wire].provider, reply)
        assert (result.stdout, result.code) == (b"", 0)
        assert len(stderr_lines(result)) == 1 and "empty answer" in result.stderr


# -- keys: 4, 75

ECHO = f"Incorrect API key provided: {SENTINEL}. You can find your key at the console."
ECHOES: dict[str, tuple[str, Reply]] = {
    "openai 401": ("openai", openai(401, "invalid_api_key", ECHO)),
    "openai code": ("openai", openai(401, SENTINEL, "no")),
    "openai request id": (
        "openai", responses_error(400, "no", headers={"x-request-id": SENTINEL}),
    ),
    "xai 400": ("xai", grok(400, ECHO)),
    "anthropic 401": ("anthropic", claude(401, "authentication_error", ECHO)),
    "perplexity 401": ("perplexity", agent(401, "invalid_api_key", ECHO)),
    "openai in the stream": ("openai", responses_stream_error(ECHO, "server_error", after=[TEXT])),
    "anthropic in the stream": (
        "anthropic",
        messages_stream_error("api_error", ECHO, after=[TEXT]),
    ),
    "openai failed": (
        "openai", responses_whole(None, error={"code": "server_error", "message": ECHO}),
    ),
    "openai broken JSON": ("openai", begun("responses", f"data: {{{ECHO}\n\n".encode())),
    "anthropic broken JSON": ("anthropic", begun("messages", f"data: {{{ECHO}\n\n".encode())),
    "anthropic a 500 that is tried again": ("anthropic", claude(500, "api_error", ECHO)),
    "openai a page": (
        "openai",
        Reply(403, {"content-type": "text/plain"}, [ECHO.encode()], length=True),
    ),
}  # fmt: skip
SHOWN = ((), ("--json",), ("--events",), ("--debug",))


@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
@pytest.mark.parametrize("name", ECHOES)
def test_a_key_that_the_server_says_back_is_never_shown(
    name: str, words: tuple[str, ...], aichat: Program
) -> None:
    target, reply = ECHOES[name]
    result, _ = run(aichat, target, reply, *words)
    assert result.code not in (0, 1)
    for told in (result.text, result.stderr):
        assert SENTINEL not in told and SENTINEL[4:20] not in told


@pytest.mark.parametrize("wire", WIRES)
def test_75_a_broken_event_is_shown_in_80_bytes_without_the_key(wire: str, aichat: Program) -> None:
    event = "data: {" + "x" * 65 + SENTINEL + "y" * 500 + "\n\n"
    result, _ = run(aichat, WIRES[wire].provider, begun(wire, event.encode()))
    assert (result.text, result.code) == (f"{TEXT}\n", 7)
    assert "x" * 65 in result.stderr and "y" * 80 not in result.stderr
    assert SENTINEL[:10] not in result.stderr


# -- a field that we had added and that a server refuses


def choosy(target: str, field: str, message: str, param: str | None) -> ScriptedReply:
    """A server that refuses ``field``, in its provider's words."""

    def answer(seen: SeenRequest) -> Reply:
        if field not in seen.json():
            return TARGETS[target].reply()
        style = TARGETS[target].style
        return responses_error(400, message, "unknown_parameter", param=param, style=style)

    return answer


ADDED = {
    "openai store": ("openai", "store", "Unknown parameter: 'store'.", "store"),
    "openai store in words": ("openai", "store", "Unknown parameter: 'store'.", None),
    "openai include": (
        "openai",
        "include",
        "Encrypted content is not supported with this model.",
        "include",
    ),
    "xai store": ("xai", "store", "Argument not supported: store", None),
    "xai include": ("xai", "include", "Argument not supported: include", None),
    "perplexity store": ("perplexity", "store", 'unknown field "store"', "store"),
    "perplexity tools": ("perplexity", "tools", 'unknown field "tools"', "tools"),
}


@pytest.mark.parametrize("name", ADDED)
def test_what_we_added_is_dropped_once_with_a_notice(name: str, aichat: Program) -> None:
    target, field, message, param = ADDED[name]
    with Server(default=choosy(target, field, message, param)) as server:
        aimed(aichat, target, server.url)
        result = aichat.invoke(*TARGETS[target].command("--retries", "0"))
        first, second = (seen.json() for seen in server.requests)
    assert (result.text, result.code) == ("Fine.\n", 0)
    del first[field]
    assert first == second
    assert len(stderr_lines(result)) == 1 and f"'{field}'" in result.stderr


def test_each_of_two_refused_fields_is_dropped(aichat: Program) -> None:
    store, include = (openai(400, "unknown_parameter", f"Unknown parameter: '{name}'.", param=name)
                      for name in ("store", "include"))  # fmt: skip
    with Server(store, include, OPENAI.reply()) as server:
        aimed(aichat, "openai", server.url)
        result = aichat.invoke(*OPENAI.command())
        last = server.requests[-1].json()
    assert (result.text, result.code, len(stderr_lines(result))) == ("Fine.\n", 0, 2)
    assert not {"store", "include"} & last.keys()


def test_a_server_that_goes_on_refusing_is_not_asked_for_ever(aichat: Program) -> None:
    never = openai(400, "unknown_parameter", "Unknown parameter: 'store'.", param="store")
    result, requests = run(aichat, "openai", never)
    assert (len(requests), result.code) == (2, 5)


TYPED = {
    "store": ("openai", ("-o", "store=false")),
    "include": ("openai", ("-o", 'include=["reasoning.encrypted_content"]')),
    "tools": ("perplexity", ("-o", 'tools=[{"type":"web_search"}]')),
    "temperature": ("perplexity", ("--temperature", "1.5")),
}


@pytest.mark.parametrize("field", TYPED)
def test_what_the_user_typed_is_never_dropped_but_exit_5(field: str, aichat: Program) -> None:
    target, words = TYPED[field]
    reply = choosy(target, field, f"Unknown parameter: '{field}'.", field)
    with Server(default=reply) as server:
        aimed(aichat, target, server.url)
        result = aichat.invoke(*TARGETS[target].command("--json", *words))
        assert len(server.requests) == 1
    assert (error_of(result)["kind"], result.code) == ("invalid_request", 5)


UNRELATED = {
    "include as a word": ("openai", "Your input must include at least one user message.", "input"),
    "store inside a word": ("openai", "Restored conversations cannot be continued.", None),
    "tools of another field": ("perplexity", "max_tool_calls: too many tools asked for", None),
}


@pytest.mark.parametrize("name", UNRELATED)
def test_a_refusal_that_only_happens_to_hold_the_word_drops_nothing(
    name: str, aichat: Program
) -> None:
    target, message, param = UNRELATED[name]
    reply = responses_error(400, message, "invalid_value", param=param)
    result, requests = run(aichat, target, reply)
    assert (len(requests), result.code) == (1, 5)
    assert "sent again" not in result.stderr


# -- signals and readers that leave, in the real program


@pytest.mark.parametrize("wire", WIRES)
def test_ctrl_c_in_the_answer_keeps_what_came_and_dies_by_the_signal(
    wire: str, aichat: Program
) -> None:
    target = WIRES[wire]
    with Server(begun(wire, hold_forever())) as server:
        process = aimed(aichat, target.provider, server.url).start(*target.command())
        text = read_until(process.stdout.fileno(), lambda data: data == TEXT.encode(), process)
        process.send_signal(signal.SIGINT)
        code, _ = wait_for_exit(process)
        rest, stderr = process.communicate()
        assert server.requests[0].closed.wait(5), "the request is closed too"
    assert (text + rest, code) == (f"{TEXT}\n".encode(), -signal.SIGINT)
    assert b"Traceback" not in stderr


def test_a_chat_server_that_is_behind_the_responses_wire_is_said_to_be_none(
    aichat: Program,
) -> None:
    missing = chat_error(404, "Unknown request URL: POST /v1/responses", code="unknown_url")
    result, requests = run(aichat, "box responses", missing, "--json")
    assert (error_of(result)["status"], result.code, len(requests)) == (404, 5, 1)
