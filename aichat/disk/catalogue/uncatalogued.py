"""What the providers' own lists told of models that the catalogue does not have.

It is looked at only where the catalogue is at a loss, and read only then.
"""

from collections.abc import Iterable, Mapping

from aichat.core.catalogue.card import Card
from aichat.core.provider.provider import Provider
from aichat.core.text.redact import mask_url
from aichat.disk.cache import json_file
from aichat.disk.catalogue import cards


def owners(environ: Mapping[str, str], known: Mapping[str, Provider], model: str) -> list[str]:
    """The providers whose kept lists name ``model``."""
    from aichat.core.catalogue.model_list import find_model  # most models are in the catalogue
    from aichat.disk.cache import model_lists

    cache = json_file.cache_folder(environ)
    found = []
    for name in json_file.cached_providers(cache, "live"):
        told = model_lists.read(cache, name) if name in known else None
        if told and find_model(told.models, model):
            found.append(name)
    return [name for name in known if name in found]


def card(environ: Mapping[str, str], provider: str, base_url: str, model: str) -> Card | None:
    """What the list from ``base_url`` says of ``model``; None where it does not."""
    from aichat.core.catalogue.merge import merge_card
    from aichat.core.catalogue.model_list import find_model
    from aichat.disk.cache import model_lists

    told = model_lists.read(json_file.cache_folder(environ), provider)
    if told is None or told.base_url != mask_url(base_url):
        return None
    found = find_model(told.models, model)
    return merge_card(Card(id=model), found) if found else None


def names(
    environ: Mapping[str, str], provider: Provider, configured: Iterable[str]
) -> Iterable[str]:
    """Every name of a model of this provider that is known to answer questions."""
    from aichat.core.catalogue.model_list import can_answer
    from aichat.disk.cache import model_lists

    yield from configured
    yield from cards.current_models(provider.id)
    told = model_lists.read(json_file.cache_folder(environ), provider.id)
    for model in told.models if told else ():
        if can_answer(model, provider.listing):
            yield model.id
