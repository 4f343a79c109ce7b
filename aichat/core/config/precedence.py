"""Which provider, model and settings hold, and who said so.

Layers lie highest first: command line, the profile of ``-P``, the environment,
the default profile, ``[providers.ID]``, the SDK's variables, built in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aichat.core.config.body_options import deep_merge
from aichat.errors import config_error, suggestion, usage_error

#: The origin of what was typed.
COMMAND_LINE = "command line"


class Layer(NamedTuple):
    """Some values and where they were written; ``profile`` layers bind some to a provider."""

    origin: str
    values: Mapping[str, Any]
    profile: bool = False


class SourcedValue(NamedTuple):
    """An effective value and its origin."""

    value: Any
    origin: str


class ModelNames(NamedTuple):
    """What a model name may refer to."""

    providers: Mapping[str, tuple[str, ...]]  # id -> model ids that begin with the id itself
    providers_of: Callable[[str], Sequence[str]]  # model -> providers whose list names it


class Selection(NamedTuple):
    """A provider, and a model where one was named."""

    provider: SourcedValue
    model: SourcedValue | None


#: What a profile says of its own provider only.
PROVIDER_SETTINGS = frozenset(("model", "wire", "region", "base_url", "headers", "options", "tier"))
#: Tables that are laid over each other instead of replacing each other.
MERGED_TABLES = frozenset(("headers", "options"))


def select_model(
    layers: Sequence[Layer], names: ModelNames, fallback: Callable[[], SourcedValue]
) -> Selection:
    """The provider and model of the highest layer that names either.

    ``fallback`` finds the provider that is used when nobody names one.
    """
    for place, layer in enumerate(layers):
        provider, model = layer.values.get("provider"), layer.values.get("model")
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


def check_provider(provider: str, names: ModelNames, origin: str) -> None:
    """Raise unless ``provider`` is one of ours or configured (exit 3)."""
    if provider not in names.providers:
        have = ", ".join(names.providers)
        message = f"unknown provider '{provider}' ({origin}){suggestion(provider, names.providers)}"
        raise config_error(message, f"there are: {have}")


def split_model(model: str, names: ModelNames) -> tuple[str | None, str]:
    """``groq/openai/gpt-oss-120b`` -> ``("groq", "openai/gpt-oss-120b")``, else ``(None, model)``.

    A model id that begins with its provider's own name is kept whole.
    """
    provider, slash, rest = model.partition("/")
    if not slash or not rest or provider not in names.providers:
        return None, model
    return provider, model if model in names.providers[provider] else rest


def effective_settings(
    layers: Iterable[Layer], provider: str, names: ModelNames
) -> dict[str, SourcedValue]:
    """Every setting that holds for ``provider``, but not the provider and model themselves."""
    found: dict[str, SourcedValue] = {}
    for layer in layers:
        foreign = is_foreign(layer, provider, names)
        for name, value in layer.values.items():
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
                found[name] = SourcedValue(both, f"{above.origin}, {layer.origin}")
    return found


def _drop_overridden(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` less what ``above`` spells in another case: header names have none."""
    taken = {name.lower(): name for name in above}
    return {k: v for k, v in below.items() if taken.get(k.lower(), k) == k}


def is_foreign(layer: Layer, provider: str, names: ModelNames) -> bool:
    """Whether a profile is for another provider than the one that was chosen.

    A model that several providers list leaves it open: then what is bound to a
    provider holds for none, since a key must not travel on a guess.
    """
    if not layer.profile:
        return False
    mine = owner(layer, names)
    if mine is None:
        return len(names.providers_of(layer.values.get("model") or "")) > 1
    return mine != provider


def owner(layer: Layer, names: ModelNames) -> str | None:
    """The provider that a profile is for, if it says: by name, by its model's prefix or list."""
    provider, model = layer.values.get("provider"), layer.values.get("model") or ""
    if provider or not model:
        return provider
    prefix = split_model(model, names)[0]
    if prefix:
        return prefix
    listed = names.providers_of(model)
    return listed[0] if len(listed) == 1 else None


def _model_below(
    layers: Sequence[Layer], place: int, provider: str, names: ModelNames
) -> SourcedValue | None:
    """A lower layer's model, where that layer is for the same provider."""
    for layer in layers[place + 1 :]:
        model = layer.values.get("model")
        if model and owner(layer, names) == provider:
            whole = layer.values.get("provider")
            return SourcedValue(model if whole else split_model(model, names)[1], layer.origin)
    return None


def _select_by_model(
    model: str, layers: Sequence[Layer], place: int, names: ModelNames
) -> Selection | None:
    """Who a bare model name belongs to: its prefix, a list that names it, a lower layer."""
    origin = layers[place].origin
    provider, rest = split_model(model, names)
    if provider:
        return Selection(SourcedValue(provider, origin), SourcedValue(rest, origin))
    listed = names.providers_of(model)
    if len(listed) > 1:
        raise usage_error(
            f"model '{model}' is offered by {' and '.join(listed)}",
            f"say which: -m {listed[0]}/{model}",
        )
    if listed:
        return Selection(SourcedValue(listed[0], origin), SourcedValue(model, origin))
    below = next((s for layer in layers[place + 1 :] if (s := _provider_of(layer, names))), None)
    if below:
        check_provider(below.value, names, below.origin)
        return Selection(below, SourcedValue(model, origin))
    return None


def _provider_of(layer: Layer, names: ModelNames) -> SourcedValue | None:
    provider = owner(layer, names)
    return SourcedValue(provider, layer.origin) if provider else None
