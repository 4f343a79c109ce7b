"""Fields we added that a server refused, by endpoint and model; in the cache, for a week.

One file per provider: ``refusals/ID.json``. Whatever is lost is merely tried again.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aichat.disk.cache.json_file import path_of, read_json, write_json

_LONGEST = 7 * 86400.0  # seconds that a refusal is believed
_MAX_MODELS = 200


def read(cache: Path, provider: str, place: str, now: float) -> frozenset[str]:
    """What was refused at ``place``, an endpoint with a model; ``now`` is seconds since 1970."""
    refused = _refused(cache, provider, place)
    return frozenset(name for name, at in refused if 0 <= now - at < _LONGEST)


def add(cache: Path, provider: str, place: str, name: str, now: float) -> None:
    """Remember that ``name`` was refused at ``place``."""
    path = path_of(cache, "refusals", provider)
    found = read_json(path)
    entries: dict[str, Any] = found if isinstance(found, dict) else {}
    before = dict(_refused(cache, provider, place))
    entries.pop(place, None)
    latest = [*entries.items(), (place, {**before, name: now})][-_MAX_MODELS:]
    write_json(path, dict(latest))


def _refused(cache: Path, provider: str, place: str) -> Iterator[tuple[str, float]]:
    found = read_json(path_of(cache, "refusals", provider))
    entry = found.get(place) if isinstance(found, dict) else None
    for name, at in entry.items() if isinstance(entry, dict) else ():
        if isinstance(at, int | float) and not isinstance(at, bool):
            yield name, at
