"""Providers' own lists of models, kept until they are asked again.

One file per provider in the cache: ``live/ID.json``.
"""

from pathlib import Path

from aichat.core.catalogue.model_list import ListedModel, dump_model, load_model
from aichat.disk.cache.json_file import path_of, read_json, write_json
from aichat.values import NamedTuple

_VERSION = 1


class CachedModelList(NamedTuple):
    """A provider's list as it was at ``at`` (seconds since 1970) at ``base_url``."""

    base_url: str
    at: float
    models: tuple[ListedModel, ...]


def read(cache: Path, provider: str) -> CachedModelList | None:
    """The cached list of a provider; None if there is none."""
    value = read_json(path_of(cache, "live", provider))
    try:
        if value["version"] != _VERSION:
            return None
        models = tuple(load_model(entry) for entry in value["models"])
        return CachedModelList(str(value["base_url"]), float(value["at"]), models)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def write(cache: Path, provider: str, live: CachedModelList) -> None:
    """Cache a list, if possible."""
    models = [dump_model(model) for model in live.models]
    value = {"version": _VERSION, "base_url": live.base_url, "at": live.at, "models": models}
    write_json(path_of(cache, "live", provider), value)


def update(cache: Path, provider: str, live: CachedModelList) -> None:
    """Add a few models to a cached list."""
    before = read(cache, provider)
    if before is None or before.base_url != live.base_url:
        return  # a list of one would look complete
    new = {model.id for model in live.models}
    others = tuple(model for model in before.models if model.id not in new)
    write(cache, provider, before._replace(models=(*others, *live.models)))
