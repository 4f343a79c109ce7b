"""A question's connection is opened while the program loads: only where it will be used."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.answering.relay import Relay
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(default=chat_stream(["hello"])) as made:
        yield made


@pytest.fixture
def relay(server: Server) -> Iterator[Relay]:
    with Relay(int(server.url.rpartition(":")[2]), 0.0) as made:
        yield made


@pytest.fixture
def through(aichat: Program, relay: Relay) -> Program:
    aichat.environ["AICHAT_NO_STDIN"] = "1"
    return aichat.point_groq_at(f"http://127.0.0.1:{relay.port}")


def test_a_plain_question_goes_over_the_one_connection_opened_for_it(
    through: Program, relay: Relay
) -> None:
    assert through.run("ask", "hi").text == "hello\n"
    assert relay.connections == 1


def test_it_is_opened_before_the_rest_is_loaded(through: Program, relay: Relay) -> None:
    script = (
        "import sys, aichat.net.transport.pool as pool\n"
        "from aichat.__main__ import main\n"
        "real = pool.ConnectionPool.open_ahead\n"
        "def seen(self, *rest):\n"
        "    late = {'sqlite3', 'aichat.net.http', 'aichat.app.exchange.turn'}\n"
        "    print(sorted(late & set(sys.modules)), file=sys.stderr, flush=True)\n"
        "    real(self, *rest)\n"
        "pool.ConnectionPool.open_ahead = seen\n"
        "sys.argv[1:] = ['ask', 'hi']\n"
        "main()\n"
    )
    (through.home / "run.py").write_text(script)
    done = through.run_shell(f'"{through.command()[0]}" run.py')
    assert done.text == "hello\n" and done.stderr.startswith("[]"), done.stderr
    assert relay.connections == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--dry-run", "hi"), 0),
        (("-f", "missing.txt", "hi"), 2),
        (("--tools", "[{", "hi"), 2),
        (("-s", "@missing.txt", "hi"), 2),
        (("--max-cost", "0.0000000001", "hi"), 11),
        (("--wire", "messages", "hi"), 2),
        (("--retries", "-1", "hi"), 2),
        (("-c", "hi"), 3),
        (("--edit", "hi"), 2),
        ((" ",), 2),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else "",
)
def test_what_is_not_sent_opens_nothing(
    through: Program, relay: Relay, words: tuple[str, ...], code: int
) -> None:
    done = through.run("ask", *words)
    assert relay.connections == 0, done.stderr
    assert done.code == code or done.code != 0


def test_without_a_key_nothing_is_opened(through: Program, relay: Relay) -> None:
    del through.environ["GROQ_API_KEY"]
    assert through.run("ask", "-p", "groq", "hi").code == 3
    assert relay.connections == 0


def test_a_program_that_tells_the_key_runs_once_and_late(
    through: Program, relay: Relay, tmp_path: Path
) -> None:
    del through.environ["GROQ_API_KEY"]
    teller = tmp_path / "tell"
    teller.write_text("#!/bin/sh\necho run >> ran\necho gsk_0123456789abcdef\n")
    teller.chmod(0o700)
    through.write_config(f'[providers.groq]\nkey_command = ["{teller}"]\n')
    assert through.run("ask", "-p", "groq", "hi").text == "hello\n"
    assert (through.home / "ran").read_text() == "run\n" and relay.connections == 1


def test_the_chat_connects_at_the_first_key_and_not_for_commands(
    through: Program, relay: Relay, server: Server
) -> None:
    through.environ["AICHAT_TRANSPORT"] = "plain"  # httpx's connections are its own
    chat = Repl(through, "chat")
    chat.wait_for_prompt()
    chat.type("/help")
    chat.wait_until("/help")
    assert relay.connections == 0
    chat.clear()
    chat.type("h")
    chat.wait_until(lambda _: relay.connections == 1 or not chat._read(0.05))
    assert not server.requests
    chat.type("i\r")
    chat.wait_until("hello")
    for turn in range(2):
        chat.wait_for_prompt()
        chat.send_line(f"again {turn}")
        server.wait_requests(turn + 2)
    chat.wait_for_prompt()
    assert relay.connections == 1, "all of it went over the one"
    chat.type("\x04")
    assert chat.wait_for_exit() == 0
    chat.close()
