"""What was refused at which rate, and the limit and the chance that this tells of.

Of what is asked at a rate, a share is refused by chance, however few are asked; and under a limit
whatever is asked beyond it. Of all limits that what was seen does not speak against the highest
is taken: what it is too high by, the next questions show.
"""

from collections.abc import Iterator, Sequence
from math import inf, log

from aichat.values import NamedTuple

#: By how much (the logarithm of its likelihood) a limit may be less likely than the likeliest.
_DOUBT, _TRUST = 3.0, 0.1

#: The steps of limits that are looked at, and those between the last two.
_STEP, _BETWEEN = 1.1, (1.08, 1.06, 1.04, 1.02)

#: How far the lowest limit is below the lowest rate; rates that are one.
_BELOW, _SAME = 0.3, 1.04

#: No share is impossible.
_LEAST, _MOST = 0.001, 0.995


class Seen(NamedTuple):
    """So many were asked at a rate, of which so many were refused; both are weighed by age."""

    rate: float
    asked: float
    refused: float


class Bounds(NamedTuple):
    """Questions a second that are taken, and the share that is refused by chance."""

    limit: float
    chance: float


def find_bounds(seen: Sequence[Seen]) -> Bounds:
    """The highest limit that may be, infinite where there may be none."""
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
    """Those of about one rate together, the lowest first."""
    pooled = list[Seen]()
    for one in sorted(seen):
        last = pooled[-1] if pooled else None
        if last and one.rate < last.rate * _SAME:
            pooled[-1] = Seen(last.rate, last.asked + one.asked, last.refused + one.refused)
        else:
            pooled.append(one)
    return pooled


def _limits(seen: Sequence[Seen]) -> Iterator[float]:
    """From the highest that may be on."""
    limit, lowest = seen[-1].rate, seen[min(1, len(seen) - 1)].rate * _BELOW
    while limit > lowest:
        yield limit
        limit /= _STEP


def _likelihood(seen: Sequence[Seen], limit: float) -> tuple[float, float]:
    """That of a limit (its logarithm), with the chance that goes with it."""
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
