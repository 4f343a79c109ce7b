"""Tokens and money as a provider reports them, in one shape.

Invariants (whatever the wire's own counting): ``input`` includes cached and
cache-written tokens, ``output`` includes reasoning; ``None`` is unknown, never 0.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from aichat.values import NamedTuple


class Usage(NamedTuple):
    """Token counts of one answer, and the searches the provider made."""

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    searches: int | None = None


def sum_usage(several: Iterable[Usage]) -> Usage:
    """The sum; a count that is unknown for one is unknown for all."""
    columns = zip(*several, strict=True)
    return Usage(*(None if None in counts else sum(filter(None, counts)) for counts in columns))


class UsageDetail(NamedTuple):
    """What only the bill needs to know.

    ``counts``, by the names of ``price.UNITS``, are parts of what ``Usage`` counts (audio within
    the input) or come on top of it (calls). ``tier`` is the one the server says it used.
    """

    counts: Mapping[str, int] = {}
    tier: str | None = None


class Quantity(NamedTuple):
    """Something made outside a conversation: its ``kind``, and how much of it in which ``unit``.

    An ``image`` is counted in images, a ``video`` in seconds.
    """

    kind: str
    unit: str
    amount: float


UNKNOWN_USAGE, NO_DETAIL = Usage(), UsageDetail()

#: The largest count that is believed; infinity and NaN are not counts.
MAX_COUNT = 10**15


#: How a request can be served and billed. ``fast`` is speed that is sold as such.
TIERS = ("standard", "batch", "flex", "priority", "fast", "free")

#: Tiers that belong to an account or a job, and that no single request asks for.
ACCOUNT_TIERS = ("batch", "free")

#: Servers' names for tiers, where they differ from ours; None tells us nothing.
_TIER_ALIASES = {
    "default": "standard",
    "on_demand": "standard",
    "standard_only": "standard",
    "auto": None,
    "performance": "priority",  # Groq's word
}


def parse_tier(*words: object) -> str | None:
    """The tier that a server's words stand for: the first that names one.

    ``standard`` says little, so a later word that says more wins over it.
    """
    told = [w.lower().removeprefix("service_tier_") for w in words if isinstance(w, str) and w]
    tiers = [tier for word in told if (tier := _TIER_ALIASES.get(word, word))]
    return next((tier for tier in tiers if tier != "standard"), tiers[0] if tiers else None)


def parse_counts(**found: object) -> dict[str, int]:
    """Those of the counts that are valid and above 0."""
    return {name: n for name, value in found.items() if (n := parse_count(value))}


def parse_count(value: object) -> int | None:
    """A count from untrusted JSON: a non-negative whole number, else None (unknown)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < MAX_COUNT else None


def queue_seconds(raw: Any) -> float | None:
    """How many seconds a request queued at the provider, from the wire's raw usage.

    Source: Groq's ``queue_time``, in the types of groq 1.7.
    """
    value = raw.get("queue_time") if isinstance(raw, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < MAX_COUNT else None
