"""JSON files of the cache, which can be deleted at any time."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import Any
from urllib.parse import quote, unquote

from aichat.disk.files.atomic import make_private_folder
from aichat.disk.paths import cache_dir
from aichat.errors import AichatError

_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY

#: The most bytes of a file; all of ours are smaller.
_MAX_BYTES = 16 << 20


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The cache folder; if unknown, a path that cannot exist."""
    try:
        return cache_dir(environ)
    except AichatError:
        return Path(os.devnull)


def path_of(cache: Path, kind: str, provider: str) -> Path:
    """A provider's file of a ``kind``; the provider's id may be any name in the config."""
    return cache / kind / f"{quote(provider, safe='')}.json"


def cached_providers(cache: Path, kind: str) -> list[str]:
    """The providers that have a file of this kind."""
    try:
        return sorted(unquote(path.stem) for path in (cache / kind).glob("*.json"))
    except OSError:
        return []


def read_json(path: Path) -> Any:
    """The value in a file of the cache; an empty object if there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        return json.loads(data) if len(data) <= _MAX_BYTES else {}
    except (OSError, ValueError, RecursionError):
        return {}


def write_json(path: Path, value: Any) -> None:
    """Replace a file of the cache, if possible: atomically, but without syncing to disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}")
    with suppress(OSError, ValueError, RecursionError, AichatError):
        data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        make_private_folder(path.parent)
        try:
            with os.fdopen(os.open(temporary, _NEW, 0o600), "wb") as file:
                file.write(data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
