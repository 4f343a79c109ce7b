"""How many questions a provider bears at once: as many as it answers, found while they run.

It grows by one with each answer until the provider refuses more than chance explains, shrinks
by the share that was refused, and then grows by one a round. What the provider itself says is
left goes before that. Headers: the wire reference, sections 2f, 4e, 5e, 6f, 7f.
"""

import re
from collections.abc import Mapping

from aichat.core.text.dates import parse_instant

#: Questions at once in the beginning, and the most where nobody says otherwise.
FIRST, MOST = 8, 64

#: How much one more outcome weighs, and the share of refusals that is no chance.
_WEIGHT, _BEARABLE = 1 / 32, 0.15

#: Seconds that nothing new is begun, at most, on one word of a provider.
_LONGEST_HOLD = 60.0

_REMAINING = re.compile(r"remaining-(requests|tokens)|(requests|tokens)-remaining")
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(rf"(?:(\d+)h)?(?:(\d+)m)?(?:{_NUMBER}s)?(?:{_NUMBER}ms)?", re.ASCII)


class Pace:
    """The number for one model; times are seconds on one clock of the caller's."""

    def __init__(self, most: int = MOST, first: int = FIRST) -> None:
        self._most, self._limit = float(most), float(min(first, most))
        self._left = self._most  # what the provider said is left
        self._is_known = False  # whether more than it bears has been tried
        self._refused = 0.0  # the share of late
        self._since = 0  # outcomes since it shrank
        self._held_until = float("-inf")

    @property
    def limit(self) -> int:
        """Questions that may be under way."""
        return max(int(min(self._limit, self._left)), 1)

    def wait(self, now: float) -> float:
        """Seconds in which nothing new is to be begun."""
        return max(self._held_until - now, 0.0)

    def has_room(self, running: int, now: float) -> bool:
        """Whether one more may be begun beside those that are ``running``."""
        return running < self.limit and not self.wait(now)

    def take_answer(self, headers: Mapping[str, str], now: float, today: float) -> None:
        """One came, and said this of what is left; ``today`` is ``now`` since 1970."""
        self._take_outcome(0.0)
        self._limit = min(self._limit + (1 / self._limit if self._is_known else 1), self._most)
        left = {_kind(name): name for name in headers if _REMAINING.search(name)}
        self._left = _count(headers[left["requests"]]) if "requests" in left else self._most
        for name in left.values():
            if _count(headers[name]) == 0:
                self._hold(now, _seconds(headers.get(_reset_name(name), ""), today))

    def take_refusal(self, seconds: float, now: float) -> None:
        """One was refused for its number, and is tried again in so many seconds."""
        self._take_outcome(1.0)
        if self._refused <= _BEARABLE or self._since < self._limit:
            return
        self._limit = max(self._limit * (1 - self._refused), 1.0)
        self._is_known, self._refused, self._since = True, 0.0, 0
        self._hold(now, seconds)

    def _take_outcome(self, refused: float) -> None:
        self._refused += (refused - self._refused) * _WEIGHT
        self._since += 1

    def _hold(self, now: float, seconds: float) -> None:
        self._held_until = max(self._held_until, now + min(seconds, _LONGEST_HOLD))


def _kind(name: str) -> str:
    return "requests" if "requests" in name else "tokens"


def _reset_name(name: str) -> str:
    """``x-ratelimit-reset-requests``, ``anthropic-ratelimit-requests-reset``."""
    return name.replace("remaining", "reset")


def _count(text: str) -> float:
    """A number that nobody can read limits nothing."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        return float("inf")


def _seconds(text: str, today: float) -> float:
    """``6m0s``, ``120ms``, ``12.5`` or a time of day; 0 for what is none of these."""
    found = _DURATION.fullmatch(text)
    if text and found:
        hours, minutes, seconds, thousandths = (float(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return float(text)
    at = parse_instant(text)
    return 0.0 if at is None else max(at - today, 0.0)
