"""From flags, profile and environment to an endpoint: everything known before sending.

Precedence, highest first: flags, the profile of ``-P``, ``AICHAT_*``, the
default profile, ``[providers.ID]``, the official SDK's variables, built in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aichat import providers
from aichat.app import lists
from aichat.core.capability import Card
from aichat.core.config import Config
from aichat.core.endpoint import Endpoint, Provider, Secret, variable
from aichat.core.layers import (
    Choice,
    Layer,
    Names,
    Sourced,
    choose,
    effective,
    is_foreign,
    split_model,
)
from aichat.core.link import Link, host_of, is_address, is_loopback
from aichat.disk import catalogue, credentials, profiles
from aichat.disk.paths import expanded
from aichat.errors import AichatError, Fault, config_error, near, usage_error
from aichat.providers import custom

COMMAND_LINE, _CONVERSATION = "command line", "the conversation"


class Setup(NamedTuple):
    """What holds for one command: provider, model, settings, and the files they came from."""

    folder: Path
    loaded: profiles.Loaded
    environ: Mapping[str, str]
    provider: Provider
    provider_origin: str
    model: Sourced
    values: Mapping[str, Sourced]
    profile: str | None

    def value(self, name: str, default: Any = None) -> Any:
        """The effective value called ``name``."""
        return self.values[name].value if name in self.values else default

    @property
    def table(self) -> Mapping[str, Any]:
        """The provider's own table of the config."""
        return self.loaded.config.providers.get(self.provider.id, {})


class Registry(Mapping[str, Provider]):
    """Every provider there is: the built-in ones in order, then the config's, by name.

    A provider's file is imported when it is asked for, since most runs need one.
    Errors: ``config`` for a table that is neither built in nor has a base URL.
    """

    def __init__(self, config: Config) -> None:
        self._tables = config.providers
        built_in = providers.names()
        self._own = sorted(config.providers.keys() - set(built_in))
        self._names = (*built_in, *self._own)
        for name in self._own:
            if "base_url" not in self._tables[name]:
                known = near(name, built_in)
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


class _OwnIds(Mapping[str, tuple[str, ...]]):
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


class Recalled(NamedTuple):
    """What a conversation was held with: it holds on below the flags and ``-P``."""

    values: Mapping[str, Any] = {}
    profile: str | None = None


_NOTHING = Recalled()


def resolve(
    folder: Path,
    environ: Mapping[str, str],
    flags: Mapping[str, Any],
    profile: str | None,
    recalled: Recalled = _NOTHING,
    *,
    needs_model: bool = True,
) -> Setup:
    """The setup that ``flags`` and the profile called ``profile`` (or the default one) give.

    Without ``needs_model`` a provider that has no default model has an empty one.

    Errors: ``config`` (unknown profile or provider, bad values), ``missing_key``
    where nobody says whom to ask, ``usage`` where a name has two meanings.
    """
    loaded = profiles.load(folder)
    known = Registry(loaded.config)
    names = Names(
        _OwnIds(known),
        lambda model: _listing(loaded.config, model) or lists.owners(environ, known, model),
    )
    again = recalled.profile if recalled.profile in loaded.config.profiles else None
    active, layers = _layers(loaded.config, environ, flags, profile or again)
    if recalled.values:
        place = 2 if profile else 1
        layers.insert(place, Layer(_CONVERSATION, recalled.values, profile=True))
    choice = choose(layers, names, lambda: _unasked(folder, loaded.config, known, environ))
    provider = known[choice.provider.value]
    place = next(i for i, layer in enumerate(layers) if layer.origin == "environment")
    layers.insert(place, Layer("environment", _own_base(provider, environ)))
    model = _model(provider, choice, needed=needs_model)
    if model.value != recalled.values.get("model"):
        layers = [_wireless(layer) for layer in layers]
    every = [*layers, *_provider_layers(provider, str(model.value), loaded.config, environ)]
    placed = [_placed(layer, provider, names) for layer in every]
    values = effective(placed, provider.id, names)
    variable_layer = f"${provider.base_variable}"
    if values["wire"].origin == variable_layer != values["base_url"].origin:
        values["wire"] = Sourced(provider.wires[0], "built in")  # its address is not in force
    origin = choice.provider.origin
    return Setup(folder, loaded, environ, provider, origin, model, values, active)


def _wireless(layer: Layer) -> Layer:
    """A conversation's wire is that of its model only."""
    if layer.origin != _CONVERSATION:
        return layer
    return layer._replace(values={**layer.values, "wire": None})


