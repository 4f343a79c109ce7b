"""From flags, profile and environment to an endpoint: everything known before sending.

Precedence, highest first: flags, the profile of ``-P``, ``AICHAT_*``, the
default profile, ``[providers.ID]``, the official SDK's variables, built in.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aichat.app.setup.registry import Registry, model_names
from aichat.core.config.model_name import ModelNames
from aichat.core.config.precedence import (
    BUILT_IN,
    COMMAND_LINE,
    CONVERSATION,
    ENVIRONMENT,
    ConductSettings,
    EffectiveSettings,
    Layer,
    MoneySettings,
    Origin,
    SamplingSettings,
    Selection,
    ServerToolSettings,
    SourcedValue,
    TargetSettings,
    effective_settings,
    is_foreign,
    select_model,
    value_of,
)
from aichat.core.config.schema import Config
from aichat.core.provider.endpoint import env_variable
from aichat.core.provider.provider import Provider
from aichat.core.provider.realtime import is_realtime
from aichat.disk.catalogue import cards
from aichat.disk.config import credentials, toml_file
from aichat.errors import AichatError, Fault, config_error, suggestion, usage_error
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.setup.trust.project import ProjectUse


class Setup(NamedTuple):
    """The setup of one command: provider, model, settings, and the files they came from.

    ``listing`` is every setting by name, for people.
    """

    folder: Path
    config_file: toml_file.LoadedConfig
    environ: Mapping[str, str]
    provider: Provider
    provider_origin: Origin
    model: SourcedValue[str]
    target: TargetSettings
    sampling: SamplingSettings
    money: MoneySettings
    conduct: ConductSettings
    listing: tuple[tuple[str, SourcedValue[Any]], ...]
    profile: str | None
    server_tools: ServerToolSettings = ServerToolSettings()
    project: "ProjectUse | None" = None

    @property
    def provider_table(self) -> Mapping[str, Any]:
        """The provider's table in the config."""
        return self.config_file.config.providers.get(self.provider.id, {})

    @property
    def context_size(self) -> int | None:
        """The tokens that the model's context holds, if known."""
        given: int | None = self.provider_table.get("context")
        return given or cards.card(self.provider.id, self.model.value).context

    @property
    def project_notices(self) -> tuple[str, ...]:
        """Notices about the current project."""
        return self.project.notices if self.project else ()


class Flags(NamedTuple):
    """What the command line sets; None and empty mean unset.

    ``project`` is the current one: it takes precedence over the default profile.
    """

    provider: str | None = None
    model: str | None = None
    system: str | None = None
    wire: str | None = None
    region: str | None = None
    headers: Mapping[str, str] = {}
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    effort: str | None = None
    options: Mapping[str, Any] = {}
    cache: str | None = None
    schema: str | None = None
    background: bool | None = None
    search: bool | None = None
    search_x: bool | None = None
    search_domain: tuple[str, ...] = ()
    search_recency: str | None = None
    search_context: str | None = None
    search_location: str | None = None
    fetch: bool | None = None
    code: bool | None = None
    file_search: tuple[str, ...] = ()
    maps: bool | None = None
    tools: tuple[str, ...] = ()
    mcp: tuple[str, ...] = ()
    verbosity: str | None = None
    tier: str | None = None
    logprobs: bool | None = None
    live: bool | None = None
    project: "ProjectUse | None" = None
    resolve_links: bool | None = None


class RecalledOptions(NamedTuple):
    """The options that a conversation was held with, below the flags and ``-P``."""

    provider: str | None = None
    model: str | None = None
    wire: str | None = None
    profile: str | None = None


_NO_OPTIONS = RecalledOptions()


def resolve_setup(
    folder: Path,
    environ: Mapping[str, str],
    flags: Flags,
    profile: str | None,
    recalled: RecalledOptions = _NO_OPTIONS,
    *,
    needs_model: bool = True,
) -> Setup:
    """The setup by ``flags`` and the profile called ``profile`` (or the default one).

    Without ``needs_model`` the model may be empty, if the provider has no default.
    Errors: ``config`` (unknown profile or provider, bad values), ``missing_key`` if no
    provider is set or has a key, ``usage`` for an ambiguous name.
    """
    if is_realtime(recalled.wire or "") and not flags.live:
        recalled = recalled._replace(model=None, wire=None)  # it answers on a socket alone
    loaded = toml_file.load(folder)
    known = Registry(loaded.config)
    names = model_names(loaded.config, known, environ)
    if flags.provider and flags.model and len(flags.model.split()) > 1:
        from aichat.app.setup.model_words import model_by_words  # few models are called so

        found = model_by_words(flags.model, known, loaded.config, environ, flags.provider)
        flags = flags._replace(model=found.partition("/")[2])
    again = recalled.profile if recalled.profile in loaded.config.profiles else None
    active, layers = _layers(loaded.config, environ, flags, profile or again)
    if recalled.provider or recalled.model:
        layers.insert(2 if profile else 1, _conversation_layer(recalled))
    choice = select_model(
        layers, names, lambda: _default_provider(folder, loaded.config, known, environ)
    )
    provider = known[choice.provider.value]
    place = next(i for i, layer in enumerate(layers) if layer.origin == ENVIRONMENT)
    layers.insert(place, Layer(ENVIRONMENT, _base_url_override(provider, environ)))
    model = _resolve_model(provider, choice, needed=needs_model)
    if model.value != recalled.model:
        layers = [_without_wire(layer) for layer in layers]
    every = [*layers, *_provider_layers(provider, model.value, loaded.config, environ)]
    placed = [_with_base_url(layer, provider, names) for layer in every]
    settings = effective_settings(placed, provider.id, names)
    settings = _on_background_wire(_on_tool_wire(settings, provider), provider)
    if flags.live:
        settings, model = _on_live_wire(settings, provider, model, recalled)
    origin = choice.provider.origin
    last = (active, settings.server_tools, flags.project)
    return Setup(folder, loaded, environ, provider, origin, model, *settings[:5], *last)


