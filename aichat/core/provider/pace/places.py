"""How many questions may be under way: as many as a provider does not refuse for their number.

Random refusals happen at any number; a limit refuses everything above it. So each outcome is
weighed by how much likelier a limit below that number makes it than chance does: two or three
refusals in a row close a number, and as many answers, to occasional probes, open it again.
"""

from math import log

#: Bounds of the share that is assumed to be refused by chance.
_LEAST_CHANCE, _MOST_CHANCE = 0.05, 0.9

#: The probability that a question above a limit is refused.
_SURE = 0.95

#: Log odds at which a number is closed, and opened again.
_CLOSED, _OPENED = log(250), -1.0

#: Answers until the next number is probed, and the same right after one was opened.
_PROBE, _NEXT_PROBE = 40, 8

#: Numbers opened in a row after which each answer adds a place again.
_RUSH = 3

#: The most numbers closed without an answer: it may be that none is answered, at any number.
_MOST_CLOSED = 4


class Places:
    """The number of places: ``first`` in the beginning, and at most ``most``."""

    def __init__(self, most: int, first: int) -> None:
        self._most, self.open = most, min(first, most)
        self._is_new = True  # it grows with each answer
        self._odds: dict[int, float] = {}  # log odds of a limit below each number
        self._closed = 0  # since one was answered
        self._opened = 0  # since one was closed
        self._answers = 0  # since one more was tried

    @property
    def may_probe(self) -> bool:
        """Whether one more than the open number may be tried."""
        return self._answers >= _PROBE and self.open < self._most

    @property
    def room(self) -> int:
        """How many questions may be under way now."""
        return self.open + self.may_probe

    def send(self, level: int) -> None:
        """Note a question sent as the ``level``-th under way."""
        if level > self.open:
            self._answers = 0

    def take(self, level: int, chance: float, *, refused: bool) -> None:
        """Note an outcome; ``chance``: the share that is refused whatever the number."""
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
