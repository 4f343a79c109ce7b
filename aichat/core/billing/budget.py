"""Limits of money: what one answer may cost, and what is left of a day or a month."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aichat.core.billing.money import Cost, billionths, format_amount, format_money, parse_money
from aichat.core.text.dates import parse_time
from aichat.errors import usage_error
from aichat.values import NamedTuple


class SpendLimit(NamedTuple):
    """What an answer may cost (billionths of ``currency``); ``description`` says who set it.

    ``strict``: a question whose cost cannot be checked against it is not sent at all.
    """

    amount: int
    currency: str
    description: str
    strict: bool = False


def parse_limit(text: str) -> SpendLimit:
    """``0.05`` or ``2CNY`` of ``--max-cost``; US dollars unless named. Errors: ``usage``."""
    try:
        amount, currency = parse_money(text)
    except ValueError:
        hint = "examples: 0.05, 2.5USD, 10CNY"
        raise usage_error(f"--max-cost: '{text}' is not an amount", hint) from None
    return SpendLimit(
        amount, currency, f"--max-cost {format_amount(amount)} {currency}", strict=True
    )


#: The spans that a profile's budget may be for: the word for when each began, and seconds after
#: that which are in the next one, however long this one is.
_SPANS = {"day": ("today", 36 * 3600.0), "month": ("month", 45 * 86_400.0)}


def span_bounds(span: str, now: float) -> tuple[float, float]:
    """When the local ``day`` or ``month`` began, and when the next one does (since 1970)."""
    word, into_next = _SPANS[span]
    begin = parse_time(word, now)
    return begin, parse_time(word, begin + into_next)


def profile_limits(
    budget: Mapping[str, Any], profile: str, spent: Callable[[str, str], int]
) -> list[SpendLimit]:
    """What is left of a profile's budgets; ``spent`` takes a span and a currency."""
    currency = str(budget.get("currency", "USD"))
    limits = []
    for span in _SPANS:
        if span in budget:
            whole, gone = billionths(budget[span]), spent(span, currency)
            words = (
                f"the budget of profile '{profile}': {format_money(whole, currency)} a {span}, "
                f"{format_money(gone, currency)} already spent"
            )
            limits.append(SpendLimit(max(whole - gone, 0), currency, words))
    return limits


def limit_mismatch(cost: Cost | None, limit: SpendLimit) -> str | None:
    """Why a cost cannot be checked against a limit; None if it can."""
    if cost is None:
        return f"its price is unknown, so it cannot be checked against {limit.description}"
    if cost.currency != limit.currency and cost.amount:
        return f"billed in {cost.currency}, so it cannot be checked against {limit.description}"
    return None


def limits_above(cost: Cost | None, limits: Iterable[SpendLimit]) -> list[SpendLimit]:
    """The limits that a cost exceeds."""
    if cost is None:
        return []
    same = (limit for limit in limits if limit.currency == cost.currency)
    return [limit for limit in same if cost.amount > limit.amount]
