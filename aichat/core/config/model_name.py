"""What a model's name refers to: ``groq/openai/gpt-oss-120b`` names a provider and its model."""

from collections.abc import Callable, Mapping, Sequence

from aichat.values import NamedTuple


class ModelNames(NamedTuple):
    """What a model name may refer to; ``typed`` completes a name that a user typed."""

    providers: Mapping[str, tuple[str, ...]]  # id -> model ids that begin with the id itself
    providers_of: Callable[[str], Sequence[str]]  # model -> providers whose list names it
    typed: Callable[[str], str] = str


def split_model(model: str, names: ModelNames) -> tuple[str | None, str]:
    """``groq/openai/gpt-oss-120b`` -> ``("groq", "openai/gpt-oss-120b")``, else ``(None, model)``.

    A model id that begins with its provider's own name is kept whole.
    """
    provider, slash, rest = model.partition("/")
    if not slash or not rest or provider not in names.providers:
        return None, model
    return provider, model if model in names.providers[provider] else rest


def is_whole(model: str, names: ModelNames) -> bool:
    """Whether a name is complete: a provider lists it, or it names its provider."""
    known = split_model(model, names)[0] or names.providers_of(model)
    return len(model.split()) == 1 and bool(known)
