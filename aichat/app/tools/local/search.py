"""Searching files: a program of its own, which imports nothing of ours.

A pattern can be made to take for ever, so it is tried in a process that can be ended. It reads
what is asked as JSON on stdin and prints ``path:line: text``.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Bytes of a file that are searched, characters of a line that are told, and lines in all.
_MOST_BYTES, _MOST_CHARACTERS, _MOST_LINES = 2_000_000, 500, 1000


def search(asked: dict[str, Any]) -> Iterator[str]:
    """The lines found. Errors: ``re.error`` where the pattern is none."""
    wanted, root = re.compile(asked["pattern"]), Path(asked["root"])
    for path in _files(root / asked["path"], asked):
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(_MOST_BYTES)
        except (OSError, ValueError):  # not ours to read, or no text
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if wanted.search(line):
                yield f"{path.relative_to(root)}:{number}: {line[:_MOST_CHARACTERS]}"


def _files(start: Path, asked: dict[str, Any]) -> Iterator[Path]:
    """What is not hidden, not forbidden, no link, and looks like no secret."""
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
    """Search, and say where nothing was found or more would be."""
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
