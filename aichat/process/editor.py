"""The user's editor, which gets none of our API keys."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from aichat.errors import usage_error
from aichat.process.programs.environment import desktop_environment
from aichat.process.world import World


def edit_file(world: World, path: Path) -> int:
    """Open ``path`` in $VISUAL, $EDITOR or vi, and return its exit status. Errors: ``usage``."""
    editor = world.environ.get("VISUAL") or world.environ.get("EDITOR") or "vi"
    try:
        command = [*(shlex.split(editor) or ["vi"]), os.fspath(path)]
        return subprocess.run(
            command, env=desktop_environment(world.environ), check=False
        ).returncode
    except (OSError, ValueError) as error:
        raise usage_error(f"cannot run the editor '{editor}': {error}", "set EDITOR") from error


def edit_text(world: World, text: str) -> str | None:
    """The text as the user edited it; None if the editor fails. Errors: ``usage``."""
    handle, name = tempfile.mkstemp(prefix="aichat-", suffix=".md")  # 0600
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        if edit_file(world, path):
            return None
        return path.read_text("utf-8", "replace").removesuffix("\n")
    finally:
        path.unlink(missing_ok=True)
