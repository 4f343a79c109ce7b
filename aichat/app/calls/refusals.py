"""What an endpoint is known to refuse of what we add, kept in the cache."""

from functools import partial

from aichat.app.calls.caller import RefusalMemory
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.redact import mask_url
from aichat.disk.cache import json_file, refusals
from aichat.process.world import World


def refusal_memory(world: World, target: Endpoint, model: str) -> RefusalMemory:
    """What ``target`` refused of ``model``'s requests, and how more of it is remembered."""
    cache, provider = json_file.cache_folder(world.environ), target.provider.id
    place = f"{target.wire} {mask_url(target.base_url)} {model}"
    known = refusals.read(cache, provider, place, world.clock.now())
    return RefusalMemory(known, partial(_remember, world, provider, place))


def _remember(world: World, provider: str, place: str, name: str) -> None:
    cache = json_file.cache_folder(world.environ)
    refusals.add(cache, provider, place, name, world.clock.now())
