"""A model called by parts of its name: ``-m "oss 120"``, which no model's id is."""

from collections.abc import Iterable, Mapping

from aichat.core.catalogue.search import matching_names
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import cards
from aichat.errors import suggestion, usage_error


def model_by_words(
    words: str, provider: str | None, known: Mapping[str, Provider]
) -> tuple[str | None, str]:
    """The provider and the current model that ``words`` mean; the words where nobody knows them.

    Errors: ``usage`` where they mean several.
    """
    asked: Iterable[str] = [provider] if provider else known
    found = [
        f"{name}/{model}"
        for name in asked
        if name in known
        for model in matching_names(words, cards.current_models(name))
    ]
    if not found:
        return provider, words
    if len(found) > 1:
        some = ", ".join(found[:6]) + (f" and {len(found) - 6} more" if found[6:] else "")
        close = suggestion(words.replace(" ", "-"), found)
        raise usage_error(
            f"'{words}' means several models: {some}{close}", f"name one: -m {found[0]}"
        )
    owner, _, model = found[0].partition("/")
    return owner, model
