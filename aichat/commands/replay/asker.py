"""Asking questions again under a common budget."""

from collections.abc import Sequence

from aichat.app.billing.budget import Estimate, check_spending
from aichat.app.billing.remaining import with_money_left
from aichat.app.exchange.context import TurnContext, estimate_cost, spend_case
from aichat.app.exchange.turn import carry_out
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.request import Attempt, make_attempt
from aichat.app.setup.setup import Setup
from aichat.core.billing.money import total_cost
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message
from aichat.core.text.numbers import count_of
from aichat.errors import AichatError


def together(every: Sequence[Estimate]) -> Estimate:
    """The sum of estimates."""
    cost = total_cost([one.cost for one in every])
    return Estimate(cost, sum(one.input for one in every), is_exact=False, output=None)


class Purse:
    """The common budget: ``--max-cost`` applies to answers and verdicts together."""

    def __init__(self) -> None:
        self._paid: list[Answer] = []
        self.is_limited = True  # False once the user has agreed to more

    def open(self, options: AskOptions) -> AskOptions:
        """The options with the remaining budget. Errors: ``budget`` if nothing is left."""
        if not self.is_limited:
            return options.with_changes(max_cost=None)
        so_far = count_of(len(self._paid), "answer")
        return with_money_left(options, self._paid, so_far, "ask again with a higher --max-cost")

    def pay(self, answer: Answer) -> None:
        """Deduct the cost of an answer."""
        self._paid.append(answer)


class Asker:
    """Asks questions paid from ``purse``: ``context`` has the options, ``setup`` the model."""

    def __init__(self, context: TurnContext, setup: Setup, purse: Purse) -> None:
        self._context, self._setup, self._purse = context, setup, purse
        self.name = f"{setup.provider.id}/{setup.model.value}"

    def attempt(self, question: PreparedQuestion) -> Attempt:
        """The attempt for a question. Errors: as of ``make_attempt``."""
        context, now = self._context, self._context.world.clock.now()
        target = context.targets.endpoint_for(self._setup)
        return make_attempt(question, self._setup, context.options, target, now)

    def estimate(self, questions: Sequence[PreparedQuestion]) -> Estimate:
        """The total estimate for questions."""
        attempts = map(self.attempt, questions)
        return together([estimate_cost(self._context.budget_context, one) for one in attempts])

    def check(self, question: PreparedQuestion, estimate: Estimate) -> None:
        """Check an estimate against ``--max-cost`` and the budgets. Errors: ``budget``."""
        case = spend_case(self._context.budget_context, self.attempt(question))
        max_cost = self._context.options.money.max_cost
        kept = check_spending(case, estimate, max_cost)
        self._purse.is_limited &= any(limit.strict for limit in kept)

    def ask(self, question: PreparedQuestion) -> Answer:
        """The answer, which includes its fault, also if the budget is used up.

        Errors: what makes sending impossible.
        """
        context = self._context._replace(recorder=self._context.recorder.next_recorder())
        try:
            options = self._purse.open(context.options)
            answer = carry_out(context._replace(options=options), question, self._setup)
        except AichatError as error:
            if error.fault.kind != "budget":
                raise
            who = (self._setup.provider.id, self._setup.model.value)
            return Answer(*who, Message("assistant", ()), fault=error.fault)
        self._purse.pay(answer)
        return answer
