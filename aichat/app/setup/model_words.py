"""Finding a model as typed: an alias, its whole name, or parts of it in any order."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from aichat.core.catalogue.search import matching_names, plain_name
from aichat.core.config.model_name import ModelNames, is_whole
from aichat.core.config.schema import Config
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import uncatalogued
from aichat.errors import usage_error

#: How many names to suggest if none matches, and if several do.
_NEAREST, _SOME = 3, 6

#: How files of models for the embedded engine end.
_FILE_ENDING = ".gguf"


def typed_model(
    typed: str,
    config: Config,
    known: Mapping[str, Provider],
    names: ModelNames,
    environ: Mapping[str, str],
) -> str:
    """The model that ``typed`` stands for, with its provider if it was abbreviated.

    Errors: ``usage`` if it is ambiguous or unknown, which is never sent.
    """
    meant = config.aliases.get(typed, typed)
    if meant.endswith(_FILE_ENDING) or is_whole(meant, names):
        return meant
    for profile in config.profiles.values():
        if profile.get("model") == meant and profile.get("provider"):
            return f"{profile['provider']}/{meant}"
    return model_by_words(meant, known, config, environ)


def model_by_words(
    words: str,
    known: Mapping[str, Provider],
    config: Config,
    environ: Mapping[str, str],
    provider: str | None = None,
) -> str:
    """The one model, ``provider/model``, whose name contains all the ``words``.

    Errors: ``usage`` if there are several, or none.
    """
    asked: Iterable[str] = [provider] if provider else known
    every = [
        f"{name}/{model}"
        for name in asked
        if name in known and known[name].engine is None
        for model in _models_of(name, known, config, environ)
    ]
    if words.partition("/")[0] in known and not matching_names(words, every):
        return words  # trust a user who names a provider
    found = [*dict.fromkeys(matching_names(words, every))]
    same = [name for name in found if plain_name(words) in _plain_ends(name)]
    found = same or found
    if len(found) == 1:
        return found[0]
    if not found:
        _refuse_unknown(words, every)
    some = ", ".join(found[:_SOME])
    more = f" and {len(found) - _SOME} more" if found[_SOME:] else ""
    raise usage_error(f"'{words}' means several models: {some}{more}", f"name one: -m {found[0]}")


def _models_of(
    name: str, known: Mapping[str, Provider], config: Config, environ: Mapping[str, str]
) -> Iterable[str]:
    configured = config.providers.get(name, {}).get("models", ())
    return uncatalogued.names(environ, known[name], configured)


def _plain_ends(name: str) -> set[str]:
    """A model's names without its provider, and without its maker."""
    model = name.partition("/")[2]
    return {plain_name(model), plain_name(model.rpartition("/")[2])}


def _refuse_unknown(words: str, every: Iterable[str]) -> None:
    """Raise, naming the nearest. Errors: ``usage``."""
    ends = {name.rpartition("/")[2]: name for name in sorted(every, reverse=True)}
    wanted = words.rpartition("/")[2].replace(" ", "-")
    near = [ends[end] for end in get_close_matches(wanted, ends, _NEAREST, 0.5)]
    close = f"; did you mean {', '.join(near)}?" if near else ""
    hint = f"to send it all the same: PROVIDER/{words}; see aichat models"
    raise usage_error(f"no model is called '{words}'{close}", hint)
