"""What the shells may complete, kept up to date by the commands that list or change it."""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from aichat.core.config.schema import Config
from aichat.disk.cache import completion_names, model_lists
from aichat.disk.history.store import Store
from aichat.disk.paths import SCHEMAS, cache_dir
from aichat.errors import AichatError
from aichat.process.world import World

#: The conversations that a key press may offer: the last ones used.
_MAX_CONVERSATIONS = 200


def update_conversations(world: World, store: Store) -> None:
    """Keep the last conversations' ids and titles; a title that was removed goes here too."""
    try:
        found = [(about.id, about.title) for about in store.summaries(_MAX_CONVERSATIONS)]
    except sqlite3.Error:
        return
    if not _save(world, "conversations", found):
        world.say("aichat: warning: the cache still has old titles; delete its 'completion' folder")


def update_config(world: World, config: Config) -> None:
    """Keep the names of profiles, providers and models, those of providers' own lists too."""
    from aichat.app.models.inventory import InventoryContext, known_models
    from aichat.app.setup.registry import Registry

    try:
        registry = Registry(config)
        place = InventoryContext(cache_dir(world.environ), Path(), config)
    except AichatError:
        return  # the command itself says what is wrong with the config
    found = (
        known.model
        for name, provider in registry.items()
        for known in known_models(provider, place, model_lists.read(place.cache, name))
    )
    models = [(name,) for name in config.aliases]
    models += [(f"{m.provider}/{m.id}",) for m in found if m.is_offered]
    _save(world, "profiles", [(name,) for name in config.profiles])
    _save(world, "providers", [(name,) for name in registry])
    _save(world, "models", dict.fromkeys(models))


def update_schemas(world: World, folder: Path) -> None:
    """Keep the names of the schemas in the config's ``folder``, as ``--schema`` takes them."""
    with suppress(OSError):
        names = sorted(path.stem for path in (folder / SCHEMAS).glob("*.json"))
        _save(world, "schemas", [(f"@{name}",) for name in names])


def update_prompts(world: World, names: Iterable[str]) -> None:
    """Keep the names of the user's prompts."""
    _save(world, "prompts", [(name,) for name in names])


def _save(world: World, kind: str, found: Iterable[tuple[str, ...]]) -> bool:
    try:
        return completion_names.write_names(cache_dir(world.environ), kind, found)
    except AichatError:  # there is no home, so no cache either
        return True
