"""How many questions per second a provider accepts, found out from what it refuses.

Questions are grouped into looks, of about one rate each: together the remembered looks tell
the rate that is accepted and the share refused by chance (see ``seen``). To tell these apart,
a little less than the limit is asked now and then, and then a little more.
A limit per minute refuses nothing for long, and then everything. Such a dry spell tells something
else: between the end of one and the end of the next, as many are answered as the limit allows.
"""

from collections import deque
from math import inf

from aichat.core.provider.pace.bounds import Bounds, Seen, find_bounds
from aichat.core.provider.pace.sent import Sent

#: The least questions and seconds of a look, and refusals that end it earlier.
_ASKED, _SECONDS, _REFUSED = 32, 0.4, 14

#: The least questions for a look to count, and a share of refusals that is ignored.
_LEAST, _FEW = 8, 0.015

#: How many looks are remembered, and the weight of each relative to the one after it.
_LOOKS, _FADE = 40, 0.97

#: The prior share refused by chance, and the number of questions it weighs as much as.
_THOUGHT, _KNOWN = 0.02, 16.0

#: A rate so low that only chance refuses.
_SLOWEST = 1e-6

#: The share of a limit that is normally asked; more is made up for after asking less.
_USED = 0.92

#: Looks between two turns of asking less and then more, and how much less and more.
_TURNS, _FEWER, _MORE = 18, 0.8, 1.15

#: By which factor the rate grows from look to look; the second one for a while after a spell.
_GROWTH, _SLOW_GROWTH = 1.2, 1.03

#: The share of the rate below which something else holds the questions back.
_NOT_HELD = 0.9

#: How many more refusals than expected, in standard deviations and as a share, mean that
#: earlier looks no longer apply.
_SURPRISE, _SURPRISE_SHARE = 4.0, 0.14

#: By how much the share of chance may be underestimated, after so many looks.
_MAY_BE, _SOME = 0.1, 4

#: The weight of each new outcome.
_WEIGHT = 1 / 64

#: Seconds' worth of questions that may be caught up on, if they were not sent in time.
_MAKE_UP = 0.05

#: The least answers and seconds between two spells that reveal a limit; which share of that rate
#: is asked, and for how long it applies; and the weight of an earlier one.
_SPELL_ANSWERS, _SPELL_SECONDS, _CEILING, _HOLDS, _EARLIER = 48, 0.8, 1.03, 1.2, 0.98

#: How many intervals without a spell it takes to forget about spells.
_FORGOTTEN = 4


class _RateLook:
    """What was asked, and refused, during one stretch of time."""

    def __init__(self, now: float) -> None:
        self.began = self.ended = now
        self.sent = self.refused = 0
        self.is_void = False  # its outcomes say nothing about the rate

    @property
    def rate(self) -> float:
        return self.sent / max(self.ended - self.began, 1e-3)


class Rate:
    """The number of questions per second; infinite if none are refused for it."""

    def __init__(self) -> None:
        self.rate = inf
        self.chance = 0.0  # the share refused by chance
        self.share = 0.0  # recently refused
        self._looks: deque[_RateLook] = deque(maxlen=_LOOKS)
        self._number, self._turns = 0, 0  # of the last look; looks held back by a limit
        self._next, self._outcomes = -inf, 0  # when one more may be sent; all outcomes so far
        self._cycle_at, self._cycle_answers = 0.0, 0  # since the last spell
        self._ceiling, self._ceiling_until = inf, -inf
        self._shortest = 0.0  # seconds between two spells

    def wait(self, now: float) -> float:
        """Seconds until one more may be sent."""
        return max(self._next - now, 0.0)

    def send(self, now: float, *, is_dry: bool) -> int:
        """Note a question, and return the number of its look; 0 in a dry spell."""
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
        """Note the outcome of a question that was not refused for the number under way."""
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
        """Take back refusals that were for the number under way."""
        if self._looks:
            look = self._looks[-1]
            look.refused = max(look.refused - refusals, 0)

    def begin_spell(self) -> None:
        """A dry spell begins: the last refusals say nothing about the rate."""
        for look in list(self._looks)[-2:]:
            look.is_void = True

    def end_spell(self, now: float) -> None:
        """The first answer after a dry spell."""
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
        """The largest share that chance may refuse."""
        return min(self.share, self.chance + _MAY_BE) if self._number > _SOME else self.share

    @property
    def _most(self) -> float:
        return self._ceiling * _CEILING / (1 - self.chance)

    def _begin(self, now: float) -> None:
        self._looks.append(_RateLook(now))
        self._number += 1

    def _judge(self, now: float) -> None:
        """Set the rate of the next look, by all the earlier ones."""
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
        self._looks[-1].is_void = turn == -2  # it catches up on the one that asked less

    @property
    def _spells_until(self) -> float:
        return self._ceiling_until + _FORGOTTEN * self._shortest

    def _take_turn(self) -> int:
        """The index of the next look in its turn, from the end: -1 is the last."""
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
