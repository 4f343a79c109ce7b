"""When a request is sent again, and after what wait."""

import json
from email.utils import formatdate
from typing import Any

import pytest

from aichat.core.http.retry import parse_retry_after, retry_delay, retry_reason
from aichat.errors import Fault
from tests.support.values.feeding import CHAT

NOW = 1_790_000_000.0  # seconds since 1970
LATER = Fault("server", "try again", retryable=True)
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}


def date(seconds: float) -> str:
    return formatdate(NOW + seconds, usegmt=True)


def google(delay: Any) -> bytes:
    details = [{"@type": "x"}, {**RETRY_INFO, "retryDelay": delay}]
    return json.dumps({"error": {"code": 429, "details": details}}).encode()


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 8), (30, 8)]
)
def test_our_own_wait_doubles_up_to_8_s_with_full_jitter(attempt: int, longest: float) -> None:
    assert retry_delay(LATER, attempt, 99, 0.0) == 0
    assert retry_delay(LATER, attempt, 99, 0.5) == longest / 2
    assert retry_delay(LATER, attempt, 99, 1.0) == longest


@pytest.mark.parametrize(("retries", "attempts"), [(0, []), (1, [1]), (2, [1, 2])])
def test_there_are_as_many_retries_as_were_asked_for(retries: int, attempts: list[int]) -> None:
    again = [n for n in range(1, 5) if retry_delay(LATER, n, retries, 0.5) is not None]
    assert again == attempts


@pytest.mark.parametrize(
    ("asked", "wait"), [(0.0, 0.0), (1.5, 1.5), (60.0, 60.0), (60.1, None), (3600.0, None)]
)
def test_a_wait_the_server_asks_for_is_kept_to_unless_it_is_over_60_s(
    asked: float, wait: float | None
) -> None:
    assert retry_delay(LATER._replace(retry_after=asked), 1, 2, 0.5) == wait


@pytest.mark.parametrize("code", ["insufficient_quota", "exceeded_current_quota_error"])
@pytest.mark.parametrize("said", [{}, {"x-should-retry": "true"}], ids=["", "x-should-retry"])
def test_an_empty_account_is_never_asked_again(code: str, said: dict[str, str]) -> None:
    body = json.dumps({"error": {"message": "m", "type": code}}).encode()
    fault = CHAT.read_fault(429, {"retry-after": "1", **said}, body)
    assert fault.kind == "quota"
    assert retry_delay(fault, 1, 2, 0.5) is None


def test_a_first_byte_time_out_is_never_sent_again() -> None:
    assert retry_delay(Fault("timeout", "no first byte within 120 s"), 1, 2, 0.5) is None


HEADERS = {
    "milliseconds": ({"retry-after-ms": "1500"}, 1.5),
    "milliseconds come first": ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    "seconds": ({"retry-after": "7"}, 7.0),
    "part of a second": ({"retry-after": "0.25"}, 0.25),
    "a date": ({"retry-after": date(5)}, 5.0),
    "a date by the server's clock": ({"retry-after": date(7205), "date": date(7200)}, 5.0),
    "a date by a slow server's clock": ({"retry-after": date(-95), "date": date(-100)}, 5.0),
    "a date that is over": ({"retry-after": date(-5)}, 0.0),
    "a date beside a broken clock": ({"retry-after": date(5), "date": "soon"}, 5.0),
    "a negative number": ({"retry-after": "-3"}, 0.0),
    "milliseconds that are none": ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
    "no number": ({"retry-after": "soon"}, None),
    "not a number": ({"retry-after": "nan"}, None),
    "without end": ({"retry-after": "inf"}, None),
    "empty": ({"retry-after": ""}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("headers", "wait"), HEADERS.values(), ids=HEADERS)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], wait: float | None) -> None:
    assert parse_retry_after(headers, b"", NOW) == wait


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        (google("17s"), 17.0),
        (google("0.5s"), 0.5),
        (b"[" + google("17s") + b"]", 17.0),
        (google("soon"), None),
        (google("..s"), None),
        (google("1.2.3s"), None),
        (google(17), None),
        (b'{"retryDelay": "17s"', None),
        (b'{"retryDelay":' + b"[" * 100_000, None),
        (b"", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_wait_is_read_from_googles_retry_info(body: bytes, wait: float | None) -> None:
    assert parse_retry_after({}, body, NOW) == wait


def test_a_header_goes_before_the_retry_info() -> None:
    assert parse_retry_after({"retry-after": "2"}, google("17s"), NOW) == 2.0


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("rate_limit", "rate limited"),
        ("overloaded", "overloaded"),
        ("server", "server error"),
        ("network", "network error"),
        ("timeout", "timed out"),
        ("malformed_tool_call", "malformed tool call"),
    ],
)
def test_why_it_is_waited_in_a_word_or_two(kind: str, reason: str) -> None:
    assert retry_reason(Fault(kind, "whatever it said")) == reason
