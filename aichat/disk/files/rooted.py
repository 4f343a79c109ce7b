"""Access to files below one folder, and no others, whatever paths and links say.

A path is resolved first and then walked down from the root, step by step and through no link,
so that what was checked is what is opened, even if somebody changes it meanwhile.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aichat.errors import usage_error

#: Where the kernel exposes everything, even environments of processes.
_KERNEL_FOLDERS = tuple(map(Path, ("/proc", "/sys", "/dev")))

_FOLLOW_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0) | _FOLLOW_NO_LINK


class RootedFolder:
    """A folder that paths cannot leave; ``forbidden`` folders are never entered.

    Errors of all methods: ``usage``, with the path as given.
    """

    def __init__(self, root: Path, forbidden: tuple[Path, ...] = ()) -> None:
        self.path = _real(root)
        self.ours = tuple(map(_real, forbidden))
        self.forbidden = (*self.ours, *_KERNEL_FOLDERS)

    def relative(self, name: str) -> str:
        """A resolved path relative to the root; ``.`` is the root itself."""
        return self._locate(name).relative_to(self.path).as_posix()

    def read(self, name: str, most: int) -> bytes:
        """The first bytes of a file. Errors: ``usage``."""
        with self._opened(name, os.O_RDONLY | os.O_NONBLOCK) as handle:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise usage_error(f"{name} is not a file")
            with os.fdopen(os.dup(handle), "rb") as file:
                return file.read(most)

    def entries(self, name: str) -> Iterator[tuple[str, os.stat_result]]:
        """The entries of a folder, by name; links are not followed."""
        with self._opened(name, os.O_RDONLY | _FOLDER) as handle:
            for entry in sorted(os.listdir(handle)):  # noqa: PTH208  a descriptor has no path
                try:
                    yield entry, os.stat(entry, dir_fd=handle, follow_symlinks=False)
                except OSError:  # gone meanwhile
                    continue

    def write(self, name: str, data: bytes) -> None:
        """Write a file atomically, making its folders if needed. Errors: ``usage``."""
        target = self._locate(name)
        if target.exists() and not target.is_file():
            raise usage_error(f"{name} is not a file")
        from aichat.disk.files.atomic import write_whole

        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise usage_error(f"cannot write {name}: {error.strerror}") from None
        write_whole(self.path / self.relative(name), data)

    def _locate(self, name: str) -> Path:
        """Resolve a path. Errors: ``usage`` if it is not below the root."""
        if "\0" in name:
            raise usage_error("a path cannot have a NUL in it")
        try:
            real = (self.path / name).resolve()
        except (OSError, RuntimeError, ValueError):
            raise usage_error(f"{name} leads nowhere") from None
        if not real.is_relative_to(self.path):
            raise usage_error(f"{name} is outside {self.path}", "--root DIR sets another folder")
        if any(real.is_relative_to(folder) for folder in self.forbidden):
            raise usage_error(f"{name} is not for tools")
        return real

    @contextmanager
    def _opened(self, name: str, flags: int) -> Iterator[int]:
        """A descriptor for a path, reached from the root without following links."""
        *folders, last = self._locate(name).relative_to(self.path).parts or (".",)
        try:
            at = os.open(self.path, os.O_RDONLY | _FOLDER)
            for step in folders:
                below = os.open(step, os.O_RDONLY | _FOLDER, dir_fd=at)
                os.close(at)
                at = below
            try:
                handle = os.open(last, flags | _FOLLOW_NO_LINK, dir_fd=at)
            finally:
                os.close(at)
        except OSError as error:
            raise usage_error(f"cannot read {name}: {error.strerror}") from None
        try:
            yield handle
        finally:
            os.close(handle)


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()
