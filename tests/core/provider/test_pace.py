"""How many questions at once: grown, shrunk and held by what a provider says."""

import pytest

from aichat.core.provider.pace import FIRST, MOST, Pace

TODAY = 1_800_000_000.0


def answers(pace: Pace, count: int, now: float = 0.0) -> None:
    for _ in range(count):
        pace.take_answer({}, now, TODAY)


def test_it_begins_low_and_grows_to_the_most() -> None:
    pace = Pace()
    assert pace.limit == FIRST
    answers(pace, 10)
    assert pace.limit == FIRST + 10
    answers(pace, 100)
    assert pace.limit == MOST
    assert Pace(3).limit == 3


def test_there_is_room_below_the_limit_only() -> None:
    pace = Pace(2)
    assert (pace.has_room(1, 0), pace.has_room(2, 0)) == (True, False)


def test_refusals_by_chance_change_nothing() -> None:
    pace = Pace()
    for n in range(2000):
        pace.take_refusal(1, n) if n % 20 == 0 else answers(pace, 1, n)
    assert (pace.limit, pace.wait(2000)) == (MOST, 0)


def test_more_than_chance_shrinks_it_once_a_round_and_holds_it() -> None:
    pace = Pace()
    answers(pace, 100)
    for _ in range(8):
        pace.take_refusal(2.5, 10)
    shrunk = pace.limit
    assert MOST * 0.75 < shrunk < MOST * 0.87
    assert (pace.wait(10), pace.wait(11), pace.has_room(0, 11)) == (2.5, 1.5, False)
    assert pace.has_room(0, 12.6)
    for _ in range(8):
        pace.take_refusal(2.5, 10)
    assert pace.limit == shrunk
    answers(pace, shrunk + 1)
    assert pace.limit == shrunk + 1


def test_a_provider_that_only_refuses_is_asked_one_by_one() -> None:
    pace = Pace()
    for n in range(1000):
        pace.take_refusal(0.1, n)
    assert pace.limit == 1


#: Headers, the limit and the seconds held that follow from them.
LEFT = {
    "requests left": ({"x-ratelimit-remaining-requests": "3"}, 3, 0),
    "none left": (
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2.5s"},
        1,
        60,
    ),
    "tokens gone": (
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "450ms"},
        FIRST + 1,
        0.45,
    ),
    "a time of day": (
        {
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": "2027-01-15T08:00:12Z",
        },
        1,
        12,
    ),
    "seconds": (
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2.5"},
        1,
        2.5,
    ),
    "no reset": ({"x-ratelimit-remaining-requests": "0"}, 1, 0),
    "no number": ({"x-ratelimit-remaining-requests": "many"}, FIRST + 1, 0),
    "a limit": ({"x-ratelimit-limit-requests": "0"}, FIRST + 1, 0),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_the_provider_says_is_left_goes_before(case: str) -> None:
    headers, limit, held = LEFT[case]
    pace = Pace()
    pace.take_answer(headers, 100.0, TODAY)
    assert (pace.limit, pace.wait(100.0)) == (limit, pytest.approx(held))
    answers(pace, 1, 100.0)
    assert pace.limit > FIRST
