"""What a command reads is exactly what its command line can say, each value of its own type."""

from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

from aichat.cli import dispatch
from aichat.core.cli.argv import (
    GLOBAL_OPTIONS,
    Argument,
    Command,
    NoOptions,
    Option,
    build,
    parse_argv,
)


def leaves(prefix: str, command: Command) -> Iterator[tuple[str, Command]]:
    name = f"{prefix} {command.name}".strip()
    if command.run:
        yield name, command
    for below in command.commands:
        yield from leaves(name, below)


EVERY = dict(pair for n in dispatch.COMMANDS for pair in leaves("", dispatch.load_command(n)))


def fields(reads: Any) -> Iterator[tuple[str, Any, bool]]:
    """Each field, its type, and whether it may be of an option that the command does not have."""
    for name, kind in get_type_hints(reads).items():
        if hasattr(kind, "_fields"):
            yield from fields(kind)
        else:
            yield name, kind, name in reads._field_defaults


def type_of(value: Option | Argument) -> Any:
    kind: Any = value.kind if isinstance(value, Option) else str
    if value.many:
        return tuple[kind, ...]
    sure = value.kind is bool if isinstance(value, Option) else value.required or value.default
    return kind if sure else kind | None


def test_every_command_names_the_type_of_what_it_reads() -> None:
    assert not [name for name, command in EVERY.items() if command.reads is NoOptions]


@pytest.mark.parametrize("command", EVERY.values(), ids=EVERY)
def test_a_command_reads_each_of_its_options_and_arguments_by_its_type(command: Command) -> None:
    own = {each.name: type_of(each) for each in (*command.options, *command.arguments)}
    every = {option.name: type_of(option) for option in GLOBAL_OPTIONS} | own
    found = list(fields(command.reads))
    read = {name: kind for name, kind, _ in found if name in every}
    assert read == {name: every[name] for name in read} and own.keys() <= read.keys()
    assert len({name for name, _, _ in found}) == len(found)
    assert all(can_lack for name, _, can_lack in found if name not in every)


@pytest.mark.parametrize("command", EVERY.values(), ids=EVERY)
def test_a_command_runs_with_what_it_reads(command: Command) -> None:
    run: Any = command.run
    assert [*get_type_hints(run).values()][1] is command.reads
    words = [argument.name for argument in command.arguments if argument.required]
    words = ["bash" if word == "shell" else word for word in words]
    parsed = parse_argv(command, words)
    assert parsed is not None
    assert isinstance(build(command.reads, parsed), command.reads)
