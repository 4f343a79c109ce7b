"""The budget of a run over many inputs: whether another request fits, and its limits."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from aichat.app.billing.budget import SpendCheck, estimate_cost, spend_limits, watcher_within
from aichat.app.history.recorder import Recorder
from aichat.app.jobs.each.tally import Tally
from aichat.app.question.request import Attempt
from aichat.app.setup.endpoint import connection_options
from aichat.core.billing.budget import SpendLimit, limit_mismatch
from aichat.core.billing.money import Cost
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.values import NamedTuple

#: The hint if a limit ends a run.
_HINT = "what has come is kept: with a higher limit the same command goes on"


class RunBudget(NamedTuple):
    """The limits of a run; ``least`` is the estimated cost of an answer, if known."""

    limits: Sequence[SpendLimit] = ()
    least: Cost | None = None

    def has_to_wait(self, tally: Tally, running: int) -> bool:
        """Whether to wait for the first answer to learn the cost of one."""
        return bool(self.limits and running and not (tally.answered or tally.costs))

    def lack(self, tally: Tally, running: int) -> Fault | None:
        """The fault if nothing is left for another request, counting those in flight."""
        for limit in self.limits:
            one = max(tally.mean_cost(limit.currency), self._least(limit.currency))
            if tally.spent(limit.currency) + one * (running + 1) > limit.amount:
                return Fault("budget", f"the next answers could pass {limit.description}", _HINT)
        return None

    def remainder(self, tally: Tally) -> list[SpendLimit]:
        """The limits for another request: all that is left."""
        return [
            limit._replace(amount=max(limit.amount - tally.spent(limit.currency), 0))
            for limit in self.limits
        ]

    def _least(self, currency: str) -> int:
        return self.least.amount if self.least and self.least.currency == currency else 0


def open_budget(cases: Sequence[SpendCheck], max_cost: str | None, one: Cost | None) -> RunBudget:
    """The budget for requests like the ``cases``, where ``one`` is the cost of an answer.

    Errors: ``budget`` (exit 11) if the cost is unknown.
    """
    limits = spend_limits(cases[0], max_cost)
    if not limits:
        return RunBudget()
    costs = [estimate_cost(case).cost for case in cases]
    for cost, limit in product(costs, limits):
        if why := limit_mismatch(cost, limit):
            raise AichatError(Fault("budget", why, "nothing was sent; see aichat models"))
    return RunBudget(limits, one or costs[0])


def watch_within(
    limits: Sequence[SpendLimit], world: World, attempt: Attempt, recorder: Recorder
) -> Callable[[Any], None] | None:
    """A function that stops an answer that exceeds a limit; None if there is none."""
    if not limits:
        return None
    case = spend_check(world, attempt, recorder)
    return watcher_within(limits, case, estimate_cost(case).input, _HINT)


def spend_check(world: World, attempt: Attempt, recorder: Recorder) -> SpendCheck:
    """The check of costs, without asking or informing the user."""
    connection = connection_options(attempt.setup, None, stream=False)
    asked = (world, attempt.setup, attempt.request, attempt.target, connection)
    return SpendCheck(*asked, recorder, len, lambda _: None)
