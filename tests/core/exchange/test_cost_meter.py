"""What an answer costs at the least while it comes, and when it is too dear."""

import pytest

from aichat.core.billing.budget import SpendLimit
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.exchange.cost_meter import CostMeter
from aichat.core.exchange.event import (
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    UsageUpdate,
)

LIMIT = SpendLimit(100, "USD", "100")


def meter(*limits: SpendLimit, free: bool = False) -> CostMeter:
    """A token of input costs 1, one of output 10; 50 of the one are asked: 5 of the other fit."""
    return CostMeter(limits, 50, lambda i, o: Cost(0 if free else i + 10 * o))


@pytest.mark.parametrize(
    ("events", "dear"),
    [
        ([TextDelta("a" * 23)], False),  # 5 tokens of 4 bytes, and a bit
        ([TextDelta("a" * 24)], True),
        ([TextDelta("é" * 12)], True),
        ([ReasoningDelta("a" * 12), ToolCallDelta(0, "a" * 12)], True),
        ([ReasoningDelta("a" * 12), ToolCallDelta(0, "a" * 11)], False),
        ([TextDelta("a" * 24), Finish("stop")], False),
        ([UsageUpdate(Usage(50, 6))], False),  # nothing came with it
        ([UsageUpdate(Usage(50, 6)), TextDelta("a")], True),
        ([UsageUpdate(Usage(50, 5)), TextDelta("a")], False),
        ([UsageUpdate(Usage(50, 6)), UsageUpdate(Usage(50, 1)), TextDelta("a")], True),
        ([UsageUpdate(Usage(60, 5)), TextDelta("a")], True),  # 4 fit beside 60
        ([UsageUpdate(Usage(None, 5)), TextDelta("a")], False),
        ([UsageUpdate(Usage(101)), TextDelta("a")], True),  # not even nothing fits
        ([], False),
    ],
    ids=str,
)
def test_an_answer_is_too_dear_once_it_passes_its_limit(events: list[Event], dear: bool) -> None:
    assert meter(LIMIT).exceeds_limits(events) is dear


def test_what_came_before_counts() -> None:
    running = meter(LIMIT)
    assert [running.exceeds_limits([TextDelta("a" * 8)]) for _ in range(3)] == [False, False, True]


def test_the_least_of_several_limits_counts_and_others_currencies_do_not() -> None:
    dear = [TextDelta("a" * 24)]
    assert meter(SpendLimit(10**9, "USD", ""), LIMIT).exceeds_limits(dear)
    assert not meter(SpendLimit(1, "CNY", "")).exceeds_limits(dear)
    assert not meter().exceeds_limits(dear)


def test_what_costs_nothing_has_no_end() -> None:
    events = [UsageUpdate(Usage(50, 1 << 30)), TextDelta("a")]
    assert not meter(LIMIT, free=True).exceeds_limits(events)
