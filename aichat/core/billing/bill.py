"""What an answer costs: what was counted, times the prices for its tier, region and day.

It is reckoned in whole quadrillionths and rounded once, half up, to billionths. Whatever had
to be assumed is named, and makes the cost an estimate.
"""

from collections.abc import Iterable, Iterator, Mapping

from aichat.core.billing.money import Cost
from aichat.core.billing.price import UNITS, Price, Service, find_price, round_to_billionths
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.values import NamedTuple


class PriceTerms(NamedTuple):
    """How an answer was served: its tier, the region, and the day (UTC, ISO).

    ``is_certain``: the server confirmed the tier, or none was asked for.
    """

    tier: str = "standard"
    region: str = ""
    day: str = ""
    is_certain: bool = True


class Bill(NamedTuple):
    """What an answer cost, and how that was found.

    ``saved``: what caching saved, in billionths of the same currency, less the extra cost of
    writing to the cache. ``assumed`` says in words what was not known.
    """

    cost: Cost
    saved: int = 0
    assumed: tuple[str, ...] = ()


#: Counts that are part of another one, unless they have a price of their own.
_PART_OF = {
    "audio_input": "input",
    "audio_cached": "cached",
    "audio_output": "output",
    "image_input": "input",
    "image_cached": "cached",
    "image_output": "output",
    "video_input": "input",
    "video_output": "output",
    "reasoning": "output",
}

#: Counts that include another: the first of each pair includes the second.
_CACHED_TOO = {"audio_input": "audio_cached", "image_input": "image_cached"}

#: Tokens written to a cache for longer than the usual few minutes.
_LONG_WRITES = ("write_1h", "write_12h")

#: What is billed on top of the tokens of a prompt and its answer.
_EXTRAS = ("citation", "file_search", "tool_call", "audio_hour", "image")

#: What some models bill in place of tokens, and all others give for nothing.
_MEASURES = ("audio_second", "heard_second", "text_message", "character")

#: Hourly prices, and the count in seconds that each is for.
_HOURS = {"audio_hour": "audio_second", "heard_hour": "heard_second"}

#: Everything that is counted in tokens.
_TOKENS = frozenset(what for what, (unit, _) in UNITS.items() if unit == "token")

#: Seconds in an hour.
_HOUR = 3600


def compute_bill(
    usage: Usage,
    detail: UsageDetail,
    prices: Iterable[Price],
    terms: PriceTerms,
    services: Iterable[Service] = (),
) -> Bill | None:
    """The bill for ``usage`` by a model's ``prices``; None where no price is known.

    ``services`` supply what the model's own row lacks: the prices of searches and calls.
    """
    prices = tuple(prices)
    tokens_known = usage.input is not None and usage.output is not None
    if not (tokens_known or detail.counts):
        return None
    assumed: list[str] = []
    length = usage.input or 0
    held = find_price(prices, terms.tier, terms.region, terms.day, length)
    if terms.tier == "free":
        currency = held.currency if held else "USD"
        return Bill(Cost(0, currency, source="catalogue"))
    if held is None:
        held = find_price(prices, "standard", terms.region, terms.day, length)
        assumed.append(f"no known price for the tier '{terms.tier}'")
    if held is None or not _is_counted(detail, held.rates, tokens_known=tokens_known):
        return None
    if not terms.is_certain:
        assumed.append(f"the server did not confirm the tier '{terms.tier}'")
    found = _with_seconds({**_service_rates(services, held, terms), **held.rates})
    counted = _billed_counts(usage, detail, found, assumed)
    total = sum(n * _rate(what, held, found, assumed) for what, n in counted.items())
    saved = _cache_savings(counted, held.rates)
    cost = Cost(round_to_billionths(total), held.currency, bool(assumed), "catalogue")
    return Bill(cost, round_to_billionths(saved), tuple(dict.fromkeys(assumed)))


def _is_counted(detail: UsageDetail, rates: Mapping[str, int], *, tokens_known: bool) -> bool:
    """Whether the things that the row has a price for were counted."""
    if {"input", "output"} & rates.keys():
        return tokens_known
    priced = {*rates, *(("audio_second",) if "audio_hour" in rates else ())}
    return bool(priced & detail.counts.keys())


