"""Money that several answers under way spend together, so that they do not each spend all of it.

An answer under way counts with what is reckoned for it, or with what it has cost so far if that
is more. Only one whose length nobody knows may be under way at a time.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock

from aichat.core.billing.budget import SpendLimit
from aichat.core.billing.money import Cost
from aichat.core.exchange.cost_meter import CostMeter
from aichat.core.exchange.event import Event
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

#: The share by which an answer has to grow until its cost is looked at again.
_GROWN = 1 / 64


#: The cost of so many tokens of input and output.
Price = Callable[[int, int], Cost | None]


class Reckoned(NamedTuple):
    """What an answer is reckoned to cost; ``is_known``: not more than that, for all we know."""

    cost: Cost | None
    is_known: bool = False


class _UnderWay:
    """An answer under way: what was reckoned, and what each of its requests has cost so far."""

    def __init__(self, reckoned: Reckoned) -> None:
        self.reckoned = reckoned
        self.so_far: list[Cost | None] = []

    def amount(self, currency: str, *, reckoned: bool) -> int:
        """Billionths of it: what has come, or what was ``reckoned`` if that is more."""
        came = sum(_amount(cost, currency) for cost in self.so_far)
        return max(came, _amount(self.reckoned.cost, currency)) if reckoned else came


class SharedMoney:
    """What was spent, and what is under way; may be used by several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spent: Counter[str] = Counter()
        self._under_way: dict[int, _UnderWay] = {}

    def lack(self, reckoned: Reckoned, limits: Sequence[SpendLimit]) -> SpendLimit | None:
        """The limit that another answer could pass, next to those under way."""
        with self._lock:
            for limit in limits:
                cost = _amount(reckoned.cost, limit.currency)
                if self._amount(limit.currency, reckoned=True) + cost > limit.amount:
                    return limit
        return None

    def has_to_wait(self, reckoned: Reckoned, limits: Sequence[SpendLimit]) -> bool:
        """Whether another answer may only be begun once one of those under way has ended."""
        if not (limits and self._under_way):
            return False
        open_ended = any(not each.reckoned.is_known for each in self._under_way.values())
        return (open_ended and not reckoned.is_known) or bool(self.lack(reckoned, limits))

    def begin(self, number: int, reckoned: Reckoned) -> None:
        """Count an answer as under way, known as ``number``."""
        with self._lock:
            self._under_way[number] = _UnderWay(reckoned)

    def end(self, number: int, cost: Cost | None) -> None:
        """An answer has ended, and has cost this; what was counted already stays."""
        with self._lock:
            if self._under_way.pop(number, None) and cost:
                self._spent[cost.currency] += cost.amount

    def add(self, cost: Cost | None) -> None:
        """Count something else that was paid for."""
        if cost:
            self._spent[cost.currency] += cost.amount

    def watch(
        self, number: int, limits: Sequence[SpendLimit], input_tokens: int, price: Price, hint: str
    ) -> Callable[[Sequence[Event]], None]:
        """What watches one of the requests of the answer known as ``number``.

        It raises (``budget``, with the hint) once all that has come passes a limit.
        """
        look_again = 0

        def passes(into: int, out: int) -> bool:
            nonlocal look_again
            if out < look_again:
                return False
            look_again = out + max(int(out * _GROWN), 1)
            cost = price(into, out)
            with self._lock:
                so_far[place] = cost
                return self._passed(limits) is not None

        with self._lock:
            so_far = self._under_way[number].so_far
            place = len(so_far)
            so_far.append(price(input_tokens, 0))
        meter = CostMeter(input_tokens, passes)

        def see(events: Sequence[Event]) -> None:
            if meter.is_too_much(events):
                least = self._passed(limits) or limits[0]
                why = f"answer stopped: with the others it exceeded {least.description}"
                raise AichatError(Fault("budget", why, hint))

        return see

    def _passed(self, limits: Sequence[SpendLimit]) -> SpendLimit | None:
        """The limit that has been passed by what came."""
        passed = (one for one in limits if self._amount(one.currency, reckoned=False) > one.amount)
        return min(passed, key=lambda limit: limit.amount, default=None)

    def _amount(self, currency: str, *, reckoned: bool) -> int:
        under_way = [*self._under_way.values()]
        return self._spent[currency] + sum(
            each.amount(currency, reckoned=reckoned) for each in under_way
        )


def _amount(cost: Cost | None, currency: str) -> int:
    return cost.amount if cost and cost.currency == currency else 0
