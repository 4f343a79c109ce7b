"""All models that are known: the catalogue's, those of the providers' own lists, the user's own."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

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


class Known(NamedTuple):
    """A model; what its provider's own list ``told`` of it, if that was asked.

    ``listed``: whether it is in that list; None where the list was never asked for.
    """

    model: Model
    listed: bool | None = None
    told: ListedModel | None = None


class Place(NamedTuple):
    """Where it is looked: the cache, the folder whose files count, the user's config."""

    cache: Path
    beside: Path
    config: Config


def every(
    provider: Provider, place: Place, told: model_lists.CachedModelList | None
) -> list[Known]:
    """The models of one provider; ``told`` is its own list, where that is known."""
    return _with(list(_own(provider, place)), told, provider)


def _own(provider: Provider, place: Place) -> Iterator[Model]:
    """What is known without asking: the catalogue's, the config's, files."""
    shipped = listing.load(provider.id).models
    table = place.config.providers.get(provider.id, {})
    names, context = table.get("models", ()), table.get("context")
    for model in shipped.values():
        yield _here(model, provider.engine, context) if provider.engine else model
    for name in dict.fromkeys(names):
        if name not in shipped:
            yield Model(provider.id, name, context=context, note="from the config")
    if provider.engine:
        yield from _files(
            provider.id, context or provider.engine.context, place, {*shipped, *names}
        )


#: What runs on this machine costs nothing.
_FREE = (Price({"input": 0, "output": 0}, tier="free"),)


def _here(model: Model, engine: Engine, context: int | None) -> Model:
    """A model that runs in this process: how much it is given, and how to get it if it is not."""
    model = model._replace(context=context or model.context or engine.context, prices=_FREE)
    bundled = engine.bundled
    if model.id != bundled.name or gguf.find_packaged(bundled):
        return model
    return model._replace(note=f"not installed: {bundled.install}")


def _files(provider: str, context: int, place: Place, named: set[str]) -> Iterator[Model]:
    """The GGUF files of the folder, as they would be asked."""
    try:
        found = sorted(path.name for path in place.beside.glob("*.gguf"))
    except OSError:
        return
    for name in found:
        if name not in named:
            note = "a file in this folder"
            yield Model(provider, name, context=context, prices=_FREE, note=note)


def _with(
    own: list[Model], told: model_lists.CachedModelList | None, provider: Provider
) -> list[Known]:
    """Every model, with what the provider's list says of it; then those that only it has."""
    if told is None:
        return [Known(model) for model in own]
    names = {name: model.id for model in own for name in (model.id, *model.aliases)}
    lists = _by_model(told.models, names)
    when = utc_day(told.at)
    source = f"{provider.name}'s own list"
    rows = []
    for model in own:
        entries = lists.pop(model.id, [])
        if entries:
            fresh = merge_model(model, entries[0], source, when)
            dated = [entry.id for entry in entries if entry.id != model.id]
            fresh = fresh._replace(aliases=tuple(dict.fromkeys((*fresh.aliases, *dated))))
            rows.append(Known(fresh, True, entries[0]))
        else:
            rows.append(Known(model, False))
    for name, entries in lists.items():
        if not can_answer(entries[0], provider.listing):
            continue
        new = merge_model(Model(provider.id, name), entries[0], source, when)
        rows.append(Known(new, True, entries[0]))
    return rows


def _by_model(
    told: Iterable[ListedModel], names: Mapping[str, str]
) -> dict[str, list[ListedModel]]:
    """The entries by the model that they are of, itself before its dated snapshots."""
    found: dict[str, list[ListedModel]] = {}
    for entry in told:
        known = next((names[n] for n in (entry.id, *entry.aliases) if n in names), None)
        found.setdefault(known or names.get(cards.strip_date(entry.id), entry.id), []).append(entry)
    return {name: _first(entries, name) for name, entries in found.items()}


def _first(entries: list[ListedModel], name: str) -> list[ListedModel]:
    """The entry of this id before those of its snapshots."""
    return sorted(entries, key=lambda entry: entry.id != name)


#: Days after which what is known of models has to be asked for again.
OLD = 60


def stale(shipped: str, asked: float | None, now: float) -> int | None:
    """How many days old the newer of the catalogue's date and a list is, if over ``OLD``."""
    today = date.fromisoformat(utc_day(now))
    days = [(today - date.fromisoformat(day)).days for day in (shipped, utc_day(asked)) if day]
    return min(days) if days and min(days) > OLD else None
