"""One file per provider, each holding one value called ``PROVIDER``.

A new provider is one new file here and nothing else.
"""

from importlib import import_module
from pkgutil import iter_modules

from aichat.core.endpoint import Provider

#: The order in which keys are looked for; what is not listed comes after.
_ORDER = (
    "openai",
    "gemini",
    "xai",
    "groq",
    "anthropic",
    "perplexity",
    "moonshot",
    "qwen",
)


def names() -> tuple[str, ...]:
    """The ids of all built-in providers, in the order of the manual, ``local`` last."""
    found = [m.name for m in iter_modules(__path__) if m.name != "custom"]
    return tuple(sorted(found, key=_rank))


def load(name: str) -> Provider:
    """The provider called ``name``, which must be one of ``names()``."""
    provider: Provider = import_module(f"aichat.providers.{name}").PROVIDER
    return provider


def _rank(name: str) -> tuple[bool, int, str]:
    place = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    return (name == "local", place, name)