def _on_background_wire(settings: EffectiveSettings, provider: Provider) -> EffectiveSettings:
    """Choose a wire with background answers, if one is wanted and no wire was set."""
    wire, wires = settings.target.wire, [*provider.background]
    if not value_of(settings.conduct.background) or not wires or wire.value in wires:
        return settings
    if wire.origin not in (BUILT_IN, _FOR_TOOLS):
        return settings
    return _with_wire(settings, SourcedValue(wires[0], Origin("tools", "--background")))


_FOR_TOOLS = Origin("tools", "the provider's tools")

#: The origin of a wire chosen for ``--live``.
FOR_LIVE = Origin("tools", "--live")


def _on_live_wire(
    settings: EffectiveSettings,
    provider: Provider,
    model: SourcedValue[str],
    recalled: RecalledOptions,
) -> tuple[EffectiveSettings, SourcedValue[str]]:
    """Choose the provider's realtime wire, with the named model or its default one.

    Errors: ``invalid_request`` (exit 5) if it has none, naming those that do; ``usage`` if
    another wire was set.
    """
    has = provider.realtime
    if settings.target.wire.origin == COMMAND_LINE:
        raise usage_error("--live and --wire cannot be combined")
    if has is None:
        from aichat import providers  # here, since other providers are seldom loaded

        others = ", ".join(n for n in providers.names() if providers.load(n).realtime)
        why = f"{provider.name} has no realtime sessions"
        raise AichatError(Fault("invalid_request", why, f"these do: {others}"))
    goes_on = recalled.wire == has.wire and model.value == recalled.model
    if model.origin != COMMAND_LINE and not goes_on:
        model = SourcedValue(has.model, FOR_LIVE)
    return _with_wire(settings, SourcedValue(has.wire, FOR_LIVE)), model


def _with_wire(settings: EffectiveSettings, found: SourcedValue[str]) -> EffectiveSettings:
    listing = tuple((n, found if n == "wire" else one) for n, one in settings.listing)
    return settings._replace(target=settings.target._replace(wire=found), listing=listing)


def _on_tool_wire(settings: EffectiveSettings, provider: Provider) -> EffectiveSettings:
    """Choose the best wire for a tool that is wanted, if no wire was set."""
    asked = {name for name, one in settings.server_tools._asdict().items() if value_of(one)}
    wires = [provider.tool_wires[name] for name in sorted(asked & provider.tool_wires.keys())]
    if not wires or settings.target.wire.origin != BUILT_IN:
        return settings
    from aichat.disk.catalogue import server_tools  # few ask for them

    has = server_tools.read(provider.id)
    wire = max(wires, key=lambda name: len(asked & has[name].keys()))
    return _with_wire(settings, SourcedValue(wire, _FOR_TOOLS))


def provider_target(
    provider: Provider, config: Config, environ: Mapping[str, str]
) -> TargetSettings:
    """The target settings of ``provider``, without any profile.

    Errors: ``config`` for a region that it does not have.
    """
    names = ModelNames({provider.id: ()}, lambda _: ())
    override = Layer(ENVIRONMENT, _base_url_override(provider, environ))
    below = _provider_layers(provider, provider.default_model or "", config, environ)
    placed = [_with_base_url(layer, provider, names) for layer in (override, *below)]
    return effective_settings(placed, provider.id, names).target


def _conversation_layer(recalled: RecalledOptions) -> Layer:
    said = {"provider": recalled.provider, "model": recalled.model, "wire": recalled.wire}
    return Layer(CONVERSATION, said)


def _without_wire(layer: Layer) -> Layer:
    """A layer without its wire, which belongs to its model."""
    if layer.origin != CONVERSATION:
        return layer
    return layer._replace(settings={**layer.settings, "wire": None})


