"""The cost of images and videos, estimated before the request and computed after it."""

from collections.abc import Sequence

from aichat.app.calls.resource import ResourceContext
from aichat.core.billing.money import Cost
from aichat.core.billing.price import Price, find_price, round_to_billionths
from aichat.core.text.dates import utc_day
from aichat.disk.catalogue import models


def price_row(context: ResourceContext, model: str) -> Price | None:
    """The row of a model's prices that applies now, in this region."""
    endpoint = context.endpoint
    found = models.find(endpoint.provider.id, model.removeprefix("models/"))
    region = models.region(endpoint.provider, endpoint.region, endpoint.base_url)
    day = utc_day(context.world.clock.now())
    return find_price(found.prices, "standard", region, day, 0) if found else None


def unit_cost(row: Price | None, units: Sequence[str], amount: float) -> Cost | None:
    """The cost of ``amount`` in the first of the ``units`` that has a price."""
    unit = next((name for name in units if row and name in row.rates), None)
    if row is None or unit is None:
        return None
    rate = {**row.rates, **row.most}[unit]
    return Cost(round_to_billionths(round(rate * amount)), row.currency, True, "catalogue")


def token_cost(row: Price | None, counts: Sequence[tuple[Sequence[str], int]]) -> Cost | None:
    """The cost of token counts, each at the first kind with a price; None if one has none."""
    costs = [unit_cost(row, units, tokens) for units, tokens in counts if tokens]
    if row is None or not costs or None in costs:
        return None
    return Cost(sum(cost.amount for cost in costs if cost), row.currency, True, "catalogue")
