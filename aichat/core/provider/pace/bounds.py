"""Estimating the limit and the share refused by chance, from the refusals at each rate.

At any rate a share is refused by chance, and with a limit everything beyond it is refused too.
Of all limits compatible with what was seen the highest is chosen: if it is too high, the next
questions will show that.
"""

from collections.abc import Iterator, Sequence
from math import inf, log

from aichat.values import NamedTuple

#: By how much, in log likelihood, a limit may be less likely than the likeliest one.
_DOUBT, _TRUST = 3.0, 0.1

#: The factor between the limits that are considered, and finer ones between the last two.
_STEP, _BETWEEN = 1.1, (1.08, 1.06, 1.04, 1.02)

#: The lowest limit relative to the lowest rate; the ratio within which rates count as equal.
_BELOW, _SAME = 0.3, 1.04

#: Bounds that keep any share from being impossible.
_LEAST, _MOST = 0.001, 0.995


class Seen(NamedTuple):
    """How many were asked at a rate, and how many of them refused; both weighted by age."""

    rate: float
    asked: float
    refused: float


class Bounds(NamedTuple):
    """Questions per second that are accepted, and the share refused by chance."""

    limit: float
    chance: float


def find_bounds(seen: Sequence[Seen]) -> Bounds:
    """The highest plausible limit; infinite if there may be none."""
    seen = _pooled(seen)
    free, chance = _likelihood(seen, inf)
    limits = [*_limits(seen)]
    found = [_likelihood(seen, limit)[0] for limit in limits]
    best = max(free, *found)
    if free >= best - _DOUBT:
        return Bounds(inf, chance)
    least = best - _TRUST
    high = next(limit for limit, one in zip(limits, found, strict=True) if one >= least)
    between = (high * step for step in _BETWEEN)
    limit = next((one for one in between if _likelihood(seen, one)[0] >= least), high)
    return Bounds(limit, _likelihood(seen, limit)[1])


def _pooled(seen: Sequence[Seen]) -> list[Seen]:
    """The observations, pooled by rate, the lowest first."""
    pooled = list[Seen]()
    for one in sorted(seen):
        last = pooled[-1] if pooled else None
        if last and one.rate < last.rate * _SAME:
            pooled[-1] = Seen(last.rate, last.asked + one.asked, last.refused + one.refused)
        else:
            pooled.append(one)
    return pooled


def _limits(seen: Sequence[Seen]) -> Iterator[float]:
    """The limits to consider, the highest first."""
    limit, lowest = seen[-1].rate, seen[min(1, len(seen) - 1)].rate * _BELOW
    while limit > lowest:
        yield limit
        limit /= _STEP


def _likelihood(seen: Sequence[Seen], limit: float) -> tuple[float, float]:
    """The log likelihood of a limit, and the share refused by chance that fits it best."""
    chance = 0.0
    for _ in range(2):
        below = [one for one in seen if one.rate <= limit / (1 - chance)]
        asked = sum(one.asked for one in below)
        chance = min(max(sum(one.refused for one in below) / asked if asked else 0, _LEAST), 0.9)
    total = 0.0
    for rate, asked, refused in seen:
        share = min(max(chance, 1 - limit / rate), _MOST)
        total += refused * log(share) + (asked - refused) * log(1 - share)
    return total, chance
