"""What ``[privacy]`` lets out of this machine, and what is written down of it."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aichat.disk.config import toml_file
from aichat.disk.files.atomic import append_line
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import config_error, usage_error
from aichat.net.transport.gate import Departure, NetRules

if TYPE_CHECKING:
    from aichat.net.transport.tape import Tape


def read_net_rules(
    environ: Mapping[str, str],
    given_folder: str | None,
    record: str | None = None,
    replay: str | None = None,
) -> NetRules:
    """What ``[privacy]`` lets out, and the folder that exchanges are kept in or played back from.

    Errors: ``config``, so that a broken config lets out nothing; ``usage`` for a folder to play
    from that is not there, and for two of them.
    """
    folder = config_dir(environ, given_folder)
    privacy = toml_file.load(folder).config.privacy
    log = privacy.get("log")
    write_down = partial(_write_line, folder / expand_path(log)) if log else None
    return NetRules(privacy.get("offline", False), write_down, _open_tape(record, replay))


def _open_tape(record: str | None, replay: str | None) -> "Tape | None":
    given = record if replay is None else replay
    if given is None:
        return None
    if record is not None and replay is not None:
        raise usage_error("--record and --replay cannot be combined")
    if not given:
        raise usage_error("--record and --replay need the name of a folder")
    from aichat.disk.files.exchanges import ExchangeFolder  # few keep any
    from aichat.net.transport.tape import Tape

    place = expand_path(given)
    plays = replay is not None
    if plays and not place.is_dir():
        raise usage_error(f"--replay {given}: there is no such folder")
    return Tape(ExchangeFolder(place), given, plays=plays)


def _write_line(path: Path, leaving: Departure) -> None:
    """Add a line on what leaves: when, where to, how much, and the hash of it; no word of it."""
    from datetime import UTC, datetime  # few have it
    from hashlib import sha256

    digest = sha256()
    for piece in leaving.body:
        digest.update(piece)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "host": leaving.host, "bytes": leaving.size, "sha256": digest.hexdigest()}
    try:
        append_line(path, json.dumps(line))
    except OSError as error:
        why = f"cannot write {path}, the log of [privacy]: {error.strerror}"
        raise config_error(why, "nothing was sent") from error
