"""How this program was installed, and thus how to add something to it."""

import shlex
import sys

#: The name of the distribution.
_NAME = "aichat-shell"


def install_command(extra: str = "", *, newer: bool = False) -> str:
    """The command that adds an extra to this installation, or upgrades it."""
    wanted = shlex.quote(f"{_NAME}[{extra}]") if extra else _NAME
    if _is_within("pipx"):
        return f"pipx upgrade {_NAME}" if newer else f"pipx install --force {wanted}"
    if _is_within("uv/tools"):
        return f"uv tool upgrade {_NAME}" if newer else f"uv tool install --force {wanted}"
    upgrade = " --upgrade" if newer else ""
    return f"{_python()} -m pip install{upgrade} {wanted}"


def package_command(requirement: str) -> str:
    """The command that adds another package, without its dependencies, to this installation."""
    wanted = shlex.quote(requirement)
    if _is_within("pipx"):
        return f"pipx inject --pip-args=--no-deps {_NAME} {wanted}"
    if _is_within("uv/tools"):
        return f"uv pip install --no-deps --python {_python()} {wanted}"
    return f"{_python()} -m pip install --no-deps {wanted}"


def can_install_here() -> bool:
    """Whether those commands keep this program in place while it runs."""
    return not (_is_within("pipx") or _is_within("uv/tools"))


def _is_within(folder: str) -> bool:
    place = sys.prefix.replace("\\", "/")
    return f"/{folder}/" in place


def _python() -> str:
    return shlex.quote(sys.executable or "python")
