"""What a provider says is left, in the headers of its answers.

Headers: the wire reference, sections 2f, 4e, 5e, 6f, 7f.
"""

import re
from collections.abc import Mapping

from aichat.core.provider.pace.sent import Sent
from aichat.core.text.dates import parse_instant
from aichat.values import NamedTuple

#: Seconds that nothing new is begun, at most, on one word of a provider.
LONGEST_RESET = 60.0

#: The share of all tokens that one question may take: that they are all back is later.
_ENOUGH = 1 / 32

_REMAINING = re.compile(r"remaining-(requests|tokens)|(requests|tokens)-remaining")
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(rf"(?:(\d+)h)?(?:(\d+)m)?(?:{_NUMBER}s)?(?:{_NUMBER}ms)?", re.ASCII)


class Allowance(NamedTuple):
    """What is left as a question was taken, and how much a second adds to it."""

    sent: Sent
    left: float
    growth: float

    def left_at(self, now: float, sent_number: int) -> float:
        """What is left once more questions were sent."""
        return self.left + self.growth * (now - self.sent.at) - (sent_number - self.sent.number)


class Told:
    """What is left for ever more questions; times are seconds on one clock of the caller's."""

    def __init__(self) -> None:
        self._allowance: Allowance | None = None
        self._empty_until = float("-inf")  # of tokens

    def wait(self, now: float, sent_number: int) -> float:
        """Seconds until one more may be sent beside others; 0: nothing is known against it."""
        told = self._allowance
        lack = 1 - told.left_at(now, sent_number) if told else 0.0
        if told and lack > 0:
            lack = lack / told.growth if told.growth else float("inf")
        return max(self._empty_until - now, lack, 0.0)

    def empty_wait(self, now: float) -> float:
        """Seconds until there are tokens again for anything at all."""
        return max(self._empty_until - now, 0.0)

    def read(self, sent: Sent, headers: Mapping[str, str], now: float, today: float) -> None:
        """Of the answer to what was ``sent``; ``today`` is ``now`` since 1970."""
        for name in headers:
            found = _REMAINING.search(name)
            left = _count(headers[name]) if found else None
            if found is None or left is None:
                continue
            told = headers.get(_reset_name(name))
            reset = None if told is None else _seconds(told, today)
            if "tokens" in found[0]:
                if left == 0:
                    wait = min(reset or 0.0, LONGEST_RESET) * _ENOUGH
                    self._empty_until = max(self._empty_until, now + wait)
                continue
            most = _count(headers.get(_limit_name(name), "")) or 0.0
            growth = max(most - left, 1.0) / max(reset, 1e-3) if reset is not None else 0.0
            if self._allowance is None or sent.number > self._allowance.sent.number:
                self._allowance = Allowance(sent, left, growth)


def _reset_name(name: str) -> str:
    """``x-ratelimit-reset-requests``, ``anthropic-ratelimit-requests-reset``."""
    return name.replace("remaining", "reset")


def _limit_name(name: str) -> str:
    """``x-ratelimit-limit-requests``, ``anthropic-ratelimit-requests-limit``."""
    return name.replace("remaining", "limit")


def _count(text: str) -> float | None:
    """A number that nobody can read limits nothing."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        return None


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
