"""How this program was installed, and so how something is added to it."""

import shlex
import sys

#: The name of the distribution.
_NAME = "aichat-shell"


def install_command(extra: str = "", *, newer: bool = False) -> str:
    """The command that adds an extra, or brings the newest version, where this program lives."""
    wanted = shlex.quote(f"{_NAME}[{extra}]") if extra else _NAME
    place = sys.prefix.replace("\\", "/")
    if "/pipx/" in place:
        return f"pipx upgrade {_NAME}" if newer else f"pipx install --force {wanted}"
    if "/uv/tools/" in place:
        return f"uv tool upgrade {_NAME}" if newer else f"uv tool install --force {wanted}"
    upgrade = " --upgrade" if newer else ""
    return f"{shlex.quote(sys.executable or 'python')} -m pip install{upgrade} {wanted}"
