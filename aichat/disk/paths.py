"""Where the program's files are."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from aichat.errors import config_error, usage_error

CONFIG_FILE, CREDENTIALS_FILE = "config.toml", "credentials.toml"

#: The name of a project's own file.
PROJECT_FILE = ".aichat.toml"

#: The folder of named schemas, within the config folder.
SCHEMAS = "schemas"


def config_dir(environ: Mapping[str, str], given: str | None = None) -> Path:
    """The folder of config and credentials: ``given``, else the variable, else the system's."""
    chosen = given or environ.get("AICHAT_CONFIG_DIR")
    return expand_path(chosen) if chosen else _platform_dir(environ, "config")


def check_no_named_pipe(path: Path) -> None:
    """Raise (``usage``) for a named pipe: opening one waits until somebody writes to it.

    A shell's ``<(COMMAND)`` has its writer, and is read like a file.
    """
    if path.is_fifo() and path.parent != Path("/dev/fd"):
        raise usage_error(f"{path} is a pipe: write it to a file first")


def expand_path(text: str) -> Path:
    """A typed path, with ``~`` expanded if its user is known.

    In a locale other than UTF-8 the bytes of the name stay as typed.
    """
    path = Path(os.fsdecode(text.encode("utf-8", "surrogateescape")))
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def data_dir(environ: Mapping[str, str]) -> Path:
    """The folder of conversations: the variable, else the system's."""
    chosen = environ.get("AICHAT_DATA_DIR")
    return expand_path(chosen) if chosen else _platform_dir(environ, "data")


def find_project_file(environ: Mapping[str, str]) -> Path | None:
    """The nearest ``.aichat.toml``: in the current folder or above, up to the user's home.

    Every question looks for it, so paths are strings here, for speed.
    """
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError:  # it may be gone
        return None
    home = environ.get("HOME")
    while True:
        path = os.path.join(here, PROJECT_FILE)  # noqa: PTH118
        if os.path.lexists(path):
            return Path(path)
        above = os.path.dirname(here)  # noqa: PTH120
        if here in (home, above):
            return None
        here = above


def cache_dir(environ: Mapping[str, str]) -> Path:
    """The folder of caches, safe to delete."""
    return _platform_dir(environ, "cache")


#: Where Linux keeps what is a user's own, below the home (the XDG base directory specification).
_BELOW_HOME = {"config": ".config", "data": ".local/share", "cache": ".cache"}


def _platform_dir(environ: Mapping[str, str], kind: str) -> Path:
    """The system's folder of this kind; on Linux without importing a library."""
    name = f"XDG_{kind.upper()}_HOME"
    try:
        if sys.platform == "linux":
            chosen = Path(environ.get(name, ""))  # relative paths are ignored, by the specification
            return (chosen if chosen.is_absolute() else Path.home() / _BELOW_HOME[kind]) / "aichat"
        import platformdirs

        _drop_relative(environ, name)
        folder: Path = getattr(platformdirs, f"user_{kind}_path")("aichat", appauthor=False)
        return folder
    except RuntimeError:  # neither HOME, nor an entry in the user database
        variable = "" if kind == "cache" else f", or AICHAT_{kind.upper()}_DIR"
        raise config_error("cannot find your home folder", f"set HOME{variable}") from None


def _drop_relative(environ: Mapping[str, str], name: str) -> None:
    """Make platformdirs ignore a relative path, as the specification requires."""
    if environ is os.environ and not Path(environ.get(name) or "/").is_absolute():
        del os.environ[name]
