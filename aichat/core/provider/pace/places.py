"""How many questions may be under way: as many as a provider does not refuse for their number.

A refusal by chance comes at any number; a limit refuses whatever is above it. So what came of
each number is weighed by how much likelier a limit below it makes that than chance: two refusals
or three in a row close it, as many answers open it again, to which one is tried now and then.
"""

from math import log

#: Shares refused by chance that are thought of, at least and at most.
_LEAST_CHANCE, _MOST_CHANCE = 0.05, 0.9

#: How likely what is above a limit is refused.
_SURE = 0.95

#: Odds (their logarithm) at which a number is closed, and open again.
_CLOSED, _OPENED = log(250), -1.0

#: Answers until one more than is open is tried, and after one that was opened.
_PROBE, _NEXT_PROBE = 40, 8

#: Numbers that are opened one after the other from which all grow with each answer again.
_RUSH = 3

#: Numbers that are closed at most before one is answered: it may be that none is, at any number.
_MOST_CLOSED = 4


class Places:
    """The number of places, at most ``most``; in the beginning ``first``."""

    def __init__(self, most: int, first: int) -> None:
        self._most, self.open = most, min(first, most)
        self._is_new = True  # it grows with each answer
        self._odds: dict[int, float] = {}  # of a limit below a number
        self._closed = 0  # since one was answered
        self._opened = 0  # since one was closed
        self._answers = 0  # since one more was tried

    @property
    def may_probe(self) -> bool:
        """Whether one more than is open may be tried."""
        return self._answers >= _PROBE and self.open < self._most

    @property
    def room(self) -> int:
        """How many may be under way now."""
        return self.open + self.may_probe

    def send(self, level: int) -> None:
        """One is sent, as the ``level``-th that is under way."""
        if level > self.open:
            self._answers = 0

    def take(self, level: int, chance: float, *, refused: bool) -> None:
        """What came of one; ``chance``: the share that is refused whatever the number."""
        chance = min(max(chance, _LEAST_CHANCE), _MOST_CHANCE)
        odds = log(_SURE / chance) if refused else log((1 - _SURE) / (1 - chance))
        now = min(max(self._odds.get(level, 0.0) + odds, -_CLOSED), _CLOSED)
        self._odds[level] = now
        if refused:
            if now >= _CLOSED and 1 < level <= self.open and self._closed < _MOST_CLOSED:
                self._closed += 1
                self.open, self._is_new, self._answers, self._opened = level - 1, False, 0, 0
            return
        self._answers += 1
        self._closed = 0
        if level > self.open and now <= _OPENED:
            self._odds = {n: odds for n, odds in self._odds.items() if n <= level}
            self.open, self._opened, self._answers = level, self._opened + 1, _PROBE - _NEXT_PROBE
            self._is_new = self._opened >= _RUSH
        elif self._is_new and 2 * level >= self.open:
            self.open = min(self.open + 1, self._most)
