"""What is left of a limit of money once some of several answers have come."""

from collections.abc import Sequence

from aichat.core.billing.budget import parse_limit
from aichat.core.billing.money import format_exact
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.errors import AichatError, Fault


def with_money_left(options: AskOptions, answers: Sequence[Answer], so_far: str) -> AskOptions:
    """The options, with what ``answers`` have left of ``--max-cost``.

    ``so_far`` names them for people. Errors: ``budget`` if nothing is left.
    """
    if options.money.max_cost is None or not answers:
        return options
    limit = parse_limit(options.money.max_cost)
    costs = (answer.cost for answer in answers)
    left = limit.amount - sum(c.amount for c in costs if c and c.currency == limit.currency)
    if left <= 0:
        reached = f"they reached {limit.description}"
        why = f"stopped after {so_far}: {reached}"
        raise AichatError(Fault("budget", why, "go on with -c, or /continue in the chat"))
    return options.with_changes(max_cost=f"{format_exact(left)}{limit.currency}")
