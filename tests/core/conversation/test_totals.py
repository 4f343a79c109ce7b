"""What a conversation used."""

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.conversation.totals import ConversationTotals
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message

ASKED = Turn(Message("user", ()), 0.0)
DOLLAR = 1_000_000_000


def answered(usage: Usage, cost: Cost | None = None, **fields: str) -> Turn:
    said = Message("assistant", ())
    answer = Answer("box", "m", said, usage=usage, cost=cost)
    return Turn(said, 0.0, answer=answer)._replace(**fields)


def totals_of(*turns: Turn) -> ConversationTotals:
    found = ConversationTotals()
    for turn in turns:
        found = found.with_turn(turn)
    return found


def test_tokens_and_money_are_added_up_by_currency() -> None:
    found = totals_of(
        ASKED,
        answered(Usage(1, 2), Cost(DOLLAR)),
        answered(Usage(10, 20), Cost(DOLLAR, estimated=True)),
        answered(Usage(100), Cost(DOLLAR, "CNY")),
        answered(Usage()),
        answered(Usage(), status="failed"),
        answered(Usage(), status="partial"),
    )
    assert found == ConversationTotals(
        6, 111, 22, {"USD": 2 * DOLLAR, "CNY": DOLLAR}, frozenset({"USD"}), 2
    )
    assert found.cost == "~2.00 USD + 1.00 CNY + 2 unpriced"


@pytest.mark.parametrize(
    ("turns", "cost"),
    [
        ([], ""),
        ([answered(Usage(1))], ""),
        ([answered(Usage(1), Cost(0))], "0.00 USD"),
        ([answered(Usage(1), Cost(DOLLAR))], "1.00 USD"),
        ([answered(Usage(1), Cost(DOLLAR)), answered(Usage(1))], "1.00 USD + 1 unpriced"),
    ],
    ids=["nothing", "no price", "free", "a price", "one of two"],
)
def test_the_money_is_told_where_some_is_known(turns: list[Turn], cost: str) -> None:
    assert totals_of(*turns).cost == cost
