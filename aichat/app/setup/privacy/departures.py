"""Enforcing ``[privacy]`` on what leaves this machine, and logging it."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aichat.disk.config import toml_file
from aichat.disk.files.atomic import append_line, check_end
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import config_error, usage_error
from aichat.net.transport.gate import Body, Departure, NetRules

if TYPE_CHECKING:
    from aichat.net.transport.tape import Tape


def read_net_rules(
    environ: Mapping[str, str],
    given_folder: str | None,
    record: str | None = None,
    replay: str | None = None,
) -> NetRules:
    """The rules of ``[privacy]``, and the folder to record exchanges in or replay them from.

    Errors: ``config``, so that a broken config lets nothing out; ``usage`` if the replay folder
    is missing, or both folders are given.
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


def _write_line(path: Path, leaving: Departure) -> Body:
    """Log what leaves: time, destination, size and hash, but none of its content.

    For a body read while it is sent, the line is written afterwards.
    """
    body = _NotedBody(path, leaving.host, leaving.body)
    if not isinstance(leaving.body, tuple):
        _checked(path, lambda: check_end(path))
        return body
    for _ in body:
        pass
    return leaving.body


class _NotedBody:
    """A body that is logged once it, or as much of it as possible, has been sent."""

    def __init__(self, path: Path, host: str, body: Body) -> None:
        self._path, self._host, self._body = path, host, body
        self.size = 0 if isinstance(body, tuple) else body.size
        self.curl: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[bytes]:
        from datetime import UTC, datetime  # few use it
        from hashlib import sha256

        digest, size = sha256(), 0
        try:
            for piece in self._body:
                digest.update(piece)
                size += len(piece)
                yield piece
        finally:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            told = {"time": now, "host": self._host, "bytes": size, "sha256": digest.hexdigest()}
            _checked(self._path, lambda: append_line(self._path, json.dumps(told)))


def _checked(path: Path, action: Callable[[], object]) -> None:
    try:
        action()
    except OSError as error:
        why = f"cannot write {path}, the log of [privacy]: {error.strerror}"
        raise config_error(why, "nothing was sent") from error
