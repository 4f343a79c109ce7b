"""What one answer adds to the totals of its conversation."""

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.totals import Sums, Totals, add_totals
from aichat.core.billing.usage import Usage
from aichat.core.conversation.totals import answer_totals
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message
from aichat.errors import Fault

DOLLAR = 1_000_000_000
ANSWER = Answer("box", "m", Message("assistant", ()), finish_reason="stop")

CASES = {
    "its cost": (
        ANSWER._replace(usage=Usage(1, 2), cost=Cost(DOLLAR)),
        Totals({"USD": Sums(1, input=1, output=2, amount=DOLLAR)}),
    ),
    "an estimate in another currency": (
        ANSWER._replace(usage=Usage(1, 2), cost=Cost(5, "CNY", estimated=True)),
        Totals({"CNY": Sums(1, estimated=1, input=1, output=2, amount=5)}),
    ),
    "no price": (
        ANSWER._replace(usage=Usage(1)),
        Totals({None: Sums(1, unpriced=1, input=1)}),
    ),
    "no usage, but a first token": (
        ANSWER._replace(first_token_s=0.5),
        Totals({None: Sums(1, unpriced=1)}),
    ),
    "nothing came": (
        ANSWER._replace(finish_reason=None, fault=Fault("server", "m"), retries=2),
        Totals({None: Sums(1, errors=1, retries=2)}),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_answer_adds_what_is_known_of_it(name: str) -> None:
    answer, totals = CASES[name]
    assert answer_totals(answer) == totals


def test_currencies_are_added_by_themselves_and_an_estimate_makes_the_sum_one() -> None:
    answers = [answer for answer, _ in CASES.values()]
    found = add_totals(map(answer_totals, (*answers, answers[0])))
    assert found.costs == [Cost(2 * DOLLAR, "USD", False), Cost(5, "CNY", True)]
    assert (found.overall.requests, found.overall.unpriced) == (6, 2)
    assert found.amount("EUR") is None
