"""One file per provider, each holding one value called ``PROVIDER``.

A new provider is one new file here and nothing else.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from aichat.core.provider.provider import Provider

#: The order in which keys are looked for; other providers come after.
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
    """The ids of all built-in providers, in the order above, ``local`` last."""
    found = {name for folder in __path__ for name in _modules(folder)}
    return tuple(sorted(found - {"__init__", "custom"}, key=_rank))


def _modules(folder: str) -> list[str]:
    """The names of the Python modules in a folder, without importing the heavy ``pkgutil``."""
    try:
        return [path.stem for path in Path(folder).iterdir() if path.suffix == ".py"]
    except OSError:
        from pkgutil import iter_modules  # inside an archive

        return [module.name for module in iter_modules([folder])]


def read_data(name: str) -> bytes | None:
    """A data file beside the providers, such as ``knobs/groq.toml``; None if there is none.

    Like ``pkgutil.get_data``, in an archive too, without importing all that it does.
    """
    loader: Any = __spec__ and __spec__.loader
    try:
        data: bytes = loader.get_data(str(Path(__file__).parent / name))
    except OSError:
        return None
    return data


def load(name: str) -> Provider:
    """The provider called ``name``, which must be one of ``names()``."""
    provider: Provider = import_module(f"aichat.providers.{name}").PROVIDER
    return provider


def _rank(name: str) -> tuple[bool, int, str]:
    place = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    return (name == "local", place, name)
