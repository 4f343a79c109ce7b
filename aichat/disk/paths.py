"""Where the program's files lie, and how they are written whole or not at all."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from aichat.errors import config_error

CONFIG_FILE, CREDENTIALS_FILE = "config.toml", "credentials.toml"

#: What a folder says of work in it.
PROJECT_FILE = ".aichat.toml"

#: Where schemas are kept by name, in the config's folder.
SCHEMAS = "schemas"


def config_dir(environ: Mapping[str, str], given: str | None = None) -> Path:
    """The folder of config and credentials: ``given``, else the variable, else the system's."""
    chosen = given or environ.get("AICHAT_CONFIG_DIR")
    return expand_path(chosen) if chosen else _platform_dir(environ, "config")


def expand_path(text: str) -> Path:
    """The path that a text names, its ``~`` put in where its user is known.

    In a locale that is not UTF-8 the bytes of the name stay what was typed.
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

    Every question looks for it, so paths are texts here.
    """
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError:  # it is gone
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
    """Where the system keeps what is of this kind; on Linux without a library to load for it."""
    name = f"XDG_{kind.upper()}_HOME"
    try:
        if sys.platform == "linux":
            chosen = Path(environ.get(name, ""))  # the specification has relative ones ignored
            return (chosen if chosen.is_absolute() else Path.home() / _BELOW_HOME[kind]) / "aichat"
        import platformdirs

        _drop_relative(environ, name)
        folder: Path = getattr(platformdirs, f"user_{kind}_path")("aichat", appauthor=False)
        return folder
    except RuntimeError:  # no HOME, and no entry in the user database either
        variable = "" if kind == "cache" else f", or AICHAT_{kind.upper()}_DIR"
        raise config_error("cannot find your home folder", f"set HOME{variable}") from None


def _drop_relative(environ: Mapping[str, str], name: str) -> None:
    """Have platformdirs ignore a relative path, as the specification asks for."""
    if environ is os.environ and not Path(environ.get(name) or "/").is_absolute():
        del os.environ[name]
