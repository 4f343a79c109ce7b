"""The rate-limit headers that a provider sent last, by model; in the cache.

One file per provider: ``limits/ID.json``. It is written after an answer.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aichat.disk.cache.json_file import path_of, read_json, write_json
from aichat.values import NamedTuple

#: The most models remembered of a provider; the one asked longest ago is dropped.
_MAX_MODELS = 100


class LimitsEntry(NamedTuple):
    """What was sent with an answer, and when (seconds since 1970)."""

    at: float
    headers: Mapping[str, str]


def read(cache: Path, provider: str, model: str) -> LimitsEntry | None:
    """The headers of a model's last answer; None if there were none."""
    entry = _entries(cache, provider).get(model)
    return LimitsEntry(entry["at"], entry["headers"]) if entry else None


def write(cache: Path, provider: str, model: str, limits: LimitsEntry) -> None:
    """Remember what came with an answer; an answer without limits changes nothing."""
    if not limits.headers:
        return
    entries = {**_entries(cache, provider), model: {"at": limits.at, "headers": {**limits.headers}}}
    latest = sorted(entries.items(), key=lambda pair: -pair[1]["at"])[:_MAX_MODELS]
    write_json(path_of(cache, "limits", provider), dict(latest))


def _entries(cache: Path, provider: str) -> dict[str, dict[str, Any]]:
    found = read_json(path_of(cache, "limits", provider))
    return {model: entry for model, entry in found.items() if _is_entry(entry)} if found else {}


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("at"), int | float):
        return False
    headers = entry.get("headers")
    return isinstance(headers, dict) and all(isinstance(v, str) for v in headers.values())