def _placed(layer: Layer, provider: Provider, names: Names) -> Layer:
    """A layer whose region, if it names one, has become the base URL it stands for."""
    region = layer.values.get("region")
    if not region or layer.values.get("base_url") or is_foreign(layer, provider.id, names):
        return layer
    if provider.workspace_url and re.fullmatch(r"[A-Za-z0-9-]+\.[a-z0-9-]+", region):
        base_url = provider.workspace_url.format(region=region)
        return layer._replace(values={**layer.values, "base_url": base_url})
    if region not in provider.regions:
        have = ", ".join(provider.regions) or "none"
        raise config_error(f"{provider.id} has no region '{region}'", f"there are: {have}")
    return layer._replace(values={**layer.values, "base_url": provider.regions[region]})


def _layers(
    config: Config, environ: Mapping[str, str], flags: Mapping[str, Any], named: str | None
) -> tuple[str | None, list[Layer]]:
    """The active profile's name and the layers above ``[providers.ID]``."""
    set_flags = {name: value for name, value in flags.items() if value not in (None, (), [], {})}
    variables = {name: environ.get(f"AICHAT_{name.upper()}") for name in ("model", "provider")}
    layers = [Layer(COMMAND_LINE, set_flags), Layer("environment", variables)]
    active = named or environ.get("AICHAT_PROFILE") or config.default_profile
    if not active:
        return None, layers
    if active not in config.profiles:
        raise config_error(f"unknown profile '{active}'{near(active, config.profiles)}")
    layer = Layer(f"profile {active}", config.profiles[active], profile=True)
    layers.insert(1 if named else 2, layer)
    return active, layers


def _provider_layers(
    provider: Provider, model: str, config: Config, environ: Mapping[str, str]
) -> Iterable[Layer]:
    yield Layer(f"[providers.{provider.id}]", config.providers.get(provider.id, {}))
    yield Layer(f"the model {model}", {"wire": provider.model_wires.get(model)})
    base = environ.get(provider.base_variable or "")
    if base:
        yield Layer(f"${provider.base_variable}", {"wire": provider.base_wire})
        yield Layer(
            f"${provider.base_variable}", {"base_url": base.rstrip("/") + provider.base_suffix}
        )
    yield Layer("built in", {"base_url": provider.base_url, "wire": provider.wires[0]})


def _own_base(provider: Provider, environ: Mapping[str, str]) -> dict[str, str]:
    base = environ.get("AICHAT_" + variable(provider.id, "BASE_URL"))
    return {"base_url": base} if base else {}


def _listing(config: Config, model: str) -> list[str]:
    """The providers that are known to have a model of this name."""
    configured = [n for n, table in config.providers.items() if model in table.get("models", ())]
    return configured + [n for n in catalogue.owners(model) if n not in configured]


def _model(provider: Provider, choice: Choice, *, needed: bool) -> Sourced:
    if choice.model:
        meant = catalogue.role(provider.id, str(choice.model.value))
        return Sourced(meant, choice.model.origin) if meant else choice.model
    if provider.default_model is None and needed:
        raise usage_error(
            f"which model? {provider.id} has no default",
            f"name one: -m {provider.id}/MODEL, or models = [...] in [providers.{provider.id}]",
        )
    return Sourced(provider.default_model or "", "built in")


def aimed(config: Config, name: str) -> tuple[str, str | None]:
    """The provider that ``name`` stands for, and the model, unless it is the default one.

    Errors: ``config`` where it stands for none, or for several.
    """
    registry = Registry(config)
    if name in registry:
        return name, None
    names = Names(_OwnIds(registry), lambda model: _listing(config, model))
    provider, model = split_model(name, names)
    found = [provider] if provider else _listing(config, model)
    if len(found) != 1:
        known = near(name, registry)
        what = f"is offered by {' and '.join(found)}" if found else f"names no provider{known}"
        raise config_error(f"'{name}' {what}", "write PROVIDER or PROVIDER/MODEL")
    return found[0], model


def _unasked(
    folder: Path,
    config: Config,
    known: Mapping[str, Provider],
    environ: Mapping[str, str],
) -> Sourced:
    """Whom to ask when nobody says: the first provider with a key, else ``local``."""
    stored = credentials.read(folder)
    for name, provider in known.items():
        if found := credentials.configured(provider, config, environ, stored):
            return Sourced(name, f"the key in {found}")
    from aichat.app import engine  # only here: finding out costs more than any key

    for name, provider in known.items():
        if provider.engine and engine.ready(provider.engine):
            return Sourced(name, "no key is set")
    raise AichatError(
        Fault(
            "missing_key",
            "no provider to ask: no key is set",
            "three ways on: set a variable such as GROQ_API_KEY; run: aichat keys set groq; "
            "or install the local model (README)",
        )
    )


