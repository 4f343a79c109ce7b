"""``aichat completion``: the completion file of a shell, or the manual page."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pkgutil import iter_modules

from aichat import __version__, providers
from aichat import commands as package
from aichat.app.models import completion_names
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.cli.completion import man_page
from aichat.core.cli.completion.grammar import command_specs
from aichat.core.cli.completion.line_keys import KEYS
from aichat.core.cli.help import SUMMARY
from aichat.disk.config import toml_file
from aichat.disk.config.prompts import prompt_names
from aichat.disk.history.store import Store
from aichat.disk.paths import config_dir, data_dir
from aichat.errors import AichatError, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple

SHELLS = ("bash", "zsh", "fish", "powershell")


class CompletionOptions(NamedTuple):
    """The options of ``aichat completion``."""

    shell: str
    config_dir: str | None
    keys: bool = False


def run(world: World, options: CompletionOptions) -> int:
    """Print the file, and update the names that it reads."""
    if options.keys and options.shell not in KEYS:
        raise usage_error(f"--keys: there are none for {options.shell}", f"only {', '.join(KEYS)}")
    _refresh(world, options.config_dir)
    world.write_text(completion_text(options.shell))
    if options.keys:
        world.write_text(KEYS[options.shell])
    return 0


def completion_text(shell: str) -> str:
    """The completion file of a shell, or the manual page for ``man``."""
    if shell == "man":
        return man_page.page(SUMMARY, tuple(all_commands()), __version__)
    made: str = import_module(f"aichat.core.cli.completion.{shell}").script(
        tuple(command_specs(SUMMARY, all_commands())), providers.names()
    )
    return made


def all_commands() -> Iterator[Command]:
    """All commands, by name."""
    for found in iter_modules(package.__path__):
        command: Command = import_module(f"{package.__name__}.{found.name}.command").COMMAND
        yield command


def _refresh(world: World, given_folder: str | None) -> None:
    """Update the names; errors are left to the commands that need what cannot be read."""
    with suppress(AichatError):
        folder = config_dir(world.environ, given_folder)
        completion_names.update_config(world, toml_file.load(folder).config)
        completion_names.update_schemas(world, folder)
        completion_names.update_prompts(world, prompt_names(folder))
    with suppress(AichatError, sqlite3.Error, OSError):
        if store := Store.open_read_only(data_dir(world.environ)):
            completion_names.update_conversations(world, store)


COMMAND = Command(
    name="completion",
    summary="Print a shell completion script or the man page.",
    examples=('eval "$(aichat completion bash)"', "aichat completion man | man -l -"),
    options=(
        Option(("--keys",), "Add Alt-E: words in the prompt become a command (see sh, fix).", bool),
    ),
    arguments=(
        Argument("shell", "Shell name, or man for the man page.", choices=(*SHELLS, "man")),
    ),
    run=run,
    reads=CompletionOptions,
)
