"""How each provider is told what the knobs of an answer say, as its table has it."""

import tomllib
from collections.abc import Mapping
from functools import cache

from aichat.core.exchange.knobs import Knob
from aichat.providers import read_data

#: What stands in for a server of the config.
_FALLBACK = "custom"


@cache
def read(provider: str) -> Mapping[str, Mapping[str, Knob]]:
    """By wire, and by the knob's name."""
    found = filter(None, (read_data(f"knobs/{name}.toml") for name in (provider, _FALLBACK)))
    wires = tomllib.loads(next(found).decode())
    return {
        wire: {name: Knob(**fields) for name, fields in table.items()}
        for wire, table in wires.items()
    }
