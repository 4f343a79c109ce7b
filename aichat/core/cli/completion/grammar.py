"""What may stand where on a command line: the tree of commands, flattened, for every shell.

A kind says how a value is completed: one of ``LIVE`` (names from a file in the
cache folder), ``file``, ``folder``, ``@file``, ``text`` (not at all), or
``=`` and the possible words, separated by commas.
"""

from collections.abc import Iterable, Iterator

from aichat.core.cli.argv import GLOBAL_OPTIONS, Argument, Command, Option
from aichat.core.http.call import METHODS
from aichat.core.provider.provider import WIRES
from aichat.values import NamedTuple

#: Names that change: each is a file in the cache folder, one name a line, most wanted first.
LIVE = ("models", "providers", "profiles", "conversations", "prompts", "schemas")
FOLDER = "completion"

#: The kind of an option's value, by the option's name; else ``_PLACEHOLDERS`` has it.
_OPTIONS = {
    "model": "models",
    "provider": "providers",
    "profile": "profiles",
    "conversation": "conversations",
    **dict.fromkeys(("schema", "schema_list", "rows"), "schemas"),
    "prompt": "prompts",
    "system": "@file",
    "wire": f"={','.join(WIRES)}",
}
_PLACEHOLDERS = {"FILE": "file", "PATH": "file", "DIR": "folder", "@FILE": "@file"}

#: The kind of an argument, by its name, or by its group's and its own; in a group that keeps
#: names, ``name`` is one of them.
_ARGUMENTS = {
    "provider": "providers",
    "id": "conversations",
    "ids": "conversations",
    "file": "file",
    "script": "file",
    "model": "models",
    "query": "models",
    "history query": "text",
    "files": "file",
    **dict.fromkeys(
        # an id given by a provider is not a conversation's
        (
            *("batch id", "jobs id", "tune id", "files id", "files ids"),
            *("files caches id", "files caches ids", "files stores id", "files stores ids"),
        ),
        "text",
    ),
    "method": f"={','.join(METHODS)}",
}

HELP = Option(("--help",), "Show what a command takes, and leave.", bool)


class OptionSpec(NamedTuple):
    """One option: its spellings, what it does, and the kind of its value, empty for a switch."""

    flags: tuple[str, ...]
    help: str
    kind: str = ""
    placeholder: str = ""
    many: bool = False


class CommandSpec(NamedTuple):
    """What may follow one command; ``rest`` is the kind of all further words."""

    path: str
    summary: str
    subcommands: tuple[tuple[str, str], ...] = ()
    options: tuple[OptionSpec, ...] = ()
    places: tuple[str, ...] = ()
    rest: str = ""


def command_specs(summary: str, commands: Iterable[Command]) -> Iterator[CommandSpec]:
    """The program itself, then every command below it."""
    every = tuple(commands)
    below = tuple((c.name, c.summary) for c in every)
    yield CommandSpec("", summary, below, tuple(map(_option_spec, (*GLOBAL_OPTIONS, HELP))))
    for command in every:
        yield from _command_specs(command, "")


def _command_specs(command: Command, above: str) -> Iterator[CommandSpec]:
    path = f"{above} {command.name}".strip()
    if command.commands:
        below = tuple((c.name, c.summary) for c in command.commands)
        yield CommandSpec(path, command.summary, below, (_option_spec(HELP),))
        for inner in command.commands:
            yield from _command_specs(inner, path)
        return
    kinds = [_argument_kind(argument, above) for argument in command.arguments]
    many = bool(command.arguments) and command.arguments[-1].many
    yield CommandSpec(
        path,
        command.summary,
        options=tuple(map(_option_spec, (*command.options, *GLOBAL_OPTIONS, HELP))),
        places=tuple(kinds[:-1] if many else kinds),
        rest=kinds[-1] if many else "",
    )


def _option_spec(option: Option) -> OptionSpec:
    shown = "|".join(option.choices) or option.metavar
    return OptionSpec(option.flags, option.help, _value_kind(option), shown, option.many)


def _value_kind(option: Option) -> str:
    if option.kind is bool:
        return ""
    if option.choices:
        return f"={','.join(option.choices)}"
    hinted = (_PLACEHOLDERS[word] for word in option.metavar.split("|") if word in _PLACEHOLDERS)
    return _OPTIONS.get(option.name) or next(hinted, "text")


def _argument_kind(argument: Argument, group: str) -> str:
    if argument.choices:
        return f"={','.join(argument.choices)}"
    if argument.name == "name" and group in LIVE:
        return group
    own = _ARGUMENTS.get(f"{group} {argument.name}")
    return own or _ARGUMENTS.get(argument.name, "text")
