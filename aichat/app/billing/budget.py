"""Limits on cost: estimated and confirmed before sending, watched while the answer streams."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from aichat import wires
from aichat.app.billing.answer_cost import with_cost
from aichat.app.calls.caller import as_sent
from aichat.app.history.recorder import Recorder
from aichat.app.setup.setup import Setup
from aichat.core.billing import token_estimate
from aichat.core.billing.budget import (
    SpendLimit,
    limit_mismatch,
    limits_above,
    parse_limit,
    profile_limits,
    span_bounds,
)
from aichat.core.billing.money import Cost, format_cost
from aichat.core.billing.totals import Totals
from aichat.core.billing.usage import Usage
from aichat.core.cli.options import MoneyOptions
from aichat.core.config.precedence import value_of
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.cost_meter import CostMeter, passes_limits
from aichat.core.exchange.event import Event
from aichat.core.exchange.request import Request, user_limit
from aichat.core.http.connection import ConnectionOptions
from aichat.core.message.media import Media
from aichat.core.message.message import Message
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.schema import STORE_ERRORS
from aichat.errors import AichatError, Fault, describe
from aichat.net import http
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.count_tokens import counting_call, parse_token_count


class SpendCheck(NamedTuple):
    """What is about to be sent, and how to tell and ask the user.

    ``confirm`` asks a question: True is yes, None means that nobody is there to answer.
    """

    world: World
    setup: Setup
    request: Request
    target: Endpoint
    connection: ConnectionOptions
    recorder: Recorder
    tell: Callable[[str], object]
    confirm: Callable[[str], bool | None]
    unrecorded: Cost | None = None  # spent, and not in the store yet


class Estimate(NamedTuple):
    """What is known before sending: ``output`` is the output limit, if one was set.

    ``cost`` includes that output, ``input_cost`` does not.
    """

    cost: Cost | None
    input: int
    is_exact: bool
    output: int | None
    input_cost: Cost | None = None

    @property
    def description(self) -> str:
        """In words, for a question or a refusal."""
        about = "" if self.is_exact else "about "
        money = "at an unknown price"
        if self.cost:
            money = format_cost(self.cost._replace(estimated=True))
        limit = f" and up to {self.output:,} of output" if self.output else " alone"
        tokens = f"{self.input:,} token{'' if self.input == 1 else 's'}"
        return f"{money} for {about}{tokens} of input{limit}"


class Priced(Protocol):
    """Something with a cost to check before sending: an answer, or a cache to be kept."""

    @property
    def cost(self) -> Cost | None:
        """The whole cost, if known."""

    @property
    def description(self) -> str:
        """In words, for a question or a refusal."""


def check_spending(case: SpendCheck, priced: Priced, max_cost: str | None) -> list[SpendLimit]:
    """Check a cost against ``--max-cost`` and what is left of the profile's budgets.

    Returns the limits that still apply: not those that the user agreed to exceed.
    Errors: ``budget`` (exit 11) if it may not be sent; ``usage`` for an invalid amount.
    """
    return _confirm_limits(case, priced, spend_limits(case, max_cost))


class SpendTerms(NamedTuple):
    """The limits for an answer that may be sent, and what is known of it."""

    limits: Sequence[SpendLimit]
    estimate: Estimate


def spend_terms(case: SpendCheck, money: MoneyOptions) -> SpendTerms | None:
    """The terms for an answer that may be sent; None if nothing limits it.

    Errors: ``budget`` (exit 11) if it may not be sent; ``usage`` for an invalid amount.
    """
    limits = spend_limits(case, money.max_cost)
    if not limits and not money.count:
        return None
    estimate = estimate_cost(case, count=money.count)
    if money.count:
        case.tell(estimate.description)
    limits = _confirm_limits(case, estimate, limits)
    if not limits or estimate.cost is None:
        return None
    return SpendTerms(limits, estimate)


def spend_watcher(
    case: SpendCheck, money: MoneyOptions
) -> Callable[[Sequence[Event]], None] | None:
    """A watcher for an answer that may be sent, which raises once that is too expensive.

    None if nothing limits it. Errors: as of ``spend_terms``.
    """
    terms = spend_terms(case, money)
    return terms and watcher_within(terms.limits, case, terms.estimate.input, CONTINUE_HINT)


def watcher_within(
    limits: Sequence[SpendLimit], case: SpendCheck, input_tokens: int, hint: str
) -> Callable[[Sequence[Event]], None]:
    """What watches an answer, and raises (``budget``, with the hint) once it passes a limit."""
    meter = CostMeter(input_tokens, passes_limits(limits, partial(price_of, case)))

    def see(events: Sequence[Event]) -> None:
        if meter.is_too_much(events):
            least = min(limits, key=lambda limit: limit.amount)
            why = f"answer stopped: it exceeded {least.description}"
            raise AichatError(Fault("budget", why, hint))

    return see


def estimate_cost(case: SpendCheck, *, count: bool = False) -> Estimate:
    """Estimate an answer; with ``count`` the provider counts the input."""
    size, exact = _count_input(case, count=count)
    output = user_limit(case.request, case.target)
    least = price_of(case, size, 0)
    cost = price_of(case, size, output) if output else least
    return Estimate(cost, size, exact, output, least)


#: The hint if an answer was stopped.
CONTINUE_HINT = "the answer is incomplete; continue it with -c, or /continue in the chat"


def price_of(case: SpendCheck, into: int, out: int) -> Cost | None:
    """The present price of so many tokens of input and output."""
    provider, model = case.target.provider.id, case.request.model
    usage = Usage(into, out)
    answer = Answer(provider, model, Message("assistant", ()), finish_reason="stop", usage=usage)
    plan, now = value_of(case.setup.money.tier), case.world.clock.now()
    return with_cost(answer, case.request, case.target, plan, now).cost


# -- what may be spent


def spend_limits(case: SpendCheck, max_cost: str | None) -> list[SpendLimit]:
    """The limits in force: ``--max-cost``, and what is left of the profile's budgets."""
    strict = [] if max_cost is None else [parse_limit(max_cost)]
    return [*strict, *_profile_limits(case)]


