"""Notices that need not be repeated for a while; in the cache."""

from pathlib import Path

from aichat.disk.cache.json_file import read_json, write_json


def mark_if_due(cache: Path, name: str, now: float, every: float) -> bool:
    """Whether ``name`` was last said more than ``every`` seconds before ``now``; it now is."""
    path = cache / "notices.json"
    said = read_json(path)
    last = said.get(name) if isinstance(said, dict) else None
    if isinstance(last, int | float) and 0 <= now - last < every:
        return False
    write_json(path, {**(said if isinstance(said, dict) else {}), name: now})
    return True
