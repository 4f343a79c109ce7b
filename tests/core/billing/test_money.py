"""Money as people read it, and the line that has it."""

import pytest

from aichat.core.billing import token_estimate
from aichat.core.billing.money import Cost, format_amount, format_cost, format_money
from aichat.core.billing.price import format_price, parse_price
from aichat.core.billing.usage import Usage, parse_tier
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import usage_line
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Text, ToolCall, ToolResult


@pytest.mark.parametrize(
    ("billionths", "told"),
    [
        (0, "0.00"),
        (1, "0.000000001"),
        (999, "0.000000999"),
        (1_000, "0.000001"),
        (1_499, "0.000001"),
        (1_500, "0.000002"),
        (1_008_000, "0.001008"),
        (300_000_000, "0.30"),
        (999_999_500, "1.00"),
        (12_345_678_901, "12.345679"),
        (-1_660_000, "-0.00166"),
    ],
)
def test_an_amount_has_as_many_decimals_as_it_needs(billionths: int, told: str) -> None:
    assert format_amount(billionths) == told


def test_an_estimate_is_marked_and_a_currency_named() -> None:
    assert format_cost(Cost(1_500_000)) == "$0.0015"
    assert format_cost(Cost(1_500_000, "CNY", True)) == "~¥0.0015"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (220_000, "USD", "$0.00022"),
        (88_000_000, "CNY", "¥0.088"),
        (300_000, "USD", "$0.0003"),
        (1_240_000_000, "EUR", "€1.24"),
        (1_200_000_000, "CHF", "CHF 1.20"),
        (12_345_678, "USD", "$0.012"),
        (9_949_999, "USD", "$0.0099"),
        (1, "USD", "$0.000000001"),
        (0, "USD", "$0.00"),
        (50_000_000, "USD", "$0.05"),
        (999_999_999, "USD", "$1.00"),
        (-1_500_000, "USD", "-$0.0015"),
    ],
)
def test_money_reads_as_people_write_it(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text


@pytest.mark.parametrize(
    ("cost", "saved", "told"),
    [
        (None, None, " · cost unknown"),
        (Cost(0, source="catalogue"), None, " · free"),
        (Cost(1_500_000), None, " · $0.0015"),
        (Cost(1_500_000), 20_000, " · $0.0015 (caching saved $0.00002)"),
        (Cost(1_500_000), -20_000, " · $0.0015 (caching cost $0.00002)"),
    ],
)
def test_the_usage_line_has_the_money(cost: Cost | None, saved: int | None, told: str) -> None:
    message = Message("assistant", ())
    answer = Answer("groq", "m", message, usage=Usage(1, 2), cost=cost, saved=saved)
    assert usage_line(answer) == f"1 in · 2 out{told}"


@pytest.mark.parametrize(
    ("words", "tier"),
    [
        ((), None),
        (("auto",), None),
        ((None, 7, ""), None),
        (("default",), "standard"),
        (("on_demand",), "standard"),
        (("SERVICE_TIER_FLEX",), "flex"),
        (("standard", "batch"), "batch"),
        (("fast", "standard"), "fast"),
        (("performance",), "priority"),  # in Groq's words
        (("turbo",), "turbo"),
    ],
)
def test_a_tier_has_one_name(words: tuple[object, ...], tier: str | None) -> None:
    assert parse_tier(*words) == tier


@pytest.mark.parametrize(
    ("text", "what", "amount"),
    [
        ("1.25", "input", 1_250_000_000),
        ("0.0375", "cached", 37_500_000),
        ("10", "search", 10_000_000_000_000),
        ("0.111", "audio_hour", 111_000_000_000_000),
        ("0", "output", 0),
    ],
)
def test_a_published_price_is_kept_exactly(text: str, what: str, amount: int) -> None:
    assert parse_price(text, what) == amount
    assert format_price(amount, what) == text


def test_a_price_that_would_be_rounded_is_refused() -> None:
    with pytest.raises(ValueError, match="decimals"):
        parse_price("0.0000000001", "input")


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ((), 0),
        ((Text("four"),), 1),
        ((Text("five5"),), 2),
        ((Text("四"), Text("fünf")), 3),
        ((ToolCall("1", "f", "{}" * 4),), 2),
        ((ToolResult("1", "f", (Text("x" * 40),)),), 10),
        ((Media("image/png", b"x"),), 1000),
    ],
)
def test_tokens_are_guessed_by_length(parts: tuple[object, ...], count: int) -> None:
    assert token_estimate.estimate_message(Message("user", parts)) == count  # type: ignore[arg-type]


def test_what_was_spent_says_whether_it_is_an_estimate() -> None:
    assert format_cost(Cost(220_000)) == "$0.00022"
    assert format_cost(Cost(88_000_000, "CNY", True)) == "~¥0.088"
