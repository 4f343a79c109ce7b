"""Files that the current project attaches to each new conversation."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from aichat.app.question.attachments import MAX_FILES, Tell, read_attachments
from aichat.app.question.secret_files import is_secret_path
from aichat.app.setup.setup import Setup
from aichat.core.message.compose import Attachment
from aichat.disk.config.project_file import ProjectFile
from aichat.errors import usage_error

#: The most paths to search for a pattern, so that no whole disk is searched.
_MOST_PATHS = 20_000


def project_attachments(setup: Setup, tell: Tell) -> tuple[Attachment, ...]:
    """The files that the project attaches; they are announced.

    Links out of its folder, hidden files, and files that look like keys are left out.
    Errors: ``usage`` for too many or unreadable files.
    """
    file = setup.project.file if setup.project else None
    if file is None or not file.project.attach:
        return ()
    found = [*dict.fromkeys(_files(file, tell))]
    if len(found) > MAX_FILES:
        raise usage_error(f"{file.path} attaches more than {MAX_FILES} files")
    names = [os.path.relpath(path) for path in found]
    if names:
        tell(f"{file.path} attaches: {', '.join(names)}")
    return tuple(one for name in names for one in read_attachments(name, tell))


def _files(file: ProjectFile, tell: Tell) -> Iterator[Path]:
    root = file.folder.resolve()
    for pattern in file.project.attach:
        paths = sorted(islice(file.folder.glob(pattern), _MOST_PATHS))
        inside = [path for path in paths if path.is_file() and _is_below(path, root)]
        if not inside:
            tell(f"{file.path}: there is no file {pattern} to attach")
        yield from (path for path in inside if not is_secret_path(path))


def _is_below(path: Path, root: Path) -> bool:
    """Whether a file is really in a folder, and not hidden there."""
    real = path.resolve()
    if not real.is_relative_to(root):
        return False
    return not any(part.startswith(".") for part in real.relative_to(root).parts)
