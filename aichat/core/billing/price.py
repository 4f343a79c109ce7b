"""Prices as data: what one token, search or hour of a model costs, exactly.

An amount is a whole number of quadrillionths (1e-15) of the currency's unit, which is fine
enough for every published price of a single token. Sums are rounded only once, at the very
end, half up, to the billionths of ``Cost``.
"""

from collections.abc import Iterable, Mapping

from aichat.core.billing import money
from aichat.values import NamedTuple

#: Quadrillionths in one unit of a currency, and in one billionth of it.
QUADRILLION, BILLIONTH = 10**15, 10**6

#: What may have a price: the unit it is counted in, and how many units a published price is for.
UNITS: Mapping[str, tuple[str, int]] = {
    "input": ("token", 1_000_000),
    "output": ("token", 1_000_000),
    "thinking": ("token", 1_000_000),  # all output of an answer with reasoning
    "reasoning": ("token", 1_000_000),  # reasoning alone, where it is not billed as output
    "cached": ("token", 1_000_000),  # input read from a cache
    "write": ("token", 1_000_000),  # input written to a cache, for the usual few minutes
    "write_1h": ("token", 1_000_000),  # for longer
    "write_12h": ("token", 1_000_000),
    "citation": ("token", 1_000_000),
    "audio_input": ("token", 1_000_000),
    "audio_cached": ("token", 1_000_000),
    "audio_output": ("token", 1_000_000),
    "image_input": ("token", 1_000_000),
    "image_cached": ("token", 1_000_000),
    "image_output": ("token", 1_000_000),
    "video_input": ("token", 1_000_000),
    "video_output": ("token", 1_000_000),
    "cache_hour": ("token-hour", 1_000_000),  # kept in an explicit cache
    "trained": ("token", 1_000_000),  # that a model learns from, each time that it does
    "search": ("search", 1_000),
    "request": ("call", 1_000),
    "file_search": ("call", 1_000),
    "tool_call": ("call", 1),
    "audio_hour": ("hour", 1),
    "heard_hour": ("hour", 1),  # of the user's speech in a session, transcribed
    "text_message": ("message", 1),  # sent in a session
    "code_hour": ("hour", 1),
    "video_second": ("second", 1),
    "video_second_480p": ("second", 1),  # at this resolution
    "video_second_720p": ("second", 1),
    "video_second_1080p": ("second", 1),
    "image": ("image", 1),
    "image_2k": ("image", 1),  # at this size
    "character": ("character", 1_000_000),
    "storage": ("GB-day", 1),
}


class Price(NamedTuple):
    """One row of a price list: prices for a tier, a region, a prompt length and a range of days.

    ``rates`` (by the names of ``UNITS``) are quadrillionths of ``currency`` for a single
    unit; where a range is published, ``rates`` has its lower end and ``most`` its upper.
    ``tier`` is one of ``usage.TIERS``.
    ``above``: the row is for prompts of more tokens than this, up to the next such row.
    ``region``: empty is everywhere. ``since`` and ``until``: first and last day (UTC,
    ISO), empty where open. ``source`` and ``date``: who says so, and when it was read.
    """

    rates: Mapping[str, int]
    most: Mapping[str, int] = {}
    currency: str = "USD"
    tier: str = "standard"
    region: str = ""
    above: int = 0
    since: str = ""
    until: str = ""
    source: str = ""
    date: str = ""

    def applies_to(self, tier: str, region: str, day: str) -> bool:
        """Whether the row is for this tier and region on this day (ISO)."""
        where = self.region in ("", region)
        return self.tier == tier and where and self.since <= day <= (self.until or day)


def parse_price(text: str, what: str) -> int:
    """A published price, a decimal number, as quadrillionths for a single unit.

    Errors: ``ValueError`` if it is not a decimal number, or has too many decimals.
    """
    whole, _, decimals = text.partition(".")
    divisor: int = 10 ** len(decimals) * UNITS[what][1]
    amount, rest = divmod(int(whole + decimals) * QUADRILLION, divisor)
    if rest:
        raise ValueError(f"{text} for {what} has too many decimals")
    return amount


def format_price(amount: int, what: str) -> str:
    """The price of a single unit as it is published: per million tokens, per 1000 searches."""
    return money.format_exact(amount * UNITS[what][1], places=15)


def find_price(
    prices: Iterable[Price], tier: str, region: str, day: str, tokens: int
) -> Price | None:
    """The row that applies to a prompt of ``tokens`` tokens, if there is one."""
    held = [price for price in prices if price.applies_to(tier, region, day)]
    fitting = [price for price in held if not price.above or tokens > price.above]
    return max(fitting, key=lambda p: (p.region != "", p.above, p.since), default=None)


def round_to_billionths(quadrillionths: int) -> int:
    """Quadrillionths as billionths, rounded half up."""
    return (quadrillionths + BILLIONTH // 2) // BILLIONTH


class Service(NamedTuple):
    """Something that a provider charges for besides its models, and how much.

    ``models`` are those it is for; empty: any that has no service of its own.
    """

    name: str
    prices: tuple[Price, ...]
    note: str = ""
    models: tuple[str, ...] = ()


def find_service_price(
    services: Iterable[Service], what: str, model: str, region: str, day: str
) -> Price | None:
    """The row for ``what``, billed on top of tokens: the model's own, else the general one."""
    fitting = [
        (bool(service.models), price)
        for service in services
        if not service.models or model in service.models
        for price in service.prices
        if what in price.rates and price.applies_to("standard", region, day)
    ]
    return max(fitting, key=_precedence)[1] if fitting else None


def _precedence(found: tuple[bool, Price]) -> tuple[bool, bool, str]:
    own, price = found
    return own, price.region != "", price.since
