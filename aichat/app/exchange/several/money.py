"""What several answers may cost together: who is sent at once, and who waits for whom."""

from collections.abc import Callable, Sequence
from functools import partial

from aichat.app.billing.budget import CONTINUE_HINT, SpendCheck, SpendTerms, price_of
from aichat.app.billing.shared_money import Reckoned, SharedMoney
from aichat.app.exchange.context import Watch
from aichat.core.exchange.answer import Answer
from aichat.errors import Fault
from aichat.values import NamedTuple


class _HeldQuestion(NamedTuple):
    """A question that has not been sent: ``send`` takes the watch of its answer."""

    number: int
    case: SpendCheck
    terms: SpendTerms
    send: Callable[[Watch], object]

    @property
    def reckoned(self) -> Reckoned:
        estimate = self.terms.estimate
        return Reckoned(estimate.cost, is_known=estimate.output is not None)


class Turns:
    """Sends questions whose cost is limited, as soon as they fit in.

    Those whose answers have no output limit go one after the other, since nobody knows what they
    will cost; the others as far as all of them fit in.
    """

    def __init__(self) -> None:
        self._money, self._waiting = SharedMoney(), list[_HeldQuestion]()

    def add(
        self, number: int, case: SpendCheck, terms: SpendTerms, send: Callable[[Watch], object]
    ) -> None:
        """Let a question wait for its turn."""
        self._waiting.append(_HeldQuestion(number, case, terms, send))

    def end(self, number: int, answer: Answer) -> None:
        """An answer has ended."""
        self._money.end(number, answer.cost)

    @property
    def has_waiting(self) -> bool:
        """Whether there are questions that have not been sent."""
        return bool(self._waiting)

    def go_on(self) -> Sequence[tuple[int, Fault]]:
        """Send whatever may be sent now; returns those for which nothing is left, and why."""
        refused, waiting = list[tuple[int, Fault]](), self._waiting
        self._waiting = []
        for one in waiting:
            limits = one.terms.limits
            if self._money.has_to_wait(one.reckoned, limits):
                self._waiting.append(one)
            elif limit := self._money.lack(one.reckoned, limits):
                why = f"not asked: with the others it could pass {limit.description}"
                refused.append((one.number, Fault("budget", why, "see aichat cost")))
            else:
                self._money.begin(one.number, one.reckoned)
                into, price = one.terms.estimate.input, partial(price_of, one.case)
                one.send(self._money.watch(one.number, limits, into, price, CONTINUE_HINT))
        return refused
