"""Models that are not in the catalogue, from the providers' cached lists.

These are read only if the catalogue does not know a model.
"""

from collections.abc import Iterable, Mapping

from aichat.core.catalogue.card import Card
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import cards


def owners(environ: Mapping[str, str], known: Mapping[str, Provider], model: str) -> list[str]:
    """The providers whose cached lists have ``model``."""
    from aichat.core.catalogue.model_list import (
        find_model,  # here, since most models are in the catalogue
    )
    from aichat.disk.cache import json_file, model_lists

    cache = json_file.cache_folder(environ)
    found = []
    for name in json_file.cached_providers(cache, "live"):
        told = model_lists.read(cache, name) if name in known else None
        if told and find_model(told.models, model):
            found.append(name)
    return [name for name in known if name in found]


def card(environ: Mapping[str, str], provider: str, base_url: str, model: str) -> Card | None:
    """The card of ``model`` by the list from ``base_url``; None if that does not have it."""
    from aichat.core.catalogue.merge import merge_card
    from aichat.core.catalogue.model_list import find_model
    from aichat.core.text.redact import mask_url
    from aichat.disk.cache import json_file, model_lists

    told = model_lists.read(json_file.cache_folder(environ), provider)
    if told is None or told.base_url != mask_url(base_url):
        return None
    found = find_model(told.models, model)
    return merge_card(Card(id=model), found) if found else None


def names(
    environ: Mapping[str, str], provider: Provider, configured: Iterable[str]
) -> Iterable[str]:
    """The names of this provider's models that can chat."""
    from aichat.core.catalogue.model_list import can_answer
    from aichat.disk.cache import json_file, model_lists

    yield from configured
    yield from cards.current_models(provider.id)
    told = model_lists.read(json_file.cache_folder(environ), provider.id)
    for model in told.models if told else ():
        if can_answer(model, provider.listing):
            yield model.id
