"""Limits of money: what one answer may cost, and what is left of a day or a month."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aichat.core.event import Event, Finish, ReasoningDelta, TextDelta, ToolCallDelta, UsageSeen
from aichat.core.money import billionths, number, typed
from aichat.core.tokens import BYTES
from aichat.core.usage import Cost
from aichat.errors import usage_error

#: No answer has more tokens.
_TOKENS = 1 << 24


class Limit(NamedTuple):
    """What an answer may cost (billionths of ``currency``); ``words`` say who set it.

    ``strict``: what cannot be held against it is not even asked about.
    """

    amount: int
    currency: str
    words: str
    strict: bool = False


def parsed(text: str) -> Limit:
    """``0.05`` or ``2CNY`` of ``--max-cost``; US dollars unless named. Errors: ``usage``."""
    try:
        amount, currency = typed(text)
    except ValueError:
        hint = "examples: 0.05, 2.5USD, 10CNY"
        raise usage_error(f"--max-cost: '{text}' is no amount", hint) from None
    return Limit(amount, currency, f"--max-cost {number(amount)} {currency}", strict=True)


#: The spans that a profile's budget may be for, and how the local day that each began on is made.
_SPANS: Mapping[str, Callable[[datetime], datetime]] = {
    "day": lambda now: now,
    "month": lambda now: now.replace(day=1),
}


def began(span: str, now: float) -> float:
    """When the local ``day`` or ``month`` began, in seconds since 1970."""
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return _SPANS[span](today).astimezone(UTC).timestamp()


def of_profile(
    budget: Mapping[str, Any], profile: str, spent: Callable[[str, str], int]
) -> list[Limit]:
    """What is left of a profile's budgets; ``spent`` knows of a span and a currency."""
    currency = str(budget.get("currency", "USD"))
    limits = []
    for span in _SPANS:
        if span in budget:
            whole, gone = billionths(budget[span]), spent(span, currency)
            words = (
                f"the budget of profile '{profile}': {number(whole)} {currency} a {span}, "
                f"{number(gone)} of it spent"
            )
            limits.append(Limit(max(whole - gone, 0), currency, words))
    return limits


def held(cost: Cost | None, limit: Limit) -> str | None:
    """Why a cost cannot be held against a limit, if it cannot."""
    if cost is None:
        return f"its price is not known, so it cannot be held against {limit.words}"
    if cost.currency != limit.currency and cost.amount:
        return f"it is billed in {cost.currency}, which cannot be held against {limit.words}"
    return None


def above(cost: Cost | None, limits: Iterable[Limit]) -> list[Limit]:
    """The limits that a cost passes."""
    if cost is None:
        return []
    same = (limit for limit in limits if limit.currency == cost.currency)
    return [limit for limit in same if cost.amount > limit.amount]


class Meter:
    """Counts an answer while it comes, and tells when it has become too dear.

    ``price`` gives the cost of so many tokens of input and output.
    """

    def __init__(
        self, limits: Iterable[Limit], input_tokens: int, price: Callable[[int, int], Cost | None]
    ) -> None:
        self._limits, self._price = tuple(limits), price
        self._input, self._room = input_tokens, self._affordable(input_tokens)
        self._bytes = self._told = 0

    def passed(self, events: Iterable[Event]) -> bool:
        """Whether what came makes the answer too dear; one that has ended is not stopped."""
        came, ended = False, False
        for event in events:
            if isinstance(event, TextDelta | ReasoningDelta):
                self._bytes += len(event.text.encode("utf-8", "replace"))
                came = True
            elif isinstance(event, ToolCallDelta):
                self._bytes += len(event.arguments.encode("utf-8", "replace"))
                came = True
            elif isinstance(event, UsageSeen):
                self._take(event)
            ended = isinstance(event, Finish)
        return came and not ended and max(self._bytes // BYTES, self._told) > self._room

    def _take(self, seen: UsageSeen) -> None:
        """What the provider itself has counted."""
        self._told = max(seen.usage.output or 0, self._told)
        if seen.usage.input is not None and seen.usage.input != self._input:
            self._input = seen.usage.input
            self._room = self._affordable(self._input)

    def _affordable(self, input_tokens: int) -> int:
        """The most tokens of output that stay within every limit."""
        low, high = -1, _TOKENS
        while high - low > 1:
            middle = (low + high) // 2
            if above(self._price(input_tokens, middle), self._limits):
                high = middle
            else:
                low = middle
        return low if low < _TOKENS - 1 else 1 << 62
