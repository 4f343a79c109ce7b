"""How many questions a provider accepts, found out as they run: at once, per second, as it says.

If nothing at all is answered any more, single questions are tried, at growing intervals.
"""

from collections import deque
from collections.abc import Mapping

from aichat.core.provider.pace.allowance import LONGEST_RESET, Allowances
from aichat.core.provider.pace.places import Places
from aichat.core.provider.pace.rate import Rate
from aichat.core.provider.pace.sent import Sent

#: Questions at once in the beginning, and the most unless set otherwise.
FIRST, MOST = 8, 64

#: Refusals in a row, without an answer, that mean that nothing is answered now (a dry spell).
_DRY = 12

#: Seconds until another try in a dry spell: at first; the most early on; the most ever; and the
#: share of the spell's length so far that it may be.
_FIRST_HOLD, _LONG_HOLD, _LONGEST_HOLD, _HOLD_SHARE = 0.05, 2.0, 15.0, 0.08

#: Refusals in a row from which on their places stay taken for as long as an answer takes, and
#: refusals that close a number of places.
_STAYS, _CLOSES = 3, 3

#: The share of refusals from which on it takes one more in a row: so often it may be chance.
_OFTEN = 0.15

#: Seconds that an answer is assumed to take at first, and the weight of each new one.
_ANSWER_SECONDS, _ANSWER_WEIGHT = 0.3, 1 / 16


class Pace:
    """Decides when to send, for one model; times are in seconds on one clock of the caller's."""

    def __init__(self, most: int = MOST, first: int = FIRST) -> None:
        self._places, self._rate, self._told = Places(most, first), Rate(), Allowances()
        self._count = 0
        self._refusals: deque[tuple[int, float]] = deque(maxlen=2 * MOST)  # numbers, and when
        self._dry_since, self._dry_at = 0, 0.0  # the last number sent before it, and when it began
        self._taken: deque[float] = deque()  # when the places of refused questions become free
        self._answer_seconds = _ANSWER_SECONDS
        self._is_dry, self._is_trying = False, False
        self._hold, self._held_until, self._named = _FIRST_HOLD, float("-inf"), float("-inf")

    @property
    def limit(self) -> int:
        """How many questions may be under way."""
        return 1 if self._is_dry else self._places.open

    def wait(self, now: float) -> float:
        """Seconds until there may be room, if there is none now; 0: only once an answer comes."""
        if held := max(self._held_until - now, self._told.empty_wait(now), 0.0):
            return held
        due = [self._rate.wait(now), self._told.wait(now, self._count)]
        due += [self._taken[0] - now] if self._taken else []
        return min((one for one in due if 0 < one < float("inf")), default=0.0)

    def has_room(self, running: int, now: float) -> bool:
        """Whether one more may be sent while ``running`` others are under way."""
        while self._taken and self._taken[0] <= now:
            self._taken.popleft()
        if self._held_until > now or self._told.empty_wait(now):
            return False
        if self._is_dry:
            return not (self._is_trying and running)
        if running and self._told.wait(now, self._count):
            return False
        taken = running + len(self._taken)
        return taken < self._places.room and not self._rate.wait(now)

    def send(self, now: float, running: int = 1) -> Sent:
        """Note that a question is sent; including it, so many are ``running``."""
        self._count += 1
        self._is_trying = self._is_dry
        self._places.send(running)
        return Sent(self._count, now, running, self._rate.send(now, is_dry=self._is_dry))

    def take_answer(self, sent: Sent, headers: Mapping[str, str], now: float, today: float) -> None:
        """Note an answer and its rate-limit headers; ``today`` is ``now`` in seconds since 1970."""
        if self._is_dry and sent.number > self._dry_since:
            self._is_dry, self._hold = False, _FIRST_HOLD
            self._rate.end_spell(now)
        self._answer_seconds += (now - sent.at - self._answer_seconds) * _ANSWER_WEIGHT
        self._rate.count_answer()
        self._take_outcome(sent, now, refused=False)
        self._told.read(sent, headers, now, today)

    def take_refusal(self, sent: Sent, seconds: float, now: float) -> None:
        """Note a refusal; that question will be tried again in so many seconds."""
        self._refusals.append((sent.number, now))
        self._named = max(self._named, now + min(seconds, LONGEST_RESET))
        self._take_outcome(sent, now, refused=True)
        in_a_row = self._refused_in_a_row
        if in_a_row >= _STAYS + (self._rate.chance > _OFTEN):
            self._taken.append(now + self._answer_seconds)
        if self._held_until > now:
            return  # sent before the dry spell was known
        if self._is_dry or in_a_row >= _DRY:
            self._held_until = min(now + self._hold, self._named)
            if not self._is_dry:
                self._is_dry, self._dry_since, self._dry_at = True, self._count, now
                self._rate.begin_spell()
            longest = max(_LONG_HOLD, (now - self._dry_at) * _HOLD_SHARE)
            self._hold = min(self._hold * 2, longest, _LONGEST_HOLD)

    @property
    def _refused_in_a_row(self) -> int:
        """How many questions sent one after another were refused, up to the last refusal."""
        refused = {number for number, _ in self._refusals}
        last = max(refused)
        return next(n for n in range(1, len(refused) + 1) if last - n not in refused)

    def _take_outcome(self, sent: Sent, now: float, *, refused: bool) -> None:
        if sent.number > self._dry_since:
            self._is_trying = False
        level = sent.level - self._refused_beside(sent)  # those never had a place
        if level <= self._places.open and not self._is_dry:
            self._rate.take(sent, now, refused=refused)
        before = self._places.open
        self._places.take(level, self._rate.most_chance, refused=refused)
        if self._places.open < before:
            self._rate.forget(_CLOSES)

    def _refused_beside(self, sent: Sent) -> int:
        """How many of the questions sent alongside it were refused a moment later."""
        return sum(at > sent.at for number, at in self._refusals if number < sent.number)
