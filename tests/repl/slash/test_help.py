"""``/help``: the list, and all that there is to say of one command."""

import re

import pytest

from aichat.commands.chat.command import SLASH_COMMANDS
from aichat.core.cli.options import AskOptions
from aichat.core.text.clock import Clock
from aichat.process.world import World
from aichat.repl.session import Session
from aichat.repl.slash.help import run
from tests.support.running.program import Program

COMMANDS = SLASH_COMMANDS.commands()


class _Stream:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None: ...

    def fileno(self) -> int:
        raise OSError


def shown(aichat: Program, rest: str) -> str:
    stream = _Stream()
    clock = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)
    environ = {**aichat.environ, "COLUMNS": "100"}
    world = World(environ, None, stream, stream, True, True, clock)  # type: ignore[arg-type]
    run(Session(world, AskOptions()), rest)
    return stream.data.decode()


@pytest.mark.parametrize("typed", ["retry", "/retry", "r", " retry "])
def test_one_command_is_told_whole(aichat: Program, typed: str) -> None:
    assert shown(aichat, typed) == (
        "/retry [-m MODEL]\n"
        "  does     retry the last question\n"
        "  also     /r\n"
        "  example  /retry -m groq/openai/gpt-oss-20b\n"
    )


def test_what_a_command_has_not_is_left_out(aichat: Program) -> None:
    assert shown(aichat, "keys") == "/keys\n  does  list the key bindings\n"


def test_the_list_names_every_command(aichat: Program) -> None:
    page = shown(aichat, "")
    assert re.findall(r"^/(\S+)", page, re.M) == [*COMMANDS]
    assert "example" not in page


@pytest.mark.parametrize("name", [name for name, each in COMMANDS.items() if each.example])
def test_an_example_calls_its_own_command(name: str) -> None:
    assert re.fullmatch(rf"/{name}[ :]\S.*", COMMANDS[name].example)
