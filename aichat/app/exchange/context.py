"""What an exchange is carried out with, and what holds it to the user's limits."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from aichat.app.history.recorder import Recorder
from aichat.app.question.request import Attempt
from aichat.app.setup.endpoint import connection_options
from aichat.app.setup.targets import Targets
from aichat.core.billing.money import Cost
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.event import Event, Notice
from aichat.process.world import World
from aichat.term.answer.plain import Sink
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.billing.budget import Estimate, SpendCheck
    from aichat.app.exchange.ways.live_session import LiveSession

#: Sees every batch of events, and raises where the answer is to end.
Watch = Callable[[list[Event]], object]


class TurnContext(NamedTuple):
    """What one exchange is carried out with.

    ``confirm`` asks the user, where that is not done on the terminal as it is. ``review`` sees
    what is about to be sent, gives what is to be said of it, and raises where it is not to be.
    ``settle`` is called when it has been written, or before where that may take a while.
    """

    world: World
    options: AskOptions
    sink: Sink
    recorder: Recorder
    targets: Targets
    confirm: Callable[[str], bool | None] | None = None
    review: Callable[[Attempt], tuple[Notice, ...]] | None = None
    drops_turns: bool = False  # the oldest, where they do not fit, whatever is configured
    live: "LiveSession | None" = None  # what answers come over, where that stays open
    settle: Callable[[], object] | None = None

    @property
    def budget_context(self) -> "BudgetContext":
        """Who asks."""
        return BudgetContext(self.world, self.options, self.sink.say, self.recorder, self.confirm)


class BudgetContext(NamedTuple):
    """Who asks: the user is told by ``say``, and asked by ``confirm`` or on the terminal."""

    world: World
    options: AskOptions
    say: Callable[[str], object]
    recorder: Recorder
    confirm: Callable[[str], bool | None] | None = None
    unrecorded: Cost | None = None  # of an answer that has come, and is not in the store yet


def spend_watch(context: BudgetContext, attempt: Attempt) -> Watch | None:
    """What ends an answer that costs too much, where that is limited; it may have to be asked.

    Errors: ``budget`` where it would cost more before it is sent.
    """
    money = context.options.money
    if money.max_cost is None and not (money.count or attempt.setup.money.budget):
        return None
    from aichat.app.billing import budget  # looks at the store, and at every price

    return budget.spend_watcher(spend_case(context, attempt), money)


def estimate_cost(context: BudgetContext, attempt: Attempt) -> "Estimate":
    """What an answer would take, as far as is known before it is sent."""
    from aichat.app.billing import budget

    return budget.estimate_cost(spend_case(context, attempt))


def spend_case(context: BudgetContext, attempt: Attempt) -> "SpendCheck":
    """What is about to be sent, and who may be told and asked of it."""
    from aichat.app.billing import budget
    from aichat.term.widgets import confirm as asking

    world, options, say, recorder, confirm, unrecorded = context
    setup = attempt.setup
    return budget.SpendCheck(
        *(world, setup, attempt.request, attempt.target),
        connection_options(setup, options.transport.timeout, stream=False),
        recorder,
        lambda line: say(f"aichat: {line}"),
        confirm or partial(asking.confirm, world),
        unrecorded,
    )
