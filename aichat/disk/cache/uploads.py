"""What was uploaded where, so that nothing is sent twice; in the cache, while it lives.

One file a provider: ``uploads/ID.json``. What it lacks is only uploaded once more.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aichat.disk.cache.json_file import path_of, read_json, write_json
from aichat.values import NamedTuple

_MAX_FILES = 2000

#: Seconds before its end at which a file is as good as gone: a request takes its time.
_MARGIN = 300.0


class KnownUpload(NamedTuple):
    """A file that a provider has: how a message says it, and until when (seconds since 1970)."""

    id: str
    reference: str
    mime: str
    expires: float | None = None


def account(base_url: str, key: str) -> str:
    """Whose files they are: an address and a key, of which nothing can be read in it."""
    from hashlib import sha256  # where nothing is uploaded, it is not needed

    return sha256(f"{base_url}\0{key}".encode("utf-8", "replace")).hexdigest()[:16]


def has_any(cache: Path, provider: str) -> bool:
    """Whether anything was uploaded there."""
    return path_of(cache, "uploads", provider).exists()


def find(cache: Path, provider: str, place: str, digest: str, now: float) -> KnownUpload | None:
    """The upload of these bytes (``digest``) at a ``place``; None where it is not, or not for long.

    A place is an account, and what else a file is bound to.
    """
    found = dict(_entries(cache, provider)).get(f"{place} {digest}")
    alive = found and (found.expires is None or found.expires > now + _MARGIN)
    return found if alive else None


def add(cache: Path, provider: str, place: str, digest: str, upload: KnownUpload) -> None:
    """Remember an upload."""
    kept = dict(_entries(cache, provider))
    kept.pop(f"{place} {digest}", None)
    kept[f"{place} {digest}"] = upload
    _write(cache, provider, dict([*kept.items()][-_MAX_FILES:]))


def forget(cache: Path, provider: str, file_id: str) -> None:
    """The provider has it no more."""
    kept = {name: each for name, each in _entries(cache, provider) if each.id != file_id}
    _write(cache, provider, kept)


def _write(cache: Path, provider: str, kept: dict[str, KnownUpload]) -> None:
    entries = {name: each._asdict() for name, each in kept.items()}
    write_json(path_of(cache, "uploads", provider), entries)


def _entries(cache: Path, provider: str) -> Iterator[tuple[str, KnownUpload]]:
    found = read_json(path_of(cache, "uploads", provider))
    for name, entry in found.items() if isinstance(found, dict) else ():
        if isinstance(entry, dict) and (upload := _upload(entry)):
            yield name, upload


def _upload(entry: dict[str, Any]) -> KnownUpload | None:
    file_id, reference, mime = (entry.get(name) for name in ("id", "reference", "mime"))
    expires = entry.get("expires")
    if not (isinstance(file_id, str) and isinstance(reference, str) and isinstance(mime, str)):
        return None
    ends = float(expires) if isinstance(expires, int | float) else None
    return KnownUpload(file_id, reference, mime, ends)
