"""Adding the cost to an answer once it has ended; nothing here is needed before."""

from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.billing import token_estimate
from aichat.core.billing.bill import Bill, PriceTerms, compute_bill
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import ACCOUNT_TIERS, Usage, parse_tier
from aichat.core.catalogue.model import Model
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.request import Request
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import utc_day
from aichat.disk.catalogue import models
from aichat.net.transport import gate

#: Every wire's field for the tier.
_TIER_FIELDS = ("speed", "service_tier", "serviceTier")


def with_cost(
    answer: Answer, request: Request, target: Endpoint, plan: str | None, now: float
) -> Answer:
    """The answer with its cost, as far as that is known.

    What the provider reports wins; else the catalogue's price times what was used. ``plan``
    is the ``tier`` that is set: of it only how an account is billed counts here, since what a
    request asks for is in the request. ``now``: seconds since 1970.
    """
    if target.provider.engine is not None:  # it ran locally
        return answer._replace(cost=Cost(0, source="catalogue"), saved=0)
    if gate.plays_back():
        return answer._replace(cost=Cost(0, source="replay"), saved=0)
    used, guessed = _estimate_usage(answer, request)
    found = bill_for(
        target, answer, request, used, _price_terms(answer, request, target, plan, now)
    )
    if found is None:
        return answer
    saved = found.saved if answer.usage.cached_input or answer.usage.cache_write else None
    if answer.cost is not None:
        same = answer.cost.currency == found.cost.currency
        return answer._replace(saved=saved if same else None)
    estimated = (found.cost.estimated or guessed) and found.cost.amount > 0
    return answer._replace(cost=found.cost._replace(estimated=estimated), saved=saved)


def load_prices(target: Endpoint, model: str) -> None:
    """Load the prices of this model, to be ready for the bill."""
    if target.provider.engine is None:
        _model(target.provider.id, model)


def bill_for(
    target: Endpoint, answer: Answer, request: Request, used: Usage, terms: PriceTerms
) -> Bill | None:
    """The bill by the model that answered, or else by the one that was asked."""
    provider = target.provider.id
    model = _model(provider, answer.model, request.model)
    if model is None and terms.tier != "free":
        return None
    prices = model.prices if model else ()
    found = compute_bill(used, answer.detail, prices, terms, models.services(provider))
    other = not answer.model.startswith(request.model)
    if found and other and model and model.id == request.model:
        assumed = (*found.assumed, f"{answer.model} answered, but its price is unknown")
        return found._replace(cost=found.cost._replace(estimated=True), assumed=assumed)
    return found


def _model(provider: str, *names: str) -> Model | None:
    """The first of these that has prices."""
    found = (models.find(provider, name) for name in names)
    return next((model for model in found if model and model.prices), None)


def _estimate_usage(answer: Answer, request: Request) -> tuple[Usage, bool]:
    """The usage, and whether it had to be estimated from the messages."""
    usage, message = answer.usage, answer.message
    cut = answer.finish_reason in (None, "cancelled")
    known = usage.input is not None and usage.output is not None
    if not message.parts or (known and not cut):
        return usage, False
    came = token_estimate.estimate_message(message)
    asked = (
        sum(map(token_estimate.estimate_message, request.messages))
        if usage.input is None
        else usage.input
    )
    return usage._replace(input=asked, output=max(came, usage.output or 0)), True


def _price_terms(
    answer: Answer, request: Request, target: Endpoint, plan: str | None, now: float
) -> PriceTerms:
    asked = parse_tier(
        *_requested_tiers(request.settings.options), *_requested_tiers(target.defaults)
    )
    asked = None if asked == "standard" else asked
    plan = plan if plan in ACCOUNT_TIERS else None
    tier = "free" if plan == "free" else answer.detail.tier or asked or plan or "standard"
    sure = answer.detail.tier is not None or asked is None or plan == "free"
    return PriceTerms(
        tier, models.region(target.provider, target.region, target.base_url), utc_day(now), sure
    )


def _requested_tiers(fields: Mapping[str, Any]) -> Iterator[Any]:
    return (fields[name] for name in _TIER_FIELDS if name in fields)
