"""The table of the chat's commands: a module each, found in this folder."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from aichat.repl import slash
from aichat.repl.slash_command import SlashCommand, SlashTable


def _load() -> Iterator[SlashCommand]:
    for name in sorted(found.name for found in iter_modules(slash.__path__)):
        if name != "registry":
            command: SlashCommand = import_module(f"aichat.repl.slash.{name}").SLASH
            yield command


#: Used by help, completion, the loop and the README.
SLASH_COMMANDS = SlashTable(_load)