def _with_base_url(layer: Layer, provider: Provider, names: ModelNames) -> Layer:
    """A layer with its region, if any, turned into a base URL."""
    region = layer.settings.get("region")
    if not region or layer.settings.get("base_url") or is_foreign(layer, provider.id, names):
        return layer
    if provider.workspace_url and re.fullmatch(r"[A-Za-z0-9-]+\.[a-z0-9-]+", region):
        base_url = provider.workspace_url.format(region=region)
        return layer._replace(settings={**layer.settings, "base_url": base_url})
    if region not in provider.regions:
        have = ", ".join(provider.regions) or "none"
        raise config_error(f"{provider.id} has no region '{region}'", f"choose from: {have}")
    return layer._replace(settings={**layer.settings, "base_url": provider.regions[region]})


def _layers(
    config: Config, environ: Mapping[str, str], flags: Flags, named: str | None
) -> tuple[str | None, list[Layer]]:
    """The active profile's name and the layers above ``[providers.ID]``."""
    project, said = flags.project, flags._replace(project=None)._asdict()
    set_flags = {name: value for name, value in said.items() if value not in (None, (), {})}
    variables = {name: environ.get(f"AICHAT_{name.upper()}") for name in ("model", "provider")}
    layers = [Layer(COMMAND_LINE, set_flags), Layer(ENVIRONMENT, variables)]
    layers += [project.layer] if project else []
    chosen = named or environ.get("AICHAT_PROFILE")
    of_project = None if chosen or not project else project.profile
    active = chosen or of_project or config.default_profile
    if not active:
        return None, layers
    by = f" ({project.path})" if project and of_project else ""
    if active not in config.profiles:
        hint = f"make one: aichat profiles set {active} ...; or --no-project" if by else ""
        close = suggestion(active, config.profiles)
        raise config_error(f"unknown profile '{active}'{by}{close}", hint)
    layer = Layer(Origin("profile", f"profile {active}{by}"), config.profiles[active])
    layers.insert(1 if named else len(layers), layer)
    return active, layers


def _provider_layers(
    provider: Provider, model: str, config: Config, environ: Mapping[str, str]
) -> Iterable[Layer]:
    table = Origin("provider_table", f"[providers.{provider.id}]")
    yield Layer(table, config.providers.get(provider.id, {}))
    yield Layer(Origin("model", f"the model {model}"), {"wire": provider.model_wires.get(model)})
    base = environ.get(provider.base_variable or "")
    if base:
        variable = Origin("sdk_variable", f"${provider.base_variable}")
        yield Layer(variable, {"wire": provider.base_wire})
        yield Layer(variable, {"base_url": base.rstrip("/") + provider.base_suffix})
    yield Layer(BUILT_IN, {"base_url": provider.base_url, "wire": provider.wires[0]})


def _base_url_override(provider: Provider, environ: Mapping[str, str]) -> dict[str, str]:
    base = environ.get("AICHAT_" + env_variable(provider.id, "BASE_URL"))
    return {"base_url": base} if base else {}


def _resolve_model(provider: Provider, selection: Selection, *, needed: bool) -> SourcedValue[str]:
    if selection.model:
        meant = cards.model_for_role(provider.id, selection.model.value)
        return SourcedValue(meant, selection.model.origin) if meant else selection.model
    if provider.default_model is None and needed:
        raise usage_error(
            f"which model? {provider.id} has no default",
            f"name one: -m {provider.id}/MODEL, or models = [...] in [providers.{provider.id}]",
        )
    return SourcedValue(provider.default_model or "", BUILT_IN)


def is_allowed(provider: Provider, config: Config) -> bool:
    """Whether ``[privacy]`` allows a provider; it allows all unless it names some."""
    allowed = config.privacy.get("allow_providers")
    return allowed is None or provider.id in allowed


def _default_provider(
    folder: Path,
    config: Config,
    registry: Mapping[str, Provider],
    environ: Mapping[str, str],
) -> SourcedValue[str]:
    """The default provider: the first with a key, else ``local``."""
    stored = credentials.read(folder)
    for name, provider in registry.items():
        if not is_allowed(provider, config):
            continue
        if found := credentials.configured_origin(provider, config, environ, stored):
            return SourcedValue(name, Origin("key", f"the key in {found.label}"))
    from aichat.app.setup import local_engine  # costs more than any key

    for name, provider in registry.items():
        ready = provider.engine and local_engine.is_ready(provider.engine)
        if ready and is_allowed(provider, config):
            return SourcedValue(name, Origin("no_key", "no API key is set"))
    raise AichatError(
        Fault(
            "missing_key",
            "no provider to use: no API key is set",
            "set a variable such as GROQ_API_KEY, run aichat keys set groq, "
            "or install the local model (see README)",
        )
    )
