"""The answers of a turn's rounds as one: what it took in all, and what was run."""

from collections.abc import Iterable, Sequence
from typing import Any

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import Answer, ToolRun


def sum_rounds(answers: Sequence[Answer], runs: Sequence[ToolRun]) -> Answer:
    """The last answer, with usage, money and time of all."""
    last = answers[-1]
    return last._replace(
        usage=_sum_usage([answer.usage for answer in answers]),
        cost=_sum_costs([answer.cost for answer in answers]),
        saved=_sum(answer.saved for answer in answers),
        first_token_s=answers[0].first_token_s,
        total_s=_sum(answer.total_s for answer in answers),
        retries=sum(answer.retries for answer in answers),
        rounds=len(answers),
        tool_runs=tuple(runs),
    )


def _sum_usage(given: Sequence[Usage]) -> Usage:
    """What is unknown of one round is unknown of all."""
    return Usage(*(_sum(counts) for counts in zip(*given, strict=True)))


def _sum(given: Iterable[Any]) -> Any:
    every = [*given]
    known = [each for each in every if each is not None]
    return sum(known[1:], known[0]) if len(known) == len(every) else None


def _sum_costs(costs: Sequence[Cost | None]) -> Cost | None:
    """The money of all; None where one is unknown, or billed in another currency."""
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs) or len({cost.currency for cost in known}) > 1:
        return None
    estimated = any(cost.estimated for cost in known)
    return known[-1]._replace(amount=sum(c.amount for c in known), estimated=estimated)
