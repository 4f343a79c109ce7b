"""How each provider is told what the knobs of an answer say, as its table has it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pkgutil import get_data

from aichat.core.exchange.knobs import Knob

#: What stands in for a server of the config.
_FALLBACK = "custom"


@cache
def read(provider: str) -> Mapping[str, Mapping[str, Knob]]:
    """By wire, and by the knob's name."""
    wires = tomllib.loads((_read_data(provider) or _read_data(_FALLBACK) or b"").decode())
    return {
        wire: {name: Knob(**fields) for name, fields in table.items()}
        for wire, table in wires.items()
    }


def _read_data(name: str) -> bytes | None:
    try:
        return get_data("aichat.providers", f"knobs/{name}.toml")
    except OSError:
        return None
