"""Checking a parsed ``config.toml``: a document goes in, a ``Config`` and complaints come out.

Every complaint names the path of its key; the disk side finds the line.
"""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.config.key_bindings import BINDINGS
from aichat.core.config.schema import (
    BUDGET,
    HEADER,
    KEYS,
    MCP_SERVER,
    PRIVACY,
    PROFILE,
    PROGRAM_TOOL,
    PROVIDER,
    STORE,
    TABLE,
    TEXT,
    TOOL_RULES,
    UI,
    Config,
    Rule,
)
from aichat.errors import suggestion
from aichat.values import NamedTuple

Path = tuple[str, ...]


class Complaint(NamedTuple):
    """Something wrong at ``path``; with a mere warning the rest remains usable."""

    path: Path
    message: str
    warning: bool = False


_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

#: The most complaints that are printed about one file; the rest are only counted.
MAX_TOLD = 20

_TOP: Mapping[str, Rule] = {
    "default_profile": TEXT,
    "profiles": TABLE,
    "providers": TABLE,
    "store": TABLE,
    "ui": TABLE,
    "bindings": TABLE,
    "aliases": TABLE,
    "rules": TABLE,
    "tools": TABLE,
    "mcp": TABLE,
    "privacy": TABLE,
}


def check_config(document: Mapping[str, Any]) -> tuple[Config, list[Complaint]]:
    """The configuration in a parsed document, and everything wrong with it."""
    complaints: list[Complaint] = []
    good = _check_table(document, _TOP, (), complaints)
    store = _check_table(good.get("store", {}), STORE, ("store",), complaints)
    profiles = _check_tables(good.get("profiles", {}), PROFILE, "profiles", complaints)
    providers = _check_tables(good.get("providers", {}), PROVIDER, "providers", complaints)
    default = good.get("default_profile")
    if default is not None and default not in profiles:
        missing = f"no profile '{default}'{suggestion(default, profiles)}"
        complaints.append(Complaint(("default_profile",), missing))
    ui = _check_table(good.get("ui", {}), UI, ("ui",), complaints)
    keys = _check_table(good.get("bindings", {}), dict.fromkeys(BINDINGS, KEYS), _KEYS, complaints)
    aliases = good.get("aliases", {})
    aliases = _check_table(aliases, dict.fromkeys(aliases, TEXT), ("aliases",), complaints)
    rules = _check_table(good.get("rules", {}), TOOL_RULES, ("rules",), complaints)
    tools = _check_tables(good.get("tools", {}), PROGRAM_TOOL, "tools", complaints)
    servers = _check_tables(good.get("mcp", {}), MCP_SERVER, "mcp", complaints)
    privacy = _check_table(good.get("privacy", {}), PRIVACY, ("privacy",), complaints)
    tables = (profiles, providers, store, ui, keys, aliases, rules, tools, servers, privacy)
    return Config(default, *tables), complaints


_KEYS = ("bindings",)


def _check_tables(
    tables: Mapping[str, Any], rules: Mapping[str, Rule], place: str, complaints: list[Complaint]
) -> dict[str, Mapping[str, Any]]:
    good: dict[str, Mapping[str, Any]] = {}
    for name, table in tables.items():
        if isinstance(table, dict):
            good[name] = _check_table(table, rules, (place, name), complaints)
        else:
            complaints.append(_wrong_value((place, name), TABLE, table))
    return good


def _check_table(
    table: Mapping[str, Any], rules: Mapping[str, Rule], place: Path, complaints: list[Complaint]
) -> dict[str, Any]:
    good = {}
    for key, value in table.items():
        if key not in rules:
            close = suggestion(key, rules) if len(complaints) < MAX_TOLD else ""
            message = f"unknown key{close}"
            complaints.append(Complaint((*place, key), message, warning=True))
        elif not rules[key].fits(value):
            complaints.append(_wrong_value((*place, key), rules[key], value))
        else:
            good[key] = value
            if key == "budget":
                good[key] = _check_table(value, BUDGET, (*place, key), complaints)
            if key == "headers":
                complaints += _check_headers(value, (*place, key))
    return good


def _check_headers(headers: Mapping[str, Any], place: Path) -> list[Complaint]:
    return [
        _wrong_value((*place, name), HEADER, value)
        for name, value in headers.items()
        if not _TOKEN.fullmatch(name) or not HEADER.fits(value)
    ]


def _contains_text(value: Any) -> bool:
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    return any(map(_contains_text, value)) if isinstance(value, list) else isinstance(value, str)


#: Keys whose wrong values are never printed: each may be a secret in the wrong place.
_SECRET = frozenset(("headers", "key_command", "key_env"))


def _wrong_value(path: Path, rule: Rule, value: Any) -> Complaint:
    shown = repr(value) if len(repr(value)) < 60 else f"{repr(value)[:57]}..."
    if not _SECRET.isdisjoint(path) and _contains_text(value):
        shown = f"a value of type {type(value).__name__}"
    return Complaint(path, f"expected {rule.expected}, got {shown}")
