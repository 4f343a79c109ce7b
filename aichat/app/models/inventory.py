"""All models that are known: the catalogue's, those of the providers' own lists, the user's own."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from aichat.core.billing.price import Price
from aichat.core.catalogue.merge import merge_model
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.model_list import ListedModel, can_answer
from aichat.core.config.schema import Config
from aichat.core.provider.engine import Engine
from aichat.core.provider.provider import Provider
from aichat.core.text.dates import utc_day
from aichat.disk.cache import model_lists
from aichat.disk.catalogue import cards
from aichat.disk.catalogue import models as listing
from aichat.disk.files import gguf
from aichat.values import NamedTuple


class KnownModel(NamedTuple):
    """A model; what its provider's own list says of it, if that was asked.

    ``is_listed``: whether it is in that list; None where the list was never asked for.
    """

    model: Model
    is_listed: bool | None = None
    entry: ListedModel | None = None


class InventoryContext(NamedTuple):
    """Where it is looked: the cache, the folder whose files count, the user's config."""

    cache: Path
    folder: Path
    config: Config


def known_models(
    provider: Provider, inventory: InventoryContext, live_list: model_lists.CachedModelList | None
) -> list[KnownModel]:
    """The models of one provider; ``listed_models`` is its own list, where that is known."""
    return _merge_live(list(_offline_models(provider, inventory)), live_list, provider)


def _offline_models(provider: Provider, inventory: InventoryContext) -> Iterator[Model]:
    """What is known without asking: the catalogue's, the config's, files."""
    shipped = listing.load(provider.id).models
    table = inventory.config.providers.get(provider.id, {})
    names, context = table.get("models", ()), table.get("context")
    for model in shipped.values():
        yield _local_model(model, provider.engine, context) if provider.engine else model
    for name in dict.fromkeys(names):
        if name not in shipped:
            yield Model(provider.id, name, context=context, note="from the config")
    if provider.engine:
        yield from _model_files(
            provider.id, context or provider.engine.context, inventory, {*shipped, *names}
        )


#: What runs on this machine costs nothing.
_FREE_PRICES = (Price({"input": 0, "output": 0}, tier="free"),)


def _local_model(model: Model, engine: Engine, context: int | None) -> Model:
    """A model that runs in this process: how much it is given, and how to get it if it is not."""
    model = model._replace(context=context or model.context or engine.context, prices=_FREE_PRICES)
    bundled = engine.bundled
    if model.id != bundled.name or gguf.find_packaged(bundled):
        return model
    return model._replace(note=f"not installed: {bundled.install}")


def _model_files(
    provider: str, context: int, inventory: InventoryContext, named: set[str]
) -> Iterator[Model]:
    """The GGUF files of the folder, as they would be asked."""
    try:
        found = sorted(path.name for path in inventory.folder.glob("*.gguf"))
    except OSError:
        return
    for name in found:
        if name not in named:
            note = "a file in this folder"
            yield Model(provider, name, context=context, prices=_FREE_PRICES, note=note)


def _merge_live(
    own: list[Model], live_list: model_lists.CachedModelList | None, provider: Provider
) -> list[KnownModel]:
    """Every model, with what the provider's list says of it; then those that only it has."""
    if live_list is None:
        return [KnownModel(model) for model in own]
    names = {name: model.id for model in own for name in (model.id, *model.aliases)}
    lists = _group_by_model(live_list.models, names)
    when = utc_day(live_list.at)
    source = f"{provider.name}'s own list"
    rows = []
    for model in own:
        entries = lists.pop(model.id, [])
        if entries:
            fresh = merge_model(model, entries[0], source, when)
            dated = [entry.id for entry in entries if entry.id != model.id]
            fresh = fresh._replace(aliases=tuple(dict.fromkeys((*fresh.aliases, *dated))))
            rows.append(KnownModel(fresh, True, entries[0]))
        else:
            rows.append(KnownModel(model, False))
    for name, entries in lists.items():
        if not can_answer(entries[0], provider.listing):
            continue
        new = merge_model(Model(provider.id, name), entries[0], source, when)
        rows.append(KnownModel(new, True, entries[0]))
    return rows


def _group_by_model(
    listed_models: Iterable[ListedModel], names: Mapping[str, str]
) -> dict[str, list[ListedModel]]:
    """The entries by the model that they are of, itself before its dated snapshots."""
    found: dict[str, list[ListedModel]] = {}
    for entry in listed_models:
        known = next((names[n] for n in (entry.id, *entry.aliases) if n in names), None)
        found.setdefault(known or names.get(cards.strip_date(entry.id), entry.id), []).append(entry)
    return {name: _sort_exact_first(entries, name) for name, entries in found.items()}


def _sort_exact_first(entries: list[ListedModel], name: str) -> list[ListedModel]:
    """The entry of this id before those of its snapshots."""
    return sorted(entries, key=lambda entry: entry.id != name)


#: Days after which what is known of models has to be asked for again.
MAX_AGE_DAYS = 60


def stale_days(shipped: str, fetched_at: float | None, now: float) -> int | None:
    """The age in days of the newer of catalogue and list, if it is over ``MAX_AGE_DAYS``."""
    today = date.fromisoformat(utc_day(now))
    days = [(today - date.fromisoformat(day)).days for day in (shipped, utc_day(fetched_at)) if day]
    return min(days) if days and min(days) > MAX_AGE_DAYS else None
