"""What the user chose of how things look."""

from collections.abc import Mapping
from typing import Any

from aichat.disk.config import toml_file
from aichat.disk.paths import config_dir
from aichat.errors import AichatError


def ui_table(environ: Mapping[str, str], folder: str | None) -> Mapping[str, Any]:
    """The config's ``[ui]``; a config that cannot be read is told of by who needs more of it."""
    try:
        return toml_file.load(config_dir(environ, folder)).config.ui
    except AichatError:
        return {}
