"""What ``[privacy]`` lets out of this machine, and what is written down of it."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from aichat.disk.config import toml_file
from aichat.disk.files.atomic import append_line
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import config_error
from aichat.net.transport.gate import Departure, NetRules


def read_net_rules(environ: Mapping[str, str], given_folder: str | None) -> NetRules:
    """What ``[privacy]`` lets out. Errors: ``config``, so that a broken config lets out nothing."""
    folder = config_dir(environ, given_folder)
    privacy = toml_file.load(folder).config.privacy
    log = privacy.get("log")
    write_down = partial(_write_line, folder / expand_path(log)) if log else None
    return NetRules(privacy.get("offline", False), write_down)


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
