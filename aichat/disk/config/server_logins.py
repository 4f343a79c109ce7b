"""Logins at servers: tokens in a private file of the data folder (0600).

A login belongs to one server and its issuer, and is never sent to another.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aichat.disk.config.private_table import PrivateTable
from aichat.disk.files.lock import lock_changes
from aichat.values import NamedTuple


class ServerLogin(NamedTuple):
    """One login; times are in seconds since 1970.

    ``resource`` is what the tokens are for. ``wanted`` are scopes that the server has asked for
    since. ``revoke_url`` is where tokens can be revoked.
    """

    issuer: str
    resource: str
    token_url: str
    client_id: str
    client_secret: str = ""
    client_method: str = "none"
    access: str = ""
    refresh: str = ""
    scope: str = ""
    expires_at: float | None = None
    wanted: str = ""
    revoke_url: str = ""


def read_login(data: Path, url: str) -> ServerLogin | None:
    """The login at the server of this address; None where there is none."""
    return _parse(_table(data).read().get(url))


def change_login(
    data: Path, url: str, changed: Callable[[ServerLogin | None], ServerLogin | None]
) -> ServerLogin | None:
    """Change a login, while no other process does; None removes it.

    Errors: ``output``; whatever ``changed`` raises.
    """
    with lock_changes(data):
        table = _table(data)
        logins = table.read()
        before = _parse(logins.get(url))
        after = changed(before)
        if after == before:
            return after
        kept = {name: login for name, login in logins.items() if name != url}
        table.write(kept | ({url: after._asdict()} if after else {}))
        return after


def _parse(found: Any) -> ServerLogin | None:
    if not isinstance(found, dict):
        return None
    fields = {name: found[name] for name in ServerLogin._fields if name in found}
    expires = fields.pop("expires_at", None)
    if not all(isinstance(value, str) for value in fields.values()):
        return None
    try:
        login = ServerLogin(**fields)
    except TypeError:  # fields are lacking
        return None
    is_time = isinstance(expires, int | float) and not isinstance(expires, bool)
    return login._replace(expires_at=expires if is_time else None)


def _table(data: Path) -> PrivateTable:
    return PrivateTable(data / "mcp-logins.json", "logins", 16 << 20)
