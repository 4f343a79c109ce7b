"""What is left of a limit for a correction, and what two answers took together."""

import pytest

from aichat.app.billing.remaining import rest_of_limit
from aichat.app.exchange.recovery.correction import join_answers
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer, SchemaOutcome
from aichat.core.message.message import Message

SAID = Message("assistant", ())


@pytest.mark.parametrize(
    ("limit", "spent", "left"),
    [
        ("1", Cost(250_000_000), "0.75USD"),
        ("2CNY", Cost(1, "CNY"), "1.999999999CNY"),
        ("1", Cost(10**9), None),
        ("1", Cost(2 * 10**9), None),
        ("1", Cost(1, "CNY"), None),
        ("1", None, None),
        (None, None, ""),
        (None, Cost(1), ""),
    ],
)
def test_what_was_spent_is_taken_off_the_limit(
    limit: str | None, spent: Cost | None, left: str | None
) -> None:
    options = rest_of_limit(AskOptions().with_changes(max_cost=limit), spent)
    assert (options and (options.money.max_cost or "")) == left


def answer(cost: Cost | None, usage: Usage) -> Answer:
    return Answer("p", "m", SAID, cost=cost, usage=usage, schema=SchemaOutcome("strict"))


def test_both_answers_are_paid_for() -> None:
    one = answer(Cost(5, estimated=True), Usage(10, 2, 4))
    both = join_answers(one, answer(Cost(7), Usage(20, 3, None)))
    assert both.cost == Cost(12, estimated=True)
    assert both.usage == Usage(30, 5, None)
    assert both.schema == SchemaOutcome("strict", repaired=True)


@pytest.mark.parametrize("other", [None, Cost(1, "CNY")])
def test_what_is_not_known_of_one_is_not_known_of_both(other: Cost | None) -> None:
    assert join_answers(answer(Cost(5), Usage(1)), answer(other, Usage(None))).cost is None
