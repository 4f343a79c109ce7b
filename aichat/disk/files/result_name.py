"""Where what was made is written: where the user says, else under a name made of the words."""

import re
from pathlib import Path

from aichat.disk.files.atomic import check_target
from aichat.disk.paths import expand_path
from aichat.errors import usage_error

#: Characters of a name that are the words'.
_MAX_SLUG = 40


def result_path(output: str | None, words: str, suffix: str, *, force: bool) -> Path:
    """A path that can be written: ``output``, or a new file in it, or in the current folder.

    Errors: ``usage`` where it is there and may not be overwritten; ``output`` (exit 13).
    """
    path = expand_path(output) if output else Path()
    if output and not path.is_dir() and not output.endswith("/"):
        check_target(path)
        if path.exists() and not force:
            raise usage_error(f"{path} already exists", "use another --output, or --force")
        return path
    number = 1
    while (made := path / f"{_slug(words)}-{number}.{suffix}").exists():
        number += 1
    check_target(made)
    return made


def _slug(words: str) -> str:
    return re.sub(r"[\W_]+", "-", words.lower())[:_MAX_SLUG].strip("-") or "result"
