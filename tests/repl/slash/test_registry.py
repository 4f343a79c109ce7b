"""The commands of the REPL as a whole: one table, from which all else is made."""

import re

import pytest

from aichat.errors import AichatError
from aichat.repl.prompt.choices import SOURCES, known_models
from aichat.repl.slash.registry import SLASH_COMMANDS
from tests.support.documents.repl_commands import table
from tests.support.running.program import ROOT, Program
from tests.support.terminal.repl import open_repl

EXPECTED = [
    *(
        "allow",
        "attach",
        "branches",
        "btw",
        "clear",
        "compact",
        "compare",
        "continue",
        "copy",
        "cost",
        "edit",
        "exit",
        "export",
        "find",
        "fork",
        "help",
    ),
    *(
        "history",
        "image",
        "keys",
        "load",
        "mcp",
        "model",
        "new",
        "profile",
        "prompt",
        "provider",
        "reasoning",
        "retry",
    ),
    *("save", "schema", "set", "speak", "system", "title", "tokens", "tools"),
    *("transcribe", "undo"),
]


def test_these_are_the_commands() -> None:
    assert list(SLASH_COMMANDS.commands()) == sorted(SLASH_COMMANDS.commands()) == EXPECTED


def test_no_name_or_alias_is_taken_twice() -> None:
    every = [name for c in SLASH_COMMANDS.commands().values() for name in (c.name, *c.aliases)]
    assert len(every) == len(set(every))
    assert all(SLASH_COMMANDS.find(name) for name in every)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_command_is_its_file_and_says_what_it_does(name: str) -> None:
    command = SLASH_COMMANDS.commands()[name]
    files = {path.stem.rstrip("_") for path in (ROOT / "aichat" / "repl" / "slash").glob("*.py")}
    assert command.name == name and name in files
    assert command.summary and len(command.usage) + len(command.summary) < 100
    assert command.completion_source in ("", "paths", "commands", *SOURCES)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(AichatError, match="did you mean '/history'") as told:
        SLASH_COMMANDS.find("histroy")
    assert "nothing was sent" in told.value.fault.hint


def test_the_readme_lists_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    (listed,) = re.findall(r"<!-- commands of the chat -->\n(.*?)\n<!-- end -->", readme, re.S)
    assert listed == table()


def test_help_lists_every_command(aichat: Program) -> None:
    with open_repl(aichat.point_groq_at("http://127.0.0.1:9")) as chat:
        chat.wait_for_prompt()
        chat.send_line("/help").wait_until("@path in a message")
        for command in SLASH_COMMANDS.commands().values():
            assert f"{command.usage} " in chat.screen_text and command.summary in chat.screen_text


@pytest.mark.parametrize(
    ("provider", "region", "sign"),
    [("groq", None, "$"), ("moonshot", None, "$"), ("qwen", None, "¥"), ("qwen", "intl", "$")],
)
def test_a_model_is_offered_with_the_price_of_its_region(
    provider: str, region: str | None, sign: str
) -> None:
    offered = known_models(provider, region, "2026-11-22")
    price = re.compile(rf"{re.escape(sign)}\d+\.\d\d+")
    priced = [facts for facts in offered if facts.input]
    assert priced and all(price.fullmatch(f.input) and price.fullmatch(f.output) for f in priced)
