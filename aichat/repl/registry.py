"""The commands of the REPL: one file each, and one table for help, completion and README."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from aichat import slash
from aichat.errors import AichatError, near, usage_error
from aichat.repl.session import Session


class Slash(NamedTuple):
    """One command: ``arguments`` as help shows them, ``completes`` a source of completions."""

    name: str
    summary: str
    run: Callable[[Session, str], None]
    arguments: str = ""
    aliases: tuple[str, ...] = ()
    completes: str = ""

    @property
    def usage(self) -> str:
        """How it is called."""
        return f"/{self.name} {self.arguments}".rstrip()


@cache
def commands() -> Mapping[str, Slash]:
    """Every command by its name, in the order of names."""
    names = sorted(found.name for found in iter_modules(slash.__path__))
    made: list[Slash] = [import_module(f"aichat.slash.{name}").SLASH for name in names]
    return {command.name: command for command in made}


def find(name: str) -> Slash:
    """The command of this name or alias. Errors: ``usage``, with the nearest name."""
    known = commands()
    found = known.get(name) or next((c for c in known.values() if name in c.aliases), None)
    if found is None:
        raise unknown(name)
    return found


def unknown(name: str) -> AichatError:
    """There is no such command: what may be meant, and how to send the line all the same."""
    names = [alias for command in commands().values() for alias in (command.name, *command.aliases)]
    hint = "nothing was sent; /help lists the commands, //… sends a line that begins with a slash"
    close = near(name, names).replace("'", "'/", 1)
    return usage_error(f"unknown command '/{name}'{close}", hint)
