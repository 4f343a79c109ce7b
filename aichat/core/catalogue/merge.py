"""What the catalogue knows of a model, and what its provider's own list says, as one."""

from typing import Any

from aichat.core.billing.price import Price, row
from aichat.core.catalogue.card import EFFORTS, Card
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.model_list import Listed


def merged(known: Model, told: Listed, source: str, day: str) -> Model:
    """``known`` with what its provider's list told on ``day`` (ISO); it knows better.

    What the list leaves open stays as it was.
    """
    features = {"tools": "tools", "search": "search", "structured": "structured"}
    fresh: dict[str, Any] = {
        "name": told.name,
        "context": told.context,
        "max_output": told.max_output,
        "inputs": told.inputs,
        "outputs": told.outputs,
        "retires": told.retires,
        "aliases": tuple(dict.fromkeys((*known.aliases, *told.aliases))),
        **{field: True for field, name in features.items() if name in told.features},
    }
    return known._replace(
        **{name: value for name, value in fresh.items() if value not in (None, (), "")},
        status=_status(known, told),
        card=card_of(known.card, told),
        prices=_prices(known.prices, told, source, day),
        sources=tuple(dict.fromkeys((*known.sources, (source, day)))),
    )


def _status(known: Model, told: Listed) -> str:
    """A model that the list has is served, whatever the catalogue thought."""
    return told.status or ("deprecated" if known.status == "retired" else known.status)


def card_of(card: Card, told: Listed) -> Card:
    """What steers a request, with what the list adds to it."""
    levels = tuple(level for level in EFFORTS if level in told.efforts)
    if card.control is None and levels:
        card = card._replace(control="effort", efforts=levels)
    most = card.max_output if card.max_output is not None else told.max_output
    return card._replace(id=card.id or told.id, max_output=most)


def _prices(known: tuple[Price, ...], told: Listed, source: str, day: str) -> tuple[Price, ...]:
    """With a row of the list's prices, where they are not those that hold already."""
    if not told.rates:
        return known
    before = row(known, "standard", "", day, 0)
    rates = dict(before.rates) if before else {}
    if all(rates.get(what) == amount for what, amount in told.rates.items()):
        return known
    new = Price({**rates, **told.rates}, since=day, source=source, date=day)
    return (*known, new)
