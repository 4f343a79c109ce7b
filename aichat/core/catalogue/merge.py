"""What the catalogue knows of a model, and what its provider's own list says, as one."""

from typing import Any

from aichat.core.billing.price import Price, find_price
from aichat.core.catalogue.card import EFFORTS, Card
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.model_list import ListedModel


def merge_model(known: Model, listed: ListedModel, source: str, day: str) -> Model:
    """``known``, updated by what its provider's list said on ``day`` (ISO).

    The list takes precedence; what it leaves open stays as it was.
    """
    features = {"tools": "tools", "search": "search", "structured": "structured"}
    fresh: dict[str, Any] = {
        "name": listed.name,
        "context": listed.context,
        "max_output": listed.max_output,
        "inputs": listed.inputs,
        "outputs": listed.outputs,
        "retires": listed.retires,
        "aliases": tuple(dict.fromkeys((*known.aliases, *listed.aliases))),
        **{field: True for field, name in features.items() if name in listed.features},
    }
    return known._replace(
        **{name: value for name, value in fresh.items() if value not in (None, (), "")},
        status=_merge_status(known, listed),
        card=merge_card(known.card, listed),
        prices=_merge_prices(known.prices, listed, source, day),
        sources=tuple(dict.fromkeys((*known.sources, (source, day)))),
    )


def _merge_status(known: Model, listed: ListedModel) -> str:
    """The model's status: one that is listed is served, whatever the catalogue says."""
    return listed.status or ("deprecated" if known.status == "retired" else known.status)


def merge_card(card: Card, listed: ListedModel) -> Card:
    """The card that steers requests, with what the list adds to it."""
    levels = tuple(level for level in EFFORTS if level in listed.efforts)
    if card.control is None and levels:
        card = card._replace(control="effort", efforts=levels)
    most = card.max_output if card.max_output is not None else listed.max_output
    return card._replace(id=card.id or listed.id, max_output=most)


def _merge_prices(
    known: tuple[Price, ...], listed: ListedModel, source: str, day: str
) -> tuple[Price, ...]:
    """The prices, with a row for the list's own where those differ from what is known."""
    if not listed.rates:
        return known
    before = find_price(known, "standard", "", day, 0)
    rates = dict(before.rates) if before else {}
    if all(rates.get(what) == amount for what, amount in listed.rates.items()):
        return known
    new = Price({**rates, **listed.rates}, since=day, source=source, date=day)
    return (*known, new)
