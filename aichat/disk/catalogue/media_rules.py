"""Which media a provider accepts, as data beside the provider's own file."""

import tomllib
from functools import cache
from typing import Any

from aichat.core.media.rules import RULE_KINDS, MediaRule, MediaRules, TokenRule
from aichat.providers import read_data

#: The data for a provider without its own.
_FALLBACK = "custom"


def read(provider: str, wire: str) -> MediaRules:
    """The rules of a provider's wire; for a server from the config, what its wire can carry."""
    document = _read_data(provider)
    given = document.get(wire, {})
    tokens = document.get("tokens", {})
    return MediaRules(
        {kind: _rule(given[kind]) for kind in RULE_KINDS if kind in given},
        {kind: tuple(TokenRule(**row) for row in rows) for kind, rows in tokens.items()},
        given.get("body", 0),
    )


def _rule(row: dict[str, Any]) -> MediaRule:
    fields: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items()}
    return MediaRule(**fields)


@cache
def _read_data(provider: str) -> dict[str, Any]:
    found = filter(None, (read_data(f"media/{name}.toml") for name in (provider, _FALLBACK)))
    return tomllib.loads(next(found).decode())
