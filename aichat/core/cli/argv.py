"""The command line as data: one table feeds the Typer tree and the small parser.

Typer's tree gives help, completion and every error message; it costs more to
import than httpx. So a plain command line is read by ``parse_argv``, which never
fails: it declines whatever it is not sure of, and leaves that to Typer.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from keyword import iskeyword
from math import isfinite
from typing import Any

from aichat.errors import usage_error
from aichat.values import NamedTuple


class Option(NamedTuple):
    """One option: ``kind`` is str, int or float, or bool for a flag."""

    flags: tuple[str, ...]
    help: str
    kind: type = str
    metavar: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its value: that of the first long flag."""
        name = self.long_flag.strip("-").replace("-", "_")
        return f"{name}_" if iskeyword(name) else name

    @property
    def long_flag(self) -> str:
        """Its first long flag."""
        return next(flag for flag in self.flags if flag.startswith("--"))

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty value says something: an empty system prompt, or no schema at all."""
        return self.metavar.startswith("TEXT") or self.long_flag == "--schema"


class Argument(NamedTuple):
    """One positional argument; with ``many`` it takes all the words that are left."""

    name: str
    help: str
    many: bool = False
    required: bool = True
    default: str | None = None
    choices: tuple[str, ...] = ()


class NoOptions(NamedTuple):
    """The options of a group of commands: none."""


class Command(NamedTuple):
    """One command, or with ``commands`` a group of them.

    ``run`` takes the world and a value of type ``reads``, a NamedTuple: each of its fields is
    the option or argument of that name, or a NamedTuple of such fields.
    ``extra_help`` returns more help for a given command line. ``has_groups``: its options
    are those of a question, and listed under headings. ``becomes`` turns the words after its
    name into another command line to run, or returns None if it has done all there is to do.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()
    run: Callable[[Any, Any], int] | None = None
    reads: type = NoOptions
    commands: tuple["Command", ...] = ()
    extra_help: Callable[[Any, Sequence[str]], str] | None = None
    has_groups: bool = False
    becomes: Callable[[Any, Sequence[str]], Sequence[str] | None] | None = None


#: The options that may stand before or after any command.
GLOBAL_OPTIONS = (
    Option(("--version",), "Print the version.", bool),
    Option(("--config-dir",), "Use this folder for config and credentials.", metavar="DIR"),
    Option(
        ("--color",),
        "When to colour the output.",
        metavar="WHEN",
        choices=("auto", "always", "never"),
    ),
    Option(("--record",), "Keep all exchanges with servers in this folder.", metavar="DIR"),
    Option(("--replay",), "Play kept exchanges back; nothing is sent.", metavar="DIR"),
)

#: Shared by all commands whose output both people and programs read.
JSON_OPTION = Option(("--json",), "Print JSON.", bool)

#: Shared by all commands that ask before doing what cannot be undone, or costs money.
YES_OPTION = Option(("--yes",), "Skip the confirmation prompt.", bool)

#: Shared by all commands that write a file.
FORCE_OPTION = Option(("--force",), "Overwrite a file that is there.", bool)


def parse_argv(command: Command, argv: Sequence[str]) -> dict[str, Any] | None:
    """The values of a plain command line, or None if Typer should read it instead."""
    options = (*GLOBAL_OPTIONS, *command.options)
    by_flag = {flag: option for option in options for flag in option.flags}
    parsed: dict[str, Any] = {o.name: unset_value(o) for o in options}
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        if word == "--":
            words += rest
        elif word == "-" or not word.startswith("-"):
            words.append(word)
        elif not _take_option(word, by_flag, rest, parsed):
            return None
    return parsed if _place_arguments(command.arguments, words, parsed) else None


def build(reads: type, parsed: Mapping[str, Any]) -> Any:
    """A ``reads`` value, made from the values of a command line.

    A field with a default may belong to an option that the command does not have.
    """
    fields = reads.__annotations__
    return reads(
        **{
            name: build(kind, parsed) if hasattr(kind, "_fields") else parsed[name]
            for name, kind in fields.items()
            if hasattr(kind, "_fields") or name in parsed
        }
    )


