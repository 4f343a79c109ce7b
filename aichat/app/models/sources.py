"""Where the commands about models look: config, cache, and one setup for each provider."""

from collections.abc import Sequence
from pathlib import Path

from aichat.app.models.inventory import InventoryContext, KnownModel, known_models, stale_days
from aichat.app.setup.keys import key_origin
from aichat.app.setup.registry import Registry
from aichat.app.setup.setup import Flags, Setup, resolve_setup
from aichat.core.catalogue.search import PriceContext, model_names
from aichat.core.config.precedence import value_of
from aichat.core.provider.provider import Provider
from aichat.core.text.dates import utc_day
from aichat.core.text.redact import mask_url
from aichat.disk.cache import json_file, model_lists
from aichat.disk.catalogue import models as listing
from aichat.disk.config import toml_file
from aichat.disk.paths import config_dir
from aichat.errors import AichatError, Fault, config_error, suggestion
from aichat.process.world import World
from aichat.values import NamedTuple


class ModelSources(NamedTuple):
    """What is known of models here; ``providers`` are those asked about."""

    world: World
    folder: Path
    registry: Registry
    providers: Sequence[Provider]
    inventory: InventoryContext
    setups: dict[str, Setup]
    lists: dict[str, model_lists.CachedModelList | None]

    def setup(self, provider: Provider) -> Setup:
        """How the provider would be asked; worked out once."""
        if provider.id not in self.setups:
            self.setups[provider.id] = resolve_setup(
                self.folder,
                self.world.environ,
                Flags(provider=provider.id),
                None,
                needs_model=False,
            )
        return self.setups[provider.id]

    def base_url(self, provider: Provider) -> str:
        """The address whose list counts."""
        return mask_url(self.setup(provider).target.base_url.value.rstrip("/"))

    def models(self, provider: Provider) -> list[KnownModel]:
        """The models of one provider."""
        return known_models(provider, self.inventory, self._live_list(provider))

    def _live_list(self, provider: Provider) -> model_lists.CachedModelList | None:
        """A provider's own list, where it is of the address that counts; read once."""
        if provider.id not in self.lists:
            told = model_lists.read(self.inventory.cache, provider.id)
            counts = told is not None and told.base_url == self.base_url(provider)
            self.lists[provider.id] = told if counts else None
        return self.lists[provider.id]

    def region(self, provider: str) -> str:
        """The region that a provider's prices hold for here; empty where it has none."""
        found = self.registry[provider]
        if not found.regions:
            return ""
        setup = self.setup(found)
        return listing.region(found, value_of(setup.target.region), self.base_url(found))

    def price_context(self) -> PriceContext:
        """Today, for prices."""
        return PriceContext(utc_day(self.world.clock.now()), self.region)

    def oldest_stale(self) -> tuple[int, str] | None:
        """The days and the date of the oldest knowledge that is over its time, if there is any."""
        found = []
        for provider in self.providers:
            shipped = listing.date(provider.id)
            told = self._live_list(provider)
            at = told.at if told else None
            age = stale_days(shipped, at, self.world.clock.now())
            if age is not None and not provider.engine:
                found.append((age, max(shipped, utc_day(at))))
        return max(found, default=None)

    def has_key(self, provider: Provider) -> bool:
        """Whether a provider can be asked without more ado; nothing is run to find out."""
        if provider.engine:
            return False
        if not provider.needs_key:
            return True
        return key_origin(self.setup(provider)) is not None


def open_sources(world: World, config_folder: str | None, provider: str | None) -> ModelSources:
    """What is known of the models of ``provider``, or of all.

    ``config_folder`` is the one of ``--config-dir``. Errors: ``config`` for an unknown provider.
    """
    folder = config_dir(world.environ, config_folder)
    config = toml_file.load(folder).config
    registry = Registry(config)
    if provider and provider not in registry:
        have = ", ".join(registry)
        raise config_error(
            f"unknown provider '{provider}'{suggestion(provider, registry)}", f"choose from: {have}"
        )
    chosen = [registry[provider]] if provider else [*registry.values()]
    inventory = InventoryContext(json_file.cache_folder(world.environ), Path(), config)
    return ModelSources(world, folder, registry, chosen, inventory, {}, {})


def unknown_model_error(query: str, found: Sequence[KnownModel]) -> AichatError:
    """That no model is meant by ``query``, and which may have been."""
    close = suggestion(query.lower(), model_names([known.model for known in found]))
    hint = "run aichat models --live to fetch new ones"
    return AichatError(Fault("not_found", f"no model matches '{query}'{close}", hint))
