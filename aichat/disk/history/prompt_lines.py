"""The REPL's input history: one JSON string per line, in a private file."""

import json
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from aichat.disk.files.atomic import make_private_folder
from aichat.errors import AichatError

FILE, OLDER_FILE = "inputs.jsonl", "inputs.older.jsonl"

#: The most entries loaded, and bytes read at a time from the file's end.
MAX_ENTRIES, _BLOCK = 5_000, 1 << 16

#: The size at which the file is rotated, replacing the previous older one.
MAX_BYTES = 1_000_000


class PromptHistory:
    """The input history in ``folder``. Errors of reading and writing are ignored."""

    def __init__(self, folder: Path) -> None:
        self._path, self._older = folder / FILE, folder / OLDER_FILE

    def latest_entries(self) -> Iterator[str]:
        """The entries, the latest first, at most ``MAX_ENTRIES``."""
        for count, line in enumerate(
            chain(_lines_backwards(self._path), _lines_backwards(self._older))
        ):
            if count == MAX_ENTRIES:
                return
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, str):
                yield entry

    def add(self, entry: str) -> None:
        """Append an entry in a single write, so that two REPLs never interleave."""
        line = json.dumps(entry).encode() + b"\n"
        try:
            make_private_folder(self._path.parent)
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line)
                if os.fstat(handle).st_size > MAX_BYTES:
                    self._path.replace(self._older)
            finally:
                os.close(handle)
        except (OSError, AichatError):
            return


def _lines_backwards(path: Path) -> Iterator[bytes]:
    """A file's lines, the last first, read only as needed."""
    try:
        with path.open("rb") as file:
            place, rest = file.seek(0, os.SEEK_END), b""
            while place > 0:
                size = min(_BLOCK, place)
                place -= size
                file.seek(place)
                rest, *lines = (file.read(size) + rest).split(b"\n")
                yield from filter(None, reversed(lines))
            if rest:
                yield rest
    except OSError:
        return
