"""What an answer costs at the least while it comes, and when it is too dear."""

import pytest

from aichat.core.billing.budget import SpendLimit
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.exchange.cost_meter import CostMeter, passes_limits
from aichat.core.exchange.event import (
    Event,
    Finish,
    Notice,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    UsageUpdate,
)

LIMIT = SpendLimit(1000, "USD", "the limit")


def meter(*limits: SpendLimit, free: bool = False) -> CostMeter:
    """Input costs 1, output 10: beside 100 of input there is room for 90."""
    prices = passes_limits(limits, lambda into, out: Cost(0 if free else into + 10 * out))
    return CostMeter(100, prices)


def text(tokens: int) -> TextDelta:
    return TextDelta("four" * tokens)


def seen(**counts: int) -> UsageUpdate:
    return UsageUpdate(Usage(**counts))


#: batches, and which of them is the one that is too much
STREAMS: dict[str, tuple[list[list[Event]], int | None]] = {
    "within": ([[text(50)], [text(40)], [Finish("stop")]], None),
    "passes": ([[text(50)], [text(41)], [text(1)]], 1),
    "reasoning counts": ([[ReasoningDelta("four" * 91)]], 0),
    "calls count": ([[ToolCallDelta(0, "four" * 91)]], 0),
    "a word that is not output": ([[text(90)], [Notice("x", "four" * 900)]], None),
    "whole in one batch": ([[text(5000), Finish("stop")]], None),
    "told of at its end": ([[text(5)], [seen(output=5000)], [Finish("stop")]], None),
    "told of with its last word": ([[text(5), seen(output=5000)], [Finish("stop")]], None),
    "told of before its last word": ([[seen(output=5000), text(5)], [Finish("stop")]], 0),
    "told of in its midst": ([[text(5)], [seen(output=91)], [text(1)]], 2),
    "more input than reckoned": ([[seen(input=950)], [text(5)], [text(1)]], 2),
    "less input than reckoned": ([[seen(input=0)], [text(100)], [text(1)]], 2),
    "all spent before": ([[seen(input=5000)], [text(1)]], 1),
    "part of a token": ([[TextDelta("a" * 363)], [TextDelta("a")]], 1),
    "bytes and not letters": ([[TextDelta("é" * 181)], [TextDelta("é")]], 1),
    "half a character": ([[TextDelta("\ud83d"), ReasoningDelta("\udc00"), text(91)]], 0),
    "half a character of a call": ([[ToolCallDelta(0, "\ud83d" + "four" * 91)]], 0),
    "a smaller count than before": ([[seen(output=91)], [seen(output=1)], [text(1)]], 2),
    "the same input again": ([[seen(input=100, output=90)], [text(1)]], None),
    "not even nothing fits": ([[seen(input=1001)], [text(1)]], 1),
    "nothing comes": ([[], []], None),
}


@pytest.mark.parametrize(("batches", "last"), STREAMS.values(), ids=STREAMS)
def test_an_answer_is_stopped_with_the_first_word_too_many(
    batches: list[list[Event]], last: int | None
) -> None:
    running = meter(LIMIT)
    told = [running.is_too_much(batch) for batch in batches]
    assert (told.index(True) if True in told else None) == last


def test_the_least_of_several_limits_counts_and_another_currency_does_not() -> None:
    dear = [text(91)]
    assert meter(SpendLimit(10**9, "USD", ""), LIMIT).is_too_much(dear)
    assert not meter(SpendLimit(1, "CNY", "")).is_too_much(dear)
    assert not meter().is_too_much(dear)


def test_a_free_answer_is_never_too_long() -> None:
    assert not meter(LIMIT, free=True).is_too_much([seen(output=1 << 30), text(100_000)])
