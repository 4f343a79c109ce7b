"""What a provider charges beside the tokens of a question, by the catalogue."""

from collections.abc import Callable

from aichat.core.billing.money import Cost
from aichat.core.billing.price import find_service_price, round_to_billionths
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import utc_day
from aichat.disk.catalogue import models


def service_cost(
    target: Endpoint, model: str, amount: tuple[str, int], now: Callable[[], float]
) -> Cost | None:
    """What so much of a unit (of ``price.UNITS``) costs with a model; a range by its upper end.

    None where no price is known. ``now``: seconds since 1970.
    """
    unit, count = amount
    known = models.find(target.provider.id, model.removeprefix("models/"))
    region = models.region(target.provider, target.region, target.base_url)
    price = find_service_price(
        *(models.services(target.provider.id), unit, known.id if known else model),
        *(region, utc_day(now())),
    )
    if price is None:
        return None
    rate = {**price.rates, **price.most}[unit]
    return Cost(round_to_billionths(rate * count), price.currency, True, "catalogue")
