"""In a chat, servers that are trusted start while the user types."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import RecalledOptions, Setup
from aichat.app.tools.desk import DeskKeeper
from aichat.core.cli.options import AskOptions, ToolingOptions
from tests.app.tools.mcp.test_ask import running, table, until
from tests.support.mcp.links import server_command, world_in


class Chat:
    """The tools of a chat with one server, which marks its command line as its own."""

    def __init__(self, home: Path, *, is_trusted: bool) -> None:
        self._mine = f"good:{home}"
        config = table(home, self._mine)
        kept = [line for line in config.splitlines() if is_trusted or not line.startswith("trust")]
        (home / "config.toml").write_text("\n".join(kept))
        self.world = world_in(home, AICHAT_CONFIG_DIR=str(home), GROQ_API_KEY="k")
        self.told: list[str] = []
        self.keeper = DeskKeeper(self.world, self.told.append, str)

    def setup(self, *servers: str) -> tuple[Setup, AskOptions]:
        options = AskOptions(tooling=ToolingOptions(mcp=servers))
        return setup_from_options(self.world, options, RecalledOptions()), options

    def running(self) -> int:
        return len(running(server_command(do=self._mine)))


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    made = Chat(tmp_path, is_trusted=True)
    yield made
    made.keeper.close()


def test_a_server_that_was_started_is_the_one_that_is_used(chat: Chat) -> None:
    """Fails where ``open_servers`` does not look at ``ahead``."""
    setup, options = chat.setup("box")
    chat.keeper.start_servers(setup)
    chat.keeper.start_servers(setup)
    assert until(lambda: chat.running() == 1)
    kit = chat.keeper.open(setup, options)
    assert kit and kit.known[-2:] == ["box.echo", "box.env"]
    chat.keeper.start_servers(setup)
    assert chat.running() == 1 and chat.told == []
    chat.keeper.close()
    assert chat.running() == 0


def test_one_that_is_not_wanted_any_more_is_ended(chat: Chat) -> None:
    chat.keeper.start_servers(chat.setup("box")[0])
    assert until(lambda: chat.running() == 1)
    chat.keeper.open(*chat.setup("none"))
    assert until(lambda: chat.running() == 0)  # it may have been about to begin


def test_what_nobody_trusts_is_not_started(tmp_path: Path) -> None:
    """Fails where ``start_ahead`` does not look whether a server is trusted."""
    chat = Chat(tmp_path, is_trusted=False)
    chat.keeper.start_servers(chat.setup("box")[0])
    assert chat.running() == 0 and chat.keeper._ahead == []
