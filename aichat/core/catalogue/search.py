"""Finding models: by an inexact name, by abilities, by price."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aichat.core.billing.price import Price, find_price
from aichat.core.catalogue.model import STATUSES, Model
from aichat.values import NamedTuple

#: The inputs that count as vision.
_VISUAL_INPUTS = ("image", "video", "pdf")


class PriceContext(NamedTuple):
    """When and where a price applies: an ISO day, and each provider's region."""

    day: str
    regions: Callable[[str], str]

    def price(self, model: Model) -> Price | None:
        """The price of a short prompt; the free tier's if the model has no other."""
        where = self.regions(model.provider)
        return find_price(model.prices, "standard", where, self.day, 0) or find_price(
            model.prices, "free", where, self.day, 0
        )


class ModelFilter(NamedTuple):
    """What a model must have. ``price``: the most a token may cost, of input and of output."""

    vision: bool = False
    tools: bool = False
    reasoning: bool = False
    search: bool = False
    price: int | None = None  # quadrillionths per token
    currency: str = "USD"
    context: int | None = None  # tokens
    retired: bool = False
    use: str = "chat"


def matches(model: Model, wanted: ModelFilter, day: PriceContext) -> bool:
    """Whether a model is known to have all that is wanted; the unknown does not match."""
    if wanted.use not in model.what_for or model.status == "not an id":
        return False
    if model.status == "retired" and not wanted.retired:
        return False
    able = (
        (wanted.vision, takes_images(model)),
        (wanted.tools, model.tools),
        (wanted.reasoning, model.card.can_reason),
        (wanted.search, model.search),
        (wanted.context is not None, (model.context or 0) >= (wanted.context or 0)),
        (wanted.price is not None, _is_affordable(model, wanted, day)),
    )
    return all(has for asked, has in able if asked)


def takes_images(model: Model) -> bool:
    """Whether it takes pictures."""
    return any(kind in model.inputs for kind in _VISUAL_INPUTS)


def _is_affordable(model: Model, wanted: ModelFilter, day: PriceContext) -> bool:
    price = day.price(model)
    if price is None or price.currency != wanted.currency:
        return False
    both = [price.rates.get(what) for what in ("input", "output")]
    return all(amount is not None and amount <= (wanted.price or 0) for amount in both)


# -- by a word


def rank_models(models: Iterable[Model], query: str) -> list[Model]:
    """The models that a query may mean, the best match first.

    Where nothing contains it as it is, its words may be scattered; failing that, it may be
    an abbreviation: ``gptmn`` is ``gpt-5-mini``.
    """
    wanted = query.lower().strip()
    found = [(rank, model) for model in models if (rank := _rank(wanted, model)) is not None]
    least = min((rank for rank, _ in found), default=0)
    kept = [pair for pair in found if pair[0] <= max(least, _PART)]
    kept.sort(key=lambda pair: (pair[0], *_tie_break(pair[1])))
    return [model for _, model in kept]


_EXACT, _BEGINNING, _PART, _WORDS, _SCATTERED = range(5)


def _rank(wanted: str, model: Model) -> int | None:
    """How closely a query matches a model's names; None if it does not."""
    ids = [model.id.lower(), *(alias.lower() for alias in model.aliases)]
    full = [f"{model.provider}/{name}" for name in (*ids, *model.roles)]
    if wanted in ids or wanted in full:
        return _EXACT
    said, names = plain_name(wanted), [*map(plain_name, (*ids, *full))]
    if any(name.startswith(said) for name in names):
        return _BEGINNING
    whole = "  ".join((*names, plain_name(model.name)))
    if said in whole:
        return _PART
    if all(word in whole for word in said.split(" ")):
        return _WORDS
    return _SCATTERED if _abbreviates(said.replace(" ", ""), names[len(ids)]) else None


def _abbreviates(letters: str, name: str) -> bool:
    """Whether the letters abbreviate a name: in order, each word used from its first letter on."""
    for word in name.split(" "):
        if word.startswith(letters[:1]):
            for letter in word:
                letters = letters.removeprefix(letter)
    return not letters


def plain_name(name: str) -> str:
    """A name in lower case with every separator as a space."""
    return re.sub(r"[\s/:_.-]+", " ", name.lower()).strip()


def close_model(word: str, known: Iterable[str]) -> str:
    """The shortest name that contains all parts of ``word``; empty if there is none."""
    found = matching_names(word, known)
    return min(found, key=lambda name: (len(name), name), default="")


def matching_names(words: str, known: Iterable[str]) -> list[str]:
    """The names that contain all the words, whatever their separators."""
    parts = plain_name(words).split(" ")
    return [name for name in known if all(part in plain_name(name) for part in parts)]


def _tie_break(model: Model) -> tuple[Any, ...]:
    """The order among equal matches: current first, then recommended, then short."""
    place = STATUSES.index(model.status) if model.status in STATUSES else 0
    return (place, not model.roles, len(model.id))


# -- in order


def sort_by_price(models: Iterable[Model], day: PriceContext) -> list[Model]:
    """The cheapest first, each currency by itself, those without a price last."""

    def key(model: Model) -> tuple[Any, ...]:
        price = day.price(model)
        if price is None or "input" not in price.rates:
            return (2, "", 0, 0)
        other = price.currency != "USD"
        return (other, price.currency, price.rates["input"], price.rates.get("output", 0))

    return sorted(models, key=key)


def sort_by_context(models: Iterable[Model]) -> list[Model]:
    """The largest context first, the unknown last."""
    return sorted(models, key=lambda model: -(model.context or 0))


def sort_by_name(models: Iterable[Model]) -> list[Model]:
    """By id, without regard to the provider's prefix."""
    return sorted(models, key=lambda model: (model.id.rpartition("/")[2].lower(), model.provider))


def model_names(models: Sequence[Model]) -> list[str]:
    """Every name a user may have meant: with and without the provider in front."""
    bare = [name for model in models for name in (model.id, *model.aliases)]
    return [*bare, *(f"{model.provider}/{model.id}" for model in models)]
