"""What a call that is paid by the second or the character will cost, before it is sent."""

from aichat.app.billing.answer_cost import with_cost
from aichat.app.billing.budget import check_spending
from aichat.app.billing.metered import Metered, Used, spend_check
from aichat.app.billing.shared_money import SharedMoney
from aichat.app.calls.resource import ResourceContext
from aichat.core.billing.money import Cost, format_cost
from aichat.core.config.precedence import value_of
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message
from aichat.values import NamedTuple


class Expected(NamedTuple):
    """Its ``cost`` as far as that is known, for how much of ``what``."""

    cost: Cost | None
    what: str

    @property
    def description(self) -> str:
        """In words, for a question or a refusal."""
        money = format_cost(self.cost) if self.cost else "at an unknown price"
        return f"{money} for {self.what}"


def open_expected(
    context: ResourceContext, model: str, used: Used, what: str, max_cost: str | None
) -> Metered:
    """Hold what will be ``used`` against what may be spent; ``what`` names it in a sentence.

    Errors: ``budget`` (exit 11) where it may not be sent; ``usage`` for a bad amount.
    """
    request = Request(model, ())
    case = spend_check(context, request)
    cost = expected_price(context, model, used)
    expected = Expected(cost and cost._replace(estimated=True), what)
    limits = check_spending(case, expected, max_cost)
    return Metered(context, request, case.recorder, limits, SharedMoney())


def expected_price(context: ResourceContext, model: str, used: Used) -> Cost | None:
    """What it would cost now, as far as that is known."""
    request = Request(model, ())
    provider, now = context.endpoint.provider.id, context.world.clock.now()
    answer = Answer(
        *(provider, model, Message("assistant", ())),
        finish_reason="stop",
        usage=used.usage,
        detail=used.detail,
    )
    plan = value_of(context.setup.money.tier)
    return with_cost(answer, request, context.endpoint, plan, now).cost
