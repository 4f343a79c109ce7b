"""The table of models for other uses than chat, with prices in their own units."""

from collections.abc import Mapping, Sequence

from aichat.app.models.inventory import KnownModel
from aichat.commands.models.table import full_name, notes
from aichat.core.billing.price import UNITS, Price, format_price
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.search import PriceContext
from aichat.process.world import World
from aichat.term.widgets.table import format_table

_HEAD, _TSV_HEAD = (
    ("model", "price"),
    ("provider", "model", "price", "currency", "region", "retires", "status"),
)

#: Labels of prices; others are labelled by their names.
_WORDS: Mapping[str, str] = {
    "input": "in",
    "output": "out",
    "cached": "cached",
    "audio_input": "audio in",
    "audio_cached": "audio cached",
    "audio_output": "audio out",
    "image_input": "image in",
    "image_cached": "image cached",
    "image_output": "image out",
    "video_input": "video in",
    "video_output": "video out",
}

#: Labels of amounts other than one unit.
_AMOUNTS = {1_000_000: "million ", 1_000: "1,000 "}


_ARTICLES = {1_000: "for"}


def use_table(world: World, rows: Sequence[KnownModel], context: PriceContext) -> str:
    """The whole table: aligned on a terminal, tab-separated in a pipe."""
    priced = [(known, _price_of(known.model, context)) for known in rows]
    if not world.stdout_tty or world.is_read_aloud:
        cells = [_tsv_cells(known.model, price) for known, price in priced]
        return format_table(_TSV_HEAD, cells, terminal=False)
    lines = [
        (full_name(known.model), "; ".join(filter(None, (words, notes(known)))))
        for known, price in priced
        for words in [_price_words(price, context, known.model)]
    ]
    return format_table(_HEAD, lines, terminal=True, columns=world.columns()) if lines else ""


def _price_of(model: Model, context: PriceContext) -> Price | None:
    """A model's price in this region, or otherwise elsewhere."""
    elsewhere = (
        row
        for row in model.prices
        if row.applies_to("standard", row.region, context.day) and not row.above
    )
    return context.price(model) or next(elsewhere, None)


def _tsv_cells(model: Model, price: Price | None) -> tuple[str, ...]:
    rates = price.rates if price else {}
    told = ",".join(f"{what}={format_price(rates[what], what)}" for what in UNITS if what in rates)
    place = (price.currency, price.region) if price else ("", "")
    return (model.provider, model.id, told, *place, model.retires or "", model.status)


def _price_words(price: Price | None, context: PriceContext, model: Model) -> str:
    """``0.27 USD an hour``; ``in 5, image out 30 USD a million tokens``."""
    if price is None or not price.rates:
        return "-"
    if not any((*price.rates.values(), *price.most.values())):
        return "free"
    told = [_unit_words(price, unit) for unit in dict.fromkeys(map(_unit_of, price.rates))]
    here = context.regions(model.provider)
    where = f" ({price.region})" if price.region and price.region != here else ""
    return "; ".join(told) + where


def _unit_of(what: str) -> tuple[str, int]:
    return UNITS[what]


def _unit_words(price: Price, unit: tuple[str, int]) -> str:
    """All prices in one unit."""
    kinds = [what for what in UNITS if what in price.rates and UNITS[what] == unit]
    named = len(kinds) > 1 or kinds[0] in _WORDS
    name, count = unit
    told = ", ".join(
        f"{_kind_words(what, name)} {_amount(price, what)}".strip()
        if named
        else _amount(price, what)
        for what in kinds
    )
    article = "an" if count == 1 and name[0] in "aeiouh" else _ARTICLES.get(count, "a")
    many = f"{name}es" if name.endswith("ch") else f"{name}s"
    each = f"{_AMOUNTS[count]}{many}" if count > 1 else name
    return f"{told} {price.currency} {article} {each}"


def _kind_words(what: str, unit: str) -> str:
    """What is priced, without the unit that follows: ``video_second_480p`` is 480p."""
    if what in _WORDS:
        return _WORDS[what]
    before, found, rest = what.partition(unit)
    return " ".join((rest if found else before).split("_")).strip()


def _amount(price: Price, what: str) -> str:
    least = format_price(price.rates[what], what)
    most = format_price(price.most[what], what) if what in price.most else ""
    return f"{least} to {most}" if most else least