def _profile_limits(case: SpendCheck) -> Sequence[SpendLimit]:
    """What is left of the profile's budgets."""
    budget, profile = value_of(case.setup.money.budget), case.setup.profile
    if not budget or not profile:
        return ()
    store = case.recorder.store()

    def spent(span: str, currency: str) -> int:
        try:
            bounds = span_bounds(span, case.world.clock.now())
            totals = Ledger(store).totals(*bounds, profile=profile) if store else Totals()
            return (totals.amount(currency) or 0) + _unrecorded_amount(case, currency)
        except STORE_ERRORS as error:
            case.tell(f"warning: cannot read what was spent this {span}: {error}")
            return 0

    return profile_limits(budget, profile, spent)


def _unrecorded_amount(case: SpendCheck, currency: str) -> int:
    cost = case.unrecorded
    return cost.amount if cost and cost.currency == currency else 0


def _confirm_limits(
    case: SpendCheck, estimate: Priced, limits: Sequence[SpendLimit]
) -> list[SpendLimit]:
    """The limits that still apply, once the user has agreed to exceed the others.

    Errors: ``budget`` if the user does not agree, or cannot be asked.
    """
    kept = []
    passed = limits_above(estimate.cost, limits)
    for limit in limits:
        why = limit_mismatch(estimate.cost, limit)
        if limit in passed:
            why = f"it would cost {estimate.description}: more than {limit.description}"
        if why is None:
            kept.append(limit)
        elif (limit.strict and limit not in passed) or not _user_agrees(case, why):
            raise _budget_error(case, why)
    return kept


def _user_agrees(case: SpendCheck, why: str) -> bool:
    return bool(case.confirm(f"{case.target.provider.id} {case.request.model}: {why}. Send it?"))


def _budget_error(case: SpendCheck, why: str) -> AichatError:
    hint = "nothing was sent; see aichat cost and aichat models"
    provider, model = case.target.provider.id, case.request.model
    return AichatError(Fault("budget", why, hint, provider=provider, model=model))


# -- what it is


def _count_input(case: SpendCheck, *, count: bool) -> tuple[int, bool]:
    """The tokens of the request, and whether the provider has counted them."""
    if count:
        try:
            return _provider_count(case), True
        except AichatError as error:
            case.tell(
                f"could not count the input tokens ({describe(error.fault)}); using an estimate"
            )
    request = case.request
    messages = [*case.target.preamble, *request.messages]
    tools = "".join(f"{tool.name}{tool.description}{tool.parameters}" for tool in request.tools)
    said = sum(token_estimate.estimate_message(m, partial(_count_media, case)) for m in messages)
    return said + token_estimate.estimate_text(tools), False


def _count_media(case: SpendCheck, media: Media) -> int:
    """The tokens of a medium, by the provider's way of counting."""
    from aichat.app.media.facts import estimate_media  # here, since few questions have media

    target = case.target
    return estimate_media(media, target.provider.id, target.wire, case.request.model)


def _provider_count(case: SpendCheck) -> int:
    """The tokens that the provider's own endpoint counts. Errors: why it could not."""
    sent = wires.load(case.target.wire).encode(case.request, case.target)
    call = counting_call(sent, case.request, case.target)
    if call is None:
        raise AichatError(
            Fault("usage", f"{case.target.provider.id} cannot count tokens on this wire")
        )
    with http.send(as_sent(call, case.target), case.connection) as response:
        body = response.read(1 << 24)
    if not 200 <= response.status < 300:
        raise AichatError(Fault("server", f"HTTP {response.status}"))
    found = parse_token_count(body, case.target)
    if found is None:
        raise AichatError(Fault("protocol", "the response has no token count"))
    return found
