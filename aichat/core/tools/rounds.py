"""The rounds of a turn as one answer."""

from collections.abc import Iterable, Sequence
from typing import Any

from aichat.core.billing.money import total_cost
from aichat.core.billing.usage import sum_usage
from aichat.core.exchange.answer import Answer, ToolRun
from aichat.core.text.numbers import count_of
from aichat.errors import Fault


def sum_rounds(answers: Sequence[Answer], runs: Sequence[ToolRun]) -> Answer:
    """The last answer, with the usage, cost and time of all rounds, and the tools that ran."""
    last = answers[-1]
    return last._replace(
        usage=sum_usage(answer.usage for answer in answers),
        cost=total_cost(answer.cost for answer in answers),
        saved=_sum(answer.saved for answer in answers),
        first_token_s=answers[0].first_token_s,
        total_s=_sum(answer.total_s for answer in answers),
        retries=sum(answer.retries for answer in answers),
        rounds=len(answers),
        tool_runs=tuple(runs),
    )


def stop_at_limit(whole: Answer, rounds: int, hint: str) -> Answer:
    """``whole`` as incomplete, since so many rounds were the most; unless it has a fault."""
    if whole.fault:
        return whole
    why = f"stopped at {count_of(rounds, 'round')} of tool calls"
    fault = Fault("pause", why, hint, provider=whole.provider, model=whole.model)
    return whole._replace(fault=fault)


def _sum(given: Iterable[Any]) -> Any:
    every = [*given]
    known = [each for each in every if each is not None]
    return sum(known[1:], known[0]) if len(known) == len(every) else None
