"""Money as people read it."""

from aichat.core.usage import Cost


def shown(cost: Cost) -> str:
    """An amount with its currency; ``~`` says that it is an estimate."""
    return f"{'~' if cost.estimated else ''}{number(cost.amount)} {cost.currency}"


def number(billionths: int) -> str:
    """Billionths as a decimal number: two decimals at least, six unless they were all zeros."""
    sign, amount = "-" if billionths < 0 else "", abs(billionths)
    places = 6 if amount >= 1000 or not amount else 9
    whole, rest = divmod((amount + 10 ** (9 - places) // 2) // 10 ** (9 - places), 10**places)
    return f"{sign}{whole}.{f'{rest:0{places}d}'.rstrip('0'):0<2}"
