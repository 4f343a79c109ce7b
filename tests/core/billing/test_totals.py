"""What is added up: unknown is never nothing, currencies stay apart, clocks change."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from aichat.core.billing.money import Cost, decimals_for, format_exact, format_fixed
from aichat.core.billing.totals import (
    FAILURES,
    SpendCell,
    SpendRow,
    Sums,
    Totals,
    add_totals,
    day_number,
    merge_rows,
    percentile,
    slot_day,
    sort_by_cost,
    spend_rows,
    total,
)
from aichat.core.billing.usage import queue_seconds
from aichat.core.text.dates import parse_time, utc_offsets

UNIT = 10**9


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has a time zone that a test sets forgotten again."""
    yield
    monkeypatch.undo()
    time.tzset()


AMOUNTS = [
    (0, 4, "0.0000"),
    (1, 4, "<0.0001"),
    (49_999, 4, "<0.0001"),
    (50_000, 4, "0.0001"),
    (1_234_567_890_123, 2, "1,234.57"),
    (-1_500_000, 4, "-0.0015"),
    (-1, 4, "-<0.0001"),
    (5 * UNIT, 0, "5"),
    *((499_999_999, 0, "<1"), (500_000_000, 0, "1"), (1_499_999_999, 0, "1")),
    *((1_234 * UNIT, 0, "1,234"), (5_000_000, 2, "0.01"), (4_999_999, 2, "<0.01")),
    *((500, 6, "0.000001"), (499, 6, "<0.000001")),
]


@pytest.mark.parametrize(("amount", "decimals", "text"), AMOUNTS)
def test_an_amount_is_rounded_but_a_little_is_never_nothing(
    amount: int, decimals: int, text: str
) -> None:
    assert format_fixed(amount, decimals) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (1, "0.000000001"), (1_230_000, "0.00123"), (5 * UNIT, "5"), (-15, "-0.000000015")],
)
def test_programs_get_every_digit(amount: int, text: str) -> None:
    assert format_exact(amount) == text


def test_a_column_has_decimals_enough_for_what_stands_in_it() -> None:
    amounts = ([], [10**5], [5 * 10**7, 1], [UNIT], [100 * UNIT, 1])
    assert [decimals_for(column) for column in amounts] == [6, 6, 4, 4, 2]


def test_what_some_know_is_added_and_what_none_knows_stays_unknown() -> None:
    one, two = Sums(1, input=5, amount=7), Sums(2, 1, input=None, amount=None)
    both = total([one, two])
    assert (both.requests, both.errors, both.input, both.amount, both.saved) == (3, 1, 5, 7, None)
    assert total([]) == Sums() and total([one]) == one


@pytest.mark.parametrize(
    ("cached", "given", "share"), [(None, 5, None), (0, 5, 0.0), (2, 8, 0.25), (2, None, None)]
)
def test_the_cached_share_is_unknown_where_either_is(
    cached: int | None, given: int | None, share: float | None
) -> None:
    assert Sums(cached_input=cached, input=given).cached_share == share


def test_the_dearest_comes_first_in_the_currency_of_most_requests() -> None:
    rows = [
        SpendRow(("a",), Totals({"CNY": Sums(1, amount=900)})),
        SpendRow(("b",), Totals({"USD": Sums(3, amount=5)})),
        SpendRow(("c",), Totals({None: Sums(1, input=10)})),
        SpendRow(("d",), Totals({"USD": Sums(1, amount=8), None: Sums(1)})),
        SpendRow(("e",), Totals({None: Sums(1, input=10, output=1)})),
    ]
    currencies = merge_rows(rows).totals.currencies
    assert currencies == ["USD", "CNY"]
    assert [row.key[0] for row in sort_by_cost(rows, currencies)] == ["d", "b", "a", "e", "c"]


def test_totals_are_added_currency_by_currency() -> None:
    dollars = Totals({"USD": Sums(1, input=5, amount=7)})
    both = Totals({"USD": Sums(1, estimated=1, amount=1), "CNY": Sums(1, amount=9)})
    unknown = Totals({None: Sums(1, unpriced=1, input=1)})
    every = add_totals((dollars, both, unknown))
    assert every.costs == [Cost(8, "USD", estimated=True), Cost(9, "CNY")]
    assert (every.amount("USD"), every.amount("CNY"), every.amount("EUR")) == (8, 9, None)
    assert (every.overall.requests, every.overall.input, every.overall.unpriced) == (4, 6, 1)


def test_the_money_of_nothing_and_of_what_has_no_price_is_unknown() -> None:
    for totals in (Totals(), Totals({None: Sums(1, unpriced=1)}), Totals({"USD": Sums(1)})):
        assert (totals.costs, totals.amount("USD")) == ([], None)
    assert add_totals(()) == Totals() and Totals().overall == Sums()


NUMBERS = [
    ([7], 7, 7),
    ([1, 2], 1, 2),
    ([9, 10, 100], 10, 100),
    ([*range(1, 101)], 50, 95),
    ([5] * 19 + [900], 5, 5),
    ([5] * 18 + [900] * 2, 5, 900),
]


@pytest.mark.parametrize(("numbers", "middle", "slow"), NUMBERS)
def test_a_percentile_is_a_number_that_was_met(numbers: list[int], middle: int, slow: int) -> None:
    counts = Counter(map(str, reversed(numbers)))
    assert (percentile(counts, 50), percentile(counts, 95)) == (middle, slow)


