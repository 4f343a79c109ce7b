"""When a request is sent again: how often, how soon, and what the user is told."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

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
    chat_error,
    chat_stream,
)
from tests.support.running.program import Program, Result
from tests.support.running.whole_runs import (
    MODEL,
    configure_box,
    error_of,
    hold_forever,
    stderr_lines,
)

GOOD = chat_stream(["Fine."])


def refused(status: int = 429, *, code: str | None = None, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return chat_error(status, "slow down", "some_error", code, named)


def asked(
    aichat: Program, *replies: ScriptedReply, words: tuple[str, ...] = ()
) -> tuple[Result, list[SeenRequest]]:
    """A run against ``replies``, and the requests that it made."""
    with Server(*replies, default=GOOD) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", *words)
        return result, list(server.requests)


# What is tried again

AGAIN = {
    "408": refused(408, retry_after_ms="1"),
    "409": refused(409, retry_after_ms="1"),
    "429": refused(429, retry_after_ms="1"),
    "498": refused(498, retry_after_ms="1"),
    "500": refused(500, retry_after_ms="1"),
    "502": refused(502, retry_after_ms="1"),
    "503": refused(503, retry_after_ms="1"),
    "529": refused(529, retry_after_ms="1"),
    "a proxy's page": Reply(502, {"content-type": "text/html"}, [b"<html>bad</html>"], length=True),
    "400, but x-should-retry": refused(400, x_should_retry="true", retry_after_ms="1"),
}


@pytest.mark.parametrize("case", AGAIN)
def test_a_passing_fault_is_tried_again_and_told_in_one_line(case: str, aichat: Program) -> None:
    result, requests = asked(aichat, AGAIN[case])
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert len(requests) == 2 and requests[0].body == requests[1].body
    assert len(stderr_lines(result)) == 1
    assert stderr_lines(result)[0].startswith("aichat: groq ")
    assert "retrying in" in result.stderr and "(1 of 2)" in result.stderr


FINAL = {
    "closed without a byte": (RefuseAfterAccept(read=True), "network", 8),
    "reset without a byte": (Reply(framing="raw", body=[Cut()]), "network", 8),
    "closed after the headers": (Reply(headers=SSE, body=[CloseEarly()]), "network", 8),
    "reset after a comment": (Reply(headers=SSE, body=[b": ping\n\n", Cut()]), "network", 8),
    "400": (refused(400), "invalid_request", 5),
    "401": (refused(401), "auth", 4),
    "403": (refused(403), "permission", 4),
    "404": (refused(404), "not_found", 5),
    "413": (refused(413), "invalid_request", 5),
    "422": (refused(422), "invalid_request", 5),
    "402": (refused(402), "quota", 6),
    "429 of an empty account": (refused(429, code="insufficient_quota"), "quota", 6),
    "429 of an empty account, with a wait": (
        refused(429, code="exceeded_current_quota_error", retry_after="1"),
        "quota",
        6,
    ),
    "429, but x-should-retry": (refused(429, x_should_retry="false"), "rate_limit", 6),
    "500, but x-should-retry": (refused(500, x_should_retry="false"), "server", 7),
    "a redirect": (Reply(307, {"location": "http://x/"}, length=True), "protocol", 7),
    "a web page": (
        Reply(headers={"content-type": "text/html"}, body=[b"<html>"], length=True),
        "protocol",
        7,
    ),
}


@pytest.mark.parametrize("case", FINAL)
def test_a_lasting_fault_is_told_at_once(case: str, aichat: Program) -> None:
    reply, kind, exit_code = FINAL[case]
    result, requests = asked(aichat, reply, words=("--json",))
    assert len(requests) == 1
    assert (error_of(result)["kind"], result.code) == (kind, exit_code)
    assert "retrying" not in result.stderr


@pytest.mark.parametrize(
    "reply", [SilentReply(), Reply(headers=SSE, body=[hold_forever()])], ids=["silent", "headers"]
)
def test_a_first_byte_timeout_is_never_tried_again_since_it_may_bill_twice(
    reply: Reply, aichat: Program
) -> None:
    result, requests = asked(aichat, reply, words=("--timeout", "0.3"))
    assert (len(requests), result.code) == (1, 8)


# How often

COUNTS = {(): 3, ("--retries", "0"): 1, ("--retries", "1"): 2, ("--retries", "4"): 5}


@pytest.mark.parametrize("words", COUNTS, ids=" ".join)
def test_retries_are_two_or_as_many_as_asked_for(words: tuple[str, ...], aichat: Program) -> None:
    busy = refused(503, retry_after_ms="1")
    result, requests = asked(aichat, *[busy] * 6, words=words)
    assert (len(requests), result.code) == (COUNTS[words], 7)
    assert result.stderr.count("retrying") == COUNTS[words] - 1
    assert "HTTP 503" in stderr_lines(result)[-2]


# How soon

WAITS = {
    "seconds": ({"retry_after": "1"}, 1.0),
    "a fraction": ({"retry_after": "0.7"}, 0.7),
    "milliseconds": ({"retry_after_ms": "600"}, 0.6),
    "milliseconds win": ({"retry_after_ms": "400", "retry_after": "30"}, 0.4),
    "zero": ({"retry_after": "0"}, 0.0),
}


@pytest.mark.parametrize("case", WAITS)
def test_the_wait_that_the_server_asks_for_is_kept(case: str, aichat: Program) -> None:
    headers, wait = WAITS[case]
    result, _ = asked(aichat, refused(429, **headers))
    assert (result.code, aichat.waits) == (0, [wait])
    assert f"retrying in {wait:.1f} s" in result.stderr


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(0), timedelta(hours=5)])
def test_a_date_to_wait_for_is_held_against_the_servers_own_clock(
    skew: timedelta, aichat: Program
) -> None:
    now = datetime.now(UTC) + skew
    date, until = (format_datetime(t, usegmt=True) for t in (now, now + timedelta(seconds=1)))
    result, _ = asked(aichat, refused(429, retry_after=until, date=date))
    assert (result.code, aichat.waits) == (0, [1.0])


def test_a_wait_is_a_wait(aichat: Program) -> None:
    with Server(refused(429, retry_after="0.6"), default=GOOD) as server:
        assert aichat.point_groq_at(server.url).run("ask", "hi").code == 0
        first, second = server.requests
    assert second.at - first.at >= 0.6


def test_googles_retry_info_is_kept(aichat: Program) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.8s"}]
    body = {"error": {"code": 429, "message": "slow down", "details": details}}
    reply = Reply(
        429, {"content-type": "application/json"}, [json.dumps(body).encode()], length=True
    )
    result, _ = asked(aichat, reply)
    assert (result.code, aichat.waits) == (0, [0.8])


@pytest.mark.parametrize("nonsense", ["soon", "-5", "nan", "inf", "", "1e999"])
def test_a_wait_that_makes_no_sense_is_our_own_backoff(nonsense: str, aichat: Program) -> None:
    result, _ = asked(aichat, refused(429, retry_after=nonsense))
    assert result.code == 0 and 0 <= aichat.waits[0] <= 0.5


def test_our_own_backoff_is_jittered_and_at_most_half_a_second_then_one(aichat: Program) -> None:
    result, _ = asked(aichat, *[refused(500)] * 2)
    first, second = aichat.waits
    assert result.code == 0
    assert 0 <= first <= 0.5 and 0 <= second <= 1.0


@pytest.mark.parametrize("wait", ["61", "3600", "86400"])
def test_a_wait_of_over_a_minute_ends_at_once_and_says_how_long(wait: str, aichat: Program) -> None:
    result, requests = asked(aichat, refused(429, retry_after=wait), words=("--json",))
    error = error_of(result)
    assert len(requests) == 1 and result.code == 6
    assert error["retry_after"] == float(wait)
    assert (
        wait in error["hint"] and len(stderr_lines(result)) == 2 and wait in stderr_lines(result)[1]
    )


def test_a_retry_after_on_a_good_answer_is_no_reason_to_wait(aichat: Program) -> None:
    calm = Reply(headers={**SSE, "retry-after": "58"}, body=GOOD.body)
    result, requests = asked(aichat, calm)
    assert (result.text, result.code, len(requests)) == ("Fine.\n", 0, 1)


# What the user is told

FORMATS = {(): 1, ("--json",): 1, ("-x",): 1, ("-q",): 0, ("-q", "-x"): 0, ("-q", "--json"): 0}


@pytest.mark.parametrize("words", FORMATS, ids=" ".join)
def test_a_retry_is_told_on_stderr_unless_quiet(words: tuple[str, ...], aichat: Program) -> None:
    code = chat_stream(["```\nx\n```\n"])
    result, _ = asked(aichat, refused(429, retry_after_ms="1"), code, words=words)
    assert result.code == 0
    assert result.stderr.count("retrying") == FORMATS[words]
    assert len(stderr_lines(result)) == FORMATS[words]


def test_a_retry_is_a_notice_event_between_start_and_text(aichat: Program) -> None:
    result, _ = asked(aichat, refused(429, retry_after_ms="1"), words=("--events",))
    events = [json.loads(line) for line in result.text.splitlines()]
    assert [event["type"] for event in events] == ["start", "notice", "text", "usage", "finish"]
    assert events[1]["kind"] == "retry" and "slow down" in events[1]["message"]


# A parameter that the server refuses


def choosy(field: str) -> ScriptedReply:
    """A server that knows no ``field``."""

    def answer(seen: SeenRequest) -> Reply:
        if field in seen.json():
            return chat_error(400, f"Unrecognized request argument supplied: {field}")
        return GOOD

    return answer


def test_what_we_added_is_dropped_once_where_a_server_refuses_it(aichat: Program) -> None:
    with Server(default=choosy("stream_options")) as server:
        result = configure_box(aichat, server.url).run("ask", "-p", "box", "hi")
        first, second = (seen.json() for seen in server.requests)
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert first.pop("stream_options") == {"include_usage": True} and first == second
    assert len(stderr_lines(result)) == 1 and "stream_options" in result.stderr


def test_what_was_refused_is_not_sent_again(aichat: Program) -> None:
    with Server(default=choosy("stream_options")) as server:
        box = configure_box(aichat, server.url)
        box.run("ask", "-p", "box", "hi")
        again = box.run("ask", "-p", "box", "hi")
        assert len(server.requests) == 3
    assert (again.text, again.code, again.stderr) == ("Fine.\n", 0, "")


def test_what_we_added_is_dropped_with_retries_at_zero_too(aichat: Program) -> None:
    with Server(default=choosy("stream_options")) as server:
        result = configure_box(aichat, server.url).run("ask", "-p", "box", "hi", "--retries", "0")
    assert (result.text, result.code) == ("Fine.\n", 0)


def test_a_server_that_goes_on_refusing_is_asked_twice_only(aichat: Program) -> None:
    never = chat_error(400, "Unrecognized request argument supplied: stream_options")
    with Server(default=never) as server:
        result = configure_box(aichat, server.url).run("ask", "-p", "box", "hi")
        assert len(server.requests) == 2
    assert result.code == 5


TYPED = {
    "temperature": ("--temperature", "1.5"),
    "seed": ("--seed", "7"),
    "top_k": ("-o", "top_k=40"),
    "stream_options": ("-o", "stream_options.include_usage=true"),
}


@pytest.mark.parametrize("field", TYPED)
def test_what_the_user_typed_is_never_dropped_but_exit_5(field: str, aichat: Program) -> None:
    with Server(default=choosy(field)) as server:
        result = configure_box(aichat, server.url).run(
            "ask", "-p", "box", "hi", "--json", *TYPED[field]
        )
        assert len(server.requests) == 1
    assert (error_of(result)["kind"], result.code) == ("invalid_request", 5)
    assert field in error_of(result)["message"]


def test_groq_is_never_sent_stream_options(aichat: Program) -> None:
    result, (seen,) = asked(aichat)
    assert result.code == 0 and seen.json()["model"] == MODEL
    assert "stream_options" not in seen.json()
