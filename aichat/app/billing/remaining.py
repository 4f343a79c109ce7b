"""What is left of ``--max-cost`` after some of several answers."""

from collections.abc import Sequence

from aichat.core.billing.budget import SpendLimit, parse_limit
from aichat.core.billing.money import Cost, format_exact
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.errors import AichatError, Fault

_GO_ON = "go on with -c, or /continue in the chat"


def with_money_left(
    options: AskOptions, answers: Sequence[Answer], so_far: str, hint: str = _GO_ON
) -> AskOptions:
    """The options, with ``--max-cost`` less the cost of ``answers``; unknown costs count as 0.

    ``so_far`` names them for people, ``hint`` says what to do. Errors: ``budget`` if nothing
    is left.
    """
    if options.money.max_cost is None or not answers:
        return options
    limit = parse_limit(options.money.max_cost)
    costs = (answer.cost for answer in answers)
    spent = sum(c.amount for c in costs if c and c.currency == limit.currency)
    rest = _less(options, limit, spent)
    if rest is None:
        why = f"stopped after {so_far}: they reached {limit.description}"
        raise AichatError(Fault("budget", why, hint))
    return rest


def rest_of_limit(options: AskOptions, spent: Cost | None) -> AskOptions | None:
    """The options with what is left of ``--max-cost``; None if nothing is, or it is unknown."""
    if options.money.max_cost is None:
        return options
    limit = parse_limit(options.money.max_cost)
    if spent is None or spent.currency != limit.currency:
        return None
    return _less(options, limit, spent.amount)


def _less(options: AskOptions, limit: SpendLimit, spent: int) -> AskOptions | None:
    """With ``spent`` (billionths) taken from the limit; None where that is all of it."""
    left = limit.amount - spent
    if left <= 0:
        return None
    return options.with_changes(max_cost=f"{format_exact(left)}{limit.currency}")
