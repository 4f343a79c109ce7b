"""What the shells may complete, kept up to date by the commands that list or change it."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from aichat.core.config import Config
from aichat.core.when import shown
from aichat.disk import names
from aichat.disk.history.store import Store
from aichat.disk.paths import cache_dir
from aichat.errors import AichatError
from aichat.term.world import World

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
    """Keep the names of profiles, providers and models."""
    from aichat.disk import catalogue
    from aichat.resolve import Registry

    try:
        known = [*Registry(config)]
    except AichatError:
        return  # the command itself says what is wrong with the config
    today = shown(world.clock.now())[:10]
    models = [(f"{name}/{m}",) for name, own in config.providers.items() for m in _own(own)]
    for name, listed in catalogue.read().items():
        models += [(f"{name}/{m}",) for m, facts in listed.items() if _lives(m, facts, today)]
    _keep(world, "profiles", [(name,) for name in config.profiles])
    _keep(world, "providers", [(name,) for name in known])
    _keep(world, "models", [*dict.fromkeys(models)])


def _own(table: Mapping[str, Any]) -> list[str]:
    return list(table.get("models", ()))


def _lives(model: str, facts: Mapping[str, Any], today: str) -> bool:
    """Whether a model can still be asked; a name with a star stands for many."""
    return "*" not in model and (facts.get("retired") or "9") > today


def _keep(world: World, kind: str, found: Iterable[tuple[str, ...]]) -> bool:
    try:
        return names.keep(cache_dir(world.environ), kind, found)
    except AichatError:  # there is no home, so no cache either
        return True
