"""What a conversation used: tokens and money."""

from collections.abc import Mapping
from typing import NamedTuple

from aichat.core.billing.money import Cost, format_cost
from aichat.core.conversation.turn import Turn


class ConversationTotals(NamedTuple):
    """What some answers took, as far as it is known: tokens, and money by its currency.

    ``money`` is in billionths; ``estimated`` names the currencies of which some is our own
    reckoning, ``unpriced`` counts the answers whose price is unknown.
    """

    answers: int = 0
    input: int = 0
    output: int = 0
    money: Mapping[str, int] = {}
    estimated: frozenset[str] = frozenset()
    unpriced: int = 0

    def with_turn(self, turn: Turn) -> "ConversationTotals":
        """With those of one more turn."""
        if turn.answer is None:
            return self
        used, cost = turn.answer.usage, turn.answer.cost
        more = self._replace(
            answers=self.answers + 1,
            input=self.input + (used.input or 0),
            output=self.output + (used.output or 0),
        )
        if cost is None:
            return more._replace(unpriced=self.unpriced + (turn.status != "failed"))
        money = {**self.money, cost.currency: self.money.get(cost.currency, 0) + cost.amount}
        about = frozenset([cost.currency] if cost.estimated else [])
        return more._replace(money=money, estimated=self.estimated | about)

    @property
    def cost(self) -> str:
        """The money; empty where none is known."""
        known = [
            format_cost(Cost(amount, currency, currency in self.estimated))
            for currency, amount in self.money.items()
        ]
        rest = f"{self.unpriced} unpriced" if self.unpriced else ""
        return " + ".join(filter(None, (*known, rest))) if known else ""
