"""Limits of money: what an amount is, what is left, and when an answer has become too dear."""

import os
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from aichat.core.billing.budget import (
    SpendLimit,
    limit_mismatch,
    limits_above,
    parse_limit,
    profile_limits,
    span_bounds,
)
from aichat.core.billing.money import Cost, billionths
from aichat.core.config.check import check_config
from aichat.errors import AichatError, Fault

AMOUNTS = [
    ("0.05", 50_000_000, "USD"),
    (".5", 500_000_000, "USD"),
    ("2CNY", 2_000_000_000, "CNY"),
    ("2 cny", 2_000_000_000, "CNY"),
    ("0.000000001", 1, "USD"),
    ("0", 0, "USD"),
]


@pytest.mark.parametrize(("text", "amount", "currency"), AMOUNTS)
def test_an_amount_is_in_dollars_unless_it_says_otherwise(
    text: str, amount: int, currency: str
) -> None:
    assert parse_limit(text)[:2] == (amount, currency) and parse_limit(text).strict


@pytest.mark.parametrize("text", ["", "-1", "1e3", "inf", "$5", "5 dollars", "1,5", "0.0000000001"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(AichatError) as raised:
        parse_limit(text)
    assert raised.value.fault == Fault(
        "usage", f"--max-cost: '{text}' is not an amount", "examples: 0.05, 2.5USD, 10CNY"
    )


def test_a_limit_says_who_set_it() -> None:
    assert parse_limit("2 cny").description == "--max-cost 2.00 CNY"
    (left,) = profile_limits({"day": 5}, "work", lambda _span, _currency: 10**9)
    assert left == SpendLimit(
        4 * 10**9,
        "USD",
        "the budget of profile 'work': $5.00 a day, $1.00 already spent",
    )


def test_why_a_cost_cannot_be_held_against_a_limit_is_said() -> None:
    assert limit_mismatch(None, LIMIT) == (
        "its price is unknown, so it cannot be checked against the limit"
    )
    assert limit_mismatch(Cost(1, "CNY"), LIMIT) == (
        "billed in CNY, so it cannot be checked against the limit"
    )


@pytest.mark.parametrize("decimals", ["0" * 9, "0" * 10])
def test_an_amount_has_nine_digits_before_and_behind_its_point(decimals: str) -> None:
    for text in (f"1.{decimals}", f".{decimals}", f"1{decimals[1:]}.5"):
        if len(decimals) == 9:
            assert parse_limit(text).currency == "USD"
        else:
            with pytest.raises(AichatError):
                parse_limit(text)


def test_a_float_of_the_config_is_taken_as_it_was_written() -> None:
    assert [billionths(value) for value in (0.1, 5, 60.0, 0.3)] == [
        10**8,
        5 * 10**9,
        6 * 10**10,
        3 * 10**8,
    ]


def test_a_month_is_from_its_first_local_day_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", "America/New_York")
    time.tzset()
    try:
        now = datetime(2026, 11, 22, 3, tzinfo=UTC).timestamp()  # still the 21st there
        bounds = [span_bounds(span, now) for span in ("day", "month")]
    finally:
        monkeypatch.undo()
        time.tzset()
    days = [
        [datetime.fromtimestamp(at, UTC).strftime("%m-%d %H") for at in pair] for pair in bounds
    ]
    assert days == [["11-21 05", "11-22 05"], ["11-01 04", "12-01 05"]]  # the clocks changed


def test_the_midnight_that_comes_twice_begins_the_day_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", "America/Havana")
    time.tzset()
    try:
        midnight = datetime(2026, 11, 1, 4, tzinfo=UTC).timestamp()
        spans = {
            s: {span_bounds(s, midnight + n * 1800) for n in range(5)} for s in ("day", "month")
        }
    finally:
        monkeypatch.undo()
        time.tzset()
    month = (midnight, midnight + 30 * 86_400 + 3600)
    assert spans == {"day": {(midnight, midnight + 25 * 3600)}, "month": {month}}


def test_what_is_left_of_a_budget_is_never_less_than_nothing() -> None:
    budget = {"day": 5.0, "month": 60.0, "currency": "CNY"}
    asked: list[tuple[str, str]] = []

    def spent(span: str, currency: str) -> int:
        asked.append((span, currency))
        return {"day": 7, "month": 20}[span] * 10**9

    day, month = profile_limits(budget, "work", spent)
    assert (day.amount, month.amount) == (0, 40 * 10**9)
    assert asked == [("day", "CNY"), ("month", "CNY")] and not day.strict
    assert "¥5.00 a day, ¥7.00 already spent" in day.description


LIMIT = SpendLimit(1000, "USD", "the limit")


@pytest.mark.parametrize(
    ("cost", "is_held", "passes"),
    [
        (Cost(1000), True, False),
        (Cost(1001), True, True),
        (Cost(1001, "CNY"), False, False),
        (Cost(0, "CNY"), True, False),
        (None, False, False),
    ],
)
def test_only_money_of_the_same_currency_is_held_against_a_limit(
    cost: Cost | None, is_held: bool, passes: bool
) -> None:
    assert (limit_mismatch(cost, LIMIT) is None, bool(limits_above(cost, [LIMIT]))) == (
        is_held,
        passes,
    )


CONFIGS: list[tuple[Any, list[str]]] = [
    ({"day": 5.0, "month": 60, "currency": "USD"}, []),
    ({"day": 5}, []),
    ({"day": 0}, ["expected an amount above 0"]),
    ({"day": True}, ["expected an amount above 0"]),
    ({"week": 5}, ["unknown key"]),
    ({"currency": "dollars"}, ["expected a currency"]),
    (5, ["expected a table"]),
]


@pytest.mark.parametrize(("budget", "complaints"), CONFIGS)
def test_a_budget_in_the_config_is_checked(budget: Any, complaints: list[str]) -> None:
    config, found = check_config({"profiles": {"work": {"budget": budget}}})
    assert [
        one.message[: len(words)] for one, words in zip(found, complaints, strict=True)
    ] == complaints
    assert all(one.path[:3] == ("profiles", "work", "budget") for one in found)
    if not complaints:
        assert config.profiles["work"]["budget"] == budget
