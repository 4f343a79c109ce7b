"""What the shells may complete, kept up to date by the commands that list or change it."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from aichat.core.config.schema import Config
from aichat.disk.cache import completion_names, model_lists
from aichat.disk.history.store import Store
from aichat.disk.paths import cache_dir
from aichat.errors import AichatError
from aichat.process.world import World

#: The conversations that a key press may offer: the last ones used.
_LAST = 200


def conversations(world: World, store: Store) -> None:
    """Keep the last conversations' ids and titles; a title that was removed goes here too."""
    try:
        found = [(about.id, about.title) for about in store.summaries(_LAST)]
    except sqlite3.Error:
        return
    if not _keep(world, "conversations", found):
        world.say("aichat: warning: the cache keeps old titles; remove its folder 'completion'")


def configured(world: World, config: Config) -> None:
    """Keep the names of profiles, providers and models, those of providers' own lists too."""
    from aichat.app.models.inventory import Place, every
    from aichat.app.setup.registry import Registry

    try:
        registry = Registry(config)
        place = Place(cache_dir(world.environ), Path(), config)
    except AichatError:
        return  # the command itself says what is wrong with the config
    found = (
        known.model
        for name, provider in registry.items()
        for known in every(provider, place, model_lists.read(place.cache, name))
    )
    models = [(f"{m.provider}/{m.id}",) for m in found if m.is_offered]
    _keep(world, "profiles", [(name,) for name in config.profiles])
    _keep(world, "providers", [(name,) for name in registry])
    _keep(world, "models", dict.fromkeys(models))


def _keep(world: World, kind: str, found: Iterable[tuple[str, ...]]) -> bool:
    try:
        return completion_names.write_names(cache_dir(world.environ), kind, found)
    except AichatError:  # there is no home, so no cache either
        return True
