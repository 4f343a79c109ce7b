"""Logins at servers: tokens in a file of the data folder that nobody else can read (0600).

A login is of one server and of the issuer that gave it: neither is ever sent to another.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aichat.core.text.json import get_object, parse_object
from aichat.disk.files.atomic import write_whole
from aichat.disk.files.lock import lock_changes
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

_FILE, _MAX_BYTES = "mcp-logins.json", 16 << 20


class ServerLogin(NamedTuple):
    """What is known of one login; times are seconds since 1970.

    ``resource`` is what the tokens are for. ``wanted`` are scopes that the server has asked for
    since.
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


def read_login(data: Path, url: str) -> ServerLogin | None:
    """The login at the server of this address; None where there is none."""
    return _parse(_read(data).get(url))


def change_login(
    data: Path, url: str, changed: Callable[[ServerLogin | None], ServerLogin | None]
) -> ServerLogin | None:
    """Replace a login by what is made of it, while no other process does; None ends it.

    Errors: ``output``; whatever ``changed`` raises.
    """
    with lock_changes(data):
        logins = _read(data)
        before = _parse(logins.get(url))
        after = changed(before)
        if after == before:
            return after
        kept = {name: login for name, login in logins.items() if name != url}
        _write(data, kept | ({url: after._asdict()} if after else {}))
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


def _read(data: Path) -> dict[str, Any]:
    try:
        with (data / _FILE).open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return {}
    return get_object(parse_object(text), "logins")


def _write(data: Path, logins: Mapping[str, Any]) -> None:
    text = json.dumps({"version": 1, "logins": logins})
    try:
        write_whole(data / _FILE, text.encode(), private=True)
    except OSError as error:
        why = f"cannot write {data / _FILE}: {error.strerror}"
        raise AichatError(Fault("output", why)) from error
