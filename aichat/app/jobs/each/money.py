"""The budget of a run over many inputs: whether another request fits, and its limits."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

from aichat.app.billing.budget import Estimate, SpendCheck, estimate_cost, price_of, spend_limits
from aichat.app.billing.shared_money import Reckoned, SharedMoney
from aichat.app.history.recorder import Recorder
from aichat.app.question.request import Attempt
from aichat.app.setup.endpoint import connection_options
from aichat.core.billing.budget import SpendLimit, limit_mismatch
from aichat.core.billing.money import Cost
from aichat.core.exchange.answer import Answer
from aichat.errors import AichatError, Fault
from aichat.process.world import World

#: The hint if a limit ends a run.
_HINT = "what has come is kept: with a higher limit the same command goes on"

#: Watches the events of one request, and raises if its answer has to end.
Watch = Callable[[Any], None]


class _Extra:
    """What ended answers of one model cost beside their input, in billionths."""

    def __init__(self) -> None:
        self.most, self._sum, self._count = 0, 0, 0

    @property
    def mean(self) -> int:
        return self._sum // max(self._count, 1)

    def add(self, amount: int) -> None:
        self.most = max(self.most, amount)
        self._sum, self._count = self._sum + amount, self._count + 1

    @property
    def is_known(self) -> bool:
        return self._count > 0


class RunBudget:
    """The money of a run, for which ``limits`` are in force.

    A question under way counts with its input, and with its output limit; or, without one, with
    what the dearest answer of that model took beside its input. One that nothing else is under
    way with only has to fit in as an average one, since it alone may pass the limit.
    """

    def __init__(self, limits: Sequence[SpendLimit] = (), *, has_rounds: bool = False) -> None:
        self.limits, self._has_rounds = limits, has_rounds
        self._money = SharedMoney()
        self._extras: dict[object, _Extra] = {}  # by lane
        self._waiting: dict[int, Estimate] = {}
        self._inputs: dict[int, tuple[object, Cost | None]] = {}  # of those under way

    def has_to_wait(self, number: int, lane: object, estimate: Callable[[], Estimate]) -> bool:
        """Whether question ``number`` has to wait for one under way to end."""
        if not self.limits:
            return False
        found = self._estimate(number, estimate)
        return self._money.has_to_wait(self._reckon(lane, found, alone=False), self.limits)

    def lack(self, number: int, lane: object, estimate: Callable[[], Estimate]) -> Fault | None:
        """The fault if nothing is left for question ``number``, while nothing is under way."""
        if not self.limits:
            return None
        found = self._estimate(number, estimate)
        limit = self._money.lack(self._reckon(lane, found, alone=True), self.limits)
        if limit is None:
            return None
        return Fault("budget", f"the next answers could pass {limit.description}", _HINT)

    def begin(self, number: int, lane: object) -> None:
        """Question ``number`` is sent, after the others were asked for it."""
        if self.limits:
            found = self._waiting.pop(number)
            self._inputs[number] = lane, found.input_cost
            self._money.begin(number, self._reckon(lane, found, alone=False))

    def end(self, number: int, answer: Answer | None = None) -> None:
        """Question ``number`` has ended, with this answer."""
        if number not in self._inputs:
            return
        lane, before = self._inputs.pop(number)
        cost = answer.cost if answer else None
        if cost and (cost.amount or (answer and answer.fault is None)):
            beside = cost.amount - (before.amount if before else 0)
            self._extras.setdefault(lane, _Extra()).add(max(beside, 0))
        self._money.end(number, cost)

    def watch(
        self, number: int, world: World, attempt: Attempt, recorder: Recorder
    ) -> Watch | None:
        """What stops an answer once all together pass a limit; None if there is none."""
        if not self.limits:
            return None
        case = spend_check(world, attempt, recorder)
        into, price = estimate_cost(case).input, partial(price_of, case)
        return self._money.watch(number, self.limits, into, price, _HINT)

    @property
    def description(self) -> str:
        """How it is counted, in a sentence."""
        least = min(self.limits, key=lambda limit: limit.amount)
        return (
            f"{least.description}: what is under way counts with its input, and its output limit "
            "or what the dearest answer so far took"
        )

    def _estimate(self, number: int, estimate: Callable[[], Estimate]) -> Estimate:
        if number not in self._waiting:
            self._waiting[number] = estimate()
        return self._waiting[number]

    def _reckon(self, lane: object, found: Estimate, *, alone: bool) -> Reckoned:
        if found.output is not None and not self._has_rounds:
            return Reckoned(found.cost, is_known=True)
        extra = self._extras.get(lane, _Extra())
        cost, beside = found.input_cost, extra.mean if alone else extra.most
        return Reckoned(cost and cost._replace(amount=cost.amount + beside), extra.is_known)


def open_budget(
    cases: Sequence[SpendCheck], max_cost: str | None, *, has_rounds: bool
) -> RunBudget:
    """The budget for requests like the ``cases``; with ``has_rounds`` some take several.

    Errors: ``budget`` (exit 11) if the cost is unknown.
    """
    limits = spend_limits(cases[0], max_cost)
    if not limits:
        return RunBudget()
    costs = [estimate_cost(case).cost for case in cases]
    for cost, limit in product(costs, limits):
        if why := limit_mismatch(cost, limit):
            raise AichatError(Fault("budget", why, "nothing was sent; see aichat models"))
    return RunBudget(limits, has_rounds=has_rounds)


def spend_check(world: World, attempt: Attempt, recorder: Recorder) -> SpendCheck:
    """The check of costs, without asking or informing the user."""
    connection = connection_options(attempt.setup, None, stream=False)
    asked = (world, attempt.setup, attempt.request, attempt.target, connection)
    return SpendCheck(*asked, recorder, len, lambda _: None)
