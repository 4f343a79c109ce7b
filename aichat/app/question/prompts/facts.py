"""Facts about this machine and moment for use in prompts, as in the older aichat."""

import locale
import os
import platform
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from aichat.core.conversation.prompt.marks import FACTS
from aichat.process.world import World


def prompt_facts(world: World, names: Iterable[str]) -> dict[str, str]:
    """The values of those ``names`` that are facts."""
    return {name: _fact(world, name) for name in {*names} & FACTS}


def _fact(world: World, name: str) -> str:
    system = platform.system().lower()
    if name == "__os_distro__":
        try:
            return platform.freedesktop_os_release()["PRETTY_NAME"]
        except (OSError, KeyError):
            return f"{system} {platform.release()}"
    if name == "__now__":
        return datetime.fromtimestamp(world.clock.now()).astimezone().isoformat("T", "seconds")
    if name == "__locale__":
        return locale.getlocale()[0] or world.encoding
    return {
        "__os__": {"darwin": "macos"}.get(system, system),
        "__os_family__": "windows" if os.name == "nt" else "unix",
        "__arch__": platform.machine(),
        "__shell__": Path(world.environ.get("SHELL") or "sh").name,
        "__cwd__": str(Path.cwd()),
    }[name]
