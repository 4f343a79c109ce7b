"""Files that are written whole or not at all."""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from aichat.errors import AichatError, Fault, usage_error

#: Bytes of a new file that are written at once: large pieces are written in half the time.
_BUFFER = 1 << 20


def make_private_folder(path: Path) -> None:
    """Make the folder ``path`` (0700) and its parents, if missing. Errors: ``output``."""
    try:
        missing = [path]
        while not missing[-1].parent.exists() and missing[-1] != missing[-1].parent:
            missing.append(missing[-1].parent)
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        why = f"cannot make the folder {path}: {error.strerror or error}"
        raise AichatError(Fault("output", why)) from error


def resolve_target(path: Path) -> Path:
    """``path`` with its links resolved. Errors: ``OSError``.

    A link by another user in a world-writable folder is not followed.
    """
    place = Path(path.anchor or Path.cwd())
    rest, hops = [*reversed(path.parts[1:] if path.anchor else path.parts)], 0
    while rest:
        name = rest.pop()
        step = place.parent if name == ".." else place / name
        if name == ".." or not step.is_symlink():
            place = step
            continue
        hops += 1
        if hops > _MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if _is_strangers_link(step):
            raise PermissionError(errno.EACCES, f"{step} is another user's link", str(path))
        target = step.readlink()
        place = Path(target.anchor) if target.anchor else place
        rest += reversed(target.parts[1:] if target.anchor else target.parts)
    return place


_MAX_LINKS = 40


def _is_strangers_link(link: Path) -> bool:
    """Whether Linux's ``protected_symlinks`` would refuse a link, since it may be turned off."""
    if not hasattr(os, "getuid"):
        return False
    folder, owner = link.parent.stat(), link.lstat().st_uid
    shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    return bool(shared) and owner not in (os.getuid(), folder.st_uid)


def check_target(path: Path) -> None:
    """Raise (``output``, exit 13) if ``path`` could not be written later."""
    try:
        target = resolve_target(path)
        if path.is_dir():
            why = "it is a folder"
        elif path.exists() and not path.is_file():
            return  # a device or a pipe needs no temporary file
        else:
            folder = target.parent
            if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
                _try_file(target)  # which root is not told: a full disk, a system's own folder
                return
            why = f"{folder} is missing or not writable"
    except OSError as error:  # a folder without access, a loop of links
        why = error.strerror or str(error)
    raise AichatError(Fault("output", f"cannot write {path}: {why}; nothing was sent"))


def check_new_target(path: Path, *, force: bool, option: str = "--output") -> None:
    """The same; also raise ``usage`` for an existing file, unless ``force`` is given."""
    check_target(path)
    if path.is_file() and not force:
        raise usage_error(f"{path} already exists", f"use another {option}, or --force")


def _try_file(target: Path) -> None:
    """Check that a file can be created beside ``target``. Errors: ``OSError``."""
    file, temporary = open_temporary(target)
    file.close()
    temporary.unlink()


def write_whole(path: Path, data: bytes | Iterable[bytes], *, private: bool = False) -> None:
    """Replace ``path`` by ``data``: after a crash there is either the old or the new file, whole.

    Data in pieces are written as they come. A symbolic link is followed, so that a file kept
    elsewhere stays linked. Errors: ``output`` (exit 13), naming the file.
    """
    pieces = (data,) if isinstance(data, bytes) else data
    try:
        target = resolve_target(path)
        if path.exists() and not path.is_file():
            with path.open("wb") as file:  # a device or a pipe: nothing to replace
                file.writelines(pieces)
        else:
            _replace_file(target, pieces, 0o600 if private else mode_of(target))
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise AichatError(Fault("output", f"cannot write {path}: {why}")) from error


def append_line(path: Path, line: str) -> None:
    """Append a line to a file (0600), in one write, so that two programs never interleave.

    Errors: ``OSError``.
    """
    handle = _open_end(path)
    try:
        os.write(handle, line.encode() + b"\n")
    finally:
        os.close(handle)


def check_end(path: Path) -> None:
    """Check that lines can be appended to a file. Errors: ``OSError``."""
    os.close(_open_end(path))


def _open_end(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def mode_of(target: Path) -> int:
    """The mode of a file, or that of a new one."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _replace_file(target: Path, pieces: Iterable[bytes], mode: int) -> None:
    file, temporary = open_temporary(target)
    try:
        with file:
            file.writelines(pieces)
            move_into_place(file, temporary, target, mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def open_temporary(target: Path) -> tuple[BinaryIO, Path]:
    """A new file (0600) in the folder of ``target``, which may take its place."""
    import tempfile

    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        return os.fdopen(handle, "wb", _BUFFER), temporary
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def open_partial(target: Path) -> tuple[BinaryIO, Path]:
    """A new file (0600) under the name of ``partial_of``, or a numbered one if that is taken."""
    number = 0
    while True:
        number += 1
        path = partial_of(target, number)
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            return os.fdopen(handle, "wb"), path


def partial_of(target: Path, number: int = 1) -> Path:
    """The path of an unfinished file, beside the one it was to become."""
    mark = f".{number}" if number > 1 else ""
    return target.with_name(f"{target.name}{mark}.partial")


def close_unfinished(file: BinaryIO) -> None:
    """Close an abandoned file, ignoring errors of a full disk."""
    with suppress(OSError):
        file.close()


def begin_sync(file: BinaryIO, first: int, last: int) -> None:
    """Start writing these bytes of a file to the disk, so that the final sync has little to do."""
    if hasattr(os, "posix_fadvise"):  # on Linux this begins to write what is not written yet
        os.posix_fadvise(file.fileno(), first, last - first, os.POSIX_FADV_DONTNEED)


def move_into_place(file: BinaryIO, temporary: Path, target: Path, mode: int) -> None:
    """Move ``file`` to ``target``, so that a crash leaves either the old one or the new one."""
    file.flush()
    os.fsync(file.fileno())
    temporary.chmod(mode)
    temporary.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Sync a folder, so that a rename survives a crash; not every system supports that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
