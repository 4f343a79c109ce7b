"""The table of the chat's commands: one file each, found in this folder."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from aichat.repl import slash
from aichat.repl.slash_command import Slash, SlashTable


def _load() -> Iterator[Slash]:
    for name in sorted(found.name for found in iter_modules(slash.__path__)):
        if name != "registry":
            command: Slash = import_module(f"aichat.repl.slash.{name}").SLASH
            yield command


#: For help, completion, the loop and the README.
SLASHES = SlashTable(_load)