def _with_seconds(rates: dict[str, int]) -> dict[str, int]:
    """The prices, with one for a second wherever there is one for an hour."""
    return {**{_HOURS[what]: rates[what] // _HOUR for what in _HOURS.keys() & rates}, **rates}


def _service_rates(
    services: Iterable[Service], price_row: Price, terms: PriceTerms
) -> dict[str, int]:
    """What a provider charges for besides its models, in the currency of the row."""
    rows = (price for service in services for price in service.prices)
    fitting = (p for p in rows if p.applies_to("standard", terms.region, terms.day) and not p.most)
    return {k: v for p in fitting if p.currency == price_row.currency for k, v in p.rates.items()}


def _billed_counts(
    usage: Usage, detail: UsageDetail, rates: Mapping[str, int], assumed: list[str]
) -> dict[str, int]:
    """The amount of each thing that has a price, each token counted once."""
    parts = _input_counts(usage, detail, rates, assumed)
    parts["output"] = usage.output or 0
    told = {**detail.counts, "reasoning": usage.reasoning or 0}
    for whole, cached in _CACHED_TOO.items():
        told[whole] = max(told.get(whole, 0) - told.get(cached, 0), 0)
    for what, base in _PART_OF.items():
        if what in rates and told.get(what):
            taken = min(told[what], parts[base])
            parts[what] = taken
            parts[base] -= taken
    if "thinking" in rates:
        if usage.reasoning is None:
            assumed.append("unknown whether it reasoned")
        elif usage.reasoning:
            parts["thinking"] = parts.pop("output")
    parts |= {what: detail.counts[what] for what in _EXTRAS if what in detail.counts}
    parts |= {what: detail.counts.get(what, 0) for what in _MEASURES if what in rates}
    parts |= {"search": usage.searches or 0, "request": int("request" in rates)}
    by_time = "audio_hour" in rates and not _TOKENS & rates.keys()  # then tokens are not billed
    return {what: n for what, n in parts.items() if n and not (by_time and what in _TOKENS)}


def _input_counts(
    usage: Usage, detail: UsageDetail, rates: Mapping[str, int], assumed: list[str]
) -> dict[str, int]:
    """The prompt's tokens: fresh, read from a cache, or written to one (by time to live)."""
    whole = usage.input or 0
    cached = min(usage.cached_input or 0, whole)
    written = min(usage.cache_write or 0, whole - cached)
    parts = {"cached": cached}
    for what in _LONG_WRITES:
        taken = min(detail.counts.get(what, 0), written)
        if what in rates:
            parts[what] = taken
            written -= taken
        elif taken and "write" in rates:
            assumed.append("the price of longer caching is unknown")
    if cached and "cached" not in rates:
        assumed.append("the price of cache reads is unknown")
        parts["cached"] = 0
    parts["write"] = written if "write" in rates else 0  # elsewhere writing is free
    return {**parts, "input": whole - sum(parts.values())}


def _rate(what: str, price_row: Price, rates: Mapping[str, int], assumed: list[str]) -> int:
    if what in price_row.most:
        assumed.append(f"the price of {what} is a range: using its upper end")
        return price_row.most[what]
    if what not in rates:
        assumed.append(f"the price of {what} is unknown")
    return rates.get(what, 0)


def _cache_savings(counted: Mapping[str, int], rates: Mapping[str, int]) -> int:
    """What the same tokens would have cost as fresh input, less what they did cost."""
    return sum(n * (rates[base] - rates[what]) for what, base, n in _cached_counts(counted, rates))


def _cached_counts(
    counted: Mapping[str, int], rates: Mapping[str, int]
) -> Iterator[tuple[str, str, int]]:
    """Each cache-related count, what it would have been without a cache, and its amount."""
    fresh = {"audio_cached": "audio_input", "image_cached": "image_input"}
    for what in ("cached", "write", *_LONG_WRITES, *fresh):
        base = fresh.get(what, "input")
        if counted.get(what) and {what, base} <= rates.keys():
            yield what, base, counted[what]
