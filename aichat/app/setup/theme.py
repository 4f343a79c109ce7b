"""The theme that the user chose."""

from collections.abc import Mapping

from aichat.disk.config import toml_file
from aichat.disk.paths import config_dir
from aichat.errors import AichatError


def theme_name(environ: Mapping[str, str], folder: str | None) -> str:
    """The config's ``[ui] theme``; a config that cannot be read is told of by who needs more."""
    try:
        return str(toml_file.load(config_dir(environ, folder)).config.ui.get("theme", "auto"))
    except AichatError:
        return "auto"