def endpoint(setup: Setup, key: Secret | None) -> Endpoint:
    """Where the request goes, its address checked.

    Errors: ``config`` for plain http beyond this machine; ``usage`` or
    ``config`` for a wire that the provider does not take.
    """
    provider, base_url = setup.provider, str(setup.value("base_url", "")).rstrip("/")
    wire = setup.values["wire"]
    if wire.value not in provider.wires:
        refuse = usage_error if wire.origin == COMMAND_LINE else config_error
        takes = f"it takes: {', '.join(provider.wires)}"
        raise refuse(f"{provider.id} does not speak the wire '{wire.value}'", takes)
    if provider.engine is None:
        allow_http = bool(setup.table.get("allow_http"))
        check_address(base_url, allow_http=allow_http, provider=provider.id)
    headers = tuple(dict(setup.value("headers", {})).items())
    check_headers(headers, provider.id)
    return Endpoint(
        provider,
        wire.value,
        base_url,
        key,
        headers,
        card=_card(setup, wire.value, base_url),
        region=setup.value("region"),
        api_version=setup.table.get("api_version"),
    )


def _card(setup: Setup, wire: str, base_url: str) -> Card:
    """What is known of the model, from the catalogue or else from its provider's own list."""
    provider, model = setup.provider.id, str(setup.model.value)
    found = catalogue.card(provider, model, wire)
    if found != Card(id=model):
        return found
    return lists.card(setup.environ, provider, base_url, model) or found


def check_headers(headers: Iterable[tuple[str, str]], provider: str) -> None:
    """What cannot stand in a header is told before anything is sent; its value is not shown."""
    for name, value in headers:
        if not name.isascii() or not value.isascii() or not (name + value).isprintable():
            raise config_error(f"{provider}: header '{name}' has characters that cannot be sent")


def check_address(base_url: str, *, allow_http: bool, provider: str) -> None:
    """A key must not travel in the clear: http is for this machine, unless allowed."""
    if not base_url.startswith(("http://", "https://")) or not is_address(base_url):
        raise config_error(f"{provider}: the base URL '{base_url}' is not an http or https URL")
    if base_url.startswith("http://") and not is_loopback(host_of(base_url)) and not allow_http:
        raise config_error(
            f"{provider}: {base_url} would send the key unencrypted",
            f"use https, or set allow_http = true in [providers.{provider}]",
        )


def find_key(setup: Setup) -> Secret | None:
    """The provider's key. Errors: ``missing_key`` (exit 3) with the three ways to set one."""
    provider = setup.provider
    found = credentials.find(provider, setup.table, setup.environ, _stored(setup))
    if found is None and provider.needs_key:
        variable = credentials.placeholder(provider, setup.table)
        raise AichatError(
            Fault(
                "missing_key",
                f"no key for {provider.id}",
                f"set {variable}; or run: aichat keys set {provider.id}; "
                f"or key_command in [providers.{provider.id}]",
                provider=provider.id,
            )
        )
    return found


def key_origin(setup: Setup) -> str | None:
    """Where the key would come from, without running or showing anything; None without one."""
    return credentials.origin(setup.provider, setup.table, setup.environ, _stored(setup))


def _stored(setup: Setup) -> Mapping[str, str]:
    """The stored keys, as they hold in the region that is asked."""
    every = credentials.read(setup.folder)
    return credentials.in_region(every, setup.provider, setup.value("region"))


def stand_in(setup: Setup) -> Secret | None:
    """A key that is only a variable's name: for a dry run, which needs and runs nothing."""
    named = setup.provider.needs_key or setup.provider.engine is not None
    if not named and not credentials.variables(setup.provider, setup.table):
        return None
    return Secret("", "", credentials.placeholder(setup.provider, setup.table))


def link(setup: Setup, timeout: float | None, *, stream: bool) -> Link:
    """How to reach the provider; ``timeout`` (seconds) is the longest silence borne."""
    silence = timeout or setup.value("timeout")
    ca_bundle, cert = setup.table.get("ca_bundle"), setup.table.get("client_cert") or ()
    if ca_bundle and ca_bundle != "system":
        ca_bundle = str(setup.folder / expanded(ca_bundle))
    return Link(
        first_byte=silence or (120.0 if stream else 600.0),
        idle=silence or 300.0,
        ca_bundle=ca_bundle,
        client_cert=tuple(
            str(setup.folder / expanded(file))
            for file in ((cert,) if isinstance(cert, str) else cert)
        ),
        proxy=setup.table.get("proxy"),
    )
