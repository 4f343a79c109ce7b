"""Money, in billionths of a currency's unit: parsed from what is typed, and written as text."""

import re
from collections.abc import Iterable

from aichat.values import NamedTuple

#: Billionths in one unit of a currency.
BILLION = 1_000_000_000


class Cost(NamedTuple):
    """Money in billionths of ``currency``.

    ``source`` is who says so, ``provider`` or ``catalogue``; ``replay`` is why it cost nothing.
    """

    amount: int
    currency: str = "USD"
    estimated: bool = False
    source: str = "provider"


def total_cost(costs: Iterable[Cost | None]) -> Cost | None:
    """The sum of all costs; None if any is unknown, or if the currencies differ."""
    several = tuple(costs)
    known = [cost for cost in several if cost]
    if not known or len(known) < len(several) or len({cost.currency for cost in known}) > 1:
        return None
    amount, estimated = sum(cost.amount for cost in known), any(cost.estimated for cost in known)
    return known[0]._replace(amount=amount, estimated=estimated)


def parse_money(text: str) -> tuple[int, str]:
    """The amount and currency in ``0.05``, ``2.5USD`` or ``10 cny``; US dollars unless named.

    Errors: ``ValueError``.
    """
    found = re.fullmatch(
        r"([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})\s*([A-Za-z]{3})?", text.strip()
    )
    if not found:
        raise ValueError(text)
    return billionths(found[1]), (found[2] or "USD").upper()


def billionths(value: float | str) -> int:
    """An amount in units of its currency as billionths of one."""
    from decimal import Decimal  # here, since only those who set a limit need it

    return int((Decimal(str(value)) * BILLION).to_integral_value())


def format_cost(cost: Cost) -> str:
    """An amount as people write it; ``~`` says that it is an estimate."""
    return f"{'~' if cost.estimated else ''}{format_money(cost.amount, cost.currency)}"


#: The sign that people write before an amount of each currency.
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}


def format_money(amount: int, currency: str) -> str:
    """An amount as people write it: ``$0.00022``, ``¥0.088``, ``CHF 1.20``.

    Two decimals; below a cent, as many as show two significant digits.
    """
    places = 2
    while places < _MAX_PLACES and 0 < abs(amount) < 10 ** (10 - places):
        places += 1
    unit = 10 ** (_MAX_PLACES - places)
    whole, rest = divmod((abs(amount) + unit // 2) // unit, 10**places)
    text = pad_decimals(f"{whole}.{f'{rest:0{places}d}'.rstrip('0')}")
    return f"{'-' if amount < 0 else ''}{with_sign(text, currency)}"


def with_sign(number: str, currency: str) -> str:
    """A number after its currency's sign, or after its name."""
    return f"{_SIGNS.get(currency, f'{currency} ')}{number}"


#: Decimals of an amount in billionths.
_MAX_PLACES = 9


def format_amount(amount: int) -> str:
    """An amount without its currency: at least two decimals, at most six unless all are zero."""
    sign, amount = "-" if amount < 0 else "", abs(amount)
    places = 6 if amount >= 1000 or not amount else 9
    whole, rest = divmod((amount + 10 ** (9 - places) // 2) // 10 ** (9 - places), 10**places)
    return sign + pad_decimals(f"{whole}.{f'{rest:0{places}d}'.rstrip('0')}")


def pad_decimals(text: str) -> str:
    """A decimal number with at least two decimals."""
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


def format_fixed(amount: int, decimals: int) -> str:
    """An amount with so many decimals, rounded half up; a tiny one is never shown as 0."""
    if amount < 0:
        return f"-{format_fixed(-amount, decimals)}"
    unit = BILLION // 10**decimals
    if 0 < amount < (unit + 1) // 2:
        return f"<{format_fixed(unit, decimals)}"
    whole, rest = divmod((amount + unit // 2) // unit, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}d}" if decimals else f"{whole:,}"


def decimals_for(amounts: Iterable[int]) -> int:
    """How many decimals a column of amounts needs to be read and compared."""
    most = max(amounts, default=0)
    return next((n for n, limit in ((2, 100), (4, 0.05)) if most >= limit * BILLION), 6)


def format_exact(amount: int, places: int = 9) -> str:
    """An amount in units of 10**-``places`` as an exact decimal number, for programs."""
    whole, rest = divmod(abs(amount), 10**places)
    text = f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
    return f"-{text}" if amount < 0 else text
