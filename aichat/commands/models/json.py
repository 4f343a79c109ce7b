"""Models as JSON: all keys are always present, with null for unknown values."""

from typing import Any

from aichat.app.models.inventory import KnownModel
from aichat.core.billing.price import Price, format_price
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.search import PriceContext, takes_images


def model_entry(known: KnownModel, price_context: PriceContext) -> dict[str, Any]:
    """One model. Prices are per million tokens or 1000 searches, as published."""
    model = known.model
    price = price_context.price(model)
    return {
        "provider": model.provider,
        "model": model.id,
        "name": model.name or None,
        "status": model.status,
        "listed": known.is_listed,
        "roles": [*model.roles],
        "aliases": [*model.aliases],
        "context": model.context,
        "max_output": model.max_output,
        "inputs": [*model.inputs],
        "outputs": [*model.outputs],
        "for": sorted(model.what_for),
        "vision": takes_images(model) if model.inputs else None,
        "tools": model.tools,
        "reasoning": _can_reason(model),
        "efforts": [*model.card.efforts],
        "search": model.search,
        "structured": model.structured,
        "price": _price(price) if price else None,
        "prices": [_price(row) for row in model.prices],
        "limits": [limit._asdict() for limit in model.limits],
        "released": model.released,
        "deprecated": model.deprecated,
        "retires": model.retires,
        "successor": model.successor,
        "note": model.note or None,
        "sources": [{"source": source, "date": date} for source, date in model.sources],
    }


def _can_reason(model: Model) -> bool | None:
    return None if model.card.control is None else model.card.can_reason


def _price(price: Price) -> dict[str, Any]:
    return {
        "tier": price.tier,
        "region": price.region or None,
        "above": price.above,
        "since": price.since or None,
        "until": price.until or None,
        "currency": price.currency,
        "rates": {what: _number(n, what) for what, n in price.rates.items()},
        "most": {what: _number(n, what) for what, n in price.most.items()},
        "source": price.source,
        "date": price.date,
    }


def _number(amount: int, what: str) -> float:
    return float(format_price(amount, what))
