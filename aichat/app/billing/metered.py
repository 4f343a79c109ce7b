"""The cost of a call outside the conversation: checked before sending, counted after."""

from collections.abc import Sequence

from aichat.app.billing.answer_cost import with_cost
from aichat.app.billing.budget import SpendCheck, estimate_cost, spend_terms
from aichat.app.billing.shared_money import Reckoned, SharedMoney
from aichat.app.calls.resource import ResourceContext
from aichat.app.history.recorder import Recorder
from aichat.core.billing.budget import SpendLimit
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import NO_DETAIL, Quantity, Usage, UsageDetail
from aichat.core.cli.options import MoneyOptions
from aichat.core.config.precedence import value_of
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text
from aichat.errors import AichatError, Fault
from aichat.term.widgets.confirm import ask_yes_no, sees_questions
from aichat.values import NamedTuple


class Metered(NamedTuple):
    """Calls whose cost has been checked: their context, model and ``limits``.

    ``money`` adds up what they have cost.
    """

    context: ResourceContext
    request: Request
    recorder: Recorder
    limits: Sequence[SpendLimit]
    money: SharedMoney

    def check_next(self, expected: Cost | None) -> None:
        """Raise (``budget``) if the next of several calls, as ``expected``, may pass a limit."""
        if limit := self.money.lack(Reckoned(expected), self.limits):
            why = f"stopped: the next part could pass {limit.description}"
            raise AichatError(Fault("budget", why, "what has come is kept"))


class Used(NamedTuple):
    """What a call used: its counts, its ``cost`` if known, and what was ``made``."""

    usage: Usage
    detail: UsageDetail = NO_DETAIL
    cost: Cost | None = None
    made: Quantity | None = None


def open_metered(
    context: ResourceContext, model: str, texts: tuple[str, ...], max_cost: str | None
) -> Metered:
    """Check what it may cost. Errors: ``budget`` (exit 11), ``usage`` for a bad amount."""
    request = Request(model, tuple(Message("user", (Text(text),)) for text in texts))
    case = spend_check(context, request)
    terms = spend_terms(case, MoneyOptions(max_cost))
    return Metered(context, request, case.recorder, terms.limits if terms else (), SharedMoney())


def text_price(metered: Metered, texts: Sequence[str]) -> Cost | None:
    """What so much text costs as input, as far as that is known."""
    message = Message("user", tuple(map(Text, texts)))
    request = metered.request._replace(messages=(message,))
    return estimate_cost(spend_check(metered.context, request)).cost


def spend_check(context: ResourceContext, request: Request) -> SpendCheck:
    """A check for a request, which may ask the user at the terminal."""
    world = context.world
    recorder = Recorder(world.environ, world.clock, context.say)

    def confirm(question: str) -> bool | None:
        if sees_questions(world):
            return ask_yes_no(world, question)
        return None

    return SpendCheck(
        *(world, context.setup, request, context.endpoint, context.options.connection),
        *(recorder, context.say, confirm),
    )


def record_use(
    metered: Metered,
    tokens: int | None,
    told: Cost | None = None,
    made: Quantity | None = None,
) -> Cost | None:
    """Record usage in the ledger, and return the cost, if known.

    ``told`` is the cost reported by the provider, ``made`` what was paid for.
    """
    return record_usage(metered, Used(Usage(tokens, 0), cost=told, made=made))


def record_usage(metered: Metered, used: Used) -> Cost | None:
    """The same for usage other than tokens."""
    turn = counted_turn(metered.context, metered.request, used)
    if turn.answer is None:
        return None
    metered.recorder.count([(turn, turn.answer)], used.made)
    metered.money.add(turn.answer.cost)
    return turn.answer.cost


def counted_turn(context: ResourceContext, request: Request, used: Used) -> Turn:
    """The turn to record in the ledger for a request, with its cost."""
    now, plan = context.world.clock.now(), value_of(context.setup.money.tier)
    provider = context.endpoint.provider.id
    message = Message("assistant", (), provider, request.model)
    answer = Answer(
        *(provider, request.model, message),
        finish_reason="stop",
        usage=used.usage,
        cost=used.cost,
        detail=used.detail,
    )
    answer = with_cost(answer, request, context.endpoint, plan, now)
    return Turn(message, now, profile=context.setup.profile, answer=answer)
