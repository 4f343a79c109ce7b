"""Tokens and money as a provider reports them, in one shape.

Invariants (whatever the wire's own counting): ``input`` includes cached and
cache-written tokens, ``output`` includes reasoning; ``None`` is unknown, never 0.
"""

from typing import Any, NamedTuple


class Usage(NamedTuple):
    """Token counts of one answer, and the searches the provider made."""

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    searches: int | None = None


class Cost(NamedTuple):
    """Money in billionths of ``currency``; ``source`` is ``provider`` or ``catalogue``."""

    amount: int
    currency: str = "USD"
    estimated: bool = False
    source: str = "provider"


UNKNOWN = Usage()

#: No count is larger; infinity and what is not a number are none at all.
MOST = 10**15


def count(value: object) -> int | None:
    """A token count out of untrusted JSON: a non-negative whole number, else unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < MOST else None


def queued(raw: Any) -> float | None:
    """The seconds that a request waited at the provider, out of the wire's own usage.

    Source: Groq's ``queue_time``, in section 5 of the wire reference.
    """
    value = raw.get("queue_time") if isinstance(raw, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < MOST else None
