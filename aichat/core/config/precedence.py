"""Which provider, model and settings are in force, and where they were set.

Layers, highest first: command line, the profile of ``-P``, the environment, the
current project, the default profile, ``[providers.ID]``, the SDK's variables, built in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar, overload

from aichat.core.config.body_options import deep_merge
from aichat.core.config.model_name import ModelNames, split_model
from aichat.errors import config_error, suggestion, usage_error
from aichat.values import NamedTuple

OriginKind = Literal[
    "flag",
    "environment",
    "profile",
    "project",
    "conversation",
    "provider_table",
    "sdk_variable",
    "model",
    "tools",
    "mcp",
    "key",
    "no_key",
    "built_in",
]

T = TypeVar("T")
D = TypeVar("D")


class Origin(NamedTuple):
    """Where a value was set: ``kind`` is for the program, ``label`` for people."""

    kind: OriginKind
    label: str


COMMAND_LINE = Origin("flag", "command line")
ENVIRONMENT = Origin("environment", "environment")
CONVERSATION = Origin("conversation", "the conversation")
BUILT_IN = Origin("built_in", "built in")


class Layer(NamedTuple):
    """Some settings by name, and where they were set."""

    origin: Origin
    settings: Mapping[str, Any]

    @property
    def is_bound(self) -> bool:
        """Whether any of it applies only to the layer's own provider."""
        return self.origin.kind in ("profile", "conversation")


class SourcedValue(NamedTuple, Generic[T]):
    """An effective value and its origin; for merged tables, the kind of the highest layer."""

    value: T
    origin: Origin


@overload
def value_of(found: SourcedValue[T] | None) -> T | None: ...
@overload
def value_of(found: SourcedValue[T] | None, default: D) -> T | D: ...
def value_of(found: SourcedValue[T] | None, default: Any = None) -> Any:
    """The value itself, or ``default`` where nobody set it."""
    return default if found is None else found.value


class TargetSettings(NamedTuple):
    """Where a provider is reached, and how it is spoken to."""

    wire: SourcedValue[str]
    base_url: SourcedValue[str]
    region: SourcedValue[str] | None = None
    headers: SourcedValue[Mapping[str, str]] | None = None


class SamplingSettings(NamedTuple):
    """How the model should answer; ``options`` are fields of the body."""

    temperature: SourcedValue[float] | None = None
    top_p: SourcedValue[float] | None = None
    max_tokens: SourcedValue[int] | None = None
    stop: SourcedValue[str | Sequence[str]] | None = None
    seed: SourcedValue[int] | None = None
    effort: SourcedValue[str] | None = None
    options: SourcedValue[Mapping[str, Any]] | None = None
    verbosity: SourcedValue[str] | None = None
    logprobs: SourcedValue[bool] | None = None


class MoneySettings(NamedTuple):
    """How the account is billed, what may be spent, and how prompts are cached."""

    tier: SourcedValue[str] | None = None
    budget: SourcedValue[Mapping[str, Any]] | None = None
    cache: SourcedValue[str] | None = None


class ConductSettings(NamedTuple):
    """All other settings of a question; ``timeout`` is in seconds."""

    system: SourcedValue[str] | None = None
    timeout: SourcedValue[float] | None = None
    strict: SourcedValue[bool] | None = None
    fallback: SourcedValue[Sequence[str]] | None = None
    background: SourcedValue[bool] | None = None
    tools: SourcedValue[Sequence[str]] | None = None
    mcp: SourcedValue[Sequence[str]] | None = None
    schema: SourcedValue[str] | None = None
    prompt: SourcedValue[str] | None = None
    resolve_links: SourcedValue[bool] | None = None


class ServerToolSettings(NamedTuple):
    """Which of its own tools the provider may use, and how."""

    search: SourcedValue[bool] | None = None
    search_x: SourcedValue[bool] | None = None
    search_domain: SourcedValue[Sequence[str]] | None = None
    search_recency: SourcedValue[str] | None = None
    search_context: SourcedValue[str] | None = None
    search_location: SourcedValue[str] | None = None
    fetch: SourcedValue[bool] | None = None
    code: SourcedValue[bool] | None = None
    file_search: SourcedValue[Sequence[str]] | None = None
    maps: SourcedValue[bool] | None = None


class EffectiveSettings(NamedTuple):
    """All settings in force; ``listing`` has them by name for people, and the provider's table."""

    target: TargetSettings
    sampling: SamplingSettings
    money: MoneySettings
    conduct: ConductSettings
    listing: tuple[tuple[str, SourcedValue[Any]], ...]
    server_tools: ServerToolSettings = ServerToolSettings()


class Selection(NamedTuple):
    """A provider, and a model where one was named."""

    provider: SourcedValue[str]
    model: SourcedValue[str] | None


#: Settings of a profile that apply to its own provider only.
PROVIDER_SETTINGS = frozenset(
    ("model", "wire", "region", "base_url", "headers", "options", "tier", "file_search")
)
#: Tables that are merged across layers instead of replacing each other.
MERGED_TABLES = frozenset(("headers", "options"))


def select_model(
    layers: Sequence[Layer], names: ModelNames, fallback: Callable[[], SourcedValue[str]]
) -> Selection:
    """The provider and model of the highest layer that names either.

    ``fallback`` finds the provider to use if no layer names one.
    """
    for place, layer in enumerate(layers):
        provider, model = layer.settings.get("provider"), layer.settings.get("model")
        if provider:
            check_provider(provider, names, layer.origin)
            found = (
                SourcedValue(model, layer.origin)
                if model
                else _model_below(layers, place, provider, names)
            )
            return Selection(SourcedValue(provider, layer.origin), found)
        if model:
            return _select_by_model(model, layers, place, names) or Selection(
                fallback(), SourcedValue(model, layer.origin)
            )
    return Selection(fallback(), None)


