"""How many questions a provider bears at once: as many as it answers, found while they run.

A number of places grows by one with each answer until the provider refuses more than chance
explains. From then on it grows a little with each answer and shrinks a little with each refusal,
so that it stays where few are refused, and a place whose question was refused stays taken for as
long as an answer takes: no storm of retries. Where nothing at all is answered any more, one
question after another is tried, ever more seldom. What a provider says is left goes before that.
Headers: as of ``core.http.rate_limits``.
"""

from collections import deque
from collections.abc import Mapping

from aichat.core.provider.limits_left import limits_left
from aichat.values import NamedTuple

#: Questions at once in the beginning, and the most where nobody says otherwise.
FIRST, MOST = 8, 64

#: Places for each question that may be under way: a few are taken by what was refused.
_PLACES = 1.25

#: How much one more outcome weighs, and the share of refusals that ends the first growth.
_WEIGHT, _CROWDED = 1 / 64, 0.15

#: The share of refusals that it settles at, which is more than chance refuses; by how much of
#: itself it shrinks with each of them; and how much faster it grows where none is refused.
_SETTLED, _STEP, _HASTE = 0.08, 1 / 128, 8.0

#: Seconds that an answer takes until that is known, and how much the last one weighs.
_ANSWER_SECONDS, _ANSWER_WEIGHT = 0.3, 1 / 16

#: Seconds until one more is tried where none is answered: at first, and at most.
_FIRST_HOLD, _LONGEST_HOLD = 0.25, 15.0

#: Seconds that nothing new is begun, at most, on one word of a provider.
_LONGEST_RESET = 60.0


class Sent(NamedTuple):
    """A question that was sent: its number among all, and when."""

    number: int
    at: float


class Allowance(NamedTuple):
    """What a provider said is left when it took a question, and how much a second adds to it."""

    sent: Sent
    left: float
    growth: float

    def left_at(self, now: float, sent_number: int) -> float:
        """What is left once more questions were sent."""
        return self.left + self.growth * (now - self.sent.at) - (sent_number - self.sent.number)


class Pace:
    """The number for one model; times are seconds on one clock of the caller's."""

    def __init__(self, most: int = MOST, first: int = FIRST) -> None:
        self._most, self._places = most, float(min(first, most))
        self._is_new, self._refused = True, 0.0  # whether it still grows fast; of late
        self._answer_seconds = _ANSWER_SECONDS
        self._taken: deque[float] = deque()  # until when places of refused questions are
        self._count, self._in_a_row, self._is_dry = 0, 0, False
        self._hold, self._held_until, self._named = _FIRST_HOLD, float("-inf"), float("-inf")
        self._allowance: Allowance | None = None

    @property
    def limit(self) -> int:
        """Questions that may be under way, if none was refused just now."""
        return 1 if self._is_dry else min(max(int(self._places), 1), self._most)

    def wait(self, now: float) -> float:
        """Seconds until there may be room where there is none now; 0: once an answer comes."""
        held = max(self._held_until - now, 0.0)
        if held:
            return held
        due = [self._taken[0] - now] if self._taken and self._taken[0] > now else []
        told = self._allowance
        if told and told.growth and (lack := 1 - told.left_at(now, self._count)) > 0:
            due.append(lack / told.growth)
        return min(due, default=0.0)

    def has_room(self, running: int, now: float) -> bool:
        """Whether one more may be sent beside those that are ``running``."""
        while self._taken and self._taken[0] <= now:
            self._taken.popleft()
        if self._held_until > now or running >= self.limit:
            return False
        told = self._allowance
        if told and running and told.left_at(now, self._count) < 1:
            return False
        return self._is_dry or running + len(self._taken) < max(int(self._places), 1)

    def send(self, now: float) -> Sent:
        """One is sent."""
        self._count += 1
        return Sent(self._count, now)

    def take_answer(self, sent: Sent, headers: Mapping[str, str], now: float, today: float) -> None:
        """It was answered, with this of what is left; ``today`` is ``now`` since 1970."""
        self._take_outcome(0.0)
        self._in_a_row, self._is_dry, self._hold = 0, False, _FIRST_HOLD
        self._answer_seconds += (now - sent.at - self._answer_seconds) * _ANSWER_WEIGHT
        self._places = min(self._places + self._growth, self._most * _PLACES)
        self._read_headers(sent, headers, now, today)

    @property
    def _growth(self) -> float:
        """Places that one more answer brings."""
        if self._is_new:
            return 1.0
        haste = 1 + _HASTE * max(1 - self._refused / _SETTLED, 0.0)
        return self._places * _STEP * _SETTLED / (1 - _SETTLED) * haste

    def take_refusal(self, seconds: float, now: float, *, for_number: bool = True) -> None:
        """One was refused, and is tried again in so many seconds.

        ``for_number``: since there were too many; else the provider was too busy by itself.
        """
        if for_number:
            self._take_outcome(1.0)
        self._taken.append(now + self._answer_seconds)
        self._named = max(self._named, now + min(seconds, _LONGEST_RESET))
        self._in_a_row += 1
        if self._held_until > now:
            return  # sent before that was known
        if self._is_dry or self._in_a_row > self._places + 1:
            self._held_until = min(now + self._hold, self._named)
            self._hold = min(self._hold * 2, _LONGEST_HOLD)
            self._in_a_row, self._is_dry = 0, True
        elif for_number and not self._is_new:
            self._places = max(self._places * (1 - _STEP), 1.0)

    def _take_outcome(self, refused: float) -> None:
        self._refused += (refused - self._refused) * _WEIGHT
        self._is_new = self._is_new and self._refused < _CROWDED

    def _read_headers(
        self, sent: Sent, headers: Mapping[str, str], now: float, today: float
    ) -> None:
        for told in limits_left(headers, today):
            reset = told.seconds
            if told.counts_tokens:
                if told.left == 0:
                    self._held_until = max(self._held_until, now + min(reset, _LONGEST_RESET))
                continue
            growth = max((told.most or 0.0) - told.left, 1.0) / reset if reset else 0.0
            if self._allowance is None or sent.number > self._allowance.sent.number:
                self._allowance = Allowance(sent, told.left, growth)
