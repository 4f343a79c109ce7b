"""All providers, and what a model name may refer to."""

from collections.abc import Iterator, Mapping

from aichat import providers
from aichat.core.config.model_name import ModelNames, is_whole, split_model
from aichat.core.config.schema import Config
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import cards, uncatalogued
from aichat.errors import config_error, suggestion
from aichat.providers import custom


class Registry(Mapping[str, Provider]):
    """All providers by id: the built-in ones in order, then the config's, by name.

    A provider's file is imported on demand, since most runs need only one.
    Errors: ``config`` for a table that is not built in and has no base URL.
    """

    def __init__(self, config: Config) -> None:
        self._tables = config.providers
        built_in = providers.names()
        self._own = sorted(config.providers.keys() - set(built_in))
        self._names = (*built_in, *self._own)
        for name in self._own:
            if "base_url" not in self._tables[name]:
                known = suggestion(name, built_in)
                raise config_error(f"providers.{name}: needs a base_url{known}")

    def __getitem__(self, name: str) -> Provider:
        if name not in self._names:
            raise KeyError(name)
        return (
            custom.provider(name, self._tables[name]) if name in self._own else providers.load(name)
        )

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class OwnIds(Mapping[str, tuple[str, ...]]):
    """The model ids that begin with their provider's own name, by provider."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._registry[name].own_ids

    def __contains__(self, name: object) -> bool:
        return name in self._registry

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry)

    def __len__(self) -> int:
        return len(self._registry)


def model_owners(config: Config, model: str) -> list[str]:
    """The providers known to have a model of this name."""
    configured = [n for n, table in config.providers.items() if model in table.get("models", ())]
    return configured + [n for n in cards.owners(model) if n not in configured]


def model_names(config: Config, known: Registry, environ: Mapping[str, str]) -> ModelNames:
    """What model names refer to, by the config, the catalogue and cached lists."""

    def owners(model: str) -> list[str]:
        return model_owners(config, model) or uncatalogued.owners(environ, known, model)

    def typed(model: str) -> str:
        if model not in config.aliases and is_whole(model, names):
            return model
        from aichat.app.setup import model_words  # few models are called otherwise

        return model_words.typed_model(model, config, known, names, environ)

    names = ModelNames(OwnIds(known), owners, typed)
    return names


def parse_target(config: Config, name: str) -> tuple[str, str | None]:
    """The provider and model that ``name`` stands for; without a model, the default one is meant.

    Errors: ``config`` if it is unknown or ambiguous.
    """
    registry = Registry(config)
    if name in registry:
        return name, None
    names = ModelNames(OwnIds(registry), lambda model: model_owners(config, model))
    provider, model = split_model(name, names)
    found = [provider] if provider else model_owners(config, model)
    if len(found) != 1:
        known = suggestion(name, registry)
        what = (
            f"is available from {' and '.join(found)}"
            if found
            else f"does not name a provider{known}"
        )
        raise config_error(f"'{name}' {what}", "use PROVIDER or PROVIDER/MODEL")
    return found[0], model
