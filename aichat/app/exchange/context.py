"""The means of carrying out an exchange, and its spending limits."""

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
    from aichat.app.billing.budget import Estimate, SpendCheck, SpendTerms
    from aichat.app.exchange.live.session import LiveSession

#: Sees every batch of events, and raises if the answer has to end.
Watch = Callable[[list[Event]], object]


class TurnContext(NamedTuple):
    """The means of carrying out one exchange.

    ``confirm`` asks the user, if not directly on the terminal. ``review`` gets what is about
    to be sent, returns notices on it, and raises if it must not be sent. ``settle`` leaves
    a prompt that still stands: when the request has been written, or before if that may take a
    while.
    """

    world: World
    options: AskOptions
    sink: Sink
    recorder: Recorder
    targets: Targets
    confirm: Callable[[str], bool | None] | None = None
    review: Callable[[Attempt], tuple[Notice, ...]] | None = None
    drops_turns: bool = False  # drop the oldest turns if they do not fit, whatever is configured
    live: "LiveSession | None" = None  # the open realtime session, if any
    settle: Callable[[], object] | None = None

    @property
    def budget_context(self) -> "BudgetContext":
        """The part of it that spending limits need."""
        return BudgetContext(self.world, self.options, self.sink.say, self.recorder, self.confirm)


class BudgetContext(NamedTuple):
    """How to talk to the user: by ``say``, and by ``confirm`` or on the terminal."""

    world: World
    options: AskOptions
    say: Callable[[str], object]
    recorder: Recorder
    confirm: Callable[[str], bool | None] | None = None
    unrecorded: Cost | None = None  # of an answer that has come, and is not in the store yet


def spend_watch(context: BudgetContext, attempt: Attempt) -> Watch | None:
    """A watch that ends an answer if it costs too much, if there is a limit; may ask the user.

    Errors: ``budget`` if the request itself would cost too much.
    """
    if not _is_limited(context, attempt):
        return None
    from aichat.app.billing import budget  # looks at the store, and at every price

    return budget.spend_watcher(spend_case(context, attempt), context.options.money)


def spend_terms(context: BudgetContext, attempt: Attempt) -> "SpendTerms | None":
    """The same, for answers that are watched together: their limits, and what is known."""
    if not _is_limited(context, attempt):
        return None
    from aichat.app.billing import budget

    return budget.spend_terms(spend_case(context, attempt), context.options.money)


def _is_limited(context: BudgetContext, attempt: Attempt) -> bool:
    money = context.options.money
    return money.max_cost is not None or bool(money.count or attempt.setup.money.budget)


def estimate_cost(context: BudgetContext, attempt: Attempt) -> "Estimate":
    """The estimated tokens and cost of a request, before it is sent."""
    from aichat.app.billing import budget

    return budget.estimate_cost(spend_case(context, attempt))


def spend_case(context: BudgetContext, attempt: Attempt) -> "SpendCheck":
    """The request to check, and the means of telling and asking the user."""
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
