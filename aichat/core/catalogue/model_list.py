"""What a provider's own list says of its models, in one shape for all providers.

Source: the types of the official SDKs, and recorded lists of each provider.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from aichat.values import NamedTuple


class Listing(NamedTuple):
    """How a provider's own list of models differs from the usual one of its wire.

    ``prices`` maps a field of an entry (a dotted name) to what it is the price of, by the names
    of ``price.UNITS``, and to how many quadrillionths (1e-15) of a dollar 1 in that field is.
    """

    path: str = "/models"  # after the base URL
    single: bool = False  # one model can be fetched by itself, at PATH/ID
    open: bool = False  # it needs no key
    silent: str = ""  # a pattern of ids that cannot chat
    prices: Mapping[str, tuple[str, int]] = {}


class ListedModel(NamedTuple):
    """One model of a provider's list; ``raw`` is the untouched entry.

    ``features`` are in our own words (``tools``, ``reasoning``, ``search``,
    ``structured``, ``json``, ``batch`` and so on) where we have any. ``rates`` are
    quadrillionths (1e-15) of a US dollar for one token or one search.
    """

    id: str
    name: str | None = None
    context: int | None = None  # tokens
    max_output: int | None = None  # tokens
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    efforts: tuple[str, ...] = ()
    created: int | None = None  # seconds since 1970
    status: str | None = None  # current, deprecated, retired
    retires: str | None = None  # a date
    aliases: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = {}
    rates: Mapping[str, int] = {}
    raw: Any = None


def unique_models(found: Iterable[ListedModel], listing: Listing) -> list[ListedModel]:
    """The models of a list, each with its prices; of two with the same id, the first."""
    first: dict[str, ListedModel] = {}
    for model in found:
        first.setdefault(model.id, model)
    return [with_prices(model, listing) for model in first.values()]


def bound_model(model: ListedModel) -> ListedModel | None:
    """The model with overlong texts cut; None if its id itself is too long.

    The raw entry is dropped if it is larger than any real one.
    """
    if len(model.id) > _MAX_TEXT:
        return None
    cut: dict[str, Any] = {
        name: value[:_MAX_TEXT] if isinstance(value, str) else _bound_list(value)
        for name, value in model._asdict().items()
        if isinstance(value, str | tuple)
    }
    size = entry_size(model.raw)
    cut["raw"] = model.raw if size <= _MAX_ENTRY else None
    small = entry_size(model.defaults) <= _MAX_ENTRY
    return model._replace(**cut, defaults=model.defaults if small else {})


def entry_size(value: Any) -> int:
    """The characters of a value as JSON; above the maximum if it cannot be written."""
    try:
        return len(json.dumps(value, ensure_ascii=False))
    except (ValueError, TypeError, RecursionError):
        return _MAX_ENTRY + 1


def _bound_list(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(item[:_MAX_TEXT] if isinstance(item, str) else item for item in value[:_MAX_ITEMS])


#: The maximum characters of a name, items of a list, and characters of an entry.
_MAX_TEXT, _MAX_ITEMS, _MAX_ENTRY = 300, 64, 16_384


def find_model(models: Iterable[ListedModel], name: str) -> ListedModel | None:
    """The model that has ``name`` as its id or an alias, if there is one."""
    return next((model for model in models if name in (model.id, *model.aliases)), None)


def can_answer(model: ListedModel, listing: Listing) -> bool:
    """Whether a model answers text with text, and is not for sound, pictures or vectors."""
    if model.outputs and "text" not in model.outputs:
        return False
    if model.inputs and "text" not in model.inputs:
        return False
    return not (listing.silent and re.search(listing.silent, model.id))


def with_prices(model: ListedModel, listing: Listing) -> ListedModel:
    """The model with the prices in its raw entry, if the provider's list has any.

    If all are zero, the server does not know its prices.
    """
    found = {
        what: amount
        for field, (what, unit) in listing.prices.items()
        if (amount := _amount(model.raw, field, unit)) is not None
    }
    return model._replace(rates=found if any(found.values()) else {})


def _amount(entry: Any, field: str, unit: int) -> int | None:
    """The price at ``field``, a dotted name, in quadrillionths; None if there is none."""
    from decimal import Decimal  # here, since few lists have prices

    for name in field.split("."):
        entry = entry.get(name) if isinstance(entry, dict) else None
    if isinstance(entry, bool) or not isinstance(entry, str | int | float):
        return None
    try:
        amount = Decimal(str(entry)) * unit
    except ArithmeticError:
        return None
    return int(amount) if amount.is_finite() and 0 <= amount < 10**15 else None


def texts(value: Any) -> tuple[str, ...]:
    """The strings in a list; empty if it is no list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def parse_day(value: Any) -> str | None:
    """The date at the beginning of an RFC 3339 time, or None."""
    text = value[:10] if isinstance(value, str) else ""
    return text if len(text) == 10 and text[4] == text[7] == "-" else None


def dump_model(model: ListedModel) -> dict[str, Any]:
    """The model as a JSON object, without the unknown fields."""
    return {name: value for name, value in model._asdict().items() if value not in (None, (), {})}


def load_model(value: Mapping[str, Any]) -> ListedModel:
    """The inverse of ``dump_model``; unknown fields are ignored."""
    lists = ("inputs", "outputs", "features", "efforts", "aliases")
    known = {name: value[name] for name in ListedModel._fields if name in value}
    return ListedModel(**{**known, **{name: texts(known[name]) for name in lists if name in known}})
