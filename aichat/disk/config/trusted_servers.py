"""The servers whose tools the user has seen and trusts: a file of the data folder.

A server is known by the command line or address that starts it, never by a name.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aichat.core.text.json import get_object, objects, parse_object
from aichat.disk.files.atomic import make_private_folder, write_whole
from aichat.errors import AichatError, Fault

_FILE, _MAX_BYTES = "mcp.json", 64 << 20


def trusted_tools(data: Path, key: str) -> Sequence[Mapping[str, Any]] | None:
    """The tools of a server as they were trusted; None where it never was."""
    found = _read(data).get(key)
    if not isinstance(found, dict):
        return None
    return [tool for tool in objects(found.get("tools")) if isinstance(tool.get("name"), str)]


def trust_tools(data: Path, key: str, name: str, tools: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was trusted. Errors: ``output``."""
    _write(data, {**_read(data), key: {"name": name, "tools": [*tools]}})


def forget_tools(data: Path, key: str) -> bool:
    """Trust a server no more; False where it never was trusted. Errors: ``output``."""
    kept = _read(data)
    if kept.pop(key, None) is None:
        return False
    _write(data, kept)
    return True


def _read(data: Path) -> dict[str, Any]:
    try:
        with (data / _FILE).open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return {}
    return get_object(parse_object(text), "servers")


def _write(data: Path, servers: Mapping[str, Any]) -> None:
    make_private_folder(data)
    text = json.dumps({"version": 1, "servers": servers}, ensure_ascii=True)
    try:
        write_whole(data / _FILE, text.encode(), private=True)
    except OSError as error:
        why = f"cannot write {data / _FILE}: {error.strerror}"
        raise AichatError(Fault("output", why)) from error
