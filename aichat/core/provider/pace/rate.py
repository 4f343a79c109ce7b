"""How many questions a second: as many as a provider takes, found by what it refuses.

What is asked is looked at in pieces, of about one rate each: all that are remembered together say
how many are taken a second and what is refused by chance (see ``seen``). So that this can be told
apart, a limit has fewer asked of it now and then, and then more.

A limit by the minute refuses nothing for long and then everything. Of such a spell another thing
is known: from its end to the end of the next as many are answered as may be.
"""

from collections import deque
from math import inf

from aichat.core.provider.pace.seen import Bounds, Seen, find_bounds
from aichat.core.provider.pace.sent import Sent

#: Questions and seconds of a look, at least; refusals that end it before.
_ASKED, _SECONDS, _REFUSED = 32, 0.4, 14

#: Questions of a look that tell of anything, and the share refused that nobody looks into.
_LEAST, _FEW = 8, 0.015

#: Looks that are remembered, and how much less each weighs than the one after it.
_LOOKS, _FADE = 40, 0.97

#: What is thought of chance before anything is known, and the questions that this weighs as much
#: as.
_THOUGHT, _KNOWN = 0.02, 16.0

#: A rate at which only chance refuses.
_SLOWEST = 1e-6

#: Of a limit, what is asked: what is left when fewer are asked is used up besides.
_USED = 0.935

#: Looks from one turn of fewer and more to the next, and what is asked in those.
_TURNS, _FEWER, _MORE = 18, 0.8, 1.15

#: By how much more is asked in a look than in the one before; not long after a spell.
_GROWTH, _SLOW_GROWTH = 1.2, 1.03

#: Of a rate, what is asked where it is not what holds questions back.
_NOT_HELD = 0.9

#: How much more is refused than was thought, in deviations and as a share, where what was seen
#: before is over.
_SURPRISE, _SURPRISE_SHARE = 4.0, 0.14

#: By how much more the share of chance may be than it is thought to be, after so many looks.
_MAY_BE, _SOME = 0.1, 4

#: How much one more outcome weighs.
_WEIGHT = 1 / 64

#: Seconds of the rate that may be made up for, where nobody was there to send in time.
_MAKE_UP = 0.05

#: Answers and seconds from one spell to the next that tell of a limit; of the rate of those, what
#: is asked, and how long that holds; how much an earlier one counts.
_SPELL_ANSWERS, _SPELL_SECONDS, _CEILING, _HOLDS, _EARLIER = 48, 0.8, 1.03, 1.2, 0.98

#: Spells after which it is forgotten that there were any.
_FORGOTTEN = 4


class _RateLook:
    """What was asked for a while, and refused of that."""

    def __init__(self, now: float) -> None:
        self.began = self.ended = now
        self.sent = self.refused = 0
        self.is_void = False  # what came of it tells of no rate

    @property
    def rate(self) -> float:
        return self.sent / max(self.ended - self.began, 1e-3)


