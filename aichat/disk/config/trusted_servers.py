"""The servers whose tools the user has reviewed and trusts, in a file of the data folder.

A server is identified by its command line or URL, never by a name.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aichat.core.text.json import objects
from aichat.disk.config.private_table import PrivateTable
from aichat.disk.files.lock import lock_changes


def trusted_tools(data: Path, key: str) -> Sequence[Mapping[str, Any]] | None:
    """The tools of a server as they were trusted; None where it never was."""
    found = _table(data).read().get(key)
    if not isinstance(found, dict):
        return None
    return [tool for tool in objects(found.get("tools")) if isinstance(tool.get("name"), str)]


def trust_tools(data: Path, key: str, name: str, tools: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was trusted. Errors: ``output``."""
    with lock_changes(data):
        table = _table(data)
        table.write({**table.read(), key: {"name": name, "tools": [*tools]}})


def forget_tools(data: Path, key: str) -> bool:
    """Stop trusting a server; False if it was not trusted. Errors: ``output``."""
    with lock_changes(data):
        table = _table(data)
        kept = table.read()
        if kept.pop(key, None) is None:
            return False
        table.write(kept)
        return True


def _table(data: Path) -> PrivateTable:
    return PrivateTable(data / "mcp.json", "servers", 64 << 20)
