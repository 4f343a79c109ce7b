"""What the providers' own lists told of models that the catalogue does not have.

It is looked at only where the catalogue is at a loss, and read only then.
"""

from collections.abc import Iterable, Mapping

from aichat.core.capability import Card
from aichat.core.endpoint import Provider
from aichat.disk import cached, catalogue


def owners(environ: Mapping[str, str], known: Mapping[str, Provider], model: str) -> list[str]:
    """The providers whose kept lists name ``model``."""
    from aichat.core.listed import named  # only here: most models are in the catalogue
    from aichat.disk import live

    cache = cached.folder(environ)
    found = []
    for name in cached.providers(cache, "live"):
        told = live.read(cache, name) if name in known else None
        if told and named(told.models, model):
            found.append(name)
    return [name for name in known if name in found]


def card(environ: Mapping[str, str], provider: str, base_url: str, model: str) -> Card | None:
    """What the list from ``base_url`` says of ``model``; None where it does not."""
    from aichat.core.listed import named
    from aichat.core.merging import card_of
    from aichat.disk import live

    told = live.read(cached.folder(environ), provider)
    if told is None or told.base_url != base_url:
        return None
    found = named(told.models, model)
    return card_of(Card(id=model), found) if found else None


def names(
    environ: Mapping[str, str], provider: Provider, configured: Iterable[str]
) -> Iterable[str]:
    """Every name of a model of this provider that is known to answer questions."""
    from aichat.core.listed import answers
    from aichat.disk import live

    yield from configured
    yield from catalogue.living(provider.id)
    told = live.read(cached.folder(environ), provider.id)
    for model in told.models if told else ():
        if answers(model, provider.listing):
            yield model.id