def run_parsed(command: Command, world: Any, parsed: Mapping[str, Any]) -> int:
    """Run a command with the values of its command line.

    Errors: ``usage`` for an argument or an option's value that is empty, and for a number that
    is none.
    """
    for argument in command.arguments:
        given = parsed[argument.name]
        if argument.required and not all(map(str.strip, given if argument.many else (given,))):
            raise usage_error(f"argument '{argument.name.upper()}' is empty")
        if given == "":  # as the value of a variable that is not set
            raise usage_error(f"argument '{argument.name.upper()}' is empty", "or leave it out")
    for option in (*GLOBAL_OPTIONS, *command.options):
        value = parsed[option.name]
        if isinstance(value, float) and not isfinite(value):
            raise usage_error(f"{option.long_flag}: {value} is not a number")
        if not option.may_be_empty and (value == "" or (option.many and "" in value)):
            raise usage_error(f"the value of {option.long_flag} is empty", "or leave it out")
    if folder := parsed["config_dir"]:
        world = world.with_config_dir(folder)
    return command.run(world, build(command.reads, parsed)) if command.run else 0


def split_globals(argv: Sequence[str]) -> tuple[Sequence[str], str | None, Sequence[str]]:
    """``(globals before, command name, the rest)`` of a command line."""
    valued = {flag for option in GLOBAL_OPTIONS if option.kind is not bool for flag in option.flags}
    place = 0
    while place < len(argv) and argv[place].startswith("-"):
        place += 2 if argv[place] in valued else 1
    name = argv[place] if place < len(argv) else None
    return argv[:place], name, argv[place + 1 :]


def option_value(argv: Sequence[str], flag: str) -> str | None:
    """The value of a global option, for those who need it before the command line is parsed."""
    own = argv[: argv.index("--")] if "--" in argv else argv
    for word, after in zip_longest(own, own[1:]):
        name, equals, text = word.partition("=")
        if name == flag:
            return text if equals else after
    return None


def has_flag(command: Command, argv: Sequence[str], flag: str) -> bool:
    """Whether a command has a flag and its line gives it, whatever else is wrong with the line."""
    options = (*GLOBAL_OPTIONS, *command.options)
    valued = {each for o in options if o.kind is not bool for each in o.flags}
    rest = iter(argv if any(flag in option.flags for option in options) else ())
    for word in rest:
        if word in ("--", flag):
            return word == flag
        if word in valued:
            next(rest, None)
    return False


def unset_value(option: Option) -> Any:
    """The value of an option that was not given."""
    if option.many:
        return ()
    return False if option.kind is bool else None


def _take_option(
    word: str, by_flag: Mapping[str, Option], rest: Any, parsed: dict[str, Any]
) -> bool:
    """Read the option ``word``; False if there is any doubt about what it means."""
    flag, equals, text = word.partition("=")
    option = by_flag.get(flag)
    if option is None or (equals and not flag.startswith("--")):
        return False
    if option.kind is bool:
        parsed[option.name] = True
        return not equals
    given = text if equals else next(rest, None)
    if given is None or (option.choices and given not in option.choices):
        return False
    try:
        value = option.kind(given)
    except ValueError:
        return False
    parsed[option.name] = (*parsed[option.name], value) if option.many else value
    return True


def _place_arguments(
    arguments: tuple[Argument, ...], words: list[str], parsed: dict[str, Any]
) -> bool:
    """Assign the words to the arguments in order; False if they do not fit."""
    for argument in arguments:
        if argument.many:
            parsed[argument.name] = tuple(words)
            return bool(words) or not argument.required
        if not words and argument.required:
            return False
        if words and argument.choices and words[0] not in argument.choices:
            return False
        parsed[argument.name] = words.pop(0) if words else argument.default
    return not words