def test_what_a_limit_a_user_or_a_filter_ended_is_no_failure() -> None:
    assert not {"length", "pause", "interrupted", "refusal", "usage", "budget"} & {*FAILURES}
    assert {"rate_limit", "auth", "overloaded", "truncated", "timeout"} <= {*FAILURES}


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ({"queue_time": 0.25}, 0.25),
        ({"queue_time": 1}, 1.0),
        ({"queue_time": -1}, None),
        ({"queue_time": True}, None),
        ({"queue_time": "0.1"}, None),
        ({"queue_time": float("nan")}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_queue_time_is_a_number_of_seconds_or_unknown(raw: object, seconds: float | None) -> None:
    assert queue_seconds(raw) == seconds


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


#: zone, first, last; then when the clocks changed (UTC), and the seconds that hold until then
CLOCKS = [
    ("UTC", "2026-01-01", "2026-12-31", [], [0]),
    ("Asia/Kathmandu", "2026-01-01", "2026-12-31", [], [20700]),
    (
        *("Europe/Dublin", "2026-01-01", "2026-12-31"),
        *(["2026-03-29T01:00", "2026-10-25T01:00"], [0, 3600, 0]),
    ),
    ("Europe/Dublin", "2026-10-25T00:59", "2026-10-25T01:01", ["2026-10-25T01:00"], [3600, 0]),
    ("America/St_Johns", "2026-11-02", "2026-11-20", [], [-12600]),
]


@pytest.mark.parametrize(("name", "first", "last", "changes", "ahead"), CLOCKS)
def test_local_time_is_followed_through_every_change_of_the_clocks(
    zone: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    first: str,
    last: str,
    changes: list[str],
    ahead: list[int],
) -> None:
    monkeypatch.setitem(os.environ, "TZ", name)
    time.tzset()
    found = utc_offsets(at(first), at(last))
    assert [shift.until for shift in found] == [*map(at, changes), float("inf")]
    assert [shift.seconds for shift in found] == ahead


def test_a_day_begins_where_the_user_is_or_in_utc(
    zone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    time.tzset()
    assert parse_time("2026-11-01", 0) == at("2026-10-31T15:00")
    assert parse_time("2026-11-01", 0, utc=True) == at("2026-11-01")
    assert parse_time("2d", at("2026-11-03"), utc=True) == at("2026-11-01")


def test_a_failure_is_what_was_turned_down_or_broke() -> None:
    assert set(FAILURES) == {
        *("auth", "permission", "not_found", "invalid_request", "context_length", "rate_limit"),
        *("quota", "server", "overloaded", "protocol", "malformed_tool_call", "network"),
        *("timeout", "truncated"),
    }


@pytest.mark.parametrize(
    ("slot", "slots", "day"),
    [(0, 1, "1970-01-01"), (23, 24, "1970-01-01"), (24, 24, "1970-01-02"), (-1, 24, "1969-12-31")],
)
def test_a_slot_is_on_a_day(slot: int, slots: int, day: str) -> None:
    assert slot_day(slot, slots) == day
    assert day_number(day) == slot // slots


@pytest.mark.parametrize(
    ("cached", "whole", "share"),
    [(None, 10, None), (5, None, None), (0, 0, None), (0, 10, 0.0), (5, 10, 0.5)],
)
def test_the_cached_share_is_known_where_both_are(
    cached: int | None, whole: int | None, share: float | None
) -> None:
    assert Sums(input=whole, cached_input=cached).cached_share == share


def cell(key: str, currency: str | None, **sums: int) -> SpendCell:
    return SpendCell((key,), "", 0, currency, Sums(**sums))


def test_cells_are_put_into_rows_by_key_and_currency_and_rows_into_one() -> None:
    rows = spend_rows(
        [
            cell("b", "USD", requests=1, amount=5),
            cell("a", None, requests=1, unpriced=1),
            cell("b", "USD", requests=2, amount=7),
            cell("b", "CNY", requests=1, amount=9),
        ]
    )
    assert rows == [
        SpendRow(("b",), Totals({"USD": Sums(3, amount=12), "CNY": Sums(1, amount=9)})),
        SpendRow(("a",), Totals({None: Sums(1, unpriced=1)})),
    ]
    assert rows[0].totals.overall.requests == 4
    assert merge_rows(rows) == SpendRow(
        (),
        Totals({"USD": Sums(3, amount=12), "CNY": Sums(1, amount=9), None: Sums(1, unpriced=1)}),
    )


def test_of_equal_cost_the_most_tokens_come_first_and_then_the_most_requests() -> None:
    rows = [
        SpendRow((name,), Totals({currency: sums}))
        for name, currency, sums in (
            ("unknown", None, Sums(9, input=90)),
            ("nothing", "USD", Sums(1, amount=0, input=80)),
            ("few", "USD", Sums(1, amount=5, input=1, output=1)),
            ("many", "USD", Sums(2, amount=5, input=1, output=1)),
            ("words", "USD", Sums(1, amount=5, input=1, output=2)),
            ("dear", "USD", Sums(1, amount=6)),
            ("yuan", "CNY", Sums(1, amount=99)),
        )
    ]
    order = [row.key[0] for row in sort_by_cost(rows, ["USD", "CNY"])]
    assert order == ["dear", "words", "many", "few", "yuan", "unknown", "nothing"]


@pytest.mark.parametrize(
    ("share", "number"), [(0, 1), (1, 1), (50, 1), (51, 10), (95, 10), (96, 10), (100, 10)]
)
def test_a_percentile_is_met_by_the_nearest_rank(share: int, number: int) -> None:
    assert percentile({"10": 1, "1": 1}, share) == number


def test_of_no_numbers_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match=r"^no number$"):
        percentile({}, 50)


@pytest.mark.parametrize(
    ("most", "decimals"),
    [(49_999_999, 6), (50_000_000, 4), (100 * UNIT - 1, 4), (100 * UNIT, 2)],
)
def test_a_column_has_fewer_decimals_from_its_borders_on(most: int, decimals: int) -> None:
    assert decimals_for([1, most]) == decimals
