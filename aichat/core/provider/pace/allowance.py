"""What is left of the rate limits, as a provider says in the headers of its answers.

Headers: as in ``core.http.rate_limits``.
"""

from collections.abc import Mapping

from aichat.core.provider.limits_left import limits_left
from aichat.core.provider.pace.sent import Sent
from aichat.values import NamedTuple

#: The most seconds that one header may keep us from sending.
LONGEST_RESET = 60.0

#: The share of all tokens that counts as enough for one question.
_ENOUGH = 1 / 32


class Allowance(NamedTuple):
    """What was left when a question was accepted, and how much each second adds."""

    sent: Sent
    left: float
    growth: float

    def left_at(self, now: float, sent_number: int) -> float:
        """What is left after the questions sent since then."""
        return self.left + self.growth * (now - self.sent.at) - (sent_number - self.sent.number)


class Allowances:
    """What is left by the latest headers; times are in seconds on one clock of the caller's."""

    def __init__(self) -> None:
        self._allowance: Allowance | None = None
        self._empty_until = float("-inf")  # of tokens

    def wait(self, now: float, sent_number: int) -> float:
        """Seconds until one more may be sent alongside others; 0: nothing speaks against it."""
        told = self._allowance
        lack = 1 - told.left_at(now, sent_number) if told else 0.0
        if told and lack > 0:
            lack = lack / told.growth if told.growth else float("inf")
        return max(self._empty_until - now, lack, 0.0)

    def empty_wait(self, now: float) -> float:
        """Seconds until there are any tokens again."""
        return max(self._empty_until - now, 0.0)

    def read(self, sent: Sent, headers: Mapping[str, str], now: float, today: float) -> None:
        """Read the headers of the answer to ``sent``; ``today`` is ``now`` since 1970."""
        for told in limits_left(headers, today):
            if told.counts_tokens:
                if told.left == 0:
                    wait = min(told.seconds or 0.0, LONGEST_RESET) * _ENOUGH
                    self._empty_until = max(self._empty_until, now + wait)
                continue
            back = max((told.most or 0.0) - told.left, 1.0)
            growth = 0.0 if told.seconds is None else back / max(told.seconds, 1e-3)
            if self._allowance is None or sent.number > self._allowance.sent.number:
                self._allowance = Allowance(sent, told.left, growth)
