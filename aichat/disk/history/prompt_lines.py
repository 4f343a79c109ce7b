"""What was typed into the REPL, for the next one: a JSON text a line, readable by nobody else."""

import json
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from aichat.disk.files.atomic import make_private_folder
from aichat.errors import AichatError

FILE, OLDER_FILE = "inputs.jsonl", "inputs.older.jsonl"

#: Entries that are loaded, and bytes that are read at a time, from the file's end.
MAX_ENTRIES, _BLOCK = 5_000, 1 << 16

#: Bytes from which the file becomes the older one, in place of the one before.
MAX_BYTES = 1_000_000


class PromptHistory:
    """The input history in ``folder``. What cannot be read or written is let go."""

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
        """Append one; a single write, so that two REPLs never mix."""
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
    """A file's lines, the last first, without reading what nobody asks for."""
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
