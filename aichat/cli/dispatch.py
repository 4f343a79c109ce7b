"""The command line: a plain one is read by the small parser, the rest by Typer.

The Typer tree is built from the commands' own tables; a command's file is
imported only when that command is used, and ``aichat --help`` imports none of them.
"""

from collections.abc import Sequence
from functools import partial
from importlib import import_module

from aichat import __version__
from aichat.core.cli.argv import Command, option_value, parse_argv, run_parsed, split_globals
from aichat.core.cli.question import is_question, near_command
from aichat.errors import suggestion, usage_error
from aichat.net.transport import gate
from aichat.process.world import World

#: Every command and its line in ``--help``, under headings in the order of the README.
SECTIONS = {
    "Ask": {
        "ask": "Ask one question and print the answer.",
        "chat": "Chat in the terminal.",
        "live": "Hold a realtime session, in text or by voice.",
        "run": "Run a prompt's file as a program.",
        "sh": "Turn words into one shell command; run it only when told to.",
        "fix": "Mend the last shell command.",
    },
    "Conversations": {
        "history": "List, show, search, import, export and delete conversations.",
        "replay": "Ask a conversation's questions again, and compare the answers.",
    },
    "Models and money": {
        "models": "List models, their capabilities and prices.",
        "cost": "Show spending by day, model or conversation.",
        "count": "Count the tokens of an input, as the provider does.",
        "balance": "Show the credit left, or what was spent, as the provider counts.",
    },
    "Beyond chat": {
        "image": "Draw pictures from words, or change the ones you give.",
        "video": "Have a video made from words and pictures.",
        "speak": "Have a text read aloud, as a sound file.",
        "transcribe": "Write down what is said in a recording.",
        "embed": "Turn texts into vectors, and find what is alike.",
        "moderate": "Have texts checked for what is harmful.",
        "tune": "Have a model learn from examples of yours.",
    },
    "What providers keep": {
        "batch": "Have a provider answer many questions later, for less.",
        "jobs": "List, wait for and cancel what goes on at providers.",
        "files": "Upload, list, fetch and delete files at a provider.",
    },
    "Prompts, tools and trust": {
        "prompts": "List, show, make, edit and import prompts of your own.",
        "tools": "List the tools a model may have run here; test rules.",
        "mcp": "List, trust and forget MCP servers; log in; show their logs.",
        "trust": "Trust a project's .aichat.toml, or a prompt that runs commands.",
    },
    "Setup": {
        "keys": "Set, list, remove and import API keys.",
        "profiles": "Manage profiles: list, show, set, use, remove, edit.",
        "doctor": "Check the setup and suggest fixes.",
        "completion": "Print a shell completion script or the man page.",
        "api": "Call any HTTP endpoint of a provider.",
    },
}

#: Every command and its line in ``--help``.
COMMANDS = {name: line for section in SECTIONS.values() for name, line in section.items()}


def load_command(name: str) -> Command:
    """The command called ``name``, one of ``COMMANDS``."""
    command: Command = import_module(f"aichat.commands.{name}.command").COMMAND
    return command


def dispatch(world: World, argv: Sequence[str]) -> int:
    """Run the command line and give its exit code."""
    gate.set_rules(partial(_read_net_rules, world, argv))
    before, name, rest = split_globals(argv)
    if name == "help" and (not rest or rest[0] in COMMANDS):
        return dispatch(world, [*rest, "--help"])
    _refuse_slip(name, rest)
    if name and is_question(name, before, COMMANDS):
        before, name, rest = (), "ask", argv
        argv = ["ask", *argv]
    if name is None and world.stdin_tty and world.stdout_tty and not _asks_help_or_version(before):
        name = "chat"
    command = load_command(name) if name in COMMANDS else None
    if command:
        leaf, rest = _find_leaf(command, rest)
        if leaf.becomes and rest != ["--help"] and (rest or not leaf.arguments[0].required):
            line = leaf.becomes(world, rest)
            return 0 if line is None else dispatch(world, [*before, *line])
        if leaf.commands and rest and not rest[0].startswith("-"):
            near = suggestion(rest[0], [below.name for below in leaf.commands])
            raise usage_error(f"no such command '{rest[0]}'{near}", f"see: aichat {name} --help")
        parsed = parse_argv(leaf, [*before, *rest])
        if parsed is not None and leaf.run and not parsed["version"]:
            return run_parsed(leaf, world, parsed)
    elif "--version" in before:
        world.write_text(f"aichat {__version__}\n")
        return 0
    from aichat.cli.typer_app import run_typer

    return run_typer(world, argv, SECTIONS, command)


def _refuse_slip(name: str | None, rest: Sequence[str]) -> None:
    """Raise for what is nearly the name of a command, also after ``help``: it is never sent."""
    typed = rest[0] if name == "help" and len(rest) == 1 else name
    if typed and typed not in COMMANDS and (near := near_command(typed, COMMANDS)):
        hint = f"see: aichat --help; as a question: aichat ask {name} ..."
        raise usage_error(f"no such command '{typed}'; did you mean '{near}'?", hint)


def _read_net_rules(world: World, argv: Sequence[str]) -> gate.NetRules:
    """The rules for everything that leaves; read only when something is about to leave."""
    from aichat.disk.config import toml_file
    from aichat.disk.paths import config_dir

    names = ("--config-dir", "--record", "--replay")
    folder, *tapes = (option_value(argv, name) for name in names)
    if (
        tapes == [None, None]
        and not toml_file.load(config_dir(world.environ, folder)).config.privacy
    ):
        return gate.NetRules()
    from aichat.app.setup.privacy.departures import read_net_rules

    return read_net_rules(world.environ, folder, *tapes)


def find_command(argv: Sequence[str]) -> tuple[Command | None, str, Sequence[str]]:
    """The command that a line runs, with the path to it and the words behind: None if none does.

    What stands for a question, as a prompt's file does, is ``ask``.
    """
    before, name, rest = split_globals(argv)
    if name and name not in COMMANDS and is_question(name, before, COMMANDS):
        return load_command("ask"), "ask", argv
    if name not in COMMANDS:
        return None, "", rest
    whole, path = load_command(name), name
    command, behind = _find_leaf(whole, rest)
    if command.becomes:
        return load_command("ask"), "ask", behind
    return command, " ".join((path, *rest[: len(rest) - len(behind)])), behind


def _asks_help_or_version(before: Sequence[str]) -> bool:
    """Whether the options alone ask for something: help, or the version."""
    return bool({"--help", "--version"} & {*before})


def _find_leaf(command: Command, rest: Sequence[str]) -> tuple[Command, Sequence[str]]:
    """The command that the next words name within a group, and the words after it."""
    for below in command.commands:
        if rest and rest[0] == below.name:
            return _find_leaf(below, rest[1:])
    return command, rest
