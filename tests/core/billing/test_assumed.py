"""What a bill had to assume, in words, and each token billed once."""

from typing import Any

import pytest

from aichat.core.billing.bill import Bill, PriceTerms, compute_bill
from aichat.core.billing.money import Cost
from aichat.core.billing.price import Price, Service
from aichat.core.billing.usage import MAX_COUNT, Usage, UsageDetail, parse_count, queue_seconds

UNIT = 10**6  # quadrillionths in a billionth: rates below are billionths a token
DAY = "2026-11-01"
TERMS = PriceTerms(day=DAY)


def row(**rates: int) -> Price:
    return Price({what: rate * UNIT for what, rate in rates.items()})


PLAIN = row(input=2, output=10)


def bill(
    usage: Usage, *prices: Price, terms: PriceTerms = TERMS, **fields: Any
) -> tuple[int, int, tuple[str, ...]] | None:
    """What it cost, what was saved and what was assumed."""
    services = fields.pop("services", ())
    detail = UsageDetail(fields)
    found = compute_bill(usage, detail, prices or (PLAIN,), terms, services)
    if found is None:
        return None
    assert found.cost.source == "catalogue"
    assert found.cost.estimated is bool(found.assumed)
    return found.cost.amount, found.saved, found.assumed


BILLS: dict[str, tuple[Any, ...]] = {
    # usage, row, details -> cost, saved, assumed
    "tokens": (Usage(100, 10), PLAIN, {}, 300, 0, ()),
    "none": (Usage(0, 0), PLAIN, {}, 0, 0, ()),
    "cached": (Usage(100, 10, 40), row(input=2, output=10, cached=1), {}, 260, 40, ()),
    "cached at an unknown price": (
        Usage(100, 10, 40),
        PLAIN,
        {},
        300,
        0,
        ("the price of cache reads is unknown",),
    ),
    "more cached than came": (
        Usage(100, 10, 400),
        row(input=2, output=10, cached=1),
        {},
        200,
        100,
        (),
    ),
    "written": (Usage(100, 10, 0, 40), row(input=2, output=10, write=3), {}, 340, -40, ()),
    "written for nothing": (Usage(100, 10, 0, 40), PLAIN, {}, 300, 0, ()),
    "cached and written": (
        Usage(100, 10, 70, 40),
        row(input=2, output=10, cached=1, write=3),
        {},
        70 + 90 + 100,
        70 - 30,
        (),
    ),
    "written for an hour": (
        Usage(100, 10, 0, 40),
        row(input=2, output=10, write=3, write_1h=4),
        {"write_1h": 30},
        120 + 120 + 30 + 100,
        -60 - 10,
        (),
    ),
    "written for an hour at an unknown price": (
        Usage(100, 10, 0, 40),
        row(input=2, output=10, write=3),
        {"write_1h": 30},
        340,
        -40,
        ("the price of longer caching is unknown",),
    ),
    "written for an hour for nothing": (
        Usage(100, 10, 0, 40),
        PLAIN,
        {"write_1h": 30},
        300,
        0,
        (),
    ),
    "reasoning with a price": (
        Usage(100, 10, reasoning=4),
        row(input=2, output=10, reasoning=20),
        {},
        200 + 60 + 80,
        0,
        (),
    ),
    "reasoning without": (Usage(100, 10, reasoning=4), PLAIN, {}, 300, 0, ()),
    "an answer that was reasoned": (
        Usage(100, 10, reasoning=4),
        row(input=2, output=10, thinking=30),
        {},
        500,
        0,
        (),
    ),
    "an answer that was not": (
        Usage(100, 10, reasoning=0),
        row(input=2, output=10, thinking=30),
        {},
        300,
        0,
        (),
    ),
    "an answer that may have been": (
        Usage(100, 10),
        row(input=2, output=10, thinking=30),
        {},
        300,
        0,
        ("unknown whether it reasoned",),
    ),
    "sound": (
        Usage(100, 10),
        row(input=2, output=10, audio_input=5, audio_output=50),
        {"audio_input": 30, "audio_output": 4},
        140 + 150 + 60 + 200,
        0,
        (),
    ),
    "sound out of the cache": (
        Usage(100, 10, 50),
        row(input=2, output=10, cached=1, audio_input=5, audio_cached=3),
        {"audio_input": 30, "audio_cached": 20},
        40 * 2 + 10 * 5 + 30 * 1 + 20 * 3 + 100,
        30 + 40,
        (),
    ),
    "pictures out of the cache": (
        Usage(100, 10, 50),
        row(input=2, output=10, cached=1, image_input=5, image_cached=3),
        {"image_input": 30, "image_cached": 20},
        40 * 2 + 10 * 5 + 30 * 1 + 20 * 3 + 100,
        30 + 40,
        (),
    ),
    "pictures": (
        Usage(100, 10),
        row(input=2, output=10, image_input=3, image_output=4, video_input=5, video_output=6),
        {"image_input": 10, "image_output": 2, "video_input": 20, "video_output": 3},
        140 + 30 + 100 + 50 + 8 + 18,
        0,
        (),
    ),
    "more sound than came": (
        Usage(100, 10),
        row(input=2, output=10, audio_input=5),
        {"audio_input": 300},
        500 + 100,
        0,
        (),
    ),
    "searches": (Usage(100, 10, searches=3), row(input=2, output=10, search=7), {}, 321, 0, ()),
    "searches at an unknown price": (
        Usage(100, 10, searches=3),
        PLAIN,
        {},
        300,
        0,
        ("the price of search is unknown",),
    ),
    "a request": (Usage(100, 10), row(input=2, output=10, request=9), {}, 309, 0, ()),
    "what is beside": (
        Usage(100, 10),
        row(input=2, output=10, citation=1, file_search=2, tool_call=3, image=4, character=5),
        {"citation": 1, "file_search": 1, "tool_call": 1, "image": 1, "character": 1},
        315,
        0,
        (),
    ),
    "an hour of sound": (
        Usage(100, 10),
        row(input=2, output=10, audio_hour=6),
        {"audio_hour": 2},
        312,
        0,
        (),
    ),
    "a range": (
        Usage(100, 10),
        PLAIN._replace(most={"output": 20 * UNIT}),
        {},
        400,
        0,
        ("the price of output is a range: using its upper end",),
    ),
    "input alone has a price": (
        Usage(100, 10),
        row(input=2),
        {},
        200,
        0,
        ("the price of output is unknown",),
    ),
}


