"""The model table: what is known of the models of each provider, as data.

It is what steers a request; prices, dates and sources are in ``listing``. Both are
written by ``python -m tests.catalogue``.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from aichat.core.catalogue.card import Card
from aichat.providers import read_data

_DATE_SUFFIX = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$")


@cache
def read() -> Mapping[str, Mapping[str, Any]]:
    """Every provider's models. Keys may end in ``*``."""
    tables: Mapping[str, Mapping[str, Any]] = json.loads(
        read_data("catalogue/models.json") or b"{}"
    )
    return tables


def owners(model: str) -> list[str]:
    """The providers whose table names ``model``, or else a family that it belongs to."""
    tables = read()
    named = [name for name, models in tables.items() if _entry(models, model) is not None]
    if named or "/" in model:
        return named
    return [name for name, models in tables.items() if _family_key(models, model)]


def _family_key(models: Mapping[str, Any], model: str) -> str:
    """The key ending in ``*`` that stands for ``model``, or nothing."""
    return next((k for k in models if k.endswith("*") and model.startswith(k[:-1])), "")


def card(provider: str, model: str, wire: str | None = None) -> Card:
    """What is known of a model, on a wire where that differs; an empty card where nothing is."""
    models = read().get(provider, {})
    entry = _entry(models, model)
    if entry is None:
        group = _family_key(models, model)
        entry = models.get(group, {})
    entry = {**entry, **entry.get("on", {}).get(wire, {})}
    for name in ("on", "aliases", "roles"):
        entry.pop(name, None)
    lists = {name: entry[name] for name in ("efforts", "rejects") if name in entry}
    return Card(
        **{
            **entry,
            "id": model,
            "efforts": tuple(lists.get("efforts", ())),
            "rejects": frozenset(lists.get("rejects", ())),
        }
    )


def model_for_role(provider: str, name: str) -> str | None:
    """The model that ``default``, ``cheap`` or ``best`` stands for at a provider."""
    models = read().get(provider, {})
    return next((m for m, entry in models.items() if name in entry.get("roles", ())), None)


def current_models(provider: str) -> list[str]:
    """A provider's models that nothing else is to be used in place of."""
    models = read().get(provider, {})
    return [m for m, entry in models.items() if "successor" not in entry and m[-1:] != "*"]


def strip_date(model: str) -> str:
    """The model that an id is a dated snapshot of: the id without its date."""
    return _DATE_SUFFIX.sub("", model)


def _entry(models: Mapping[str, Any], model: str) -> Mapping[str, Any] | None:
    """The entry of a model, by id or alias, or of the one that it is a dated snapshot of."""
    if model.endswith("*"):
        return None
    for name in (model, strip_date(model)):
        if name in models:
            found: Mapping[str, Any] = models[name]
            return found
        for entry in models.values():
            if name in entry.get("aliases", ()):
                return dict(entry)
    return None
