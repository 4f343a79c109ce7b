"""The tools that each provider runs by itself, by its table."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from aichat.core.provider.server_tools import ToolSpec, ToolSpecs
from aichat.providers import read_data


@cache
def read(provider: str) -> Mapping[str, ToolSpecs]:
    """The tools by wire; none for a server from the config, about which nothing is known."""
    wires = tomllib.loads((read_data(f"server_tools/{provider}.toml") or b"").decode())
    return {wire: _read_specs(wires[table.get("like", wire)]) for wire, table in wires.items()}


def _read_specs(table: Mapping[str, Any]) -> ToolSpecs:
    return {
        name: _read_variants(table[spec["like"]] if "like" in spec else spec)
        for name, spec in table.items()
    }


def _read_variants(spec: Any) -> Sequence[ToolSpec]:
    return spec if isinstance(spec, list) else [spec]