class Rate:
    """Questions a second; infinite where none are refused for theirs."""

    def __init__(self) -> None:
        self.rate = inf
        self.chance = 0.0  # the share refused by chance
        self.share = 0.0  # refused of late
        self._looks: deque[_RateLook] = deque(maxlen=_LOOKS)
        self._number, self._turns = 0, 0  # of the last look, of those that a limit held
        self._next, self._outcomes = -inf, 0  # when one more may be sent; all that came
        self._cycle_at, self._cycle_answers = 0.0, 0  # since the last spell
        self._ceiling, self._ceiling_until = inf, -inf
        self._shortest = 0.0  # seconds between two spells

    def wait(self, now: float) -> float:
        """Seconds until one more may be sent."""
        return max(self._next - now, 0.0)

    def send(self, now: float, *, is_dry: bool) -> int:
        """One is sent; the number of the look that it is for, 0 where nothing is answered."""
        if is_dry:
            return 0
        if not self._looks:
            self._cycle_at = now
            self._begin(now)
        look = self._looks[-1]
        if look.sent >= _ASKED and now - look.began >= _SECONDS:
            self._judge(now)
            look = self._looks[-1]
        look.sent, look.ended = look.sent + 1, now
        if self.rate < inf:
            self._next = max(self._next, now - max(_MAKE_UP, 0.5 / self.rate)) + 1 / self.rate
        return self._number

    def count_answer(self) -> None:
        """One was answered."""
        self._cycle_answers += 1

    def take(self, sent: Sent, now: float, *, refused: bool) -> None:
        """What came of one that was sent within what is borne at once."""
        self._outcomes += 1
        self.share += (refused - self.share) * max(_WEIGHT, 1 / self._outcomes)
        place = sent.look - self._number - 1
        if not refused or not sent.look or -place > len(self._looks):
            return
        look = self._looks[place]
        look.refused += 1
        if place == -1 and look.refused >= _REFUSED + 2 * self.chance * look.sent:
            self._judge(now)

    def forget(self, refusals: int) -> None:
        """So many were refused for their number at once."""
        if self._looks:
            look = self._looks[-1]
            look.refused = max(look.refused - refusals, 0)

    def begin_spell(self) -> None:
        """Nothing is answered any more: what was refused last tells of no rate."""
        for look in list(self._looks)[-2:]:
            look.is_void = True

    def end_spell(self, now: float) -> None:
        """One was answered after a while in which nothing was."""
        seconds = now - self._cycle_at
        self._begin(now)
        self._looks[-1].is_void = True
        self._next = now
        if self._cycle_answers < _SPELL_ANSWERS:
            return
        if seconds >= _SPELL_SECONDS:
            self._shortest = min(self._shortest or seconds, seconds)
            before = self._ceiling if now < self._ceiling_until + seconds else 0.0
            self._ceiling = max(self._cycle_answers / seconds, before * _EARLIER)
            self._ceiling_until = now + _HOLDS * self._shortest
            self.rate = min(self.rate, self._most)
        self._cycle_at, self._cycle_answers = now, 0

    @property
    def most_chance(self) -> float:
        """The share that chance may refuse."""
        return min(self.share, self.chance + _MAY_BE) if self._number > _SOME else self.share

    @property
    def _most(self) -> float:
        return self._ceiling * _CEILING / (1 - self.chance)

    def _begin(self, now: float) -> None:
        self._looks.append(_RateLook(now))
        self._number += 1

    def _judge(self, now: float) -> None:
        """The rate of the next look, by all that were."""
        last = self._looks[-1]
        if not last.is_void and self._is_surprise(last):
            self._looks = deque([last], maxlen=_LOOKS)
        limit, self.chance = self._bounds()
        is_held = limit < inf or last.rate >= _NOT_HELD * self.rate
        growth = _GROWTH if now > self._spells_until else _SLOW_GROWTH
        rate = min(_USED * limit / (1 - self.chance), growth * last.rate) if is_held else inf
        turn = self._take_turn() if limit < inf else 0
        rate *= {-3: _FEWER, -2: _MORE, -1: _MORE}.get(turn, 1.0)
        self.rate = min(rate, self._most) if now < self._ceiling_until else rate
        self._next = now
        self._begin(now)
        self._looks[-1].is_void = turn == -2  # it has what fewer left

    @property
    def _spells_until(self) -> float:
        return self._ceiling_until + _FORGOTTEN * self._shortest

    def _take_turn(self) -> int:
        """The place of the next look in a turn, from its end: -1 is the last."""
        self._turns += 1
        return self._turns % _TURNS - _TURNS

    def _is_surprise(self, look: _RateLook) -> bool:
        thought = max(self.chance, _THOUGHT) * look.sent
        deviation: float = max(thought, 1.0) ** 0.5
        return look.refused > thought + _SURPRISE * deviation + _SURPRISE_SHARE * look.sent

    def _bounds(self) -> Bounds:
        refused, sent = (
            sum(one.refused for one in self._looks),
            sum(one.sent for one in self._looks),
        )
        if refused <= _FEW * sent:
            return Bounds(inf, refused / sent)
        seen = [Seen(_SLOWEST, _KNOWN, _KNOWN * _THOUGHT)]
        for age, look in enumerate(reversed(self._looks)):
            if look.sent >= _LEAST and not look.is_void:
                weight = _FADE**age
                seen.append(Seen(look.rate, look.sent * weight, look.refused * weight))
        return find_bounds(seen)
