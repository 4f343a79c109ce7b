"""``aichat models``: the available models, their abilities and their prices."""

from collections.abc import Sequence
from typing import Any

from aichat.app.models import completion_names
from aichat.app.models.inventory import KnownModel
from aichat.app.models.sources import ModelSources, open_sources, unknown_model_error
from aichat.commands.models import json, table
from aichat.commands.models.options import OPTIONS, QUERY, ModelsOptions
from aichat.core.billing.money import parse_money
from aichat.core.catalogue import search
from aichat.core.catalogue.model import Model
from aichat.core.cli.argv import Command
from aichat.disk.cache import notices
from aichat.errors import usage_error
from aichat.process.world import World

_WEEK = 7 * 86_400.0  # seconds


def run(world: World, options: ModelsOptions) -> int:
    """List the matching models, or show the best match."""
    wanted = _parse_filter(options)
    query = " ".join(options.query)
    if options.show and not query and not options.provider:
        raise usage_error("--show needs a model", "example: aichat models --show sonnet")
    sources = open_sources(world, options.config_dir, options.provider)
    if options.retiring:
        if options.show:
            raise usage_error("--retiring and --show cannot be combined")
        from aichat.commands.models.retiring import show_retiring

        return show_retiring(sources, options.query, as_json=options.json)
    if options.show:
        from aichat.commands.models.show import show_model

        return show_model(sources, options, query)
    code, chosen = _refresh(sources, options)
    if not chosen:
        return code
    found = [known for provider in chosen for known in sources.models(provider)]
    rows = _select_models(sources, found, wanted, query, options.sort)
    _print(sources, options, rows)
    completion_names.update_config(world, sources.inventory.config)
    if not options.live:
        tell_age(sources)
    return code


def _refresh(sources: ModelSources, options: ModelsOptions) -> tuple[int, Sequence[Any]]:
    """The exit code so far, and the providers to list; with ``--live`` those that answered."""
    if not options.live:
        return 0, sources.providers
    from aichat.commands.models.live import refresh_lists

    outcomes = refresh_lists(sources, named=bool(options.provider))
    answered = [outcome.provider for outcome in outcomes if outcome.fault is None]
    answered += [provider for provider in sources.providers if provider.engine]
    failed = next((outcome.fault for outcome in outcomes if outcome.fault), None)
    if failed and not any(outcome.fault is None for outcome in outcomes):
        return failed.exit_code, ()
    return failed.exit_code if failed else 0, answered


def _select_models(
    sources: ModelSources,
    found: Sequence[KnownModel],
    model_filter: search.ModelFilter,
    query: str,
    sort: str | None,
) -> list[KnownModel]:
    """The matching models, in order. Errors: ``not_found`` if the query matches none."""
    day = sources.price_context()
    rows = {id(known.model): known for known in found}
    models = [known.model for known in found]
    if query:
        models = search.rank_models(models, query)
        if not models and found:
            raise unknown_model_error(query, found)
    fitting = [model for model in models if search.matches(model, model_filter, day)]
    if model_filter.price is not None:
        _tell_other_money(sources.world, models, model_filter, day)
    if sort == "price":
        fitting = search.sort_by_price(fitting, day)
    elif sort == "context":
        fitting = search.sort_by_context(fitting)
    elif sort == "name":
        fitting = search.sort_by_name(fitting)
    if query and not fitting and models:
        _tell_filtered(sources.world, models)
    return [rows[id(model)] for model in fitting]


def _tell_filtered(world: World, models: Sequence[Model]) -> None:
    """Say why a query that matches models shows none of them."""
    gone = [model for model in models if model.status == "retired"]
    if len(gone) == len(models):
        world.say(f"aichat: {gone[0].provider}/{gone[0].id} is retired: --all shows it")
    else:
        some = f"{models[0].provider}/{models[0].id}"
        world.say(f"aichat: {some} is not known to match these filters")


def _tell_other_money(
    world: World,
    models: Sequence[Model],
    model_filter: search.ModelFilter,
    price_context: search.PriceContext,
) -> None:
    """Say how many models would match but are billed in another currency."""
    open_ = model_filter._replace(price=None)
    prices = [
        price_context.price(model)
        for model in models
        if search.matches(model, open_, price_context)
    ]
    other = [p.currency for p in prices if p and p.currency != model_filter.currency]
    for currency in sorted(set(other)):
        many = other.count(currency)
        hint = f"--max-price AMOUNT{currency} includes those"
        world.say(f"aichat: {many} billed in {currency} not shown: {hint}")


def _parse_filter(options: ModelsOptions) -> search.ModelFilter:
    """The filter for the options. Errors: ``usage``."""
    price, currency = None, "USD"
    if options.max_price is not None:
        try:
            price, currency = parse_money(options.max_price)  # billionths per million: 1e-15 each
        except ValueError:
            raise usage_error(
                f"--max-price {options.max_price}: not a price", "examples: 2.5, 10CNY"
            ) from None
    return search.ModelFilter(
        vision=options.vision,
        tools=options.tools,
        reasoning=options.reasoning,
        search=options.search,
        price=price,
        currency=currency,
        context=_parse_tokens(options.min_context),
        retired=options.all,
        use=options.for_ or "chat",
    )


def _parse_tokens(text: str | None) -> int | None:
    """A count such as ``200000``, ``200k`` or ``1M``. Errors: ``usage``."""
    if text is None:
        return None
    number, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "")
    if not number.isdecimal() or len(number) > 18 or unit not in _TOKEN_UNITS:
        raise usage_error(f"--min-context {text}: not a number of tokens", "examples: 200k, 1M")
    return int(number) * _TOKEN_UNITS[unit]


_TOKEN_UNITS = {"": 1, "k": 1000, "m": 1_000_000}


def _print(sources: ModelSources, options: ModelsOptions, rows: Sequence[KnownModel]) -> None:
    day = sources.price_context()
    if options.json:
        sources.world.write_json([json.model_entry(known, day) for known in rows])
        return
    if options.for_ not in (None, "chat"):
        from aichat.commands.models.uses import use_table

        sources.world.write_text(use_table(sources.world, rows, day))
        return
    grouped = not options.sort and not options.query
    sources.world.write_text(table.model_table(sources.world, rows, day, grouped=grouped))


def tell_age(sources: ModelSources) -> None:
    """Say that the lists are old, at most once a week."""
    old = sources.oldest_stale()
    if old is None or not notices.mark_if_due(
        sources.inventory.cache, "catalogue", sources.world.clock.now(), _WEEK
    ):
        return
    days, date = old
    why = f"the model catalogue is {days} days old (from {date})"
    sources.world.say(f"aichat: {why}; update it with aichat models --live")


COMMAND = Command(
    name="models",
    summary="List models, their capabilities and prices.",
    examples=(
        "aichat models sonnet",
        "aichat models --vision --max-price 2 --sort price",
    ),
    options=OPTIONS,
    arguments=(QUERY,),
    run=run,
    reads=ModelsOptions,
)
