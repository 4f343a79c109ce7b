"""What is left of limits, in the words of every provider."""

import pytest

from aichat.core.provider.limits_left import (
    LimitLeft,
    describe_limits,
    limits_left,
    scarce_limits,
)

TODAY = 1_780_000_000.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {
                "x-ratelimit-limit-requests": "100",
                "x-ratelimit-remaining-requests": "50",
                "x-ratelimit-reset-requests": "1m2.5s",
            },
            [LimitLeft("requests", 50, 100, 62.5)],
        ),
        (
            {
                "anthropic-ratelimit-input-tokens-remaining": "9000",
                "anthropic-ratelimit-input-tokens-limit": "10000",
                "anthropic-ratelimit-input-tokens-reset": "2026-05-28T20:26:50Z",
            },
            [LimitLeft("input tokens", 9000, 10_000, 10.0)],
        ),
        ({"x-ratelimit-remaining-tokens": "7"}, [LimitLeft("tokens", 7, None, None)]),
        ({"x-ratelimit-remaining-tokens": "many"}, []),
        ({"x-ratelimit-remaining-project": "7", "retry-after": "3"}, []),
    ],
)
def test_headers_of_all_kinds_say_what_is_left(
    headers: dict[str, str], expected: list[LimitLeft]
) -> None:
    assert [*limits_left(headers, TODAY)] == expected


def test_what_is_little_is_told_by_its_share() -> None:
    little = LimitLeft("tokens", 1000.4, 10_004, 3.0)
    limits = [LimitLeft("requests", 11, 100, 0), little, LimitLeft("output tokens", 0, None, 0)]
    assert scarce_limits(limits) == [little]
    assert describe_limits(limits) == (
        "11 of 100 requests, 1,000 of 10,004 tokens, 0 output tokens"
    )
