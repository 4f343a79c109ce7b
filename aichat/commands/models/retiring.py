"""``aichat models --retiring``: the user's models that will soon be retired."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from aichat.app.models.sources import ModelSources
from aichat.app.setup.registry import parse_target
from aichat.commands.models.table import full_name
from aichat.core.billing.money import format_money
from aichat.core.billing.price import Price, format_price
from aichat.core.catalogue.model import Model
from aichat.core.config.schema import Config
from aichat.core.text.dates import parse_time, utc_day
from aichat.core.text.numbers import count_of
from aichat.disk.catalogue import cards
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple

#: The default span ahead, and the days of past use to consider.
_USUAL_SPAN, _USED_DAYS = "90d", 30

_HEAD = ("model", "retires", "use instead", "in / out per 1M tokens", "used in")
_TSV_HEAD = (
    *("provider", "model", "status", "retires", "used", "successor", "currency"),
    *("input", "output", "successor_input", "successor_output"),
)


class Use(NamedTuple):
    """A used model, and where it is used."""

    provider: str
    model: str
    where: str


class Retirement(NamedTuple):
    """A retiring model, where it is used, and today's prices of it and its successor."""

    model: Model
    used: tuple[str, ...]
    price: Price | None
    successor_price: Price | None


def show_retiring(sources: ModelSources, query: Sequence[str], *, as_json: bool) -> int:
    """Print what retires within the span in ``query``, by default ``90d``.

    Errors: ``usage`` for an invalid span.
    """
    world = sources.world
    span = " ".join(query) or _USUAL_SPAN
    found = list(_retirements(sources, _last_day(span, world.clock.now())))
    if as_json:
        world.write_json([_entry(one) for one in found])
    elif found:
        world.write_text(_table(world, found))
    if not found:
        world.say(f"aichat: nothing that you use retires within {span}")
    return 0


def _last_day(span: str, now: float) -> str:
    """The day (ISO, UTC) at the end of a span from now."""
    hint = "examples: aichat models --retiring, aichat models --retiring 30d"
    if span[:1].isdecimal() and span[-1:] in "hdw":
        with suppress(AichatError, OverflowError, ValueError):
            ahead = timedelta(seconds=now - parse_time(span, now))
            return (date.fromisoformat(utc_day(now)) + ahead).isoformat()
    raise usage_error(f"--retiring {span}: not a span of time", hint)


def _retirements(sources: ModelSources, last_day: str) -> Iterator[Retirement]:
    """The used models that retire by ``last_day``, by date, including those already retired."""
    places: dict[tuple[str, str], tuple[Model, list[str]]] = {}
    for use in _uses(sources):
        model = _find_model(sources, use.provider, use.model)
        if model and _retires(model, last_day):
            places.setdefault((model.provider, model.id), (model, []))[1].append(use.where)
    prices = sources.price_context()
    for model, used in sorted(places.values(), key=lambda pair: (pair[0].retires or "", pair[0])):
        heir = _find_model(sources, model.provider, model.successor or "")
        after = prices.price(heir) if heir else None
        yield Retirement(model, tuple(dict.fromkeys(used)), prices.price(model), after)


def _retires(model: Model, last_day: str) -> bool:
    if model.retires and model.status != "retired":
        return model.retires <= last_day
    return model.status == "retired" or (model.status == "deprecated" and bool(model.successor))


def _find_model(sources: ModelSources, provider: str, name: str) -> Model | None:
    """The model with this id or alias, or of which ``name`` is a dated snapshot."""
    if not name or provider not in sources.registry:
        return None
    known = [one.model for one in sources.models(sources.registry[provider])]
    wanted = cards.model_for_role(provider, name) or name
    for said in (wanted, cards.strip_date(wanted)):
        for model in known:
            if said in (model.id, *model.aliases):
                return model
    return None


# -- where models are used


def _uses(sources: ModelSources) -> Iterator[Use]:
    config = sources.inventory.config
    named = [*_profile_names(config), *((f"alias {n}", name) for n, name in config.aliases.items())]
    chosen = {provider.id for provider in sources.providers}
    for where, name in named:
        with suppress(AichatError):  # unknown names are skipped
            provider, model = parse_target(config, name)
            if model and provider in chosen:
                yield Use(provider, model, where)
    for use in _recent_uses(sources.world):
        if use.provider in chosen:
            yield use


def _profile_names(config: Config) -> Iterator[tuple[str, str]]:
    """Each profile's model and its fallbacks."""
    for name, table in config.profiles.items():
        if model := table.get("model"):
            provider = table.get("provider")
            yield f"profile {name}", f"{provider}/{model}" if provider else model
        for other in table.get("fallback", ()):
            yield f"fallback of profile {name}", other


def _recent_uses(world: World) -> Iterator[Use]:
    """The models asked in the last month, if the store can be read."""
    since = world.clock.now() - _USED_DAYS * 86_400
    try:
        store = Store.open_read_only(data_dir(world.environ))
        speeds = Ledger(store).speeds(since) if store else []
    except (sqlite3.Error, OSError) as error:
        world.say(f"aichat: warning: cannot read what was used last month: {error}")
        return
    for one in speeds:
        times = count_of(one.requests, "request")
        yield Use(one.provider, one.model, f"{times} in {_USED_DAYS} days")


# -- output


def _table(world: World, found: Sequence[Retirement]) -> str:
    if not world.stdout_tty:
        return format_table(_TSV_HEAD, [_tsv_cells(one) for one in found], terminal=False)
    rows = [_cells(one) for one in found]
    return format_table(_HEAD, rows, terminal=True, columns=world.columns())


def _cells(one: Retirement) -> tuple[str, ...]:
    model = one.model
    when = model.retires or "any day"
    return (
        full_name(model),
        f"gone {model.retires or ''}".rstrip() if model.status == "retired" else when,
        model.successor or "-",
        f"{_price_words(one.price)} -> {_price_words(one.successor_price)}",
        ", ".join(one.used),
    )


def _price_words(price: Price | None) -> str:
    """``$0.25 / $1.25``, from prices in quadrillionths per token."""
    if price is None or not {"input", "output"} <= price.rates.keys():
        return "?"
    return " / ".join(
        format_money(price.rates[what], price.currency) for what in ("input", "output")
    )


def _tsv_cells(one: Retirement) -> tuple[str, ...]:
    model, currency = (
        one.model,
        (one.successor_price or one.price or Price({}, currency="")).currency,
    )
    rates = [
        format_price(price.rates[what], what) if price and what in price.rates else ""
        for price in (one.price, one.successor_price)
        for what in ("input", "output")
    ]
    return (
        *(model.provider, model.id, model.status, model.retires or "", "; ".join(one.used)),
        *(model.successor or "", currency, *rates),
    )


def _entry(one: Retirement) -> dict[str, Any]:
    """A JSON entry, with prices per million tokens, as published."""
    model = one.model
    return {
        "provider": model.provider,
        "model": model.id,
        "status": model.status,
        "retires": model.retires,
        "used": [*one.used],
        "successor": model.successor,
        "price": _price_json(one.price),
        "successor_price": _price_json(one.successor_price),
    }


def _price_json(price: Price | None) -> dict[str, Any] | None:
    if price is None:
        return None
    rates = {
        w: float(format_price(price.rates[w], w)) for w in ("input", "output") if w in price.rates
    }
    return {"currency": price.currency, "input": rates.get("input"), "output": rates.get("output")}
