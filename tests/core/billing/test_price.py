"""Prices as data: which row holds, and the exact amounts."""

import pytest

from aichat.core.billing.money import billionths, parse_money
from aichat.core.billing.price import (
    UNITS,
    Price,
    Service,
    find_price,
    find_service_price,
    format_price,
    parse_price,
    round_to_billionths,
)

DAY = "2026-11-01"


def test_every_price_is_for_so_many_of_its_thing() -> None:
    assert {what: count for what, (_, count) in UNITS.items() if count != 1_000_000} == {
        "search": 1_000,
        "request": 1_000,
        "file_search": 1_000,
        "tool_call": 1,
        "audio_hour": 1,
        "heard_hour": 1,
        "text_message": 1,
        "code_hour": 1,
        "video_second": 1,
        **dict.fromkeys((f"video_second_{p}" for p in ("480p", "720p", "1080p")), 1),
        "image": 1,
        "image_2k": 1,
        "storage": 1,
    }
    assert {what: unit for what, (unit, _) in UNITS.items() if unit != "token"} == {
        "cache_hour": "token-hour",
        "search": "search",
        "request": "call",
        "file_search": "call",
        "tool_call": "call",
        "image_2k": "image",
        **dict.fromkeys((f"video_second_{p}" for p in ("480p", "720p", "1080p")), "second"),
        "audio_hour": "hour",
        "heard_hour": "hour",
        "text_message": "message",
        "code_hour": "hour",
        "video_second": "second",
        "image": "image",
        "character": "character",
        "storage": "GB-day",
    }
    tokens = "input output thinking reasoning cached write write_1h write_12h citation"
    media = "audio_input audio_cached audio_output image_input image_cached image_output"
    assert {what for what, (unit, _) in UNITS.items() if unit == "token"} == {
        *(tokens.split() + media.split()),
        *("video_input", "video_output", "trained"),
    }


@pytest.mark.parametrize(
    ("row", "applies"),
    [
        (Price({}), True),
        (Price({}, tier="batch"), False),
        (Price({}, region="eu"), True),
        (Price({}, region="us"), False),
        (Price({}, since=DAY), True),
        (Price({}, since="2026-11-02"), False),
        (Price({}, until=DAY), True),
        (Price({}, until="2026-10-31"), False),
    ],
)
def test_a_row_holds_for_its_tier_its_region_and_its_days(row: Price, applies: bool) -> None:
    assert row.applies_to("standard", "eu", DAY) is applies


BASE = Price({"input": 1})
LONG = Price({"input": 2}, above=100)
LONGER = Price({"input": 3}, above=200)
LOCAL = Price({"input": 4}, region="eu")
FRESH = Price({"input": 5}, since="2026-10-01")


@pytest.mark.parametrize(
    ("tokens", "held"), [(0, 1), (100, 1), (101, 2), (200, 2), (201, 3), (10**9, 3)]
)
def test_a_band_begins_above_its_border(tokens: int, held: int) -> None:
    found = find_price((LONGER, BASE, LONG), "standard", "", DAY, tokens)
    assert found is not None
    assert found.rates["input"] == held


def test_a_regions_own_row_goes_before_and_then_the_newest() -> None:
    rows = (BASE, LOCAL, LONG, FRESH)
    assert find_price(rows, "standard", "eu", DAY, 500) is LOCAL
    assert find_price(rows, "standard", "us", DAY, 500) is LONG
    assert find_price((BASE, FRESH), "standard", "", DAY, 0) is FRESH
    assert find_price(rows, "batch", "", DAY, 0) is None
    assert find_price((LONG,), "standard", "", DAY, 100) is None


@pytest.mark.parametrize(
    ("amount", "rounded"), [(0, 0), (499_999, 0), (500_000, 1), (1_499_999, 1), (-500_000, 0)]
)
def test_a_sum_is_rounded_half_up(amount: int, rounded: int) -> None:
    assert round_to_billionths(amount) == rounded


@pytest.mark.parametrize("what", UNITS)
def test_a_price_is_written_as_it_was_published(what: str) -> None:
    assert format_price(parse_price("12.5", what), what) == "12.5"


def test_a_price_with_too_many_decimals_is_named() -> None:
    with pytest.raises(ValueError, match=r"^0\.0000000001 for input has too many decimals$"):
        parse_price("0.0000000001", "input")


@pytest.mark.parametrize(
    ("text", "money"),
    [
        (" 2.5USD ", (2_500_000_000, "USD")),
        ("2.", (2_000_000_000, "USD")),
        ("10 cny", (10_000_000_000, "CNY")),
    ],
)
def test_money_is_read_as_it_is_typed(text: str, money: tuple[int, str]) -> None:
    assert parse_money(text) == money


def test_what_is_no_money_is_named() -> None:
    with pytest.raises(ValueError, match=r"^5 dollars$"):
        parse_money("5 dollars")


def test_a_part_of_a_billionth_is_rounded() -> None:
    assert (billionths("0.0000000014"), billionths(0.1)) == (1, 100_000_000)


ANY = Service("any", (Price({"cache_hour": 9}),))
OWN = Service(
    "own",
    (
        Price({"cache_hour": 1}, until="2026-12-31"),
        Price({"cache_hour": 2}, since="2027-01-01"),
        Price({"search": 3}),
        Price({"cache_hour": 4}, region="eu"),
    ),
    models=("m",),
)


@pytest.mark.parametrize(
    ("model", "region", "day", "rate"),
    [
        *(("m", "", "2026-12-31", 1), ("m", "", "2027-01-01", 2)),
        *(("m2", "", "2026-12-31", 9), ("", "", "2026-12-31", 9)),
        ("m", "eu", "2026-11-01", 4),
    ],
)
def test_a_models_own_price_of_a_service_is_before_that_of_any(
    model: str, region: str, day: str, rate: int
) -> None:
    found = find_service_price((OWN, ANY), "cache_hour", model, region, day)
    assert found and found.rates["cache_hour"] == rate
    assert find_service_price((OWN, ANY), "image", model, region, day) is None