@pytest.mark.parametrize(
    ("usage", "price", "detail", "cost", "saved", "assumed"), BILLS.values(), ids=BILLS
)
def test_every_token_is_billed_once(
    usage: Usage,
    price: Price,
    detail: dict[str, int],
    cost: int,
    saved: int,
    assumed: tuple[str, ...],
) -> None:
    assert bill(usage, price, **detail) == (cost, saved, assumed)


@pytest.mark.parametrize("usage", [Usage(), Usage(1), Usage(None, 1)])
def test_without_counts_there_is_no_bill(usage: Usage) -> None:
    assert bill(usage) is None


def test_without_a_price_of_tokens_there_is_no_bill() -> None:
    assert bill(Usage(1, 1), row(search=1)) is None
    assert bill(Usage(1, 1), PLAIN._replace(since="2027-01-01")) is None


def test_a_tier_without_a_price_is_billed_as_the_usual_one_and_said() -> None:
    terms = TERMS._replace(tier="flex", is_certain=False)
    assert bill(Usage(100, 10), terms=terms) == (
        300,
        0,
        (
            "no known price for the tier 'flex'",
            "the server did not confirm the tier 'flex'",
        ),
    )
    own = row(input=1, output=1)._replace(tier="flex")
    assert bill(Usage(100, 10), PLAIN, own, terms=terms._replace(is_certain=True)) == (110, 0, ())


def test_a_free_tier_costs_nothing_in_the_currency_of_its_row() -> None:
    free = PriceTerms("free", day=DAY)
    own = PLAIN._replace(tier="free", currency="CNY")
    for prices, currency in (((PLAIN,), "USD"), ((PLAIN, own), "CNY")):
        found = compute_bill(Usage(100, 10), UsageDetail(), prices, free)
        assert found == Bill(Cost(0, currency, source="catalogue"))


SEARCH = row(search=7)
SERVICES: dict[str, tuple[Price, int | None]] = {
    "everywhere": (SEARCH, 307),
    "here": (SEARCH._replace(region="eu"), 307),
    "elsewhere": (SEARCH._replace(region="us"), None),
    "in another currency": (SEARCH._replace(currency="CNY"), None),
    "for another tier": (SEARCH._replace(tier="batch"), None),
    "of another day": (SEARCH._replace(until="2026-10-01"), None),
    "as a range": (SEARCH._replace(most={"search": 9}), None),
}


@pytest.mark.parametrize(("price", "cost"), SERVICES.values(), ids=SERVICES)
def test_a_service_is_billed_where_its_price_holds(price: Price, cost: int | None) -> None:
    found = bill(
        Usage(100, 10, searches=1),
        terms=TERMS._replace(region="eu"),
        services=(Service("search", (price,)),),
    )
    unknown = ("the price of search is unknown",)
    assert found == (cost or 300, 0, () if cost else unknown)


def test_a_models_own_price_goes_before_a_services() -> None:
    own = row(input=2, output=10, search=1)
    services = (Service("search", (SEARCH,)),)
    assert bill(Usage(100, 10, searches=1), own, services=services) == (301, 0, ())


@pytest.mark.parametrize(
    ("value", "count", "seconds"),
    [
        *((0, 0, 0.0), (7, 7, 7.0), (1.5, 1, 1.5), (-1, None, None), (-0.5, None, None)),
        *((MAX_COUNT - 1, MAX_COUNT - 1, float(MAX_COUNT - 1)), (MAX_COUNT, None, None)),
        *((float("inf"), None, None), (float("nan"), None, None)),
        *((True, None, None), ("7", None, None), (None, None, None)),
    ],
)
def test_a_count_is_a_number_from_0_to_a_quadrillion(
    value: Any, count: int | None, seconds: float | None
) -> None:
    assert MAX_COUNT == 10**15
    assert parse_count(value) == count
    assert queue_seconds({"queue_time": value}) == seconds
    assert queue_seconds([value]) is None
