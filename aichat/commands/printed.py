"""JSON on stdout, as every command prints it."""

import json
from typing import Any

from aichat.core.sanitize import visible_json
from aichat.term.world import World


def print_json(world: World, value: Any) -> None:
    """One JSON document; what would drive a terminal is escaped there."""
    text = json.dumps(value, ensure_ascii=world.stdout_tty) + "\n"
    world.text(visible_json(text.rstrip()) + "\n" if world.stdout_tty else text)