def check_provider(provider: str, names: ModelNames, origin: Origin) -> None:
    """Raise unless ``provider`` is one of ours or configured (exit 3)."""
    if provider not in names.providers:
        have = ", ".join(names.providers)
        where = "" if origin == COMMAND_LINE else f" ({origin.label})"  # they have just typed it
        close = suggestion(provider, names.providers)
        raise config_error(f"unknown provider '{provider}'{where}{close}", f"choose from: {have}")


def effective_settings(
    layers: Sequence[Layer], provider: str, names: ModelNames
) -> EffectiveSettings:
    """Every setting in force for ``provider``, except the provider and model themselves.

    The lowest layer is the built-in one.
    """
    found = _merge_layers(layers, provider, names)
    wire, base_url = found.get("wire"), found.get("base_url")
    if wire and base_url and wire.origin.kind == "sdk_variable" != base_url.origin.kind:
        lowest = layers[-1]  # the address in the variable is overridden, so its wire is too
        found["wire"] = SourcedValue(lowest.settings["wire"], lowest.origin)
    return EffectiveSettings(
        _pick(TargetSettings, found),
        _pick(SamplingSettings, found),
        _pick(MoneySettings, found),
        _pick(ConductSettings, found),
        tuple(found.items()),
        _pick(ServerToolSettings, found),
    )


G = TypeVar("G", bound=NamedTuple)


def _pick(group: Callable[..., G], found: Mapping[str, SourcedValue[Any]]) -> G:
    """The settings of a group."""
    fields: tuple[str, ...] = group._fields  # type: ignore[attr-defined]
    return group(**{name: found.get(name) for name in fields})


def _merge_layers(
    layers: Iterable[Layer], provider: str, names: ModelNames
) -> dict[str, SourcedValue[Any]]:
    """For each setting the highest layer's value; tables are merged across all layers."""
    found: dict[str, SourcedValue[Any]] = {}
    for layer in layers:
        foreign = is_foreign(layer, provider, names)
        for name, value in layer.settings.items():
            if (
                name in ("provider", "model")
                or value is None
                or (foreign and name in PROVIDER_SETTINGS)
            ):
                continue
            if name not in found:
                found[name] = SourcedValue(value, layer.origin)
            elif name in MERGED_TABLES:
                above = found[name]
                both = deep_merge(_drop_overridden(value, above.value), above.value, keep_null=True)
                label = f"{above.origin.label}, {layer.origin.label}"
                found[name] = SourcedValue(both, above.origin._replace(label=label))
    return found


def _drop_overridden(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` without the keys that ``above`` has in any case: header names ignore case."""
    spelled = {name.lower(): name for name in above}
    return {k: v for k, v in below.items() if spelled.get(k.lower(), k) == k}


def is_foreign(layer: Layer, provider: str, names: ModelNames) -> bool:
    """Whether a profile is for another provider than the chosen one.

    If several providers list its model, that is open: settings bound to a provider
    then apply to none, since a key must not be sent on a guess.
    """
    if not layer.is_bound:
        return False
    mine = owner(layer, names)
    if mine is None:
        return len(names.providers_of(layer.settings.get("model") or "")) > 1
    return mine != provider


def owner(layer: Layer, names: ModelNames) -> str | None:
    """The provider a profile is for, if known: by name, by its model's prefix, or by a list."""
    provider, model = layer.settings.get("provider"), layer.settings.get("model") or ""
    if provider or not model:
        return provider
    prefix = split_model(model, names)[0]
    if prefix:
        return prefix
    listed = names.providers_of(model)
    return listed[0] if len(listed) == 1 else None


def _model_below(
    layers: Sequence[Layer], place: int, provider: str, names: ModelNames
) -> SourcedValue[str] | None:
    """The model of a lower layer that is for the same provider."""
    for layer in layers[place + 1 :]:
        model = layer.settings.get("model")
        if model and owner(layer, names) == provider:
            whole = layer.settings.get("provider")
            return SourcedValue(model if whole else split_model(model, names)[1], layer.origin)
    return None


def _select_by_model(
    model: str, layers: Sequence[Layer], place: int, names: ModelNames
) -> Selection | None:
    """The provider of a bare model name: by prefix, by a list that has it, or by a lower layer."""
    origin = layers[place].origin
    if origin in (COMMAND_LINE, ENVIRONMENT):
        model = names.typed(model)
    provider, rest = split_model(model, names)
    if provider:
        return Selection(SourcedValue(provider, origin), SourcedValue(rest, origin))
    listed = names.providers_of(model)
    if len(listed) > 1:
        raise usage_error(
            f"model '{model}' is available from {' and '.join(listed)}",
            f"choose one: -m {listed[0]}/{model}",
        )
    if listed:
        return Selection(SourcedValue(listed[0], origin), SourcedValue(model, origin))
    below = next((s for layer in layers[place + 1 :] if (s := _provider_of(layer, names))), None)
    if below:
        check_provider(below.value, names, below.origin)
        return Selection(below, SourcedValue(model, origin))
    return None


def _provider_of(layer: Layer, names: ModelNames) -> SourcedValue[str] | None:
    provider = owner(layer, names)
    return SourcedValue(provider, layer.origin) if provider else None
