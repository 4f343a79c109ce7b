"""Searching files: a stand-alone program that imports nothing of ours.

A pattern can be made to run forever, so it is tried in a process that can be killed. The
request is JSON on stdin; the output is lines of ``path:line: text``.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: The most bytes searched per file, characters per line printed, and lines in all.
_MOST_BYTES, _MOST_CHARACTERS, _MOST_LINES = 2_000_000, 500, 1000


def search(asked: dict[str, Any]) -> Iterator[str]:
    """The matching lines. Errors: ``re.error`` if the pattern is invalid."""
    wanted, root = re.compile(asked["pattern"]), Path(asked["root"])
    for path in _files(root / asked["path"], asked):
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(_MOST_BYTES)
        except (OSError, ValueError):  # not readable, or not text
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if wanted.search(line):
                yield f"{path.relative_to(root)}:{number}: {line[:_MOST_CHARACTERS]}"


def _files(start: Path, asked: dict[str, Any]) -> Iterator[Path]:
    """Files that are not hidden, forbidden or links, and look like no secrets."""
    secret, forbidden = re.compile(asked["secret"]), {*asked["forbidden"]}
    if start.is_file():
        yield start
    for folder, folders, names in os.walk(start):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and str(Path(folder) / name) not in forbidden
        )
        for name in sorted(names):
            path = Path(folder) / name
            is_hidden = name.startswith(".") or secret.fullmatch(name.lower())
            if not is_hidden and not path.is_symlink() and path.is_file():
                yield path


def main() -> None:
    """Search, and say if nothing was found or there is more."""
    count, asked = 0, json.load(sys.stdin)
    if hasattr(signal, "setitimer"):  # the program that would end this one may have been killed
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
    try:
        for line in search(asked):
            count += 1
            if count > _MOST_LINES:
                sys.stdout.write("[... more is not listed ...]\n")
                return
            sys.stdout.write(f"{line}\n")
    except (re.error, RecursionError, OverflowError) as error:
        sys.exit(f"not a regular expression: {error}")
    if not count:
        sys.stdout.write("[nothing found]\n")


if __name__ == "__main__":
    main()
