"""The options of a question as values: a group for each table, every option in its group."""

import pytest

from aichat.commands.ask.command import COMMAND, AskArguments
from aichat.commands.chat.command import COMMAND as CHAT
from aichat.commands.chat.command import ChatArguments
from aichat.core.cli import options as tables
from aichat.core.cli.argv import GLOBAL_OPTIONS, build, parse_argv, unset_value
from aichat.core.cli.options import AskOptions

GROUPS = {
    "target": tables.TARGET,
    "conversation": tables.CONVERSATION,
    "input": tables.INPUT,
    "sampling": tables.SAMPLING,
    "server_tools": tables.SERVER_TOOLS,
    "money": tables.MONEY,
    "output": tables.OUTPUT,
    "transport": tables.TRANSPORT,
    "tooling": tables.TOOLING,
    "each": tables.EACH,
}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_the_options_of_its_table_unset(group: str) -> None:
    unset = {option.name: unset_value(option) for option in GROUPS[group]}
    assert getattr(AskOptions(), group)._asdict() == unset


def test_every_option_of_ask_is_read() -> None:
    grouped = {name for group in GROUPS for name in getattr(AskOptions(), group)._fields}
    alone = {name for name in AskOptions._fields if name not in GROUPS}
    known = {option.name for option in (*COMMAND.options, *GLOBAL_OPTIONS)}
    assert grouped | alone == known - {"version", "color", "record", "replay"}


def test_ask_reads_the_models_and_the_options_that_each_is_asked_with() -> None:
    argv = ["-m", "a", "-m", "b", "--seed", "7", "-q", "--config-dir", "x", "hi", "you"]
    read = build(AskArguments, parse_argv(COMMAND, argv) or {})
    assert (read.words, read.model) == (("hi", "you"), ("a", "b"))
    expected = AskOptions("b", config_dir="x").with_changes(seed=7, quiet=True)
    assert read.options("b") == expected


def test_what_chat_has_no_option_for_is_unset() -> None:
    read = build(ChatArguments, parse_argv(CHAT, ["-m", "x", "--effort", "low", "hi"]) or {})
    assert read == ChatArguments(("hi",), AskOptions("x").with_changes(effort="low"))


def test_an_option_is_changed_by_its_name_wherever_it_stands() -> None:
    changed = AskOptions().with_changes(model="m", provider="p", wire="chat", stop=("a",))
    names = ("model", "provider", "wire", "stop", "region")
    assert [changed.option_value(name) for name in names] == ["m", "p", "chat", ("a",), None]


@pytest.mark.parametrize("name", ["modell", "target", "sampling", ""])
def test_a_name_of_no_option_is_an_error(name: str) -> None:
    with pytest.raises(TypeError):
        AskOptions().with_changes(**{name: 1})
    with pytest.raises(TypeError):
        AskOptions().option_value(name)
