"""What was uploaded where, so that nothing is sent twice; in the cache, until it expires.

One file per provider: ``uploads/ID.json``. Whatever is lost is merely uploaded again.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aichat.disk.cache.json_file import path_of, read_json, write_json
from aichat.values import NamedTuple

_MAX_FILES = 2000

#: Seconds before its expiry at which a file counts as gone, since a request takes time.
_MARGIN = 300.0


class KnownUpload(NamedTuple):
    """A file at a provider: how a message refers to it, and its expiry (seconds since 1970)."""

    id: str
    reference: str
    mime: str
    expires: float | None = None


def account(base_url: str, key: str) -> str:
    """A hash of base URL and key, which identifies the owner of files."""
    from hashlib import sha256  # here, since most runs upload nothing

    return sha256(f"{base_url}\0{key}".encode("utf-8", "replace")).hexdigest()[:16]


def has_any(cache: Path, provider: str) -> bool:
    """Whether anything was uploaded there."""
    return path_of(cache, "uploads", provider).exists()


def find(cache: Path, provider: str, place: str, digest: str, now: float) -> KnownUpload | None:
    """The upload of these bytes (``digest``) at a ``place``; None if there is none, or it expires.

    A place is an account, with anything else that a file is bound to.
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
    """Forget an upload that the provider no longer has."""
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
