"""The names that shells complete by themselves: one file per kind in the cache folder.

A line is a name, then perhaps a tab and its other names. A mere question writes
nothing here; the commands that list or change names do.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from aichat.core.cli.completion.grammar import FOLDER
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.files.atomic import make_private_folder, write_whole
from aichat.errors import AichatError

#: The most lines of a file, since a shell reads all of them at a key press.
MAX_NAMES = 1000


def write_names(cache: Path, kind: str, names: Iterable[tuple[str, ...]]) -> bool:
    """Write the names of a kind, each with its other names; False if old ones are left.

    If the cache cannot be written, that is no fault: then nothing is completed.
    """
    path = cache / FOLDER / kind
    lines = ["\t".join(sanitize_line(part).replace("\t", " ") for part in name) for name in names]
    data = "".join(f"{line}\n" for line in lines[:MAX_NAMES]).encode()
    try:
        if path.is_file() and path.read_bytes() == data:
            return True
        make_private_folder(path.parent)
        write_whole(path, data, private=True)
    except (OSError, AichatError):
        return _remove_file(path)
    return True


def _remove_file(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return not os.path.lexists(path)  # in a folder of another's there is none of ours
    return True
