"""How each provider spells the knobs of an answer, by its table."""

import tomllib
from collections.abc import Mapping
from functools import cache

from aichat.core.exchange.knobs import Knob
from aichat.providers import read_data

#: The table for a server from the config.
_FALLBACK = "custom"


@cache
def read(provider: str) -> Mapping[str, Mapping[str, Knob]]:
    """The knobs of a provider, by wire and name."""
    found = filter(None, (read_data(f"knobs/{name}.toml") for name in (provider, _FALLBACK)))
    wires = tomllib.loads(next(found).decode())
    return {
        wire: {name: Knob(**fields) for name, fields in table.items()}
        for wire, table in wires.items()
    }
